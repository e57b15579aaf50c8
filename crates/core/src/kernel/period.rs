//! Work that is done again and again.

use podlapse_model::{SimDuration, SimTime};

/// The first tick at or after `at` of a ticker that began at `origin`.
///
/// ```
/// use podlapse_core::kernel::next_tick;
/// use podlapse_model::{SimDuration, SimTime};
/// let at = |s| SimTime::ZERO + SimDuration::from_secs(s);
/// assert_eq!(next_tick(at(7), at(1), SimDuration::from_secs(5)), at(11));
/// assert_eq!(next_tick(at(0), at(1), SimDuration::from_secs(5)), at(1));
/// ```
pub fn next_tick(at: SimTime, origin: SimTime, period: SimDuration) -> SimTime {
    let elapsed = at.since(origin).as_nanos();
    origin + period.times(elapsed.div_ceil(period.as_nanos().max(1)))
}
