//! How a template is read.
//!
//! Models `k8s.io/client-go/util/jsonpath/parser.go`, with its errors.

use serde_json::Value;

use super::Node;

/// Nesting of unions and filters beyond this is refused, so that no text can exhaust the stack.
const MAX_DEPTH: usize = 32;

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

/// The text and the actions of a template.
///
/// # Errors
/// What cannot be read.
pub(super) fn template(text: &str) -> Result<Vec<Node>, String> {
    let mut nodes = Vec::new();
    let mut parser = Parser { rest: text, depth: 0 };
    while let Some((before, action)) = parser.rest.split_once('{') {
        if !before.is_empty() {
            nodes.push(Node::Text(before.to_owned()));
        }
        parser.rest = action;
        nodes.push(Node::Action(parser.action()?));
    }
    if !parser.rest.is_empty() {
        nodes.push(Node::Text(parser.rest.to_owned()));
    }
    Ok(nodes)
}

fn is_terminator(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

/// A character as `%#U` writes it.
fn unicode(c: char) -> String {
    let code = format!("U+{:04X}", c as u32);
    if c.is_control() { code } else { format!("{code} '{c}'") }
}

impl<'a> Parser<'a> {
    /// An action by itself, as within a union or a filter.
    fn inner(&self, text: &str) -> Result<Vec<Node>, String> {
        if self.depth >= MAX_DEPTH {
            return Err("the path is nested too deeply".to_owned());
        }
        let whole = format!("{text}}}");
        Parser { rest: &whole, depth: self.depth + 1 }.action()
    }

    /// Takes what stands before the first character that is asked for.
    fn take_until(&mut self, is_end: impl Fn(char) -> bool) -> &'a str {
        let (taken, rest) = self.rest.split_at(self.rest.find(is_end).unwrap_or(self.rest.len()));
        self.rest = rest;
        taken
    }

    fn skip(&mut self, start: &str) -> bool {
        let rest = self.rest.strip_prefix(start);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Up to the brace that closes.
    fn action(&mut self) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        loop {
            if self.skip("}") {
                return Ok(nodes);
            } else if self.skip("[?(") {
                nodes.push(self.filter()?);
                continue;
            } else if self.skip("..") {
                if nodes.last() == Some(&Node::Recursive) {
                    return Err("invalid multiple recursive descent".to_owned());
                }
                nodes.push(Node::Recursive);
                if self.rest.starts_with(|c: char| c == '_' || c.is_alphanumeric()) {
                    nodes.push(self.field());
                }
                continue;
            }
            let next = self.rest.chars().next();
            match next {
                None | Some('\r' | '\n') => return Err("unclosed action".to_owned()),
                Some(' ' | '@' | '$') => self.rest = &self.rest[1..],
                Some('[') => {
                    self.rest = &self.rest[1..];
                    let end = self.rest.find([']', '\n']).filter(|end| self.rest[*end..].starts_with(']'));
                    let (inner, after) = self.rest.split_at(end.ok_or("unterminated array")?);
                    self.rest = &after[1..];
                    self.subscript(inner, &mut nodes)?;
                }
                Some(quote @ ('"' | '\'')) => nodes.push(Node::Text(self.quoted(quote)?)),
                Some('.') => {
                    self.rest = &self.rest[1..];
                    nodes.push(self.field());
                }
                Some(c) if c == '+' || c == '-' || c.is_numeric() => nodes.push(self.number()?),
                Some(c) if c == '_' || c.is_alphabetic() => {
                    let word = self.take_until(is_terminator);
                    nodes.push(match word {
                        "true" | "false" => Node::Value((word == "true").into()),
                        _ => Node::Word(word.to_owned()),
                    });
                }
                Some(c) => return Err(format!("unrecognized character in action: {}", unicode(c))),
            }
        }
    }

    /// A field's name; a backslash takes the meaning from what follows it.
    fn field(&mut self) -> Node {
        let mut is_escaped = false;
        let end = self.rest.find(|c| {
            let ends = !is_escaped && is_terminator(c);
            is_escaped = !is_escaped && c == '\\';
            ends
        });
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        if name == "*" { Node::Wildcard } else { Node::Field(name.replace('\\', "")) }
    }

    fn number(&mut self) -> Result<Node, String> {
        let sign = usize::from(self.rest.starts_with(['+', '-']));
        let digits = self.rest[sign..].find(|c: char| c != '.' && !c.is_numeric()).unwrap_or(self.rest.len() - sign);
        let (text, rest) = self.rest.split_at(sign + digits);
        self.rest = rest;
        let whole = text.parse::<i64>().map(Value::from);
        whole
            .or_else(|_| text.parse::<f64>().map(Value::from))
            .map(Node::Value)
            .map_err(|_| format!("cannot parse number {text}"))
    }

    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let is_end = |(at, c): &(usize, char)| *c == '\n' || (*c == quote && *at > 0 && !self.rest[..*at].ends_with('\\'));
        let end = self.rest.char_indices().find(is_end).filter(|(_, c)| *c == quote);
        let (at, _) = end.ok_or("unterminated quoted string")?;
        let (text, rest) = self.rest.split_at(at + 1);
        self.rest = rest;
        unquoted(&text[1..at], quote).ok_or_else(|| format!("unquote string {text} error invalid syntax"))
    }

    /// What stands between brackets: a union, a key, or places in a list.
    fn subscript(&self, text: &str, nodes: &mut Vec<Node>) -> Result<(), String> {
        let parts: Vec<&str> = text.split(',').collect();
        if parts.len() > 1 {
            let part = |part: &&str| self.inner(&format!("[{}]", part.trim_matches(' ')));
            nodes.push(Node::Union(parts.iter().map(part).collect::<Result<_, _>>()?));
            return Ok(());
        }
        let key = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).filter(|key| !key.contains('\''));
        if let Some(key) = key {
            nodes.extend(self.inner(&format!(".{key}"))?);
            return Ok(());
        }
        let text = if text == "*" { ":" } else { text };
        let parts: Vec<&str> = text.split(':').collect();
        let is_number = |part: &&str| part.strip_prefix('-').unwrap_or(part).bytes().all(|byte| byte.is_ascii_digit());
        if parts.len() > 3 || !parts.iter().all(is_number) {
            return Err(format!("invalid array index {text}"));
        }
        let number = |at: usize| match parts.get(at) {
            None | Some(&"") => Ok(None),
            Some(part) => part.parse::<i64>().map(Some).map_err(|_| format!("array index {part} is not a number")),
        };
        let (start, end, step) = (number(0)?, number(1)?, number(2)?);
        let single = start.unwrap_or(0);
        // A single place ends behind itself; behind the last one there is no end.
        let end = if parts.len() == 1 { Some(single + 1).filter(|end| *end != 0) } else { end };
        nodes.push(Node::Slice { start, end, step });
        Ok(())
    }

    fn filter(&mut self) -> Result<Node, String> {
        let mut pair = None;
        let mut is_closed = false;
        let mut before = ' ';
        let end = self.rest.char_indices().find(|(_, c)| {
            match c {
                '"' | '\'' if pair.is_none() => pair = Some(*c),
                '"' | '\'' => is_closed |= before != '\\' && pair == Some(*c),
                '\n' => return true,
                ')' => return pair.is_some() == is_closed,
                _ => {}
            }
            before = *c;
            false
        });
        let (end, _) = end.filter(|(_, c)| *c == ')').ok_or("unterminated filter")?;
        let (text, rest) = (&self.rest[..end], &self.rest[end + 1..]);
        self.rest = rest.strip_prefix(']').ok_or("unclosed array expect ]")?;
        let is_operator = |c: char| matches!(c, '!' | '<' | '>' | '=');
        let start = text.find(is_operator).filter(|start| *start > 0);
        let Some((left, behind)) = start.map(|start| text.split_at(start)) else {
            return Ok(Node::Filter { left: self.inner(text)?, operator: None, right: Vec::new() });
        };
        // Something must be left to compare with, if it is the end of the operator.
        let length = behind.find(|c| !is_operator(c)).unwrap_or(behind.len() - 1);
        let (operator, right) = behind.split_at(length);
        if operator.is_empty() {
            return Ok(Node::Filter { left: self.inner(text)?, operator: None, right: Vec::new() });
        }
        let (left, right) = (self.inner(left)?, self.inner(right)?);
        Ok(Node::Filter { left, operator: Some(operator.to_owned()), right })
    }
}

/// The text between quotes, with the escapes that Go knows.
fn unquoted(inner: &str, quote: char) -> Option<String> {
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = rest[at + 1..].chars().next()?;
        rest = &rest[at + 1 + escape.len_utf8()..];
        let code = |digits: usize, radix: u32, text: &str| u32::from_str_radix(text.get(..digits)?, radix).ok();
        let length = match escape {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        out.push(match escape {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '\\' => escape,
            '\'' | '"' if escape == quote => escape,
            'x' | 'u' | 'U' => char::from_u32(code(length, 16, rest)?)?,
            _ => return None,
        });
        rest = &rest[length..];
    }
    out.push_str(rest);
    Some(out)
}
