//! From the text of a program to its rules.

use super::{Arithmetic, Comparison, Expr, Loop, ONE, Op, Pattern, Rule, Statement, Target};
use crate::utilities::regex;

/// Expressions and blocks do not nest deeper.
const DEPTH: usize = 40;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Number(i128),
    Text(String),
    Regex(String),
    Sign(&'static str),
    /// A line break or `;`.
    End,
}

/// The signs, longest first.
const SIGNS: &[&str] = &[
    "&&", "||", ">>", "!~", "==", "!=", "<=", ">=", "++", "--", "+=", "-=", "*=", "/=", "%=", "{", "}", "(", ")", "[", "]", ",",
    "$", "!", "~", "<", ">", "=", "+", "-", "*", "/", "%", "?", ":",
];

/// The functions that are known.
const FUNCTIONS: &[&str] =
    &["close", "gsub", "index", "int", "length", "match", "split", "sprintf", "sub", "substr", "systime", "tolower", "toupper"];

pub(super) fn program(text: &str) -> Result<Vec<Rule>, String> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens, at: 0, depth: 0, prints: false };
    let mut rules = Vec::new();
    while parser.skip_ends() {
        rules.push(parser.rule()?);
    }
    Ok(rules)
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        // A slash after a value divides; elsewhere a regular expression begins.
        let after_value = matches!(
            tokens.last(),
            Some(Token::Name(_) | Token::Number(_) | Token::Text(_) | Token::Regex(_) | Token::Sign(")" | "]" | "$"))
        );
        if first == '\n' || first == ';' {
            tokens.push(Token::End);
            rest = &rest[1..];
        } else if first.is_whitespace() {
            rest = &rest[first.len_utf8()..];
        } else if first == '#' {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if first == '"' {
            let (inner, length) = quoted(rest, '"')?;
            tokens.push(Token::Text(unescaped(&inner)));
            rest = &rest[length..];
        } else if first == '/' && !after_value {
            let (inner, length) = quoted(rest, '/')?;
            tokens.push(Token::Regex(inner.replace("\\/", "/")));
            rest = &rest[length..];
        } else if first.is_ascii_digit() || (first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            tokens.push(Token::Number(super::run::number(&rest[..end])));
            rest = &rest[end..];
        } else if first.is_ascii_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(Token::Name(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            return Err("Unexpected token".to_owned());
        }
    }
    Ok(tokens)
}

/// What stands between two marks, and how long it is with them.
fn quoted(text: &str, mark: char) -> Result<(String, usize), String> {
    let mut is_escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if std::mem::take(&mut is_escaped) => {}
            '\\' => is_escaped = true,
            other if other == mark => return Ok((text[1..at].to_owned(), at + 1)),
            _ => {}
        }
    }
    Err("Unexpected end of string".to_owned())
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, if character == '\\' { characters.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some(other)) => out.push(other),
            (other, _) => out.push(other),
        }
    }
    out
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// Within the list of `print`, where `>` leads to a file.
    prints: bool,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(found)) if *found == sign)
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    fn take_name(&mut self, name: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Name(found)) if found == name);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.take(sign) { Ok(()) } else { Err("Unexpected token".to_owned()) }
    }

    /// Passes over separators; whether anything is left.
    fn skip_ends(&mut self) -> bool {
        while self.peek() == Some(&Token::End) {
            self.at += 1;
        }
        self.peek().is_some()
    }

    fn rule(&mut self) -> Result<Rule, String> {
        let pattern = if self.take_name("BEGIN") {
            Pattern::Begin
        } else if self.take_name("END") {
            Pattern::End
        } else if self.is("{") {
            Pattern::Always
        } else {
            Pattern::When(self.expression()?)
        };
        let action = if self.is("{") { Some(self.block()?) } else { None };
        Ok(Rule { pattern, action })
    }

    fn block(&mut self) -> Result<Vec<Statement>, String> {
        self.deeper(|parser| {
            parser.expect("{")?;
            let mut statements = Vec::new();
            loop {
                if !parser.skip_ends() {
                    return Err("Unexpected end of program".to_owned());
                }
                if parser.take("}") {
                    return Ok(statements);
                }
                statements.push(parser.statement()?);
            }
        })
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Parser) -> Result<T, String>) -> Result<T, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("Too deeply nested".to_owned());
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn body(&mut self) -> Result<Vec<Statement>, String> {
        self.skip_ends();
        if self.is("{") { self.block() } else { Ok(vec![self.deeper(Parser::statement)?]) }
    }

    fn statement(&mut self) -> Result<Statement, String> {
        if self.take_name("print") {
            return Ok(Statement::Print(self.printed()?, self.target()?));
        }
        if self.take_name("printf") {
            return Ok(Statement::Printf(self.printed()?, self.target()?));
        }
        if self.take_name("while") {
            let condition = self.condition()?;
            let body = self.body()?;
            return Ok(Statement::Loop(Box::new(Loop { first: None, condition, step: None, body, is_do: false })));
        }
        if self.take_name("do") {
            let body = self.body()?;
            self.skip_ends();
            if !self.take_name("while") {
                return Err("Unexpected token".to_owned());
            }
            let condition = self.condition()?;
            return Ok(Statement::Loop(Box::new(Loop { first: None, condition, step: None, body, is_do: true })));
        }
        if self.take_name("for") {
            return self.for_statement();
        }
        if self.take_name("break") {
            return Ok(Statement::Break);
        }
        if self.take_name("continue") {
            return Ok(Statement::Continue);
        }
        if self.take_name("delete") {
            let name = self.name()?;
            let index = if self.take("[") { Some(self.expression()?) } else { None };
            if index.is_some() {
                self.expect("]")?;
            }
            return Ok(Statement::Delete(name, index));
        }
        if self.take_name("next") {
            return Ok(Statement::Next);
        }
        if self.take_name("exit") {
            let code = if self.ends() { None } else { Some(self.expression()?) };
            return Ok(Statement::Exit(code));
        }
        if self.take_name("if") {
            self.expect("(")?;
            let condition = self.expression()?;
            self.expect(")")?;
            let yes = self.body()?;
            let before = self.at;
            self.skip_ends();
            if self.take_name("else") {
                return Ok(Statement::If(condition, yes, self.body()?));
            }
            self.at = before;
            return Ok(Statement::If(condition, yes, Vec::new()));
        }
        if let Some(Token::Name(name)) = self.peek()
            && ["function", "func", "getline"].contains(&name.as_str())
        {
            return Err(format!("{name} is not simulated"));
        }
        Ok(Statement::Expr(self.expression()?))
    }

    fn name(&mut self) -> Result<String, String> {
        let Some(Token::Name(name)) = self.peek().cloned() else { return Err("Unexpected token".to_owned()) };
        self.at += 1;
        Ok(name)
    }

    /// A condition in brackets.
    fn condition(&mut self) -> Result<Option<Expr>, String> {
        self.expect("(")?;
        let condition = self.expression()?;
        self.expect(")")?;
        Ok(Some(condition))
    }

    fn for_statement(&mut self) -> Result<Statement, String> {
        self.expect("(")?;
        if let [Token::Name(name), Token::Name(word), Token::Name(array), Token::Sign(")"), ..] = &self.tokens[self.at..]
            && word == "in"
        {
            let (name, array) = (name.clone(), array.clone());
            self.at += 4;
            return Ok(Statement::Each { name, array, body: self.body()? });
        }
        let mut parts = [const { None }; 3];
        for (position, part) in parts.iter_mut().enumerate() {
            let is_empty = matches!(self.peek(), Some(Token::End | Token::Sign(")")));
            *part = if is_empty { None } else { Some(self.expression()?) };
            if position < 2 {
                if self.peek() != Some(&Token::End) {
                    return Err("Unexpected token".to_owned());
                }
                self.at += 1;
            }
        }
        self.expect(")")?;
        let [first, condition, step] = parts;
        Ok(Statement::Loop(Box::new(Loop { first, condition, step, body: self.body()?, is_do: false })))
    }

    /// What `print` prints.
    fn printed(&mut self) -> Result<Vec<Expr>, String> {
        self.prints = true;
        let list = self.list();
        self.prints = false;
        list
    }

    /// Where it prints it to.
    fn target(&mut self) -> Result<Option<Target>, String> {
        let appends = self.take(">>");
        if !appends && !self.take(">") {
            return Ok(None);
        }
        Ok(Some(Target { path: self.primary()?, appends }))
    }

    fn ends(&self) -> bool {
        matches!(self.peek(), None | Some(Token::End | Token::Sign("}" | ">" | ">>")))
    }

    fn list(&mut self) -> Result<Vec<Expr>, String> {
        let mut list = Vec::new();
        while !self.ends() {
            list.push(self.expression()?);
            if !self.take(",") {
                break;
            }
        }
        Ok(list)
    }

    fn expression(&mut self) -> Result<Expr, String> {
        self.deeper(|parser| {
            let left = parser.binary(0)?;
            if parser.take("?") {
                let yes = parser.expression()?;
                parser.expect(":")?;
                return Ok(Expr::Ternary(Box::new(left), Box::new(yes), Box::new(parser.expression()?)));
            }
            for (sign, op) in [
                ("=", None),
                ("+=", Some(Arithmetic::Add)),
                ("-=", Some(Arithmetic::Subtract)),
                ("*=", Some(Arithmetic::Multiply)),
                ("/=", Some(Arithmetic::Divide)),
                ("%=", Some(Arithmetic::Modulo)),
            ] {
                if parser.take(sign) {
                    return Ok(Expr::Assign(Box::new(left), op, Box::new(parser.expression()?), false));
                }
            }
            Ok(left)
        })
    }

    /// Operators from those that bind least.
    fn binary(&mut self, level: usize) -> Result<Expr, String> {
        const LEVELS: &[&[(&str, Op)]] = &[
            &[("||", Op::Or)],
            &[("&&", Op::And)],
            &[("~", Op::Matches), ("!~", Op::MatchesNot)],
            &[
                ("<=", Op::Compare(Comparison::LessEqual)),
                (">=", Op::Compare(Comparison::GreaterEqual)),
                ("==", Op::Compare(Comparison::Equal)),
                ("!=", Op::Compare(Comparison::NotEqual)),
                ("<", Op::Compare(Comparison::Less)),
                (">", Op::Compare(Comparison::Greater)),
            ],
            // Concatenation has no sign.
            &[],
            &[("+", Op::Calculate(Arithmetic::Add)), ("-", Op::Calculate(Arithmetic::Subtract))],
            &[
                ("*", Op::Calculate(Arithmetic::Multiply)),
                ("/", Op::Calculate(Arithmetic::Divide)),
                ("%", Op::Calculate(Arithmetic::Modulo)),
            ],
        ];
        const MATCHES: usize = 2;
        let Some(signs) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        loop {
            if level == MATCHES && self.take_name("in") {
                left = Expr::Contains(Box::new(left), self.name()?);
                continue;
            }
            let op = if signs.is_empty() {
                let begins = match self.peek() {
                    Some(Token::Name(name)) => name != "in",
                    Some(Token::Number(_) | Token::Text(_) | Token::Sign("$" | "(")) => true,
                    Some(Token::Regex(_) | Token::Sign(_) | Token::End) | None => false,
                };
                begins.then_some(Op::Concat)
            } else {
                signs.iter().find(|(sign, _)| !(*sign == ">" && self.prints) && self.take(sign)).map(|(_, op)| *op)
            };
            let Some(op) = op else { return Ok(left) };
            left = Expr::Binary(op, Box::new(left), Box::new(self.binary(level + 1)?));
        }
    }

    fn unary(&mut self) -> Result<Expr, String> {
        self.deeper(|parser| {
            if parser.take("!") {
                return Ok(Expr::Not(Box::new(parser.unary()?)));
            }
            if parser.take("-") {
                return Ok(Expr::Minus(Box::new(parser.unary()?)));
            }
            for (sign, op) in [("++", Arithmetic::Add), ("--", Arithmetic::Subtract)] {
                if parser.take(sign) {
                    return Ok(Expr::Assign(Box::new(parser.unary()?), Some(op), Box::new(Expr::Number(ONE)), false));
                }
            }
            let primary = parser.primary()?;
            for (sign, op) in [("++", Arithmetic::Add), ("--", Arithmetic::Subtract)] {
                if parser.take(sign) {
                    return Ok(Expr::Assign(Box::new(primary), Some(op), Box::new(Expr::Number(ONE)), true));
                }
            }
            Ok(primary)
        })
    }

    fn primary(&mut self) -> Result<Expr, String> {
        let token = self.peek().cloned().ok_or("Unexpected end of program")?;
        self.at += 1;
        match token {
            Token::Number(number) => Ok(Expr::Number(number)),
            Token::Text(text) => Ok(Expr::Text(text)),
            Token::Regex(text) => regex::compile(&text, true, false).map(Expr::Regex),
            Token::Sign("$") => self.deeper(Parser::primary).map(|index| Expr::Field(Box::new(index))),
            Token::Sign("(") => {
                let prints = std::mem::take(&mut self.prints);
                let inner = self.expression()?;
                self.prints = prints;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Name(name) if name == "getline" => Err(format!("{name} is not simulated")),
            Token::Name(name) if self.is("(") && !FUNCTIONS.contains(&name.as_str()) => Err(format!("{name} is not simulated")),
            Token::Name(name) if self.take("(") => {
                let mut arguments = Vec::new();
                while !self.take(")") {
                    arguments.push(self.expression()?);
                    if !self.is(")") {
                        self.expect(",")?;
                    }
                }
                Ok(Expr::Call(name, arguments))
            }
            Token::Name(name) if self.take("[") => {
                let index = self.expression()?;
                self.expect("]")?;
                Ok(Expr::Element(name, Box::new(index)))
            }
            Token::Name(name) if name == "length" => Ok(Expr::Call(name, Vec::new())),
            Token::Name(name) => Ok(Expr::Variable(name)),
            Token::Sign(_) | Token::End => Err("Unexpected token".to_owned()),
        }
    }
}
