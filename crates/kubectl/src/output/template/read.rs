//! Templates read into nodes.

use super::functions::FUNCTIONS;
use super::{Item, Node, Operand, Pipe};

/// Blocks and parentheses do not nest deeper.
const DEPTH: usize = 64;

/// What ended a list of nodes.
#[derive(PartialEq)]
enum End {
    Text,
    Closed,
    Else(Vec<Token>),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A name, a number, or `.` alone, and where it stands.
    Word(String, usize),
    /// `.a.b`, which follows what stands before it where nothing lies between.
    Field {
        names: Vec<String>,
        follows: bool,
        at: usize,
    },
    Variable(String, usize),
    Text(String),
    Sign(char),
    Declare,
}

/// Reads a whole template.
pub(super) fn template(text: &str) -> Result<Vec<Node>, String> {
    let mut pieces = pieces(text)?;
    pieces.reverse();
    match nodes(&mut pieces, 0)? {
        (nodes, End::Text) => {
            check(&nodes, &mut vec!["$".to_owned()], false)?;
            Ok(nodes)
        }
        (_, End::Closed) => Err("unexpected {{end}}".to_owned()),
        (_, End::Else(_)) => Err("unexpected {{else}}".to_owned()),
    }
}

/// Refuses variables that are not declared, and leaving a loop where there is none.
fn check(nodes: &[Node], known: &mut Vec<String>, is_loop: bool) -> Result<(), String> {
    let count = known.len();
    for node in nodes {
        let (pipes, bodies): (Vec<&Pipe>, Vec<&[Node]>) = match node {
            Node::Text(_) => continue,
            Node::Break if !is_loop => return Err("{{break}} outside {{range}}".to_owned()),
            Node::Continue if !is_loop => return Err("{{continue}} outside {{range}}".to_owned()),
            Node::Break | Node::Continue => continue,
            Node::Action(pipe) => {
                check_pipe(pipe, known)?;
                continue;
            }
            Node::If(branches, otherwise) => (
                branches.iter().map(|branch| &branch.0).collect(),
                branches.iter().map(|branch| branch.1.as_slice()).chain([otherwise.as_slice()]).collect(),
            ),
            Node::With(pipe, body, otherwise) | Node::Range(pipe, body, otherwise) => (vec![pipe], vec![body, otherwise]),
        };
        let before = known.len();
        pipes.into_iter().try_for_each(|pipe| check_pipe(pipe, known))?;
        let is_loop = is_loop || matches!(node, Node::Range(..));
        bodies.into_iter().try_for_each(|body| check(body, known, is_loop))?;
        known.truncate(before);
    }
    known.truncate(count);
    Ok(())
}

fn check_pipe(pipe: &Pipe, known: &mut Vec<String>) -> Result<(), String> {
    for operand in pipe.commands.iter().flatten() {
        match operand {
            Operand::Variable(name, ..) if !known.contains(name) => return Err(format!("undefined variable {name:?}")),
            Operand::Chain(inner, ..) => check_pipe(inner, known)?,
            Operand::Dot
            | Operand::Nil
            | Operand::Literal(_)
            | Operand::Field(..)
            | Operand::Variable(..)
            | Operand::Function(..) => {}
        }
    }
    match pipe.variables.iter().find(|name| pipe.assigns && !known.contains(name)) {
        Some(name) => Err(format!("undefined variable {name:?}")),
        None => {
            known.extend(pipe.variables.iter().cloned());
            Ok(())
        }
    }
}

enum Piece {
    Text(String),
    Action(Vec<Token>),
}

/// Text and actions, the space trimmed that an action asks to.
fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut trims = false;
    loop {
        let (before, after) = rest.split_once("{{").map_or((rest, None), |(before, after)| (before, Some(after)));
        let before = if trims { before.trim_start() } else { before };
        let trims_before = after.is_some_and(|after| after.starts_with("- ") || after.starts_with("-\n"));
        let before = if trims_before { before.trim_end() } else { before };
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        let Some(after) = after else { return Ok(pieces) };
        let after = if trims_before { &after[1..] } else { after };
        let end = closing(after)?;
        let inner = &after[..end];
        rest = &after[end + 2..];
        trims = inner.ends_with(" -");
        let inner = inner.strip_suffix(" -").unwrap_or(inner).trim();
        if !(inner.starts_with("/*") && inner.ends_with("*/")) {
            pieces.push(Piece::Action(tokens(inner, inner.as_ptr() as usize - text.as_ptr() as usize)?));
        }
    }
}

/// Where an action ends, quotes being looked at.
fn closing(text: &str) -> Result<usize, String> {
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(_), _) if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`') => quote = Some(character),
            (None, '}') if text[at..].starts_with("}}") => return Ok(at),
            (None, _) => {}
        }
    }
    Err(if quote.is_some() { "unterminated quoted string" } else { "unclosed action" }.to_owned())
}

/// The tokens of an action that begins at a place.
fn tokens(text: &str, start: usize) -> Result<Vec<Token>, String> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut follows = false;
    while let Some(character) = rest.chars().next() {
        let at = start + text.len() - rest.len();
        let length = match character {
            c if c.is_whitespace() => {
                follows = false;
                rest = &rest[c.len_utf8()..];
                continue;
            }
            '.' if rest[1..].starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                let end = rest.find(|c: char| !is_name(c) && c != '.').unwrap_or(rest.len());
                let names = rest[1..end].split('.').map(str::to_owned).collect();
                tokens.push(Token::Field { names, follows, at });
                end
            }
            '.' => {
                tokens.push(Token::Word(".".to_owned(), at));
                1
            }
            '$' => {
                let end = rest[1..].find(|c: char| !is_name(c)).map_or(rest.len(), |end| end + 1);
                tokens.push(Token::Variable(rest[..end].to_owned(), at));
                end
            }
            '"' => {
                let end = 1 + rest[1..]
                    .char_indices()
                    .scan(false, |escaped, (at, c)| {
                        let closes = c == '"' && !*escaped;
                        *escaped = c == '\\' && !*escaped;
                        Some((at, closes))
                    })
                    .find(|(_, closes)| *closes)
                    .ok_or("unterminated quoted string")?
                    .0;
                let quoted = &rest[..=end];
                tokens.push(Token::Text(serde_json::from_str(quoted).map_err(|_| "invalid syntax".to_owned())?));
                end + 1
            }
            '`' => {
                let end = rest[1..].find('`').ok_or("unterminated raw quoted string")?;
                tokens.push(Token::Text(rest[1..=end].to_owned()));
                end + 2
            }
            ':' if rest.starts_with(":=") => {
                tokens.push(Token::Declare);
                2
            }
            '|' | '(' | ')' | ',' | '=' => {
                tokens.push(Token::Sign(character));
                1
            }
            c if is_name(c) || c == '-' => {
                let is_number = c.is_ascii_digit() || c == '-';
                let is_part = |c: char| is_name(c) || (is_number && c == '.');
                let end = rest[c.len_utf8()..].find(|c: char| !is_part(c)).map_or(rest.len(), |end| end + c.len_utf8());
                tokens.push(Token::Word(rest[..end].to_owned(), at));
                end
            }
            // A character is its number.
            '\'' => {
                let end = rest[1..].find('\'').ok_or("unterminated character constant")?;
                let number = rest[1..].chars().next().map_or(0, u32::from);
                tokens.push(Token::Word(number.to_string(), at));
                end + 2
            }
            other => return Err(format!("unexpected {:?} in command", other.to_string())),
        };
        follows = !matches!(character, '(' | '|' | ',' | '=' | ':');
        rest = &rest[length..];
    }
    Ok(tokens)
}

/// The nodes up to the end of a block.
fn nodes(pieces: &mut Vec<Piece>, depth: usize) -> Result<(Vec<Node>, End), String> {
    if depth == DEPTH {
        return Err("blocks are nested too deeply".to_owned());
    }
    let mut nodes = Vec::new();
    while let Some(piece) = pieces.pop() {
        let tokens = match piece {
            Piece::Text(text) => {
                nodes.push(Node::Text(text));
                continue;
            }
            Piece::Action(tokens) => tokens,
        };
        let word = match tokens.first() {
            Some(Token::Word(word, _)) => word.as_str(),
            _ => "",
        };
        let rest = tokens.get(1..).unwrap_or_default();
        nodes.push(match word {
            "end" => return Ok((nodes, End::Closed)),
            "else" => return Ok((nodes, End::Else(rest.to_vec()))),
            "if" => branches(rest, pieces, depth)?,
            "with" => {
                let pipe = whole_pipe(rest, "with")?;
                let (body, otherwise) = bodies(pieces, depth)?;
                Node::With(pipe, body, otherwise)
            }
            "range" => {
                let pipe = whole_pipe(rest, "range")?;
                let (body, otherwise) = bodies(pieces, depth)?;
                Node::Range(pipe, body, otherwise)
            }
            "break" => Node::Break,
            "continue" => Node::Continue,
            _ => Node::Action(whole_pipe(&tokens, "command")?),
        });
    }
    Ok((nodes, End::Text))
}

fn branches(condition: &[Token], pieces: &mut Vec<Piece>, depth: usize) -> Result<Node, String> {
    let mut branches = Vec::new();
    let mut condition = condition.to_vec();
    loop {
        let pipe = whole_pipe(&condition, "if")?;
        let (body, end) = nodes(pieces, depth + 1)?;
        branches.push((pipe, body));
        match end {
            End::Text => return Err("unexpected EOF".to_owned()),
            End::Closed => return Ok(Node::If(branches, Vec::new())),
            End::Else(rest) => match rest.split_first() {
                None => {
                    let (otherwise, end) = nodes(pieces, depth + 1)?;
                    return closed(&end).map(|()| Node::If(branches, otherwise));
                }
                Some((Token::Word(word, _), rest)) if word == "if" => condition = rest.to_vec(),
                Some(_) => return Err("unexpected token in else".to_owned()),
            },
        }
    }
}

/// The body of a block, and that of its `else`.
fn bodies(pieces: &mut Vec<Piece>, depth: usize) -> Result<(Vec<Node>, Vec<Node>), String> {
    let (body, end) = nodes(pieces, depth + 1)?;
    if matches!(&end, End::Else(rest) if rest.is_empty()) {
        let (otherwise, end) = nodes(pieces, depth + 1)?;
        return closed(&end).map(|()| (body, otherwise));
    }
    closed(&end).map(|()| (body, Vec::new()))
}

fn closed(end: &End) -> Result<(), String> {
    match end {
        End::Closed => Ok(()),
        End::Text => Err("unexpected EOF".to_owned()),
        End::Else(_) => Err("expected end; found {{else}}".to_owned()),
    }
}

fn whole_pipe(tokens: &[Token], context: &str) -> Result<Pipe, String> {
    let mut rest = tokens;
    let pipe = pipe(&mut rest, context, 0)?;
    if rest.is_empty() { Ok(pipe) } else { Err("unexpected right paren".to_owned()) }
}

/// Reads a pipeline up to a closing parenthesis.
fn pipe(rest: &mut &[Token], context: &str, depth: usize) -> Result<Pipe, String> {
    if depth == DEPTH {
        return Err("parentheses are nested too deeply".to_owned());
    }
    let mut pipe = Pipe::default();
    if let Some(at) = rest.iter().position(|token| matches!(token, Token::Declare | Token::Sign('=' | '(' | '|')))
        && matches!(rest[at], Token::Declare | Token::Sign('='))
    {
        pipe.assigns = rest[at] == Token::Sign('=');
        for token in &rest[..at] {
            match token {
                Token::Variable(name, _) => pipe.variables.push(name.clone()),
                Token::Sign(',') => {}
                Token::Word(..) | Token::Field { .. } | Token::Text(_) | Token::Sign(_) | Token::Declare => {
                    return Err(format!("unexpected token before := in {context}"));
                }
            }
        }
        *rest = &rest[at + 1..];
    }
    let mut command = Vec::new();
    while let Some((token, after)) = rest.split_first() {
        let operand = match token {
            Token::Sign(')') => break,
            Token::Sign('|') => {
                pipe.commands.push(std::mem::take(&mut command));
                *rest = after;
                continue;
            }
            Token::Sign('(') => {
                *rest = after;
                let inner = self::pipe(rest, "parenthesis", depth + 1)?;
                if rest.first() != Some(&Token::Sign(')')) {
                    return Err("unclosed left paren".to_owned());
                }
                Operand::Chain(Box::new(inner), Vec::new(), 0)
            }
            Token::Sign(other) => return Err(format!("unexpected {other:?} in {context}")),
            Token::Declare => return Err(format!("unexpected \":=\" in {context}")),
            Token::Text(text) => Operand::Literal(Item::Json(text.as_str().into())),
            Token::Variable(name, at) => Operand::Variable(name.clone(), Vec::new(), *at),
            Token::Field { names, follows: false, at } => {
                // Errors name the place of the second field, where there is one.
                let first = if names.len() > 1 { names[0].len() + 1 } else { 0 };
                Operand::Field(names.clone(), at + first)
            }
            Token::Field { names, follows: true, at } => {
                match command.last_mut() {
                    Some(Operand::Chain(_, fields, place) | Operand::Variable(_, fields, place)) => {
                        fields.extend(names.iter().cloned());
                        *place = *at;
                    }
                    _ => return Err(format!("unexpected <.{}> in {context}", names.join("."))),
                }
                *rest = after;
                continue;
            }
            Token::Word(word, at) => self::word(word, *at)?,
        };
        command.push(operand);
        *rest = &rest[1..];
    }
    pipe.commands.push(command);
    if pipe.commands.iter().any(Vec::is_empty) {
        return Err(format!("missing value for {context}"));
    }
    let is_value = |command: &Vec<Operand>| matches!(command[0], Operand::Dot | Operand::Nil | Operand::Literal(_));
    if let Some(stage) = pipe.commands.iter().skip(1).position(is_value) {
        return Err(format!("non executable command in pipeline stage {}", stage + 2));
    }
    Ok(pipe)
}

fn number(text: &str) -> Option<Item> {
    let plain = text.replace('_', "");
    if let Some(digits) = plain.strip_prefix("0x") {
        return i64::from_str_radix(digits, 16).ok().map(Item::Int);
    }
    let whole = plain.parse().ok().map(Item::Int);
    whole.or_else(|| plain.parse::<f64>().ok().map(|float| Item::Json(float.into())))
}

fn word(word: &str, at: usize) -> Result<Operand, String> {
    Ok(match word {
        "." => Operand::Dot,
        "nil" => Operand::Nil,
        "true" => Operand::Literal(Item::Json(true.into())),
        "false" => Operand::Literal(Item::Json(false.into())),
        number if number.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            Operand::Literal(self::number(number).ok_or_else(|| format!("bad number syntax: {number:?}"))?)
        }
        name if FUNCTIONS.contains(&name) => Operand::Function(name.to_owned(), at),
        name => return Err(format!("function {name:?} not defined")),
    })
}
