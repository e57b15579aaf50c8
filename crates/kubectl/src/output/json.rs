//! JSON as kubectl prints it: four spaces for each level, keys sorted.
//!
//! Models `JSONPrinter` of `k8s.io/cli-runtime/pkg/printers` and Go's `encoding/json`, which escapes `<`, `>` and `&`.

use serde_json::Value;

/// The text of a value with a line break at its end.
pub(super) fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out.push('\n');
    out
}

/// The fields of an object by name.
pub(super) fn sorted(value: &Value) -> Vec<(&String, &Value)> {
    let mut fields: Vec<_> = value.as_object().into_iter().flatten().collect();
    podlapse_model::sort_by_key(&mut fields, |(name, _)| *name);
    fields
}

/// The text of a value on one line, as `json.Marshal` has it.
pub(super) fn compact(value: &Value) -> String {
    match value {
        Value::Object(_) => {
            let fields = sorted(value).into_iter().map(|(name, field)| format!("{}:{}", string(name), compact(field)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(elements) => format!("[{}]", elements.iter().map(compact).collect::<Vec<_>>().join(",")),
        Value::String(text) => string(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn write(value: &Value, level: usize, out: &mut String) {
    let line = |level: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n("    ", level));
    };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            out.push('{');
            for (index, (name, field)) in sorted(value).into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                line(level + 1, out);
                out.push_str(&string(name));
                out.push_str(": ");
                write(field, level + 1, out);
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
                write(element, level + 1, out);
            }
            line(level, out);
            out.push(']');
        }
        Value::String(text) => out.push_str(&string(text)),
        // Empty ones too.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) | Value::Array(_) => {
            out.push_str(&value.to_string());
        }
    }
}

/// A string as Go writes it.
pub(super) fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(character))),
            other if other < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(other))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn levels_are_four_spaces_deep() {
        let value = serde_json::json!({"b": [1, {"c": "x<y"}], "a": {}});
        let text =
            "{\n    \"a\": {},\n    \"b\": [\n        1,\n        {\n            \"c\": \"x\\u003cy\"\n        }\n    ]\n}\n";
        assert_eq!(super::text(&value), text);
    }
}
