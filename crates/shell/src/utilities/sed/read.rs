//! From the text of a script to its commands.

use super::{Action, Address, Command, When};
use crate::utilities::regex;

/// Blocks within blocks.
const MAX_DEPTH: usize = 64;

/// Commands, and where those behind a label begin.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub commands: Vec<Command>,
    pub labels: Vec<(String, usize)>,
}

/// Reads a script; the error is the message.
pub(super) fn script(text: &str, is_extended: bool) -> Result<Script, String> {
    let rest = text.chars().peekable();
    Reader { rest, is_extended, commands: Vec::new(), labels: Vec::new(), open: Vec::new() }.script()
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    is_extended: bool,
    commands: Vec<Command>,
    labels: Vec<(String, usize)>,
    /// Where the blocks that are open begin.
    open: Vec<usize>,
}

impl Reader<'_> {
    /// Text up to an unescaped `delimiter`; an escaped one loses its backslash.
    fn until(&mut self, delimiter: char) -> Result<String, String> {
        let mut text = String::new();
        while let Some(next) = self.rest.next() {
            if next == delimiter {
                return Ok(text);
            }
            if next == '\\' {
                match self.rest.next() {
                    Some(escaped) if escaped == delimiter => text.push(escaped),
                    Some(escaped) => text.extend(['\\', escaped]),
                    None => break,
                }
            } else {
                text.push(next);
            }
        }
        Err(format!("unmatched '{delimiter}'"))
    }

    fn number(&mut self) -> usize {
        let mut digits = String::new();
        while let Some(digit) = self.rest.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        digits.parse().unwrap_or(usize::MAX)
    }

    fn skip_blanks(&mut self) {
        while self.rest.next_if(|next| matches!(next, ' ' | '\t')).is_some() {}
    }

    fn address(&mut self) -> Result<Option<Address>, String> {
        Ok(match self.rest.peek() {
            Some('0'..='9') => Some(Address::Line(self.number())),
            Some('$') => {
                self.rest.next();
                Some(Address::Last)
            }
            Some('/' | '\\') => {
                let mut delimiter = self.rest.next().unwrap_or('/');
                if delimiter == '\\' {
                    delimiter = self.rest.next().ok_or("missing command")?;
                }
                let pattern = self.until(delimiter)?;
                Some(Address::Match(regex::compile(&pattern, self.is_extended, false)?))
            }
            Some(_) | None => None,
        })
    }

    fn script(mut self) -> Result<Script, String> {
        loop {
            while self.rest.next_if(|next| next.is_whitespace() || *next == ';').is_some() {}
            match self.rest.peek() {
                None => break,
                Some('#') => {
                    self.rest_of_line();
                    continue;
                }
                Some(_) => {}
            }
            let from = self.address()?;
            self.skip_blanks();
            let mut to = None;
            if from.is_some() && self.rest.next_if_eq(&',').is_some() {
                self.skip_blanks();
                to = match self.rest.next_if_eq(&'+') {
                    Some(_) => Some(Address::After(self.number())),
                    None => self.address()?,
                };
                if to.is_none() {
                    return Err("no address after comma".to_owned());
                }
            }
            // The line before the first stands for all.
            let from = from.filter(|from| to.is_some() || !matches!(from, Address::Line(0)));
            self.skip_blanks();
            let is_negated = self.rest.next_if_eq(&'!').is_some();
            self.skip_blanks();
            if let Some(action) = self.action()? {
                self.commands.push(Command { from, to, is_negated, inside: None, action });
            }
        }
        // What is not closed ends with the script.
        while !self.open.is_empty() {
            self.close();
        }
        for command in &self.commands {
            if let Action::Jump { label, .. } = &command.action
                && !label.is_empty()
                && !self.labels.iter().any(|(known, _)| known == label)
            {
                return Err(format!("can't find label for jump to '{label}'"));
            }
        }
        Ok(Script { commands: self.commands, labels: self.labels })
    }

    fn close(&mut self) {
        let after = self.commands.len();
        if let Some(Action::Block { end }) = self.open.pop().map(|at| &mut self.commands[at].action) {
            *end = after;
        }
    }

    fn action(&mut self) -> Result<Option<Action>, String> {
        let jump = |reader: &mut Self, when: When| Action::Jump { label: reader.label(), when };
        Ok(Some(match self.rest.next() {
            Some('{') => {
                if MAX_DEPTH <= self.open.len() {
                    return Err("nesting too deep".to_owned());
                }
                self.open.push(self.commands.len());
                Action::Block { end: 0 }
            }
            Some('}') => {
                self.close();
                return Ok(None);
            }
            Some(':') => {
                let label = self.label();
                self.labels.push((label, self.commands.len()));
                return Ok(None);
            }
            Some('p') => Action::Print,
            Some('P') => Action::PrintFirst,
            Some('=') => Action::PrintNumber,
            Some('d') => Action::Delete,
            Some('D') => Action::DeleteFirst,
            Some('n') => Action::Next,
            Some('N') => Action::Join,
            Some(letter @ ('h' | 'H')) => Action::Hold { appends: letter == 'H' },
            Some(letter @ ('g' | 'G')) => Action::Get { appends: letter == 'G' },
            Some('x') => Action::Exchange,
            Some('l') => Action::Nothing,
            Some('q') => Action::Quit,
            Some('b') => jump(self, When::Always),
            Some('t') => jump(self, When::Substituted),
            Some('T') => jump(self, When::NotSubstituted),
            Some('a') => Action::Append(self.text()),
            Some('i') => Action::Insert(self.text()),
            Some('c') => Action::Change(self.text()),
            Some('r') => {
                self.skip_blanks();
                Action::AppendFile(self.rest_of_line())
            }
            Some('y') => {
                let delimiter = self.rest.next().ok_or("missing command")?;
                let from = self.until(delimiter)?;
                let to = self.until(delimiter)?;
                // Of a character that stands twice the first place counts.
                let pairs: Vec<(char, char)> = from.chars().zip(to.chars()).collect();
                Action::Translate(pairs.into_iter().rev().collect())
            }
            Some('s') => self.substitution()?,
            Some(other) => return Err(format!("unsupported command {other}")),
            None => return Err("missing command".to_owned()),
        }))
    }

    fn rest_of_line(&mut self) -> String {
        let mut text = String::new();
        text.extend(std::iter::from_fn(|| self.rest.next_if(|next| *next != '\n')));
        text
    }

    fn label(&mut self) -> String {
        self.skip_blanks();
        let mut label = String::new();
        label.extend(std::iter::from_fn(|| self.rest.next_if(|next| !next.is_whitespace() && !";}".contains(*next))));
        label
    }

    /// The text of `a`, `i` and `c`: to the end of the line, and further where a backslash ends it.
    fn text(&mut self) -> String {
        self.skip_blanks();
        if self.rest.next_if_eq(&'\\').is_some() {
            self.rest.next_if_eq(&'\n');
        }
        let mut text = String::new();
        while let Some(next) = self.rest.next().filter(|next| *next != '\n') {
            text.extend(if next == '\\' { self.rest.next() } else { Some(next) });
        }
        text
    }

    fn substitution(&mut self) -> Result<Action, String> {
        let delimiter = self.rest.next().ok_or("missing command")?;
        let pattern = self.until(delimiter)?;
        let replacement = self.until(delimiter)?;
        let (mut all, mut prints, mut ignores_case, mut nth) = (false, false, false, 1);
        loop {
            match self.rest.peek() {
                Some('g') => all = true,
                Some('p') => prints = true,
                Some('i' | 'I') => ignores_case = true,
                Some('1'..='9') => {
                    nth = self.number();
                    continue;
                }
                Some(';' | '}' | '#') | None => break,
                Some(next) if next.is_whitespace() => break,
                Some(_) => return Err("bad option in substitution expression".to_owned()),
            }
            self.rest.next();
        }
        let pattern = regex::compile(&pattern, self.is_extended, ignores_case)?;
        Ok(Action::Substitute { pattern, replacement, all, prints, nth })
    }
}
