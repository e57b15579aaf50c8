//! ReplicaSets: as many Pods as asked for.
//!
//! Models `pkg/controller/replicaset/replica_set.go` `syncReplicaSet`, `manageReplicas` and `replica_set_utils.go`
//! `calculateStatus` (v1.36). A ReplicationController is looked at as if it were a ReplicaSet, as `pkg/controller/replication`
//! `conversion.go` does.

use std::sync::Arc;

use podlapse_model::api::apps::v1::{ReplicaSet, ReplicaSetCondition, ReplicaSetSpec, ReplicaSetStatus};
use podlapse_model::api::core::v1::{Pod, ReplicationController, ReplicationControllerCondition, ReplicationControllerStatus};
use podlapse_model::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use podlapse_model::{Kind, Metadata, Selector};

use super::owned::{
    available_at, claim_pods, controller_of, controller_reference, is_active, is_controlled_by, is_over, pod_from_template,
    pod_identity, pods_in, ready_since,
};
use super::pod_ranks::pods_to_delete;
use super::{Act, Plan, View, count};
use crate::store::Request;

/// At most so many Pods are created or deleted at a time.
const BURST_REPLICAS: usize = 500;

/// What a ReplicaSet needs.
pub(crate) fn sync(set: &Arc<ReplicaSet>, view: View<'_>) -> Plan {
    let (mut plan, status) = sync_as(Kind::ReplicaSet, set, view);
    if let Some(status) = status.filter(|status| set.status.as_ref() != Some(status)) {
        let set = ReplicaSet { status: Some(status), ..ReplicaSet::clone(set) };
        plan.send(Request::UpdateStatus(set.into()));
    }
    plan
}

/// What a ReplicationController needs.
pub(crate) fn sync_controller(controller: &Arc<ReplicationController>, view: View<'_>) -> Plan {
    let condition = |condition: &ReplicationControllerCondition| ReplicaSetCondition {
        last_transition_time: condition.last_transition_time.clone(),
        message: condition.message.clone(),
        reason: condition.reason.clone(),
        status: condition.status.clone(),
        type_: condition.type_.clone(),
    };
    let spec = controller.spec.clone().unwrap_or_default();
    let conditions = controller.status.as_ref().and_then(|status| status.conditions.as_ref());
    let set = ReplicaSet {
        metadata: controller.metadata.clone(),
        spec: Some(ReplicaSetSpec {
            min_ready_seconds: spec.min_ready_seconds,
            replicas: spec.replicas,
            selector: LabelSelector { match_labels: spec.selector, ..LabelSelector::default() },
            template: spec.template,
        }),
        status: Some(ReplicaSetStatus {
            conditions: conditions.map(|conditions| conditions.iter().map(condition).collect()),
            ..ReplicaSetStatus::default()
        }),
    };
    let (mut plan, status) = sync_as(Kind::ReplicationController, &set, view);
    let condition = |condition: ReplicaSetCondition| ReplicationControllerCondition {
        last_transition_time: condition.last_transition_time,
        message: condition.message,
        reason: condition.reason,
        status: condition.status,
        type_: condition.type_,
    };
    let status = status.map(|status| ReplicationControllerStatus {
        available_replicas: status.available_replicas,
        conditions: status.conditions.map(|conditions| conditions.into_iter().map(condition).collect()),
        fully_labeled_replicas: status.fully_labeled_replicas,
        observed_generation: status.observed_generation,
        ready_replicas: status.ready_replicas,
        replicas: status.replicas,
    });
    if status.is_some() && status != controller.status {
        plan.send(Request::UpdateStatus(ReplicationController { status, ..ReplicationController::clone(controller) }.into()));
    }
    plan
}

/// What is done about Pods, and the status without it.
fn sync_as(kind: Kind, set: &ReplicaSet, view: View<'_>) -> (Plan, Option<ReplicaSetStatus>) {
    let mut plan = Plan::default();
    let Some(spec) = &set.spec else { return (plan, None) };
    let selector = Selector::of_label_selector(Some(&spec.selector)).unwrap_or(Selector::nothing());
    let pods = claim_pods(kind, &set.metadata, &selector, view, &mut plan);
    let active: Vec<Arc<Pod>> = pods.iter().filter(|pod| is_active(pod)).cloned().collect();
    let going = pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_some() && !is_over(pod)).count();
    if set.metadata.deletion_timestamp.is_none() {
        manage_replicas(kind, set, &active, view, &mut plan);
    }
    let min_ready_seconds = spec.min_ready_seconds.unwrap_or(0);
    let status = calculate_status(set, &active, going, min_ready_seconds, view);
    let next = active.iter().filter_map(|pod| available_at(pod, min_ready_seconds, view.wall)).filter(|at| view.now < *at).min();
    plan.requeue(next);
    (plan, Some(status))
}

fn manage_replicas(kind: Kind, set: &ReplicaSet, active: &[Arc<Pod>], view: View<'_>, plan: &mut Plan) {
    let Some(spec) = &set.spec else { return };
    let wanted = usize::try_from(spec.replicas.unwrap_or(1)).unwrap_or(0);
    if active.len() < wanted {
        let template = spec.template.clone().unwrap_or_default();
        let pod = pod_from_template(kind, &set.metadata, &template);
        plan.acts.push(Act::CreatePods(vec![pod; (wanted - active.len()).min(BURST_REPLICAS)]));
    }
    if wanted < active.len() {
        let excess = (active.len() - wanted).min(BURST_REPLICAS);
        for pod in pods_to_delete(active.to_vec(), &related(set, view), excess, view.now, view.wall) {
            let (key, uid) = pod_identity(&pod);
            plan.acts.push(Act::DeletePod(key, uid));
        }
    }
}

/// The active Pods of all ReplicaSets that have the same controller, this one's included.
fn related(set: &ReplicaSet, view: View<'_>) -> Vec<Arc<Pod>> {
    let Some(owner) = controller_of(&set.metadata) else {
        let namespace = set.namespace();
        return pods_in(view.store, namespace)
            .filter(|pod| is_active(pod) && is_controlled_by(&pod.metadata, &set.metadata))
            .cloned()
            .collect();
    };
    let siblings: Vec<&str> = view
        .store
        .list(Kind::ReplicaSet)
        .filter(|object| controller_of(object.metadata()).is_some_and(|other| other.uid == owner.uid))
        .filter_map(|object| object.metadata().uid.as_deref())
        .collect();
    pods_in(view.store, set.namespace())
        .filter(|pod| is_active(pod) && controller_of(&pod.metadata).is_some_and(|owner| siblings.contains(&owner.uid.as_str())))
        .cloned()
        .collect()
}

fn calculate_status(
    set: &ReplicaSet,
    active: &[Arc<Pod>],
    going: usize,
    min_ready_seconds: i32,
    view: View<'_>,
) -> ReplicaSetStatus {
    let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let spec = set.spec.as_ref();
    let template = spec.and_then(|spec| spec.template.as_ref()?.metadata.as_ref()?.labels.as_ref());
    let is_fully_labeled = |pod: &&Arc<Pod>| {
        let labels = pod.metadata.labels.as_ref();
        template
            .is_none_or(|wanted| wanted.iter().all(|(key, value)| labels.is_some_and(|labels| labels.get(key) == Some(value))))
    };
    let is_available = |pod: &&Arc<Pod>| available_at(pod, min_ready_seconds, view.wall).is_some_and(|at| at <= view.now);
    let mut conditions = set.status.as_ref().and_then(|status| status.conditions.clone()).unwrap_or_default();
    let wanted = usize::try_from(spec.and_then(|spec| spec.replicas).unwrap_or(1)).unwrap_or(0);
    match view.refusal {
        Some(message) if active.len() < wanted => {
            if !conditions.iter().any(|condition| condition.type_ == "ReplicaFailure") {
                conditions.push(ReplicaSetCondition {
                    type_: "ReplicaFailure".to_owned(),
                    status: "True".to_owned(),
                    reason: Some("FailedCreate".to_owned()),
                    message: Some(message.to_owned()),
                    last_transition_time: Some(view.wall.time(view.now)),
                });
            }
        }
        Some(_) | None => conditions.retain(|condition| condition.type_ != "ReplicaFailure"),
    }
    ReplicaSetStatus {
        replicas: number(active.len()),
        fully_labeled_replicas: count(number(active.iter().filter(is_fully_labeled).count())),
        ready_replicas: count(number(active.iter().filter(|pod| ready_since(pod).is_some()).count())),
        available_replicas: count(number(active.iter().filter(is_available).count())),
        terminating_replicas: Some(number(going)),
        observed_generation: set.metadata.generation,
        conditions: (!conditions.is_empty()).then_some(conditions),
    }
}

/// The ReplicaSets of a Deployment, which takes in those that it selects and that nobody controls, and lets go those that it does
/// not select (`ReplicaSetControllerRefManager`).
pub(crate) fn claim_sets(
    owner: &ObjectMeta,
    selector: Option<&LabelSelector>,
    view: View<'_>,
    plan: &mut Plan,
) -> Vec<ReplicaSet> {
    let selector = Selector::of_label_selector(selector).unwrap_or(Selector::nothing());
    let no_labels = Default::default();
    let is_going = owner.deletion_timestamp.is_some();
    let mut claimed = Vec::new();
    for set in view.store.all::<ReplicaSet>() {
        let is_selected = selector.matches(set.metadata.labels.as_ref().unwrap_or(&no_labels));
        let controller = controller_of(&set.metadata);
        if is_controlled_by(&set.metadata, owner) && (is_selected || is_going) {
            claimed.push(ReplicaSet::clone(set));
        } else if is_controlled_by(&set.metadata, owner) {
            let mut set = ReplicaSet::clone(set);
            set.metadata.owner_references.get_or_insert_default().retain(|other| Some(&other.uid) != owner.uid.as_ref());
            plan.send(Request::Update(set.into()));
        } else if controller.is_none()
            && is_selected
            && !is_going
            && set.metadata.namespace == owner.namespace
            && set.metadata.deletion_timestamp.is_none()
        {
            let mut set = ReplicaSet::clone(set);
            set.metadata.owner_references.get_or_insert_default().push(controller_reference(Kind::Deployment, owner));
            plan.send(Request::Update(set.clone().into()));
            claimed.push(set);
        }
    }
    claimed
}
