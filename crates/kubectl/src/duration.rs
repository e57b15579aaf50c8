//! How Kubernetes writes spans of time.
//!
//! Models `k8s.io/apimachinery/pkg/util/duration` (`HumanDuration`, `ShortHumanDuration`) and Go's `time.Duration.String`.
//! All take nanoseconds in the range of Go's `time.Duration`.

use podlapse_model::SimDuration;
use podlapse_model::apimachinery::pkg::apis::meta::v1::{MicroTime, Time};

const SECOND: i64 = 1_000_000_000;

/// The span as tables show it, with two units at most: `119s`, `2m5s`, `3h`, `2y80d`.
///
/// Less than two seconds before zero still counts as now, because clocks differ; anything earlier is `<invalid>`.
///
/// ```
/// assert_eq!(podlapse_kubectl::human_duration(125_000_000_000), "2m5s");
/// ```
pub fn human_duration(ns: i64) -> String {
    let seconds = ns / SECOND;
    if seconds < -1 {
        return "<invalid>".to_owned();
    }
    let seconds = seconds.max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |large: i64, large_unit: &str, small: i64, small_unit: &str| match small {
        0 => format!("{large}{large_unit}"),
        _ => format!("{large}{large_unit}{small}{small_unit}"),
    };
    if seconds < 120 {
        format!("{seconds}s")
    } else if minutes < 10 {
        two(minutes, "m", seconds % 60, "s")
    } else if minutes < 180 {
        format!("{minutes}m")
    } else if hours < 8 {
        two(hours, "h", minutes % 60, "m")
    } else if hours < 48 {
        format!("{hours}h")
    } else if hours < 24 * 8 {
        two(days, "d", hours % 24, "h")
    } else if hours < 24 * 365 * 2 {
        format!("{days}d")
    } else if hours < 24 * 365 * 8 {
        two(days / 365, "y", days % 365, "d")
    } else {
        format!("{}y", days / 365)
    }
}

/// The span in its largest unit alone: `59s`, `2m`, `23h`, `364d`.
///
/// ```
/// assert_eq!(podlapse_kubectl::short_human_duration(125_000_000_000), "2m");
/// ```
pub fn short_human_duration(ns: i64) -> String {
    let seconds = ns / SECOND;
    if seconds < -1 {
        return "<invalid>".to_owned();
    }
    let seconds = seconds.max(0);
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    if seconds < 60 {
        format!("{seconds}s")
    } else if minutes < 60 {
        format!("{minutes}m")
    } else if hours < 24 {
        format!("{hours}h")
    } else if hours < 24 * 365 {
        format!("{}d", hours / 24)
    } else {
        format!("{}y", hours / 24 / 365)
    }
}

/// The span as Go prints it: `1m30s`, `1.5s`, `250ms`, `0s`.
///
/// ```
/// assert_eq!(podlapse_kubectl::go_duration(90_500_000_000), "1m30.5s");
/// ```
pub fn go_duration(ns: i64) -> String {
    let sign = if ns < 0 { "-" } else { "" };
    format!("{sign}{}", podlapse_core::kernel::go_duration(SimDuration::from_nanos(ns.unsigned_abs())))
}

/// `time.Since`: saturates as Go's subtraction does.
pub(crate) fn since(then: &Time, now: &Time) -> i64 {
    span(then.0.as_nanosecond(), now.0.as_nanosecond())
}

/// How long before `now` something was, as a table cell; `<unknown>` without a time.
pub(crate) fn age(then: Option<&Time>, now: &Time) -> String {
    then.map_or_else(|| "<unknown>".to_owned(), |then| human_duration(since(then, now)))
}

/// Like [`age`], for times with microseconds.
pub(crate) fn micro_age(then: Option<&MicroTime>, now: &Time) -> String {
    then.map_or_else(|| "<unknown>".to_owned(), |then| human_duration(span(then.0.as_nanosecond(), now.0.as_nanosecond())))
}

fn span(from: i128, to: i128) -> i64 {
    i64::try_from(to - from).unwrap_or(if from < to { i64::MAX } else { i64::MIN })
}
