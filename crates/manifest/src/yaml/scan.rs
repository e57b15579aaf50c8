//! Characters to tokens: indentation, flow brackets and simple keys.
//!
//! Upstream: the scanner of go-yaml v2 (`scannerc.go`), a descendant of libyaml. A simple key is a scalar that turns out to be
//! a key only when its `:` is seen; it must end on its line and within 1024 characters.

use std::collections::VecDeque;

use super::{Mark, YamlError};

/// The longest simple key, in characters.
const SIMPLE_KEY_LENGTH: usize = 1024;

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    StreamEnd,
    VersionDirective { major: u32, minor: u32 },
    TagDirective { handle: String, prefix: String },
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    Tag { handle: String, suffix: String },
    Scalar { text: String, is_plain: bool },
}

/// A token and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) mark: Mark,
}

/// A place that may turn out to begin a key.
#[derive(Clone, Copy, Debug)]
struct SimpleKey {
    required: bool,
    token_number: usize,
    mark: Mark,
    /// Whether the token waits until it is known; see [`Scanner::leave_flow`].
    is_awaited: bool,
}

/// The possible key of the block context, or of a flow collection.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    key: Option<SimpleKey>,
    /// The token of the last possible key; at first that of the bracket.
    token_number: usize,
}

/// The scanner over the characters of one document.
pub(super) struct Scanner {
    chars: Vec<char>,
    pub(super) mark: Mark,
    tokens: VecDeque<Token>,
    /// Tokens handed out so far.
    taken: usize,
    /// The column of the innermost block collection; -1 outside of all.
    pub(super) indent: isize,
    indents: Vec<isize>,
    simple_key_allowed: bool,
    /// The possible key of each flow level; the first entry is that of the block context.
    levels: Vec<Level>,
    has_ended: bool,
    /// What the reader says when it comes to the end of the characters, where it cannot read on.
    failure: Option<YamlError>,
}

pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// Blank, line break or end of the text.
pub(super) fn is_blank_or_end(c: char) -> bool {
    is_blank(c) || is_break_or_end(c)
}

pub(super) fn is_break_or_end(c: char) -> bool {
    is_break(c) || c == '\0'
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// Stands for a byte that is no UTF-8. No text holds this character, and a YAML document must not.
pub const NOT_UTF8: char = '\u{ffff}';

/// The library reads so many bytes at once, and looks at all of them before it gives any of them out.
const CHUNK: usize = 512;

/// The characters that the library's reader accepts.
fn is_printable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

impl Scanner {
    pub(super) fn new(text: &str) -> Result<Scanner, YamlError> {
        let (text, mut end) = text.strip_prefix('\u{feff}').map_or((text, CHUNK), |rest| (rest, CHUNK - 3));
        let mut chars: Vec<char> = text.chars().collect();
        let mut failure = None;
        if let Some(at) = chars.iter().position(|c| !is_printable(*c)) {
            let before = &chars[..at];
            let column = before.iter().rev().take_while(|c| !is_break(**c)).count();
            let line = before.iter().filter(|c| is_break(**c)).count();
            let mark = Mark { index: at, line, column };
            let message = match chars[at] {
                NOT_UTF8 => "yaml: invalid leading UTF-8 octet",
                _ => "yaml: control characters are not allowed",
            };
            let error = YamlError::plain(message.to_owned(), Some(mark));
            // What stands in the chunks before can be read, and may be wrong in another way.
            let bytes: usize = before.iter().map(|c| c.len_utf8()).sum();
            let mut start = 0;
            while end <= bytes {
                // The beginning of a character that goes on behind the chunk is kept for the next one.
                start = (0..=end).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
                end = start + CHUNK;
            }
            if start == 0 {
                return Err(error);
            }
            chars.truncate(text[..start].chars().count());
            failure = Some(error);
        }
        Ok(Scanner {
            chars,
            mark: Mark::default(),
            tokens: VecDeque::new(),
            taken: 0,
            indent: -1,
            indents: Vec::new(),
            simple_key_allowed: true,
            levels: vec![Level::default()],
            has_ended: false,
            failure,
        })
    }

    /// The next token, without taking it.
    pub(super) fn peek(&mut self) -> Result<&Token, YamlError> {
        self.fetch_enough()?;
        Ok(self.tokens.front().expect("fetch_enough leaves a token, and the stream's end is never taken"))
    }

    /// Takes the token that `peek` showed.
    pub(super) fn take(&mut self) -> Result<Token, YamlError> {
        self.fetch_enough()?;
        if self.tokens.front().is_some_and(|token| token.kind == TokenKind::StreamEnd) {
            return Ok(self.tokens[0].clone());
        }
        self.taken += 1;
        Ok(self.tokens.pop_front().expect("fetch_enough leaves a token"))
    }

    /// The character `ahead` of the reader; NUL past the end.
    pub(super) fn at(&self, ahead: usize) -> char {
        self.chars.get(self.mark.index + ahead).copied().unwrap_or('\0')
    }

    /// Steps over a character that is not a line break.
    pub(super) fn skip(&mut self) {
        self.mark.index += 1;
        self.mark.column += 1;
    }

    /// Steps over a character and appends it.
    pub(super) fn read(&mut self, into: &mut String) {
        into.push(self.at(0));
        self.skip();
    }

    /// Steps over a line break and appends what it stands for.
    pub(super) fn read_break(&mut self, into: &mut String) {
        let c = self.at(0);
        self.mark.index += if c == '\r' && self.at(1) == '\n' { 2 } else { 1 };
        into.push(if matches!(c, '\u{2028}' | '\u{2029}') { c } else { '\n' });
        self.mark.column = 0;
        self.mark.line += 1;
    }

    pub(super) fn skip_break(&mut self) {
        self.read_break(&mut String::new());
    }

    pub(super) fn is_in_flow(&self) -> bool {
        self.levels.len() > 1
    }

    pub(super) fn allow_simple_key(&mut self) {
        self.simple_key_allowed = true;
    }

    /// Whether `---` or `...` stands at the beginning of this line.
    pub(super) fn is_at_document_mark(&self) -> bool {
        let mark = (self.at(0), self.at(1), self.at(2));
        self.mark.column == 0 && (mark == ('-', '-', '-') || mark == ('.', '.', '.')) && is_blank_or_end(self.at(3))
    }

    /// Tokens are known only once no pending simple key can come before them.
    fn fetch_enough(&mut self) -> Result<(), YamlError> {
        loop {
            if !self.tokens.is_empty() {
                let awaited = |key: SimpleKey| key.is_awaited && key.token_number == self.taken;
                let level = self.levels.iter().position(|level| level.key.is_some_and(awaited));
                match level {
                    None => return Ok(()),
                    Some(level) => {
                        if !self.is_simple_key_valid(level)? {
                            return Ok(());
                        }
                    }
                }
            }
            if self.has_ended {
                return Ok(());
            }
            let fetched = if self.is_stuck(3) { Ok(()) } else { self.fetch_next() };
            match &self.failure {
                Some(failure) if self.is_stuck(0) || (fetched.is_ok() && self.is_stuck(3)) => return Err(failure.clone()),
                Some(_) | None => fetched?,
            }
        }
    }

    /// Whether the reader cannot get as far as `ahead`.
    fn is_stuck(&self, ahead: usize) -> bool {
        self.failure.is_some() && self.chars.len() <= self.mark.index + ahead
    }

    fn is_simple_key_valid(&mut self, level: usize) -> Result<bool, YamlError> {
        let Some(key) = self.levels[level].key else { return Ok(false) };
        if key.mark.line < self.mark.line || key.mark.index + SIMPLE_KEY_LENGTH < self.mark.index {
            if key.required {
                return Err(YamlError::scanner(Some(key.mark), "could not find expected ':'", self.mark));
            }
            self.levels[level].key = None;
            return Ok(false);
        }
        Ok(true)
    }

    fn fetch_next(&mut self) -> Result<(), YamlError> {
        self.skip_to_next_token();
        self.unroll_indent(self.mark.column as isize);
        let (c, next) = (self.at(0), self.at(1));
        if c == '\0' {
            return self.fetch_stream_end();
        }
        if self.mark.column == 0 && c == '%' {
            return self.fetch_directive();
        }
        if self.is_at_document_mark() {
            return self.fetch_document_mark();
        }
        let in_flow = self.is_in_flow();
        match c {
            '[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            '{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            ']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            '}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            ',' => {
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                self.push_and_skip(TokenKind::FlowEntry);
                Ok(())
            }
            '-' if is_blank_or_end(next) => self.fetch_block_entry(),
            '?' if in_flow || is_blank_or_end(next) => self.fetch_key(),
            ':' if in_flow || is_blank_or_end(next) => self.fetch_value(),
            '*' | '&' => self.fetch_node_part(|scanner, mark| scanner.scan_anchor(mark)),
            '!' => self.fetch_node_part(|scanner, mark| scanner.scan_tag(mark)),
            '|' | '>' if !in_flow => {
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                let mark = self.mark;
                let text = self.scan_block_scalar(c == '|')?;
                self.tokens.push_back(Token { kind: TokenKind::Scalar { text, is_plain: false }, mark });
                Ok(())
            }
            '\'' | '"' => self.fetch_node_part(|scanner, mark| {
                let text = scanner.scan_flow_scalar(mark)?;
                Ok(TokenKind::Scalar { text, is_plain: false })
            }),
            _ if self.starts_plain_scalar() => self.fetch_node_part(|scanner, mark| {
                let text = scanner.scan_plain_scalar(mark)?;
                Ok(TokenKind::Scalar { text, is_plain: true })
            }),
            _ => Err(YamlError::scanner(Some(self.mark), "found character that cannot start any token", self.mark)),
        }
    }

    fn starts_plain_scalar(&self) -> bool {
        let (c, next) = (self.at(0), self.at(1));
        let is_indicator = is_blank_or_end(c) || "-?:,[]{}#&*!|>'\"%@`".contains(c);
        !is_indicator || (c == '-' && !is_blank(next)) || (!self.is_in_flow() && (c == '?' || c == ':') && !is_blank_or_end(next))
    }

    /// Spaces, comments and line breaks. Tabs count as space only where they cannot be taken for indentation.
    fn skip_to_next_token(&mut self) {
        loop {
            while self.at(0) == ' ' || (self.at(0) == '\t' && (self.is_in_flow() || !self.simple_key_allowed)) {
                self.skip();
            }
            if self.at(0) == '#' {
                while !is_break_or_end(self.at(0)) {
                    self.skip();
                }
            }
            if !is_break(self.at(0)) {
                return;
            }
            self.skip_break();
            if !self.is_in_flow() {
                self.simple_key_allowed = true;
            }
        }
    }

    fn push_and_skip(&mut self, kind: TokenKind) {
        self.tokens.push_back(Token { kind, mark: self.mark });
        self.skip();
    }

    /// Opens a block collection if this column lies further right; `number` is the token before which it opens.
    fn roll_indent(&mut self, column: usize, number: Option<usize>, kind: TokenKind, mark: Mark) {
        if self.is_in_flow() || self.indent >= column as isize {
            return;
        }
        self.indents.push(self.indent);
        self.indent = column as isize;
        let token = Token { kind, mark };
        match number {
            Some(number) => self.insert(number, token),
            None => self.tokens.push_back(token),
        }
    }

    /// Puts a token before another; last, if that one is taken already.
    fn insert(&mut self, number: usize, token: Token) {
        let at = number.checked_sub(self.taken).unwrap_or(self.tokens.len());
        self.tokens.insert(at, token);
    }

    /// Closes every block collection that lies further right than `column`.
    fn unroll_indent(&mut self, column: isize) {
        if self.is_in_flow() {
            return;
        }
        while self.indent > column {
            self.tokens.push_back(Token { kind: TokenKind::BlockEnd, mark: self.mark });
            self.indent = self.indents.pop().expect("each indentation pushed the one before");
        }
    }

    fn save_simple_key(&mut self) -> Result<(), YamlError> {
        let required = !self.is_in_flow() && self.indent == self.mark.column as isize;
        if self.simple_key_allowed {
            self.remove_simple_key()?;
            let token_number = self.taken + self.tokens.len();
            let key = SimpleKey { required, token_number, mark: self.mark, is_awaited: true };
            *self.levels.last_mut().expect("the block context has an entry") = Level { key: Some(key), token_number };
        }
        Ok(())
    }

    fn remove_simple_key(&mut self) -> Result<(), YamlError> {
        match self.levels.last_mut().and_then(|level| level.key.take()) {
            Some(key) if key.required => Err(YamlError::scanner(Some(key.mark), "could not find expected ':'", self.mark)),
            Some(_) | None => Ok(()),
        }
    }

    fn fetch_stream_end(&mut self) -> Result<(), YamlError> {
        if self.mark.column != 0 {
            self.mark.column = 0;
            self.mark.line += 1;
        }
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.has_ended = true;
        self.tokens.push_back(Token { kind: TokenKind::StreamEnd, mark: self.mark });
        Ok(())
    }

    fn fetch_document_mark(&mut self) -> Result<(), YamlError> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let kind = if self.at(0) == '-' { TokenKind::DocumentStart } else { TokenKind::DocumentEnd };
        self.push_and_skip(kind);
        self.skip();
        self.skip();
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind) -> Result<(), YamlError> {
        self.save_simple_key()?;
        self.levels.push(Level { key: None, token_number: self.taken + self.tokens.len() });
        self.simple_key_allowed = true;
        self.push_and_skip(kind);
        Ok(())
    }

    /// The library forgets to wait for the last token of the level, which may be the bracket, when there was no other: `{}: x` is read
    /// as `{}` and something more.
    fn leave_flow(&mut self) {
        if self.is_in_flow()
            && let Some(left) = self.levels.pop()
        {
            for key in self.levels.iter_mut().filter_map(|level| level.key.as_mut()) {
                key.is_awaited &= key.token_number != left.token_number;
            }
        }
    }

    fn fetch_flow_end(&mut self, kind: TokenKind) -> Result<(), YamlError> {
        self.remove_simple_key()?;
        self.leave_flow();
        self.simple_key_allowed = false;
        self.push_and_skip(kind);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), YamlError> {
        if !self.is_in_flow() {
            if !self.simple_key_allowed {
                return Err(YamlError::scanner(
                    Some(self.mark),
                    "block sequence entries are not allowed in this context",
                    self.mark,
                ));
            }
            self.roll_indent(self.mark.column, None, TokenKind::BlockSequenceStart, self.mark);
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_and_skip(TokenKind::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), YamlError> {
        if !self.is_in_flow() {
            if !self.simple_key_allowed {
                return Err(YamlError::scanner(Some(self.mark), "mapping keys are not allowed in this context", self.mark));
            }
            self.roll_indent(self.mark.column, None, TokenKind::BlockMappingStart, self.mark);
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = !self.is_in_flow();
        self.push_and_skip(TokenKind::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), YamlError> {
        let level = self.levels.len() - 1;
        let key = self.levels[level].key;
        if let (true, Some(key)) = (self.is_simple_key_valid(level)?, key) {
            self.insert(key.token_number, Token { kind: TokenKind::Key, mark: key.mark });
            self.roll_indent(key.mark.column, Some(key.token_number), TokenKind::BlockMappingStart, key.mark);
            self.levels[level].key = None;
            self.simple_key_allowed = false;
        } else {
            if !self.is_in_flow() {
                if !self.simple_key_allowed {
                    return Err(YamlError::scanner(Some(self.mark), "mapping values are not allowed in this context", self.mark));
                }
                self.roll_indent(self.mark.column, None, TokenKind::BlockMappingStart, self.mark);
            }
            self.simple_key_allowed = !self.is_in_flow();
        }
        self.push_and_skip(TokenKind::Value);
        Ok(())
    }

    /// Anchors, aliases, tags and flow scalars: each may begin a simple key.
    fn fetch_node_part(&mut self, scan: impl FnOnce(&mut Self, Mark) -> Result<TokenKind, YamlError>) -> Result<(), YamlError> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let mark = self.mark;
        let kind = scan(self, mark)?;
        self.tokens.push_back(Token { kind, mark });
        Ok(())
    }

    fn scan_anchor(&mut self, start: Mark) -> Result<TokenKind, YamlError> {
        let is_alias = self.at(0) == '*';
        self.skip();
        let mut name = String::new();
        while is_word(self.at(0)) {
            self.read(&mut name);
        }
        if name.is_empty() || !(is_blank_or_end(self.at(0)) || "?:,]}%@`".contains(self.at(0))) {
            return Err(YamlError::scanner(Some(start), "did not find expected alphabetic or numeric character", self.mark));
        }
        Ok(if is_alias { TokenKind::Alias(name) } else { TokenKind::Anchor(name) })
    }

    fn scan_tag(&mut self, start: Mark) -> Result<TokenKind, YamlError> {
        let (handle, suffix);
        if self.at(1) == '<' {
            self.skip();
            self.skip();
            suffix = self.scan_tag_uri("", start)?;
            if self.at(0) != '>' {
                return Err(YamlError::scanner(Some(start), "did not find the expected '>'", self.mark));
            }
            self.skip();
            handle = String::new();
        } else {
            let mut first = String::new();
            self.read(&mut first);
            while is_word(self.at(0)) {
                self.read(&mut first);
            }
            if self.at(0) == '!' {
                self.read(&mut first);
            }
            if first.len() > 1 && first.ends_with('!') {
                handle = first;
                suffix = self.scan_tag_uri("", start)?;
            } else {
                let rest = self.scan_tag_uri(&first, start)?;
                // A lone `!` is the tag itself.
                (handle, suffix) = if rest.is_empty() { (String::new(), "!".to_owned()) } else { ("!".to_owned(), rest) };
            }
        }
        if !is_blank_or_end(self.at(0)) {
            return Err(YamlError::scanner(Some(start), "did not find expected whitespace or line break", self.mark));
        }
        Ok(TokenKind::Tag { handle, suffix })
    }

    /// What follows `head`, whose exclamation mark is no part of the suffix.
    fn scan_tag_uri(&mut self, head: &str, start: Mark) -> Result<String, YamlError> {
        let mut uri = head.strip_prefix('!').unwrap_or_default().to_owned();
        while is_word(self.at(0)) || ";/?:@&=+$,.!~*'()[]%".contains(self.at(0)) {
            match self.at(0) {
                '%' => self.scan_uri_escapes(start, &mut uri)?,
                _ => self.read(&mut uri),
            }
        }
        if head.is_empty() && uri.is_empty() {
            return Err(YamlError::scanner(Some(start), "did not find expected tag URI", self.mark));
        }
        Ok(uri)
    }

    /// A character whose octets are written as `%41`.
    fn scan_uri_escapes(&mut self, start: Mark, into: &mut String) -> Result<(), YamlError> {
        let mut octets = Vec::new();
        let mut width = 1;
        while octets.len() < width {
            let digits = [self.at(0), self.at(1), self.at(2)];
            let ('%', Some(high), Some(low)) = (digits[0], digits[1].to_digit(16), digits[2].to_digit(16)) else {
                return Err(YamlError::scanner(Some(start), "did not find URI escaped octet", self.mark));
            };
            let octet = (high * 16 + low) as u8;
            if octets.is_empty() {
                width = match octet.leading_ones() {
                    0 => 1,
                    ones @ 2..=4 => ones as usize,
                    _ => return Err(YamlError::scanner(Some(start), "found an incorrect leading UTF-8 octet", self.mark)),
                };
            } else if octet.leading_ones() != 1 {
                return Err(YamlError::scanner(Some(start), "found an incorrect trailing UTF-8 octet", self.mark));
            }
            octets.push(octet);
            (0..digits.len()).for_each(|_| self.skip());
        }
        into.push_str(&String::from_utf8_lossy(&octets));
        Ok(())
    }

    fn fetch_directive(&mut self) -> Result<(), YamlError> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        let fail = |scanner: &Scanner, problem: &str| Err(YamlError::scanner(Some(start), problem, scanner.mark));
        self.skip();
        let mut name = String::new();
        while is_word(self.at(0)) {
            self.read(&mut name);
        }
        if name.is_empty() {
            return fail(self, "could not find expected directive name");
        }
        if !is_blank_or_end(self.at(0)) {
            return fail(self, "found unexpected non-alphabetical character");
        }
        let kind = match name.as_str() {
            "YAML" => {
                while is_blank(self.at(0)) {
                    self.skip();
                }
                let major = self.scan_version_number(start)?;
                if self.at(0) != '.' {
                    return fail(self, "did not find expected digit or '.' character");
                }
                self.skip();
                TokenKind::VersionDirective { major, minor: self.scan_version_number(start)? }
            }
            "TAG" => {
                let mut words = [String::new(), String::new()];
                for word in &mut words {
                    while is_blank(self.at(0)) {
                        self.skip();
                    }
                    while !is_blank_or_end(self.at(0)) {
                        self.read(word);
                    }
                }
                let [handle, prefix] = words;
                if !handle.starts_with('!') {
                    return fail(self, "did not find expected '!'");
                }
                TokenKind::TagDirective { handle, prefix }
            }
            _ => return fail(self, "found unknown directive name"),
        };
        self.finish_line(start)?;
        self.tokens.push_back(Token { kind, mark: start });
        Ok(())
    }

    fn scan_version_number(&mut self, start: Mark) -> Result<u32, YamlError> {
        let mut digits = String::new();
        while self.at(0).is_ascii_digit() {
            self.read(&mut digits);
            if digits.len() > 2 {
                return Err(YamlError::scanner(Some(start), "found extremely long version number", self.mark));
            }
        }
        digits.parse().map_err(|_| YamlError::scanner(Some(start), "did not find expected version number", self.mark))
    }

    /// Blanks and a comment up to the line's end, which must follow.
    pub(super) fn finish_line(&mut self, start: Mark) -> Result<(), YamlError> {
        while is_blank(self.at(0)) {
            self.skip();
        }
        if self.at(0) == '#' {
            while !is_break_or_end(self.at(0)) {
                self.skip();
            }
        }
        if !is_break_or_end(self.at(0)) {
            return Err(YamlError::scanner(Some(start), "did not find expected comment or line break", self.mark));
        }
        if is_break(self.at(0)) {
            self.skip_break();
        }
        Ok(())
    }
}
