//! Defaults of the controllers of Pods.
//!
//! Upstream: `pkg/apis/apps/v1/defaults.go`, `pkg/apis/batch/v1/defaults.go`.

use podlapse_model::api::apps::v1::{
    DaemonSet, Deployment, ReplicaSet, RollingUpdateDaemonSet, RollingUpdateDeployment, StatefulSet,
};
use podlapse_model::api::batch::v1::{CronJob, Job, PodFailurePolicy};
use podlapse_model::api::core::v1::ReplicationController;
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;

use super::{others, pod_template, set_text};

/// Old ReplicaSets or ControllerRevisions that are kept.
const REVISION_HISTORY_LIMIT: i32 = 10;

pub(super) fn deployment(deployment: &mut Deployment) {
    let Some(spec) = &mut deployment.spec else { return };
    pod_template(&mut spec.template);
    spec.replicas.get_or_insert(1);
    spec.revision_history_limit.get_or_insert(REVISION_HISTORY_LIMIT);
    spec.progress_deadline_seconds.get_or_insert(600);
    let strategy = spec.strategy.get_or_insert_default();
    set_text(&mut strategy.type_, "RollingUpdate");
    if strategy.type_.as_deref() == Some("RollingUpdate") {
        let update: &mut RollingUpdateDeployment = strategy.rolling_update.get_or_insert_default();
        for field in [&mut update.max_unavailable, &mut update.max_surge] {
            field.get_or_insert_with(|| IntOrString::String("25%".to_owned()));
        }
    }
    deployment.status.get_or_insert_default();
}

pub(super) fn replica_set(replica_set: &mut ReplicaSet) {
    let Some(spec) = &mut replica_set.spec else { return };
    pod_template(spec.template.get_or_insert_default());
    spec.replicas.get_or_insert(1);
    replica_set.status.get_or_insert_default();
}

pub(super) fn stateful_set(stateful_set: &mut StatefulSet) {
    let Some(spec) = &mut stateful_set.spec else { return };
    pod_template(&mut spec.template);
    set_text(&mut spec.pod_management_policy, "OrderedReady");
    let strategy = spec.update_strategy.get_or_insert_default();
    if strategy.type_.as_deref().unwrap_or_default().is_empty() {
        strategy.type_ = Some("RollingUpdate".to_owned());
        strategy.rolling_update.get_or_insert_default();
    }
    // Who names the type but says nothing of the update is left with nothing.
    if let (Some("RollingUpdate"), Some(update)) = (strategy.type_.as_deref(), &mut strategy.rolling_update) {
        update.partition.get_or_insert(0);
    }
    let retention = spec.persistent_volume_claim_retention_policy.get_or_insert_default();
    set_text(&mut retention.when_deleted, "Retain");
    set_text(&mut retention.when_scaled, "Retain");
    spec.replicas.get_or_insert(1);
    spec.revision_history_limit.get_or_insert(REVISION_HISTORY_LIMIT);
    spec.volume_claim_templates.iter_mut().flatten().for_each(others::persistent_volume_claim);
    stateful_set.status.get_or_insert_default();
}

pub(super) fn daemon_set(daemon_set: &mut DaemonSet) {
    let Some(spec) = &mut daemon_set.spec else { return };
    pod_template(&mut spec.template);
    let strategy = spec.update_strategy.get_or_insert_default();
    set_text(&mut strategy.type_, "RollingUpdate");
    if strategy.type_.as_deref() == Some("RollingUpdate") {
        let update: &mut RollingUpdateDaemonSet = strategy.rolling_update.get_or_insert_default();
        update.max_unavailable.get_or_insert(IntOrString::Int(1));
        update.max_surge.get_or_insert(IntOrString::Int(0));
    }
    spec.revision_history_limit.get_or_insert(REVISION_HISTORY_LIMIT);
    daemon_set.status.get_or_insert_default();
}

pub(super) fn job(job: &mut Job) {
    let Some(spec) = &mut job.spec else { return };
    pod_template(&mut spec.template);
    if spec.completions.is_none() && spec.parallelism.is_none() {
        spec.completions = Some(1);
    }
    spec.parallelism.get_or_insert(1);
    let backoff_limit = if spec.backoff_limit_per_index.is_some() { i32::MAX } else { 6 };
    spec.backoff_limit.get_or_insert(backoff_limit);
    // A new Job takes them when its own are among them: `prepare_for_create`.
    if job.metadata.uid.is_some() && job.metadata.labels.as_ref().is_none_or(|labels| labels.is_empty()) {
        job.metadata.labels = spec.template.metadata.as_ref().and_then(|metadata| metadata.labels.clone());
    }
    spec.completion_mode.get_or_insert_with(|| "NonIndexed".to_owned());
    spec.suspend.get_or_insert(false);
    let replacement = if spec.pod_failure_policy.is_some() { "Failed" } else { "TerminatingOrFailed" };
    spec.pod_replacement_policy.get_or_insert_with(|| replacement.to_owned());
    // The field is not asked for in a template of a CronJob, whose Job is defaulted when it is created.
    spec.manual_selector.get_or_insert(false);
    spec.pod_failure_policy.as_mut().map(pod_failure_policy);
    job.status.get_or_insert_default();
}

fn pod_failure_policy(policy: &mut PodFailurePolicy) {
    for pattern in policy.rules.iter_mut().flat_map(|rule| rule.on_pod_conditions.iter_mut().flatten()) {
        set_text(&mut pattern.status, "True");
    }
}

pub(super) fn cron_job(cron_job: &mut CronJob) {
    let spec = &mut cron_job.spec;
    spec.job_template.metadata.get_or_insert_default();
    let template = spec.job_template.spec.get_or_insert_default();
    pod_template(&mut template.template);
    template.pod_failure_policy.as_mut().map(pod_failure_policy);
    set_text(&mut spec.concurrency_policy, "Allow");
    spec.suspend.get_or_insert(false);
    spec.successful_jobs_history_limit.get_or_insert(3);
    spec.failed_jobs_history_limit.get_or_insert(1);
    cron_job.status.get_or_insert_default();
}

pub(super) fn replication_controller(controller: &mut ReplicationController) {
    let Some(spec) = &mut controller.spec else { return };
    let labels = spec.template.as_ref().and_then(|template| template.metadata.as_ref()?.labels.clone()).unwrap_or_default();
    if !labels.is_empty() {
        if spec.selector.as_ref().is_none_or(|selector| selector.is_empty()) {
            spec.selector = Some(labels.clone());
        }
        if controller.metadata.labels.as_ref().is_none_or(|own| own.is_empty()) {
            controller.metadata.labels = Some(labels);
        }
    }
    spec.template.as_mut().map(pod_template);
    spec.replicas.get_or_insert(1);
    controller.status.get_or_insert_default();
}
