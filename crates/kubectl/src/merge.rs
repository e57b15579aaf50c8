//! JSON merge patches (RFC 7386) and JSON patches (RFC 6902), the latter as `gopkg.in/evanphx/json-patch.v4` applies them.

use serde_json::{Map, Value};

/// A JSON merge patch: objects are merged, `null` removes, everything else replaces.
pub(crate) fn merge_patch(target: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *target = patch.clone();
        return;
    };
    let target = object_of(target);
    for (name, value) in fields {
        if value.is_null() {
            target.remove(name);
        } else {
            merge_patch(target.entry(name).or_insert(Value::Null), value);
        }
    }
}

fn object_of(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().expect("it was made an object just now")
}

/// A JSON patch: a list of operations on paths.
///
/// # Errors
/// The first operation that cannot be carried out, in the words of the API server.
pub(crate) fn json_patch(target: &mut Value, patch: &Value) -> Result<(), String> {
    let operations = patch.as_array().ok_or("json: cannot unmarshal object into Go value of type jsonpatch.Patch")?;
    for operation in operations {
        let text = |field: &str| operation.get(field).and_then(Value::as_str).unwrap_or_default();
        let value = || operation.get("value").cloned().unwrap_or(Value::Null);
        let path = text("path");
        match text("op") {
            "add" => set(target, path, value(), true)?,
            // A field that is not there is set as well.
            "replace" => set(target, path, value(), false)?,
            "remove" => drop(take(target, path)?),
            "move" => {
                let moved = take(target, text("from"))?;
                set(target, path, moved, true)?;
            }
            "copy" => {
                let from = operation.get("from").and_then(Value::as_str).ok_or_else(|| missing(path))?;
                let copied = find(target, from)?.clone();
                set(target, path, copied, true)?;
            }
            "test" => {
                if *find(target, path)? != value() {
                    return Err(format!("testing path {path} failed"));
                }
            }
            other => return Err(format!("Unexpected kind: {other}")),
        }
    }
    Ok(())
}

fn missing(path: &str) -> String {
    format!("the server rejected our request due to an error in our request: no value at {path}")
}

fn find<'a>(target: &'a Value, path: &str) -> Result<&'a Value, String> {
    target.pointer(path).ok_or_else(|| missing(path))
}

fn parent<'a>(target: &'a mut Value, path: &str) -> Result<(&'a mut Value, String), String> {
    let (parent, last) = path.rsplit_once('/').ok_or_else(|| missing(path))?;
    let name = last.replace("~1", "/").replace("~0", "~");
    Ok((target.pointer_mut(parent).ok_or_else(|| missing(path))?, name))
}

fn set(target: &mut Value, path: &str, value: Value, is_insertion: bool) -> Result<(), String> {
    match parent(target, path)? {
        (Value::Object(fields), name) => drop(fields.insert(name, value)),
        (Value::Array(list), name) if name == "-" && is_insertion => list.push(value),
        (Value::Array(list), name) => {
            let at: usize = name.parse().map_err(|_| missing(path))?;
            match is_insertion {
                true if at <= list.len() => list.insert(at, value),
                false if at < list.len() => list[at] = value,
                true | false => return Err(missing(path)),
            }
        }
        (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => return Err(missing(path)),
    }
    Ok(())
}

fn take(target: &mut Value, path: &str) -> Result<Value, String> {
    match parent(target, path)? {
        (Value::Object(fields), name) => fields.remove(&name).ok_or_else(|| missing(path)),
        (Value::Array(list), name) => match name.parse::<usize>() {
            Ok(at) if at < list.len() => Ok(list.remove(at)),
            Ok(_) | Err(_) => Err(missing(path)),
        },
        (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => Err(missing(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_patches_reach_into_lists() {
        let mut pod = json!({"spec": {"schedulingGates": [{"name": "a"}, {"name": "b"}]}});
        json_patch(&mut pod, &json!([{"op": "remove", "path": "/spec/schedulingGates/0"}])).unwrap();
        assert_eq!(pod, json!({"spec": {"schedulingGates": [{"name": "b"}]}}));
        assert!(json_patch(&mut pod, &json!([{"op": "remove", "path": "/spec/nothing"}])).is_err());
        json_patch(&mut pod, &json!([{"op": "replace", "path": "/spec/priority", "value": 1}])).unwrap();
        assert_eq!(pod["spec"]["priority"], 1);
        assert!(json_patch(&mut pod, &json!([{"op": "replace", "path": "/spec/schedulingGates/1", "value": {}}])).is_err());
    }
}
