//! Words, operators and newlines; here-documents are read where they are announced.

use super::{Parser, SyntaxError, error};
use crate::syntax::{Part, Piece, Word};

pub(super) enum Token {
    Word(Word),
    Operator(&'static str),
    /// Digits right before a redirection.
    Descriptor(u32),
    Newline,
    End,
}

/// Longer ones before their own beginnings.
const OPERATORS: [&str; 19] =
    ["&>>", "<<-", "<<<", "&&", "||", ";;", "&>", "<<", ">>", "<&", ">&", "<>", ">|", "&", "|", ";", "(", ")", "<"];
const GREATER: &str = ">";

impl Token {
    /// The text of an operator, or of a word that could be a keyword.
    pub(super) fn text(&self) -> &str {
        match self {
            Token::Word(word) => plain_text(word).unwrap_or_default(),
            Token::Operator(text) => text,
            Token::Descriptor(_) | Token::Newline | Token::End => "",
        }
    }

    pub(super) fn is_word(&self) -> bool {
        matches!(self, Token::Word(_))
    }

    pub(super) fn is_redirection(&self) -> bool {
        match self {
            Token::Operator(text) => text.contains(['<', '>']),
            Token::Descriptor(_) => true,
            Token::Word(_) | Token::Newline | Token::End => false,
        }
    }
}

/// The text of a word without quotes and expansions.
pub(super) fn plain_text(word: &Word) -> Option<&str> {
    match word.as_slice() {
        [Piece { part: Part::Text(text), is_quoted: false }] => Some(text),
        _ => None,
    }
}

impl Parser<'_> {
    /// The next token, which stays unread.
    pub(super) fn peek(&mut self) -> Result<&Token, SyntaxError> {
        let token = self.take()?;
        Ok(self.next.insert(token))
    }

    pub(super) fn take(&mut self) -> Result<Token, SyntaxError> {
        match self.next.take() {
            Some(token) => Ok(token),
            None => self.token(),
        }
    }

    fn token(&mut self) -> Result<Token, SyntaxError> {
        self.skip_blanks();
        match self.byte() {
            None => return Ok(Token::End),
            Some(b'\n') => {
                self.newline();
                return Ok(Token::Newline);
            }
            Some(_) => {}
        }
        let rest = self.rest();
        let operator = OPERATORS.iter().chain([&GREATER]).find(|text| rest.starts_with(**text));
        if let Some(operator) = operator {
            self.at += operator.len();
            return Ok(Token::Operator(operator));
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if let (Ok(number), Some(b'<' | b'>')) = (rest[..digits].parse(), rest.as_bytes().get(digits)) {
            self.at += digits;
            return Ok(Token::Descriptor(number));
        }
        self.word().map(Token::Word)
    }

    /// Blanks, continued lines and comments.
    fn skip_blanks(&mut self) {
        loop {
            match self.byte() {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\\') if self.second_byte() == Some(b'\n') => self.at += 2,
                Some(b'#') => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                _ => return,
            }
        }
    }

    /// Reads the newline, and the here-documents that follow it.
    fn newline(&mut self) {
        self.at = match self.here {
            Some((line_end, end)) if line_end == self.at => end,
            _ => self.at + 1,
        };
    }

    /// The text of the here-document that `<<` announces. It begins after this line, or after the one before it.
    pub(super) fn here_document(&mut self, strips_tabs: bool) -> Result<Word, SyntaxError> {
        let delimiter = self.any_word()?;
        let is_quoted = delimiter.iter().any(|piece| piece.is_quoted);
        let mut end_mark = String::new();
        for piece in delimiter {
            match piece.part {
                Part::Text(text) => end_mark.push_str(&text),
                Part::Home => end_mark.push('~'),
                Part::Parameter(_) | Part::Substitution(_) | Part::Arithmetic(_) => return Err(error("unexpected redirection")),
            }
        }
        // The line of an earlier document is not looked through again: it may hold very many.
        let line_end = self.here.map(|(known, _)| known).filter(|known| self.at <= *known).unwrap_or_else(|| self.line_end());
        let mut at = match self.here {
            Some((known, end)) if known == line_end => end,
            _ => line_end + 1,
        };
        let mut body = String::new();
        while let Some(rest) = self.text.get(at..).filter(|rest| !rest.is_empty()) {
            let line = rest.split('\n').next().unwrap_or(rest);
            at += line.len() + 1;
            let line = if strips_tabs { line.trim_start_matches('\t') } else { line };
            if line == end_mark {
                break;
            }
            body.push_str(line);
            body.push('\n');
        }
        self.here = Some((line_end, at.min(self.text.len())));
        if is_quoted {
            return Ok(vec![Piece { part: Part::Text(body), is_quoted: true }]);
        }
        Parser::new(&body, self.depth).quoted_text()
    }

    /// Where the line that is being read ends: at the next newline that is not quoted.
    fn line_end(&self) -> usize {
        let (mut quote, mut before) = (None, b' ');
        let mut bytes = self.text.bytes().enumerate().skip(self.at);
        while let Some((at, byte)) = bytes.next() {
            match (quote, byte) {
                (None, b'\n') => return at,
                (None, b'#') if before.is_ascii_whitespace() => {
                    return self.text[at..].find('\n').map_or(self.text.len(), |length| at + length);
                }
                (None, b'\'' | b'"') => quote = Some(byte),
                (None | Some(b'"'), b'\\') => {
                    bytes.next();
                }
                (Some(open), _) if open == byte => quote = None,
                (_, _) => {}
            }
            before = byte;
        }
        self.text.len()
    }
}
