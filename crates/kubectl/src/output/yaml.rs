//! YAML as kubectl prints it.
//!
//! Models `sigs.k8s.io/yaml` over its fork of `go-yaml` v2: sorted keys, lists at the level of their key, plain text where it would
//! be read back as the same string, folded after 80 columns, and blocks for text of several lines.

use serde_json::Value;

/// A line is broken at the first space beyond this column.
const BEST_WIDTH: usize = 80;

/// The text of a value.
///
/// ```
/// let value = serde_json::json!({"kind": "Pod", "spec": {"nodeName": "a"}});
/// assert_eq!(podlapse_kubectl::yaml(&value), "kind: Pod\nspec:\n  nodeName: a\n");
/// ```
pub fn yaml(value: &Value) -> String {
    let mut out = String::new();
    match nested(value) {
        Some(Nested::Mapping) => mapping(value, 0, &mut out),
        Some(Nested::Sequence(elements)) => sequence(elements, 0, &mut out),
        None => {
            scalar(value, 2, 0, false, &mut out);
            out.push('\n');
        }
    }
    out
}

/// A value that takes lines of its own.
enum Nested<'a> {
    Mapping,
    Sequence(&'a [Value]),
}

fn nested(value: &Value) -> Option<Nested<'_>> {
    let elements = value.as_array().filter(|elements| !elements.is_empty()).map(|elements| Nested::Sequence(elements));
    elements.or_else(|| value.as_object().filter(|fields| !fields.is_empty()).map(|_| Nested::Mapping))
}

fn indent(level: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', level));
}

fn mapping(value: &Value, level: usize, out: &mut String) {
    let mut fields: Vec<(&String, &Value)> = value.as_object().into_iter().flatten().collect();
    podlapse_model::sort_by(&mut fields, |a, b| key_order(a.0, b.0));
    for (index, (key, field)) in fields.into_iter().enumerate() {
        if index > 0 {
            indent(level, out);
        }
        let mut name = String::new();
        scalar(&Value::from(key.as_str()), level + 2, 0, true, &mut name);
        out.push_str(&name);
        out.push(':');
        match nested(field) {
            Some(Nested::Mapping) => {
                out.push('\n');
                indent(level + 2, out);
                mapping(field, level + 2, out);
            }
            Some(Nested::Sequence(elements)) => {
                out.push('\n');
                indent(level, out);
                sequence(elements, level, out);
            }
            None => {
                out.push(' ');
                let column = level + name.chars().count() + 2;
                scalar(field, level + 2, column, false, out);
                out.push('\n');
            }
        }
    }
}

fn sequence(elements: &[Value], level: usize, out: &mut String) {
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            indent(level, out);
        }
        out.push_str("- ");
        match nested(element) {
            Some(Nested::Mapping) => mapping(element, level + 2, out),
            Some(Nested::Sequence(inner)) => sequence(inner, level + 2, out),
            None => {
                scalar(element, level + 2, level + 2, false, out);
                out.push('\n');
            }
        }
    }
}

/// `keyList.Less` of go-yaml: letters after other characters, runs of digits as numbers.
fn key_order(a: &str, b: &str) -> std::cmp::Ordering {
    let (left, right): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut digits = false;
    for (index, (x, y)) in left.iter().zip(&right).enumerate() {
        if x == y {
            digits = x.is_ascii_digit();
            continue;
        }
        match (x.is_alphabetic(), y.is_alphabetic()) {
            (true, true) => return x.cmp(y),
            (true, false) if digits => return std::cmp::Ordering::Greater,
            (false, true) if digits => return std::cmp::Ordering::Less,
            (true, false) => return std::cmp::Ordering::Greater,
            (false, true) => return std::cmp::Ordering::Less,
            (false, false) => {}
        }
        let number = |text: &[char]| -> (usize, String) {
            let run: String = text[index..].iter().take_while(|c| c.is_ascii_digit()).collect();
            (run.trim_start_matches('0').len(), run.trim_start_matches('0').to_owned())
        };
        let (a_number, b_number) = (number(&left), number(&right));
        return a_number.cmp(&b_number).then(x.cmp(y));
    }
    left.len().cmp(&right.len())
}

/// Writes a scalar that begins in `column`; further lines begin at `level`.
fn scalar(value: &Value, level: usize, column: usize, is_key: bool, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
        Value::String(text) => match style(text, is_key) {
            Style::Plain => fold(text, level, column, is_key, "", out),
            Style::Single => {
                out.push('\'');
                fold(&text.replace('\'', "''"), level, column + 1, is_key, "", out);
                out.push('\'');
            }
            Style::Double => {
                out.push('"');
                fold(&escaped(text), level, column + 1, is_key, "\\", out);
                out.push('"');
            }
            Style::Literal => literal(text, level, out),
        },
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// What may be done with a text (`yaml_emitter_analyze_scalar`).
fn style(text: &str, is_key: bool) -> Style {
    let characters: Vec<char> = text.chars().collect();
    let at = |index: usize| characters.get(index).copied();
    let is_blank =
        |character: Option<char>| matches!(character, None | Some(' ' | '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'));
    let is_break = |character: char| matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let (mut block_indicators, mut line_breaks, mut special, mut break_space, mut space_break) =
        (false, false, false, false, false);
    block_indicators |= text.starts_with("---") || text.starts_with("...");
    for (index, character) in characters.iter().copied().enumerate() {
        let followed = is_blank(at(index + 1));
        let preceded = index == 0 || is_blank(at(index - 1));
        block_indicators |= match character {
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' if index == 0 => true,
            '?' | '-' if index == 0 => followed,
            ':' => followed,
            '#' => preceded,
            _ => false,
        };
        line_breaks |= is_break(character);
        special |=
            !is_break(character) && (character < ' ' || ('\u{7f}'..'\u{a0}').contains(&character) || character == '\u{feff}');
        break_space |= character == ' ' && index > 0 && at(index - 1).is_some_and(is_break);
        space_break |= is_break(character) && index > 0 && at(index - 1) == Some(' ');
    }
    let outer = |character: Option<&char>| character.is_some_and(|character| *character == ' ' || is_break(*character));
    let plain_allowed = !(outer(characters.first())
        || outer(characters.last())
        || break_space
        || space_break
        || special
        || line_breaks
        || block_indicators);
    let single_allowed = !(break_space || space_break || special);
    let block_allowed = !(characters.last() == Some(&' ') || space_break || special);
    if text.contains('\n') {
        return if block_allowed && !is_key { Style::Literal } else { Style::Double };
    }
    if !reads_as_string(text) {
        return Style::Double;
    }
    match (plain_allowed, single_allowed) {
        (true, _) => Style::Plain,
        (false, true) => Style::Single,
        (false, false) => Style::Double,
    }
}

/// Whether plain text would be read as a string and not as a number, a truth value, a time or nothing.
fn reads_as_string(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "", "~", "null", "Null", "NULL", "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", "n", "N", "no",
        "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf",
        "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", "<<",
    ];
    let first = text.chars().next().unwrap_or_default();
    let number_like = first.is_ascii_digit() || matches!(first, '+' | '-' | '.');
    !WORDS.contains(&text) && !(number_like && (is_integer(text) || is_float(text) || is_base_60(text) || is_timestamp(text)))
}

fn is_integer(text: &str) -> bool {
    let text = text.replace('_', "");
    let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, &digits[2..]),
        Some("0o" | "0O") => (8, &digits[2..]),
        Some("0b" | "0B") => (2, &digits[2..]),
        Some(_) if digits.starts_with('0') => (8, &digits[1..]),
        Some(_) | None => (10, digits),
    };
    !digits.is_empty() && u64::from_str_radix(digits, radix).is_ok() && !digits.starts_with('+')
}

fn is_float(text: &str) -> bool {
    let text = text.replace('_', "");
    let body = text.strip_prefix(['+', '-']).unwrap_or(&text);
    let (mantissa, exponent) = match body.find(['e', 'E']) {
        Some(at) => (&body[..at], Some(&body[at + 1..])),
        None => (body, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        None => !mantissa.is_empty() && digits(mantissa),
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa_fits && exponent_fits
}

/// Numbers of base sixty, as YAML 1.1 has them: `1:30`.
fn is_base_60(text: &str) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = body.split(':');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    digits(first)
        && !first.starts_with('_')
        && !rest.is_empty()
        && rest.iter().enumerate().all(|(index, part)| {
            let part = if index + 1 == rest.len() { part.split('.').next().unwrap_or_default() } else { part };
            matches!(part.len(), 1 | 2) && digits(part) && part.parse::<u8>().is_ok_and(|number| number < 60)
        })
}

/// Dates and times as go-yaml reads them.
fn is_timestamp(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(text[at + 1..].trim_start())),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let digits = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let [year, month, day] = parts.as_slice() else { return false };
    if !(digits(year, 4..=4) && digits(month, 1..=2) && digits(day, 1..=2)) {
        return false;
    }
    let Some(time) = time else { return true };
    let clock = &time[..time.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(time.len())];
    let zone = time[clock.len()..].trim_start();
    let pieces: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = pieces.as_slice() else { return false };
    let whole_second = second.split('.').next().unwrap_or_default();
    digits(hour, 1..=2)
        && digits(minute, 1..=2)
        && digits(whole_second, 1..=2)
        && (matches!(zone, "" | "Z") || zone.starts_with(['+', '-']))
}

/// Writes text, broken at single spaces beyond the best width; `escape` goes before a space that would begin a line.
fn fold(text: &str, level: usize, mut column: usize, is_key: bool, escape: &str, out: &mut String) {
    let characters: Vec<char> = text.chars().collect();
    let mut after_space = false;
    for (index, character) in characters.iter().copied().enumerate() {
        let inner = index > 0 && index + 1 < characters.len();
        let next_is_space = characters.get(index + 1) == Some(&' ');
        let breaks = character == ' ' && !is_key && !after_space && column > BEST_WIDTH && inner;
        if breaks && (!next_is_space || !escape.is_empty()) {
            out.push('\n');
            indent(level, out);
            column = level;
            if next_is_space {
                out.push_str(escape);
                column += 1;
            }
        } else {
            out.push(character);
            column += 1;
        }
        after_space = character == ' ';
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\u{1b}' => out.push_str("\\e"),
            '\u{85}' => out.push_str("\\N"),
            '\u{2028}' => out.push_str("\\L"),
            '\u{2029}' => out.push_str("\\P"),
            other if other < ' ' || ('\u{7f}'..'\u{a0}').contains(&other) => {
                out.push_str(&format!("\\x{:02X}", u32::from(other)))
            }
            '\u{feff}' => out.push_str("\\uFEFF"),
            other => out.push(other),
        }
    }
    out
}

/// A block: `|`, with `-` or `+` for how it ends.
fn literal(text: &str, level: usize, out: &mut String) {
    out.push('|');
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    match text.strip_suffix('\n') {
        None => out.push('-'),
        Some(rest) if rest.is_empty() || rest.ends_with('\n') => out.push('+'),
        Some(_) => {}
    }
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            indent(level, out);
            out.push_str(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn texts_are_quoted_only_where_they_have_to_be() {
        let value = json!({"a": "true", "b": "1", "c": "x: y", "d": "plain text", "e": "", "f": null, "g": "2026-06-15T12:00:00Z",
            "h": ["- x", "54657e57", "a\tb"], "i": {}, "j": [], "k": "one\ntwo\n", "l": "one\ntwo", "m": 3, "y": "it's"});
        let text = "a: \"true\"\nb: \"1\"\nc: 'x: y'\nd: plain text\ne: \"\"\nf: null\ng: \"2026-06-15T12:00:00Z\"\nh:\n- '- x'\n\
            - \"54657e57\"\n- \"a\\tb\"\ni: {}\nj: []\nk: |\n  one\n  two\nl: |-\n  one\n  two\nm: 3\n\"y\": it's\n";
        assert_eq!(super::yaml(&value), text);
    }

    #[test]
    fn long_texts_are_folded() {
        let value = json!({"status": {"message": "0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate, preemption: none"}});
        let text = "status:\n  message: '0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate,\n    preemption: none'\n";
        assert_eq!(super::yaml(&value), text);
    }
}
