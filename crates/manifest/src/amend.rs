//! Amendments: a part of a pasted text set, added or taken away, with everything around it left as it was written.
//!
//! A part that is there is written as it was: in block or flow style, in its quotes. A new field comes after the last one of its
//! mapping, a new item after the last one of its list, a new document at the end. What cannot be placed for certain is not changed.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::fix::{TextEdit, block, flow, item, offset, token};
use crate::place::{Place, Places};
use crate::read::{Document, read_stream, read_yaml};

/// What to do with a part of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Amend {
    /// Give it this value; it need not be there.
    Set(Value),
    /// Add an item to the list; it need not be there.
    Push(Value),
    /// Take it away, and what holds nothing else.
    Remove,
    /// Add a document to the text, written in YAML.
    Append(String),
}

/// The change of a text that amends a part of one of its documents. Each step of `path` is the name of a field or the index of an item.
/// `None` if there is no such document, or if the text is written in a way that does not tell where the change belongs.
///
/// ```
/// use podlapse_manifest::{Amend, amend};
/// let text = "spec:\n  containers:\n  - image: ngnix # web\n";
/// let path = ["spec", "containers", "0", "image"].map(str::to_owned);
/// let edit = amend(text, 0, &path, &Amend::Set("nginx".into())).unwrap();
/// assert_eq!(edit.apply(text), "spec:\n  containers:\n  - image: nginx # web\n");
/// ```
pub fn amend(text: &str, document: usize, path: &[String], amend: &Amend) -> Option<TextEdit> {
    let stream = read_stream(text);
    let target = || stream.documents.get(document).map(|document| Target::find(text, document, path));
    match amend {
        Amend::Set(value) => target()?.set(value),
        Amend::Push(value) => target()?.push(value),
        Amend::Remove => target()?.remove(),
        Amend::Append(document) => append(text, document),
    }
}

fn append(text: &str, document: &str) -> Option<TextEdit> {
    let replacement = if text.trim_start().starts_with('{') {
        format!("\n{}\n", read_yaml(document).ok()?.json)
    } else {
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let separator = if text.trim().is_empty() { "" } else { "---\n" };
        format!("{end}{separator}{document}")
    };
    Some(TextEdit { range: text.len()..text.len(), replacement })
}

/// A part of a document, as far as it exists.
struct Target<'a> {
    text: &'a str,
    path: &'a [String],
    /// The parts on the way, the document first; shorter than the path where it leads to something absent.
    chain: Vec<(&'a Value, &'a Places)>,
}

impl<'a> Target<'a> {
    fn find(text: &'a str, document: &'a Document, path: &'a [String]) -> Target<'a> {
        let mut chain = vec![(&document.json, &document.places)];
        for step in path {
            let (json, places) = chain[chain.len() - 1];
            let index = step.parse::<usize>().ok();
            let found = match json.as_array() {
                Some(items) => index.and_then(|index| items.get(index).zip(places.items.get(index))),
                None => json.get(step).zip(places.fields.get(step)),
            };
            match found {
                Some(found) => chain.push(found),
                None => break,
            }
        }
        Target { text, path, chain }
    }

    /// The same, ending at an earlier step.
    fn up_to(&self, steps: usize) -> Target<'a> {
        Target { text: self.text, path: &self.path[..steps], chain: self.chain[..=steps].to_vec() }
    }

    fn is_whole(&self) -> bool {
        self.path.len() < self.chain.len()
    }

    fn last(&self) -> (&'a Value, &'a Places) {
        self.chain[self.chain.len() - 1]
    }

    fn at(&self, place: Place) -> Option<usize> {
        offset(self.text, place)
    }

    /// Whether the value of a part stands in braces or brackets.
    fn is_flow(&self, part: usize) -> bool {
        self.chain[..=part].iter().any(|(_, places)| self.opens(places))
    }

    fn opens(&self, places: &Places) -> bool {
        self.at(places.value).is_some_and(|at| self.text[at..].starts_with(['{', '[']))
    }

    fn set(&self, value: &Value) -> Option<TextEdit> {
        if self.is_whole() {
            return self.replace(value);
        }
        let have = self.chain.len() - 1;
        let mut nested = value.clone();
        for step in self.path[have + 1..].iter().rev() {
            nested = Value::Object(Map::from_iter([(step.clone(), nested)]));
        }
        let name = &self.path[have];
        match self.last() {
            (Value::Object(there), _) if !there.is_empty() => self.insert(name, &nested),
            (Value::Object(_) | Value::Null, _) if 0 < have => {
                self.up_to(have).replace(&Value::Object(Map::from_iter([(name.clone(), nested)])))
            }
            _ => None,
        }
    }

    fn replace(&self, value: &Value) -> Option<TextEdit> {
        let part = self.chain.len() - 1;
        let (before, places) = self.last();
        let at = self.at(places.value)?;
        let rest = &self.text[at..];
        let is_block_scalar = rest.starts_with(['|', '>']);
        let is_scalar = |value: &Value| !value.is_object() && !value.is_array() && !value.is_null();
        if is_scalar(before) && is_scalar(value) && !is_block_scalar {
            return Some(TextEdit { range: token(self.text, at), replacement: in_quotes(rest, value) });
        }
        if self.is_flow(part) {
            return Some(TextEdit { range: at..self.end_of_flow(at)?, replacement: self.written(rest, value) });
        }
        let (key, name) = (places.key?, self.path.last()?);
        let (start, indent) = (self.at(key)?, column(key));
        let mut lines = String::new();
        block(name, value, indent, &mut lines);
        let range = start..self.end_of_block(start, indent, true);
        Some(TextEdit { range, replacement: lines.trim_start().to_owned() })
    }

    /// A value in one line, as JSON where its neighbours are.
    fn written(&self, neighbour: &str, value: &Value) -> String {
        let is_json = self.text.trim_start().starts_with('{') || neighbour.starts_with('"');
        if is_json { value.to_string() } else { flow(value) }
    }

    /// A new field behind the last one of the mapping.
    fn insert(&self, name: &str, value: &Value) -> Option<TextEdit> {
        let (part, (_, places)) = (self.chain.len() - 1, self.last());
        let last = places.fields.values().filter(|field| field.key.is_some()).max_by_key(|field| field.key)?;
        let key = last.key?;
        let start = self.at(key)?;
        if self.is_flow(part) {
            let end = self.end_of_flow(self.at(last.value)?)?;
            let is_json = self.text[start..].starts_with('"');
            let name = if is_json { Value::from(name).to_string() } else { flow(&Value::from(name)) };
            let value = self.written(&self.text[start..], value);
            return Some(TextEdit { range: end..end, replacement: format!(", {name}: {value}") });
        }
        let indent = column(key);
        let mut lines = String::new();
        block(name, value, indent, &mut lines);
        Some(self.lines_at(self.end_of_block(start, indent, true), &lines))
    }

    /// A new item behind the last one of the list.
    fn push(&self, value: &Value) -> Option<TextEdit> {
        let last = self.last().1.items.last().filter(|_| self.is_whole());
        let Some(last) = last else {
            return self.set(&Value::Array(vec![value.clone()]));
        };
        let at = self.at(last.value)?;
        if self.is_flow(self.chain.len() - 1) {
            let end = self.end_of_flow(at)?;
            return Some(TextEdit { range: end..end, replacement: format!(", {}", self.written(&self.text[at..], value)) });
        }
        let dash = self.dash(at)?;
        let indent = dash - self.line_start(dash);
        let mut lines = String::new();
        if self.opens(last) {
            lines = format!("{}- {}\n", " ".repeat(indent), flow(value));
        } else {
            item(value, indent, &mut lines);
        }
        Some(self.lines_at(self.end_of_block(dash, indent, false), &lines))
    }

    fn remove(&self) -> Option<TextEdit> {
        if !self.is_whole() {
            return None;
        }
        let Some(parent) = self.chain.len().checked_sub(2) else { return self.remove_document() };
        let (places, (held, siblings)) = (self.last().1, self.chain[parent]);
        let others = held.as_object().map_or(0, Map::len).max(held.as_array().map_or(0, Vec::len));
        if others == 1 && 0 < parent {
            return self.up_to(parent).remove();
        }
        let start = self.at(places.key.unwrap_or(places.value))?;
        if self.is_flow(parent) {
            return Some(self.without(start..self.end_of_flow(self.at(places.value)?)?));
        }
        let (start, indent) = match places.key {
            Some(key) => (start, column(key)),
            None => {
                let dash = self.dash(start)?;
                (dash, dash - self.line_start(dash))
            }
        };
        let line = self.line_start(start);
        let range = if self.text[line..start].trim().is_empty() {
            line..self.end_of_block(start, indent, places.key.is_some())
        } else {
            // The dash of the item that the field begins stays.
            let next = siblings.fields.values().filter_map(|field| field.key).filter(|key| places.key < Some(*key)).min()?;
            start..self.at(next)?
        };
        Some(TextEdit { range, replacement: String::new() })
    }

    /// A document goes with the separator behind it, or before it if it is the last one.
    fn remove_document(&self) -> Option<TextEdit> {
        let at = self.at(self.last().1.value)?;
        let is_separator = |line: &str| line.trim_end() == "---";
        let start = self.text[..at].rfind("---\n").map_or(0, |separator| separator + 4);
        let mut end = start;
        for line in self.text[start..].split_inclusive('\n') {
            end += line.len();
            if is_separator(line) {
                return Some(TextEdit { range: start..end, replacement: String::new() });
            }
        }
        Some(TextEdit { range: start.saturating_sub(4)..end, replacement: String::new() })
    }

    /// An entry of a flow with the comma that it leaves over.
    fn without(&self, Range { start, mut end }: Range<usize>) -> TextEdit {
        let rest = &self.text[end..];
        let space = rest.len() - rest.trim_start().len();
        if rest[space..].starts_with(',') {
            let behind = &rest[space + 1..];
            end += space + 1 + (behind.len() - behind.trim_start_matches(' ').len());
            return TextEdit { range: start..end, replacement: String::new() };
        }
        let before = self.text[..start].trim_end();
        let start = if before.ends_with(',') { before.len() - 1 } else { start };
        TextEdit { range: start..end, replacement: String::new() }
    }

    fn lines_at(&self, end: usize, lines: &str) -> TextEdit {
        let is_open = 0 < end && !self.text[..end].ends_with('\n');
        TextEdit { range: end..end, replacement: if is_open { format!("\n{lines}") } else { lines.to_owned() } }
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |end| end + 1)
    }

    /// The dash before an item that begins on its line.
    fn dash(&self, at: usize) -> Option<usize> {
        let start = self.line_start(at);
        let before = self.text[start..at].trim_end();
        (before.trim_start() == "-").then(|| start + before.len() - 1)
    }

    /// The end of a value in a flow.
    fn end_of_flow(&self, at: usize) -> Option<usize> {
        if !self.text[at..].starts_with(['{', '[']) {
            return Some(token(self.text, at).end);
        }
        let (mut depth, mut here) = (0, at);
        while let Some(c) = self.text[here..].chars().next() {
            match c {
                '{' | '[' => depth += 1,
                '}' | ']' => depth -= 1,
                '"' | '\'' => here = token(self.text, here).end - c.len_utf8(),
                _ => {}
            }
            here += c.len_utf8();
            if depth == 0 {
                return Some(here);
            }
        }
        None
    }

    /// The end of the lines of a field or item that begins at a byte and is indented by so much. The items of a field's list may stand
    /// right below it.
    fn end_of_block(&self, at: usize, indent: usize, is_field: bool) -> usize {
        let mut lines = self.text[at..].split_inclusive('\n');
        let mut here = at + lines.next().map_or(0, str::len);
        let mut end = here;
        for line in lines {
            here += line.len();
            let trimmed = line.trim_start();
            let deep = line.len() - trimmed.len();
            if line.starts_with("---") {
                break;
            }
            if trimmed.is_empty() || (trimmed.starts_with('#') && deep <= indent) {
                continue;
            }
            let is_item = is_field && deep == indent && (trimmed.starts_with("- ") || trimmed.trim_end() == "-");
            if deep <= indent && !is_item {
                break;
            }
            end = here;
        }
        end
    }
}

fn column(place: Place) -> usize {
    usize::try_from(place.column).unwrap_or(usize::MAX).saturating_sub(1)
}

/// A scalar in the quotes of the one that it replaces.
fn in_quotes(before: &str, value: &Value) -> String {
    match (before.chars().next(), value) {
        (Some(quote @ ('"' | '\'')), Value::String(text)) if !text.contains(['"', '\'', '\\']) => format!("{quote}{text}{quote}"),
        (Some(_) | None, value) => flow(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn amended(text: &str, path: &str, what: Amend) -> String {
        let path: Vec<String> = path.split('/').filter(|step| !step.is_empty()).map(str::to_owned).collect();
        amend(text, 0, &path, &what).unwrap().apply(text)
    }

    #[test]
    fn a_new_field_comes_last_in_its_mapping() {
        let text = "spec:\n  containers:\n  - name: a # the app\n    image: x\n  # the end\nstatus: {}\n";
        let set = |path: &str, value: Value| amended(text, path, Amend::Set(value));
        assert_eq!(
            set("spec/containers/0/resources/requests/cpu", json!("3")),
            text.replace("image: x\n", "image: x\n    resources:\n      requests:\n        cpu: \"3\"\n")
        );
        assert_eq!(
            set("spec/tolerations", json!([{"key": "a", "operator": "Exists"}])),
            text.replace("image: x\n", "image: x\n  tolerations:\n  - key: a\n    operator: Exists\n")
        );
        assert_eq!(amended("a: {b: 1} # x\n", "a/c/d", Amend::Set(json!(2))), "a: {b: 1, c: {d: 2}} # x\n");
        assert_eq!(amended("{\"a\": {\"b\": [1]}}", "a/c", Amend::Set(json!("x"))), "{\"a\": {\"b\": [1], \"c\": \"x\"}}");
        assert_eq!(amended("a: {}\nb: 1\n", "a/c", Amend::Set(json!("x"))), "a: {c: x}\nb: 1\n");
    }

    #[test]
    fn a_value_is_replaced_as_it_is_written() {
        assert_eq!(amended("a: '6' # six\n", "a", Amend::Set(json!("4"))), "a: '4' # six\n");
        assert_eq!(amended("a: {cpu: \"6\", m: 1}\n", "a/cpu", Amend::Set(json!("3500m"))), "a: {cpu: \"3500m\", m: 1}\n");
        assert_eq!(amended("a:\n- b: 1\n  c: 2\nd: 1\n", "a", Amend::Set(json!({"x": 1}))), "a:\n  x: 1\nd: 1\n");
    }

    #[test]
    fn an_item_is_added_in_the_style_of_the_last_one() {
        assert_eq!(
            amended("a:\n  - b: 1\n\nc: 1\n", "a", Amend::Push(json!({"b": 2, "c": 3}))),
            "a:\n  - b: 1\n  - b: 2\n    c: 3\n\nc: 1\n"
        );
        assert_eq!(amended("a:\n- {b: 1}", "a", Amend::Push(json!({"b": "x"}))), "a:\n- {b: 1}\n- {b: x}\n");
        assert_eq!(amended("a: [1, \"2, [\"]\n", "a", Amend::Push(json!(3))), "a: [1, \"2, [\", 3]\n");
    }

    #[test]
    fn what_holds_nothing_else_goes_with_a_part() {
        let text = "spec:\n  nodeSelector:\n    disk: ssd\n  containers:\n  - command: [x]\n    name: a\n";
        assert_eq!(amended(text, "spec/nodeSelector/disk", Amend::Remove), text.replace("  nodeSelector:\n    disk: ssd\n", ""));
        assert_eq!(amended(text, "spec/containers/0/command", Amend::Remove), text.replace("command: [x]\n    ", ""));
        assert_eq!(amended("a: [{b: 1, c: 2}, {d: 3}]\n", "a/0/b", Amend::Remove), "a: [{c: 2}, {d: 3}]\n");
        assert_eq!(amended("a: [{b: 1, c: 2}, {d: 3}]\n", "a/1", Amend::Remove), "a: [{b: 1, c: 2}]\n");
    }

    #[test]
    fn documents_come_and_go_with_their_separators() {
        let add = |text: &str| amended(text, "", Amend::Append("kind: B\n".to_owned()));
        assert_eq!(add("kind: A"), "kind: A\n---\nkind: B\n");
        assert_eq!(add(""), "kind: B\n");
        let remove = |document| amend("a: 1\n---\nb: 2\n", document, &[], &Amend::Remove).unwrap().apply("a: 1\n---\nb: 2\n");
        assert_eq!((remove(0), remove(1)), ("b: 2\n".to_owned(), "a: 1\n".to_owned()));
    }
}
