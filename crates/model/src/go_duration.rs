//! Spans of time as people write them: `1m30s`.

use crate::SimDuration;
use crate::go_text::quote_bytes;

/// The units. The sign of micro has two code points.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// What no span is longer than.
const LIMIT: u64 = 1 << 63;

/// The digits that `text` begins with as a number, and what follows; none where it is too large.
fn whole(text: &str) -> Option<(u64, &str)> {
    let (digits, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let value = if digits.is_empty() { Some(0) } else { digits.parse().ok() };
    Some((value.filter(|value| *value <= LIMIT)?, rest))
}

/// The digits behind a point as a number and its power of ten, as many as there is room for, and what follows.
fn fraction(text: &str) -> (u64, f64, &str) {
    let (digits, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let (mut value, mut scale) = (0_u64, 1.0);
    for digit in digits.bytes() {
        let next = value.checked_mul(10).map(|value| value + u64::from(digit - b'0')).filter(|next| *next <= LIMIT);
        let Some(next) = next else { break };
        value = next;
        scale *= 10.0;
    }
    (value, scale, rest)
}

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
        let shown = || quote_bytes(text.as_bytes());
        let invalid = || format!("time: invalid duration {}", shown());
        let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
        if rest == "0" {
            return Ok(SimDuration::ZERO);
        }
        if rest.is_empty() {
            return Err(invalid());
        }
        let mut total = 0_u64;
        while !rest.is_empty() {
            let length = rest.len();
            let (mut value, after) = whole(rest).ok_or_else(invalid)?;
            let (mut has_digits, mut part, mut scale) = (after.len() < length, 0, 1.0);
            rest = after;
            if let Some(behind) = rest.strip_prefix('.') {
                (part, scale, rest) = fraction(behind);
                has_digits |= rest.len() < behind.len();
            }
            if !has_digits {
                return Err(invalid());
            }
            let (unit, next) = rest.split_at(rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len()));
            let Some((_, unit)) = UNITS.iter().find(|(name, _)| *name == unit) else {
                let problem = match unit {
                    "" => "missing unit".to_owned(),
                    unit => format!("unknown unit {}", quote_bytes(unit.as_bytes())),
                };
                return Err(format!("time: {problem} in duration {}", shown()));
            };
            value = value.checked_mul(*unit).filter(|value| *value <= LIMIT).ok_or_else(invalid)?;
            value += (part as f64 * (*unit as f64 / scale)) as u64;
            total = total.checked_add(value).filter(|total| value <= LIMIT && *total <= LIMIT).ok_or_else(invalid)?;
            rest = next;
        }
        let is_negative = text.starts_with('-') && total > 0;
        if is_negative || total == LIMIT { Err(invalid()) } else { Ok(SimDuration::from_nanos(total)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_go_reads_them() {
        let cases = [
            ("90s", 90_000),
            ("1m30s", 90_000),
            ("+1.5m", 90_000),
            ("250ms", 250),
            ("1h", 3_600_000),
            ("-0", 0),
            (".5s", 500),
            ("500\u{3bc}s.5ms", 1),
        ];
        for (text, ms) in cases {
            assert_eq!(SimDuration::parse(text).map(SimDuration::as_millis), Ok(ms), "{text}");
        }
        for text in ["", "5", "m", "5 m", "-5s", "1.2.3s", "5d", ".s", "99999999999999999999s", "9999999999h"] {
            assert!(SimDuration::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_first_thing_wrong_is_told() {
        let error = |text: &str| SimDuration::parse(text).unwrap_err();
        assert_eq!(error("5d3é"), "time: unknown unit \"d\" in duration \"5d3\\xc3\\xa9\"");
        assert_eq!(error("1.5.2s"), "time: missing unit in duration \"1.5.2s\"");
    }
}
