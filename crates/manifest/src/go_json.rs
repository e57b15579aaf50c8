//! JSON as Go's `encoding/json` reads it, with its error texts.
//!
//! Upstream: `encoding/json` `scanner.go`. Left out: invalid UTF-8, which a Rust string cannot hold.

use serde_json::Value;

use crate::limits::MAX_DEPTH;

/// A syntax error, or the text's end in the middle of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JsonError {
    /// `None`: the text ended too early.
    problem: Option<String>,
    /// Bytes read when it was found.
    pub(crate) offset: usize,
}

impl JsonError {
    /// As `YAMLOrJSONDecoder` words it: with the offset.
    pub(crate) fn message(&self, offset: usize) -> String {
        match &self.problem {
            None => "unexpected EOF".to_owned(),
            Some(problem) => format!("json: offset {offset}: {problem}"),
        }
    }

    /// Go's own words.
    pub(crate) fn bare_message(&self) -> String {
        self.problem.clone().unwrap_or_else(|| "unexpected EOF".to_owned())
    }
}

/// The first value of `text` and the bytes it takes.
pub(crate) fn read_value(text: &str) -> Result<(Value, usize), JsonError> {
    let mut checker = Checker { text, at: 0, depth: 0 };
    checker.value("looking for beginning of value")?;
    let value = serde_json::from_str(&text[..checker.at]);
    value.map(|value| (value, checker.at)).map_err(|error| JsonError { problem: Some(error.to_string()), offset: checker.at })
}

/// `json.Unmarshal`: one value and nothing behind it.
pub(crate) fn read_all(text: &str) -> Result<Value, String> {
    let (value, end) = read_value(text).map_err(|error| match error.problem {
        None => "unexpected end of JSON input".to_owned(),
        Some(problem) => problem,
    })?;
    let mut rest = Checker { text, at: end, depth: 0 };
    rest.skip_space();
    match rest.peek() {
        None => Ok(value),
        Some(_) => Err(rest.fail::<()>("after top-level value").expect_err("it always fails").bare_message()),
    }
}

struct Checker<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Checker<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// Go names the byte that did not fit, quoted as a character, and counts it as read.
    fn fail<T>(&self, context: &str) -> Result<T, JsonError> {
        let problem = self.text[self.at..].chars().next().map(|c| {
            let byte = self.text.as_bytes()[self.at];
            let shown = match c {
                '\'' => "'\\''".to_owned(),
                '"' => "'\"'".to_owned(),
                _ => {
                    let quoted = crate::go_text::quote(&char::from(byte).to_string());
                    format!("'{}'", &quoted[1..quoted.len() - 1])
                }
            };
            format!("invalid character {shown} {context}")
        });
        Err(JsonError { problem, offset: self.at + 1 })
    }

    fn value(&mut self, context: &str) -> Result<(), JsonError> {
        self.skip_space();
        match self.peek() {
            Some(b'{') => self.nested(Checker::object),
            Some(b'[') => self.nested(Checker::array),
            Some(b'"') => self.string(),
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            Some(b'n') => self.literal("null"),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.fail(context),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<(), JsonError>) -> Result<(), JsonError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(JsonError { problem: Some(crate::limits::too_deep()), offset: self.at });
        }
        self.at += 1;
        read(self)?;
        self.depth -= 1;
        Ok(())
    }

    fn object(&mut self) -> Result<(), JsonError> {
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return self.fail("looking for beginning of object key string");
            }
            self.string()?;
            self.skip_space();
            if self.peek() != Some(b':') {
                return self.fail("after object key");
            }
            self.at += 1;
            self.value("looking for beginning of value")?;
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return self.fail("after object key:value pair"),
            }
        }
    }

    fn array(&mut self) -> Result<(), JsonError> {
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value("looking for beginning of value")?;
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return self.fail("after array element"),
            }
        }
    }

    fn string(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    match self.peek() {
                        Some(b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"') => self.at += 1,
                        Some(b'u') => {
                            self.at += 1;
                            for _ in 0..4 {
                                if !self.peek().is_some_and(|b| b.is_ascii_hexdigit()) {
                                    return self.fail("in \\u hexadecimal character escape");
                                }
                                self.at += 1;
                            }
                        }
                        _ => return self.fail("in string escape code"),
                    }
                }
                Some(0..=0x1f) | None => return self.fail("in string literal"),
                Some(_) => self.at += 1,
            }
        }
    }

    fn literal(&mut self, word: &str) -> Result<(), JsonError> {
        for (at, expected) in word.bytes().enumerate() {
            if self.peek() != Some(expected) {
                return self.fail(&format!("in literal {word} (expecting '{}')", &word[at..=at]));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn digits(&mut self, context: &str) -> Result<(), JsonError> {
        if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
            return self.fail(context);
        }
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), JsonError> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        Ok(())
    }
}
