//! What the runner knows of a topic and its cases.

use std::path::Path;

use serde_json::Value;

/// One recorded input with its output.
pub trait Case: Send + Sync {
    /// Its name within the topic, the same in every run.
    fn name(&self) -> &str;

    /// The whole recorded output.
    ///
    /// # Errors
    /// A recording that cannot be read.
    fn expected(&self) -> Result<Value, String>;

    /// What Podlapse makes of the input. It never sees the recorded output.
    ///
    /// # Errors
    /// Why there is no output; the case fails with it.
    fn actual(&self) -> Result<Value, String>;

    /// Where the two differ by the topic's rules; empty if they do not.
    fn differences(&self, expected: &Value, actual: &Value) -> Vec<String>;

    /// Whether the recording holds several outputs of which any is right.
    fn has_alternatives(&self) -> bool {
        false
    }
}

/// A folder of recordings.
pub trait Topic: Send + Sync {
    /// Its folder below the root, which is also its name in the report.
    fn name(&self) -> &str;

    /// The cases found below `root`, in a fixed order.
    ///
    /// # Errors
    /// A folder or an index that cannot be read.
    fn cases(&self, root: &Path) -> Result<Vec<Box<dyn Case>>, String>;
}

/// Where two values first differ, as a path with both sides; numbers compare by value, objects without regard to order.
pub fn first_difference(path: &str, expected: &Value, actual: &Value) -> Option<String> {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            let missing = expected.iter().find_map(|(key, value)| {
                let path = format!("{path}.{key}");
                match actual.get(key) {
                    Some(other) => first_difference(&path, value, other),
                    None => Some(format!("{path}: expected {}, got nothing", short(value))),
                }
            });
            let invented = || actual.iter().find(|(key, _)| !expected.contains_key(*key));
            missing.or_else(|| invented().map(|(key, value)| format!("{path}.{key}: expected nothing, got {}", short(value))))
        }
        (Value::Array(expected), Value::Array(actual)) => {
            let pairs = expected.iter().zip(actual).enumerate();
            let differing = pairs.into_iter().find_map(|(at, (a, b))| first_difference(&format!("{path}[{at}]"), a, b));
            let counts = || format!("{path}: expected {} elements, got {}", expected.len(), actual.len());
            differing.or_else(|| (expected.len() != actual.len()).then(counts))
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() && a.as_i64() == b.as_i64() => None,
        (Value::Number(a), Value::Number(b)) if a.is_f64() != b.is_f64() && a.as_f64() == b.as_f64() => None,
        (expected, actual) if expected == actual => None,
        (expected, actual) => Some(format!("{path}: expected {}, got {}", short(expected), short(actual))),
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(600) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
