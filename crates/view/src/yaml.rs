//! JSON as the YAML that `kubectl get -o yaml` prints.

use serde_json::Value;

/// The text of a value, keys in the order of the alphabet.
///
/// ```
/// let value = serde_json::json!({"kind": "Pod", "spec": {"nodeName": "a"}});
/// assert_eq!(podlapse_view::yaml(&value), "kind: Pod\nspec:\n  nodeName: a\n");
/// ```
pub fn yaml(value: &Value) -> String {
    let mut out = String::new();
    block(value, 0, false, &mut out);
    out
}

fn block(value: &Value, indent: usize, inline_first: bool, out: &mut String) {
    let pad = "  ".repeat(indent);
    match value {
        Value::Object(map) if !map.is_empty() => {
            let mut entries: Vec<_> = map.iter().collect();
            podlapse_model::sort_by_key(&mut entries, |(key, _)| key.as_str());
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if !(inline_first && index == 0) {
                    out.push_str(&pad);
                }
                out.push_str(&scalar_text(key));
                out.push(':');
                match value {
                    Value::Array(items) if !items.is_empty() => {
                        out.push('\n');
                        block(value, indent, false, out);
                    }
                    Value::Object(map) if !map.is_empty() => {
                        out.push('\n');
                        block(value, indent + 1, false, out);
                    }
                    Value::String(text) if text.trim_end_matches('\n').contains('\n') => literal(text, indent + 1, out),
                    _ => {
                        out.push(' ');
                        out.push_str(&scalar(value));
                        out.push('\n');
                    }
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                out.push_str(&pad);
                out.push_str("- ");
                block(item, indent + 1, true, out);
            }
        }
        _ => {
            out.push_str(&scalar(value));
            out.push('\n');
        }
    }
}

fn literal(text: &str, indent: usize, out: &mut String) {
    out.push_str(if text.ends_with('\n') { " |\n" } else { " |-\n" });
    for line in text.lines() {
        out.push_str(&"  ".repeat(indent));
        out.push_str(line);
        out.push('\n');
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => scalar_text(text),
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
    }
}

/// Plain where YAML reads it back as the same string, else quoted.
fn scalar_text(text: &str) -> String {
    let first = text.chars().next();
    let special = matches!(text, "" | "~" | "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "<<" | "=")
        || first.is_some_and(|first| "!&*-?:,[]{}#|>@`'\"% .+0123456789".contains(first) && !is_plain_start(text))
        || text.contains(": ")
        || text.contains(" #")
        || text.ends_with(':')
        || text.ends_with(' ')
        || text.chars().any(char::is_control);
    if special { serde_json::Value::from(text).to_string() } else { text.to_owned() }
}

/// Whether a text that begins with a sign or a figure is still read as a string.
fn is_plain_start(text: &str) -> bool {
    let first = text.as_bytes().first().copied().unwrap_or_default();
    let looks_like_number = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-._:eETZxo".contains(&byte));
    match first {
        b'-' => 1 < text.len() && !text.starts_with("- ") && !looks_like_number && !text.starts_with("---"),
        b'0'..=b'9' | b'+' | b'.' => !looks_like_number,
        _ => false,
    }
}
