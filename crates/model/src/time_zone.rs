//! The time zones in which CronJobs can have their schedule.
//!
//! Models `time.LoadLocation` of Go, as `pkg/apis/batch/validation` and `pkg/controller/cronjob` use it (v1.36): the names and today's rules
//! of the IANA time zone database. Left out: rules of the past, and Morocco's clocks in the month of Ramadan, which no rule gives.

use jiff::tz::TimeZone as Clocks;
use jiff::{SignedDuration, Timestamp};

/// Zones with the same clocks, a line each: their rule as POSIX writes it, then their names.
const ZONES: &str = include_str!("time_zones.txt");

/// A time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZone(Clocks);

impl TimeZone {
    /// Coordinated universal time.
    pub const UTC: TimeZone = TimeZone(Clocks::UTC);

    /// The zone of a name, UTC without one; `None` if the database has no such name.
    ///
    /// ```
    /// use podlapse_model::TimeZone;
    /// let berlin = TimeZone::named("Europe/Berlin").unwrap();
    /// assert_eq!(berlin.rfc3339("2026-07-01T10:00:00Z".parse().unwrap()), "2026-07-01T12:00:00+02:00");
    /// assert_eq!(TimeZone::named("Europe/Bonn"), None);
    /// ```
    pub fn named(name: &str) -> Option<TimeZone> {
        if name.is_empty() {
            return Some(TimeZone::UTC);
        }
        let mut zones = ZONES.lines().filter_map(|line| line.split_once(' '));
        let (rule, _) = zones.find(|(_, names)| names.split(' ').any(|known| known == name))?;
        Clocks::posix(rule).ok().map(TimeZone)
    }

    /// By how much its clocks are ahead of UTC at a moment.
    pub fn offset(&self, at: Timestamp) -> SignedDuration {
        SignedDuration::from_secs(self.0.to_offset(at).seconds().into())
    }

    /// A moment with the zone's offset, as RFC 3339 writes it.
    pub fn rfc3339(&self, at: Timestamp) -> String {
        match self.0.to_offset(at) {
            offset if offset.is_zero() => at.to_string(),
            offset => at.display_with_offset(offset).to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(zone: &str, at: &str) -> String {
        TimeZone::named(zone).unwrap().rfc3339(at.parse().unwrap())
    }

    #[test]
    fn clocks_go_forward_in_spring_and_back_in_autumn() {
        assert_eq!(written("Europe/Berlin", "2026-03-29T00:59:00Z"), "2026-03-29T01:59:00+01:00");
        assert_eq!(written("Europe/Berlin", "2026-03-29T01:00:00Z"), "2026-03-29T03:00:00+02:00");
        assert_eq!(written("Europe/Berlin", "2026-10-25T01:00:00Z"), "2026-10-25T02:00:00+01:00");
        assert_eq!(written("America/New_York", "2026-03-08T07:00:00Z"), "2026-03-08T03:00:00-04:00");
        assert_eq!(written("America/New_York", "2026-11-01T06:00:00Z"), "2026-11-01T01:00:00-05:00");
        assert_eq!(written("Australia/Sydney", "2026-01-01T00:00:00Z"), "2026-01-01T11:00:00+11:00");
        assert_eq!(written("America/Nuuk", "2026-07-01T00:00:00Z"), "2026-06-30T23:00:00-01:00");
    }

    #[test]
    fn zones_without_summer_time_are_always_as_far_ahead() {
        assert_eq!(written("Asia/Kolkata", "2026-07-01T00:00:00Z"), "2026-07-01T05:30:00+05:30");
        assert_eq!(written("Etc/GMT+5", "2026-07-01T00:00:00Z"), "2026-06-30T19:00:00-05:00");
        assert_eq!(written("UTC", "2026-07-01T00:00:00Z"), "2026-07-01T00:00:00Z");
    }

    #[test]
    fn every_rule_can_be_read_and_no_name_stands_twice() {
        let mut names: Vec<&str> = ZONES.lines().flat_map(|line| line.split(' ').skip(1)).collect();
        assert!(names.iter().all(|name| TimeZone::named(name).is_some()));
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(names.len() > 590);
    }
}
