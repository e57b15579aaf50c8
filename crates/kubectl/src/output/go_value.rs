//! Values as Go's `fmt` writes them: `%v` of what custom columns and templates find, `%#v` of what a template was given.

use podlapse_model::go_number::general;
use podlapse_model::go_text::{quote, sorted};
use serde_json::Value;

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// `%v`: `map[a:1 b:[x y]]`.
    Plain,
    /// `%#v`: `map[string]interface {}{"a":1, "b":[]interface {}{"x", "y"}}`.
    Literal,
}

/// The text of a value that was decoded from JSON.
pub(super) fn text(value: &Value, verb: Verb) -> String {
    let mut out = String::new();
    write(value, verb, &mut out);
    out
}

fn write(value: &Value, verb: Verb, out: &mut String) {
    let is_literal = verb == Verb::Literal;
    match value {
        Value::Null => out.push_str(if is_literal { "interface {}(nil)" } else { "<nil>" }),
        Value::String(text) if is_literal => out.push_str(&quote(text)),
        Value::String(text) => out.push_str(text),
        Value::Number(number) if number.is_f64() => out.push_str(&general(number.as_f64().unwrap_or_default())),
        Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
        Value::Array(elements) => {
            out.push_str(if is_literal { "[]interface {}{" } else { "[" });
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push_str(if is_literal { ", " } else { " " });
                }
                write(element, verb, out);
            }
            out.push(if is_literal { '}' } else { ']' });
        }
        Value::Object(fields) => {
            out.push_str(if is_literal { "map[string]interface {}{" } else { "map[" });
            for (index, (name, field)) in sorted(fields).into_iter().enumerate() {
                if index > 0 {
                    out.push_str(if is_literal { ", " } else { " " });
                }
                out.push_str(&if is_literal { format!("{}:", quote(name)) } else { format!("{name}:") });
                write(field, verb, out);
            }
            out.push(if is_literal { '}' } else { ']' });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_go_does() {
        let value = serde_json::json!({"b": ["x", 1, null], "a": {"c": true}});
        assert_eq!(text(&value, Verb::Plain), "map[a:map[c:true] b:[x 1 <nil>]]");
        let literal =
            r#"map[string]interface {}{"a":map[string]interface {}{"c":true}, "b":[]interface {}{"x", 1, interface {}(nil)}}"#;
        assert_eq!(text(&value, Verb::Literal), literal);
    }
}
