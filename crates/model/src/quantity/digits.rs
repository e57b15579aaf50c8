//! Whole numbers of any size, for the quantities that an `i64` cannot hold.
//!
//! Stands in for Go's `math/big` below `k8s.io/apimachinery/pkg/api/resource`. Limbs have the base 10^9, because everything a
//! quantity does with a large number moves a decimal point. Signs are kept by the caller. Magnitudes are held to
//! [`MAX_DIGITS`] decimal digits so that no input can exhaust memory; a real cluster would compute with the number in full.

use std::cmp::Ordering;
use std::fmt;

const BASE: u32 = 1_000_000_000;
const LIMB_DIGITS: u32 = 9;

/// Decimal digits that a magnitude is held to.
pub(super) const MAX_DIGITS: u32 = 4_095;

/// A magnitude: limbs of nine decimal digits, least significant first, without leading zero limbs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Digits(Vec<u32>);

impl Digits {
    pub(super) fn from_u64(value: u64) -> Self {
        let mut digits = Digits(Vec::with_capacity(3));
        let mut rest = value;
        while rest > 0 {
            digits.0.push((rest % u64::from(BASE)) as u32);
            rest /= u64::from(BASE);
        }
        digits
    }

    /// The number that decimal digits spell, most significant first; held to [`MAX_DIGITS`].
    pub(super) fn from_decimal(text: &[u8]) -> Self {
        let start = text.iter().position(|&digit| digit != b'0').unwrap_or(text.len());
        let text = &text[start..];
        if text.len() > MAX_DIGITS as usize {
            return Digits::largest();
        }
        let limbs = text.rchunks(LIMB_DIGITS as usize);
        Digits(limbs.map(|chunk| chunk.iter().fold(0, |limb, &digit| limb * 10 + u32::from(digit - b'0'))).collect())
    }

    /// The magnitude at which larger ones are held.
    fn largest() -> Self {
        Digits(vec![BASE - 1; (MAX_DIGITS / LIMB_DIGITS) as usize])
    }

    fn held(mut self) -> Self {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        if self.len() > MAX_DIGITS { Digits::largest() } else { self }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// Decimal digits; none for zero.
    pub(super) fn len(&self) -> u32 {
        match self.0.last() {
            None => 0,
            Some(top) => (self.0.len() as u32 - 1) * LIMB_DIGITS + top.ilog10() + 1,
        }
    }

    pub(super) fn add(&self, other: &Digits) -> Digits {
        let mut limbs = Vec::with_capacity(self.0.len().max(other.0.len()) + 1);
        let mut carry = 0;
        for at in 0..self.0.len().max(other.0.len()) {
            let sum = self.0.get(at).unwrap_or(&0) + other.0.get(at).unwrap_or(&0) + carry;
            limbs.push(sum % BASE);
            carry = sum / BASE;
        }
        limbs.push(carry);
        Digits(limbs).held()
    }

    /// `self - other`, where `other` is not the larger one.
    pub(super) fn sub(&self, other: &Digits) -> Digits {
        debug_assert!(*other <= *self);
        let mut limbs = Vec::with_capacity(self.0.len());
        let mut borrow = 0;
        for (at, limb) in self.0.iter().enumerate() {
            let take = other.0.get(at).unwrap_or(&0) + borrow;
            borrow = u32::from(*limb < take);
            limbs.push(limb + borrow * BASE - take);
        }
        Digits(limbs).held()
    }

    pub(super) fn mul_small(&mut self, factor: u32) {
        let mut carry = 0;
        for limb in &mut self.0 {
            let product = u64::from(*limb) * u64::from(factor) + carry;
            *limb = (product % u64::from(BASE)) as u32;
            carry = product / u64::from(BASE);
        }
        while carry > 0 {
            self.0.push((carry % u64::from(BASE)) as u32);
            carry /= u64::from(BASE);
        }
        *self = std::mem::take(self).held();
    }

    pub(super) fn mul_pow10(&mut self, power: u32) {
        if self.is_zero() || power == 0 {
            return;
        }
        if power > MAX_DIGITS || self.len() + power > MAX_DIGITS {
            *self = Digits::largest();
            return;
        }
        self.mul_small(10_u32.pow(power % LIMB_DIGITS));
        self.0.splice(0..0, std::iter::repeat_n(0, (power / LIMB_DIGITS) as usize));
    }

    /// Divides in place and returns the remainder.
    pub(super) fn div_small(&mut self, divisor: u32) -> u32 {
        let mut rest = 0;
        for limb in self.0.iter_mut().rev() {
            let value = rest * u64::from(BASE) + u64::from(*limb);
            *limb = (value / u64::from(divisor)) as u32;
            rest = value % u64::from(divisor);
        }
        *self = std::mem::take(self).held();
        rest as u32
    }

    /// Divides in place and returns whether something was left over.
    pub(super) fn div_pow10(&mut self, power: u32) -> bool {
        if power >= self.len() {
            let rest = !self.is_zero();
            self.0.clear();
            return rest;
        }
        let dropped = self.0.drain(..(power / LIMB_DIGITS) as usize).any(|limb| limb != 0);
        self.div_small(10_u32.pow(power % LIMB_DIGITS)) != 0 || dropped
    }

    /// How often ten divides it; zero for zero.
    pub(super) fn trailing_zeros(&self) -> u32 {
        let Some(zero_limbs) = self.0.iter().position(|&limb| limb != 0) else { return 0 };
        let mut limb = self.0[zero_limbs];
        let mut zeros = zero_limbs as u32 * LIMB_DIGITS;
        while limb.is_multiple_of(10) {
            limb /= 10;
            zeros += 1;
        }
        zeros
    }

    /// Divides by `factor` in place as often as that leaves nothing over, and returns how often.
    pub(super) fn remove_factors(&mut self, factor: u32) -> u32 {
        let mut times = 0;
        loop {
            let mut quotient = self.clone();
            if self.is_zero() || quotient.div_small(factor) != 0 {
                return times;
            }
            *self = quotient;
            times += 1;
        }
    }

    /// The lowest 64 bits.
    pub(super) fn low_u64(&self) -> u64 {
        self.0.iter().rev().fold(0, |low: u64, &limb| low.wrapping_mul(u64::from(BASE)).wrapping_add(u64::from(limb)))
    }

    /// The nearest float, ties to even; infinite beyond its range.
    pub(super) fn to_f64(&self) -> f64 {
        self.to_string().parse().expect("decimal digits are a float")
    }
}

impl Ord for Digits {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

impl PartialOrd for Digits {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut limbs = self.0.iter().rev();
        write!(f, "{}", limbs.next().unwrap_or(&0))?;
        limbs.try_for_each(|limb| write!(f, "{limb:09}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Digits {
        Digits::from_decimal(text.as_bytes())
    }

    #[test]
    fn arithmetic_agrees_with_i128() {
        for a in [0_u128, 1, 999_999_999, 1_000_000_000, 123_456_789_012_345_678, 10_u128.pow(27) - 1, 10_u128.pow(27)] {
            for b in [0_u128, 7, 1_000_000_000, 99_999_999_999_999_999, 10_u128.pow(25)] {
                let (x, y) = (digits(&a.to_string()), digits(&b.to_string()));
                assert_eq!(x.add(&y).to_string(), (a + b).to_string());
                assert_eq!(x.cmp(&y), a.cmp(&b));
                if b <= a {
                    assert_eq!(x.sub(&y).to_string(), (a - b).to_string());
                }
            }
            let mut shifted = digits(&a.to_string());
            shifted.mul_pow10(11);
            assert_eq!(shifted.to_string(), (a * 10_u128.pow(11)).to_string());
            let mut divided = digits(&a.to_string());
            assert_eq!(divided.div_pow10(10), a % 10_u128.pow(10) != 0);
            assert_eq!(divided.to_string(), (a / 10_u128.pow(10)).to_string());
            assert_eq!(digits(&a.to_string()).low_u64(), a as u64);
            assert_eq!(digits(&a.to_string()).to_f64(), a as f64);
        }
    }

    #[test]
    fn magnitudes_are_held() {
        let mut huge = Digits::from_u64(u64::MAX);
        huge.mul_pow10(u32::MAX);
        assert_eq!(huge.len(), MAX_DIGITS);
        huge.mul_small(1024);
        assert_eq!(huge.add(&huge).len(), MAX_DIGITS);
    }
}
