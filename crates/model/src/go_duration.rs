//! Spans of time as people write them: `1m30s`.

use crate::SimDuration;

/// The units, longer names before those that they begin with.
const UNITS: [(&str, u64); 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

impl SimDuration {
    /// Reads a span as Go's `time.ParseDuration` does; one before zero is no span.
    ///
    /// ```
    /// use podlapse_model::SimDuration;
    /// assert_eq!(SimDuration::parse("1m1.5s"), Ok(SimDuration::from_millis(61_500)));
    /// assert_eq!(SimDuration::parse("5").unwrap_err(), "time: missing unit in duration \"5\"");
    /// ```
    ///
    /// # Errors
    /// Go's words for a text that is none.
    pub fn parse(text: &str) -> Result<SimDuration, String> {
        let invalid = || format!("time: invalid duration {text:?}");
        if text == "0" {
            return Ok(SimDuration::ZERO);
        }
        if text.is_empty() {
            return Err(invalid());
        }
        let is_of_number = |c: char| c.is_ascii_digit() || c == '.';
        let mut total = 0_u64;
        let mut rest = text;
        while !rest.is_empty() {
            let (number, after) = rest.split_at(rest.find(|c| !is_of_number(c)).unwrap_or(rest.len()));
            let (unit, next) = after.split_at(after.find(is_of_number).unwrap_or(after.len()));
            if !number.contains(|c: char| c.is_ascii_digit()) {
                return Err(invalid());
            }
            let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
                let problem = if unit.is_empty() { "missing unit".to_owned() } else { format!("unknown unit {unit:?}") };
                return Err(format!("time: {problem} in duration {text:?}"));
            };
            let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
            let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
            let mut ns = whole.checked_mul(*scale).ok_or_else(invalid)?;
            let mut place = *scale;
            for digit in fraction.bytes() {
                place /= 10;
                let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10).ok_or_else(invalid)?;
                ns = ns.checked_add(u64::from(digit) * place).ok_or_else(invalid)?;
            }
            total = total.checked_add(ns).filter(|total| i64::try_from(*total).is_ok()).ok_or_else(invalid)?;
            rest = next;
        }
        Ok(SimDuration::from_nanos(total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_go_reads_them() {
        let cases =
            [("90s", 90_000), ("1m30s", 90_000), ("1.5m", 90_000), ("250ms", 250), ("1h", 3_600_000), ("0", 0), (".5s", 500)];
        for (text, ms) in cases {
            assert_eq!(SimDuration::parse(text).map(SimDuration::as_millis), Ok(ms), "{text}");
        }
        for text in ["", "5", "m", "5 m", "-5s", "1.2.3s", "5d", ".s", "99999999999999999999s", "9999999999h"] {
            assert!(SimDuration::parse(text).is_err(), "{text}");
        }
    }
}
