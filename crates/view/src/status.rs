//! A Pod in one line, as `kubectl get pods` prints it.

use podlapse_kubectl::{PodRow, pod_row};
use podlapse_model::api::core::v1::{ContainerStatus, Pod};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{SimTime, is_pod_ready};

use crate::Tone;
use crate::lanes::state_word;

/// The wall clock at an instant of a run that began at `start_time_unix_ns`.
pub(crate) fn wall_clock(start_time_unix_ns: i128, at: SimTime) -> Time {
    let ns = start_time_unix_ns.saturating_add(i128::from(at.as_nanos()));
    // Past the calendar's ends it stays there.
    let clamped = ns.clamp(jiff::Timestamp::MIN.as_nanosecond(), jiff::Timestamp::MAX.as_nanosecond());
    Time(jiff::Timestamp::from_nanosecond(clamped).unwrap_or(jiff::Timestamp::MAX))
}

/// The columns of a Pod, and the look of its STATUS.
pub(crate) fn pod_line(pod: &Pod, now: &Time) -> (PodRow, Tone) {
    let row = pod_row(pod, now);
    let tone = Tone::of_status(&row.status, is_pod_ready(pod));
    (row, tone)
}

/// The look and name of a container's state.
pub(crate) fn container_tone(status: &ContainerStatus) -> (Tone, String) {
    let Some(state) = &status.state else { return (Tone::Waiting, String::new()) };
    match state_word(state) {
        ("running", _) if status.ready => (Tone::Ready, "running".to_owned()),
        ("running", _) => (Tone::Running, "running".to_owned()),
        (_, reason) => (Tone::of_status(reason, false), reason.to_owned()),
    }
}
