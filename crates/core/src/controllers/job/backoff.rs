//! How long a Job waits after Pods that failed.
//!
//! Models `pkg/controller/job/backoff_utils.go` (v1.36).

use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;
use podlapse_model::{SimDuration, SimTime};

use crate::controllers::View;

/// The first back-off after a failure, and the longest.
const BASE_DELAY: SimDuration = SimDuration::from_secs(10);
const MAX_DELAY: SimDuration = SimDuration::from_secs(600);

/// The failures since the last success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct JobBackoff {
    /// How many.
    pub(crate) failures: u32,
    /// When the last one ended.
    pub(crate) last: Option<SimTime>,
}

impl JobBackoff {
    /// The record once these Pods are counted.
    pub(crate) fn with(self, succeeded: &[&Arc<Pod>], failed: &[&Arc<Pod>], view: View<'_>) -> Self {
        let mut ends: Vec<SimTime> = failed.iter().map(|pod| finished_at(pod, view)).collect();
        let last_success = succeeded.iter().map(|pod| finished_at(pod, view)).max();
        let before = if last_success.is_some() { JobBackoff::default() } else { self };
        ends.retain(|at| last_success.is_none_or(|success| success < *at));
        let failures = before.failures.saturating_add(u32::try_from(ends.len()).unwrap_or(u32::MAX));
        JobBackoff { failures, last: ends.into_iter().max().or(before.last) }
    }

    /// Until when no Pod is created.
    pub(crate) fn until(self) -> Option<SimTime> {
        self.last.filter(|_| self.failures > 0).map(|last| last + delay(self.failures))
    }
}

/// Until when no Pod of an index is created whose last Pod failed, it being the how-manieth.
pub(crate) fn until(failed: &Pod, failures: i32, view: View<'_>) -> SimTime {
    finished_at(failed, view) + delay(u32::try_from(failures).unwrap_or(0))
}

fn delay(failures: u32) -> SimDuration {
    let doublings = failures.saturating_sub(1);
    BASE_DELAY.times(1_u64.checked_shl(doublings).unwrap_or(u64::MAX)).min(MAX_DELAY)
}

/// When a Pod ended: with the last of its containers, or when it ceased to be ready, or was deleted.
fn finished_at(pod: &Pod, view: View<'_>) -> SimTime {
    let status = pod.status.as_ref();
    let containers = status.and_then(|status| status.container_statuses.as_deref()).unwrap_or_default();
    let ends: Option<Vec<SimTime>> = containers
        .iter()
        .map(|container| {
            let terminated = container.state.as_ref()?.terminated.as_ref()?;
            terminated.finished_at.as_ref().map(|time| view.wall.sim_time(time))
        })
        .collect();
    if let Some(end) = ends.and_then(|ends| ends.into_iter().max()) {
        return end;
    }
    let conditions = status.and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let unready = conditions.iter().find(|condition| condition.type_ == "Ready" && condition.status == "False");
    if let Some(since) = unready.and_then(|condition| condition.last_transition_time.as_ref()) {
        return view.wall.sim_time(since);
    }
    if let Some(deletion) = &pod.metadata.deletion_timestamp {
        let grace = pod.metadata.deletion_grace_period_seconds.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0);
        return view.wall.sim_time(deletion) - SimDuration::from_secs(grace);
    }
    pod.metadata.creation_timestamp.as_ref().map_or(view.now, |time| view.wall.sim_time(time))
}
