//! Amounts of resources.
//!
//! Models `k8s.io/apimachinery/pkg/api/resource` `Quantity` (v1.36): texts such as `100m` or `1.5Gi`, their canonical form,
//! exact arithmetic, and the whole numbers that components count with. Not modelled: CBOR and protobuf.

mod amount;
mod digits;
mod parse;
mod suffix;

use std::cmp::Ordering;
use std::fmt;
use std::ops::{AddAssign, SubAssign};

use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;

use amount::Amount;
pub use parse::QuantityError;

/// The family of suffixes that a quantity is written with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// As in `12e6`.
    DecimalExponent,
    /// As in `12Mi`.
    BinarySI,
    /// As in `12M`.
    #[default]
    DecimalSI,
}

impl Format {
    /// The name that Kubernetes gives it.
    pub const fn name(self) -> &'static str {
        match self {
            Format::DecimalExponent => "DecimalExponent",
            Format::BinarySI => "BinarySI",
            Format::DecimalSI => "DecimalSI",
        }
    }
}

/// An amount of a resource, exact, with the format it was written in.
///
/// Quantities are equal and ordered by their amount alone: `1000m` equals `1`.
///
/// ```
/// use podlapse_model::Quantity;
/// let mut memory = Quantity::parse("1.5Gi")?;
/// assert_eq!(memory.to_string(), "1536Mi");
/// memory += &Quantity::parse("512Mi")?;
/// assert_eq!(memory.to_string(), "2Gi");
/// assert_eq!(Quantity::parse("1500m")?.value(), 2);
/// # Ok::<(), podlapse_model::QuantityError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Quantity {
    amount: Amount,
    format: Format,
    /// The text as parsed, where it counts as canonical and formatting the amount would give another one.
    text: Option<Box<str>>,
}

impl Quantity {
    /// Nothing.
    pub const ZERO: Quantity = Quantity { amount: Amount::ZERO, format: Format::DecimalSI, text: None };

    /// Reads a quantity.
    ///
    /// # Errors
    /// What is wrong with the text, in Kubernetes' words.
    pub fn parse(text: &str) -> Result<Quantity, QuantityError> {
        parse::parse(text)
    }

    /// Reads a quantity from the JSON text of a value: a string, a number as it is spelled, or `null`, which is zero.
    ///
    /// # Errors
    /// What is wrong with the text, in Kubernetes' words.
    pub fn from_json(json: &str) -> Result<Quantity, QuantityError> {
        if json == "null" {
            return Ok(Quantity::ZERO);
        }
        let inner = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(json);
        Quantity::parse(inner.trim())
    }

    /// The quantity in an API object. What cannot be read is zero: validation lets no such object into a cluster.
    pub fn of(quantity: &ApiQuantity) -> Quantity {
        Quantity::parse(&quantity.0).unwrap_or(Quantity::ZERO)
    }

    /// A whole number of units.
    pub const fn new(value: i64, format: Format) -> Quantity {
        Quantity { amount: Amount::Small { value, scale: 0 }, format, text: None }
    }

    /// A number of thousandths.
    pub const fn new_milli(value: i64, format: Format) -> Quantity {
        Quantity { amount: Amount::Small { value, scale: -3 }, format, text: None }
    }

    /// The quantity as API objects hold it.
    pub fn to_api(&self) -> ApiQuantity {
        ApiQuantity(self.to_string())
    }

    /// The format it is written in.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Whole units, rounded away from zero. Wraps beyond an `i64` as Kubernetes does.
    pub fn value(&self) -> i64 {
        self.scaled_value(0)
    }

    /// Thousandths, rounded away from zero. Wraps beyond an `i64` as Kubernetes does.
    pub fn milli_value(&self) -> i64 {
        self.scaled_value(-3)
    }

    /// Multiples of 10^`scale`, rounded away from zero. Wraps beyond an `i64` as Kubernetes does.
    pub fn scaled_value(&self, scale: i32) -> i64 {
        self.amount.scaled_value(scale)
    }

    /// Whole units, where the amount is whole and small enough for the fast representation.
    pub fn as_i64(&self) -> Option<i64> {
        self.amount.as_i64()
    }

    /// The nearest float, as `AsApproximateFloat64` computes it.
    pub fn as_approximate_f64(&self) -> f64 {
        let (base, exponent) = match &self.amount {
            Amount::Small { value, scale } => (*value as f64, *scale),
            Amount::Large(decimal) => {
                let base = decimal.digits.to_f64();
                (if decimal.negative { -base } else { base }, decimal.places.saturating_neg())
            }
        };
        // Go's Pow10 is right to the last bit within the range of floats, and so is reading a literal.
        if exponent == 0 { base } else { base * format!("1e{exponent}").parse::<f64>().unwrap_or(0.0) }
    }

    /// The amount as a plain decimal number with all the places that are kept of it.
    pub fn to_decimal_text(&self) -> String {
        self.amount.to_decimal().to_plain_text()
    }

    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        self.signum() == 0
    }

    /// -1, 0 or 1.
    pub fn signum(&self) -> i32 {
        self.amount.signum()
    }

    /// Rounds away from zero to a multiple of 10^`scale`, and says whether that was exact.
    pub fn round_up(&mut self, scale: i32) -> bool {
        let (amount, exact) = self.amount.rounded_to(scale);
        if amount != self.amount {
            self.amount = amount;
            self.text = None;
        }
        exact
    }

    /// The canonical text of a quantity that no text was kept for.
    fn write_canonical(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0");
        }
        if self.format == Format::BinarySI {
            let whole = |value| Amount::Small { value, scale: 0 };
            let beyond_a_kibibyte =
                self.amount.cmp(&whole(-1024)) != Ordering::Greater || self.amount.cmp(&whole(1024)) != Ordering::Less;
            if beyond_a_kibibyte && let (rounded, true) = self.amount.rounded_to(0) {
                return write_binary(&rounded, f);
            }
        }
        write_decimal(&self.amount, self.format, f)
    }
}

/// Writes a whole number with the largest binary suffix that leaves nothing over.
fn write_binary(whole: &Amount, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let Some(mut value) = whole.as_i64() {
        let mut power = 0;
        while value % 1024 == 0 {
            value /= 1024;
            power += 1;
        }
        return write!(f, "{value}{}", suffix::binary(power));
    }
    let mut decimal = whole.to_decimal();
    decimal.round_away(0);
    let power = decimal.digits.remove_factors(1024);
    let sign = if decimal.negative { "-" } else { "" };
    write!(f, "{sign}{}{}", decimal.digits, suffix::binary(power))
}

/// Writes an amount with the largest exponent that is a multiple of three and leaves nothing over.
fn write_decimal(amount: &Amount, format: Format, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let exponent = write_mantissa(amount, f)?;
    match format {
        Format::DecimalExponent if exponent == 0 => Ok(()),
        Format::DecimalExponent => write!(f, "e{exponent}"),
        Format::DecimalSI | Format::BinarySI => f.write_str(suffix::decimal(exponent)),
    }
}

/// Writes the mantissa and returns its exponent of ten.
fn write_mantissa(amount: &Amount, f: &mut fmt::Formatter<'_>) -> Result<i32, fmt::Error> {
    if let Amount::Small { value, scale } = *amount {
        let (mut mantissa, mut exponent) = (value, scale);
        while mantissa % 10 == 0 {
            mantissa /= 10;
            exponent = exponent.wrapping_add(1);
        }
        let shift = exponent.rem_euclid(3);
        if let Some(mantissa) = mantissa.checked_mul(10_i64.pow(shift as u32)) {
            write!(f, "{mantissa}")?;
            return Ok(exponent.wrapping_sub(shift));
        }
    }
    let mut decimal = amount.to_decimal();
    let zeros = decimal.digits.trailing_zeros();
    decimal.digits.div_pow10(zeros);
    let exponent = (zeros as i32).wrapping_sub(decimal.places);
    let shift = exponent.rem_euclid(3);
    decimal.digits.mul_pow10(shift as u32);
    write!(f, "{}{}", if decimal.negative { "-" } else { "" }, decimal.digits)?;
    Ok(exponent.wrapping_sub(shift))
}

impl Default for Quantity {
    fn default() -> Self {
        Quantity::ZERO
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Some(text) => f.write_str(text),
            None => self.write_canonical(f),
        }
    }
}

impl std::str::FromStr for Quantity {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Quantity::parse(text)
    }
}

impl TryFrom<&ApiQuantity> for Quantity {
    type Error = QuantityError;
    fn try_from(quantity: &ApiQuantity) -> Result<Self, Self::Error> {
        Quantity::parse(&quantity.0)
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.amount.cmp(&other.amount)
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Quantity {}

impl AddAssign<&Quantity> for Quantity {
    /// Adds; a zero takes over the format of what is added to it.
    fn add_assign(&mut self, other: &Quantity) {
        if self.is_zero() {
            self.format = other.format;
        }
        self.amount = self.amount.add(&other.amount);
        self.text = None;
    }
}

impl SubAssign<&Quantity> for Quantity {
    /// Subtracts; a zero takes over the format of what is taken from it.
    fn sub_assign(&mut self, other: &Quantity) {
        if self.is_zero() {
            self.format = other.format;
        }
        self.amount = self.amount.add(&other.amount.negated());
        self.text = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantity(text: &str) -> Quantity {
        Quantity::parse(text).unwrap()
    }

    #[test]
    fn recorded_texts_are_read_as_kubernetes_reads_them() {
        let cases = include_str!("../../../../tests/data/conformance/functions/quantities/parse.jsonl");
        for line in cases.lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = case["in"].as_str().unwrap();
            match Quantity::parse(text) {
                Err(error) => assert_eq!(case["error"], error.to_string(), "{text}"),
                Ok(quantity) => {
                    assert_eq!(case["canonical"], quantity.to_string(), "{text}");
                    assert_eq!(case["value"], quantity.value(), "{text}");
                    assert_eq!(case["milliValue"], quantity.milli_value(), "{text}");
                    assert_eq!(case["format"], quantity.format().name(), "{text}");
                    assert_eq!(case["dec"], quantity.to_decimal_text(), "{text}");
                }
            }
        }
    }

    #[test]
    fn absurd_exponents_neither_panic_nor_hang() {
        let texts = [
            "1e2147483647",
            "1e-2147483648",
            "1.5e-2147483648",
            "12345678901234567890123e999999999",
            "99999999999999999999e-999999999",
        ];
        for a in texts {
            let mut sum = quantity(a);
            for b in texts {
                sum += &quantity(b);
                sum -= &quantity("7n");
                assert!(!sum.to_string().is_empty());
                assert!(quantity(a).cmp(&quantity(b)) == quantity(b).cmp(&quantity(a)).reverse());
                let _ = (sum.value(), sum.milli_value(), sum.to_decimal_text(), sum.as_approximate_f64());
                sum.round_up(3);
            }
        }
    }

    #[test]
    fn what_leaves_the_range_wraps_or_is_nothing() {
        assert_eq!(quantity("305759530070248k").milli_value(), -7_835_119_182_814_377_472);
        assert_eq!(quantity("438119232062275G").value(), 9_060_311_673_149_120_000);
        assert_eq!(quantity("10P").milli_value(), 0);
    }

    #[test]
    fn numbers_of_any_length_are_held() {
        let long = "9".repeat(100_000);
        assert_eq!(quantity(&long).to_string().len(), "n".len() + 4095);
        assert_eq!(quantity(&format!("{long}Ki")).value(), i64::MAX);
    }
}
