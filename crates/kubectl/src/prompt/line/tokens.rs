//! The words and operators of a line, and the texts of its here-documents.

use super::Compound;

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Text with its quotes.
    Word(String),
    Operator(&'static str),
    /// A loop or a choice, with its parts.
    Compound(Compound<Vec<Token>, Vec<Token>>),
}

/// Quotes and substitutions do not nest deeper.
pub(super) const DEPTH: usize = 32;

/// The operators, longest first.
const OPERATORS: &[&str] = &["2>&1", "2>>", "&>", ">&2", "<<<", "<<", ">>", "2>", "&&", "||", "|", ";", ">", "<"];

/// The pieces of a line, and the texts of its here-documents in order.
pub(super) fn tokens(line: &str) -> Result<(Vec<Token>, Vec<String>), String> {
    let mut tokens = Vec::new();
    let mut documents = Vec::new();
    let mut word = String::new();
    let mut rest = line;
    // Here-documents whose text begins on the next line.
    let mut awaited = 0;
    while let Some(character) = rest.chars().next() {
        let at_start = word.is_empty();
        if character == '\n' {
            end(&mut word, &mut tokens);
            rest = &rest[1..];
            for delimiter in delimiters(&tokens, awaited) {
                let (text, after) = document(rest, &delimiter);
                documents.push(text);
                rest = after;
            }
            awaited = 0;
            tokens.push(Token::Operator(";"));
        } else if character.is_whitespace() {
            end(&mut word, &mut tokens);
            rest = &rest[character.len_utf8()..];
        } else if character == '#' && at_start {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if let Some(operator) =
            OPERATORS.iter().find(|operator| rest.starts_with(**operator) && (at_start || !operator.starts_with('2')))
        {
            end(&mut word, &mut tokens);
            awaited += usize::from(*operator == "<<");
            tokens.push(Token::Operator(operator));
            rest = &rest[operator.len()..];
        } else {
            let length = quoted(rest, DEPTH)?;
            if rest[..length] != *"\\\n" {
                word.push_str(&rest[..length]);
            }
            rest = &rest[length..];
        }
    }
    end(&mut word, &mut tokens);
    for _ in 0..awaited {
        documents.push(String::new());
    }
    Ok((tokens, documents))
}

fn end(word: &mut String, tokens: &mut Vec<Token>) {
    if !word.is_empty() {
        tokens.push(Token::Word(std::mem::take(word)));
    }
}

/// How much of the text belongs together: a quoted string, an escaped character, a substitution, or one character.
fn quoted(text: &str, depth: usize) -> Result<usize, String> {
    let Some(depth) = depth.checked_sub(1) else { return Err("sh: syntax error: too deeply nested\n".to_owned()) };
    let unterminated = || "sh: syntax error: unterminated quoted string\n".to_owned();
    let mut characters = text.char_indices();
    let (_, first) = characters.next().ok_or_else(unterminated)?;
    match first {
        '\\' => Ok(1 + characters.next().map_or(0, |(_, escaped)| escaped.len_utf8())),
        '\'' => text[1..].find('\'').map(|end| end + 2).ok_or_else(unterminated),
        '"' => {
            let mut at = 1;
            while let Some(next) = text[at..].chars().next() {
                match next {
                    '"' => return Ok(at + 1),
                    '\\' | '$' => at += quoted(&text[at..], depth)?,
                    other => at += other.len_utf8(),
                }
            }
            Err(unterminated())
        }
        '$' if text[1..].starts_with('(') => {
            let mut at = 2;
            while let Some(next) = text[at..].chars().next() {
                if next == ')' {
                    return Ok(at + 1);
                }
                at += quoted(&text[at..], depth)?;
            }
            Err(unterminated())
        }
        other => Ok(other.len_utf8()),
    }
}

/// The delimiters of the last here-documents.
fn delimiters(tokens: &[Token], count: usize) -> Vec<String> {
    let all = tokens.windows(2).filter_map(|pair| match pair {
        [Token::Operator("<<"), Token::Word(word)] => Some(word.replace(['\'', '"', '\\'], "")),
        _ => None,
    });
    let all: Vec<String> = all.collect();
    all[all.len().saturating_sub(count)..].to_vec()
}

/// The lines up to the delimiter, and what follows it.
fn document<'a>(text: &'a str, delimiter: &str) -> (String, &'a str) {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end_matches('\n') == delimiter {
            return (text[..at].to_owned(), &text[at + line.trim_end_matches('\n').len()..]);
        }
        at += line.len();
    }
    (text.to_owned(), "")
}
