//! API types from and to JSON values, by tables.
//!
//! The types are those of `k8s-openapi`, whose own serde code is made anew for each type and each format: a tenth of the page. Here a
//! struct is a row of field names in [`structs`], and one function reads and one writes all of them. What is read and written is the
//! same as by serde, which a test compares for every recorded object.

mod leaves;
mod structs;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

/// What visits the fields of a struct in order.
pub type Visit<'a> = &'a mut dyn FnMut(&dyn ApiValue);
/// The same, to fill them.
pub type VisitMut<'a> = &'a mut dyn FnMut(&mut dyn ApiValue);

/// A value that the API's JSON can hold.
pub trait ApiValue {
    /// The value of a required field that is not given.
    fn empty() -> Self
    where
        Self: Sized;

    /// Takes the place of the value from `value`.
    ///
    /// # Errors
    /// The first part of `value` that has the wrong type.
    fn read(&mut self, value: Value) -> Result<(), Misfit>;

    /// The value as JSON, unless it is absent.
    fn write(&self) -> Option<Value>;

    /// The JSON names of a struct's fields, sorted, with spaces between.
    fn names(&self) -> &'static str {
        ""
    }

    /// The `apiVersion` and the `kind` that a struct is always written with.
    fn version_and_kind(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// Visits the fields in the order of their names.
    fn fields(&self, _visit: Visit<'_>) {}

    /// Visits the fields in the order of their names, to change them.
    fn fields_mut(&mut self, _visit: VisitMut<'_>) {}
}

/// Why a JSON value does not fit a type of the API, in serde's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit(String);

impl Misfit {
    fn new(found: &Value, expected: &str) -> Misfit {
        let found = match found {
            Value::Null => "null".to_owned(),
            Value::Bool(bool) => format!("boolean `{bool}`"),
            Value::Number(number) if number.is_f64() => format!("floating point `{number}`"),
            Value::Number(number) => format!("integer `{number}`"),
            Value::String(_) => format!("string {found}"),
            Value::Array(_) => "sequence".to_owned(),
            Value::Object(_) => "map".to_owned(),
        };
        Misfit(format!("invalid type: {found}, expected {expected}"))
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misfit {}

/// The value that `json` holds. Unknown fields are passed over.
///
/// ```
/// use podlapse_model::api::core::v1::Probe;
/// let probe: Probe = podlapse_model::from_json(serde_json::json!({"periodSeconds": 5}))?;
/// assert_eq!(probe.period_seconds, Some(5));
/// # Ok::<(), podlapse_model::Misfit>(())
/// ```
///
/// # Errors
/// The first field whose value has the wrong type.
pub fn from_json<T: ApiValue>(json: Value) -> Result<T, Misfit> {
    let mut value = T::empty();
    value.read(json)?;
    Ok(value)
}

/// The value as JSON; an absent one is null.
///
/// ```
/// use podlapse_model::api::core::v1::Probe;
/// let probe = Probe { period_seconds: Some(5), ..Probe::default() };
/// assert_eq!(podlapse_model::to_json(&probe), serde_json::json!({"periodSeconds": 5}));
/// ```
pub fn to_json(value: &dyn ApiValue) -> Value {
    value.write().unwrap_or_default()
}

/// What lies at a path of field names, as JSON; no more than that part is written.
///
/// ```
/// use podlapse_model::api::core::v1::{Pod, PodStatus};
/// let pod = Pod { status: Some(PodStatus { phase: Some("Running".to_owned()), ..PodStatus::default() }), ..Pod::default() };
/// assert_eq!(podlapse_model::part_to_json(&pod, &["status", "phase"]), Some("Running".into()));
/// assert_eq!(podlapse_model::part_to_json(&pod, &["status", "podIP"]), None);
/// ```
pub fn part_to_json(value: &dyn ApiValue, path: &[&str]) -> Option<Value> {
    let Some((first, rest)) = path.split_first() else { return value.write() };
    if value.names().is_empty() {
        return json_at(&value.write()?, path).cloned();
    }
    if let (Some((version, kind)), true) = (value.version_and_kind(), rest.is_empty()) {
        match *first {
            "apiVersion" => return Some(version.into()),
            "kind" => return Some(kind.into()),
            _ => {}
        }
    }
    let mut names = value.names().split_ascii_whitespace();
    let mut found = None;
    value.fields(&mut |field| {
        if names.next() == Some(first) {
            found = part_to_json(field, rest);
        }
    });
    found
}

/// What lies at a path of field names in JSON.
pub(crate) fn json_at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| value.as_object()?.get(*name))
}

/// Fills a struct; null stands for an absent field.
fn read_struct(into: &mut dyn ApiValue, value: Value) -> Result<(), Misfit> {
    let Value::Object(mut given) = value else { return Err(Misfit::new(&value, "an object")) };
    if let Some((version, kind)) = into.version_and_kind() {
        for (name, expected) in [("apiVersion", version), ("kind", kind)] {
            if let Some(found) = given.get(name).filter(|found| found.as_str() != Some(expected)) {
                return Err(Misfit(format!("invalid value: string {found}, expected {expected}")));
            }
        }
    }
    let mut names = into.names().split(' ');
    let mut outcome = Ok(());
    into.fields_mut(&mut |field| {
        let value = names.next().and_then(|name| given.remove(name)).unwrap_or_default();
        if outcome.is_ok() && !value.is_null() {
            outcome = field.read(value);
        }
    });
    outcome
}

fn write_struct(from: &dyn ApiValue) -> Option<Value> {
    let mut written = Map::new();
    if let Some((version, kind)) = from.version_and_kind() {
        written.insert("apiVersion".to_owned(), version.into());
        written.insert("kind".to_owned(), kind.into());
    }
    let mut names = from.names().split(' ');
    from.fields(&mut |field| {
        if let (Some(name), Some(value)) = (names.next(), field.write()) {
            written.insert(name.to_owned(), value);
        }
    });
    Some(Value::Object(written))
}

/// Reads the elements of a list, each into the place that `push` makes for it.
fn read_list(value: Value, push: &mut dyn FnMut(Value) -> Result<(), Misfit>) -> Result<(), Misfit> {
    if let Value::Array(elements) = value {
        return elements.into_iter().try_for_each(push);
    }
    Err(Misfit::new(&value, "a sequence"))
}

impl<T: ApiValue> ApiValue for Option<T> {
    fn empty() -> Self {
        None
    }

    fn read(&mut self, value: Value) -> Result<(), Misfit> {
        self.get_or_insert_with(T::empty).read(value)
    }

    fn write(&self) -> Option<Value> {
        self.as_ref()?.write()
    }

    fn names(&self) -> &'static str {
        self.as_ref().map_or("", T::names)
    }

    fn fields(&self, visit: Visit<'_>) {
        if let Some(value) = self {
            value.fields(visit);
        }
    }
}

impl<T: ApiValue> ApiValue for Vec<T> {
    fn empty() -> Self {
        Vec::new()
    }

    fn read(&mut self, value: Value) -> Result<(), Misfit> {
        read_list(value, &mut |element| {
            let mut place = T::empty();
            place.read(element)?;
            self.push(place);
            Ok(())
        })
    }

    fn write(&self) -> Option<Value> {
        let mut written = Vec::with_capacity(self.len());
        written.extend(self.iter().map(|element| to_json(element)));
        Some(Value::Array(written))
    }
}

impl<T: ApiValue> ApiValue for BTreeMap<String, T> {
    fn empty() -> Self {
        BTreeMap::new()
    }

    fn read(&mut self, value: Value) -> Result<(), Misfit> {
        let Value::Object(entries) = value else { return Err(Misfit::new(&value, "a map")) };
        for (key, entry) in entries {
            self.insert(key, from_json(entry)?);
        }
        Ok(())
    }

    fn write(&self) -> Option<Value> {
        let mut written = Map::new();
        for (key, entry) in self {
            written.insert(key.clone(), to_json(entry));
        }
        Some(Value::Object(written))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::core::v1::{Container, PersistentVolumeClaim, PodSpec};

    #[test]
    fn a_wrong_type_is_told_in_words() {
        let read = |json| from_json::<PodSpec>(json).unwrap_err().to_string();
        let wrong = read(serde_json::json!({"containers": [{"name": 5}]}));
        assert_eq!(wrong, "invalid type: integer `5`, expected a string");
        assert_eq!(read(serde_json::json!({"containers": {}})), "invalid type: map, expected a sequence");
        assert_eq!(read(serde_json::json!({"priority": 3_000_000_000_u64})), "invalid type: integer `3000000000`, expected i32");
        let other = from_json::<PersistentVolumeClaim>(serde_json::json!({"kind": "Pod"})).unwrap_err();
        assert_eq!(other.to_string(), "invalid value: string \"Pod\", expected PersistentVolumeClaim");
    }

    #[test]
    fn null_is_absent_and_what_is_required_is_written() {
        let container: Container = from_json(serde_json::json!({"name": null, "image": null, "args": []})).unwrap();
        assert_eq!(to_json(&container), serde_json::json!({"name": "", "args": []}));
    }
}
