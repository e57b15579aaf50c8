//! Spans of time as they are typed: `5m`, `1m30s`, `250ms`.

use podlapse_model::SimDuration;

const UNITS: [(&str, u64); 4] = [("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000)];

/// Reads a span of whole or decimal numbers with units, as Go does.
pub(crate) fn parse_duration(text: &str) -> Result<SimDuration, String> {
    let wrong = || format!("{text:?} is no span of time such as 90s, 5m or 1h30m");
    if text == "0" {
        return Ok(SimDuration::ZERO);
    }
    let mut total = SimDuration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let (number, after) = rest.split_at(end);
        let (unit, ns) = UNITS.iter().find(|(unit, _)| after.starts_with(unit)).ok_or_else(wrong)?;
        total = total + part(number, *ns).ok_or_else(wrong)?;
        rest = &after[unit.len()..];
    }
    if text.is_empty() { Err(wrong()) } else { Ok(total) }
}

/// A decimal number of units, cut down to whole nanoseconds. `None` if it is no number or longer than virtual time can hold.
fn part(number: &str, unit_ns: u64) -> Option<SimDuration> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let digits = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<u64>().ok() };
    let mut ns = digits(whole)?.checked_mul(unit_ns)?;
    let mut digit_ns = unit_ns;
    for digit in fraction.bytes() {
        digit_ns /= 10;
        ns = ns.checked_add(u64::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?) * digit_ns)?;
    }
    i64::try_from(ns).ok()?;
    Some(SimDuration::from_nanos(ns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_go_reads_them() {
        let cases =
            [("90s", 90_000), ("1m30s", 90_000), ("1.5m", 90_000), ("250ms", 250), ("1h", 3_600_000), ("0", 0), (".5s", 500)];
        for (text, ms) in cases {
            assert_eq!(parse_duration(text).map(SimDuration::as_millis), Ok(ms), "{text}");
        }
        for text in ["", "5", "m", "5 m", "-5s", "1.2.3s", "5d", ".s", "99999999999999999999s", "9999999999h"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
