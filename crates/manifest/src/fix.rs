//! Remedies: changes of the pasted text that mend a finding.
//!
//! A remedy is offered only where there is one way to mend the finding. It says what is to change in the terms of the document; the
//! edit of the text follows from how that part is written: in block or flow style, quoted or plain.

use std::ops::Range;

use serde_json::Value;

use crate::place::Place;

/// What to do about a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Another key or text in place of the one that stands there; its quotes stay.
    Rename(String),
    /// Another value, exactly as it is to be written.
    Rewrite(String),
    /// A field before the one that stands there.
    AddField(String, Value),
}

/// A remedy and where it applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The field that it mends.
    pub path: String,
    /// Where the key or value stands.
    pub place: Place,
    /// What to do there.
    pub remedy: Remedy,
}

/// A change of a text: what stands between the bytes of a range is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// Which bytes.
    pub range: Range<usize>,
    /// What comes in their place.
    pub replacement: String,
}

impl TextEdit {
    /// The text with the change.
    pub fn apply(&self, text: &str) -> String {
        [&text[..self.range.start], &self.replacement, &text[self.range.end..]].concat()
    }
}

impl Fix {
    /// The change of the text; `None` if the text is another one by now.
    ///
    /// ```
    /// let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  contianers: []\n";
    /// let submission = podlapse_manifest::submit(text);
    /// let fix = submission.diagnostics.iter().find_map(|found| found.fix.as_ref()).unwrap();
    /// assert!(fix.apply(text).unwrap().contains("  containers: []"));
    /// ```
    pub fn edit(&self, text: &str) -> Option<TextEdit> {
        let at = offset(text, self.place)?;
        let edit = match &self.remedy {
            Remedy::Rename(name) => {
                let range = token(text, at);
                let quote = text[range.clone()].chars().next().filter(|c| matches!(c, '"' | '\''));
                let replacement = quote.map_or_else(|| name.clone(), |quote| format!("{quote}{name}{quote}"));
                TextEdit { range, replacement }
            }
            Remedy::Rewrite(value) => TextEdit { range: token(text, at), replacement: value.clone() },
            Remedy::AddField(name, value) => {
                let replacement = if is_in_flow(text, at) {
                    let is_json = text[at..].starts_with('"');
                    let name = if is_json { Value::from(name.as_str()).to_string() } else { name.clone() };
                    let value = if is_json { value.to_string() } else { flow(value) };
                    format!("{name}: {value}, ")
                } else {
                    let indent = usize::try_from(self.place.column).ok()?.checked_sub(1)?;
                    let mut lines = String::new();
                    block(name, value, indent, &mut lines);
                    format!("{lines}{}", " ".repeat(indent)).trim_start_matches(' ').to_owned()
                };
                TextEdit { range: at..at, replacement }
            }
        };
        Some(edit)
    }

    /// The whole text with the change.
    pub fn apply(&self, text: &str) -> Option<String> {
        Some(self.edit(text)?.apply(text))
    }

    /// The remedy in a few words: what will stand there.
    pub fn label(&self) -> String {
        match &self.remedy {
            Remedy::Rename(text) | Remedy::Rewrite(text) => text.clone(),
            Remedy::AddField(name, value) => format!("{name}: {}", flow(value)),
        }
    }
}

/// The byte where a place begins.
pub(crate) fn offset(text: &str, place: Place) -> Option<usize> {
    let line = usize::try_from(place.line).ok()?.checked_sub(1)?;
    let column = usize::try_from(place.column).ok()?.checked_sub(1)?;
    let start = text.split_inclusive('\n').take(line).map(str::len).sum::<usize>();
    let rest = text.get(start..)?.lines().next().unwrap_or_default();
    let within = rest.char_indices().map(|(at, _)| at).chain([rest.len()]).nth(column)?;
    Some(start + within)
}

/// The bytes of the key or scalar that begins at a byte.
pub(crate) fn token(text: &str, at: usize) -> Range<usize> {
    let rest = text[at..].lines().next().unwrap_or_default();
    let length = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let mut is_escaped = false;
            let close = rest.char_indices().skip(1).find(|(_, c)| {
                let is_end = *c == quote && !is_escaped;
                is_escaped = quote == '"' && *c == '\\' && !is_escaped;
                is_end
            });
            close.map_or(rest.len(), |(end, _)| end + 1)
        }
        Some(_) | None => {
            let is_end = |(end, c): &(usize, char)| match c {
                ',' | '}' | ']' => true,
                ':' => rest[end + 1..].chars().next().is_none_or(char::is_whitespace),
                '#' => rest[..*end].ends_with(' '),
                _ => false,
            };
            let end = rest.char_indices().find(is_end).map_or(rest.len(), |(end, _)| end);
            rest[..end].trim_end().len()
        }
    };
    at..at + length
}

/// Whether a key stands in braces: what comes before it on its line is not only indentation and dashes.
fn is_in_flow(text: &str, at: usize) -> bool {
    let before = text[..at].rsplit('\n').next().unwrap_or_default();
    before.trim_end().ends_with(['{', ',']) || text[at..].starts_with('"')
}

pub(crate) fn flow(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(|(key, value)| format!("{key}: {}", flow(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(text) if is_plain(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

/// Whether a text may stand without quotes and stays a text.
fn is_plain(text: &str) -> bool {
    // No number ends in the letters of `500m` and `64Mi`.
    let has_letter = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'/') || text.ends_with(['m', 'i']);
    let is_word = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/' | b':'))
        && !text.ends_with(':')
        && !text.starts_with(['-', ':']);
    let lower = text.to_lowercase();
    has_letter && is_word && !matches!(lower.as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n")
}

pub(crate) fn block(name: &str, value: &Value, indent: usize, out: &mut String) {
    out.push_str(&" ".repeat(indent));
    out.push_str(name);
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            out.push_str(":\n");
            fields.iter().for_each(|(key, value)| block(key, value, indent + 2, out));
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            out.push_str(":\n");
            items.iter().for_each(|each| item(each, indent, out));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            out.push_str(&format!(": {}\n", flow(value)));
        }
    }
}

/// An item of a list, in lines of its own.
pub(crate) fn item(value: &Value, indent: usize, out: &mut String) {
    let mut lines = String::new();
    match value.as_object().filter(|fields| !fields.is_empty()) {
        Some(fields) => fields.iter().for_each(|(key, value)| block(key, value, indent + 2, &mut lines)),
        None => lines.push_str(&format!("{}\n", flow(value))),
    }
    out.push_str(&format!("{}- {}", " ".repeat(indent), lines.trim_start()));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn apply(text: &str, line: u32, column: u32, remedy: Remedy) -> String {
        Fix { path: String::new(), place: Place { line, column }, remedy }.apply(text).unwrap()
    }

    #[test]
    fn keys_and_values_are_replaced_as_they_are_written() {
        assert_eq!(apply("a:\n  imge: x # y\n", 2, 3, Remedy::Rename("image".to_owned())), "a:\n  image: x # y\n");
        assert_eq!(apply("{\"imge\": 1}", 1, 2, Remedy::Rename("image".to_owned())), "{\"image\": 1}");
        assert_eq!(apply("p: '80' # x\n", 1, 4, Remedy::Rewrite("80".to_owned())), "p: 80 # x\n");
        assert_eq!(apply("é: always\n", 1, 4, Remedy::Rename("Always".to_owned())), "é: Always\n");
    }

    #[test]
    fn a_field_is_added_in_the_style_of_its_neighbours() {
        let selector = || Remedy::AddField("selector".to_owned(), json!({"matchLabels": {"app": "1"}}));
        let text = "spec:\n  replicas: 1\n";
        let expected = "spec:\n  selector:\n    matchLabels:\n      app: \"1\"\n  replicas: 1\n";
        assert_eq!(apply(text, 2, 3, selector()), expected);
        assert_eq!(
            apply("spec: {replicas: 1}\n", 1, 8, selector()),
            "spec: {selector: {matchLabels: {app: \"1\"}}, replicas: 1}\n"
        );
    }

    #[test]
    fn another_text_is_left_alone() {
        let fix = Fix { path: String::new(), place: Place { line: 9, column: 40 }, remedy: Remedy::Rename("a".to_owned()) };
        assert_eq!(fix.edit("a: 1\n"), None);
    }
}
