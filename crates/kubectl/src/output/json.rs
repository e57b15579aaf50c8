//! JSON as kubectl prints it: four spaces for each level, keys sorted.
//!
//! Models `JSONPrinter` of `k8s.io/cli-runtime/pkg/printers` and Go's `encoding/json`, which escapes `<`, `>` and `&`.

use podlapse_model::go_text::json_string;
use serde_json::Value;

use super::go_order::fields_of;

/// The text of a value with a line break at its end.
pub(super) fn text(value: &Value, is_typed: bool) -> String {
    let mut out = String::new();
    write(value, 0, is_typed.then_some(""), &mut out);
    out.push('\n');
    out
}

/// `of` is the field that has the value, where fields stand in the order of types.
fn write(value: &Value, level: usize, of: Option<&str>, out: &mut String) {
    let line = |level: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n("    ", level));
    };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            out.push('{');
            for (index, (name, field)) in fields_of(fields, of).into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                line(level + 1, out);
                out.push_str(&json_string(name));
                out.push_str(": ");
                write(field, level + 1, of.map(|_| name.as_str()), out);
            }
            line(level, out);
            out.push('}');
        }
        Value::Array(elements) if !elements.is_empty() => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                line(level + 1, out);
                write(element, level + 1, of, out);
            }
            line(level, out);
            out.push(']');
        }
        Value::String(text) => out.push_str(&json_string(text)),
        // Empty ones too.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) | Value::Array(_) => {
            out.push_str(&value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn levels_are_four_spaces_deep() {
        let value = serde_json::json!({"b": [1, {"c": "x<y"}], "a": {}});
        let text =
            "{\n    \"a\": {},\n    \"b\": [\n        1,\n        {\n            \"c\": \"x\\u003cy\"\n        }\n    ]\n}\n";
        assert_eq!(super::text(&value, false), text);
    }
}
