//! `-o kyaml`: YAML with braces, and quotes around every text.
//!
//! Models `sigs.k8s.io/yaml/kyaml`: a document begins with `---`, keys stand bare where they can be nothing else, and the elements of
//! a list of objects share the lines of their braces.

use std::fmt::Write;

use podlapse_model::go_text::json_string;
use serde_json::Value;

use super::go_order::fields_of;

/// The text of a value.
pub(super) fn text(value: &Value, is_typed: bool) -> String {
    let mut out = "---\n".to_owned();
    write(value, 0, is_typed.then_some(""), &mut out);
    out.push('\n');
    out
}

fn line(level: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", level));
}

/// `of` is the field that has the value, where fields stand in the order of types.
fn write(value: &Value, level: usize, of: Option<&str>, out: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            out.push('{');
            for (name, field) in fields_of(fields, of) {
                line(level + 1, out);
                out.push_str(&key(name));
                out.push_str(": ");
                write(field, level + 1, of.map(|_| name.as_str()), out);
                out.push(',');
            }
            line(level, out);
            out.push('}');
        }
        Value::Array(elements) if !elements.is_empty() => {
            let cuddles = elements.iter().all(|element| matches!(element, Value::Object(_) | Value::Array(_)));
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                match (cuddles, index) {
                    (true, 0) => {}
                    (true, _) => out.push_str(", "),
                    (false, _) => line(level + 1, out),
                }
                write(element, if cuddles { level } else { level + 1 }, of, out);
                if !cuddles {
                    out.push(',');
                }
            }
            if !cuddles {
                line(level, out);
            }
            out.push(']');
        }
        Value::Object(_) => out.push_str("{}"),
        Value::Array(_) => out.push_str("[]"),
        Value::String(text) if text.contains('\n') => lines(text, level, out),
        Value::String(text) => out.push_str(&quoted(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
    }
}

/// A text of several lines, each on a line of its own. What is set in stands behind a backslash, which ends the folding.
fn lines(text: &str, level: usize, out: &mut String) {
    out.push_str("\"\\");
    for part in text.split_inclusive('\n') {
        line(level + 1, out);
        out.push_str(if part.starts_with([' ', '\t']) { "\\" } else { " " });
        let text = quoted(part);
        let text = &text[1..text.len() - 1];
        match text.strip_prefix("\\t") {
            Some(rest) => _ = write!(out, "\t{rest}"),
            None => out.push_str(text),
        }
        out.push('\\');
    }
    line(level + 1, out);
    out.push('"');
}

fn quoted(text: &str) -> String {
    json_string(text).replace("\\u003c", "<").replace("\\u003e", ">").replace("\\u0026", "&")
}

/// A key without quotes where no reader of YAML takes it for something else than a text.
fn key(name: &str) -> String {
    let ambiguous = ["", "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"];
    let is_bare = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
        && !ambiguous.contains(&name.to_lowercase().as_str());
    if is_bare { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn lines_of_a_text_are_folded() {
        let text = "---\n{\n  a: \"\\\n     x\\n\\\n    \\  y\\n\\\n    \",\n  b: \"z\",\n}\n";
        assert_eq!(super::text(&serde_json::json!({"a": "x\n  y\n", "b": "z"}), false), text);
    }

    #[test]
    fn braces_of_a_list_share_lines() {
        let value =
            serde_json::json!({"kind": "Pod", "spec": {"containers": [{"name": "a", "args": ["x"]}, {"name": "b"}], "on": {}}});
        let text = "---\n{\n  kind: \"Pod\",\n  spec: {\n    containers: [{\n      args: [\n        \"x\",\n      ],\n      name: \"a\",\n    }, {\n      name: \"b\",\n    }],\n    \"on\": {},\n  },\n}\n";
        assert_eq!(super::text(&value, false), text);
    }
}
