//! Objects that commands make, written as text: it weighs a third of what values put together one by one do.

use serde_json::Value;

/// JSON in which a text such as `$0` stands for the part of that number.
macro_rules! shape {
    ($text:expr $(, $part:expr)* $(,)?) => { $crate::command::shape::filled($text, &[$($part.into()),*]) };
}

pub(super) use shape;

/// The value of a text with its parts in their places.
pub(super) fn filled(text: &str, parts: &[Value]) -> Value {
    let mut value = serde_json::from_str(text).unwrap_or_default();
    fill(&mut value, parts);
    value
}

fn fill(value: &mut Value, parts: &[Value]) {
    match value {
        Value::String(text) => {
            let number = text.strip_prefix('$').and_then(|number| number.parse::<usize>().ok());
            if let Some(part) = number.and_then(|number| parts.get(number)) {
                *value = part.clone();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, parts)),
        Value::Object(fields) => fields.values_mut().for_each(|field| fill(field, parts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn parts_stand_where_they_are_named() {
        let value = shape!(r#"{"a": ["$1"], "b": {"c": "$0", "d": "$9"}}"#, "$1", json!({"e": 1}));
        assert_eq!(value, json!({"a": [{"e": 1}], "b": {"c": "$1", "d": "$9"}}));
    }
}
