//! RFC 3339 times as Go parses them, with its error texts.
//!
//! Upstream: `time.Parse(time.RFC3339, ...)`, and with six digits of a second for `metav1.MicroTime`.

use jiff::Timestamp;
use jiff::civil::Date;

use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::go_text::quote_bytes;

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `metav1.Time`: whole seconds are written, and fractions are read.
    Seconds,
    /// `metav1.MicroTime`.
    Micros,
}

impl Layout {
    const fn text(self) -> &'static str {
        match self {
            Layout::Seconds => "2006-01-02T15:04:05Z07:00",
            Layout::Micros => "2006-01-02T15:04:05.000000Z07:00",
        }
    }
}

/// A moment, with what Go keeps of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(Timestamp);

impl Moment {
    /// Whether it is Go's zero, which stands for no time.
    pub(crate) fn is_zero(self) -> bool {
        self.0.as_second() == -62_135_596_800 && self.0.subsec_nanosecond() == 0
    }

    /// In UTC.
    pub(crate) fn text(self, layout: Layout) -> String {
        let second = self.0.as_second();
        let text = Timestamp::from_second(second).map_or_else(|_| String::new(), |time| time.to_string());
        match layout {
            Layout::Seconds => text,
            Layout::Micros => {
                let micros = self.0.subsec_nanosecond().unsigned_abs() / 1_000;
                format!("{}.{micros:06}Z", text.trim_end_matches('Z'))
            }
        }
    }
}

struct Parser<'a> {
    whole: &'a str,
    rest: &'a [u8],
    layout: Layout,
}

impl<'a> Parser<'a> {
    fn fail<T>(&self, element: &str) -> Result<T, String> {
        let (whole, layout, rest) = (quote_bytes(self.whole.as_bytes()), self.layout.text(), quote_bytes(self.rest));
        Err(format!("parsing time {whole} as \"{layout}\": cannot parse {rest} as \"{element}\""))
    }

    fn out_of_range<T>(&self, what: &str) -> Result<T, String> {
        Err(format!("parsing time {}: {what} out of range", quote_bytes(self.whole.as_bytes())))
    }

    fn digit(&self, at: usize) -> Option<i64> {
        self.rest.get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| i64::from(byte - b'0'))
    }

    /// A number of so many digits, the last of which may be missing where `is_short` says so, less than `end`.
    fn number(
        &mut self,
        count: usize,
        is_short: bool,
        element: &str,
        range: (&str, std::ops::Range<i64>),
    ) -> Result<i64, String> {
        let mut value = 0;
        let mut length = 0;
        while let Some(digit) = self.digit(length).filter(|_| length < count) {
            value = value * 10 + digit;
            length += 1;
        }
        if length < count && !(is_short && length + 1 == count) {
            return self.fail(element);
        }
        self.rest = &self.rest[length..];
        if range.1.contains(&value) { Ok(value) } else { self.out_of_range(range.0) }
    }

    fn literal(&mut self, byte: u8, text: &str) -> Result<(), String> {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                Ok(())
            }
            Some(_) | None => self.fail(text),
        }
    }

    /// The nanoseconds behind the seconds.
    fn fraction(&mut self) -> Result<i64, String> {
        let is_mark = matches!(self.rest.first(), Some(b'.' | b','));
        let digits = (1..).take_while(|at| self.digit(*at).is_some()).count();
        let digits = match self.layout {
            Layout::Seconds if !is_mark || digits == 0 => return Ok(0),
            Layout::Seconds => digits,
            Layout::Micros if is_mark && digits >= 6 => 6,
            Layout::Micros => return self.fail(".000000"),
        };
        let nanoseconds = (1..=9).fold(0, |sum, at| sum * 10 + self.digit(at).filter(|_| at <= digits).unwrap_or_default());
        self.rest = &self.rest[1 + digits..];
        Ok(nanoseconds)
    }

    /// The seconds by which the zone is ahead.
    fn zone(&mut self) -> Result<i64, String> {
        const ELEMENT: &str = "Z07:00";
        if let Some((b'Z', rest)) = self.rest.split_first() {
            self.rest = rest;
            return Ok(0);
        }
        if self.rest.get(3) != Some(&b':') {
            return self.fail(ELEMENT);
        }
        let (Some(h), Some(hour), Some(m), Some(minute)) = (self.digit(1), self.digit(2), self.digit(4), self.digit(5)) else {
            return self.fail(ELEMENT);
        };
        let (hour, minute) = (h * 10 + hour, m * 10 + minute);
        if minute > 60 {
            return self.out_of_range("time zone offset minute");
        }
        if hour > 24 {
            return self.out_of_range("time zone offset hour");
        }
        let ahead = (hour * 60 + minute) * 60;
        let ahead = match self.rest[0] {
            b'+' => ahead,
            b'-' => -ahead,
            _ => return self.fail(ELEMENT),
        };
        self.rest = &self.rest[6..];
        Ok(ahead)
    }
}

/// A time as `metav1.Time` has it; the error is Go's.
///
/// ```
/// let error = "parsing time \"soon\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"soon\" as \"2006\"";
/// assert_eq!(podlapse_manifest::parse_time("soon").unwrap_err(), error);
/// ```
pub fn parse_time(text: &str) -> Result<Time, String> {
    parse(text, Layout::Seconds).map(|moment| Time(moment.0))
}

/// Parses a time; the error is Go's.
pub(crate) fn parse(text: &str, layout: Layout) -> Result<Moment, String> {
    let mut parser = Parser { whole: text, rest: text.as_bytes(), layout };
    let p = &mut parser;
    let year = p.number(4, false, "2006", ("year", 0..10_000))?;
    p.literal(b'-', "-")?;
    let month = p.number(2, false, "01", ("month", 1..13))?;
    p.literal(b'-', "-")?;
    let day = p.number(2, false, "02", ("day", 0..100))?;
    p.literal(b'T', "T")?;
    let hour = p.number(2, true, "15", ("hour", 0..24))?;
    p.literal(b':', ":")?;
    let minute = p.number(2, false, "04", ("minute", 0..60))?;
    p.literal(b':', ":")?;
    let second = p.number(2, false, "05", ("second", 0..60))?;
    let nanoseconds = p.fraction()?;
    let ahead = p.zone()?;
    if !p.rest.is_empty() {
        return Err(format!("parsing time {}: extra text: {}", quote_bytes(text.as_bytes()), quote_bytes(p.rest)));
    }
    if Date::new(year as i16, month as i8, day as i8).is_err() {
        return p.out_of_range("day");
    }
    let seconds = ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second - ahead;
    // The last hours of the year 9999 are beyond what can be told.
    let time = Timestamp::new(seconds, nanoseconds as i32).unwrap_or(Timestamp::MAX);
    Ok(Moment(time))
}

/// The days since 1970. Years are counted from March, so that the leap day is the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 719_469
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Result<String, String> {
        parse(text, Layout::Seconds).map(|moment| moment.text(Layout::Seconds))
    }

    #[test]
    fn times_are_kept_in_utc_seconds() {
        assert_eq!(seconds("2026-01-01T01:00:00.5+01:00").unwrap(), "2026-01-01T00:00:00Z");
        let micros = |text: &str| parse(text, Layout::Micros).map(|moment| moment.text(Layout::Micros));
        assert_eq!(micros("2026-01-01T00:00:00.500000Z").unwrap(), "2026-01-01T00:00:00.500000Z");
        let error = micros("2026-01-01T00:00:00Z").unwrap_err();
        assert!(error.ends_with("as \"2006-01-02T15:04:05.000000Z07:00\": cannot parse \"Z\" as \".000000\""), "{error}");
    }

    #[test]
    fn odd_times_are_read_as_go_reads_them() {
        assert_eq!(seconds("2026-01-01T1:00:00,25+01:60").unwrap(), "2025-12-31T23:00:00Z");
        assert_eq!(seconds("0001-01-01T00:00:00Z").unwrap(), "0001-01-01T00:00:00Z");
        let error = |text: &str| seconds(text).unwrap_err();
        let layout = "2006-01-02T15:04:05Z07:00";
        assert_eq!(error("2026-01-01"), format!("parsing time \"2026-01-01\" as \"{layout}\": cannot parse \"\" as \"T\""));
        assert_eq!(error("2026-02-30T00:00:00Z"), "parsing time \"2026-02-30T00:00:00Z\": day out of range");
        let zone = "2026-01-01T00:00:00+25:00";
        assert_eq!(error(zone), format!("parsing time \"{zone}\": time zone offset hour out of range"));
        let umlaut = error("é");
        assert_eq!(umlaut, format!("parsing time \"\\xc3\\xa9\" as \"{layout}\": cannot parse \"\\xc3\\xa9\" as \"2006\""));
    }
}
