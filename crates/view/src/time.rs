//! Times as people read them: `1m42s`.

use podlapse_model::{SimDuration, SimTime};
use serde::Serializer;

/// An instant to the millisecond, with figures that stay in place while it runs.
///
/// ```
/// use podlapse_model::SimTime;
/// assert_eq!(podlapse_view::clock(SimTime::from_nanos(102_318_000_000)), "1m42.318s");
/// assert_eq!(podlapse_view::clock(SimTime::from_nanos(14_000_000)), "0.014s");
/// ```
pub fn clock(at: SimTime) -> String {
    let sign = if at < SimTime::ZERO { "-" } else { "" };
    let ms = at.as_nanos().unsigned_abs() / 1_000_000;
    let (minutes, seconds, ms) = (ms / 60_000, ms / 1_000 % 60, ms % 1_000);
    if minutes == 0 { format!("{sign}{seconds}.{ms:03}s") } else { format!("{sign}{minutes}m{seconds:02}.{ms:03}s") }
}

/// A span in as few signs as tell enough.
///
/// ```
/// use podlapse_model::SimDuration;
/// assert_eq!(podlapse_view::span(SimDuration::from_millis(14)), "14ms");
/// assert_eq!(podlapse_view::span(SimDuration::from_millis(1_440)), "1.4s");
/// assert_eq!(podlapse_view::span(SimDuration::from_secs(102)), "1m42s");
/// assert_eq!(podlapse_view::span(SimDuration::from_secs(300)), "5m");
/// assert_eq!(podlapse_view::span(SimDuration::from_secs(7_260)), "2h1m");
/// ```
pub fn span(length: SimDuration) -> String {
    let ms = length.as_millis();
    let seconds = ms / 1_000;
    match seconds {
        0 if ms == 0 => "0s".to_owned(),
        0 => format!("{ms}ms"),
        1..10 if ms % 1_000 / 100 != 0 => format!("{seconds}.{}s", ms % 1_000 / 100),
        1..60 => format!("{seconds}s"),
        60..3_600 if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        60..3_600 => format!("{}m{}s", seconds / 60, seconds % 60),
        _ if seconds % 3_600 / 60 == 0 => format!("{}h", seconds / 3_600),
        _ => format!("{}h{}m", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// Serialises an instant as seconds since the workload was applied.
pub(crate) fn seconds<S: Serializer>(at: &SimTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(at.as_secs_f64())
}
