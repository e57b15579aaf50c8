//! Values as the API server keeps them in memory: Go's field names, in the order of its structs, nothing left out.
//!
//! Messages about a changed Pod show the difference of two such values, line by line. Models the JSON of the internal types of
//! `pkg/apis/core`; `internal.txt` holds their fields. Left out: the volume sources of single vendors, whose fields stand as written.

use serde_json::{Map, Value};

use super::error::Shown;
use crate::go_text;

const TABLE: &str = include_str!("internal.txt");

/// How deep a line is indented; `None` where everything stands on one.
type Depth = Option<usize>;

/// The indented JSON of a value of an internal struct.
pub(super) fn indented(name: &str, value: &Value) -> String {
    let mut out = String::new();
    structure(name, value, Some(0), &mut out);
    out
}

/// The same on one line, as errors show a value.
pub(super) fn compact(name: &str, value: &Value) -> Shown {
    let mut out = String::new();
    if value.is_null() {
        out.push_str("null");
    } else {
        structure(name, value, None, &mut out);
    }
    Shown(out)
}

fn deeper(depth: Depth) -> Depth {
    depth.map(|depth| depth + 1)
}

fn fields(name: &str) -> impl Iterator<Item = &'static str> {
    let line = TABLE.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap_or_default();
    line.split(' ').filter(|field| !field.is_empty())
}

/// A field's name, the rest of its description, and whether it is left out when empty.
fn split(field: &'static str) -> (&'static str, &'static str, bool) {
    let bare = field.strip_prefix('?').unwrap_or(field);
    let end = bare.find([':', '*', '[', '.', '=']).unwrap_or(bare.len());
    (&bare[..end], &bare[end..], bare.len() < field.len())
}

/// The JSON name that goes with Go's: its leading capitals in lower case, but for the one that begins the next word.
fn json_name(name: &str) -> String {
    let capitals = name.bytes().take_while(u8::is_ascii_uppercase).count();
    let end = if capitals < 2 || capitals == name.len() || !name.as_bytes()[capitals].is_ascii_lowercase() {
        capitals
    } else {
        capitals - 1
    };
    name[..end].to_ascii_lowercase() + &name[end..]
}

fn line(depth: Depth, out: &mut String) {
    if let Some(depth) = depth {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', depth));
    }
}

fn colon(depth: Depth) -> &'static str {
    if depth.is_some() { ": " } else { ":" }
}

fn structure(name: &str, value: &Value, depth: Depth, out: &mut String) {
    out.push('{');
    let mut is_first = true;
    members(name, value, depth, &mut is_first, out);
    if !is_first {
        line(depth, out);
    }
    out.push('}');
}

fn members(name: &str, value: &Value, depth: Depth, is_first: &mut bool, out: &mut String) {
    for field in fields(name) {
        if let Some(embedded) = field.strip_prefix('^') {
            members(embedded, value, depth, is_first, out);
            continue;
        }
        let (go_name, mut kind, may_be_left_out) = split(field);
        let mut key = json_name(go_name);
        if let Some(rest) = kind.strip_prefix('=') {
            let end = rest.find([':', '*', '[', '.']).unwrap_or(rest.len());
            (key, kind) = (rest[..end].to_owned(), &rest[end..]);
        }
        let inner = value.get(&key).unwrap_or(&Value::Null);
        if may_be_left_out
            && (inner.is_null() || inner.as_array().is_some_and(Vec::is_empty) || inner.as_object().is_some_and(Map::is_empty))
        {
            continue;
        }
        if !std::mem::replace(is_first, false) {
            out.push(',');
        }
        line(deeper(depth), out);
        out.push_str(&format!("\"{go_name}\"{}", colon(depth)));
        field_value(kind, inner, deeper(depth), out);
    }
}

fn field_value(kind: &str, value: &Value, depth: Depth, out: &mut String) {
    match (kind.as_bytes().first(), value) {
        (Some(b':'), Value::Null) => out.push_str(match kind {
            ":s" => "\"\"",
            ":i" => "0",
            _ => "false",
        }),
        (Some(b'.'), _) => structure(&kind[1..], value, depth, out),
        (_, Value::Null) => out.push_str("null"),
        (Some(b'*'), _) => structure(&kind[1..], value, depth, out),
        (Some(b'['), Value::Array(items)) if !items.is_empty() => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                line(deeper(depth), out);
                structure(&kind[1..], item, deeper(depth), out);
            }
            line(depth, out);
            out.push(']');
        }
        _ => plain(value, depth, out),
    }
}

fn plain(value: &Value, depth: Depth, out: &mut String) {
    let (open, close) = match value {
        Value::Array(items) if !items.is_empty() => ('[', ']'),
        Value::Object(fields) if !fields.is_empty() => ('{', '}'),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            return out.push_str(&go_text::json(value));
        }
    };
    out.push(open);
    let mut is_first = true;
    let mut next = |out: &mut String| {
        if !std::mem::replace(&mut is_first, false) {
            out.push(',');
        }
        line(deeper(depth), out);
    };
    for item in value.as_array().into_iter().flatten() {
        next(out);
        plain(item, deeper(depth), out);
    }
    for (key, item) in value.as_object().into_iter().flatten() {
        next(out);
        out.push_str(&go_text::json(&Value::from(key.as_str())));
        out.push_str(colon(depth));
        plain(item, deeper(depth), out);
    }
    line(depth, out);
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_names_become_json_names() {
        for (go, json) in [
            ("DNSPolicy", "dnsPolicy"),
            ("TTY", "tty"),
            ("SELinuxOptions", "seLinuxOptions"),
            ("HostPID", "hostPID"),
            ("OS", "os"),
        ] {
            assert_eq!(json_name(go), json);
        }
    }

    #[test]
    fn nothing_is_left_out_of_an_internal_value() {
        let port = serde_json::json!({"containerPort": 80});
        let expected =
            "{\n \"Name\": \"\",\n \"HostPort\": 0,\n \"ContainerPort\": 80,\n \"Protocol\": \"\",\n \"HostIP\": \"\"\n}";
        assert_eq!(indented("ContainerPort", &port), expected);
    }
}
