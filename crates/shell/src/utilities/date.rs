//! `date`, in UTC, from the wall clock of the simulation.

use super::process::line;
use crate::shell::Step;
use crate::system::System;

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Year, month (1 to 12) and day of the proleptic Gregorian calendar, from days since 1970.
///
/// Counts in eras of 400 years that begin in March, so that the leap day is the last of a year.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// Days since 1970 of a date, which need not be one: the 30th of February is the 1st or 2nd of March.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = (year + (month - 1).div_euclid(12), (month - 1).rem_euclid(12) + 1);
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The instant that `date -d` reads: `@SECONDS`, `YYYY-MM-DD`, `hh:mm[:ss]`, or a date and a time. What is not said is as at `now`,
/// but for the smaller parts of a time.
fn instant(text: &str, now: i64) -> Option<i64> {
    if let Some(seconds) = text.strip_prefix('@') {
        return seconds.parse::<i64>().ok().filter(|seconds| seconds.unsigned_abs() < 1 << 40);
    }
    let numbers = |text: &str, separator: char| -> Option<Vec<i64>> {
        let parts = text.split(separator);
        parts.map(|part| part.parse::<u16>().ok().map(i64::from).filter(|_| !part.starts_with('+'))).collect()
    };
    let (date, time) = match text.split_once([' ', 'T']) {
        Some((date, time)) => (Some(date), Some(time.trim_end_matches('Z'))),
        None if text.contains(':') => (None, Some(text)),
        None => (Some(text), None),
    };
    let days = match date {
        Some(date) => match numbers(date, '-')?[..] {
            [year, month, day] => days_since_1970(year, month, day),
            _ => return None,
        },
        None => now.div_euclid(86_400),
    };
    let seconds = match time {
        Some(time) => match numbers(time, ':')?[..] {
            [hour, minute] => hour * 3_600 + minute * 60,
            [hour, minute, second] => hour * 3_600 + minute * 60 + second,
            _ => return None,
        },
        None => 0,
    };
    Some(days * 86_400 + seconds)
}

/// Days before the first of each month in a year that is not a leap year.
const DAYS_BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// `seconds` since 1970 in the words of `strftime`.
pub(super) fn format_time(seconds: i64, nanos: i64, format: &str) -> String {
    let (days, second_of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second_of_day / 3_600, second_of_day / 60 % 60, second_of_day % 60);
    let weekday = (days + 4).rem_euclid(7);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let index = |number: i64| usize::try_from(number).unwrap_or(0);
    let mut text = String::new();
    let mut chars = format.chars();
    while let Some(next) = chars.next() {
        if next != '%' {
            text.push(next);
            continue;
        }
        let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
        text.push_str(&match chars.next() {
            Some('Y') => year.to_string(),
            Some('y') => format!("{:02}", year.rem_euclid(100)),
            Some('m') => format!("{month:02}"),
            Some('d') => format!("{day:02}"),
            Some('e') => format!("{day:2}"),
            Some('H') => format!("{hour:02}"),
            Some('I') => format!("{hour12:02}"),
            Some('M') => format!("{minute:02}"),
            Some('S') => format!("{second:02}"),
            Some('p') => (if hour < 12 { "AM" } else { "PM" }).to_owned(),
            Some('s') => seconds.to_string(),
            Some('N') => format!("{nanos:09}"),
            Some('j') => format!("{:03}", DAYS_BEFORE[index(month - 1)] + day + i64::from(is_leap && 2 < month)),
            Some('u') => (if weekday == 0 { 7 } else { weekday }).to_string(),
            Some('w') => weekday.to_string(),
            Some('a') => DAYS[index(weekday)][..3].to_owned(),
            Some('A') => DAYS[index(weekday)].to_owned(),
            Some('b' | 'h') => MONTHS[index(month - 1)][..3].to_owned(),
            Some('B') => MONTHS[index(month - 1)].to_owned(),
            Some('F') => format!("{year}-{month:02}-{day:02}"),
            Some('T') => format!("{hour:02}:{minute:02}:{second:02}"),
            Some('R') => format!("{hour:02}:{minute:02}"),
            Some('D') => format!("{month:02}/{day:02}/{:02}", year.rem_euclid(100)),
            Some('Z') => "UTC".to_owned(),
            Some('z') => "+0000".to_owned(),
            Some('n') => "\n".to_owned(),
            Some('t') => "\t".to_owned(),
            Some('%') => "%".to_owned(),
            Some(other) => format!("%{other}"),
            None => "%".to_owned(),
        });
    }
    text
}

/// `date [-u] [-d TIME] [-Iseconds] [+FORMAT]`
pub(super) fn date(args: &[String], system: &mut System<'_, '_>) -> Step {
    let now = system.wall_clock_ns();
    let (mut seconds, nanos) = (now.div_euclid(1_000_000_000), now.rem_euclid(1_000_000_000));
    let mut format = "%a %b %e %H:%M:%S UTC %Y";
    let mut words = args.iter();
    while let Some(word) = words.next() {
        if let Some(wanted) = word.strip_prefix('+') {
            format = wanted;
        } else if word == "-d" {
            let wanted = words.next().map_or("", String::as_str);
            match instant(wanted, seconds) {
                Some(parsed) => seconds = parsed,
                None => {
                    system.complain(&format!("date: invalid date '{wanted}'"));
                    return Step::Exit(1);
                }
            }
        } else if word.starts_with("-I") {
            format = if word == "-Iseconds" { "%Y-%m-%dT%H:%M:%S+00:00" } else { "%F" };
        } else if word == "-R" {
            format = "%a, %d %b %Y %H:%M:%S +0000";
        } else if word != "-u" {
            system.complain(&format!("date: invalid date '{word}'"));
            return Step::Exit(1);
        }
    }
    line(&format_time(seconds, nanos, format), system)
}

#[cfg(test)]
mod tests {
    use super::format_time;

    #[test]
    fn dates_follow_the_calendar() {
        let cases = [
            (0, "Thu Jan  1 00:00:00 1970 001"),
            (951_782_400, "Tue Feb 29 00:00:00 2000 060"),
            (1_735_689_599, "Tue Dec 31 23:59:59 2024 366"),
            (-1, "Wed Dec 31 23:59:59 1969 365"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(format_time(seconds, 0, "%a %b %e %T %Y %j"), expected);
        }
    }
}
