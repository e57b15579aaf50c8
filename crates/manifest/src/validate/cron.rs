//! Whether a schedule can be read.
//!
//! Upstream: `github.com/robfig/cron/v3` `ParseStandard`, which CronJobs use. The days of a week are 0 to 6.

use podlapse_model::field::quote;

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

/// Areas of the time zone database, and names without one.
const AREAS: &[&str] = &[
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Brazil",
    "Canada",
    "Chile",
    "Etc",
    "Europe",
    "Indian",
    "Mexico",
    "Pacific",
    "US",
];
const ZONES: &[&str] = &[
    "UTC",
    "GMT",
    "GMT0",
    "GMT+0",
    "GMT-0",
    "Greenwich",
    "UCT",
    "Universal",
    "Zulu",
    "EST",
    "EST5EDT",
    "CST6CDT",
    "MST",
    "MST7MDT",
    "PST8PDT",
    "HST",
    "CET",
    "EET",
    "MET",
    "WET",
    "Cuba",
    "Egypt",
    "Eire",
    "GB",
    "GB-Eire",
    "Hongkong",
    "Iceland",
    "Iran",
    "Israel",
    "Jamaica",
    "Japan",
    "Kwajalein",
    "Libya",
    "NZ",
    "NZ-CHAT",
    "Navajo",
    "PRC",
    "Poland",
    "Portugal",
    "ROC",
    "ROK",
    "Singapore",
    "Turkey",
    "W-SU",
];

/// Whether a time zone of this name can exist.
pub(super) fn is_time_zone(name: &str) -> bool {
    let is_place = |place: &str| {
        place.as_bytes().first().is_some_and(u8::is_ascii_uppercase)
            && place.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'+'))
    };
    ZONES.contains(&name) || name.split_once('/').is_some_and(|(area, place)| AREAS.contains(&area) && is_place(place))
}

/// Reads a schedule; the error is the library's.
pub(super) fn check(schedule: &str) -> Result<(), String> {
    let mut spec = schedule;
    if let Some(rest) = spec.strip_prefix("TZ=").or_else(|| spec.strip_prefix("CRON_TZ=")) {
        let (zone, tail) = rest.split_once(' ').unwrap_or((rest, ""));
        if !is_time_zone(zone) {
            return Err(format!("provided bad location {zone}: unknown time zone {zone}"));
        }
        spec = tail.trim();
    }
    if spec.starts_with('@') {
        return check_descriptor(spec);
    }
    let fields: Vec<&str> = spec.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" ")));
    }
    for (field, bounds) in fields.iter().zip(&FIELDS) {
        for range in field.split(',').filter(|range| !range.is_empty()) {
            check_range(range, bounds)?;
        }
    }
    Ok(())
}

fn check_descriptor(spec: &str) -> Result<(), String> {
    const KNOWN: &[&str] = &["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
    if KNOWN.contains(&spec) {
        return Ok(());
    }
    if let Some(duration) = spec.strip_prefix("@every ") {
        let is_duration = duration.ends_with(['s', 'm', 'h'])
            && duration.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'h' | b'm' | b's' | b'u' | b'n' | b'.'))
            && duration.starts_with(|c: char| c.is_ascii_digit());
        return if is_duration {
            Ok(())
        } else {
            Err(format!("failed to parse duration {spec}: time: invalid duration {}", quote(duration)))
        };
    }
    Err(format!("unrecognized descriptor: {spec}"))
}

fn check_range(expression: &str, bounds: &Bounds) -> Result<(), String> {
    let parts: Vec<&str> = expression.split('/').collect();
    let ends: Vec<&str> = parts[0].split('-').collect();
    let is_single = ends.len() == 1;
    let (start, mut end) = if matches!(ends[0], "*" | "?") {
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
    Ok(())
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
    use super::check;

    #[test]
    fn schedules_are_read_as_the_library_reads_them() {
        assert_eq!(check("*/5 0-6/2 1,15 jan-mar sun"), Ok(()));
        assert_eq!(check("@every 1h30m"), Ok(()));
        assert_eq!(check("@foo").unwrap_err(), "unrecognized descriptor: @foo");
        assert_eq!(check("* * * * 7").unwrap_err(), "end of range (7) above maximum (6): 7");
        assert_eq!(check("x * * * *").unwrap_err(), "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax");
    }
}
