//! What may change in the controllers of Pods.
//!
//! Upstream: the `Validate*Update` functions of `pkg/apis/apps/validation` and `pkg/apis/batch/validation` (v1.36).

use podlapse_model::Object;
use podlapse_model::api::apps::v1::StatefulSet;
use podlapse_model::api::batch::v1::{Job, JobSpec};
use podlapse_model::api::core::v1::PodTemplateSpec;
use serde_json::json;

use super::error::Errors;
use super::internal::compact;
use super::update::{immutable, internal_spec};
use super::workload::shown_selector;
use super::{job, workload};

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
    let is_indexed = new_spec.completion_mode.as_deref() == Some("Indexed");
    // An Indexed Job grows and shrinks when both counts change together.
    let is_elastic = is_indexed && new_spec.completions == new_spec.parallelism;
    immutable(
        new_spec.completions == old_spec.completions || is_elastic,
        "spec.completions",
        &podlapse_model::to_json(&new_spec.completions),
        out,
    );
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

/// Where Pods may run can change while a Job that never ran is suspended.
fn template(new: &JobSpec, old: &JobSpec, old_job: &Job, out: &mut Errors) {
    let has_started = old_job.status.as_ref().is_some_and(|status| status.start_time.is_some());
    let is_open = old.suspend == Some(true) && !has_started;
    let mut old_template: PodTemplateSpec = old.template.clone();
    if is_open && let (Some(old_spec), Some(new_spec)) = (&mut old_template.spec, &new.template.spec) {
        old_spec.affinity.clone_from(&new_spec.affinity);
        old_spec.node_selector.clone_from(&new_spec.node_selector);
        old_spec.tolerations.clone_from(&new_spec.tolerations);
        old_spec.scheduling_gates.clone_from(&new_spec.scheduling_gates);
        for (old, new) in old_spec.containers.iter_mut().zip(&new_spec.containers) {
            old.resources.clone_from(&new.resources);
        }
        let (labels, annotations) =
            new.template.metadata.as_ref().map(|found| (found.labels.clone(), found.annotations.clone())).unwrap_or_default();
        let metadata = old_template.metadata.get_or_insert_default();
        (metadata.labels, metadata.annotations) = (labels, annotations);
    }
    let mut shown = json!({"spec": internal_spec(new.template.spec.as_ref())});
    if let (Some(metadata), Some(fields)) = (&new.template.metadata, shown.as_object_mut()) {
        fields.extend(podlapse_model::to_json(metadata).as_object().cloned().unwrap_or_default());
    }
    immutable(new.template == old_template, "spec.template", compact("PodTemplateSpec", &shown), out);
}
