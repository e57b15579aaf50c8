//! RFC 3339 times as Go parses them, with its error texts.
//!
//! Upstream: `time.Parse(time.RFC3339, ...)`.

use jiff::Timestamp;

use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::go_text::quote;

/// A moment, with what Go keeps of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(Timestamp);

impl Moment {
    /// Whole seconds in UTC, as `metav1.Time` is written.
    pub(crate) fn seconds(self) -> String {
        let second = self.0.as_second();
        Timestamp::from_second(second).map_or_else(|_| String::new(), |time| time.to_string())
    }

    /// Microseconds in UTC, as `metav1.MicroTime` is written.
    pub(crate) fn micros(self) -> String {
        let text = self.seconds();
        let micros = self.0.subsec_nanosecond().unsigned_abs() / 1_000;
        format!("{}.{micros:06}Z", text.trim_end_matches('Z'))
    }
}

struct Parser<'a> {
    whole: &'a str,
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn fail<T>(&self, element: &str) -> Result<T, String> {
        let (whole, rest) = (quote(self.whole), quote(self.rest));
        Err(format!("parsing time {whole} as \"2006-01-02T15:04:05Z07:00\": cannot parse {rest} as {}", quote(element)))
    }

    fn out_of_range<T>(&self, what: &str) -> Result<T, String> {
        Err(format!("parsing time {}: {what} out of range", quote(self.whole)))
    }

    fn digits(&mut self, count: usize, element: &str) -> Result<i64, String> {
        match self.rest.get(..count) {
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                self.rest = &self.rest[count..];
                Ok(digits.parse().unwrap_or_default())
            }
            _ => self.fail(element),
        }
    }

    fn literal(&mut self, text: &str) -> Result<(), String> {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => self.fail(text),
        }
    }
}

/// A time as `metav1.Time` has it; the error is Go's.
///
/// ```
/// let error = "parsing time \"soon\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"soon\" as \"2006\"";
/// assert_eq!(podlapse_manifest::parse_time("soon").unwrap_err(), error);
/// ```
pub fn parse_time(text: &str) -> Result<Time, String> {
    parse(text).map(|moment| Time(moment.0))
}

/// Parses a time; the error is Go's.
pub(crate) fn parse(text: &str) -> Result<Moment, String> {
    let mut parser = Parser { whole: text, rest: text };
    let p = &mut parser;
    p.digits(4, "2006")?;
    p.literal("-")?;
    let month = p.digits(2, "01")?;
    if !(1..=12).contains(&month) {
        return p.out_of_range("month");
    }
    p.literal("-")?;
    let day = p.digits(2, "02")?;
    p.literal("T")?;
    let hour = p.digits(2, "15")?;
    if hour > 23 {
        return p.out_of_range("hour");
    }
    p.literal(":")?;
    let minute = p.digits(2, "04")?;
    if minute > 59 {
        return p.out_of_range("minute");
    }
    p.literal(":")?;
    let second = p.digits(2, "05")?;
    if second > 59 {
        return p.out_of_range("second");
    }
    if let Some(rest) = p.rest.strip_prefix('.') {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            p.rest = &rest[digits..];
        }
    }
    if let Some(rest) = p.rest.strip_prefix('Z') {
        p.rest = rest;
    } else {
        let zone = p.rest.as_bytes();
        let is_zone = zone.len() >= 6
            && matches!(zone[0], b'+' | b'-')
            && zone[3] == b':'
            && [1, 2, 4, 5].iter().all(|at| zone[*at].is_ascii_digit());
        if !is_zone {
            return p.fail("Z07:00");
        }
        p.rest = &p.rest[6..];
    }
    if !p.rest.is_empty() {
        return Err(format!("parsing time {}: extra text: {}", quote(text), quote(p.rest)));
    }
    if day < 1 {
        return p.out_of_range("day");
    }
    text.parse::<Timestamp>().map(Moment).or_else(|_| p.out_of_range("day"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_kept_in_utc_seconds() {
        assert_eq!(parse("2026-01-01T01:00:00.5+01:00").unwrap().seconds(), "2026-01-01T00:00:00Z");
        assert_eq!(parse("2026-01-01T00:00:00.5Z").unwrap().micros(), "2026-01-01T00:00:00.500000Z");
        let error = parse("2026-01-01").unwrap_err();
        assert_eq!(error, "parsing time \"2026-01-01\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"T\"");
        assert_eq!(parse("2026-02-30T00:00:00Z").unwrap_err(), "parsing time \"2026-02-30T00:00:00Z\": day out of range");
    }
}
