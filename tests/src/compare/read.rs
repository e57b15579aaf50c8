//! Reading the parts of a trace.

use serde_json::Value;

/// A trace that has not the shape of one.
#[derive(Debug)]
pub(super) struct Broken(pub(super) String);

fn broken<T>(what: &str, value: &Value) -> Result<T, Broken> {
    let text: String = value.to_string().chars().take(200).collect();
    Err(Broken(format!("{what} in {text}")))
}

/// A field that may be absent or null.
pub(super) fn optional<'a>(value: &'a Value, field: &str) -> Option<&'a Value> {
    value.get(field).filter(|value| !value.is_null())
}

/// A field that must be there.
pub(super) fn required<'a>(value: &'a Value, field: &str) -> Result<&'a Value, Broken> {
    value.get(field).map_or_else(|| broken(&format!("no {field}"), value), Ok)
}

/// A field that must hold a text.
pub(super) fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str, Broken> {
    let found = required(value, field)?;
    found.as_str().map_or_else(|| broken(&format!("{field} is no text"), value), Ok)
}

/// A field that holds a text if it is there.
pub(super) fn optional_text<'a>(value: &'a Value, field: &str) -> Result<Option<&'a str>, Broken> {
    optional(value, field).map(|_| text(value, field)).transpose()
}

/// A field that holds an object, or that is absent, which counts as an empty one.
pub(super) fn object<'a>(value: &'a Value, field: &str) -> Result<&'a Value, Broken> {
    static EMPTY: Value = Value::Null;
    match value.get(field) {
        None => Ok(&EMPTY),
        Some(found) if found.is_object() => Ok(found),
        Some(_) => broken(&format!("{field} is no object"), value),
    }
}

/// A field that holds a list, or that is absent or null, which counts as an empty one.
pub(super) fn list<'a>(value: &'a Value, field: &str) -> Result<&'a [Value], Broken> {
    match optional(value, field) {
        None => Ok(&[]),
        Some(Value::Array(elements)) => Ok(elements),
        Some(_) => broken(&format!("{field} is no list"), value),
    }
}

/// The time of a change, in seconds.
pub(super) fn time(change: &Value) -> Result<f64, Broken> {
    required(change, "t")?.as_f64().map_or_else(|| broken("t is no number", change), Ok)
}

/// When a trace ends, in seconds.
pub(super) fn end(trace: &Value) -> Result<f64, Broken> {
    let mut end = optional(trace, "duration").and_then(Value::as_f64).unwrap_or(0.0);
    for kind in ["watch", "pods", "events"] {
        for change in list(trace, kind)? {
            end = end.max(time(change)?);
        }
    }
    Ok(end)
}
