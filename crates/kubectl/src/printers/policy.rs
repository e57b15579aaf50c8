//! The rows of the kinds that limit or rank others.
//!
//! Models `printPriorityClass`, `printRuntimeClass`, `printPodDisruptionBudget`, `printLimitRange` and `printResourceQuota`.

use podlapse_model::Quantity;
use podlapse_model::api::core::v1::{LimitRange, ResourceQuota};
use podlapse_model::api::node::v1::RuntimeClass;
use podlapse_model::api::policy::v1::PodDisruptionBudget;
use podlapse_model::api::scheduling::v1::PriorityClass;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;

use super::format::name;
use super::{cells, shown};
use crate::duration::age;
use crate::table::{Cell, Column};

pub(super) const PRIORITY_CLASS: &[Column] =
    &[shown("Name"), shown("Value"), shown("Global-Default"), shown("Age"), shown("PreemptionPolicy")];
pub(super) const RUNTIME_CLASS: &[Column] = &[shown("Name"), shown("Handler"), shown("Age")];
pub(super) const POD_DISRUPTION_BUDGET: &[Column] =
    &[shown("Name"), shown("Min Available"), shown("Max Unavailable"), shown("Allowed Disruptions"), shown("Age")];
pub(super) const LIMIT_RANGE: &[Column] = &[shown("Name"), shown("Created At")];
pub(super) const RESOURCE_QUOTA: &[Column] = &[shown("Name"), shown("Request"), shown("Limit"), shown("Age")];

pub(super) fn priority_class_row(class: &PriorityClass, now: &Time) -> Vec<Cell<'static>> {
    cells![
        name(&class.metadata),
        class.value.unwrap_or_default(),
        if class.global_default == Some(true) { "true" } else { "false" },
        age(class.metadata.creation_timestamp.as_ref(), now),
        class.preemption_policy.as_deref().unwrap_or_default(),
    ]
}

pub(super) fn runtime_class_row(class: &RuntimeClass, now: &Time) -> Vec<Cell<'static>> {
    cells![name(&class.metadata), class.handler.as_str(), age(class.metadata.creation_timestamp.as_ref(), now)]
}

pub(super) fn budget_row(budget: &PodDisruptionBudget, now: &Time) -> Vec<Cell<'static>> {
    let spec = budget.spec.clone().unwrap_or_default();
    let bound = |value: Option<IntOrString>| match value {
        None => "N/A".to_owned(),
        Some(IntOrString::Int(number)) => number.to_string(),
        Some(IntOrString::String(text)) => text,
    };
    cells![
        name(&budget.metadata),
        bound(spec.min_available),
        bound(spec.max_unavailable),
        budget.status.as_ref().and_then(|status| status.disruptions_allowed).unwrap_or_default(),
        age(budget.metadata.creation_timestamp.as_ref(), now),
    ]
}

pub(super) fn limit_range_row(range: &LimitRange) -> Vec<Cell<'static>> {
    let created =
        range.metadata.creation_timestamp.as_ref().map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), |at| at.0.to_string());
    cells![name(&range.metadata), created]
}

pub(super) fn quota_row(quota: &ResourceQuota, now: &Time) -> Vec<Cell<'static>> {
    let status = quota.status.clone().unwrap_or_default();
    let used = status.used.unwrap_or_default();
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    for (resource, hard) in status.hard.unwrap_or_default() {
        let used = used.get(&resource).map(Quantity::of).unwrap_or_default();
        let side = if resource.starts_with("limits.") { &mut limits } else { &mut requests };
        side.push(format!("{resource}: {used}/{}", Quantity::of(&hard)));
    }
    cells![name(&quota.metadata), requests.join(", "), limits.join(", "), age(quota.metadata.creation_timestamp.as_ref(), now),]
}
