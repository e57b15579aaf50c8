//! What the conditions of a Pod say.
//!
//! Models `pkg/api/v1/pod/util.go` `IsPodReady` and `GetPodCondition` (v1.36).

use crate::api::core::v1::Pod;

/// Whether a condition of a Pod is True.
///
/// ```
/// use podlapse_model::api::core::v1::{Pod, PodCondition, PodStatus};
/// use podlapse_model::has_condition;
/// let scheduled = PodCondition { type_: "PodScheduled".to_owned(), status: "True".to_owned(), ..PodCondition::default() };
/// let pod = Pod { status: Some(PodStatus { conditions: Some(vec![scheduled]), ..PodStatus::default() }), ..Pod::default() };
/// assert!(has_condition(&pod, "PodScheduled") && !has_condition(&pod, "Ready"));
/// ```
pub fn has_condition(pod: &Pod, name: &str) -> bool {
    let mut conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.any(|condition| condition.type_ == name && condition.status == "True")
}

/// Whether a Pod is ready.
pub fn is_pod_ready(pod: &Pod) -> bool {
    has_condition(pod, "Ready")
}
