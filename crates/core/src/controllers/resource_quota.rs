//! Quotas: what is used of what they limit.
//!
//! Models `pkg/controller/resourcequota/resource_quota_controller.go` `syncResourceQuota` (v1.36). What is created is counted by
//! admission; the controller counts anew when a quota changes and when something goes. Not modelled: the full count every five minutes.

use std::collections::BTreeMap;

use podlapse_model::api::core::v1::{ResourceQuota, ResourceQuotaStatus};
use podlapse_model::{Format, Object, Quantity, ResourceList, add_resources};

use super::{Plan, View};
use crate::store::{Change, Request, admission};

/// Writes limits and use into the status of a quota.
pub(crate) fn sync(quota: &ResourceQuota, view: View<'_>) -> Plan {
    let mut plan = Plan::default();
    let hard = quota.spec.as_ref().and_then(|spec| spec.hard.clone()).unwrap_or_default();
    let mut used: ResourceList = hard.keys().map(|name| (name.clone(), Quantity::new(0, Format::DecimalSI))).collect();
    for (key, object) in view.store.iter() {
        if Some(key.namespace.as_str()) != quota.metadata.namespace.as_deref() || !admission::quota_matches(quota, object) {
            continue;
        }
        let mut usage = admission::quota_usage(object, view.wall, view.now);
        usage.retain(|name, _| hard.contains_key(name));
        add_resources(&mut used, &usage);
    }
    let used: BTreeMap<_, _> = used.into_iter().map(|(name, amount)| (name, amount.to_api())).collect();
    let status = ResourceQuotaStatus { hard: Some(hard), used: Some(used) };
    if quota.status.as_ref() != Some(&status) {
        plan.send(Request::UpdateStatus(Object::from(ResourceQuota { status: Some(status), ..quota.clone() })));
    }
    plan
}

/// Whether a change sets free what a quota counted: an object has gone, or a Pod is over.
pub(crate) fn frees(change: &Change) -> bool {
    let is_over = |object: &Option<Object>| {
        let Some(Object::Pod(pod)) = object else { return false };
        matches!(pod.status.as_ref().and_then(|status| status.phase.as_deref()), Some("Succeeded" | "Failed"))
    };
    change.after.is_none() || (is_over(&change.after) && !is_over(&change.before))
}
