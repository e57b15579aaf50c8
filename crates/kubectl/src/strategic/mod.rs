//! Strategic merge patches: lists are merged by what the API's types say of them.
//!
//! Models `k8s.io/apimachinery/pkg/util/strategicpatch` (v1.36): what a patch makes of an object, here, and the patch of
//! `kubectl apply`, in [`diff`]. Left out: the refusal of fields that a type does not have.

mod diff;
mod order;
mod rules;

use std::fmt;

use serde_json::{Map, Value};

use crate::output::go_text;

pub(crate) use diff::three_way_patch;
use order::{in_order, kind_of, partition};
use rules::{is_replaced, merge_key, within};

type Fields = Map<String, Value>;

const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const ORDER: &str = "$setElementOrder";
const DELETION: &str = "$deleteFromPrimitiveList";

/// Why a patch cannot be applied or made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// A directive of the patch has another form than it must have; the request is a bad one.
    Form(&'static str),
    /// Everything else, which the API server has no reason for.
    Other(String),
}

const BAD_RETAIN_KEYS: Problem = Problem::Form("invalid patch format of retainKeys");
const BAD_ORDER: Problem = Problem::Form("invalid patch format of setElementOrder list");
const BAD_DELETION: Problem = Problem::Form("invalid patch format of primitive list");

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Form(text) => f.write_str(text),
            Problem::Other(text) => f.write_str(text),
        }
    }
}

fn no_merge_key(entry: &Value, key: &str) -> Problem {
    Problem::Other(format!("map: {} does not contain declared merge key: {key}", go_text(entry)))
}

/// What becomes of the directives of a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// They are carried out, as by the API server.
    Apply,
    /// They are kept, for the other side is a patch itself.
    Combine,
}

/// Applies a patch to an object.
///
/// # Errors
/// What is wrong with the patch.
pub(crate) fn strategic_patch(target: &mut Value, patch: &Value) -> Result<(), Problem> {
    let (Value::Object(fields), Value::Object(patch)) = (&mut *target, patch) else {
        *target = patch.clone();
        return Ok(());
    };
    let place = rules::root(fields);
    merge(fields, patch.clone(), place, Mode::Apply)
}

/// `mergeMap`: `place` says whose fields these are.
fn merge(original: &mut Fields, mut patch: Fields, place: &'static str, mode: Mode) -> Result<(), Problem> {
    if let Some(directive) = patch.get(DIRECTIVE) {
        match directive.as_str() {
            Some("replace") => {
                patch.remove(DIRECTIVE);
                *original = patch;
            }
            Some("delete") => original.clear(),
            Some(_) | None => return Err(bad_directive(directive, &patch.clone().into())),
        }
        return Ok(());
    }
    retain_keys(original, &mut patch, mode)?;
    let orders: Vec<String> = patch.keys().filter(|name| name.starts_with(ORDER)).cloned().collect();
    for name in orders {
        merge_ordered(original, &mut patch, &name, place, mode)?;
    }
    for (name, value) in patch {
        let is_deletion = name.starts_with(DELETION);
        if is_deletion && mode == Mode::Combine {
            original.insert(name, value);
            continue;
        }
        let name = match name.strip_prefix(DELETION) {
            Some(rest) => rest.strip_prefix('/').ok_or(BAD_DELETION)?,
            None => &name,
        };
        if value.is_null() {
            original.remove(name);
            if mode == Mode::Apply {
                continue;
            }
        }
        match (original.get_mut(name), value) {
            (Some(Value::Object(own)), Value::Object(new)) if !is_replaced(place, name) => {
                merge(own, new, within(place, name), mode)?;
            }
            (Some(Value::Array(own)), Value::Array(new)) => {
                *own = merge_lists(std::mem::take(own), new, name, place, is_deletion, mode)?;
            }
            (_, _) if is_deletion => {}
            (_, value) if mode == Mode::Combine => _ = original.insert(name.to_owned(), value),
            (_, value) => match plain(value) {
                Some(value) => _ = original.insert(name.to_owned(), value),
                None => _ = original.remove(name),
            },
        }
    }
    Ok(())
}

/// What is new in an object has no nulls, and no parts with directives (`removeDirectives`, `discardNullValuesFromPatch`).
fn plain(value: Value) -> Option<Value> {
    Some(match value {
        Value::Object(fields) if fields.contains_key(DIRECTIVE) => return None,
        Value::Object(fields) => {
            let given = fields.into_iter().filter(|(_, value)| !value.is_null());
            given.filter_map(|(name, value)| Some((name, plain(value)?))).collect()
        }
        Value::Array(entries) => entries.into_iter().filter_map(plain).collect(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    })
}

fn bad_directive(directive: &Value, patch: &Value) -> Problem {
    Problem::Other(format!("unknown patch type: {} in map: {}", go_text(directive), go_text(patch)))
}

/// `applyRetainKeysDirective`: what the list does not name goes.
fn retain_keys(original: &mut Fields, patch: &mut Fields, mode: Mode) -> Result<(), Problem> {
    let Some(keys) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
    if mode == Mode::Combine {
        original.entry(RETAIN_KEYS).or_insert(keys);
        return Ok(());
    }
    let Value::Array(keys) = keys else { return Err(BAD_RETAIN_KEYS) };
    let is_kept = |name: &str| keys.iter().any(|key| key.as_str() == Some(name));
    let is_list = |name: &str| name.starts_with(DELETION) || name.starts_with(ORDER);
    if patch.iter().any(|(name, value)| !value.is_null() && !is_list(name) && !is_kept(name)) {
        return Err(BAD_RETAIN_KEYS);
    }
    original.retain(|name, _| is_kept(name));
    Ok(())
}

/// `mergePatchIntoOriginal`: a list for which the patch has an order, whether it changes the list or not.
fn merge_ordered(
    original: &mut Fields,
    patch: &mut Fields,
    directive: &str,
    place: &'static str,
    mode: Mode,
) -> Result<(), Problem> {
    let order = patch.remove(directive).unwrap_or_default();
    if mode == Mode::Combine && *original.entry(directive).or_insert_with(|| order.clone()) != order {
        return Err(BAD_ORDER);
    }
    let Value::Array(order) = order else { return Err(order::not_a_list(&order)) };
    let name = directive.strip_prefix(ORDER).and_then(|rest| rest.strip_prefix('/')).ok_or(BAD_ORDER)?;
    let list = |fields: &mut Fields| match fields.get(name) {
        None => Ok(None),
        Some(Value::Array(list)) => Ok(Some(list.clone())),
        Some(other) => Err(order::not_a_list(other)),
    };
    let (own, new) = (list(original)?, list(patch)?);
    let key = merge_key(place, name).unwrap_or_default();
    order::check(new.as_deref().unwrap_or_default(), &order, key)?;
    let before = own.clone().unwrap_or_default();
    let has_entries = kind_of(&before, new.as_deref().unwrap_or_default())?.is_some();
    let merged = match (own, new) {
        (None, None) => return Ok(()),
        (None, Some(list)) if mode == Mode::Apply => list.into_iter().filter_map(plain).collect(),
        (Some(list), None) | (None, Some(list)) => list,
        (Some(own), Some(new)) => merge_lists(own, new, name, place, false, mode)?,
    };
    if !has_entries {
        return Err(Problem::Other("no elements in any of the given slices".to_owned()));
    }
    let (ordered, others) = partition(merged, &order, key)?;
    original.insert(name.to_owned(), in_order(ordered, others, &order, &before, key)?.into());
    patch.remove(name);
    Ok(())
}

/// `mergeSliceHandler` and `mergeSlice`.
fn merge_lists(
    original: Vec<Value>,
    patch: Vec<Value>,
    name: &str,
    place: &'static str,
    is_deletion: bool,
    mode: Mode,
) -> Result<Vec<Value>, Problem> {
    let Some(key) = merge_key(place, name) else { return Ok(patch) };
    let is_of_maps = match kind_of(&original, &patch)? {
        None => return Ok(original),
        Some(kind) => kind == order::MAP,
    };
    if !is_of_maps {
        if is_deletion && mode == Mode::Apply {
            return Ok(original.into_iter().filter(|value| !patch.contains(value)).collect());
        }
        let merged = order::distinct(original.iter().chain(&patch).cloned().collect());
        let (ordered, others) = partition(merged, &patch, "")?;
        return in_order(ordered, others, &patch, &original, "");
    }
    if key.is_empty() {
        return Err(Problem::Other("cannot merge lists without merge key for type struct".to_owned()));
    }
    let (mut merged, patch) = special_entries(original, patch, key)?;
    let before = merged.clone();
    for entry in &patch {
        let Some(wanted) = entry.get(key) else { return Err(no_merge_key(entry, key)) };
        let known = merged.iter_mut().find(|known| known.get(key) == Some(wanted));
        match (known, entry) {
            (Some(Value::Object(known)), Value::Object(entry)) => merge(known, entry.clone(), within(place, name), mode)?,
            (_, _) => merged.push(entry.clone()),
        }
    }
    let (ordered, others) = partition(merged, &patch, key)?;
    in_order(ordered, others, &patch, &before, key)
}

/// `mergeSliceWithSpecialElements`: takes the entries with directives from the patch and carries them out.
fn special_entries(mut original: Vec<Value>, patch: Vec<Value>, key: &str) -> Result<(Vec<Value>, Vec<Value>), Problem> {
    let mut others = Vec::new();
    let mut is_replacement = false;
    for entry in patch {
        match entry.get(DIRECTIVE).map(|directive| (directive, directive.as_str())) {
            None => others.push(entry),
            Some((_, Some("delete"))) => {
                let Some(gone) = entry.get(key) else { return Err(no_merge_key(&entry, key)) };
                original.retain(|known| known.get(key) != Some(gone));
            }
            Some((_, Some("replace"))) => is_replacement = true,
            Some((_, Some("merge"))) => {
                return Err(Problem::Other("merging lists cannot yet be specified in the patch".to_owned()));
            }
            Some((directive, _)) => return Err(bad_directive(directive, &entry)),
        }
    }
    Ok(if is_replacement { (others, Vec::new()) } else { (original, others) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn patched(mut target: Value, patch: Value) -> Result<Value, String> {
        strategic_patch(&mut target, &patch).map(|()| target).map_err(|problem| problem.to_string())
    }

    #[test]
    fn lists_are_merged_where_their_type_says_so() {
        let pod = json!({"kind": "Pod", "metadata": {"finalizers": ["a/b"]}, "spec": {
            "containers": [{"name": "app", "image": "x"}], "schedulingGates": [{"name": "a"}], "tolerations": [{"key": "k"}]}});
        assert_eq!(
            patched(pod.clone(), json!({"metadata": {"finalizers": []}, "spec": {"schedulingGates": []}})),
            Ok(pod.clone())
        );
        let patch = json!({"spec": {"containers": [{"name": "new"}, {"name": "app", "image": "y"}], "tolerations": [],
            "schedulingGates": [{"name": "a", "$patch": "delete"}]}, "metadata": {"$deleteFromPrimitiveList/finalizers": ["a/b"]}});
        let after = json!({"kind": "Pod", "metadata": {"finalizers": []}, "spec": {
            "containers": [{"name": "new"}, {"name": "app", "image": "y"}], "schedulingGates": [], "tolerations": []}});
        assert_eq!(patched(pod.clone(), patch), Ok(after));
        let node = json!({"kind": "Node", "spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}});
        let taints = json!({"spec": {"taints": [{"key": "b", "effect": "NoExecute"}]}});
        assert_eq!(patched(node, taints.clone()).unwrap()["spec"], taints["spec"]);
        let added = json!({"spec": {"$setElementOrder/volumes": [{"name": "v"}], "volumes": [{"name": "v", "csi": null},
            {"name": "old", "$patch": "delete"}], "affinity": {"$patch": "delete"}}});
        let after = patched(pod.clone(), added).unwrap();
        assert_eq!((&after["spec"]["volumes"], after["spec"].get("affinity")), (&json!([{"name": "v"}]), None));
        let missing = patched(pod, json!({"spec": {"containers": [{"image": "y"}]}}));
        assert_eq!(missing, Err("map: map[image:y] does not contain declared merge key: name".to_owned()));
    }

    #[test]
    fn directives_replace_retain_and_order() {
        let pod = json!({"kind": "Pod", "spec": {"containers": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}});
        let names = |patch: Value| {
            let after = patched(pod.clone(), json!({"spec": patch})).unwrap();
            let containers = after["spec"]["containers"].as_array().unwrap().iter();
            containers.map(|container| container["name"].as_str().unwrap().to_owned()).collect::<String>()
        };
        assert_eq!(names(json!({"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}]})), "bca");
        assert_eq!(names(json!({"containers": [{"$patch": "replace"}, {"name": "d"}]})), "d");
        let deployment = json!({"kind": "Deployment", "spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {}}}});
        let recreate = json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}});
        assert_eq!(patched(deployment, recreate).unwrap()["spec"]["strategy"], json!({"type": "Recreate"}));
    }
}
