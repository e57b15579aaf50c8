//! The time zones in which CronJobs can have their schedule.
//!
//! Models `time.LoadLocation` as `pkg/controller/cronjob/cronjob_controllerv2.go` `formatSchedule` uses it (v1.36), by today's rules of
//! the zones that schedules are mostly written in. Not modelled: other zones, which count as UTC, and rules of the past.

use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, Timestamp};

/// When the clocks of a zone are an hour ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Summer {
    /// Never.
    None,
    /// From the last Sunday of March to the last of October, at 1:00 UTC.
    European,
    /// From the second Sunday of March to the first of November, at 2:00 of the standard time and 2:00 of the summer time.
    American,
    /// From the first Sunday of October to the first of April, at 2:00 and 3:00.
    Australian,
}

/// Zones with the same clocks: minutes ahead of UTC, summer time, names.
const ZONES: [(i16, Summer, &str); 28] = [
    (-600, Summer::None, "Pacific/Honolulu US/Hawaii"),
    (-540, Summer::American, "America/Anchorage US/Alaska"),
    (-480, Summer::American, "America/Los_Angeles America/Vancouver America/Tijuana US/Pacific"),
    (-420, Summer::American, "America/Denver America/Edmonton US/Mountain"),
    (-420, Summer::None, "America/Phoenix US/Arizona"),
    (-360, Summer::American, "America/Chicago America/Winnipeg US/Central"),
    (-360, Summer::None, "America/Mexico_City America/Costa_Rica America/Guatemala"),
    (-300, Summer::American, "America/New_York America/Toronto America/Detroit US/Eastern"),
    (-300, Summer::None, "America/Bogota America/Lima America/Panama"),
    (-240, Summer::American, "America/Halifax"),
    (-240, Summer::None, "America/Caracas America/La_Paz America/Puerto_Rico"),
    (-180, Summer::None, "America/Sao_Paulo America/Argentina/Buenos_Aires America/Buenos_Aires America/Montevideo"),
    (0, Summer::European, "Europe/London Europe/Dublin Europe/Lisbon WET"),
    (
        60,
        Summer::European,
        "Europe/Berlin Europe/Paris Europe/Madrid Europe/Rome Europe/Amsterdam Europe/Brussels Europe/Vienna Europe/Zurich \
         Europe/Warsaw Europe/Prague Europe/Stockholm Europe/Oslo Europe/Copenhagen Europe/Budapest Europe/Belgrade CET",
    ),
    (60, Summer::None, "Africa/Lagos Africa/Algiers Africa/Tunis"),
    (
        120,
        Summer::European,
        "Europe/Athens Europe/Helsinki Europe/Kyiv Europe/Kiev Europe/Bucharest Europe/Sofia Europe/Vilnius EET",
    ),
    (120, Summer::None, "Africa/Johannesburg Africa/Harare Africa/Tripoli"),
    (180, Summer::None, "Europe/Moscow Europe/Istanbul Europe/Minsk Asia/Riyadh Asia/Baghdad Africa/Nairobi"),
    (240, Summer::None, "Asia/Dubai Asia/Baku Asia/Tbilisi"),
    (300, Summer::None, "Asia/Karachi Asia/Tashkent Asia/Almaty"),
    (330, Summer::None, "Asia/Kolkata Asia/Calcutta Asia/Colombo"),
    (345, Summer::None, "Asia/Kathmandu"),
    (360, Summer::None, "Asia/Dhaka"),
    (420, Summer::None, "Asia/Bangkok Asia/Jakarta Asia/Ho_Chi_Minh"),
    (
        480,
        Summer::None,
        "Asia/Shanghai Asia/Hong_Kong Asia/Taipei Asia/Singapore Asia/Manila Asia/Kuala_Lumpur Australia/Perth PRC",
    ),
    (540, Summer::None, "Asia/Tokyo Asia/Seoul Japan"),
    (600, Summer::Australian, "Australia/Sydney Australia/Melbourne Australia/Hobart"),
    (600, Summer::None, "Australia/Brisbane"),
];

/// A time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Zone {
    minutes: i16,
    summer: Summer,
}

impl Zone {
    /// The zone of a name; UTC if it has none.
    pub(crate) fn of(name: Option<&str>) -> Zone {
        let name = name.unwrap_or_default();
        if let Some(hours) = name.strip_prefix("Etc/GMT").and_then(|hours| hours.parse::<i16>().ok()) {
            // West of Greenwich is positive here.
            return Zone { minutes: -60 * hours.clamp(-14, 12), summer: Summer::None };
        }
        let known = ZONES.iter().find(|(_, _, names)| !name.is_empty() && names.split(' ').any(|known| known == name));
        known
            .map_or(Zone { minutes: 0, summer: Summer::None }, |(minutes, summer, _)| Zone { minutes: *minutes, summer: *summer })
    }

    /// By how much the clocks of the zone are ahead of UTC at a moment.
    pub(crate) fn offset(self, at: Timestamp) -> SignedDuration {
        let minutes = i64::from(self.minutes) + if self.is_summer(at) { 60 } else { 0 };
        SignedDuration::from_mins(minutes)
    }

    fn is_summer(self, at: Timestamp) -> bool {
        // The date by standard time; the changes come on Sundays at hours at which it has come everywhere.
        let standard = at.saturating_add(SignedDuration::from_mins(i64::from(self.minutes))).unwrap_or(at);
        let civil = jiff::tz::TimeZone::UTC.to_datetime(standard);
        let year = civil.year();
        let is_past =
            |(month, week, hour): (i8, i8, i8)| sunday(year, month, week).is_some_and(|date| date.at(hour, 0, 0, 0) <= civil);
        let utc_hour = |hour: i16| i8::try_from(hour + self.minutes / 60).unwrap_or(0);
        match self.summer {
            Summer::None => false,
            Summer::European => is_past((3, -1, utc_hour(1))) && !is_past((10, -1, utc_hour(1))),
            Summer::American => is_past((3, 2, 2)) && !is_past((11, 1, 1)),
            Summer::Australian => is_past((10, 1, 2)) || !is_past((4, 1, 2)),
        }
    }

    /// A moment with the zone's offset, as RFC 3339 writes it.
    pub(crate) fn written(self, at: Timestamp) -> String {
        let offset = self.offset(at);
        let local = at.saturating_add(offset).unwrap_or(at).to_string();
        let minutes = offset.as_mins();
        match minutes {
            0 => local,
            minutes => {
                let sign = if minutes < 0 { '-' } else { '+' };
                format!("{}{sign}{:02}:{:02}", local.trim_end_matches('Z'), minutes.abs() / 60, minutes.abs() % 60)
            }
        }
    }
}

/// The how-manieth Sunday of a month; -1 is the last.
fn sunday(year: i16, month: i8, week: i8) -> Option<Date> {
    Date::new(year, month, 1).ok()?.nth_weekday_of_month(week, Weekday::Sunday).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(zone: &str, at: &str) -> String {
        Zone::of(Some(zone)).written(at.parse().unwrap())
    }

    #[test]
    fn clocks_go_forward_in_spring_and_back_in_autumn() {
        assert_eq!(written("Europe/Berlin", "2026-03-29T00:59:00Z"), "2026-03-29T01:59:00+01:00");
        assert_eq!(written("Europe/Berlin", "2026-03-29T01:00:00Z"), "2026-03-29T03:00:00+02:00");
        assert_eq!(written("Europe/Berlin", "2026-10-25T01:00:00Z"), "2026-10-25T02:00:00+01:00");
        assert_eq!(written("America/New_York", "2026-03-08T07:00:00Z"), "2026-03-08T03:00:00-04:00");
        assert_eq!(written("America/New_York", "2026-11-01T05:59:00Z"), "2026-11-01T01:59:00-04:00");
        assert_eq!(written("America/New_York", "2026-11-01T06:00:00Z"), "2026-11-01T01:00:00-05:00");
        assert_eq!(written("Australia/Sydney", "2026-01-01T00:00:00Z"), "2026-01-01T11:00:00+11:00");
        assert_eq!(written("Australia/Sydney", "2026-07-01T00:00:00Z"), "2026-07-01T10:00:00+10:00");
    }

    #[test]
    fn zones_without_summer_time_are_always_as_far_ahead() {
        assert_eq!(written("Asia/Shanghai", "2026-07-01T00:00:00Z"), "2026-07-01T08:00:00+08:00");
        assert_eq!(written("Asia/Kolkata", "2026-07-01T00:00:00Z"), "2026-07-01T05:30:00+05:30");
        assert_eq!(written("Etc/GMT+5", "2026-07-01T00:00:00Z"), "2026-06-30T19:00:00-05:00");
        assert_eq!(written("Etc/UTC", "2026-07-01T00:00:00Z"), "2026-07-01T00:00:00Z");
    }
}
