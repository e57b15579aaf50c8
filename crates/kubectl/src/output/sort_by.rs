//! `kubectl get --sort-by`. Models `k8s.io/kubectl/pkg/cmd/get/sorter.go` (v1.36).

use std::cmp::Ordering;

use podlapse_model::{Object, Quantity};
use serde_json::Value;

use super::JsonPath;
use crate::sort::go_sort;

/// Sorts by a field: numbers as numbers, texts by their bytes unless both are quantities, objects without the field first.
///
/// # Errors
/// A path that cannot be read, that leads nowhere in any of the objects, or to what has no order.
pub(crate) fn sort_by(objects: &mut [Object], path: &str) -> Result<(), String> {
    let path = JsonPath::parse_relaxed(path)?;
    let keys: Vec<Key> = objects.iter().map(|object| Key::of(path.first_of(object))).collect();
    if !objects.is_empty() && keys.iter().all(|key| *key == Key::Missing) {
        return Err(not_found(&path));
    }
    if let Some(Key::Unsortable(kind)) = keys.iter().find(|key| matches!(key, Key::Unsortable(_))).filter(|_| keys.len() > 1) {
        return Err(format!(
            "Field {} in [][][]reflect.Value is an unsortable type: interface, err: unsortable type: {kind}",
            path.braced()
        ));
    }
    let mut order: Vec<usize> = (0..objects.len()).collect();
    go_sort(&mut order, |one, other| keys[*one].is_less(&keys[*other]));
    let sorted: Vec<Object> = order.into_iter().map(|place| objects[place].clone()).collect();
    objects.clone_from_slice(&sorted);
    Ok(())
}

/// What kubectl says of a field that nothing has.
pub(crate) fn nowhere(path: &str) -> String {
    JsonPath::parse_relaxed(path).map_or_else(|message| message, |path| not_found(&path))
}

fn not_found(path: &JsonPath) -> String {
    format!("couldn't find any field with path {:?} in the list of objects", path.braced())
}

/// What an object is sorted by.
#[derive(Clone, Debug, PartialEq)]
enum Key {
    Missing,
    Null,
    Whole(i64),
    Float(f64),
    Text(String, Option<Quantity>),
    /// With its type in Go.
    Unsortable(&'static str),
}

impl Key {
    fn of(value: Option<Value>) -> Key {
        match value {
            None => Key::Missing,
            Some(Value::Null) => Key::Null,
            Some(Value::Number(number)) => match number.as_i64() {
                Some(whole) => Key::Whole(whole),
                None => Key::Float(number.as_f64().unwrap_or_default()),
            },
            Some(Value::String(text)) => {
                let quantity = Quantity::parse(&text).ok();
                Key::Text(text, quantity)
            }
            Some(Value::Bool(_)) => Key::Unsortable("bool"),
            Some(Value::Array(_)) => Key::Unsortable("[]interface {}"),
            Some(Value::Object(_)) => Key::Unsortable("map[string]interface {}"),
        }
    }

    /// `isLess`. An object without the field is less than any, another one without it included.
    fn is_less(&self, other: &Key) -> bool {
        match (self, other) {
            (Key::Missing, _) => true,
            (_, Key::Missing) | (Key::Null, Key::Null) => false,
            (Key::Null, _) => true,
            (Key::Whole(one), Key::Whole(other)) => one < other,
            (Key::Float(one), Key::Float(other)) => one < other,
            (Key::Text(_, Some(one)), Key::Text(_, Some(other))) => one.cmp(other) == Ordering::Less,
            (Key::Text(one, _), Key::Text(other, _)) => one < other,
            (Key::Whole(_) | Key::Float(_) | Key::Text(..) | Key::Unsortable(_), _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use podlapse_model::{Kind, Object};
    use serde_json::json;

    use super::sort_by;

    fn pods(phases: &[(&str, Option<&str>)]) -> Vec<Object> {
        let pod = |(name, phase): &(&str, Option<&str>)| {
            Object::from_json(Kind::Pod, json!({"metadata": {"name": name}, "status": {"phase": phase}})).unwrap()
        };
        phases.iter().map(pod).collect()
    }

    fn sorted(pods: &mut [Object], path: &str) -> Vec<String> {
        sort_by(pods, path).unwrap();
        pods.iter().map(|pod| pod.metadata().name.clone().unwrap()).collect()
    }

    #[test]
    fn texts_are_sorted_by_their_bytes_and_quantities_by_their_amount() {
        let mut names = pods(&[("web-2", None), ("web-10", None), ("a", None)]);
        assert_eq!(sorted(&mut names, ".metadata.name"), ["a", "web-10", "web-2"]);
        let mut amounts = pods(&[("a", Some("2Gi")), ("b", Some("100Mi")), ("c", Some("3k"))]);
        assert_eq!(sorted(&mut amounts, "{.status.phase}"), ["c", "b", "a"]);
    }

    #[test]
    fn what_has_no_such_field_comes_first_in_the_order_that_go_leaves() {
        let mut some = pods(&[("a", Some("x")), ("b", None), ("c", None), ("d", Some("w"))]);
        assert_eq!(sorted(&mut some, "status.phase"), ["c", "b", "d", "a"]);
        let none = sort_by(&mut some, ".status.podIP").unwrap_err();
        assert_eq!(none, "couldn't find any field with path \"{.status.podIP}\" in the list of objects");
    }
}
