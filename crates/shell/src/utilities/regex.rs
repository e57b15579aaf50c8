//! POSIX regular expressions, translated for regex-lite, which matches in linear time. Left out: back-references.

use regex_lite::{Regex, RegexBuilder};

/// Compiles a basic expression, or an extended one; the error is the message.
pub(super) fn compile(pattern: &str, is_extended: bool, ignores_case: bool) -> Result<Regex, String> {
    let translated = if is_extended { extended(pattern) } else { basic(pattern) };
    RegexBuilder::new(&translated)
        .case_insensitive(ignores_case)
        .size_limit(1 << 20)
        .nest_limit(32)
        .build()
        .map_err(|_| format!("bad regex '{pattern}'"))
}

/// Copies a bracket expression whose `[` has been read; a backslash in it is an ordinary character.
fn bracket(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    out.push('[');
    if chars.peek() == Some(&'^') {
        out.extend(chars.next());
    }
    let mut is_first = true;
    while let Some(next) = chars.next() {
        match next {
            ']' if !is_first => {
                out.push(']');
                return;
            }
            '[' if chars.peek() == Some(&':') => {
                out.push('[');
                for inner in chars.by_ref() {
                    out.push(inner);
                    if inner == ']' {
                        break;
                    }
                }
            }
            '[' | ']' | '\\' | '&' | '~' => out.extend(['\\', next]),
            other => out.push(other),
        }
        is_first = false;
    }
}

fn extended(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(next) = chars.next() {
        match next {
            '[' => bracket(&mut chars, &mut out),
            '\\' => escaped(chars.next(), &mut out),
            other => out.push(other),
        }
    }
    out
}

/// What follows a backslash, where it is no operator.
fn escaped(next: Option<char>, out: &mut String) {
    match next {
        Some(letter @ ('w' | 'W' | 's' | 'S' | 'b' | 'B' | 'd' | 'D' | 'n' | 't')) => out.extend(['\\', letter]),
        Some('<' | '>') => out.push_str("\\b"),
        Some(other) => {
            if other.is_ascii_punctuation() {
                out.push('\\');
            }
            out.push(other);
        }
        None => out.push_str("\\\\"),
    }
}

/// In a basic expression `+ ? { } ( ) |` are ordinary without a backslash and operators with one.
fn basic(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    let mut is_start = true;
    while let Some(next) = chars.next() {
        let was_start = std::mem::replace(&mut is_start, false);
        match next {
            '[' => bracket(&mut chars, &mut out),
            '*' if was_start => out.push_str("\\*"),
            '^' if was_start => {
                out.push('^');
                is_start = true;
            }
            '^' => out.push_str("\\^"),
            '$' if chars.peek().is_some() && !chars.clone().collect::<String>().starts_with("\\)") => out.push_str("\\$"),
            '+' | '?' | '{' | '}' | '(' | ')' | '|' => out.extend(['\\', next]),
            '\\' => match chars.next() {
                Some(operator @ ('+' | '?' | '{' | '}' | '(' | ')' | '|')) => {
                    out.push(operator);
                    is_start = matches!(operator, '(' | '|');
                }
                other => escaped(other, &mut out),
            },
            other => out.push(other),
        }
    }
    out
}
