//! Evictions: deletions of Pods that their disruption budgets allow.
//!
//! Models `pkg/registry/core/pod/storage/eviction.go` `Create`, `checkAndDecrement` and `addConditionAndDeletePod` (v1.36). A budget
//! is never too old here, so a write of it cannot conflict.

use std::sync::Arc;

use podlapse_model::api::core::v1::{Pod, PodCondition};
use podlapse_model::api::policy::v1::PodDisruptionBudget;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Condition;
use podlapse_model::{Metadata, ObjectKey, Selector, is_pod_ready};

use super::{ApiContext, ApiError, Propagation, Reason, Request, Store};

/// More evictions than these may not be on their way at a time.
const MAX_DISRUPTED_PODS: usize = 2_000;

/// The writes that an eviction consists of, in order.
pub(crate) fn evict(
    store: &Store,
    key: &ObjectKey,
    grace_seconds: Option<i64>,
    cx: &ApiContext<'_>,
) -> Result<Vec<Request>, ApiError> {
    let pod = store.pod(key.namespace.as_str(), key.name.as_str()).ok_or_else(|| ApiError::not_found(key))?;
    let mut requests = Vec::new();
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    let is_free = matches!(phase, Some("Succeeded" | "Failed" | "Pending")) || pod.metadata.deletion_timestamp.is_some();
    if !is_free {
        let budgets = budgets_of(store, pod);
        if budgets.len() > 1 {
            let message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
            return Err(ApiError::new(Reason::InternalError, message.to_owned()));
        }
        if let Some(budget) = budgets.first().filter(|budget| !spares_unhealthy(budget, pod)) {
            requests.push(decremented(budget, key, cx)?);
        }
    }
    let mut status = pod.status.clone().unwrap_or_default();
    let conditions = status.conditions.get_or_insert_default();
    let condition = PodCondition {
        type_: "DisruptionTarget".to_owned(),
        status: "True".to_owned(),
        reason: Some("EvictionByEvictionAPI".to_owned()),
        message: Some("Eviction API: evicting".to_owned()),
        last_transition_time: Some(cx.wall.time(cx.now)),
        ..PodCondition::default()
    };
    match conditions.iter_mut().find(|known| known.type_ == condition.type_) {
        Some(known) => {
            let since = known.last_transition_time.clone().filter(|_| known.status == condition.status);
            *known = PodCondition { last_transition_time: since.or(condition.last_transition_time.clone()), ..condition };
        }
        None => conditions.push(condition),
    }
    let uid = pod.uid();
    requests.push(Request::PatchPodStatus { key: key.clone(), uid: uid.clone(), status: Box::new(status) });
    let propagation = Propagation::Background;
    requests.push(Request::Delete { key: key.clone(), uid: Some(uid), grace_seconds, propagation });
    Ok(requests)
}

/// The disruption budgets that cover a Pod.
pub(crate) fn budgets_of(store: &Store, pod: &Pod) -> Vec<Arc<PodDisruptionBudget>> {
    let no_labels = Default::default();
    let labels = pod.metadata.labels.as_ref().unwrap_or(&no_labels);
    let covers = |budget: &&Arc<PodDisruptionBudget>| {
        let selector = budget.spec.as_ref().and_then(|spec| spec.selector.as_ref());
        Selector::of_label_selector(selector).is_ok_and(|selector| selector.matches(labels))
    };
    store.all_in(Some(pod.namespace())).filter(covers).cloned().collect()
}

/// A Pod that is not ready does not count as healthy, so its eviction costs the budget nothing.
fn spares_unhealthy(budget: &PodDisruptionBudget, pod: &Pod) -> bool {
    if is_pod_ready(pod) {
        return false;
    }
    let policy = budget.spec.as_ref().and_then(|spec| spec.unhealthy_pod_eviction_policy.as_deref());
    let status = budget.status.clone().unwrap_or_default();
    let desired = status.desired_healthy.unwrap_or(0);
    policy == Some("AlwaysAllow") || (desired > 0 && desired <= status.current_healthy.unwrap_or(0))
}

/// The budget with one disruption less; an error if it has none left.
fn decremented(budget: &PodDisruptionBudget, pod: &ObjectKey, cx: &ApiContext<'_>) -> Result<Request, ApiError> {
    let mut budget = budget.clone();
    let generation = budget.metadata.generation;
    let status = budget.status.get_or_insert_default();
    let allowed = status.disruptions_allowed.unwrap_or(0);
    if status.observed_generation.unwrap_or(0) < generation.unwrap_or(0) || allowed == 0 {
        let message = "Cannot evict pod as it would violate the pod's disruption budget.".to_owned();
        return Err(ApiError::new(Reason::TooManyRequests, message));
    }
    let disrupted = status.disrupted_pods.get_or_insert_default();
    if allowed < 0 || MAX_DISRUPTED_PODS < disrupted.len() {
        let why = match allowed {
            ..0 => "pdb disruptions allowed is negative",
            0.. => "DisruptedPods map too big - too many evictions not confirmed by PDB controller",
        };
        let name = budget.name();
        let message = format!("poddisruptionbudget.policy \"{name}\" is forbidden: {why}");
        return Err(ApiError::new(Reason::Forbidden, message));
    }
    disrupted.insert(pod.name.to_string(), cx.wall.time(cx.now));
    status.disruptions_allowed = Some(allowed - 1);
    if allowed == 1 {
        set_disruption_allowed(&mut budget, cx.wall.time(cx.now));
    }
    Ok(Request::UpdateStatus(budget.into()))
}

/// Tells in a condition whether a disruption is allowed (`UpdateDisruptionAllowedCondition`).
pub(crate) fn set_disruption_allowed(
    budget: &mut PodDisruptionBudget,
    now: podlapse_model::apimachinery::pkg::apis::meta::v1::Time,
) {
    let status = budget.status.get_or_insert_default();
    let (value, reason) = match status.disruptions_allowed.unwrap_or(0) {
        ..=0 => ("False", "InsufficientPods"),
        1.. => ("True", "SufficientPods"),
    };
    let conditions = status.conditions.get_or_insert_default();
    let type_ = "DisruptionAllowed";
    let known = conditions.iter_mut().find(|condition| condition.type_ == type_);
    let since = known.as_ref().filter(|known| known.status == value).map(|known| known.last_transition_time.clone());
    let condition = Condition {
        type_: type_.to_owned(),
        status: value.to_owned(),
        reason: reason.to_owned(),
        message: String::new(),
        observed_generation: status.observed_generation,
        last_transition_time: since.unwrap_or(now),
    };
    match known {
        Some(known) => *known = condition,
        None => conditions.push(condition),
    }
}
