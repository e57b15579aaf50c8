//! The suffixes of quantities and their exponents.
//!
//! Models `k8s.io/apimachinery/pkg/api/resource` `suffix.go` (v1.36).

use super::Format;

const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
const BINARY: [(&str, i32); 6] = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

/// The format and the exponent that a suffix stands for, of two for [`Format::BinarySI`] and of ten for the others.
pub(super) fn interpret(suffix: &str) -> Option<(Format, i32)> {
    if let Some((_, exponent)) = DECIMAL.iter().find(|(known, _)| *known == suffix) {
        return Some((Format::DecimalSI, *exponent));
    }
    if let Some((_, exponent)) = BINARY.iter().find(|(known, _)| *known == suffix) {
        return Some((Format::BinarySI, *exponent));
    }
    let exponent: i64 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    // Upstream narrows to 32 bits without a check.
    Some((Format::DecimalExponent, exponent as i32))
}

/// The decimal suffix of an exponent; none beyond the table, which upstream then leaves out.
pub(super) fn decimal(exponent: i32) -> &'static str {
    DECIMAL.iter().find(|(_, known)| *known == exponent).map_or("", |(suffix, _)| suffix)
}

/// The binary suffix of a power of 1024; none beyond the table, which upstream then leaves out.
pub(super) fn binary(power: u32) -> &'static str {
    (power as usize).checked_sub(1).and_then(|at| BINARY.get(at)).map_or("", |(suffix, _)| suffix)
}
