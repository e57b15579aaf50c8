//! The pieces of words: quotes, and what is expanded.

use std::mem;

use super::{Parser, SyntaxError, error};
use crate::shell::is_name;
use crate::syntax::{Modifier, Name, Parameter, Part, Piece, Word};

/// What quotes mean where a piece stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    Bare,
    /// Within double quotes.
    Double,
    /// In here-documents and arithmetic, where quotes are ordinary.
    Plain,
}

/// What ends a row of pieces; it is left unread.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// Blanks and operators.
    Blank,
    Quote,
    /// The end of the text.
    End,
    /// The `))` of arithmetic.
    Brackets,
    Brace,
    /// A brace, or the character that goes before another part within it.
    BraceOr(u8),
}

/// Adds text, to the last piece if that is of the same sort.
fn push_text(word: &mut Word, text: &str, is_quoted: bool) {
    match word.last_mut() {
        Some(Piece { part: Part::Text(before), is_quoted: same }) if *same == is_quoted => before.push_str(text),
        _ => word.push(Piece { part: Part::Text(text.to_owned()), is_quoted }),
    }
}

/// A tilde at the beginning of a word stands for the home directory, unless a user's name follows it.
fn expand_tilde(word: &mut Word) {
    let is_alone = word.len() == 1;
    let Some(Piece { part: Part::Text(text), is_quoted: false }) = word.first_mut() else { return };
    let Some(rest) = text.strip_prefix('~') else { return };
    if rest.starts_with('/') || (rest.is_empty() && is_alone) {
        let rest = rest.to_owned();
        word[0].part = Part::Home;
        if !rest.is_empty() {
            word.insert(1, Piece { part: Part::Text(rest), is_quoted: false });
        }
    }
}

/// The variable and the value if `word` is an assignment.
pub(super) fn assignment(word: &mut Word) -> Option<(String, Word)> {
    let Some(Piece { part: Part::Text(text), is_quoted: false }) = word.first() else { return None };
    let (name, value) = text.split_once('=')?;
    let (name, appends) = name.strip_suffix('+').map_or((name, false), |name| (name, true));
    if !is_name(name) {
        return None;
    }
    let (name, value) = (name.to_owned(), value.to_owned());
    let mut word = mem::take(word);
    if value.is_empty() {
        word.remove(0);
    } else {
        word[0].part = Part::Text(value);
    }
    expand_tilde(&mut word);
    if appends {
        let current = Parameter { name: Name::Variable(name.clone()), modifier: Modifier::Plain };
        word.insert(0, Piece { part: Part::Parameter(current), is_quoted: true });
    }
    Some((name, word))
}

impl Parser<'_> {
    /// A word of a command, which is not empty.
    pub(super) fn word(&mut self) -> Result<Word, SyntaxError> {
        self.pieces(Quoting::Bare, Until::Blank)
    }

    /// All of the text, in which quotes are ordinary.
    pub(super) fn quoted_text(&mut self) -> Result<Word, SyntaxError> {
        self.pieces(Quoting::Plain, Until::End)
    }

    fn pieces(&mut self, quoting: Quoting, until: Until) -> Result<Word, SyntaxError> {
        let mut word = Word::new();
        let mut brackets = 0_usize;
        let is_quoted = quoting != Quoting::Bare;
        loop {
            let Some(byte) = self.byte() else {
                return match until {
                    Until::Blank | Until::End => Ok(self.finished(word, quoting)),
                    Until::Brackets => Err(error("missing '))'")),
                    Until::Brace | Until::BraceOr(_) if quoting == Quoting::Bare => Err(error("missing '}'")),
                    Until::Quote | Until::Brace | Until::BraceOr(_) => Err(error("unterminated quoted string")),
                };
            };
            let is_end = match until {
                Until::Blank => b" \t\n;&|<>()".contains(&byte),
                Until::Quote => byte == b'"',
                Until::End => false,
                Until::Brackets => brackets == 0 && byte == b')',
                Until::Brace => byte == b'}',
                Until::BraceOr(other) => byte == b'}' || byte == other,
            };
            if is_end {
                return Ok(self.finished(word, quoting));
            }
            match byte {
                b'\\' => self.escape(quoting, until, &mut word),
                b'\'' if !is_quoted => {
                    self.at += 1;
                    let length = self.rest().find('\'').ok_or_else(|| error("unterminated quoted string"))?;
                    push_text(&mut word, &self.rest()[..length], true);
                    self.at += length + 1;
                }
                b'"' if quoting == Quoting::Bare => {
                    self.at += 1;
                    let inner = self.pieces(Quoting::Double, Until::Quote)?;
                    self.at += 1;
                    if inner.is_empty() {
                        // An empty pair of quotes still makes a field.
                        push_text(&mut word, "", true);
                    }
                    word.extend(inner);
                }
                // Quotes in a brace that is quoted already.
                b'"' if matches!(until, Until::Brace | Until::BraceOr(_)) => self.at += 1,
                b'`' => {
                    let part = self.backquoted(is_quoted)?;
                    word.push(Piece { part, is_quoted });
                }
                b'$' => {
                    self.at += 1;
                    self.dollar(quoting, &mut word)?;
                }
                _ => {
                    match byte {
                        b'(' => brackets += 1,
                        b')' => brackets = brackets.saturating_sub(1),
                        _ => {}
                    }
                    let length = self.bump().map_or(0, char::len_utf8);
                    push_text(&mut word, &self.text[self.at - length..self.at], is_quoted);
                }
            }
        }
    }

    fn finished(&self, mut word: Word, quoting: Quoting) -> Word {
        if quoting == Quoting::Bare {
            expand_tilde(&mut word);
        }
        word
    }

    fn escape(&mut self, quoting: Quoting, until: Until, word: &mut Word) {
        self.at += 1;
        let escapes = match (quoting, self.byte()) {
            (_, Some(b'\n')) => {
                self.at += 1;
                return;
            }
            (_, None) => false,
            (Quoting::Bare, Some(_)) | (_, Some(b'$' | b'`' | b'\\')) => true,
            (_, Some(b'}')) => matches!(until, Until::Brace | Until::BraceOr(_)),
            (Quoting::Double, Some(b'"')) => true,
            (Quoting::Double | Quoting::Plain, Some(_)) => false,
        };
        let escaped = if escapes { self.bump() } else { None };
        push_text(word, escaped.unwrap_or('\\').encode_utf8(&mut [0; 4]), true);
    }

    /// What a dollar stands for; it is read already.
    fn dollar(&mut self, quoting: Quoting, word: &mut Word) -> Result<(), SyntaxError> {
        let is_quoted = quoting != Quoting::Bare;
        let part = if self.eat("(") {
            self.enter()?;
            let part = if self.byte() == Some(b'(') && self.is_arithmetic() {
                self.at += 1;
                let expression = self.pieces(Quoting::Plain, Until::Brackets)?;
                if !self.eat("))") {
                    return Err(error("missing '))'"));
                }
                Part::Arithmetic(expression)
            } else {
                Part::Substitution(self.bracketed()?)
            };
            self.leave();
            part
        } else if self.eat("{") {
            self.enter()?;
            let parameter = self.braced(is_quoted)?;
            self.leave();
            Part::Parameter(parameter)
        } else if quoting == Quoting::Bare && self.eat("'") {
            return self.escaped_text(word);
        } else if let Some(name) = self.parameter_name(false) {
            Part::Parameter(Parameter { name, modifier: Modifier::Plain })
        } else {
            push_text(word, "$", is_quoted);
            return Ok(());
        };
        word.push(Piece { part, is_quoted });
        Ok(())
    }

    /// `$'...'`: its beginning is read already.
    fn escaped_text(&mut self, word: &mut Word) -> Result<(), SyntaxError> {
        let start = self.at;
        loop {
            match self.bump() {
                None => return Err(error("unterminated quoted string")),
                Some('\'') => break,
                Some('\\') => {
                    self.bump();
                }
                Some(_) => {}
            }
        }
        let (bytes, _) = crate::utilities::escapes::unescape(&self.text[start..self.at - 1], false);
        push_text(word, &String::from_utf8_lossy(&bytes), true);
        Ok(())
    }

    /// Whether `$((`, whose last bracket is next, is arithmetic: its brackets close side by side.
    fn is_arithmetic(&self) -> bool {
        let mut depth = 0_usize;
        let mut bytes = self.rest().bytes().skip(1);
        while let Some(byte) = bytes.next() {
            match byte {
                b'\\' => {
                    bytes.next();
                }
                b'(' => depth += 1,
                b')' if 0 < depth => depth -= 1,
                b')' => return bytes.next() == Some(b')'),
                _ => {}
            }
        }
        true
    }

    /// A substitution in backquotes: backslashes before what is special there go first.
    fn backquoted(&mut self, is_quoted: bool) -> Result<Part, SyntaxError> {
        self.at += 1;
        let mut script = String::new();
        loop {
            match self.bump() {
                None => return Err(error("EOF in backquote substitution")),
                Some('`') => break,
                Some('\\') => match self.bump() {
                    Some(next @ ('`' | '\\' | '$')) => script.push(next),
                    Some('"') if is_quoted => script.push('"'),
                    Some(next) => script.extend(['\\', next]),
                    None => script.push('\\'),
                },
                Some(next) => script.push(next),
            }
        }
        let mut inner = Parser::new(&script, self.depth);
        inner.enter()?;
        inner.script().map(Part::Substitution)
    }

    /// The name of a parameter; within braces its digits go on.
    fn parameter_name(&mut self, is_braced: bool) -> Option<Name> {
        let rest = self.rest();
        let length = |belongs: fn(&u8) -> bool| rest.bytes().take_while(belongs).count();
        let (name, length) = match rest.bytes().next()? {
            b'@' => (Name::All, 1),
            b'*' => (Name::Joined, 1),
            b'#' => (Name::Count, 1),
            b'?' => (Name::Status, 1),
            b'-' => (Name::Options, 1),
            b'$' => (Name::Pid, 1),
            b'!' => (Name::Background, 1),
            b'0'..=b'9' => {
                let length = if is_braced { length(u8::is_ascii_digit) } else { 1 };
                (Name::Positional(rest[..length].parse().ok()?), length)
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let length = length(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
                (Name::Variable(rest[..length].to_owned()), length)
            }
            _ => return None,
        };
        self.at += length;
        Some(name)
    }

    /// What stands between `${`, which is read already, and its `}`.
    fn braced(&mut self, is_quoted: bool) -> Result<Parameter, SyntaxError> {
        let start = self.at;
        if self.eat("#")
            && let Some(name) = self.parameter_name(true)
            && self.eat("}")
        {
            return Ok(Parameter { name, modifier: Modifier::Length });
        }
        self.at = start;
        let name = self.parameter_name(true).ok_or_else(bad_substitution)?;
        let modifier = self.modifier(is_quoted)?;
        // A modifier ends at its brace; a name may be followed by anything.
        match self.eat("}") {
            true => Ok(Parameter { name, modifier }),
            false if !self.rest().contains('}') => Err(error("missing '}'")),
            false => Err(bad_substitution()),
        }
    }

    fn modifier(&mut self, is_quoted: bool) -> Result<Modifier, SyntaxError> {
        let pattern = |parser: &mut Self| parser.pieces(Quoting::Bare, Until::Brace);
        let null_too = self.byte() == Some(b':') && matches!(self.second_byte(), Some(b'-' | b'=' | b'?' | b'+'));
        if null_too {
            self.at += 1;
        }
        let Some(operator @ (b'-' | b'=' | b'?' | b'+' | b'%' | b'#' | b'/' | b':')) = self.byte() else {
            return Ok(Modifier::Plain);
        };
        self.at += 1;
        let doubled = |parser: &mut Self, text: &str| parser.eat(text);
        Ok(match operator {
            b'-' | b'=' | b'?' | b'+' => {
                let quoting = if is_quoted { Quoting::Double } else { Quoting::Bare };
                let word = self.pieces(quoting, Until::Brace)?;
                match operator {
                    b'-' => Modifier::Default { word, null_too },
                    b'=' => Modifier::Assign { word, null_too },
                    b'+' => Modifier::Alternative { word, null_too },
                    _ => Modifier::Require { word: Some(word).filter(|word| !word.is_empty()), null_too },
                }
            }
            b'%' => {
                let longest = doubled(self, "%");
                Modifier::Strip { pattern: pattern(self)?, is_prefix: false, longest }
            }
            b'#' => {
                let longest = doubled(self, "#");
                Modifier::Strip { pattern: pattern(self)?, is_prefix: true, longest }
            }
            b'/' => {
                let all = doubled(self, "/");
                let from = self.pieces(Quoting::Bare, Until::BraceOr(b'/'))?;
                let replacement = if self.eat("/") { pattern(self)? } else { Word::new() };
                Modifier::Replace { pattern: from, replacement, all }
            }
            _ => {
                let offset = self.pieces(Quoting::Plain, Until::BraceOr(b':'))?;
                let length = if self.eat(":") { Some(self.pieces(Quoting::Plain, Until::Brace)?) } else { None };
                Modifier::Substring { offset, length }
            }
        })
    }
}

fn bad_substitution() -> SyntaxError {
    error("bad substitution")
}
