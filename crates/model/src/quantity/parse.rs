//! Reading a quantity.
//!
//! Models `k8s.io/apimachinery/pkg/api/resource` `ParseQuantity` (v1.36): which texts are accepted, which of the three errors
//! the others get, how much precision is kept, and when the text itself is kept as the canonical form.

use std::cmp::Ordering;
use std::fmt;

use super::amount::{Amount, Decimal};
use super::digits::Digits;
use super::{Format, Quantity, suffix};

/// Decimal digits that surely fit into an `i64`.
const MAX_I64_DIGITS: i64 = 18;
const NANO: i32 = -9;

/// Why a text is no quantity, in Kubernetes' words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantityError {
    /// The text as a whole has not the form of a quantity.
    Format,
    /// The number before the suffix cannot be read.
    Numeric,
    /// The suffix is unknown.
    Suffix,
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            QuantityError::Format => {
                "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            }
            QuantityError::Numeric => "unable to parse numeric part of quantity",
            QuantityError::Suffix => "unable to parse quantity's suffix",
        })
    }
}

impl std::error::Error for QuantityError {}

/// A text taken apart.
struct Parts<'a> {
    negative: bool,
    /// Digits before the point without leading zeros; `0` where nothing is left.
    whole: &'a str,
    /// Digits behind the point.
    fraction: &'a str,
    /// Whether the number has any digit, leading zeros included.
    has_digits: bool,
    suffix: &'a str,
}

fn leading(text: &str, accept: impl Fn(u8) -> bool) -> (&str, &str) {
    text.split_at(text.bytes().position(|byte| !accept(byte)).unwrap_or(text.len()))
}

fn split(text: &str) -> Result<Parts<'_>, QuantityError> {
    let digit = |byte: u8| byte.is_ascii_digit();
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (zeros, rest) = leading(unsigned, |byte| byte == b'0');
    if rest.is_empty() {
        // A lone sign is a zero too.
        return Ok(Parts { negative: false, whole: "0", fraction: "", has_digits: true, suffix: "" });
    }
    let (whole, rest) = leading(rest, digit);
    let (fraction, suffix) = rest.strip_prefix('.').map_or(("", rest), |behind| leading(behind, digit));
    let (_, exponent) = leading(suffix, |byte| b"eEinumkKMGTP".contains(&byte));
    let (_, rest) = leading(exponent.strip_prefix(['-', '+']).unwrap_or(exponent), digit);
    if !rest.is_empty() {
        return Err(QuantityError::Format);
    }
    let has_digits = !(zeros.is_empty() && whole.is_empty() && fraction.is_empty());
    Ok(Parts { negative, whole: if whole.is_empty() { "0" } else { whole }, fraction, has_digits, suffix })
}

pub(super) fn parse(text: &str) -> Result<Quantity, QuantityError> {
    if text.is_empty() {
        return Err(QuantityError::Format);
    }
    let parts = split(text)?;
    let (format, exponent) = suffix::interpret(parts.suffix).ok_or(QuantityError::Suffix)?;
    match parse_small(&parts, format, exponent) {
        Some((amount, verbatim)) => {
            let kept = (verbatim && !is_plain(text, format)).then(|| text.into());
            Ok(Quantity { amount, format, text: kept })
        }
        None => parse_large(&parts, format, exponent),
    }
}

/// The amount where few enough digits make an `i64` certain to do, and whether the text counts as canonical already.
fn parse_small(parts: &Parts<'_>, format: Format, exponent: i32) -> Option<(Amount, bool)> {
    let digits = (parts.whole.len() + parts.fraction.len()) as i64;
    let (room, factor, scale) = match format {
        Format::DecimalExponent | Format::DecimalSI => (MAX_I64_DIGITS - digits, 1, exponent),
        Format::BinarySI if parts.fraction.is_empty() => {
            // 2^10 takes about three decimal digits.
            (15 - digits - i64::from(exponent * 3 / 10) - 1, 1_i64 << exponent, 0)
        }
        Format::BinarySI => return None,
    };
    if room < 0 {
        return None;
    }
    let scale = scale.wrapping_sub(parts.fraction.len() as i32);
    if scale < NANO {
        return None;
    }
    let number = parts.whole.bytes().chain(parts.fraction.bytes()).fold(0, |n: i64, digit| n * 10 + i64::from(digit - b'0'));
    let value = number.checked_mul(factor)?;
    let verbatim = match format {
        Format::BinarySI => number & 7 != 0,
        Format::DecimalExponent | Format::DecimalSI => {
            let ends_in_thousands = number % 1000 == 0 && 3 <= digits;
            scale % 3 == 0 && !ends_in_thousands && !parts.whole.starts_with('0')
        }
    };
    Some((Amount::Small { value: if parts.negative { -value } else { value }, scale }, verbatim))
}

/// Whether formatting the amount gives the text again, so that it need not be kept.
fn is_plain(text: &str, format: Format) -> bool {
    let number = text.strip_prefix('-').unwrap_or(text);
    format != Format::DecimalExponent && !number.starts_with(['0', '+']) && !number.contains('.')
}

fn parse_large(parts: &Parts<'_>, format: Format, exponent: i32) -> Result<Quantity, QuantityError> {
    if !parts.has_digits {
        return Err(QuantityError::Numeric);
    }
    let text: Vec<u8> = parts.whole.bytes().chain(parts.fraction.bytes()).collect();
    let mut decimal = Decimal { negative: false, digits: Digits::from_decimal(&text), places: parts.fraction.len() as i32 };
    match format {
        Format::DecimalExponent | Format::DecimalSI => decimal.places = decimal.places.wrapping_sub(exponent),
        Format::BinarySI => {
            for _ in 0..exponent / 10 {
                decimal.digits.mul_small(1024);
            }
        }
    }
    // Who asks for some of a resource gets some, so what is finer than nano is rounded up to it.
    if !decimal.digits.is_zero() {
        decimal.round_away(-NANO);
    }
    let whole = |value: i64| Amount::Small { value, scale: 0 }.to_decimal();
    let mut format = format;
    if format == Format::BinarySI && decimal.cmp(&whole(i64::MAX)) == Ordering::Greater {
        decimal = whole(i64::MAX);
    }
    if format == Format::BinarySI && !decimal.digits.is_zero() && decimal.cmp(&whole(1)) == Ordering::Less {
        format = Format::DecimalSI;
    }
    decimal.negative = parts.negative;
    Ok(Quantity { amount: Amount::Large(Box::new(decimal)), format, text: None })
}
