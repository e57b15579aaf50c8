//! How Go reads and writes numbers, where that shows in values or messages.
//!
//! Upstream: `strconv` and the float encoder of `encoding/json`.

use podlapse_model::go_number::{float, general, general_of_32_bits};
use serde_json::Number;

/// An unsigned integer in Go's literal syntax: `0x`, `0o`, `0b` and a leading `0` select the base.
pub(super) fn parse_magnitude(digits: &str) -> Option<u64> {
    let lower = digits.to_ascii_lowercase();
    let (base, rest) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if rest.is_empty() || !rest.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    u64::from_str_radix(rest, base).ok()
}

/// A decimal with optional fraction and exponent; `None` beyond the range of a float64.
pub(super) fn parse_decimal(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let are_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if digits.is_empty() || !are_digits(digits) {
            return None;
        }
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// Whether text begins like a date: four digits, a dash, and so on.
pub(super) fn looks_like_timestamp(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let is_number = |part: Option<&str>, lengths: std::ops::RangeInclusive<usize>| {
        part.is_some_and(|part| lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
    };
    if !is_number(parts.next(), 4..=4) || !is_number(parts.next(), 1..=2) {
        return false;
    }
    parts.next().is_some_and(|rest| rest.bytes().take_while(u8::is_ascii_digit).count() > 0)
}

/// `strconv.FormatFloat(value, 'g', -1, 32)`: how a number becomes a map key.
pub(super) fn float_key(value: f64) -> String {
    let narrow = value as f32;
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if narrow.is_infinite() {
        return if narrow.is_sign_negative() { "-.inf" } else { ".inf" }.to_owned();
    }
    general_of_32_bits(narrow)
}

/// A float in Go's own syntax (`%#v`).
pub(super) fn float_go(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value.is_sign_negative() { "-Inf" } else { "+Inf" }.to_owned();
    }
    general(value)
}

/// A finite float as a JSON number: whole ones that fit are integers, because that is how their text reads.
pub(super) fn json_number(value: f64) -> Option<Number> {
    if !value.is_finite() {
        return None;
    }
    let text = float(value);
    let whole = text.parse::<i64>().ok().filter(|whole| *whole != 0 || value.is_sign_positive()).map(Number::from);
    whole.or_else(|| text.parse::<u64>().ok().map(Number::from)).or_else(|| Number::from_f64(value))
}
