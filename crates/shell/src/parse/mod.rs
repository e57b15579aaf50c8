//! From text to the interpreter's program, as `shell/ash.c` of busybox reads it: one pass, by descent.
//!
//! [`token`] finds words, operators and here-documents, [`word`] splits a word into its expansions, [`grammar`] joins both into
//! commands. A substitution within a word is read by the grammar where it stands, so that quotes and brackets nest as they are
//! meant to. The messages are ash's.
//!
//! Not taken over: aliases, and running the lines before a faulty one. Bounded: the length of a script, and its nesting.

mod grammar;
mod token;
mod word;

use std::sync::Arc;

use crate::syntax::List;
use token::Token;

/// A script that is longer is refused.
const MAX_SCRIPT_BYTES: usize = 256 << 10;
/// Constructs within constructs, substitutions included.
const MAX_NESTING: usize = 40;

/// The words that are part of the grammar where a command may begin.
const KEYWORDS: [&str; 17] =
    ["!", "case", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "then", "until", "while", "{", "}"];

/// Whether a word is part of the grammar.
pub(crate) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// What follows `syntax error: ` in the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError(pub String);

/// The program that `script` is.
pub(crate) fn parse(script: &str) -> Result<Arc<List>, SyntaxError> {
    if MAX_SCRIPT_BYTES < script.len() {
        return Err(error("script too long"));
    }
    Parser::new(script, 0).script()
}

fn error(text: &str) -> SyntaxError {
    SyntaxError(text.to_owned())
}

/// The text, and how far it is read.
struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// Read ahead of the grammar, at most one.
    next: Option<Token>,
    /// The newline after which here-documents stand, and where they end.
    here: Option<(usize, usize)>,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, depth: usize) -> Parser<'a> {
        Parser { text, at: 0, next: None, here: None, depth }
    }

    /// Goes one level deeper, as far as that is allowed. The caller comes up again unless the whole script is refused.
    fn enter(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        if MAX_NESTING < self.depth { Err(error("nesting too deep")) } else { Ok(()) }
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    /// The text that is not read yet.
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn second_byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at + 1).copied()
    }

    /// Reads `text` if it comes next.
    fn eat(&mut self, text: &str) -> bool {
        let comes = self.rest().starts_with(text);
        if comes {
            self.at += text.len();
        }
        comes
    }

    /// Reads one character.
    fn bump(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }
}
