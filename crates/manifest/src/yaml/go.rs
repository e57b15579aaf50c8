//! How Go reads and writes numbers, where that shows in values or messages.
//!
//! Upstream: `strconv` and the float encoder of `encoding/json`.

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

/// Shortest digits and decimal exponent (the value is 0.d1d2... times ten to the exponent) of a positive finite number.
fn shortest(scientific: &str) -> (String, i32) {
    let (mantissa, exponent) = scientific.split_once('e').expect("Rust's LowerExp always writes an exponent");
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    (digits, exponent.parse::<i32>().expect("Rust writes a decimal exponent") + 1)
}

/// `d.ddde±XX`, as Go's verbs `%e` and `%g` write it.
fn scientific(digits: &str, exponent: i32) -> String {
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let exponent = exponent - 1;
    format!("{first}{point}{rest}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

fn positional(digits: &str, exponent: i32) -> String {
    let length = digits.len() as i32;
    if exponent <= 0 {
        format!("0.{}{digits}", "0".repeat(exponent.unsigned_abs() as usize))
    } else if exponent >= length {
        format!("{digits}{}", "0".repeat((exponent - length) as usize))
    } else {
        let (whole, fraction) = digits.split_at(exponent as usize);
        format!("{whole}.{fraction}")
    }
}

/// `strconv.FormatFloat(value, 'g', -1, 32)`: how a number becomes a map key.
pub(super) fn float_key(value: f64) -> String {
    let narrow = value as f32;
    match general(f64::from(narrow), &format!("{:e}", narrow.abs())) {
        Some(text) => text,
        None if value.is_nan() => ".nan".to_owned(),
        None if narrow.is_sign_negative() => "-.inf".to_owned(),
        None => ".inf".to_owned(),
    }
}

/// A float in Go's own syntax (`%#v`).
pub(super) fn float_go(value: f64) -> String {
    match general(value, &format!("{:e}", value.abs())) {
        Some(text) => text,
        None if value.is_nan() => "NaN".to_owned(),
        None => ["-Inf", "+Inf"][usize::from(value > 0.0)].to_owned(),
    }
}

/// A finite number as Go's verb `%g` writes it, whose magnitude Rust writes as `exact`.
fn general(value: f64, exact: &str) -> Option<String> {
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if !value.is_finite() {
        return None;
    }
    if value == 0.0 {
        return Some(format!("{sign}0"));
    }
    let (digits, exponent) = shortest(exact);
    // With the shortest precision, %g takes an exponent below 1e-4 and from 1e6 on.
    let body = if !(-3..=6).contains(&exponent) { scientific(&digits, exponent) } else { positional(&digits, exponent) };
    Some(format!("{sign}{body}"))
}

/// `encoding/json`'s text of a float: positional between 1e-6 and 1e21, else with an exponent.
fn float_json(value: f64) -> String {
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let magnitude = value.abs();
    if magnitude == 0.0 {
        return format!("{sign}0");
    }
    let (digits, exponent) = shortest(&format!("{magnitude:e}"));
    let body = if !(1e-6..1e21).contains(&magnitude) {
        // encoding/json turns e-09 into e-9.
        let text = scientific(&digits, exponent);
        text.replace("e-0", "e-")
    } else {
        positional(&digits, exponent)
    };
    format!("{sign}{body}")
}

/// A JSON number as Go's encoder writes it.
pub(crate) fn number(number: &Number) -> String {
    match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(value), _, _) => value.to_string(),
        (None, Some(value), _) => value.to_string(),
        (None, None, Some(value)) => float_json(value),
        (None, None, None) => number.to_string(),
    }
}

/// A finite float as a JSON number: whole ones that fit are integers, because that is how their text reads.
pub(super) fn json_number(value: f64) -> Option<Number> {
    if !value.is_finite() {
        return None;
    }
    let text = float_json(value);
    let whole = text.parse::<i64>().ok().filter(|whole| *whole != 0 || value.is_sign_positive()).map(Number::from);
    whole.or_else(|| text.parse::<u64>().ok().map(Number::from)).or_else(|| Number::from_f64(value))
}
