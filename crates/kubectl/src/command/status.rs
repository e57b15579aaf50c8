//! How far a rollout is. Models `k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go` (v1.36).

use podlapse_model::api::apps::v1::{DaemonSet, Deployment, DeploymentCondition, StatefulSet};
use podlapse_model::{Metadata, Object};

use crate::resources::with_group;

type Status = Result<(String, bool), String>;

/// What is said of a rollout, and whether it is over.
///
/// # Errors
/// Why it will never be.
pub(super) fn status(object: &Object, revision: i64) -> Status {
    if let Some(deployment) = object.typed() {
        deployment_status(deployment, revision)
    } else if let Some(set) = object.typed() {
        daemon_set_status(set)
    } else if let Some(set) = object.typed() {
        stateful_set_status(set)
    } else {
        let kind = object.kind();
        Err(format!("no status viewer has been implemented for {}", with_group(kind, kind.name())))
    }
}

const NO_ROLLOUT: &str = "rollout status is only available for RollingUpdate strategy type";

fn count(number: Option<i32>) -> i32 {
    number.unwrap_or_default()
}

fn deployment_status(deployment: &Deployment, revision: i64) -> Status {
    let name = deployment.name();
    let status = deployment.status.clone().unwrap_or_default();
    let running = deployment.annotation("deployment.kubernetes.io/revision");
    let running: i64 = running.and_then(|text| text.parse().ok()).unwrap_or_default();
    if revision > 0 && revision != running {
        return Err(format!("desired revision ({revision}) is different from the running revision ({running})"));
    }
    if status.observed_generation.unwrap_or_default() < deployment.metadata.generation.unwrap_or_default() {
        return Ok(("Waiting for deployment spec update to be observed...".to_owned(), false));
    }
    let exceeded = |c: &DeploymentCondition| c.type_ == "Progressing" && c.reason.as_deref() == Some("ProgressDeadlineExceeded");
    if status.conditions.iter().flatten().any(exceeded) {
        return Err(format!("deployment {name:?} exceeded its progress deadline"));
    }
    let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    let (updated, all, available) = (count(status.updated_replicas), count(status.replicas), count(status.available_replicas));
    let waiting = |what: String| Ok((format!("Waiting for deployment {name:?} rollout to finish: {what}..."), false));
    if updated < wanted {
        waiting(format!("{updated} out of {wanted} new replicas have been updated"))
    } else if updated < all {
        waiting(format!("{} old replicas are pending termination", all - updated))
    } else if available < updated {
        waiting(format!("{available} of {updated} updated replicas are available"))
    } else {
        Ok((format!("deployment {name:?} successfully rolled out"), true))
    }
}

fn daemon_set_status(set: &DaemonSet) -> Status {
    let name = set.name();
    let strategy =
        set.spec.as_ref().and_then(|spec| spec.update_strategy.as_ref()).and_then(|strategy| strategy.type_.as_deref());
    if strategy == Some("OnDelete") {
        return Err(NO_ROLLOUT.to_owned());
    }
    let status = set.status.clone().unwrap_or_default();
    if status.observed_generation.unwrap_or_default() < set.metadata.generation.unwrap_or_default() {
        return Ok(("Waiting for daemon set spec update to be observed...".to_owned(), false));
    }
    let wanted = status.desired_number_scheduled;
    let (updated, available) = (count(status.updated_number_scheduled), count(status.number_available));
    let waiting = |what: String| Ok((format!("Waiting for daemon set {name:?} rollout to finish: {what}..."), false));
    if updated < wanted {
        waiting(format!("{updated} out of {wanted} new pods have been updated"))
    } else if available < wanted {
        waiting(format!("{available} of {wanted} updated pods are available"))
    } else {
        Ok((format!("daemon set {name:?} successfully rolled out"), true))
    }
}

fn stateful_set_status(set: &StatefulSet) -> Status {
    let strategy = set.spec.as_ref().and_then(|spec| spec.update_strategy.as_ref());
    if strategy.and_then(|strategy| strategy.type_.as_deref()) == Some("OnDelete") {
        return Err(NO_ROLLOUT.to_owned());
    }
    let status = set.status.clone().unwrap_or_default();
    let observed = status.observed_generation.unwrap_or_default();
    if observed == 0 || observed < set.metadata.generation.unwrap_or_default() {
        return Ok(("Waiting for statefulset spec update to be observed...".to_owned(), false));
    }
    let wanted = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    let (ready, updated) = (count(status.ready_replicas), count(status.updated_replicas));
    if ready < wanted {
        return Ok((format!("Waiting for {} pods to be ready...", wanted - ready), false));
    }
    if let Some(rolling) = strategy.and_then(|strategy| strategy.rolling_update.as_ref()) {
        let new = wanted - rolling.partition.unwrap_or_default();
        if rolling.partition.is_some() && updated < new {
            let text =
                format!("Waiting for partitioned roll out to finish: {updated} out of {new} new pods have been updated...");
            return Ok((text, false));
        }
        return Ok((format!("partitioned roll out complete: {updated} new pods have been updated..."), true));
    }
    let revision = |revision: &Option<String>| revision.clone().unwrap_or_default();
    if status.update_revision != status.current_revision {
        let revision = revision(&status.update_revision);
        return Ok((
            format!("waiting for statefulset rolling update to complete {updated} pods at revision {revision}..."),
            false,
        ));
    }
    let (current, revision) = (count(status.current_replicas), revision(&status.current_revision));
    Ok((format!("statefulset rolling update complete {current} pods at revision {revision}..."), true))
}
