//! Conditions that controllers put on Pods.
//!
//! Models `pkg/api/v1/pod/util.go` `UpdatePodCondition` (v1.36).

use podlapse_model::api::core::v1::{Pod, PodCondition, PodStatus};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;

/// Why a Pod is about to be taken down by something other than its owner.
pub(crate) const DISRUPTION_TARGET: &str = "DisruptionTarget";

/// The status of a Pod with a condition `DisruptionTarget` that is true.
pub(crate) fn disrupted(pod: &Pod, reason: &str, message: &str, now: &Time) -> PodStatus {
    let mut status = pod.status.clone().unwrap_or_default();
    let condition = PodCondition {
        type_: DISRUPTION_TARGET.to_owned(),
        status: "True".to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message.to_owned()),
        observed_generation: pod.metadata.generation,
        ..PodCondition::default()
    };
    update_condition(&mut status, condition, now);
    status
}

/// Puts a condition into a status; whether that changed anything.
pub(crate) fn update_condition(status: &mut PodStatus, mut condition: PodCondition, now: &Time) -> bool {
    let conditions = status.conditions.get_or_insert_default();
    condition.last_transition_time = Some(now.clone());
    let Some(old) = conditions.iter_mut().find(|old| old.type_ == condition.type_) else {
        conditions.push(condition);
        return true;
    };
    if old.status == condition.status {
        condition.last_transition_time.clone_from(&old.last_transition_time);
    }
    let is_other = *old != condition;
    *old = condition;
    is_other
}
