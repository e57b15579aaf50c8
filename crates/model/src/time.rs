//! Virtual time.
//!
//! `SimTime` counts from the moment `workload.yaml` is applied, so what a cluster already held lies before zero.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// Nanoseconds since the workload was applied; negative while the cluster is being set up.
///
/// ```
/// use podlapse_model::{SimDuration, SimTime};
/// assert_eq!((SimTime::ZERO + SimDuration::from_millis(1_500)).as_secs_f64(), 1.5);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(i64);

/// A span of virtual time in nanoseconds, never negative.
///
/// ```
/// use podlapse_model::SimDuration;
/// assert_eq!(SimDuration::from_secs(2).as_millis(), 2_000);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimDuration(u64);

impl SimTime {
    /// The moment the workload is applied.
    pub const ZERO: SimTime = SimTime(0);
    /// Before everything.
    pub const MIN: SimTime = SimTime(i64::MIN);
    /// Later than every event.
    pub const MAX: SimTime = SimTime(i64::MAX);

    /// `ns` nanoseconds after (or before) the workload was applied.
    pub const fn from_nanos(ns: i64) -> Self {
        SimTime(ns)
    }

    /// Nanoseconds since the workload was applied.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Seconds since the workload was applied, for printing.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// How much later `self` is than `earlier`; zero if it is not.
    pub const fn since(self, earlier: SimTime) -> SimDuration {
        let ns = self.0.saturating_sub(earlier.0);
        SimDuration(if ns < 0 { 0 } else { ns as u64 })
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: SimDuration = SimDuration(0);

    /// A span of `ns` nanoseconds.
    pub const fn from_nanos(ns: u64) -> Self {
        SimDuration(ns)
    }

    /// A span of `ms` milliseconds.
    pub const fn from_millis(ms: u64) -> Self {
        SimDuration(ms.saturating_mul(1_000_000))
    }

    /// A span of `s` seconds.
    pub const fn from_secs(s: u64) -> Self {
        SimDuration(s.saturating_mul(1_000_000_000))
    }

    /// The span in nanoseconds.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The span in whole milliseconds.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000_000
    }

    /// The span in whole seconds.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000_000
    }

    /// The span in seconds, for printing.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The span `factor` times.
    pub const fn times(self, factor: u64) -> SimDuration {
        SimDuration(self.0.saturating_mul(factor))
    }

    /// The span times `numerator / denominator`, rounded down.
    pub const fn ratio(self, numerator: u64, denominator: u64) -> SimDuration {
        SimDuration((self.0 as u128 * numerator as u128 / denominator as u128) as u64)
    }

    /// What is left of the span after `other`; zero if nothing.
    pub const fn saturating_sub(self, other: SimDuration) -> SimDuration {
        SimDuration(self.0.saturating_sub(other.0))
    }
}

impl Add<SimDuration> for SimTime {
    type Output = SimTime;
    fn add(self, span: SimDuration) -> SimTime {
        SimTime(self.0.saturating_add_unsigned(span.0))
    }
}

impl Sub<SimDuration> for SimTime {
    type Output = SimTime;
    fn sub(self, span: SimDuration) -> SimTime {
        SimTime(self.0.saturating_sub_unsigned(span.0))
    }
}

impl AddAssign<SimDuration> for SimTime {
    fn add_assign(&mut self, span: SimDuration) {
        *self = *self + span;
    }
}

impl Add for SimDuration {
    type Output = SimDuration;
    fn add(self, other: SimDuration) -> SimDuration {
        SimDuration(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}s", self.as_secs_f64())
    }
}

impl fmt::Display for SimDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}s", self.as_secs_f64())
    }
}
