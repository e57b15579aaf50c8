//! `-o jsonpath=...`.
//!
//! Models `k8s.io/client-go/util/jsonpath`: text with expressions in braces, `range ... end`, wildcards, indexes, slices, unions,
//! recursive descent, and filters that compare two operands.

use std::cmp::Ordering;

use serde_json::Value;

/// A template.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JsonPath(Vec<Node>);

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

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Path(Vec<Step>),
    Value(Value),
}

/// Nesting of unions and filters beyond this is refused, so that no text can exhaust the stack.
const MAX_DEPTH: usize = 32;

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
        Ok(JsonPath(nodes))
    }

    /// Reads a single path, with or without braces and a dot before it.
    ///
    /// # Errors
    /// What cannot be read.
    pub(crate) fn parse_relaxed(text: &str) -> Result<JsonPath, String> {
        let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
        let path = if inner.starts_with(['.', '$', '[']) { inner.to_owned() } else { format!(".{inner}") };
        Ok(JsonPath(vec![Node::Expression(steps(&path, 0)?)]))
    }

    /// The text that the template makes of a value.
    ///
    /// # Errors
    /// A field that is not there.
    pub(crate) fn print(&self, root: &Value) -> Result<String, String> {
        let mut out = String::new();
        print(&self.0, root, root, &mut out)?;
        Ok(out)
    }

    /// All values that the path leads to.
    pub(crate) fn find(&self, root: &Value) -> Vec<Value> {
        match self.0.as_slice() {
            [Node::Expression(path)] => walk(path, vec![root], root).into_iter().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// The first value that the path leads to.
    pub(crate) fn first(&self, root: &Value) -> Option<Value> {
        self.find(root).into_iter().next()
    }
}

fn print(nodes: &[Node], here: &Value, root: &Value, out: &mut String) -> Result<(), String> {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Expression(path) => {
                let found = walk(path, vec![here], root);
                if let (true, Some(Step::Field(name))) = (found.is_empty(), path.last())
                    && !path.iter().any(|step| !matches!(step, Step::Field(_)))
                {
                    return Err(format!("{name} is not found"));
                }
                out.push_str(&found.iter().map(|value| plain(value)).collect::<Vec<_>>().join(" "));
            }
            Node::Range(path, body) => {
                for value in walk(path, vec![here], root) {
                    print(body, value, root, out)?;
                }
            }
        }
    }
    Ok(())
}

/// A value as a template prints it: text without quotes, the rest as JSON.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
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

fn walk<'a>(path: &[Step], from: Vec<&'a Value>, root: &'a Value) -> Vec<&'a Value> {
    path.iter().fold(from, |found, step| found.into_iter().flat_map(|value| one(step, value, root)).collect())
}

fn one<'a>(step: &Step, value: &'a Value, root: &'a Value) -> Vec<&'a Value> {
    match (step, value) {
        (Step::Field(name), Value::Object(fields)) => fields.get(name).into_iter().collect(),
        (Step::Field(_), _) => Vec::new(),
        (Step::Wildcard, Value::Object(fields)) => fields.values().collect(),
        (Step::Wildcard, Value::Array(elements)) => elements.iter().collect(),
        (Step::Wildcard, _) => Vec::new(),
        (Step::Recursive, value) => {
            let mut all = vec![value];
            let mut next = 0;
            while let Some(value) = all.get(next).copied() {
                match value {
                    Value::Object(fields) => all.extend(fields.values()),
                    Value::Array(elements) => all.extend(elements),
                    _ => {}
                }
                next += 1;
            }
            all
        }
        (Step::Slice { start, end, step }, Value::Array(elements)) => {
            let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
            let place = |at: i64| if at < 0 { at + length } else { at }.clamp(0, length) as usize;
            let (start, end) = (place(start.unwrap_or(0)), place(end.unwrap_or(length)));
            elements.iter().take(end).skip(start).step_by(usize::try_from(*step).unwrap_or(1)).collect()
        }
        (Step::Slice { .. }, _) => Vec::new(),
        (Step::Union(parts), value) => parts.iter().flat_map(|part| one(part, value, root)).collect(),
        (Step::Filter { left, operator, right }, value) => {
            let candidates: Vec<&Value> = match value {
                Value::Array(elements) => elements.iter().collect(),
                Value::Object(fields) => fields.values().collect(),
                _ => Vec::new(),
            };
            candidates.into_iter().filter(|candidate| holds(left, operator.as_deref(), right, candidate, root)).collect()
        }
    }
}

fn holds(left: &Operand, operator: Option<&str>, right: &Operand, here: &Value, root: &Value) -> bool {
    let value = |operand: &Operand| match operand {
        Operand::Value(value) => Some(value.clone()),
        Operand::Path(path) => walk(path, vec![here], root).first().map(|value| (*value).clone()),
    };
    let (Some(left), Some(operator)) = (value(left), operator) else { return value(left).is_some() };
    let Some(right) = value(right) else { return false };
    let order = match (&left, &right) {
        (Value::Number(a), Value::Number(b)) => a.as_f64().partial_cmp(&b.as_f64()),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (a, b) => (a == b).then_some(Ordering::Equal),
    };
    match operator {
        "==" => order == Some(Ordering::Equal),
        "!=" => order != Some(Ordering::Equal),
        "<" => order == Some(Ordering::Less),
        ">" => order == Some(Ordering::Greater),
        "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }
}

#[cfg(test)]
mod tests {
    use super::JsonPath;
    use serde_json::json;

    #[test]
    fn templates_print_what_they_name() {
        let list = json!({"items": [
            {"metadata": {"name": "a"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}},
            {"metadata": {"name": "b", "labels": {"app.io/x": "1"}}, "status": {"conditions": []}},
        ]});
        let print = |template: &str| JsonPath::parse(template).unwrap().print(&list);
        assert_eq!(print("{.items[*].metadata.name}").unwrap(), "a b");
        assert_eq!(print("{.items[0].metadata.name}-{.items[-1:].metadata.name}").unwrap(), "a-b");
        assert_eq!(print(r#"{range .items[*]}{.metadata.name}{"\n"}{end}"#).unwrap(), "a\nb\n");
        assert_eq!(print(r#"{.items[*].status.conditions[?(@.type=="Ready")].status}"#).unwrap(), "True");
        assert_eq!(print(r"{.items[1].metadata.labels.app\.io/x}{..name}").unwrap(), "1a b");
        assert_eq!(print("{.nothing}").unwrap_err(), "nothing is not found");
        assert!(JsonPath::parse("{.items[").is_err());
    }
}
