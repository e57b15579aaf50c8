//! Patterns of `case`, of `${x%...}` and of file names: `*`, `?`, `[...]`, and a backslash before a literal character.

/// Whether `pattern` has a character that is not literal.
pub(crate) fn has_wildcards(pattern: &str) -> bool {
    let mut chars = pattern.chars();
    while let Some(next) = chars.next() {
        match next {
            '\\' => {
                chars.next();
            }
            '*' | '?' | '[' => return true,
            _ => {}
        }
    }
    false
}

/// `text` as a pattern that matches nothing else.
pub(crate) fn escape(text: &str, into: &mut String) {
    for next in text.chars() {
        if matches!(next, '*' | '?' | '[' | ']' | '\\') {
            into.push('\\');
        }
        into.push(next);
    }
}

enum Token<'a> {
    Any,
    One,
    Literal(char),
    Set { negated: bool, members: &'a [char] },
}

/// The first token of `pattern` and its length.
fn token(pattern: &[char]) -> Option<(Token<'_>, usize)> {
    match *pattern.first()? {
        '*' => Some((Token::Any, 1)),
        '?' => Some((Token::One, 1)),
        '\\' => Some(match pattern.get(1) {
            Some(&next) => (Token::Literal(next), 2),
            None => (Token::Literal('\\'), 1),
        }),
        '[' => {
            let negated = matches!(pattern.get(1), Some('!' | '^'));
            let start = if negated { 2 } else { 1 };
            let close = closing(pattern, start);
            Some(match close {
                Some(close) => (Token::Set { negated, members: &pattern[start..close] }, close + 1),
                None => (Token::Literal('['), 1),
            })
        }
        other => Some((Token::Literal(other), 1)),
    }
}

/// Where the `]` of a set is whose members begin at `start`; the first member may be `]`, and classes have their own.
fn closing(pattern: &[char], start: usize) -> Option<usize> {
    let mut at = start + 1;
    if pattern[start.min(pattern.len())..].starts_with(&['[', ':']) {
        at = start;
    }
    while let Some(&next) = pattern.get(at) {
        if next == ']' {
            return Some(at);
        }
        let class = (next == '[' && pattern.get(at + 1) == Some(&':'))
            .then(|| pattern[at + 2..].windows(2).position(|pair| pair == [':', ']']))
            .flatten();
        at += class.map_or(1, |length| length + 4);
    }
    None
}

fn set_holds(members: &[char], wanted: char) -> bool {
    let mut at = 0;
    while let Some(&first) = members.get(at) {
        if members[at..].starts_with(&['[', ':']) {
            let name: String = members[at + 2..].iter().take_while(|next| next.is_ascii_alphabetic()).collect();
            if members[at + 2 + name.len()..].starts_with(&[':']) {
                let is_in = match name.as_str() {
                    "alpha" => wanted.is_ascii_alphabetic(),
                    "digit" => wanted.is_ascii_digit(),
                    "alnum" => wanted.is_ascii_alphanumeric(),
                    "upper" => wanted.is_ascii_uppercase(),
                    "lower" => wanted.is_ascii_lowercase(),
                    "space" => wanted.is_ascii_whitespace(),
                    "punct" => wanted.is_ascii_punctuation(),
                    _ => false,
                };
                if is_in {
                    return true;
                }
                at += name.len() + 4;
                continue;
            }
        }
        if let (Some('-'), Some(&last)) = (members.get(at + 1), members.get(at + 2)) {
            if (first..=last).contains(&wanted) {
                return true;
            }
            at += 3;
        } else {
            if first == wanted {
                return true;
            }
            at += 1;
        }
    }
    false
}

/// Whether all of `text` matches `pattern`; takes at most their product in steps.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    matches_chars(&pattern, &text)
}

pub(crate) fn matches_chars(pattern: &[char], text: &[char]) -> bool {
    let (mut at, mut position) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        let advanced = match token(&pattern[at..]) {
            Some((Token::Any, length)) => {
                at += length;
                star = Some((at, position));
                continue;
            }
            Some((kind, length)) => text
                .get(position)
                .is_some_and(|&next| match kind {
                    Token::Any | Token::One => true,
                    Token::Literal(literal) => literal == next,
                    Token::Set { negated, members } => set_holds(members, next) != negated,
                })
                .then_some(length),
            None if position == text.len() => return true,
            None => None,
        };
        match (advanced, star) {
            (Some(length), _) => (at, position) = (at + length, position + 1),
            // The last star takes one character more.
            (None, Some((after, taken))) if taken < text.len() => {
                star = Some((after, taken + 1));
                (at, position) = (after, taken + 1);
            }
            (None, _) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_as_in_a_shell() {
        let cases = [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abb", false),
            ("?", "", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("[[:digit:]]*", "1a", true),
            ("[", "[", true),
            ("*.txt", "a.txt", true),
            ("a*b*c", "aXbYbZc", true),
            ("[]]", "]", true),
            ("**", "x", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
