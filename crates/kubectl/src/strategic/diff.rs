//! The patch that `kubectl apply` sends.
//!
//! Models `CreateThreeWayMergePatch`: what makes the live object like the file, and takes away what the file no longer has.

use serde_json::{Value, json};

use super::order::{MAP, distinct, kind_of, sorted};
use super::rules::{is_replaced, merge_key, retains_keys, root, within};
use super::{DELETION, DIRECTIVE, Fields, Mode, ORDER, Problem, RETAIN_KEYS, merge, no_merge_key};
use crate::output::go_text;
use crate::sort::go_sort;

/// What of a difference is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Changes,
    Deletions,
}

/// What makes `current` like `modified`, and takes away what was in `original` and is no longer there.
///
/// # Errors
/// What is wrong with one of them.
pub(crate) fn three_way_patch(original: &Value, modified: &Value, current: &Value) -> Result<Value, Problem> {
    let none = Fields::new();
    let fields = |value: &Value| value.as_object().unwrap_or(&none).clone();
    let (original, modified, current) = (fields(original), fields(modified), fields(current));
    let place = root(&modified);
    let changes = fields_diff(&current, &modified, place, Side::Changes, false)?;
    let mut patch = fields_diff(&original, &modified, place, Side::Deletions, false)?;
    merge(&mut patch, changes, place, Mode::Combine)?;
    Ok(patch.into())
}

/// `diffMaps`. `is_retaining`: the patch names the fields that stay.
fn fields_diff(before: &Fields, after: &Fields, place: &'static str, side: Side, is_retaining: bool) -> Result<Fields, Problem> {
    let mut patch = Fields::new();
    for (name, value) in after {
        match (before.get(name), value) {
            (Some(Value::Object(old)), Value::Object(new)) if !is_replaced(place, name) => {
                let within = fields_diff(old, new, within(place, name), side, retains_keys(place, name))?;
                if !within.is_empty() {
                    patch.insert(name.clone(), within.into());
                }
            }
            (Some(Value::Array(old)), Value::Array(new)) if merge_key(place, name).is_some() => {
                lists_diff(name, old, new, place, side, &mut patch)?;
            }
            (Some(old), new) if old == new && !is_replaced(place, name) => {}
            (_, new) if side == Side::Changes => _ = patch.insert(name.clone(), new.clone()),
            (_, _) => {}
        }
    }
    if side == Side::Deletions {
        let gone = before.keys().filter(|name| !after.contains_key(*name));
        patch.extend(gone.map(|name| (name.clone(), Value::Null)));
    }
    let has_more = before.iter().any(|(name, value)| !value.is_null() && !after.contains_key(name));
    let kept: Vec<Value> = after.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name.clone().into()).collect();
    if is_retaining && !kept.is_empty() && (!patch.is_empty() || has_more) {
        patch.insert(RETAIN_KEYS.to_owned(), kept.into());
    }
    Ok(patch)
}

/// `diffLists`: the entries that differ, and the order that the list is to have.
fn lists_diff(
    name: &str,
    before: &[Value],
    after: &[Value],
    place: &'static str,
    side: Side,
    patch: &mut Fields,
) -> Result<(), Problem> {
    let key = merge_key(place, name).unwrap_or_default();
    if before.is_empty() {
        if side == Side::Changes && !after.is_empty() {
            patch.insert(name.to_owned(), after.to_vec().into());
        }
        return Ok(());
    }
    let order: Vec<Value> = if kind_of(before, after)? == Some(MAP) {
        let (changed, gone) = entries_diff(before, after, key, within(place, name), side, retains_keys(place, name))?;
        let mut entries = sorted(changed, after, key)?;
        entries.extend(gone);
        let is_same_order =
            before.len() == after.len() && before.iter().zip(after).all(|(one, other)| one.get(key) == other.get(key));
        if entries.is_empty() && (side == Side::Deletions || is_same_order) {
            return Ok(());
        }
        if !entries.is_empty() {
            patch.insert(name.to_owned(), entries.into());
        }
        after.iter().map(|entry| json!({ key: entry.get(key) })).collect()
    } else {
        let (old, new) = (in_text_order(before, ""), in_text_order(after, ""));
        if side == Side::Changes {
            let added = sorted(beyond(&new, &old), after, "")?;
            if !added.is_empty() {
                patch.insert(name.to_owned(), added.into());
            }
        } else {
            let gone = distinct(beyond(&old, &new));
            if !gone.is_empty() {
                patch.insert(format!("{DELETION}/{name}"), gone.into());
            }
        }
        // Upstream has sorted one of the lists in passing.
        let is_same = if side == Side::Changes { old == after } else { beyond(&old, &new).is_empty() };
        if is_same {
            return Ok(());
        }
        after.to_vec()
    };
    if !order.is_empty() {
        patch.insert(format!("{ORDER}/{name}"), order.into());
    }
    Ok(())
}

/// The values that one list has more often than the other.
fn beyond(one: &[Value], other: &[Value]) -> Vec<Value> {
    let mut rest = other.to_vec();
    let is_new = |value: &&Value| rest.iter().position(|known| known == *value).map(|at| rest.remove(at)).is_none();
    one.iter().filter(is_new).cloned().collect()
}

/// As `sort.Sort` leaves them by their texts, which counts where entries have the same key.
fn in_text_order(list: &[Value], key: &str) -> Vec<Value> {
    let text = |entry: &Value| go_text(if key.is_empty() { entry } else { entry.get(key).unwrap_or(&Value::Null) });
    let mut list: Vec<(String, Value)> = list.iter().map(|entry| (text(entry), entry.clone())).collect();
    go_sort(&mut list, |one, other| one.0 <= other.0);
    list.into_iter().map(|(_, entry)| entry).collect()
}

/// `diffListsOfMaps`: the entries that are changed or new, and the directives for those that are gone.
fn entries_diff(
    before: &[Value],
    after: &[Value],
    key: &str,
    place: &'static str,
    side: Side,
    is_retaining: bool,
) -> Result<(Vec<Value>, Vec<Value>), Problem> {
    if let Some(entry) = before.iter().chain(after).find(|entry| entry.get(key).is_none()) {
        return Err(no_merge_key(entry, key));
    }
    let (before, after) = (in_text_order(before, key), in_text_order(after, key));
    let text = |entry: &Value| go_text(entry.get(key).unwrap_or(&Value::Null));
    let (mut old, mut new) = (before.iter().peekable(), after.iter().peekable());
    let (mut changed, mut gone) = (Vec::new(), Vec::new());
    loop {
        match (old.peek().map(|entry| text(entry)), new.peek().map(|entry| text(entry))) {
            (None, None) => return Ok((changed, gone)),
            (Some(one), Some(other)) if one == other => {
                let (Some(Value::Object(one)), Some(Value::Object(other))) = (old.next(), new.next()) else { continue };
                let mut entry = fields_diff(one, other, place, side, is_retaining)?;
                if !entry.is_empty() {
                    entry.insert(key.to_owned(), other.get(key).cloned().unwrap_or_default());
                    changed.push(entry.into());
                }
            }
            (Some(one), other) if other.as_ref().is_none_or(|other| one < *other) => {
                let entry = old.next();
                if side == Side::Deletions {
                    gone.push(json!({ key: entry.and_then(|entry| entry.get(key)), DIRECTIVE: "delete" }));
                }
            }
            (_, _) => {
                let entry = new.next();
                if side == Side::Changes {
                    changed.extend(entry.cloned());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategic::strategic_patch;

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
        assert_eq!(three_way_patch(&original, &modified, &current), Ok(patch));
        assert_eq!(three_way_patch(&modified, &modified, &modified), Ok(json!({})));
    }

    #[test]
    fn applying_keeps_what_others_set_and_drops_what_the_file_dropped() {
        let original = json!({"metadata": {"labels": {"a": "1", "b": "2"}}, "spec": {"containers": [{"name": "app", "image": "x", "tty": true}]}});
        let modified = json!({"metadata": {"labels": {"a": "1"}}, "spec": {"containers": [{"name": "app", "image": "y"}]}});
        let current = json!({"metadata": {"labels": {"a": "1", "b": "2", "c": "3"}, "uid": "u"},
            "spec": {"containers": [{"name": "app", "image": "x", "tty": true, "stdin": false}], "nodeName": "n"}});
        let merged = json!({"metadata": {"labels": {"a": "1", "c": "3"}, "uid": "u"},
            "spec": {"containers": [{"name": "app", "image": "y", "stdin": false}], "nodeName": "n"}});
        let mut after = current.clone();
        let patch = three_way_patch(&original, &modified, &current).unwrap();
        strategic_patch(&mut after, &patch).unwrap();
        assert_eq!(after, merged);
    }

    #[test]
    fn values_of_a_merged_list_that_the_file_dropped_are_named() {
        let object = |finalizers: Value| json!({"metadata": {"finalizers": finalizers}});
        let patch =
            three_way_patch(&object(json!(["a/b", "c/d"])), &object(json!(["a/b"])), &object(json!(["a/b", "c/d", "e/f"])));
        let order = json!(["a/b"]);
        let wanted = json!({"metadata": {"$setElementOrder/finalizers": order, "$deleteFromPrimitiveList/finalizers": ["c/d"]}});
        assert_eq!(patch, Ok(wanted));
    }
}
