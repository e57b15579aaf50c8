//! Reading a selector from text.
//!
//! Models `k8s.io/apimachinery/pkg/labels` `Lexer` and `Parser` (v1.36).

use crate::SortedSet;

use super::{Operator, Requirement, key_error};
use crate::field;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    End,
    Open,
    Close,
    Comma,
    Not,
    Operator(Operator),
    Identifier,
}

/// A token and its text.
type Item = (Token, String);

/// Whether `in` and `notin` are operators here, or plain words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Operator,
    Value,
}

fn keyword(text: &[u8]) -> Option<Token> {
    Some(match text {
        b"(" => Token::Open,
        b")" => Token::Close,
        b"," => Token::Comma,
        b"!" => Token::Not,
        b"=" => Token::Operator(Operator::Equals),
        b"==" => Token::Operator(Operator::DoubleEquals),
        b"!=" => Token::Operator(Operator::NotEquals),
        b">" => Token::Operator(Operator::GreaterThan),
        b"<" => Token::Operator(Operator::LessThan),
        b"in" => Token::Operator(Operator::In),
        b"notin" => Token::Operator(Operator::NotIn),
        _ => return None,
    })
}

fn is_symbol(byte: u8) -> bool {
    b"=!(),><".contains(&byte)
}

fn is_space(byte: u8) -> bool {
    b" \t\r\n".contains(&byte)
}

fn scan(text: &str) -> Vec<Item> {
    // A zero byte ends the text, as it does upstream.
    let mut rest = text.as_bytes().split(|&byte| byte == 0).next().unwrap_or_default();
    let mut items = Vec::new();
    loop {
        rest = &rest[rest.iter().position(|&byte| !is_space(byte)).unwrap_or(rest.len())..];
        let Some(&first) = rest.first() else {
            items.push((Token::End, String::new()));
            return items;
        };
        let (token, length) = if is_symbol(first) {
            let longest = rest.get(..2).and_then(|two| Some((keyword(two)?, 2)));
            longest.or_else(|| Some((keyword(&rest[..1])?, 1))).expect("every symbol alone is a keyword")
        } else {
            let length = rest.iter().position(|&byte| is_symbol(byte) || is_space(byte)).unwrap_or(rest.len());
            (keyword(&rest[..length]).unwrap_or(Token::Identifier), length)
        };
        items.push((token, String::from_utf8_lossy(&rest[..length]).into_owned()));
        rest = &rest[length..];
    }
}

struct Parser {
    items: Vec<Item>,
    position: usize,
}

pub(super) fn parse(text: &str) -> Result<Vec<Requirement>, String> {
    let mut parser = Parser { items: scan(text), position: 0 };
    let mut requirements = Vec::new();
    loop {
        match parser.look(Context::Value) {
            (Token::Identifier | Token::Not, _) => {
                let requirement = parser.requirement().map_err(|error| format!("unable to parse requirement: {error}"))?;
                requirements.push(requirement);
            }
            (Token::End, _) => return Ok(requirements),
            (Token::Open | Token::Close | Token::Comma | Token::Operator(_), found) => {
                return Err(format!("found '{found}', expected: !, identifier, or 'end of string'"));
            }
        }
        match parser.take(Context::Value) {
            (Token::End, _) => return Ok(requirements),
            (Token::Comma, _) => {
                let (token, found) = parser.look(Context::Value);
                if !matches!(token, Token::Identifier | Token::Not) {
                    return Err(format!("found '{found}', expected: identifier after ','"));
                }
            }
            (Token::Open | Token::Close | Token::Not | Token::Operator(_) | Token::Identifier, found) => {
                return Err(format!("found '{found}', expected: ',' or 'end of string'"));
            }
        }
    }
}

impl Parser {
    fn look(&self, context: Context) -> Item {
        let (token, text) = self.items.get(self.position).cloned().unwrap_or((Token::End, String::new()));
        let is_word = context == Context::Value && matches!(token, Token::Operator(Operator::In | Operator::NotIn));
        (if is_word { Token::Identifier } else { token }, text)
    }

    fn take(&mut self, context: Context) -> Item {
        let item = self.look(context);
        self.position += 1;
        item
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let (key, existence) = self.key()?;
        let (operator, values) = match existence {
            Some(existence) => (existence, SortedSet::new()),
            None => {
                let operator = self.operator()?;
                let is_set = matches!(operator, Operator::In | Operator::NotIn);
                (operator, if is_set { self.values()? } else { self.exact_value()? })
            }
        };
        let values: Vec<String> = values.into_iter().collect();
        Requirement::new(&key, operator, Some(&values), "").map_err(|errors| field::aggregate(&errors))
    }

    /// The key, and what is asked of it where only its existence is.
    fn key(&mut self) -> Result<(String, Option<Operator>), String> {
        let (mut token, mut text) = self.take(Context::Value);
        let is_negated = token == Token::Not;
        if is_negated {
            (token, text) = self.take(Context::Value);
        }
        if token != Token::Identifier {
            return Err(format!("found '{text}', expected: identifier"));
        }
        if let Some(error) = key_error(&text, "<nil>") {
            return Err(error);
        }
        let existence = match self.look(Context::Value).0 {
            _ if is_negated => Some(Operator::DoesNotExist),
            Token::End | Token::Comma => Some(Operator::Exists),
            Token::Open | Token::Close | Token::Not | Token::Operator(_) | Token::Identifier => None,
        };
        Ok((text, existence))
    }

    fn operator(&mut self) -> Result<Operator, String> {
        match self.take(Context::Operator) {
            (Token::Operator(operator), _) => Ok(operator),
            (_, found) => Err(format!("found '{found}', expected: in, notin, =, ==, !=, gt, lt")),
        }
    }

    fn values(&mut self) -> Result<SortedSet<String>, String> {
        let (token, found) = self.take(Context::Value);
        if token != Token::Open {
            return Err(format!("found '{found}' expected: '('"));
        }
        let (token, first) = self.look(Context::Value);
        match token {
            Token::Identifier | Token::Comma => {
                let values = self.list()?;
                let (token, _) = self.take(Context::Value);
                if token == Token::Close { Ok(values) } else { Err(format!("found '{first}', expected: ')'")) }
            }
            Token::Close => {
                self.take(Context::Value);
                Ok([String::new()].into())
            }
            Token::End | Token::Open | Token::Not | Token::Operator(_) => {
                Err(format!("found '{first}', expected: ',', ')' or identifier"))
            }
        }
    }

    /// Values up to the closing parenthesis; nothing before, between or after commas is the empty value.
    fn list(&mut self) -> Result<SortedSet<String>, String> {
        let mut values = SortedSet::new();
        loop {
            let (token, text) = self.take(Context::Value);
            let (next, found) = self.look(Context::Value);
            match (token, next) {
                (Token::Identifier, Token::Comma) => {
                    values.insert(text);
                }
                (Token::Identifier, Token::Close) => {
                    values.insert(text);
                    return Ok(values);
                }
                (Token::Identifier, _) => return Err(format!("found '{found}', expected: ',' or ')'")),
                (Token::Comma, next) => {
                    if values.is_empty() || matches!(next, Token::Close | Token::Comma) {
                        values.insert(String::new());
                    }
                    if next == Token::Close {
                        return Ok(values);
                    }
                    if next == Token::Comma {
                        self.take(Context::Value);
                        if self.look(Context::Value).0 == Token::Close {
                            return Ok(values);
                        }
                    }
                }
                (_, _) => return Err(format!("found '{text}', expected: ',', or identifier")),
            }
        }
    }

    fn exact_value(&mut self) -> Result<SortedSet<String>, String> {
        if matches!(self.look(Context::Value).0, Token::End | Token::Comma) {
            return Ok([String::new()].into());
        }
        match self.take(Context::Value) {
            (Token::Identifier, text) => Ok([text].into()),
            (_, found) => Err(format!("found '{found}', expected: identifier")),
        }
    }
}
