//! What a Deployment says of itself.
//!
//! Models `pkg/controller/deployment/sync.go` `calculateStatus`, `progress.go` `syncRolloutStatus`, `requeueStuckDeployment` and
//! `pkg/controller/deployment/util/deployment_util.go` `SetDeploymentCondition`, `DeploymentComplete`, `DeploymentProgressing`,
//! `DeploymentTimedOut` (v1.36).

use podlapse_model::api::apps::v1::{Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Metadata, SimDuration, SimTime};

use super::{Rollout, available, replicas};
use crate::controllers::count;
use crate::store::Request;

const TIMED_OUT: &str = "ProgressDeadlineExceeded";
const NEW_SET_AVAILABLE: &str = "NewReplicaSetAvailable";

/// The condition that tells of the rollout.
pub(crate) fn progressing(status: &DeploymentStatus) -> Option<&DeploymentCondition> {
    status.conditions.iter().flatten().find(|condition| condition.type_ == "Progressing")
}

/// Sets a condition unless it has the same status and reason; the time of its transition stays if its status does.
pub(crate) fn set_condition(status: &mut DeploymentStatus, type_: &str, value: &str, reason: &str, message: String, now: &Time) {
    let conditions = status.conditions.get_or_insert_default();
    let current = conditions.iter().find(|condition| condition.type_ == type_);
    let is_same_status = current.is_some_and(|current| current.status == value);
    if is_same_status && current.is_some_and(|current| current.reason.as_deref() == Some(reason)) {
        return;
    }
    let since = current.filter(|_| is_same_status).and_then(|current| current.last_transition_time.clone());
    conditions.retain(|condition| condition.type_ != type_);
    conditions.push(DeploymentCondition {
        type_: type_.to_owned(),
        status: value.to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message),
        last_update_time: Some(now.clone()),
        last_transition_time: Some(since.unwrap_or_else(|| now.clone())),
    });
}

fn remove_condition(status: &mut DeploymentStatus, type_: &str) {
    if let Some(conditions) = &mut status.conditions {
        conditions.retain(|condition| condition.type_ != type_);
    }
    status.conditions = status.conditions.take().filter(|conditions| !conditions.is_empty());
}

/// The status that the sets add up to, with the conditions of before and that of availability.
pub(crate) fn calculate_status(rollout: &Rollout<'_>) -> DeploymentStatus {
    let deployment = &rollout.deployment;
    // What a set says of itself lags behind what it was just asked for.
    let said = |set: &ReplicaSet, field: fn(&podlapse_model::api::apps::v1::ReplicaSetStatus) -> Option<i32>| {
        set.status.as_ref().and_then(field).unwrap_or(0)
    };
    let available: i32 = rollout.all().map(available).sum();
    let asked: i32 = rollout.all().map(replicas).sum();
    let before = deployment.status.clone().unwrap_or_default();
    let mut status = DeploymentStatus {
        observed_generation: deployment.metadata.generation,
        replicas: count(rollout.all().map(|set| said(set, |status| Some(status.replicas))).sum()),
        updated_replicas: count(rollout.new.iter().map(|set| said(set, |status| Some(status.replicas))).sum()),
        ready_replicas: count(rollout.all().map(|set| said(set, |status| status.ready_replicas)).sum()),
        available_replicas: count(available),
        unavailable_replicas: count((asked - available).max(0)),
        terminating_replicas: Some(rollout.all().map(|set| said(set, |status| status.terminating_replicas)).sum()),
        collision_count: before.collision_count,
        conditions: before.conditions,
    };
    let now = rollout.view.wall.time(rollout.view.now);
    if available >= rollout.wanted() - rollout.max_unavailable() {
        let message = "Deployment has minimum availability.".to_owned();
        set_condition(&mut status, "Available", "True", "MinimumReplicasAvailable", message, &now);
    } else {
        let message = "Deployment does not have minimum availability.".to_owned();
        set_condition(&mut status, "Available", "False", "MinimumReplicasUnavailable", message, &now);
    }
    status
}

/// Whether everything that is wanted is there and nothing else.
pub(crate) fn is_complete(deployment: &Deployment, status: &DeploymentStatus) -> bool {
    let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    [status.updated_replicas, status.replicas, status.available_replicas].iter().all(|count| count.unwrap_or(0) == wanted)
        && status.observed_generation >= deployment.metadata.generation
}

fn is_progressing(before: &DeploymentStatus, status: &DeploymentStatus) -> bool {
    let old = |status: &DeploymentStatus| status.replicas.unwrap_or(0) - status.updated_replicas.unwrap_or(0);
    status.updated_replicas.unwrap_or(0) > before.updated_replicas.unwrap_or(0)
        || old(status) < old(before)
        || status.ready_replicas.unwrap_or(0) > before.ready_replicas.unwrap_or(0)
        || status.available_replicas.unwrap_or(0) > before.available_replicas.unwrap_or(0)
}

/// Writes the status; while a rollout is under way also how it progresses.
pub(crate) fn sync_status(rollout: &mut Rollout<'_>, is_rollout: bool) {
    let before = rollout.deployment.status.clone().unwrap_or_default();
    let mut status = calculate_status(rollout);
    let deadline = rollout.spec().progress_deadline_seconds.filter(|deadline| *deadline != i32::MAX);
    if is_rollout {
        if deadline.is_none() {
            remove_condition(&mut status, "Progressing");
        }
        let is_done = status.replicas == status.updated_replicas
            && progressing(&before).is_some_and(|condition| condition.reason.as_deref() == Some(NEW_SET_AVAILABLE));
        if let Some(deadline) = deadline.filter(|_| !is_done) {
            tell_progress(rollout, &before, &mut status, deadline);
        }
        let failure = rollout.all().find_map(|set| {
            let conditions = set.status.as_ref()?.conditions.as_ref()?;
            conditions.iter().find(|condition| condition.type_ == "ReplicaFailure").cloned()
        });
        let now = rollout.view.wall.time(rollout.view.now);
        match failure {
            Some(failure) => {
                let (reason, message) = (failure.reason.unwrap_or_default(), failure.message.unwrap_or_default());
                set_condition(&mut status, "ReplicaFailure", &failure.status, &reason, message, &now);
            }
            None => remove_condition(&mut status, "ReplicaFailure"),
        }
    }
    let requeue = deadline.and_then(|deadline| stuck_at(rollout, &status, deadline));
    rollout.plan.requeue(requeue);
    if status != before {
        rollout.deployment.status = Some(status);
        rollout.plan.send(Request::UpdateStatus(rollout.deployment.clone().into()));
    }
}

fn tell_progress(rollout: &Rollout<'_>, before: &DeploymentStatus, status: &mut DeploymentStatus, deadline: i32) {
    let now = rollout.view.wall.time(rollout.view.now);
    let subject = match &rollout.new {
        Some(set) => format!("ReplicaSet \"{}\"", set.name()),
        None => format!("Deployment \"{}\"", rollout.deployment.name()),
    };
    if is_complete(&rollout.deployment, status) {
        let message = format!("{subject} has successfully progressed.");
        set_condition(status, "Progressing", "True", NEW_SET_AVAILABLE, message, &now);
    } else if is_progressing(before, status) {
        // Each step counts anew, so the condition is replaced even where it says the same.
        let since = progressing(status)
            .filter(|condition| condition.status == "True")
            .and_then(|condition| condition.last_transition_time.clone());
        remove_condition(status, "Progressing");
        set_condition(status, "Progressing", "True", "ReplicaSetUpdated", format!("{subject} is progressing."), &now);
        let new = status.conditions.iter_mut().flatten().find(|condition| condition.type_ == "Progressing");
        if let (Some(new), Some(since)) = (new, since) {
            new.last_transition_time = Some(since);
        }
    } else if has_timed_out(rollout, status, deadline) {
        set_condition(status, "Progressing", "False", TIMED_OUT, format!("{subject} has timed out progressing."), &now);
    }
}

fn late_at(rollout: &Rollout<'_>, condition: &DeploymentCondition, deadline: i32) -> Option<SimTime> {
    let from = rollout.view.wall.sim_time(condition.last_update_time.as_ref()?);
    Some(from + SimDuration::from_secs(u64::try_from(deadline).unwrap_or(0)))
}

fn has_timed_out(rollout: &Rollout<'_>, status: &DeploymentStatus, deadline: i32) -> bool {
    let Some(condition) = progressing(status) else { return false };
    match condition.reason.as_deref() {
        Some(NEW_SET_AVAILABLE) => false,
        Some(TIMED_OUT) => true,
        Some(_) | None => late_at(rollout, condition, deadline).is_some_and(|at| at < rollout.view.now),
    }
}

/// When to look whether the rollout is late: a second after it would be.
fn stuck_at(rollout: &Rollout<'_>, status: &DeploymentStatus, deadline: i32) -> Option<SimTime> {
    let condition = progressing(status)?;
    if is_complete(&rollout.deployment, status) || condition.reason.as_deref() == Some(TIMED_OUT) {
        return None;
    }
    let at = late_at(rollout, condition, deadline)? + SimDuration::from_secs(1);
    Some(at.max(rollout.view.now + SimDuration::from_secs(1)))
}
