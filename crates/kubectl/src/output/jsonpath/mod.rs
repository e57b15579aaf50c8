//! `-o jsonpath=...`.
//!
//! Models `k8s.io/client-go/util/jsonpath` (v1.36): text with actions in braces, `range ... end`, wildcards, indexes, slices, unions,
//! recursive descent, and filters that compare two operands. Each step goes from all values that the one before it found.

mod parse;

use std::borrow::Cow;
use std::cmp::Ordering;

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
    /// What stands between braces.
    Action(Vec<Node>),
    /// A number or a truth.
    Value(Value),
    /// `range`, `end`, or what is neither.
    Word(String),
    Field(String),
    Wildcard,
    Recursive,
    Slice {
        start: Option<i64>,
        end: Option<i64>,
        step: Option<i64>,
    },
    Union(Vec<Vec<Node>>),
    /// Without an operator it is asked whether there is something on the left.
    Filter {
        left: Vec<Node>,
        operator: Option<String>,
        right: Vec<Node>,
    },
}

impl Node {
    /// The name of a field.
    fn name(&self) -> Option<&str> {
        match self {
            Node::Field(name) if !name.is_empty() => Some(name),
            Node::Field(_) | Node::Text(_) | Node::Action(_) | Node::Value(_) | Node::Word(_) | Node::Wildcard => None,
            Node::Recursive | Node::Slice { .. } | Node::Union(_) | Node::Filter { .. } => None,
        }
    }
}

/// So many values are visited at the most, so that no path takes long: each `..` may come by all of them again.
const MAX_VISITED: usize = 5_000_000;

impl JsonPath {
    /// Reads a template.
    ///
    /// # Errors
    /// What cannot be read.
    pub(crate) fn parse(text: &str) -> Result<JsonPath, String> {
        Ok(JsonPath { text: text.to_owned(), nodes: parse::template(text)? })
    }

    /// Reads a single path, with or without braces and a dot before it (`RelaxedJSONPathExpression`).
    ///
    /// # Errors
    /// What cannot be read.
    pub(crate) fn parse_relaxed(text: &str) -> Result<JsonPath, String> {
        JsonPath::parse(&relaxed(text)?)
    }

    /// The text that the template makes of a value.
    ///
    /// # Errors
    /// kubectl's words for a field that is not there or a place beyond the end of a list.
    pub(crate) fn print(&self, root: &Value, missing: Missing) -> Result<String, String> {
        let found = self.results(root, missing).map_err(|error| {
            format!(
                "error executing jsonpath {:?}: Error executing template: {error}. Printing more information for debugging the \
                 template:\n\ttemplate was:\n\t\t{}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n\n",
                self.text,
                self.text,
                go_value::text(root, Verb::Literal)
            )
        })?;
        let mut out = String::new();
        for values in found {
            out.push_str(&values.iter().map(|value| plain(value)).collect::<Vec<_>>().join(" "));
        }
        Ok(out)
    }

    fn results<'a>(&'a self, root: &'a Value, missing: Missing) -> Result<Vec<Vec<Cow<'a, Value>>>, String> {
        let mut walk = Walk { missing, ..Walk::new() };
        walk.block(vec![Cow::Borrowed(root)], &self.nodes, 0, true)?;
        Ok(walk.found)
    }

    /// All values that the path leads to; nothing where a place lies beyond the end of a list.
    pub(crate) fn find(&self, root: &Value) -> Vec<Value> {
        let found = self.results(root, Missing::Skip).unwrap_or_default();
        found.into_iter().flatten().map(Cow::into_owned).collect()
    }

    /// The steps of a template that is a single action.
    fn path(&self) -> &[Node] {
        if let [Node::Action(path)] = self.nodes.as_slice() { path } else { &[] }
    }

    /// All values that the path leads to in an object. No more is written as JSON than what the names lead to that it begins with.
    ///
    /// # Errors
    /// Why the path leads nowhere: kubectl's words.
    pub(crate) fn find_in(&self, object: &Object) -> Result<Vec<Value>, String> {
        let path = self.path();
        let names: Vec<&str> = path.iter().map_while(Node::name).collect();
        let has_filter = path.iter().any(|node| matches!(node, Node::Filter { .. }));
        if names.len() < 2 || names.starts_with(&["metadata", "managedFields"]) || has_filter {
            let shown = super::shown(object, false);
            let found = self.results(&shown, Missing::Skip)?;
            return Ok(found.into_iter().flatten().map(Cow::into_owned).collect());
        }
        let Some(part) = object.part(&names) else { return Ok(Vec::new()) };
        let found = Walk::new().all(vec![Cow::Borrowed(&part)], &path[names.len()..])?;
        Ok(found.into_iter().map(Cow::into_owned).collect())
    }

    /// The first value that the path leads to.
    pub(crate) fn first(&self, root: &Value) -> Option<Value> {
        self.find(root).into_iter().next()
    }

    /// The first value that the path leads to in an object. Where it is made of names alone, no more than that is written as JSON.
    pub(crate) fn first_of(&self, object: &Object) -> Option<Value> {
        let path = self.path();
        match path.iter().map(Node::name).collect::<Option<Vec<&str>>>().filter(|names| !names.is_empty()) {
            // A field of the whole may be one that is written though nothing is there.
            Some(names) if names.len() > 1 => object.part(&names),
            Some(_) | None => self.first(&super::shown(object, false)),
        }
    }

    /// The path as it was given, in braces.
    pub(crate) fn braced(&self) -> &str {
        &self.text
    }
}

/// The template that a single path stands for.
///
/// # Errors
/// Which forms a path may have.
pub(crate) fn relaxed(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let inner = if inner.len() > 1 { inner.strip_prefix('.').unwrap_or(inner) } else { inner };
    if inner.is_empty() || inner.contains(['{', '}']) {
        let forms = "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'";
        return Err(forms.to_owned());
    }
    Ok(format!("{{.{inner}}}"))
}

/// A value as a template prints it: text without quotes, the rest as JSON.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| podlapse_model::go_text::json(value), str::to_owned)
}

/// Which word an action held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Range,
    End,
}

type Found<'a> = Vec<Cow<'a, Value>>;

/// The way through a value.
struct Walk<'a> {
    missing: Missing,
    /// How many values it has come by.
    visited: usize,
    /// How many ranges are open.
    ranges: usize,
    word: Option<Word>,
    /// What follows the last end of a range that it came by.
    end: usize,
    /// What is to be printed, by text or action.
    found: Vec<Found<'a>>,
}

/// The parts of a value.
fn children<'a>(value: &Cow<'a, Value>) -> Found<'a> {
    let of = |value: &Value| -> Vec<Value> {
        match value {
            Value::Object(fields) => fields.values().cloned().collect(),
            Value::Array(elements) => elements.clone(),
            // Go's texts are made of bytes.
            Value::String(text) => text.bytes().map(Value::from).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
        }
    };
    match value {
        Cow::Borrowed(Value::Object(fields)) => fields.values().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::Array(elements)) => elements.iter().map(Cow::Borrowed).collect(),
        Cow::Borrowed(value) => of(value).into_iter().map(Cow::Owned).collect(),
        Cow::Owned(value) => of(value).into_iter().map(Cow::Owned).collect(),
    }
}

impl<'a> Walk<'a> {
    fn visit(&mut self, values: usize) -> Result<(), String> {
        self.visited = self.visited.saturating_add(values + 1);
        if self.visited <= MAX_VISITED { Ok(()) } else { Err(format!("the path visits more than {MAX_VISITED} values")) }
    }

    fn new() -> Self {
        Walk { missing: Missing::Skip, visited: 0, ranges: 0, word: None, end: 0, found: Vec::new() }
    }

    /// `FindResults`: the nodes from a place on up to the end of their block, if it has one.
    fn block(&mut self, here: Found<'a>, nodes: &'a [Node], mut at: usize, is_printed: bool) -> Result<(), String> {
        while let Some(node) = nodes.get(at) {
            let found = self.all(here.clone(), std::slice::from_ref(node))?;
            at += 1;
            match self.word.take() {
                Some(Word::End) => {
                    self.end = at;
                    return Ok(());
                }
                Some(Word::Range) => {
                    self.ranges += 1;
                    if found.is_empty() {
                        self.block(Vec::new(), nodes, at, false)?;
                    }
                    for value in found {
                        self.block(vec![value], nodes, at, is_printed)?;
                    }
                    self.ranges -= 1;
                    at = at.max(self.end);
                }
                None if is_printed => self.found.push(found),
                None => {}
            }
        }
        Ok(())
    }

    /// `evalList`: all values at the end of a path.
    fn all(&mut self, mut found: Found<'a>, path: &'a [Node]) -> Result<Found<'a>, String> {
        for node in path {
            found = match node {
                Node::Text(text) => vec![Cow::Owned(text.clone().into())],
                Node::Action(path) => self.all(found, path)?,
                Node::Value(value) => vec![Cow::Borrowed(value); found.len()],
                Node::Word(word) => self.keyword(word, found)?,
                Node::Union(paths) => {
                    let mut all = Vec::new();
                    for path in paths {
                        all.append(&mut self.all(found.clone(), path)?);
                        self.visit(all.len())?;
                    }
                    all
                }
                Node::Field(_) | Node::Wildcard | Node::Recursive | Node::Slice { .. } | Node::Filter { .. } => {
                    let is_input = !found.is_empty();
                    let mut next = Vec::new();
                    for value in found {
                        let before = next.len();
                        self.one(node, value, &mut next)?;
                        self.visit(next.len() - before)?;
                    }
                    if let (Node::Field(name), Missing::Refuse, true, true) = (node, self.missing, next.is_empty(), is_input) {
                        return Err(format!("{name} is not found"));
                    }
                    next
                }
            };
        }
        Ok(found)
    }

    fn keyword(&mut self, word: &str, input: Found<'a>) -> Result<Found<'a>, String> {
        match word {
            "range" => {
                self.word = Some(Word::Range);
                Ok(input)
            }
            "end" if self.ranges == 0 => Err("not in range, nothing to end".to_owned()),
            "end" => {
                self.word = Some(Word::End);
                Ok(Vec::new())
            }
            other => Err(format!("unrecognized identifier {other}")),
        }
    }

    fn one(&mut self, node: &'a Node, value: Cow<'a, Value>, found: &mut Found<'a>) -> Result<(), String> {
        match (node, value) {
            (_, value) if value.is_null() => {}
            (Node::Field(name), Cow::Borrowed(value)) => found.extend(value.get(name).map(Cow::Borrowed)),
            (Node::Field(name), Cow::Owned(value)) => found.extend(value.get(name).cloned().map(Cow::Owned)),
            (Node::Wildcard, value) => found.append(&mut children(&value)),
            (Node::Recursive, value) => self.descend(value, found)?,
            (Node::Slice { start, end, step }, value) => {
                if !value.is_array() {
                    return Err(format!("{} is not array or slice", type_name(&value)));
                }
                found.extend(slice(children(&value), *start, *end, *step)?);
            }
            (Node::Filter { left, operator, right }, value) => {
                if !value.is_array() {
                    let shown = go_value::text(&value, Verb::Plain);
                    return Err(format!("{shown} is not array or slice and cannot be filtered"));
                }
                for element in children(&value) {
                    if self.holds(left, operator.as_deref(), right, element.clone())? {
                        found.push(element);
                    }
                }
            }
            (Node::Text(_) | Node::Action(_) | Node::Value(_) | Node::Word(_) | Node::Union(_), _) => {}
        }
        Ok(())
    }

    /// All values that have parts, and so on within them.
    fn descend(&mut self, value: Cow<'a, Value>, found: &mut Found<'a>) -> Result<(), String> {
        let parts = children(&value);
        self.visit(parts.len())?;
        if !parts.is_empty() {
            found.push(value);
        }
        for part in parts.into_iter().filter(|part| !part.is_number() && !part.is_boolean()) {
            self.descend(part, found)?;
        }
        Ok(())
    }

    fn holds(
        &mut self,
        left: &'a [Node],
        operator: Option<&str>,
        right: &'a [Node],
        here: Cow<'a, Value>,
    ) -> Result<bool, String> {
        let missing = std::mem::replace(&mut self.missing, Missing::Skip);
        let lefts = self.all(vec![here.clone()], left);
        let rights = self.all(vec![here], right);
        self.missing = missing;
        let Some(operator) = operator else { return Ok(lefts.is_ok_and(|lefts| !lefts.is_empty())) };
        let (lefts, rights) = (lefts?, rights?);
        let (left, right) = match (lefts.as_slice(), rights.as_slice()) {
            ([], _) | (_, []) => return Ok(false),
            ([left], [right]) => (left, right),
            (_, _) => return Err("can only compare one element at a time".to_owned()),
        };
        let is_equality = matches!(operator, "==" | "!=");
        let order = compare(left, right, is_equality)?;
        Ok(match operator {
            "==" => order == Ordering::Equal,
            "!=" => order != Ordering::Equal,
            "<" => order == Ordering::Less,
            ">" => order == Ordering::Greater,
            "<=" => order != Ordering::Greater,
            ">=" => order != Ordering::Less,
            other => return Err(format!("unrecognized filter operator {other}")),
        })
    }
}

/// As Go's templates compare: only what is of one kind.
fn compare(left: &Value, right: &Value, is_equality: bool) -> Result<Ordering, String> {
    let kind = |value: &Value| match value {
        Value::Number(number) if number.is_f64() => Some("float"),
        Value::Number(_) => Some("int"),
        Value::String(_) => Some("string"),
        Value::Bool(_) => Some("bool"),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let (Some(one), Some(other)) = (kind(left), kind(right)) else { return Err("invalid type for comparison".to_owned()) };
    if one != other {
        return Err("incompatible types for comparison".to_owned());
    }
    if one == "bool" && !is_equality {
        return Err("invalid type for comparison".to_owned());
    }
    let floats = || left.as_f64().partial_cmp(&right.as_f64()).unwrap_or(Ordering::Less);
    Ok(match one {
        "string" => left.as_str().cmp(&right.as_str()),
        "int" => left.as_i64().cmp(&right.as_i64()),
        "bool" => left.as_bool().cmp(&right.as_bool()),
        _ => floats(),
    })
}

/// `evalArray`: negative places count from the end, and places beyond the end are refused.
fn slice(
    elements: Found<'_>,
    start: Option<i64>,
    end: Option<i64>,
    step: Option<i64>,
) -> Result<impl Iterator<Item = Cow<'_, Value>>, String> {
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
    let step = usize::try_from(step.unwrap_or(1)).ok().filter(|step| *step > 0).ok_or("step must be > 0")?;
    let count = usize::try_from(end - start).unwrap_or_default();
    Ok(elements.into_iter().skip(usize::try_from(start).unwrap_or_default()).take(count).step_by(step))
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
        assert_eq!(print("{.items[*,0].metadata['name','labels']}").unwrap(), r#"a b a {"app.io/x":"1"}"#);
        assert_eq!(print("{range .nothing[*]}x{end}y{1.5} {true}{.items[0].metadata .name}").unwrap(), "y1.5 truea");
        let outside = print("{.items[2].metadata.name}").unwrap_err();
        assert!(outside.contains("array index out of bounds: index 2, length 2. Printing more"), "{outside}");
        assert!(outside.ends_with("\"conditions\":[]interface {}{}}}}}\n\n\n"), "{outside}");
        let strict = JsonPath::parse("{.nothing}").unwrap().print(&list, Missing::Refuse).unwrap_err();
        assert!(strict.starts_with("error executing jsonpath \"{.nothing}\": Error executing template: nothing is not found. "));
    }

    #[test]
    fn what_cannot_be_read_or_run_is_told_in_the_words_of_the_library() {
        let parsed = |template: &str| JsonPath::parse(template).unwrap_err();
        assert_eq!(parsed("{.items["), "unterminated array");
        assert_eq!(parsed("{.metadata[\"name\"]}"), "invalid array index \"name\"");
        assert_eq!(parsed("{.items[?(@.a && @.b)]}"), "unrecognized character in action: U+0026 '&'");
        assert_eq!(parsed("{.metadata"), "unclosed action");
        assert_eq!(parsed("{...name..}..{....name}"), "invalid multiple recursive descent");
        assert_eq!(parsed(r#"{"\d"}"#), r#"unquote string "\d" error invalid syntax"#);
        let value = json!({"list": [{"on": true, "at": 1}]});
        let run = |template: &str| {
            let message = JsonPath::parse(template).unwrap().print(&value, Missing::Skip).unwrap_err();
            let (_, behind) = message.split_once("Error executing template: ").unwrap();
            behind.split(". Printing").next().unwrap().to_owned()
        };
        assert_eq!(run("{.list[?(@.at==\"1\")]}"), "incompatible types for comparison");
        assert_eq!(run("{.list[?(@.on>true)]}"), "invalid type for comparison");
        assert_eq!(run("{.list[0:1:0]}"), "step must be > 0");
        assert_eq!(run("{end}"), "not in range, nothing to end");
        assert_eq!(run("{items}"), "unrecognized identifier items");
    }
}
