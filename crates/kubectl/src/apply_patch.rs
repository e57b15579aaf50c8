//! The patch that `kubectl apply` sends, which it tells when the API server refuses it.
//!
//! Models `CreateThreeWayMergePatch` of `k8s.io/apimachinery/pkg/util/strategicpatch` (v1.36) for objects and for lists whose entries have a
//! key. Left out: lists of plain values that are merged, and entries that only change places.

use serde_json::{Map, Value, json};

use crate::merge::merge_key;

/// What makes `current` like `modified`, and takes away what was in `original` and is no longer there.
pub(crate) fn three_way_patch(original: &Value, modified: &Value, current: &Value) -> Value {
    Value::Object(objects(original, modified, current))
}

fn objects(original: &Value, modified: &Value, current: &Value) -> Map<String, Value> {
    let none = Map::new();
    let fields = |value: &Value| value.as_object().unwrap_or(&none).clone();
    let (original, modified, current) = (fields(original), fields(modified), fields(current));
    let mut patch = Map::new();
    for name in original.keys().filter(|name| !modified.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    for (name, value) in &modified {
        let before = original.get(name).unwrap_or(&Value::Null);
        match (current.get(name), value) {
            (Some(live), Value::Object(own)) if live.is_object() => {
                let mut within = objects(before, value, live);
                if name == "strategy" && !within.is_empty() {
                    within.insert("$retainKeys".to_owned(), own.keys().cloned().collect());
                }
                if !within.is_empty() {
                    patch.insert(name.clone(), within.into());
                }
            }
            (Some(Value::Array(live)), Value::Array(own)) => match merge_key(name, own) {
                Some(key) => lists(name, key, before.as_array().map_or(&[], Vec::as_slice), own, live, &mut patch),
                None if live == own => {}
                None => _ = patch.insert(name.clone(), value.clone()),
            },
            (Some(live), _) if live == value => {}
            (_, _) => _ = patch.insert(name.clone(), value.clone()),
        }
    }
    patch
}

/// The entries that differ, and the order that the list is to have.
fn lists(name: &str, key: &str, original: &[Value], modified: &[Value], current: &[Value], patch: &mut Map<String, Value>) {
    let find = |list: &[Value], entry: &Value| list.iter().find(|other| other.get(key) == entry.get(key)).cloned();
    let keyed = |entry: &Value| json!({ key: entry.get(key).cloned().unwrap_or_default() });
    let mut entries = Vec::new();
    for entry in modified {
        let Some(live) = find(current, entry) else {
            entries.push(entry.clone());
            continue;
        };
        let mut within = objects(&find(original, entry).unwrap_or_default(), entry, &live);
        if within.is_empty() {
            continue;
        }
        if name == "volumes" {
            within.insert("$retainKeys".to_owned(), entry.as_object().into_iter().flat_map(Map::keys).cloned().collect());
        }
        within.insert(key.to_owned(), entry.get(key).cloned().unwrap_or_default());
        entries.push(within.into());
    }
    for entry in original.iter().filter(|entry| find(modified, entry).is_none()) {
        let mut gone = keyed(entry);
        gone["$patch"] = "delete".into();
        entries.push(gone);
    }
    if !entries.is_empty() {
        patch.insert(format!("$setElementOrder/{name}"), modified.iter().map(keyed).collect());
        patch.insert(name.to_owned(), entries.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_names_what_differs_and_what_is_gone() {
        let original =
            json!({"metadata": {"labels": {"a": "1"}}, "spec": {"containers": [{"name": "app", "image": "x"}, {"name": "old"}]}});
        let modified =
            json!({"metadata": {}, "spec": {"containers": [{"name": "app", "image": "y"}, {"name": "new", "image": "z"}]}});
        let current = json!({"metadata": {"labels": {"a": "1"}, "uid": "u"},
            "spec": {"containers": [{"name": "app", "image": "x", "tty": true}, {"name": "old"}], "nodeName": "n"}});
        let patch = json!({"metadata": {"labels": null}, "spec": {
            "$setElementOrder/containers": [{"name": "app"}, {"name": "new"}],
            "containers": [{"name": "app", "image": "y"}, {"name": "new", "image": "z"}, {"name": "old", "$patch": "delete"}],
        }});
        assert_eq!(three_way_patch(&original, &modified, &current), patch);
        assert_eq!(three_way_patch(&modified, &modified, &modified), json!({}));
    }
}
