//! `$(...)`, `$NAME` and `${NAME}` in a line of kubectl.
//!
//! Models the expansions of POSIX `sh` as far as a line of kubectl needs them: between single quotes nothing is expanded, between
//! double quotes the words stay together.

/// The line with what its substitutions stand for, quoted so that the words stay words.
///
/// # Errors
/// Those of `value`, which is asked for the text of a substitution: `$` with a name, or `(` with a line.
pub(super) fn expand<E>(line: &str, mut value: impl FnMut(Substitution<'_>) -> Result<Option<String>, E>) -> Result<String, E> {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    let mut is_double = false;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        match character {
            '\'' if !is_double => {
                let length = after.find('\'').map_or(rest.len(), |end| end + 2);
                out.push_str(&rest[..length]);
                rest = &rest[length..];
                continue;
            }
            '"' => is_double = !is_double,
            '\\' => {
                let length = 1 + after.chars().next().map_or(0, char::len_utf8);
                out.push_str(&rest[..length]);
                rest = &rest[length..];
                continue;
            }
            '$' => {
                if let Some((substitution, length)) = substitution(after)
                    && let Some(text) = value(substitution)?
                {
                    push(&mut out, text.trim_end_matches('\n'), is_double);
                    rest = &after[length..];
                    continue;
                }
            }
            _ => {}
        }
        out.push(character);
        rest = after;
    }
    Ok(out)
}

/// What stands after a `$`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Substitution<'a> {
    Variable(&'a str),
    Command(&'a str),
}

fn substitution(text: &str) -> Option<(Substitution<'_>, usize)> {
    if let Some(inner) = text.strip_prefix('(') {
        let mut depth = 1;
        let end = inner.find(|character| {
            depth += i32::from(character == '(') - i32::from(character == ')');
            depth == 0
        })?;
        return Some((Substitution::Command(&inner[..end]), end + 2));
    }
    let is_name = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if let Some(inner) = text.strip_prefix('{') {
        let end = inner.find('}')?;
        return is_name(&inner[..end]).then_some((Substitution::Variable(&inner[..end]), end + 2));
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    is_name(&text[..end]).then_some((Substitution::Variable(&text[..end]), end))
}

fn push(out: &mut String, text: &str, is_double: bool) {
    if is_double {
        for character in text.chars() {
            if matches!(character, '"' | '\\' | '$' | '`') {
                out.push('\\');
            }
            out.push(character);
        }
        return;
    }
    for (index, word) in text.split_whitespace().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(&quote(word));
    }
}

/// The word in single quotes where it needs them.
pub(super) fn quote(word: &str) -> String {
    let is_plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_./:=,@%+{}[]".contains(c));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_commands_are_replaced_outside_of_single_quotes() {
        let value = |substitution: Substitution<'_>| -> Result<Option<String>, ()> {
            Ok(match substitution {
                Substitution::Variable("POD") => Some("a b".to_owned()),
                Substitution::Variable(_) => None,
                Substitution::Command(line) => Some(format!("{line}\nx'y\n")),
            })
        };
        let line = "logs $POD \"${POD}\" '$POD' \\$POD $OTHER $(get po)";
        assert_eq!(expand(line, value).unwrap(), "logs a b \"a b\" '$POD' \\$POD $OTHER get po 'x'\\''y'");
    }
}
