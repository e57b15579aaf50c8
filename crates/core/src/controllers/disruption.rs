//! Disruption budgets: how many of the Pods that they cover may be evicted now.
//!
//! Models `pkg/controller/disruption/disruption.go` `trySync`, `getExpectedPodCount`, `getScaleController`, `buildDisruptedPodMap`,
//! `updatePdbStatus` and `failSafe` (v1.36). Not modelled: the end of a `DisruptionTarget` condition of a Pod that is never deleted,
//! scale subresources of kinds that are not built in.

use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;
use podlapse_model::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus};
use podlapse_model::apimachinery::pkg::apis::meta::v1::{LabelSelector, Time};
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;
use podlapse_model::{Kind, Metadata, Object, ObjectKey, Selector, SimDuration, SortedMap};

use super::owned::{controller_of, pods_in, ready_since, scaled};
use super::{Plan, View};
use crate::events::EventType;
use crate::store::{Request, set_disruption_allowed};

/// For so long a Pod whose eviction was granted counts as deleted already.
const DELETION_TIMEOUT: SimDuration = SimDuration::from_secs(120);

/// What a budget asks for.
#[derive(Debug)]
struct Expected {
    pods: i32,
    healthy: i32,
    has_unmanaged: bool,
}

/// What a disruption budget needs.
pub(crate) fn sync(budget: &Arc<PodDisruptionBudget>, view: View<'_>) -> Plan {
    let mut plan = Plan::default();
    let Some(spec) = &budget.spec else { return plan };
    let selector = Selector::of_label_selector(spec.selector.as_ref()).unwrap_or(Selector::nothing());
    let namespace = budget.namespace();
    let no_labels = Default::default();
    let covered = |pod: &&Arc<Pod>| selector.matches(pod.metadata.labels.as_ref().unwrap_or(&no_labels));
    let pods: Vec<&Arc<Pod>> = pods_in(view.store, namespace).filter(covered).collect();
    if pods.is_empty() {
        plan.tell(EventType::Normal, "NoPods", "No matching pods found".to_owned());
    }
    let before = budget.status.clone().unwrap_or_default();
    let mut after = PodDisruptionBudget::clone(budget);
    match expected(spec, &pods, view) {
        Ok(expected) => {
            if expected.has_unmanaged {
                let message = format!(
                    "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a result, the status of \
                     the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please \
                     set \".spec.minAvailable\" field of the PDB to an integer value.",
                    printed(spec.selector.as_ref())
                );
                plan.tell(EventType::Warning, "UnmanagedPods", message);
            }
            let disrupted = disrupted_pods(&before, &pods, view, &mut plan);
            let healthy = pods.iter().filter(|pod| {
                let name = pod.name();
                pod.metadata.deletion_timestamp.is_none() && !disrupted.contains_key(name) && ready_since(pod).is_some()
            });
            let healthy = i32::try_from(healthy.count()).unwrap_or(i32::MAX);
            let spare = if expected.pods > 0 { healthy.saturating_sub(expected.healthy).max(0) } else { 0 };
            after.status = Some(PodDisruptionBudgetStatus {
                current_healthy: Some(healthy),
                desired_healthy: Some(expected.healthy),
                expected_pods: Some(expected.pods),
                disruptions_allowed: Some(spare),
                disrupted_pods: (!disrupted.is_empty()).then_some(disrupted),
                observed_generation: budget.metadata.generation,
                conditions: before.conditions.clone(),
            });
            set_disruption_allowed(&mut after, view.wall.time(view.now));
        }
        Err(error) => {
            let message = format!("Failed to calculate the number of expected pods: {error}");
            plan.tell(EventType::Warning, "CalculateExpectedPodCountFailed", message);
            fail_safe(&mut after, error, view);
        }
    }
    if after.status.as_ref() != Some(&before) {
        plan.send(Request::UpdateStatus(after.into()));
    }
    plan
}

/// Allows nothing where it is not known what is allowed.
fn fail_safe(budget: &mut PodDisruptionBudget, error: String, view: View<'_>) {
    budget.status.get_or_insert_default().disruptions_allowed = Some(0);
    set_disruption_allowed(budget, view.wall.time(view.now));
    for condition in budget.status.iter_mut().flat_map(|status| status.conditions.iter_mut().flatten()) {
        condition.reason = "SyncFailed".to_owned();
        condition.message.clone_from(&error);
    }
}

fn expected(spec: &PodDisruptionBudgetSpec, pods: &[&Arc<Pod>], view: View<'_>) -> Result<Expected, String> {
    if let Some(bound) = &spec.max_unavailable {
        let (scale, has_unmanaged) = scale(pods, view)?;
        let healthy = scale.saturating_sub(scaled(Some(bound), scale, true)).max(0);
        return Ok(Expected { pods: scale, healthy, has_unmanaged });
    }
    match &spec.min_available {
        None => Ok(Expected { pods: 0, healthy: 0, has_unmanaged: false }),
        Some(IntOrString::Int(healthy)) => {
            let pods = i32::try_from(pods.len()).unwrap_or(i32::MAX);
            Ok(Expected { pods, healthy: *healthy, has_unmanaged: false })
        }
        Some(share @ IntOrString::String(_)) => {
            let (scale, has_unmanaged) = scale(pods, view)?;
            Ok(Expected { pods: scale, healthy: scaled(Some(share), scale, true), has_unmanaged })
        }
    }
}

/// How many Pods the controllers of these Pods ask for, and whether some have no controller.
fn scale(pods: &[&Arc<Pod>], view: View<'_>) -> Result<(i32, bool), String> {
    let mut scales: SortedMap<&str, i32> = SortedMap::new();
    let mut has_unmanaged = false;
    for pod in pods {
        let Some(owner) = controller_of(&pod.metadata) else {
            has_unmanaged = true;
            continue;
        };
        let namespace = pod.namespace();
        let found = top_of(&owner.kind, &owner.name, &owner.uid, namespace, view);
        let Some((uid, scale)) = found else {
            return Err(scaleless(&owner.kind).unwrap_or_else(|| format!("found no controllers for pod \"{}\"", pod.name())));
        };
        scales.insert(uid, scale);
    }
    Ok((scales.values().fold(0, |sum: i32, scale| sum.saturating_add(*scale)), has_unmanaged))
}

/// Why an owner of this kind cannot say how many Pods there are to be, if none of its kind can (`getScaleController`).
fn scaleless(kind: &str) -> Option<String> {
    let kind = [Kind::DaemonSet, Kind::Job].into_iter().find(|known| known.name() == kind)?;
    Some(format!("{}.{} does not implement the scale subresource", kind.resource(), kind.group()))
}

/// The object that says how many Pods there are to be: the controller, or for a ReplicaSet its Deployment.
fn top_of<'a>(kind: &str, name: &str, uid: &str, namespace: &str, view: View<'a>) -> Option<(&'a str, i32)> {
    let kind =
        [Kind::ReplicaSet, Kind::ReplicationController, Kind::StatefulSet].into_iter().find(|known| known.name() == kind)?;
    let object = view.store.get(&ObjectKey::new(kind, namespace, name))?;
    let own = object.metadata().uid.as_deref().filter(|own| *own == uid)?;
    if let Object::ReplicaSet(set) = object {
        let owner = controller_of(&set.metadata).filter(|owner| owner.kind == Kind::Deployment.name());
        let deployment = owner.and_then(|owner| view.store.get(&ObjectKey::new(Kind::Deployment, namespace, &owner.name)));
        if let Some(Object::Deployment(deployment)) = deployment {
            let replicas = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
            return Some((deployment.metadata.uid.as_deref()?, replicas));
        }
        Some((own, set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)))
    } else if let Object::ReplicationController(set) = object {
        Some((own, set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)))
    } else if let Object::StatefulSet(set) = object {
        Some((own, set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)))
    } else {
        None
    }
}

/// The Pods whose eviction was granted and that are not being deleted yet.
fn disrupted_pods(
    before: &PodDisruptionBudgetStatus,
    pods: &[&Arc<Pod>],
    view: View<'_>,
    plan: &mut Plan,
) -> BTreeMap<String, Time> {
    let mut left = BTreeMap::new();
    for (name, since) in before.disrupted_pods.iter().flatten() {
        let is_there = |pod: &&&Arc<Pod>| pod.metadata.name.as_ref() == Some(name) && pod.metadata.deletion_timestamp.is_none();
        if !pods.iter().any(|pod| is_there(&pod)) {
            continue;
        }
        let until = view.wall.sim_time(since) + DELETION_TIMEOUT;
        if view.now <= until {
            plan.requeue(Some(until));
            left.insert(name.clone(), since.clone());
        }
    }
    left
}

/// A selector as Go prints a pointer to it.
fn printed(selector: Option<&LabelSelector>) -> String {
    let Some(selector) = selector else { return "nil".to_owned() };
    let labels: Vec<String> = selector.match_labels.iter().flatten().map(|(key, value)| format!("{key}: {value},")).collect();
    let expressions: Vec<String> = selector
        .match_expressions
        .iter()
        .flatten()
        .map(|one| format!("{{{} {} [{}]}},", one.key, one.operator, one.values.clone().unwrap_or_default().join(" ")))
        .collect();
    let labels = format!("map[string]string{{{}}}", labels.concat());
    let expressions = format!("[]LabelSelectorRequirement{{{}}}", expressions.concat());
    format!("&LabelSelector{{MatchLabels:{labels},MatchExpressions:{expressions},}}")
}
