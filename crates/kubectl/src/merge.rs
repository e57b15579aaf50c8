//! Patches.
//!
//! Models JSON merge patches (RFC 7386), strategic merge patches as far as lists are merged by a key
//! (`k8s.io/apimachinery/pkg/util/strategicpatch`), JSON patches (RFC 6902), and the three-way merge of `kubectl apply`.

use serde_json::{Map, Value};

/// The lists that are merged entry by entry, with the field by which entries are told apart
/// (`patchMergeKey` of the API's types).
const MERGE_KEYS: &[(&str, &str)] = &[
    ("containers", "name"),
    ("initContainers", "name"),
    ("ephemeralContainers", "name"),
    ("env", "name"),
    ("volumes", "name"),
    ("volumeMounts", "mountPath"),
    ("volumeDevices", "devicePath"),
    ("imagePullSecrets", "name"),
    ("hostAliases", "ip"),
    ("topologySpreadConstraints", "topologyKey"),
    ("conditions", "type"),
    ("taints", "key"),
    ("ownerReferences", "uid"),
    ("secrets", "name"),
    ("resourceClaims", "name"),
];

/// The merge key of a list; `ports` has another one in a Service than in a container.
pub(crate) fn merge_key(field: &str, list: &[Value]) -> Option<&'static str> {
    match field {
        "ports" if list.iter().any(|port| port.get("containerPort").is_some()) => Some("containerPort"),
        "ports" => Some("port"),
        _ => MERGE_KEYS.iter().find(|(name, _)| *name == field).map(|(_, key)| *key),
    }
}

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

/// A strategic merge patch: as a merge patch, but lists with a merge key are merged entry by entry.
pub(crate) fn strategic_patch(target: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *target = patch.clone();
        return;
    };
    if fields.get("$patch").is_some_and(|directive| directive == "replace") {
        *target =
            Value::Object(fields.iter().filter(|(name, _)| *name != "$patch").map(|(n, v)| (n.clone(), v.clone())).collect());
        return;
    }
    let target = object_of(target);
    for (name, value) in fields.iter().filter(|(name, _)| !name.starts_with("$setElementOrder/")) {
        match value {
            Value::Null => drop(target.remove(name)),
            Value::Array(entries) => match merge_key(name, entries) {
                Some(key) => merge_list(target.entry(name).or_insert_with(|| Value::Array(Vec::new())), entries, key),
                None => drop(target.insert(name.clone(), value.clone())),
            },
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                strategic_patch(target.entry(name).or_insert(Value::Null), value);
            }
        }
    }
}

fn merge_list(target: &mut Value, entries: &[Value], key: &str) {
    if !target.is_array() {
        *target = Value::Array(Vec::new());
    }
    let Value::Array(list) = target else { return };
    for entry in entries {
        let at = list.iter().position(|known| known.get(key).is_some() && known.get(key) == entry.get(key));
        let is_deletion = entry.get("$patch").is_some_and(|directive| directive == "delete");
        match at {
            Some(at) if is_deletion => drop(list.remove(at)),
            Some(at) => strategic_patch(&mut list[at], entry),
            None if is_deletion => {}
            None => list.push(entry.clone()),
        }
    }
}

fn object_of(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().expect("it was made an object just now")
}

/// What `kubectl apply` makes of a live object: `modified` is laid over it, and what was in `original` and is no longer in
/// `modified` goes.
pub(crate) fn three_way(original: &Value, modified: &Value, current: &Value) -> Value {
    let mut merged = current.clone();
    remove_dropped(&mut merged, original, modified);
    strategic_patch(&mut merged, modified);
    merged
}

fn remove_dropped(target: &mut Value, original: &Value, modified: &Value) {
    let (Value::Object(target), Value::Object(original), Value::Object(modified)) = (target, original, modified) else { return };
    for (name, old) in original {
        match (modified.get(name), target.get_mut(name)) {
            (None | Some(Value::Null), _) => drop(target.remove(name)),
            (Some(Value::Array(new)), Some(Value::Array(live))) => {
                let Value::Array(old) = old else { continue };
                let Some(key) = merge_key(name, new) else { continue };
                let find = |list: &[Value], entry: &Value| list.iter().position(|other| other.get(key) == entry.get(key));
                live.retain(|entry| find(old, entry).is_none() || find(new, entry).is_some());
                for entry in live {
                    if let (Some(old_at), Some(new_at)) = (find(old, entry), find(new, entry)) {
                        remove_dropped(entry, &old[old_at], &new[new_at]);
                    }
                }
            }
            (Some(new), Some(live)) => remove_dropped(live, old, new),
            (Some(_), None) => {}
        }
    }
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
            "replace" => {
                find(target, path)?;
                set(target, path, value(), false)?;
            }
            "remove" => drop(take(target, path)?),
            "move" => {
                let moved = take(target, text("from"))?;
                set(target, path, moved, true)?;
            }
            "copy" => {
                let copied = find(target, text("from"))?.clone();
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
        (Value::Array(list), name) if name == "-" => list.push(value),
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
    fn applying_keeps_what_others_set_and_drops_what_the_file_dropped() {
        let original = json!({"metadata": {"labels": {"a": "1", "b": "2"}}, "spec": {"containers": [{"name": "app", "image": "x", "tty": true}]}});
        let modified = json!({"metadata": {"labels": {"a": "1"}}, "spec": {"containers": [{"name": "app", "image": "y"}]}});
        let current = json!({"metadata": {"labels": {"a": "1", "b": "2", "c": "3"}, "uid": "u"},
            "spec": {"containers": [{"name": "app", "image": "x", "tty": true, "stdin": false}], "nodeName": "n"}});
        let merged = json!({"metadata": {"labels": {"a": "1", "c": "3"}, "uid": "u"},
            "spec": {"containers": [{"name": "app", "image": "y", "stdin": false}], "nodeName": "n"}});
        assert_eq!(three_way(&original, &modified, &current), merged);
    }

    #[test]
    fn json_patches_reach_into_lists() {
        let mut pod = json!({"spec": {"schedulingGates": [{"name": "a"}, {"name": "b"}]}});
        json_patch(&mut pod, &json!([{"op": "remove", "path": "/spec/schedulingGates/0"}])).unwrap();
        assert_eq!(pod, json!({"spec": {"schedulingGates": [{"name": "b"}]}}));
        assert!(json_patch(&mut pod, &json!([{"op": "remove", "path": "/spec/nothing"}])).is_err());
    }
}
