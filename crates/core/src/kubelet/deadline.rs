//! How long a Pod may be active.
//!
//! Models `pkg/kubelet/active_deadline.go` (v1.36): the deadline is asked for, and told, each time a status is generated.

use podlapse_model::api::core::v1::Pod;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{SimDuration, SimTime};

use crate::kernel::WallClock;

/// The reason of a Pod that was active for too long.
pub(super) const REASON: &str = "DeadlineExceeded";
/// The sentence for it.
pub(super) const MESSAGE: &str = "Pod was active on the node longer than the specified deadline";

/// When a Pod that started then has run as long as `activeDeadlineSeconds` allows.
pub(super) fn deadline_after(pod: &Pod, started: &Time, wall: WallClock) -> Option<SimTime> {
    let seconds = pod.spec.as_ref()?.active_deadline_seconds?;
    Some(wall.sim_time(started) + SimDuration::from_secs(seconds.max(0).unsigned_abs()))
}
