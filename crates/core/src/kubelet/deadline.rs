//! How long a Pod may be active.
//!
//! Models `pkg/kubelet/active_deadline.go` (v1.36).

use podlapse_model::api::core::v1::Pod;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{SimDuration, SimTime};

use crate::kernel::WallClock;

/// When a Pod that started then has run as long as `activeDeadlineSeconds` allows.
pub(super) fn deadline_after(pod: &Pod, started: &Time, wall: WallClock) -> Option<SimTime> {
    let seconds = pod.spec.as_ref()?.active_deadline_seconds?;
    Some(wall.sim_time(started) + SimDuration::from_secs(seconds.max(0).unsigned_abs()))
}
