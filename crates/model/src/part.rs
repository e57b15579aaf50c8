//! Parts of a JSON object that may be missing.

use serde_json::Value;

/// The elements of a list; none where there is none.
///
/// ```
/// let pod = serde_json::json!({"containers": [{"name": "app"}]});
/// assert_eq!(podlapse_model::part::items(&pod, "containers").len(), 1);
/// assert!(podlapse_model::part::items(&pod, "volumes").is_empty());
/// ```
pub fn items<'a>(object: &'a Value, field: &str) -> &'a [Value] {
    object.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A text; empty where there is none.
///
/// ```
/// assert_eq!(podlapse_model::part::text(&serde_json::json!({"name": "app"}), "name"), "app");
/// ```
pub fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}
