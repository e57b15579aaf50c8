//! The wall clock of the simulated cluster.
//!
//! Objects carry timestamps in whole seconds (`metav1.Time` is written as RFC 3339), the engine counts nanoseconds. A moment is cut
//! down to the second it lies in, as its serialisation does.

use podlapse_model::SimTime;
use podlapse_model::apimachinery::pkg::apis::meta::v1::{MicroTime, Time};

const NS: i128 = 1_000_000_000;

/// Converts between virtual time and the timestamps of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WallClock {
    /// Nanoseconds since the Unix epoch at `SimTime::ZERO`.
    pub start_unix_ns: i128,
}

impl WallClock {
    /// Nanoseconds since the Unix epoch at `at`.
    pub fn unix_ns(self, at: SimTime) -> i128 {
        self.start_unix_ns.saturating_add(i128::from(at.as_nanos()))
    }

    /// The timestamp of `at` in microseconds, as events of the newer API carry it.
    pub fn micro_time(self, at: SimTime) -> MicroTime {
        let ns = self.unix_ns(at).div_euclid(1_000) * 1_000;
        MicroTime(jiff::Timestamp::from_nanosecond(ns).unwrap_or(jiff::Timestamp::MAX))
    }

    /// The timestamp of `at`, in whole seconds. A moment outside of jiff's years (-9999 to 9999) becomes the nearest one inside.
    pub fn time(self, at: SimTime) -> Time {
        let seconds = self.unix_ns(at).div_euclid(NS);
        let bounded = seconds.clamp(i128::from(jiff::Timestamp::MIN.as_second()), i128::from(jiff::Timestamp::MAX.as_second()));
        Time(jiff::Timestamp::from_second(bounded as i64).unwrap_or(jiff::Timestamp::MAX))
    }

    /// The moment of a timestamp; clamped to what virtual time can hold.
    pub fn sim_time(self, time: &Time) -> SimTime {
        let ns = time.0.as_nanosecond().saturating_sub(self.start_unix_ns);
        SimTime::from_nanos(ns.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
    }

    /// `at` cut down to the whole second that a timestamp would show.
    pub fn truncate(self, at: SimTime) -> SimTime {
        self.sim_time(&self.time(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_shows_the_second_it_lies_in() {
        let clock = WallClock { start_unix_ns: 1_767_225_600_400_000_000 };
        assert_eq!(clock.time(SimTime::from_nanos(700_000_000)).0.to_string(), "2026-01-01T00:00:01Z");
        assert_eq!(clock.time(SimTime::from_nanos(-500_000_000)).0.to_string(), "2025-12-31T23:59:59Z");
        assert_eq!(clock.truncate(SimTime::from_nanos(700_000_000)), SimTime::from_nanos(600_000_000));
    }

    #[test]
    fn far_moments_do_not_overflow() {
        let clock = WallClock { start_unix_ns: i128::MAX };
        assert_eq!(clock.time(SimTime::MAX).0.as_second(), jiff::Timestamp::MAX.as_second());
    }
}
