//! `-o jsonpath=...`.
//!
//! Models `k8s.io/client-go/util/jsonpath`: text with expressions in braces, `range ... end`, wildcards, indexes, slices, unions,
//! recursive descent, and filters that compare two operands.

use std::cell::Cell;
use std::cmp::Ordering;
use std::rc::Rc;

use podlapse_model::Object;
use serde_json::Value;

use super::go_value::{self, Verb};

/// A template.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JsonPath {
    /// As it was given.
    text: String,
    nodes: Vec<Node>,
}

/// What is made of fields that are not there, as `--allow-missing-template-keys` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Skip,
    Refuse,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    Expression(Vec<Step>),
    Range(Vec<Step>, Vec<Node>),
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Field(String),
    Wildcard,
    Recursive,
    Slice { start: Option<i64>, end: Option<i64>, step: i64 },
    Union(Vec<Step>),
    Filter { left: Operand, operator: Option<String>, right: Operand },
}

impl Step {
    /// The name of a field.
    fn name(&self) -> Option<&str> {
        match self {
            Step::Field(name) => Some(name),
            Step::Wildcard | Step::Recursive | Step::Slice { .. } | Step::Union(_) | Step::Filter { .. } => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Path(Vec<Step>),
    Value(Value),
}

/// Nesting of unions and filters beyond this is refused, so that no text can exhaust the stack.
const MAX_DEPTH: usize = 32;

/// So many values are visited at the most, so that no path takes long: each `..` may come by all of them again.
const MAX_VISITED: usize = 5_000_000;

impl JsonPath {
    /// Reads a template.
    ///
    /// # Errors
    /// What cannot be read.
    pub(crate) fn parse(text: &str) -> Result<JsonPath, String> {
        let mut rest = text;
        let mut open: Vec<(Vec<Step>, Vec<Node>)> = Vec::new();
        let mut nodes = Vec::new();
        while let Some(start) = rest.find('{') {
            if start > 0 {
                nodes.push(Node::Text(rest[..start].to_owned()));
            }
            let (inner, after) = braced(&rest[start + 1..])?;
            rest = after;
            let inner = inner.trim();
            if let Some(path) = inner.strip_prefix("range ") {
                open.push((steps(path.trim(), 0)?, std::mem::take(&mut nodes)));
            } else if inner == "end" {
                let (path, outer) = open.pop().ok_or("not in range, nothing to end")?;
                let body = std::mem::replace(&mut nodes, outer);
                nodes.push(Node::Range(path, body));
            } else if inner.starts_with(['"', '\'']) {
                nodes.push(Node::Text(unquoted(inner)?));
            } else {
                nodes.push(Node::Expression(steps(inner, 0)?));
            }
        }
        if !rest.is_empty() {
            nodes.push(Node::Text(rest.to_owned()));
        }
        if !open.is_empty() {
            return Err("unclosed range, missing {end}".to_owned());
        }
        Ok(JsonPath { text: text.to_owned(), nodes })
    }

    /// Reads a single path, with or without braces and a dot before it.
    ///
    /// # Errors
    /// What cannot be read.
    pub(crate) fn parse_relaxed(text: &str) -> Result<JsonPath, String> {
        let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
        if inner.is_empty() || inner.contains(['{', '}']) {
            let forms =
                "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'";
            return Err(forms.to_owned());
        }
        let path = if inner.starts_with(['.', '$', '[']) { inner.to_owned() } else { format!(".{inner}") };
        Ok(JsonPath { nodes: vec![Node::Expression(steps(&path, 0)?)], text: path })
    }

    /// The text that the template makes of a value.
    ///
    /// # Errors
    /// kubectl's words for a field that is not there or a place beyond the end of a list.
    pub(crate) fn print(&self, root: &Value, missing: Missing) -> Result<String, String> {
        let mut out = String::new();
        print(&self.nodes, root, &Walk { root, missing, visited: Rc::default() }, &mut out).map_err(|error| {
            format!(
                "error executing jsonpath {:?}: Error executing template: {error}. Printing more information for debugging the \
                 template:\n\ttemplate was:\n\t\t{}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n\n",
                self.text,
                self.text,
                go_value::text(root, Verb::Literal)
            )
        })?;
        Ok(out)
    }

    /// All values that the path leads to; nothing where a place lies beyond the end of a list.
    pub(crate) fn find(&self, root: &Value) -> Vec<Value> {
        let [Node::Expression(path)] = self.nodes.as_slice() else { return Vec::new() };
        find(path, root).unwrap_or_default()
    }

    /// All values that the path leads to in an object. No more is written as JSON than what the names lead to that it begins with.
    ///
    /// # Errors
    /// Why the path leads nowhere: kubectl's words.
    pub(crate) fn find_in(&self, object: &Object) -> Result<Vec<Value>, String> {
        let [Node::Expression(path)] = self.nodes.as_slice() else { return Ok(Vec::new()) };
        let names: Vec<&str> = path.iter().map_while(Step::name).collect();
        let has_filter = path.iter().any(|step| matches!(step, Step::Filter { .. }));
        if names.len() < 2 || names.starts_with(&["metadata", "managedFields"]) || has_filter {
            return find(path, &super::shown(object, false));
        }
        object.part(&names).map_or(Ok(Vec::new()), |part| find(&path[names.len()..], &part))
    }

    /// The first value that the path leads to.
    pub(crate) fn first(&self, root: &Value) -> Option<Value> {
        self.find(root).into_iter().next()
    }

    /// The first value that the path leads to in an object. Where it is made of names alone, no more than that is written as JSON.
    pub(crate) fn first_of(&self, object: &Object) -> Option<Value> {
        let names = match self.nodes.as_slice() {
            [Node::Expression(path)] => path.iter().map(Step::name).collect::<Option<Vec<&str>>>(),
            _ => None,
        };
        match names {
            Some(names) => object.part(&names),
            None => self.first(&object.to_json()),
        }
    }

    /// The path as it was given, in braces.
    pub(crate) fn braced(&self) -> String {
        format!("{{{}}}", self.text)
    }
}

fn find(path: &[Step], root: &Value) -> Result<Vec<Value>, String> {
    let found = Walk { root, missing: Missing::Skip, visited: Rc::default() }.all(path, root)?;
    Ok(found.into_iter().cloned().collect())
}

fn print(nodes: &[Node], here: &Value, walk: &Walk<'_>, out: &mut String) -> Result<(), String> {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Expression(path) => {
                let found = walk.all(path, here)?;
                out.push_str(&found.iter().map(|value| plain(value)).collect::<Vec<_>>().join(" "));
            }
            Node::Range(path, body) => {
                for value in walk.all(path, here)? {
                    print(body, value, walk, out)?;
                }
            }
        }
    }
    Ok(())
}

/// A value as a template prints it: text without quotes, the rest as JSON.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| podlapse_model::go_text::json(value), str::to_owned)
}

/// The text up to the brace that closes, and what follows it.
fn braced(text: &str) -> Result<(&str, &str), String> {
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '}') => return Ok((&text[..at], &text[at + 1..])),
            (None, _) => {}
        }
    }
    Err("unclosed action".to_owned())
}

fn unquoted(text: &str) -> Result<String, String> {
    let quote = text.chars().next().unwrap_or_default();
    let inner = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote)).ok_or("unterminated quoted string")?;
    let mut out = String::new();
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match (character, if character == '\\' { characters.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some(other)) => out.push(other),
            (other, _) => out.push(other),
        }
    }
    Ok(out)
}

/// Reads a path such as `.items[*].metadata.name`.
fn steps(text: &str, depth: usize) -> Result<Vec<Step>, String> {
    if depth > MAX_DEPTH {
        return Err("the path is nested too deeply".to_owned());
    }
    let mut rest = text.strip_prefix(['$', '@']).unwrap_or(text);
    let mut path = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("..") {
            path.push(Step::Recursive);
            rest = after;
            if !rest.starts_with(['[', '*']) {
                rest = field(rest, &mut path)?;
            }
        } else if let Some(after) = rest.strip_prefix('.') {
            rest = if after.starts_with('[') { after } else { field(after, &mut path)? };
        } else if let Some(after) = rest.strip_prefix('[') {
            let (inner, after) = bracketed(after)?;
            path.push(subscript(inner.trim(), depth)?);
            rest = after;
        } else if let Some(after) = rest.strip_prefix('*') {
            path.push(Step::Wildcard);
            rest = after;
        } else {
            return Err(format!("unrecognized character in action: {:?}", rest.chars().next().unwrap_or_default()));
        }
    }
    Ok(path)
}

/// Reads a field's name; a backslash takes the meaning from a dot.
fn field<'a>(text: &'a str, path: &mut Vec<Step>) -> Result<&'a str, String> {
    if let Some(after) = text.strip_prefix('*') {
        path.push(Step::Wildcard);
        return Ok(after);
    }
    let mut name = String::new();
    let mut characters = text.char_indices();
    let mut end = text.len();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => name.extend(characters.next().map(|(_, escaped)| escaped)),
            '.' | '[' | ' ' | '(' | ')' | '=' | '!' | '<' | '>' => {
                end = at;
                break;
            }
            other => name.push(other),
        }
    }
    if !name.is_empty() {
        path.push(Step::Field(name));
    } else if end < text.len() && !text[end..].starts_with(['.', '[']) {
        return Err(format!("unrecognized character in action: {:?}", text[end..].chars().next().unwrap_or_default()));
    }
    Ok(&text[end..])
}

fn bracketed(text: &str) -> Result<(&str, &str), String> {
    let mut quote = None;
    let mut depth = 0usize;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '[') => depth += 1,
            (None, ']') if depth == 0 => return Ok((&text[..at], &text[at + 1..])),
            (None, ']') => depth -= 1,
            (None, _) => {}
        }
    }
    Err("unterminated array".to_owned())
}

fn subscript(inner: &str, depth: usize) -> Result<Step, String> {
    if let Some(filter) = inner.strip_prefix("?(").and_then(|filter| filter.strip_suffix(')')) {
        return read_filter(filter, depth);
    }
    if inner == "*" {
        return Ok(Step::Wildcard);
    }
    if inner.starts_with(['"', '\'']) {
        let names = inner.split(',').map(|name| unquoted(name.trim()).map(Step::Field)).collect::<Result<Vec<_>, _>>()?;
        return Ok(Step::Union(names));
    }
    if inner.contains(',') {
        return Ok(Step::Union(inner.split(',').map(|part| subscript(part.trim(), depth + 1)).collect::<Result<_, _>>()?));
    }
    let number = |text: &str| match text.trim() {
        "" => Ok(None),
        text => text.parse::<i64>().map(Some).map_err(|_| format!("invalid array index {inner}")),
    };
    let parts: Vec<&str> = inner.split(':').collect();
    match parts.as_slice() {
        [one] => {
            let at = number(one)?.ok_or_else(|| format!("invalid array index {inner}"))?;
            Ok(Step::Slice { start: Some(at), end: if at == -1 { None } else { Some(at + 1) }, step: 1 })
        }
        [start, end] => Ok(Step::Slice { start: number(start)?, end: number(end)?, step: 1 }),
        [start, end, step] => {
            Ok(Step::Slice { start: number(start)?, end: number(end)?, step: number(step)?.unwrap_or(1).max(1) })
        }
        _ => Err(format!("invalid array index {inner}")),
    }
}

fn read_filter(text: &str, depth: usize) -> Result<Step, String> {
    for operator in ["==", "!=", "<=", ">=", "<", ">"] {
        if let Some(at) = outside_quotes(text, operator) {
            let (left, right) = (&text[..at], &text[at + operator.len()..]);
            let (left, right) = (operand(left.trim(), depth)?, operand(right.trim(), depth)?);
            return Ok(Step::Filter { left, operator: Some(operator.to_owned()), right });
        }
    }
    Ok(Step::Filter { left: operand(text.trim(), depth)?, operator: None, right: Operand::Value(Value::Null) })
}

fn outside_quotes(text: &str, operator: &str) -> Option<usize> {
    let mut quote = None;
    text.char_indices().find_map(|(at, character)| {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, _) if text[at..].starts_with(operator) => return Some(at),
            (_, _) => {}
        }
        None
    })
}

fn operand(text: &str, depth: usize) -> Result<Operand, String> {
    if text.starts_with(['@', '$', '.']) {
        return steps(text, depth + 1).map(Operand::Path);
    }
    if text.starts_with(['"', '\'']) {
        return unquoted(text).map(|text| Operand::Value(text.into()));
    }
    serde_json::from_str(text).map(Operand::Value).map_err(|_| format!("unrecognized operand {text:?}"))
}

/// The way through a value.
struct Walk<'a> {
    root: &'a Value,
    missing: Missing,
    /// How many values it has come by.
    visited: Rc<Cell<usize>>,
}

impl<'a> Walk<'a> {
    fn visit(&self, values: usize) -> Result<(), String> {
        self.visited.set(self.visited.get().saturating_add(values));
        if self.visited.get() <= MAX_VISITED { Ok(()) } else { Err(format!("the path visits more than {MAX_VISITED} values")) }
    }

    fn all(&self, path: &[Step], from: &'a Value) -> Result<Vec<&'a Value>, String> {
        let mut found = vec![from];
        for step in path {
            let mut next = Vec::new();
            for value in &found {
                let before = next.len();
                self.one(step, value, &mut next)?;
                self.visit(next.len() - before + 1)?;
            }
            if let (Step::Field(name), Missing::Refuse, true) = (step, self.missing, next.is_empty()) {
                return Err(format!("{name} is not found"));
            }
            found = next;
        }
        Ok(found)
    }

    fn one(&self, step: &Step, value: &'a Value, found: &mut Vec<&'a Value>) -> Result<(), String> {
        match (step, value) {
            (Step::Field(name), Value::Object(fields)) => found.extend(fields.get(name)),
            (Step::Wildcard, Value::Object(fields)) => found.extend(fields.values()),
            (Step::Wildcard, Value::Array(elements)) => found.extend(elements),
            (Step::Field(_) | Step::Wildcard, _) => {}
            (Step::Recursive, value) => {
                let mut next = found.len();
                found.push(value);
                while let Some(value) = found.get(next).copied() {
                    match value {
                        Value::Object(fields) => found.extend(fields.values()),
                        Value::Array(elements) => found.extend(elements),
                        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
                    }
                    next += 1;
                }
            }
            (Step::Slice { start, end, step }, Value::Array(elements)) => {
                found.extend(slice(elements, *start, *end, *step)?);
            }
            (Step::Slice { .. } | Step::Filter { .. }, Value::Null) => {}
            (Step::Slice { .. }, other) => return Err(format!("{} is not array or slice", type_name(other))),
            (Step::Union(parts), value) => {
                for part in parts {
                    let before = found.len();
                    self.one(part, value, found)?;
                    self.visit(found.len() - before + 1)?;
                }
            }
            (Step::Filter { left, operator, right }, Value::Array(elements)) => {
                for element in elements {
                    if self.holds(left, operator.as_deref(), right, element)? {
                        found.push(element);
                    }
                }
            }
            (Step::Filter { .. }, other) => {
                return Err(format!("{} is not array or slice and cannot be filtered", go_value::text(other, Verb::Plain)));
            }
        }
        Ok(())
    }

    fn holds(&self, left: &Operand, operator: Option<&str>, right: &Operand, here: &'a Value) -> Result<bool, String> {
        let quiet = Walk { root: self.root, missing: Missing::Skip, visited: self.visited.clone() };
        let values = |operand: &Operand| -> Result<Vec<Value>, String> {
            Ok(match operand {
                Operand::Value(value) => vec![value.clone()],
                Operand::Path(path) => quiet.all(path, here)?.into_iter().cloned().collect(),
            })
        };
        let lefts = values(left)?;
        let Some(operator) = operator else { return Ok(!lefts.is_empty()) };
        let rights = values(right)?;
        let (left, right) = match (lefts.as_slice(), rights.as_slice()) {
            ([], _) | (_, []) => return Ok(false),
            ([left], [right]) => (left, right),
            (_, _) => return Err("can only compare one element at a time".to_owned()),
        };
        let order = match (left, right) {
            (Value::Number(a), Value::Number(b)) => a.as_f64().partial_cmp(&b.as_f64()),
            (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
            (a, b) => (a == b).then_some(Ordering::Equal),
        };
        Ok(match operator {
            "==" => order == Some(Ordering::Equal),
            "!=" => order != Some(Ordering::Equal),
            "<" => order == Some(Ordering::Less),
            ">" => order == Some(Ordering::Greater),
            "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        })
    }
}

/// `evalArray`: negative places count from the end, and places beyond the end are refused.
fn slice(elements: &[Value], start: Option<i64>, end: Option<i64>, step: i64) -> Result<impl Iterator<Item = &Value>, String> {
    let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
    let from_end = |at: i64| if at < 0 { at + length } else { at };
    let (start, end) = (from_end(start.unwrap_or(0)), end.map_or(length, from_end));
    let outside = |at: i64| format!("array index out of bounds: index {at}, length {length}");
    if start != end {
        if start < 0 || length <= start {
            return Err(outside(start));
        }
        if end < 0 || length < end {
            return Err(outside(end - 1));
        }
        if end < start {
            return Err(format!("starting index {start} is greater than ending index {end}"));
        }
    }
    let count = usize::try_from(end - start).unwrap_or_default();
    let step = usize::try_from(step).unwrap_or(1).max(1);
    Ok(elements.iter().skip(usize::try_from(start).unwrap_or_default()).take(count).step_by(step))
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "map[string]interface {}",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::Array(_) => "[]interface {}",
        Value::Null => "<nil>",
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonPath, Missing};
    use serde_json::json;

    #[test]
    fn templates_print_what_they_name() {
        let list = json!({"items": [
            {"metadata": {"name": "a"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}},
            {"metadata": {"name": "b", "labels": {"app.io/x": "1"}}, "status": {"conditions": []}},
        ]});
        let print = |template: &str| JsonPath::parse(template).unwrap().print(&list, Missing::Skip);
        assert_eq!(print("{.items[*].metadata.name}").unwrap(), "a b");
        assert_eq!(print("{.items[0].metadata.name}-{.items[-1:].metadata.name}").unwrap(), "a-b");
        assert_eq!(print(r#"{range .items[*]}{.metadata.name}{"\n"}{end}"#).unwrap(), "a\nb\n");
        assert_eq!(print(r#"{.items[*].status.conditions[?(@.type=="Ready")].status}"#).unwrap(), "True");
        assert_eq!(print(r"{.items[1].metadata.labels.app\.io/x}{..name}").unwrap(), "1a b");
        assert_eq!(print("{.nothing}{.items[0].nothing[3]}").unwrap(), "");
        assert_eq!(print("{.items[0:1].metadata}").unwrap(), r#"{"name":"a"}"#);
        let outside = print("{.items[2].metadata.name}").unwrap_err();
        assert!(outside.contains("array index out of bounds: index 2, length 2. Printing more"), "{outside}");
        assert!(outside.ends_with("\"conditions\":[]interface {}{}}}}}\n\n\n"), "{outside}");
        let strict = JsonPath::parse("{.nothing}").unwrap().print(&list, Missing::Refuse).unwrap_err();
        assert!(strict.starts_with("error executing jsonpath \"{.nothing}\": Error executing template: nothing is not found. "));
        assert!(JsonPath::parse("{.items[").is_err());
    }

    #[test]
    fn a_path_that_comes_by_everything_again_and_again_ends() {
        let path = JsonPath::parse(&format!("{{{}image}}", ".".repeat(200_000)));
        let pods = json!({"items": vec![json!({"metadata": {"labels": {"a": "b", "c": "d"}}}); 100]});
        let outcome = path.and_then(|path| path.print(&pods, Missing::Skip));
        assert!(outcome.is_err_and(|message| message.contains("visits more than") || message.contains("unrecognized")));
    }
}
