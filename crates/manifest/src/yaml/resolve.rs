//! Plain scalars to values, by the rules of YAML 1.1 as kubectl's library applies them.
//!
//! Upstream: `resolve` of go-yaml v2. `y`, `on` and `yes` are booleans, `0644` is octal, `1_000` a number; a date stays text.

use super::go;

/// What a scalar stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    /// More than an `int64` holds.
    Uint(u64),
    Float(f64),
    Text(String),
}

impl Scalar {
    fn short_tag(&self) -> &'static str {
        match self {
            Scalar::Null => "!!null",
            Scalar::Bool(_) => "!!bool",
            Scalar::Int(_) | Scalar::Uint(_) => "!!int",
            Scalar::Float(_) => "!!float",
            Scalar::Text(_) => "!!str",
        }
    }
}

const CORE: &str = "tag:yaml.org,2002:";

/// The value of a scalar with the full `tag` (empty: none).
///
/// The error is the library's text without its `yaml: `.
pub(super) fn resolve(tag: &str, text: &str, is_plain: bool) -> Result<Scalar, String> {
    if tag.is_empty() {
        return Ok(if is_plain { resolve_plain(text) } else { Scalar::Text(text.to_owned()) });
    }
    let Some(short) = tag.strip_prefix(CORE) else { return Ok(Scalar::Text(text.to_owned())) };
    match short {
        "str" => Ok(Scalar::Text(text.to_owned())),
        "binary" => decode_base64(text).map(Scalar::Text).ok_or_else(|| "!!binary value contains invalid base64 data".to_owned()),
        "timestamp" if go::looks_like_timestamp(text) => Ok(Scalar::Text(text.to_owned())),
        "bool" | "int" | "float" | "null" | "timestamp" => {
            let value = resolve_plain(text);
            match (short, value) {
                ("float", Scalar::Int(int)) => Ok(Scalar::Float(int as f64)),
                (short, value) if value.short_tag() == format!("!!{short}") => Ok(value),
                (short, value) => Err(format!("cannot decode {} `{text}` as a !!{short}", value.short_tag())),
            }
        }
        _ => Ok(Scalar::Text(text.to_owned())),
    }
}

fn resolve_plain(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => return Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let number = match text.as_bytes()[0] {
        // Here Go looks whether each underscore stands between digits; elsewhere the library takes them all away.
        b'.' if separates_digits(text) => go::parse_decimal(&text.replace('_', "")).map(Scalar::Float),
        b'+' | b'-' | b'0'..=b'9' => resolve_number(&text.replace('_', "")),
        _ => None,
    };
    number.unwrap_or_else(|| Scalar::Text(text.to_owned()))
}

fn separates_digits(text: &str) -> bool {
    let is_digit = |part: Option<char>| part.is_some_and(|c| c.is_ascii_digit());
    text.match_indices('_').all(|(at, _)| is_digit(text[..at].chars().next_back()) && is_digit(text[at + 1..].chars().next()))
}

fn resolve_number(plain: &str) -> Option<Scalar> {
    let (is_negative, digits) = match plain.as_bytes().first()? {
        b'-' => (true, &plain[1..]),
        b'+' => (false, &plain[1..]),
        _ => (false, plain),
    };
    let has_sign = digits.len() != plain.len();
    if let Some(magnitude) = go::parse_magnitude(digits) {
        if is_negative {
            if magnitude <= 1 << 63 {
                return Some(Scalar::Int((magnitude as i64).wrapping_neg()));
            }
        } else if let Ok(value) = i64::try_from(magnitude) {
            return Some(Scalar::Int(value));
        } else if !has_sign {
            return Some(Scalar::Uint(magnitude));
        }
    }
    go::parse_decimal(plain).map(Scalar::Float)
}

/// Standard base64 with padding; line breaks are passed over.
fn decode_base64(text: &str) -> Option<String> {
    let symbols: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    if !symbols.len().is_multiple_of(4) {
        return None;
    }
    let padding = symbols.iter().rev().take_while(|b| **b == b'=').count();
    if padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(symbols.len() / 4 * 3);
    for group in symbols.chunks(4) {
        let mut bits = 0_u32;
        for (at, symbol) in group.iter().enumerate() {
            let value = match symbol {
                b'A'..=b'Z' => symbol - b'A',
                b'a'..=b'z' => symbol - b'a' + 26,
                b'0'..=b'9' => symbol - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' if at >= 2 => 0,
                _ => return None,
            };
            bits = (bits << 6) | u32::from(value);
        }
        bytes.extend_from_slice(&bits.to_be_bytes()[1..]);
    }
    bytes.truncate(bytes.len() - padding);
    // Go puts the replacement character for each byte that belongs to none.
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Some(text)
}
