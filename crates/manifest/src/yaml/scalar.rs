//! The three ways to write a scalar: plain, quoted and as a block.
//!
//! Upstream: `yaml_parser_scan_plain_scalar`, `..._flow_scalar` and `..._block_scalar` of go-yaml v2. Its double quotes have no
//! `\/`, unlike YAML 1.2.

use super::scan::{Scanner, is_blank, is_blank_or_end, is_break, is_break_or_end};
use super::{Mark, YamlError};

/// White space between words, which folds into a space or into line breaks.
#[derive(Default)]
struct Folding {
    blanks: String,
    first_break: String,
    more_breaks: String,
    has_break: bool,
}

impl Folding {
    /// Reads blanks and line breaks; blanks after a line break are indentation.
    fn read(&mut self, scanner: &mut Scanner) {
        if is_blank(scanner.at(0)) {
            if self.has_break { scanner.skip() } else { scanner.read(&mut self.blanks) }
        } else if self.has_break {
            scanner.read_break(&mut self.more_breaks);
        } else {
            self.blanks.clear();
            scanner.read_break(&mut self.first_break);
            self.has_break = true;
        }
    }

    /// Appends what the white space stands for: one line break is a space, more lose the first.
    fn join(&mut self, into: &mut String) {
        if !self.has_break {
            into.push_str(&self.blanks);
        } else if !self.first_break.starts_with('\n') {
            into.push_str(&self.first_break);
            into.push_str(&self.more_breaks);
        } else if self.more_breaks.is_empty() {
            into.push(' ');
        } else {
            into.push_str(&self.more_breaks);
        }
        *self = Folding::default();
    }
}

impl Scanner {
    pub(super) fn scan_plain_scalar(&mut self, start: Mark) -> Result<String, YamlError> {
        let mut text = String::new();
        let mut folding = Folding::default();
        let indent = self.indent + 1;
        loop {
            if self.is_at_document_mark() || self.at(0) == '#' {
                break;
            }
            let mut has_text = false;
            while !is_blank_or_end(self.at(0)) {
                let c = self.at(0);
                if (c == ':' && is_blank_or_end(self.at(1))) || (self.is_in_flow() && ",?[]{}".contains(c)) {
                    break;
                }
                if !has_text {
                    folding.join(&mut text);
                    has_text = true;
                }
                self.read(&mut text);
            }
            if !(is_blank(self.at(0)) || is_break(self.at(0))) {
                break;
            }
            while is_blank(self.at(0)) || is_break(self.at(0)) {
                if folding.has_break && (self.mark.column as isize) < indent && self.at(0) == '\t' {
                    let problem = "found a tab character that violates indentation";
                    return Err(YamlError::scanner(Some(start), problem, self.mark));
                }
                folding.read(self);
            }
            if !self.is_in_flow() && (self.mark.column as isize) < indent {
                break;
            }
        }
        if folding.has_break {
            self.allow_simple_key();
        }
        Ok(text)
    }

    pub(super) fn scan_flow_scalar(&mut self, start: Mark) -> Result<String, YamlError> {
        let quote = self.at(0);
        self.skip();
        let mut text = String::new();
        loop {
            if self.is_at_document_mark() {
                return Err(YamlError::scanner(Some(start), "found unexpected document indicator", self.mark));
            }
            if self.at(0) == '\0' {
                return Err(YamlError::scanner(Some(start), "found unexpected end of stream", self.mark));
            }
            let mut folding = Folding::default();
            while !is_blank_or_end(self.at(0)) {
                match (quote, self.at(0), self.at(1)) {
                    ('\'', '\'', '\'') => {
                        text.push('\'');
                        self.skip();
                        self.skip();
                    }
                    (quote, c, _) if c == quote => break,
                    ('"', '\\', next) if is_break(next) => {
                        self.skip();
                        self.skip_break();
                        folding.has_break = true;
                        break;
                    }
                    ('"', '\\', _) => self.scan_escape(start, &mut text)?,
                    _ => self.read(&mut text),
                }
            }
            if self.at(0) == quote {
                break;
            }
            while is_blank(self.at(0)) || is_break(self.at(0)) {
                folding.read(self);
            }
            folding.join(&mut text);
        }
        self.skip();
        Ok(text)
    }

    fn scan_escape(&mut self, start: Mark, text: &mut String) -> Result<(), YamlError> {
        let digits = match self.at(1) {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            simple => {
                let c = match simple {
                    '0' => '\0',
                    'a' => '\u{7}',
                    'b' => '\u{8}',
                    't' | '\t' => '\t',
                    'n' => '\n',
                    'v' => '\u{b}',
                    'f' => '\u{c}',
                    'r' => '\r',
                    'e' => '\u{1b}',
                    ' ' | '"' | '\'' | '\\' => simple,
                    'N' => '\u{85}',
                    '_' => '\u{a0}',
                    'L' => '\u{2028}',
                    'P' => '\u{2029}',
                    _ => return Err(YamlError::scanner(Some(start), "found unknown escape character", self.mark)),
                };
                text.push(c);
                self.skip();
                self.skip();
                return Ok(());
            }
        };
        self.skip();
        self.skip();
        let mut code = 0_u32;
        for ahead in 0..digits {
            let Some(digit) = self.at(ahead).to_digit(16) else {
                return Err(YamlError::scanner(Some(start), "did not find expected hexdecimal number", self.mark));
            };
            code = (code << 4) | digit;
        }
        let Some(c) = char::from_u32(code) else {
            return Err(YamlError::scanner(Some(start), "found invalid Unicode character escape code", self.mark));
        };
        text.push(c);
        for _ in 0..digits {
            self.skip();
        }
        Ok(())
    }

    pub(super) fn scan_block_scalar(&mut self, is_literal: bool) -> Result<String, YamlError> {
        let start = self.mark;
        self.skip();
        let (chomping, increment) = self.scan_block_header(start)?;
        self.finish_line(start)?;
        let mut indent = match increment {
            0 => 0,
            increment => self.indent.max(0) as usize + increment,
        };
        let mut text = String::new();
        let mut leading_break = String::new();
        let mut trailing_breaks = String::new();
        self.scan_block_breaks(&mut indent, &mut trailing_breaks, start)?;
        let mut leading_blank = false;
        while self.mark.column == indent && self.at(0) != '\0' {
            let trailing_blank = is_blank(self.at(0));
            if !is_literal && !leading_blank && !trailing_blank && leading_break.starts_with('\n') {
                if trailing_breaks.is_empty() {
                    text.push(' ');
                }
            } else {
                text.push_str(&leading_break);
            }
            leading_break.clear();
            text.push_str(&trailing_breaks);
            trailing_breaks.clear();
            leading_blank = is_blank(self.at(0));
            while !is_break_or_end(self.at(0)) {
                self.read(&mut text);
            }
            if is_break(self.at(0)) {
                self.read_break(&mut leading_break);
            }
            self.scan_block_breaks(&mut indent, &mut trailing_breaks, start)?;
        }
        if chomping != Some('-') {
            text.push_str(&leading_break);
        }
        if chomping == Some('+') {
            text.push_str(&trailing_breaks);
        }
        Ok(text)
    }

    /// The chomping indicator and the indentation (0: to be found), in either order.
    fn scan_block_header(&mut self, start: Mark) -> Result<(Option<char>, usize), YamlError> {
        let mut chomping = None;
        let mut increment = 0;
        for _ in 0..2 {
            match self.at(0) {
                sign @ ('+' | '-') if chomping.is_none() => chomping = Some(sign),
                '0' if increment == 0 => {
                    let problem = "found an indentation indicator equal to 0";
                    return Err(YamlError::scanner(Some(start), problem, self.mark));
                }
                digit @ '1'..='9' if increment == 0 => increment = digit as usize - '0' as usize,
                _ => break,
            }
            self.skip();
        }
        Ok((chomping, increment))
    }

    /// Indentation and empty lines; finds the indentation when it is still 0.
    fn scan_block_breaks(&mut self, indent: &mut usize, breaks: &mut String, start: Mark) -> Result<(), YamlError> {
        let mut deepest = 0;
        loop {
            while (*indent == 0 || self.mark.column < *indent) && self.at(0) == ' ' {
                self.skip();
            }
            deepest = deepest.max(self.mark.column);
            if (*indent == 0 || self.mark.column < *indent) && self.at(0) == '\t' {
                let problem = "found a tab character where an indentation space is expected";
                return Err(YamlError::scanner(Some(start), problem, self.mark));
            }
            if !is_break(self.at(0)) {
                break;
            }
            self.read_break(breaks);
        }
        if *indent == 0 {
            *indent = deepest.max((self.indent + 1).max(1) as usize);
        }
        Ok(())
    }
}
