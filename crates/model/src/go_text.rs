//! How Go writes text: the quoting of `%q` and the JSON of `encoding/json`.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::go_number;

/// A text between double quotes as `%q` writes it: `strconv.Quote`.
///
/// ```
/// assert_eq!(podlapse_model::go_text::quote("a \"b\"\n"), r#""a \"b\"\n""#);
/// ```
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if (c as u32) < 0x20 || c == '\u{7f}' => _ = write!(out, "\\x{:02x}", c as u32),
            c if is_printable(c) => out.push(c),
            c if (c as u32) < 0x10000 => _ = write!(out, "\\u{:04x}", c as u32),
            c => _ = write!(out, "\\U{:08x}", c as u32),
        }
    }
    out.push('"');
    out
}

/// A text between double quotes as package `time` writes it: what is not ASCII byte by byte.
///
/// ```
/// assert_eq!(podlapse_model::go_text::quote_bytes("5 µs".as_bytes()), r#""5 \xc2\xb5s""#);
/// ```
pub fn quote_bytes(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(*byte)]),
            b' '..=0x7f => out.push(char::from(*byte)),
            _ => _ = write!(out, "\\x{byte:02x}"),
        }
    }
    out.push('"');
    out
}

/// `unicode.IsPrint`: letters, marks, numbers, punctuation and symbols.
fn is_printable(c: char) -> bool {
    // Rust's own table of these decides what is escaped; at the beginning of a text marks are escaped as well.
    c == '\'' || c.is_ascii_graphic() || c == ' ' || ['a', c].iter().collect::<String>().escape_debug().count() == 2
}

/// Compact JSON as `json.Marshal` writes it: sorted keys, `<`, `>` and `&` escaped, Go's floats.
///
/// ```
/// assert_eq!(podlapse_model::go_text::json(&serde_json::json!({"b": [1e21], "a": "<"})), r#"{"a":"\u003c","b":[1e+21]}"#);
/// ```
pub fn json(value: &Value) -> String {
    let mut out = String::new();
    write_json(value, &mut out);
    out
}

fn write_json(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => _ = write!(out, "{value}"),
        Value::Number(number) => out.push_str(&go_number::number(number)),
        Value::String(text) => write_json_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_json(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (at, (key, value)) in sorted(fields).into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_json_text(key, out);
                out.push(':');
                write_json(value, out);
            }
            out.push('}');
        }
    }
}

/// The fields of an object by name, in whatever order the map keeps them.
///
/// ```
/// let object = serde_json::json!({"b": 1, "a": 2});
/// assert_eq!(podlapse_model::go_text::sorted(object.as_object().unwrap())[0].0, "a");
/// ```
pub fn sorted(fields: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut fields: Vec<_> = fields.iter().collect();
    crate::sort_by_key(&mut fields, |(name, _)| *name);
    fields
}

/// A string as `encoding/json` writes it.
///
/// ```
/// assert_eq!(podlapse_model::go_text::json_string("a<b"), r#""a\u003cb""#);
/// ```
pub fn json_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    write_json_text(text, &mut out);
    out
}

fn write_json_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => _ = write!(out, "\\u{:04x}", c as u32),
            c if (c as u32) < 0x20 => _ = write!(out, "\\u{:04x}", c as u32),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn what_is_not_printed_is_escaped() {
        assert_eq!(quote("é\u{1}\u{7f}\u{a0}\u{200b}'"), r#""é\x01\x7f\u00a0\u200b'""#);
        // A mark that combines with the letter before it is printed.
        assert_eq!(quote("e\u{301}\u{e000}"), "\"e\u{301}\\ue000\"");
    }
}
