//! Workloads. Models `describeDeployment`, `describeReplicaSet`, `describeStatefulSet`, `describeDaemonSet`, `describeJob`,
//! `describeCronJob` and what they call.

use std::sync::Arc;

use podlapse_model::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use podlapse_model::api::batch::v1::{CronJob, Job};
use podlapse_model::api::core::v1::{PersistentVolumeClaim, PodTemplateSpec, ReplicationController};
use podlapse_model::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;
use podlapse_model::{Labels, Metadata, Quantity, Selector, storage_class};

use super::metadata::{annotations, capital, controller, labels, labels_and_annotations, name, or_unset, rfc1123};
use super::object::Around;
use super::template::describe as template;
use super::writer::{Writer, put};
use crate::duration::{human_duration, since};
use crate::printers::format_labels;

/// `LabelSelectorAsSelector(...).String()`.
fn selector(selector: Option<&LabelSelector>) -> String {
    Selector::of_label_selector(selector).map_or_else(|_| String::new(), |selector| selector.to_string())
}

/// The selector of an object's Pods; nothing is selected by one that cannot be read.
fn pod_selector(selector: Option<&LabelSelector>) -> Selector {
    Selector::of_label_selector(selector).unwrap_or(Selector::nothing())
}

/// `getPodStatusForController`: the selected Pods that an object controls, by phase.
fn pods_status(metadata: &ObjectMeta, selector: &Selector, around: &Around<'_>) -> String {
    let mut counts = [0; 4];
    let uid = metadata.uid.as_deref();
    for pod in around.pods(metadata) {
        if !selector.matches(pod.metadata.labels.as_ref().unwrap_or(&Labels::new())) {
            continue;
        }
        let owners = pod.metadata.owner_references.iter().flatten();
        let owner = owners.filter(|owner| owner.controller == Some(true)).map(|owner| owner.uid.as_str()).next();
        if owner.is_none() || owner != uid {
            continue;
        }
        let place = match pod.status.as_ref().and_then(|status| status.phase.as_deref()) {
            Some("Running") => 0,
            Some("Pending") => 1,
            Some("Succeeded") => 2,
            Some("Failed") => 3,
            Some(_) | None => continue,
        };
        counts[place] += 1;
    }
    let [running, waiting, succeeded, failed] = counts;
    format!("{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed")
}

fn conditions<'a>(w: &mut Writer, conditions: impl Iterator<Item = (&'a str, &'a str, Option<&'a str>)>) {
    for (index, (kind, status, reason)) in conditions.enumerate() {
        if index == 0 {
            put!(w, 0, "Conditions:\n  Type\tStatus\tReason\n");
            put!(w, 1, "----\t------\t------\n");
        }
        put!(w, 1, "{kind} \t{status}\t{}\n", reason.unwrap_or_default());
    }
}

fn int_or_string(value: Option<&IntOrString>) -> String {
    match value {
        None => "0".to_owned(),
        Some(IntOrString::Int(number)) => number.to_string(),
        Some(IntOrString::String(text)) => text.clone(),
    }
}

pub(super) fn deployment(w: &mut Writer, deployment: &Deployment, around: &Around<'_>) -> bool {
    let metadata = &deployment.metadata;
    let spec = deployment.spec.clone().unwrap_or_default();
    let status = deployment.status.clone().unwrap_or_default();
    name(w, metadata);
    put!(w, 0, "CreationTimestamp:\t{}\n", rfc1123(metadata.creation_timestamp.as_ref()));
    labels_and_annotations(w, metadata);
    put!(w, 0, "Selector:\t{}\n", selector(Some(&spec.selector)));
    let count = |number: Option<i32>| number.unwrap_or_default();
    put!(
        w,
        0,
        "Replicas:\t{} desired | {} updated | {} total | {} available | {} unavailable\n",
        spec.replicas.unwrap_or(1),
        count(status.updated_replicas),
        count(status.replicas),
        count(status.available_replicas),
        count(status.unavailable_replicas)
    );
    let strategy = spec.strategy.clone().unwrap_or_default();
    put!(w, 0, "StrategyType:\t{}\n", strategy.type_.as_deref().unwrap_or_default());
    put!(w, 0, "MinReadySeconds:\t{}\n", spec.min_ready_seconds.unwrap_or_default());
    if let Some(rolling) = &strategy.rolling_update {
        let (unavailable, surge) = (int_or_string(rolling.max_unavailable.as_ref()), int_or_string(rolling.max_surge.as_ref()));
        put!(w, 0, "RollingUpdateStrategy:\t{unavailable} max unavailable, {surge} max surge\n");
    }
    template(w, &spec.template);
    let all = status.conditions.iter().flatten();
    conditions(w, all.map(|c| (c.type_.as_str(), c.status.as_str(), c.reason.as_deref())));
    replica_sets(w, deployment, &spec.template, around);
    true
}

/// The old ReplicaSets, the oldest first, and the one of the current template.
fn replica_sets(w: &mut Writer, deployment: &Deployment, template: &PodTemplateSpec, around: &Around<'_>) {
    let uid = deployment.metadata.uid.as_deref();
    let is_own = |set: &&ReplicaSet| {
        set.metadata.owner_references.iter().flatten().any(|o| o.controller == Some(true) && Some(o.uid.as_str()) == uid)
    };
    let mut sets: Vec<&ReplicaSet> = around.store.all().map(Arc::as_ref).filter(is_own).collect();
    let is_new = |set: &ReplicaSet| {
        let mut held = set.spec.as_ref().and_then(|spec| spec.template.clone()).unwrap_or_default();
        if let Some(labels) = held.metadata.as_mut().and_then(|metadata| metadata.labels.as_mut()) {
            labels.remove("pod-template-hash");
        }
        held == *template
    };
    podlapse_model::sort_by(&mut sets, |a, b| a.metadata.creation_timestamp.cmp(&b.metadata.creation_timestamp));
    let new = sets.iter().position(|set| is_new(set));
    let said = |set: &ReplicaSet| {
        let created = set.status.as_ref().map_or(0, |status| status.replicas);
        let wanted = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
        format!("{} ({created}/{wanted} replicas created)", set.name())
    };
    if sets.is_empty() {
        return;
    }
    let mut old = sets.clone();
    let new = new.map(|at| old.remove(at));
    let old: Vec<String> = old.into_iter().map(said).collect();
    put!(w, 0, "OldReplicaSets:\t{}\n", if old.is_empty() { "<none>".to_owned() } else { old.join(", ") });
    put!(w, 0, "NewReplicaSet:\t{}\n", new.map_or_else(|| "<none>".to_owned(), said));
}

pub(super) fn replica_set(w: &mut Writer, set: &ReplicaSet, around: &Around<'_>) -> bool {
    let spec = set.spec.clone().unwrap_or_default();
    let status = set.status.clone().unwrap_or_default();
    name(w, &set.metadata);
    put!(w, 0, "Selector:\t{}\n", Selector::format_label_selector(Some(&spec.selector)));
    labels_and_annotations(w, &set.metadata);
    if let Some(controller) = controller(&set.metadata) {
        put!(w, 0, "Controlled By:\t{controller}\n");
    }
    put!(w, 0, "Replicas:\t{} current / {} desired\n", status.replicas, spec.replicas.unwrap_or(1));
    put!(w, 0, "Pods Status:\t{}\n", pods_status(&set.metadata, &pod_selector(Some(&spec.selector)), around));
    template(w, &spec.template.unwrap_or_default());
    let all = status.conditions.iter().flatten();
    conditions(w, all.map(|c| (c.type_.as_str(), c.status.as_str(), c.reason.as_deref())));
    true
}

pub(super) fn replication_controller(w: &mut Writer, controller: &ReplicationController, around: &Around<'_>) -> bool {
    let spec = controller.spec.clone().unwrap_or_default();
    let status = controller.status.clone().unwrap_or_default();
    name(w, &controller.metadata);
    put!(w, 0, "Selector:\t{}\n", format_labels(spec.selector.as_ref()));
    labels_and_annotations(w, &controller.metadata);
    put!(w, 0, "Replicas:\t{} current / {} desired\n", status.replicas, spec.replicas.unwrap_or(1));
    put!(
        w,
        0,
        "Pods Status:\t{}\n",
        pods_status(&controller.metadata, &Selector::of_set(spec.selector.as_ref().unwrap_or(&Labels::new())), around)
    );
    template(w, &spec.template.unwrap_or_default());
    let all = status.conditions.iter().flatten();
    conditions(w, all.map(|c| (c.type_.as_str(), c.status.as_str(), c.reason.as_deref())));
    true
}

pub(super) fn stateful_set(w: &mut Writer, set: &StatefulSet, around: &Around<'_>) -> bool {
    let spec = set.spec.clone().unwrap_or_default();
    let status = set.status.clone().unwrap_or_default();
    name(w, &set.metadata);
    put!(w, 0, "CreationTimestamp:\t{}\n", rfc1123(set.metadata.creation_timestamp.as_ref()));
    put!(w, 0, "Selector:\t{}\n", selector(Some(&spec.selector)));
    labels_and_annotations(w, &set.metadata);
    put!(w, 0, "Replicas:\t{} desired | {} total\n", spec.replicas.unwrap_or(1), status.replicas);
    let strategy = spec.update_strategy.clone().unwrap_or_default();
    put!(w, 0, "Update Strategy:\t{}\n", strategy.type_.as_deref().unwrap_or_default());
    if let Some(rolling) = &strategy.rolling_update
        && let Some(partition) = rolling.partition
    {
        put!(w, 1, "Partition:\t{partition}\n");
        if let Some(bound) = &rolling.max_unavailable {
            put!(w, 1, "MaxUnavailable:\t{}\n", int_or_string(Some(bound)));
        }
    }
    put!(w, 0, "Pods Status:\t{}\n", pods_status(&set.metadata, &pod_selector(Some(&spec.selector)), around));
    template(w, &spec.template);
    claims(w, spec.volume_claim_templates.as_deref().unwrap_or_default());
    true
}

/// `describeVolumeClaimTemplates`.
fn claims(w: &mut Writer, templates: &[PersistentVolumeClaim]) {
    if templates.is_empty() {
        put!(w, 0, "Volume Claims:\t<none>\n");
        return;
    }
    put!(w, 0, "Volume Claims:\n");
    for claim in templates {
        let spec = claim.spec.clone().unwrap_or_default();
        let metadata = &claim.metadata;
        put!(w, 1, "Name:\t{}\n", metadata.name());
        put!(w, 1, "StorageClass:\t{}\n", storage_class(metadata, spec.storage_class_name.as_deref()));
        labels(w, "  Labels", metadata.labels.as_ref());
        // What stands here is written as labels are.
        labels(w, "  Annotations", metadata.annotations.as_ref());
        let storage = spec.resources.as_ref().and_then(|resources| resources.requests.as_ref()?.get("storage"));
        put!(w, 1, "Capacity:\t{}\n", storage.map_or_else(|| "<default>".to_owned(), |q| Quantity::of(q).to_string()));
        put!(w, 1, "Access Modes:\t[{}]\n", spec.access_modes.unwrap_or_default().join(" "));
    }
}

pub(super) fn daemon_set(w: &mut Writer, set: &DaemonSet, around: &Around<'_>) -> bool {
    let spec = set.spec.clone().unwrap_or_default();
    let status = set.status.clone().unwrap_or_default();
    name(w, &set.metadata);
    put!(w, 0, "Selector:\t{}\n", selector(Some(&spec.selector)));
    let nodes = spec.template.spec.as_ref().and_then(|spec| spec.node_selector.as_ref());
    put!(w, 0, "Node-Selector:\t{}\n", format_labels(nodes));
    labels_and_annotations(w, &set.metadata);
    put!(w, 0, "Desired Number of Nodes Scheduled: {}\n", status.desired_number_scheduled);
    put!(w, 0, "Current Number of Nodes Scheduled: {}\n", status.current_number_scheduled);
    put!(w, 0, "Number of Nodes Scheduled with Up-to-date Pods: {}\n", status.updated_number_scheduled.unwrap_or_default());
    put!(w, 0, "Number of Nodes Scheduled with Available Pods: {}\n", status.number_available.unwrap_or_default());
    put!(w, 0, "Number of Nodes Misscheduled: {}\n", status.number_misscheduled);
    put!(w, 0, "Pods Status:\t{}\n", pods_status(&set.metadata, &pod_selector(Some(&spec.selector)), around));
    template(w, &spec.template);
    true
}

pub(super) fn job(w: &mut Writer, job: &Job) -> bool {
    let spec = job.spec.clone().unwrap_or_default();
    let status = job.status.clone().unwrap_or_default();
    name(w, &job.metadata);
    put!(w, 0, "Selector:\t{}\n", selector(spec.selector.as_ref()));
    labels_and_annotations(w, &job.metadata);
    if let Some(controller) = controller(&job.metadata) {
        put!(w, 0, "Controlled By:\t{controller}\n");
    }
    let mut line = |title: &str, value: Option<String>| {
        if let Some(value) = value {
            put!(w, 0, "{title}:\t{value}\n");
        }
    };
    let text = |number: Option<i32>| number.map(|number| number.to_string());
    line("Parallelism", text(spec.parallelism));
    line("Completions", Some(or_unset(spec.completions)));
    line("Completion Mode", spec.completion_mode.clone());
    line("Suspend", spec.suspend.map(|suspend| suspend.to_string()));
    line("Backoff Limit", text(spec.backoff_limit));
    line("TTL Seconds After Finished", text(spec.ttl_seconds_after_finished));
    line("Start Time", status.start_time.as_ref().map(|at| rfc1123(Some(at))));
    line("Completed At", status.completion_time.as_ref().map(|at| rfc1123(Some(at))));
    let took = status.start_time.as_ref().zip(status.completion_time.as_ref());
    line("Duration", took.map(|(start, end)| human_duration(since(start, end))));
    line("Active Deadline Seconds", spec.active_deadline_seconds.map(|seconds| format!("{seconds}s")));
    let count = |number: Option<i32>| number.unwrap_or_default();
    let ready = status.ready.map_or_else(String::new, |ready| format!(" ({ready} Ready)"));
    put!(
        w,
        0,
        "Pods Statuses:\t{} Active{ready} / {} Succeeded / {} Failed\n",
        count(status.active),
        count(status.succeeded),
        count(status.failed)
    );
    if spec.completion_mode.as_deref() == Some("Indexed") {
        put!(w, 0, "Completed Indexes:\t{}\n", indexes(status.completed_indexes.as_deref().unwrap_or_default()));
    }
    template(w, &spec.template);
    true
}

/// `capIndexesListOrNone`.
fn indexes(indexes: &str) -> String {
    const SOFT_LIMIT: usize = 50;
    if indexes.is_empty() {
        return "<none>".to_owned();
    }
    match indexes.get(SOFT_LIMIT..).and_then(|rest| rest.find(',')) {
        Some(at) => format!("{}...", &indexes[..=SOFT_LIMIT + at]),
        None => indexes.to_owned(),
    }
}

pub(super) fn cron_job(w: &mut Writer, job: &CronJob) -> bool {
    let spec = &job.spec;
    let status = job.status.clone().unwrap_or_default();
    name(w, &job.metadata);
    labels(w, "Labels", job.metadata.labels.as_ref());
    annotations(w, "Annotations", job.metadata.annotations.as_ref());
    put!(w, 0, "Schedule:\t{}\n", spec.schedule);
    put!(w, 0, "Concurrency Policy:\t{}\n", spec.concurrency_policy.as_deref().unwrap_or_default());
    put!(w, 0, "Suspend:\t{}\n", or_unset(spec.suspend.map(capital)));
    put!(w, 0, "Time Zone:\t{}\n", or_unset(spec.time_zone.as_ref()));
    put!(w, 0, "Successful Job History Limit:\t{}\n", or_unset(spec.successful_jobs_history_limit));
    put!(w, 0, "Failed Job History Limit:\t{}\n", or_unset(spec.failed_jobs_history_limit));
    let deadline = spec.starting_deadline_seconds.map(|seconds| format!("{seconds}s"));
    put!(w, 0, "Starting Deadline Seconds:\t{}\n", or_unset(deadline));
    let inner = spec.job_template.spec.clone().unwrap_or_default();
    let of_template = inner.selector.as_ref().map(|inner| selector(Some(inner)));
    put!(w, 0, "Selector:\t{}\n", or_unset(of_template));
    put!(w, 0, "Parallelism:\t{}\n", or_unset(inner.parallelism));
    put!(w, 0, "Completions:\t{}\n", or_unset(inner.completions));
    if let Some(seconds) = inner.active_deadline_seconds {
        put!(w, 0, "Active Deadline Seconds:\t{seconds}s\n");
    }
    template(w, &inner.template);
    let last = status.last_schedule_time.as_ref().map(|at| rfc1123(Some(at)));
    put!(w, 0, "Last Schedule Time:\t{}\n", or_unset(last));
    let active: Vec<String> = status.active.iter().flatten().map(|job| job.name.clone().unwrap_or_default()).collect();
    put!(w, 0, "Active Jobs:\t{}\n", if active.is_empty() { "<none>".to_owned() } else { active.join(", ") });
    true
}
