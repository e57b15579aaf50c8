//! What may change in the controllers of Pods.
//!
//! Upstream: the `Validate*Update` functions of `pkg/apis/apps/validation` and `pkg/apis/batch/validation` (v1.36).

use podlapse_model::Object;
use podlapse_model::api::apps::v1::StatefulSet;
use podlapse_model::api::batch::v1::{Job, JobSpec};
use podlapse_model::api::core::v1::PodTemplateSpec;
use serde_json::{Value, json};

use super::{immutable, internal_spec};
use crate::validate::error::Errors;
use crate::validate::internal::compact;
use crate::validate::workload::shown_selector;
use crate::validate::{job, workload};

/// Checks an update of a controller of Pods; `false` for other kinds.
pub(super) fn update(new: &Object, old: &Object, out: &mut Errors) -> bool {
    match (new, old) {
        (Object::Deployment(new), Object::Deployment(old)) => {
            if new.spec != old.spec {
                workload::deployment_spec(new, out);
                if let (Some(new), Some(old)) = (&new.spec, &old.spec) {
                    immutable(new.selector == old.selector, "spec.selector", shown_selector(&new.selector), out);
                }
            }
        }
        (Object::ReplicaSet(new), Object::ReplicaSet(old)) => {
            if new.spec != old.spec {
                workload::replica_set_spec(new, out);
                if let (Some(new), Some(old)) = (&new.spec, &old.spec) {
                    immutable(new.selector == old.selector, "spec.selector", shown_selector(&new.selector), out);
                }
            }
        }
        (Object::DaemonSet(new), Object::DaemonSet(old)) => {
            if new.spec != old.spec {
                workload::daemon_set_spec(new, out);
                if let (Some(new), Some(old)) = (&new.spec, &old.spec) {
                    immutable(new.selector == old.selector, "spec.selector", shown_selector(&new.selector), out);
                }
            }
        }
        (Object::ReplicationController(new), Object::ReplicationController(old)) => {
            if new.spec != old.spec {
                workload::replication_controller_spec(new, out);
            }
        }
        (Object::StatefulSet(new), Object::StatefulSet(old)) => stateful_set(new, old, out),
        (Object::Job(new), Object::Job(old)) => job_update(new, old, out),
        (Object::CronJob(new), Object::CronJob(old)) => {
            if new.spec != old.spec {
                job::cron_job_spec(new, out);
            }
        }
        _ => return false,
    }
    true
}

fn stateful_set(new: &StatefulSet, old: &StatefulSet, out: &mut Errors) {
    if new.spec == old.spec {
        return;
    }
    workload::stateful_set_spec(new, out);
    let (Some(new), Some(old)) = (&new.spec, &old.spec) else { return };
    let mut munged = new.clone();
    munged.replicas = old.replicas;
    munged.template = old.template.clone();
    munged.update_strategy = old.update_strategy.clone();
    munged.min_ready_seconds = old.min_ready_seconds;
    munged.ordinals = old.ordinals.clone();
    munged.revision_history_limit = old.revision_history_limit;
    munged.persistent_volume_claim_retention_policy = old.persistent_volume_claim_retention_policy.clone();
    if munged != *old {
        let detail = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', \
                      'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
        out.forbidden("spec", detail);
    }
}

fn job_update(new: &Job, old: &Job, out: &mut Errors) {
    if new.spec == old.spec {
        return;
    }
    job::job_spec_of(new, out);
    let (Some(new_spec), Some(old_spec)) = (&new.spec, &old.spec) else { return };
    let completions = &podlapse_model::to_json(&new_spec.completions);
    let is_same = new_spec.completions == old_spec.completions;
    if new_spec.completion_mode.as_deref() != Some("Indexed") {
        immutable(is_same, "spec.completions", completions, out);
    } else if !is_same && new_spec.completions.is_some() && new_spec.completions != new_spec.parallelism {
        // An Indexed Job grows and shrinks when both counts change together.
        out.invalid("spec.completions", completions, "can only be modified in tandem with spec.parallelism");
    }
    let selector = compact("LabelSelector", &podlapse_model::to_json(&new_spec.selector));
    immutable(new_spec.selector == old_spec.selector, "spec.selector", selector, out);
    template(new_spec, old_spec, old, out);
    let mode = &podlapse_model::to_json(&new_spec.completion_mode);
    immutable(new_spec.completion_mode == old_spec.completion_mode, "spec.completionMode", mode, out);
    let policy = compact("PodFailurePolicy", &podlapse_model::to_json(&new_spec.pod_failure_policy));
    immutable(new_spec.pod_failure_policy == old_spec.pod_failure_policy, "spec.podFailurePolicy", policy, out);
    let limit = &podlapse_model::to_json(&new_spec.backoff_limit_per_index);
    immutable(new_spec.backoff_limit_per_index == old_spec.backoff_limit_per_index, "spec.backoffLimitPerIndex", limit, out);
    let manager = &podlapse_model::to_json(&new_spec.managed_by);
    immutable(new_spec.managed_by == old_spec.managed_by, "spec.managedBy", manager, out);
    let policy = compact("SuccessPolicy", &podlapse_model::to_json(&new_spec.success_policy));
    immutable(new_spec.success_policy == old_spec.success_policy, "spec.successPolicy", policy, out);
}

/// Where Pods may run, and what they ask for, can change while a Job is suspended and none of them runs.
fn template(new: &JobSpec, old: &JobSpec, old_job: &Job, out: &mut Errors) {
    let status = old_job.status.clone().unwrap_or_default();
    let is_suspended = status.conditions.iter().flatten().any(|found| found.type_ == "Suspended" && found.status == "True");
    let is_idle = status.active.unwrap_or_default() == 0 && (status.start_time.is_none() || is_suspended);
    let mut before: PodTemplateSpec = old.template.clone();
    if let (Some(old_spec), Some(new_spec), true) = (&mut before.spec, &new.template.spec, old.suspend == Some(true) && is_idle) {
        let given = new.template.metadata.clone().unwrap_or_default();
        let metadata = before.metadata.get_or_insert_default();
        (metadata.labels, metadata.annotations) = (given.labels, given.annotations);
        let affinity = new_spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.clone());
        let mut own = old_spec.affinity.take().unwrap_or_default();
        own.node_affinity = affinity;
        let is_bare = own == Default::default() && new_spec.affinity.is_none();
        old_spec.affinity = (!is_bare).then_some(own);
        old_spec.node_selector.clone_from(&new_spec.node_selector);
        old_spec.tolerations.clone_from(&new_spec.tolerations);
        old_spec.scheduling_gates.clone_from(&new_spec.scheduling_gates);
        let inits = old_spec.init_containers.iter_mut().flatten().zip(new_spec.init_containers.iter().flatten());
        for (old, new) in old_spec.containers.iter_mut().zip(&new_spec.containers).chain(inits) {
            if old.name == new.name {
                old.resources.clone_from(&new.resources);
            }
        }
    }
    let shown = compact("PodTemplateSpec", &shown_template(&new.template));
    let is_same = new.template.spec == before.spec
        && new.template.metadata.clone().unwrap_or_default() == before.metadata.unwrap_or_default();
    immutable(is_same, "spec.template", shown, out);
}

fn shown_template(template: &PodTemplateSpec) -> Value {
    let mut shown = json!({"spec": internal_spec(template.spec.as_ref())});
    if let (Some(metadata), Some(fields)) = (&template.metadata, shown.as_object_mut()) {
        fields.extend(podlapse_model::to_json(metadata).as_object().cloned().unwrap_or_default());
    }
    shown
}
