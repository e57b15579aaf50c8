//! How Go writes numbers, where that shows in values or messages: `strconv` and the encoder of `encoding/json`.

use serde_json::Number;

/// The digits of a number without its sign, and the power of ten that `0.` and they are to be multiplied with.
struct Shortest {
    digits: String,
    exponent: i32,
}

impl Shortest {
    /// Of what Rust's `LowerExp` writes.
    fn of(scientific: &str) -> Shortest {
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
        let digits = mantissa.chars().filter(char::is_ascii_digit).collect();
        Shortest { digits, exponent: exponent.parse().unwrap_or(0) + 1 }
    }

    /// `d.ddde±XX`.
    fn scientific(&self) -> String {
        let (first, rest) = self.digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let exponent = self.exponent - 1;
        format!("{first}{point}{rest}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
    }

    fn positional(&self) -> String {
        let digits = &self.digits;
        let Some(whole) = usize::try_from(self.exponent).ok().filter(|whole| *whole != 0) else {
            return format!("0.{}{digits}", "0".repeat(self.exponent.unsigned_abs() as usize));
        };
        if digits.len() <= whole {
            format!("{digits}{}", "0".repeat(whole - digits.len()))
        } else {
            let (whole, fraction) = digits.split_at(whole);
            format!("{whole}.{fraction}")
        }
    }

    /// With the shortest precision, `%g` takes an exponent below 1e-4 and from 1e6 on.
    fn general(&self) -> String {
        if (-3..=6).contains(&self.exponent) { self.positional() } else { self.scientific() }
    }
}

/// A number whose magnitude is written as `text`; Go keeps the sign of zero.
fn signed(is_negative: bool, text: String) -> String {
    if is_negative { format!("-{text}") } else { text }
}

/// `strconv.FormatFloat(value, 'g', -1, 64)` of a finite number, which is also its `%v`.
///
/// ```
/// use podlapse_model::go_number::general;
/// assert_eq!([80.0, 0.5, 1_000_000.0, 1.5e-7, -0.0].map(general), ["80", "0.5", "1e+06", "1.5e-07", "-0"]);
/// ```
pub fn general(value: f64) -> String {
    signed(value.is_sign_negative(), Shortest::of(&format!("{:e}", value.abs())).general())
}

/// `strconv.FormatFloat(value, 'g', -1, 32)` of a finite number.
///
/// ```
/// assert_eq!(podlapse_model::go_number::general_of_32_bits(0.1), "0.1");
/// ```
pub fn general_of_32_bits(value: f32) -> String {
    signed(value.is_sign_negative(), Shortest::of(&format!("{:e}", value.abs())).general())
}

/// A finite float as `encoding/json` writes it: positional between 1e-6 and 1e21, else with an exponent.
///
/// ```
/// use podlapse_model::go_number::float;
/// assert_eq!([0.5, 1e21, 1e-9, 0.0].map(float), ["0.5", "1e+21", "1e-9", "0"]);
/// ```
pub fn float(value: f64) -> String {
    let magnitude = value.abs();
    let shortest = Shortest::of(&format!("{magnitude:e}"));
    let is_positional = magnitude == 0.0 || (1e-6..1e21).contains(&magnitude);
    // encoding/json turns e-09 into e-9.
    let text = if is_positional { shortest.positional() } else { shortest.scientific().replace("e-0", "e-") };
    signed(value.is_sign_negative(), text)
}

/// A JSON number as Go's encoder writes it.
pub fn number(number: &Number) -> String {
    match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(value), _, _) => value.to_string(),
        (None, Some(value), _) => value.to_string(),
        (None, None, Some(value)) => float(value),
        (None, None, None) => number.to_string(),
    }
}
