//! The schedules of CronJobs.
//!
//! Upstream: `github.com/robfig/cron/v3` `ParseStandard` and `SpecSchedule.Next`, which CronJobs use. The days of a week are 0 to 6.
//! A time and its successor are those of one clock; who asks reckons with the clocks of a time zone.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone as Clocks;
use podlapse_model::go_text::quote;
use podlapse_model::{SimDuration, TimeZone};

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

struct Bounds {
    low: u32,
    high: u32,
    names: &'static [&'static str],
}

const FIELDS: [Bounds; 5] = [
    Bounds { low: 0, high: 59, names: &[] },
    Bounds { low: 0, high: 23, names: &[] },
    Bounds { low: 1, high: 31, names: &[] },
    Bounds { low: 1, high: 12, names: MONTHS },
    Bounds { low: 0, high: 6, names: DAYS },
];

/// When something is due.
///
/// ```
/// use podlapse_manifest::Schedule;
/// let schedule = Schedule::parse("*/5 * * * *").unwrap();
/// let after = "2026-01-01T00:07:30Z".parse().unwrap();
/// assert_eq!(schedule.next(after), "2026-01-01T00:10:00Z".parse().ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// The bits of minutes, hours, days of the month, months and days of the week.
    Fields([Field; 5]),
    /// Seconds from one time to the next.
    Every(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Field {
    bits: u64,
    /// Whether it leaves everything open; the days of month and week then both have to match.
    is_star: bool,
}

/// A schedule without a time in so many years has none.
const YEARS: i16 = 5;

impl Schedule {
    /// Reads a schedule.
    ///
    /// # Errors
    /// What is wrong with it, in the library's words.
    pub fn parse(text: &str) -> Result<Schedule, String> {
        let mut spec = text;
        if let Some(rest) = spec.strip_prefix("TZ=").or_else(|| spec.strip_prefix("CRON_TZ=")) {
            let (zone, tail) = rest.split_once(' ').unwrap_or((rest, ""));
            if zone != "Local" && TimeZone::named(zone).is_none() {
                return Err(format!("provided bad location {zone}: unknown time zone {zone}"));
            }
            spec = tail.trim();
        }
        if spec.starts_with('@') {
            return descriptor(spec);
        }
        let texts: Vec<&str> = spec.split_whitespace().collect();
        if texts.len() != FIELDS.len() {
            return Err(format!("expected exactly 5 fields, found {}: [{}]", texts.len(), texts.join(" ")));
        }
        let mut fields = [Field { bits: 0, is_star: false }; 5];
        for ((text, bounds), field) in texts.iter().zip(&FIELDS).zip(&mut fields) {
            for range in text.split(',').filter(|range| !range.is_empty()) {
                let part = range_bits(range, bounds)?;
                *field = Field { bits: field.bits | part.bits, is_star: field.is_star | part.is_star };
            }
        }
        Ok(Schedule(Kind::Fields(fields)))
    }

    /// The first time after the given one; `None` if there is none within five years.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let fields = match &self.0 {
            Kind::Every(seconds) => return Timestamp::from_second(after.as_second().checked_add(*seconds)?).ok(),
            Kind::Fields(fields) => fields,
        };
        let start = Timestamp::from_second((after.as_second().div_euclid(60) + 1) * 60).ok()?;
        let civil = Clocks::UTC.to_datetime(start);
        let mut first = Some((civil.hour(), civil.minute()));
        let mut date = civil.date();
        while date.year() <= civil.year().saturating_add(YEARS) {
            if fields.has_day(date)
                && let Some((hour, minute)) = fields.time_of_day(first.unwrap_or((0, 0)))
            {
                return date.at(hour, minute, 0, 0).to_zoned(Clocks::UTC).ok().map(|zoned| zoned.timestamp());
            }
            first = None;
            date = date.tomorrow().ok()?;
        }
        None
    }
}

trait Days {
    fn has_day(&self, date: Date) -> bool;
    fn time_of_day(&self, from: (i8, i8)) -> Option<(i8, i8)>;
}

impl Days for [Field; 5] {
    fn has_day(&self, date: Date) -> bool {
        let [_, _, days, months, week_days] = self;
        let has = |field: &Field, number: i8| field.bits & (1 << number.unsigned_abs()) != 0;
        let (by_day, by_week) = (has(days, date.day()), has(week_days, date.weekday().to_sunday_zero_offset()));
        let is_day = if days.is_star || week_days.is_star { by_day && by_week } else { by_day || by_week };
        has(months, date.month()) && is_day
    }

    /// The first hour and minute from the given ones on.
    fn time_of_day(&self, from: (i8, i8)) -> Option<(i8, i8)> {
        let [minutes, hours, ..] = self;
        let has = |field: &Field, number: i8| field.bits & (1 << number.unsigned_abs()) != 0;
        (from.0..24).filter(|hour| has(hours, *hour)).find_map(|hour| {
            let start = if hour == from.0 { from.1 } else { 0 };
            (start..60).find(|minute| has(minutes, *minute)).map(|minute| (hour, minute))
        })
    }
}

fn descriptor(spec: &str) -> Result<Schedule, String> {
    const KNOWN: &[(&str, &str)] = &[
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
        ("@monthly", "0 0 1 * *"),
        ("@weekly", "0 0 * * 0"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@hourly", "0 * * * *"),
    ];
    if let Some((_, fields)) = KNOWN.iter().find(|(name, _)| *name == spec) {
        return Schedule::parse(fields);
    }
    if let Some(duration) = spec.strip_prefix("@every ") {
        let span = SimDuration::parse(duration).map_err(|error| format!("failed to parse duration {spec}: {error}"))?;
        return Ok(Schedule(Kind::Every(i64::try_from(span.as_secs()).unwrap_or(i64::MAX).max(1))));
    }
    Err(format!("unrecognized descriptor: {spec}"))
}

fn range_bits(expression: &str, bounds: &Bounds) -> Result<Field, String> {
    let parts: Vec<&str> = expression.split('/').collect();
    let ends: Vec<&str> = parts[0].split('-').collect();
    let is_single = ends.len() == 1;
    let mut is_star = matches!(ends[0], "*" | "?");
    let (start, mut end) = if is_star {
        (bounds.low, bounds.high)
    } else {
        let start = number_or_name(ends[0], bounds)?;
        match ends.as_slice() {
            [_] => (start, start),
            [_, end] => (start, number_or_name(end, bounds)?),
            _ => return Err(format!("too many hyphens: {expression}")),
        }
    };
    let step = match parts.as_slice() {
        [_] => 1,
        [_, step] => {
            let step = number(step)?;
            if is_single {
                end = bounds.high;
            }
            is_star &= step <= 1;
            step
        }
        _ => return Err(format!("too many slashes: {expression}")),
    };
    if start < bounds.low {
        return Err(format!("beginning of range ({start}) below minimum ({}): {expression}", bounds.low));
    }
    if end > bounds.high {
        return Err(format!("end of range ({end}) above maximum ({}): {expression}", bounds.high));
    }
    if start > end {
        return Err(format!("beginning of range ({start}) beyond end of range ({end}): {expression}"));
    }
    if step == 0 {
        return Err(format!("step of range should be a positive number: {expression}"));
    }
    let bits = (start..=end).step_by(usize::try_from(step).unwrap_or(usize::MAX)).fold(0, |bits, number| bits | 1 << number);
    Ok(Field { bits, is_star })
}

fn number_or_name(text: &str, bounds: &Bounds) -> Result<u32, String> {
    let lower = text.to_lowercase();
    match bounds.names.iter().position(|name| *name == lower) {
        Some(at) => Ok(at as u32 + bounds.low),
        None => number(text),
    }
}

fn number(text: &str) -> Result<u32, String> {
    match text.parse::<i64>() {
        Ok(value) if value < 0 => Err(format!("negative number ({value}) not allowed: {text}")),
        Ok(value) => Ok(u32::try_from(value).unwrap_or(u32::MAX)),
        Err(_) => {
            let problem = if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
                "value out of range"
            } else {
                "invalid syntax"
            };
            Err(format!("failed to parse int from {text}: strconv.Atoi: parsing {}: {problem}", quote(text)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;

    fn error(text: &str) -> String {
        Schedule::parse(text).unwrap_err()
    }

    #[test]
    fn schedules_are_read_as_the_library_reads_them() {
        assert!(Schedule::parse("*/5 0-6/2 1,15 jan-mar sun").is_ok());
        assert!(Schedule::parse("@every 1h30m").is_ok());
        assert_eq!(error("@foo"), "unrecognized descriptor: @foo");
        assert_eq!(error("* * * * 7"), "end of range (7) above maximum (6): 7");
        assert_eq!(error("x * * * *"), "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax");
    }

    fn next(text: &str, after: &str) -> String {
        let next = Schedule::parse(text).unwrap().next(after.parse().unwrap());
        next.map_or_else(|| "never".to_owned(), |next| next.to_string())
    }

    #[test]
    fn the_next_time_is_the_first_that_every_field_allows() {
        assert_eq!(next("* * * * *", "2026-01-01T00:00:00Z"), "2026-01-01T00:01:00Z");
        assert_eq!(next("0 3 * * mon", "2026-01-01T04:00:00Z"), "2026-01-05T03:00:00Z");
        assert_eq!(next("30 23 31 12 *", "2026-12-31T23:30:00Z"), "2027-12-31T23:30:00Z");
        assert_eq!(next("0 0 29 2 *", "2026-01-01T00:00:00Z"), "2028-02-29T00:00:00Z");
        assert_eq!(next("0 0 31 2 *", "2026-01-01T00:00:00Z"), "never");
        assert_eq!(next("@every 90s", "2026-01-01T00:00:00Z"), "2026-01-01T00:01:30Z");
    }

    #[test]
    fn a_day_of_the_month_or_of_the_week_is_enough_where_both_are_given() {
        assert_eq!(next("0 0 13 * fri", "2026-01-01T00:00:00Z"), "2026-01-02T00:00:00Z");
        assert_eq!(next("0 0 13 * *", "2026-01-01T00:00:00Z"), "2026-01-13T00:00:00Z");
    }
}
