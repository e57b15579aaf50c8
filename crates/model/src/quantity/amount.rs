//! The number behind a quantity: an `i64` with a decimal scale while that is enough, a decimal of any size after that.
//!
//! Models `k8s.io/apimachinery/pkg/api/resource` `int64Amount`, `infDecAmount` and `scaledValue` (v1.36), including where these
//! silently wrap: a wrapped value is what the scheduler of a real cluster would count with.

use std::cmp::Ordering;

use super::digits::{Digits, MAX_DIGITS};

/// `value * 10^scale`, or a decimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    Small { value: i64, scale: i32 },
    Large(Box<Decimal>),
}

/// `digits * 10^-places`, negated where `negative`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) negative: bool,
    pub(super) digits: Digits,
    pub(super) places: i32,
}

/// `value * 10^power`, unless that leaves the range of an `i64`.
fn scale_up(value: i64, power: u32) -> Option<i64> {
    if value == 0 {
        return Some(0);
    }
    value.checked_mul(10_i64.checked_pow(power)?)
}

/// `value / 10^power` rounded away from zero, and whether that was exact.
fn scale_down(value: i64, power: u32) -> (i64, bool) {
    let Some(divisor) = 10_i64.checked_pow(power) else { return (value.signum(), value == 0) };
    let exact = value % divisor == 0;
    (value / divisor + if exact { 0 } else { value.signum() }, exact)
}

impl Amount {
    pub(super) const ZERO: Amount = Amount::Small { value: 0, scale: 0 };

    pub(super) fn signum(&self) -> i32 {
        match self {
            Amount::Small { value, .. } => value.signum() as i32,
            Amount::Large(decimal) => decimal.signum(),
        }
    }

    /// The whole number, where it is known without rounding or computing with decimals.
    pub(super) fn as_i64(&self) -> Option<i64> {
        match *self {
            Amount::Small { value, scale: 0 } => Some(value),
            Amount::Small { value, scale } => scale_up(value, u32::try_from(scale).ok()?),
            Amount::Large(_) => None,
        }
    }

    /// The number of 10^`scale`, rounded away from zero; zero or wrapped where it leaves the range, as upstream.
    pub(super) fn scaled_value(&self, scale: i32) -> i64 {
        match self {
            Amount::Small { value, scale: own } if *own < scale => scale_down(*value, scale.abs_diff(*own)).0,
            Amount::Small { value, scale: own } => {
                let power = own.abs_diff(scale);
                // Upstream has shortcuts for some powers, which do not see that they leave the range.
                let beyond = || if matches!(power, 1 | 2 | 3 | 6 | 9) { value.wrapping_mul(10_i64.pow(power)) } else { 0 };
                scale_up(*value, power).unwrap_or_else(beyond)
            }
            Amount::Large(decimal) => decimal.scaled_value(scale),
        }
    }

    /// The amount rounded away from zero to a multiple of 10^`scale`, and whether that was exact.
    pub(super) fn rounded_to(&self, scale: i32) -> (Amount, bool) {
        match self {
            Amount::Small { scale: own, .. } if *own >= scale => (self.clone(), true),
            Amount::Small { value, scale: own } => {
                let (value, exact) = scale_down(*value, scale.abs_diff(*own));
                (Amount::Small { value, scale }, exact)
            }
            Amount::Large(decimal) => {
                let mut rounded = decimal.as_ref().clone();
                rounded.round_away(scale.saturating_neg());
                let exact = rounded.cmp(decimal) == Ordering::Equal;
                (Amount::Large(Box::new(rounded)), exact)
            }
        }
    }

    pub(super) fn negated(&self) -> Amount {
        match self {
            Amount::Small { value, scale } if *value != i64::MIN => Amount::Small { value: -value, scale: *scale },
            Amount::Small { .. } | Amount::Large(_) => {
                let mut decimal = self.to_decimal();
                decimal.negative = !decimal.negative;
                Amount::Large(Box::new(decimal))
            }
        }
    }

    pub(super) fn add(&self, other: &Amount) -> Amount {
        if let (Amount::Small { value: a, scale: at }, Amount::Small { value: b, scale: bt }) = (self, other) {
            let scale = *at.min(bt);
            let sum = match (*a, *b) {
                (_, 0) => return self.clone(),
                (0, _) => return other.clone(),
                (a, b) => scale_up(a, at.abs_diff(scale)).zip(scale_up(b, bt.abs_diff(scale))),
            };
            if let Some(value) = sum.and_then(|(a, b)| a.checked_add(b)) {
                return Amount::Small { value, scale };
            }
        }
        Amount::Large(Box::new(self.to_decimal().add(&other.to_decimal())))
    }

    pub(super) fn cmp(&self, other: &Amount) -> Ordering {
        match (self, other) {
            (Amount::Small { value: a, scale: at }, Amount::Small { value: b, scale: bt }) => {
                let scale = at.min(bt);
                compare_scaled((*a, at.abs_diff(*scale)), (*b, bt.abs_diff(*scale)))
            }
            (Amount::Small { .. } | Amount::Large(_), _) => self.to_decimal().cmp(&other.to_decimal()),
        }
    }

    pub(super) fn to_decimal(&self) -> Decimal {
        match self {
            Amount::Small { value, scale } => {
                Decimal { negative: *value < 0, digits: Digits::from_u64(value.unsigned_abs()), places: scale.saturating_neg() }
            }
            Amount::Large(decimal) => decimal.as_ref().clone(),
        }
    }
}

/// Compares `a * 10^x` with `b * 10^y`, one of the powers being zero.
fn compare_scaled((a, x): (i64, u32), (b, y): (i64, u32)) -> Ordering {
    // An i64 other than zero times 10^19 is beyond every i64, so larger powers decide nothing more.
    let widened = |value: i64, power: u32| i128::from(value) * 10_i128.pow(power.min(19));
    widened(a, x).cmp(&widened(b, y))
}

impl Decimal {
    pub(super) fn signum(&self) -> i32 {
        match (self.digits.is_zero(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    /// Rounds away from zero to `places`, and spells the number with exactly so many.
    pub(super) fn round_away(&mut self, places: i32) {
        match i64::from(places) - i64::from(self.places) {
            more @ 0.. => self.digits.mul_pow10(u32::try_from(more).unwrap_or(u32::MAX)),
            less => {
                if self.digits.div_pow10(u32::try_from(-less).unwrap_or(u32::MAX)) {
                    self.digits = self.digits.add(&Digits::from_u64(1));
                }
            }
        }
        self.places = places;
    }

    /// Both with the places of the one that has more.
    fn aligned(&self, other: &Decimal) -> (Digits, Digits, i32) {
        let (mut a, mut b) = (self.digits.clone(), other.digits.clone());
        let places = self.places.max(other.places);
        a.mul_pow10(places.abs_diff(self.places));
        b.mul_pow10(places.abs_diff(other.places));
        (a, b, places)
    }

    fn add(&self, other: &Decimal) -> Decimal {
        let (a, b, places) = self.aligned(other);
        if self.negative == other.negative {
            return Decimal { negative: self.negative, digits: a.add(&b), places };
        }
        match a.cmp(&b) {
            Ordering::Less => Decimal { negative: other.negative, digits: b.sub(&a), places },
            Ordering::Equal | Ordering::Greater => Decimal { negative: self.negative, digits: a.sub(&b), places },
        }
    }

    pub(super) fn cmp(&self, other: &Decimal) -> Ordering {
        let signs = self.signum().cmp(&other.signum());
        if signs != Ordering::Equal || self.digits.is_zero() {
            return signs;
        }
        let (a, b, _) = self.aligned(other);
        if self.negative { b.cmp(&a) } else { a.cmp(&b) }
    }

    fn low_i64(&self) -> i64 {
        let low = self.digits.low_u64() as i64;
        if self.negative { low.wrapping_neg() } else { low }
    }

    fn scaled_value(&self, scale: i32) -> i64 {
        let drop = i64::from(self.places) + i64::from(scale);
        if drop <= 0 {
            // Upstream multiplies by a float that is converted back, so from 10^19 on the conversion is what overflows.
            let factor = u32::try_from(-drop).ok().and_then(|power| 10_i64.checked_pow(power)).unwrap_or(i64::MIN);
            return self.low_i64().wrapping_mul(factor);
        }
        let drop = u32::try_from(drop).unwrap_or(u32::MAX);
        let fits = self.negative || self.digits < Digits::from_u64(i64::MAX as u64);
        if let (true, Some(divisor)) = (fits, 10_i64.checked_pow(drop)) {
            // Negative numbers take this way at any size, wrapped, and are rounded towards positive.
            let low = self.low_i64();
            return low / divisor + i64::from(low % divisor != 0);
        }
        let mut quotient = self.digits.clone();
        let rest = quotient.div_pow10(drop);
        if self.negative {
            // The quotient of a Euclidean division lies below, and one is added to it.
            return (quotient.low_u64() as i64).wrapping_neg();
        }
        (quotient.low_u64() as i64).wrapping_add(i64::from(rest))
    }

    /// The number as decimal text with all its places.
    pub(super) fn to_plain_text(&self) -> String {
        let digits = self.digits.to_string();
        let sign = if self.signum() < 0 { "-" } else { "" };
        match usize::try_from(self.places) {
            Err(_) if self.digits.is_zero() => format!("{sign}{digits}"),
            Err(_) => format!("{sign}{digits}{}", "0".repeat(self.places.unsigned_abs().min(MAX_DIGITS) as usize)),
            Ok(0) => format!("{sign}{digits}"),
            Ok(places) => {
                let places = places.min(MAX_DIGITS as usize);
                let digits = format!("{digits:0>width$}", width = places + 1);
                let (whole, fraction) = digits.split_at(digits.len() - places);
                format!("{sign}{whole}.{fraction}")
            }
        }
    }
}
