//! Jobs: Pods until enough of them have succeeded.
//!
//! Models `pkg/controller/job/job_controller.go` `syncJob`, `manageJob`, `trackJobStatusAndRemoveFinalizers`, `backoff_utils.go`
//! `getRemainingTime` and `pkg/controller/ttlafterfinished/ttlafterfinished_controller.go` (v1.36). Pods that have ended are counted
//! and released in one write, so `uncountedTerminatedPods` stays empty. Not modelled: suspension, indexes, success policies, limits
//! for each index. A suspended Job is left alone.

use std::sync::Arc;

use podlapse_model::api::batch::v1::{Job, JobCondition, JobSpec, JobStatus, UncountedTerminatedPods};
use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Kind, Object, Selector, SimDuration, SimTime};

use super::job_policy::{Verdict, verdict};
use super::owned::{claim_pods, is_active, is_over, phase, pod_from_template, pod_identity, ready_since};
use super::{Act, Plan, View, count};
use crate::events::EventType;
use crate::store::Request;

/// Keeps a Pod until its end is counted.
pub(crate) const TRACKING_FINALIZER: &str = "batch.kubernetes.io/job-tracking";
/// The first back-off after a failure, and the longest.
const BASE_DELAY: SimDuration = SimDuration::from_secs(10);
const MAX_DELAY: SimDuration = SimDuration::from_secs(600);
/// At most so many Pods are created at a time.
const MAX_CREATE: usize = 500;

/// The Pods of a Job, sorted by what became of them.
struct Pods {
    all: Vec<Arc<Pod>>,
    active: Vec<Arc<Pod>>,
    terminating: usize,
}

/// What a Job needs.
pub(crate) fn sync(job: &Arc<Job>, view: View<'_>) -> Plan {
    let mut plan = Plan::default();
    let Some(spec) = &job.spec else { return plan };
    let mut status = job.status.clone().unwrap_or_default();
    if let Some(finished) = status.conditions.iter().flatten().find(|condition| is_final(condition)) {
        expire(job, spec, finished, view, &mut plan);
        return plan;
    }
    if job.metadata.deletion_timestamp.is_some() || spec.suspend == Some(true) {
        return plan;
    }
    let now = view.wall.time(view.now);
    let started = status.start_time.get_or_insert_with(|| now.clone()).clone();
    let deadline = spec.active_deadline_seconds.map(|seconds| view.wall.sim_time(&started) + seconds_of(seconds));
    let pods = pods_of(job, spec, view, &mut plan);
    let failing = count_ended(spec, &pods, &mut status, &mut plan);
    status.terminating = Some(number(pods.terminating));
    status.ready = Some(number(pods.active.iter().filter(|pod| ready_since(pod).is_some()).count()));
    let mut active = pods.active.len();
    if !status.conditions.iter().flatten().any(is_target) {
        let is_late = deadline.is_some_and(|at| at <= view.now);
        let target = target_of(spec, &status, &pods, failing, is_late);
        if let Some((type_, reason, message)) = target {
            status.conditions.get_or_insert_default().push(condition(type_, reason, message, view));
        }
    }
    if let Some(target) = status.conditions.iter().flatten().find(|condition| is_target(condition)).cloned() {
        for pod in &pods.active {
            let (key, uid) = pod_identity(pod);
            plan.acts.push(Act::DeletePod(key, uid));
        }
        status.terminating = Some(number(pods.terminating + active));
        status.ready = Some(0);
        if pods.terminating == 0 && active == 0 {
            finish(&mut status, &target, view, &mut plan);
        }
        active = 0;
    } else {
        plan.requeue(deadline);
        active = manage(job, spec, &pods, &status, view, &mut plan);
    }
    status.active = count(number(active));
    status.uncounted_terminated_pods = Some(UncountedTerminatedPods::default());
    if job.status.as_ref() != Some(&status) {
        plan.send(Request::UpdateStatus(Job { status: Some(status), ..Job::clone(job) }.into()));
    }
    plan
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn seconds_of(seconds: i64) -> SimDuration {
    SimDuration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

fn is_final(condition: &JobCondition) -> bool {
    condition.status == "True" && matches!(condition.type_.as_str(), "Complete" | "Failed")
}

fn is_target(condition: &JobCondition) -> bool {
    condition.status == "True" && matches!(condition.type_.as_str(), "SuccessCriteriaMet" | "FailureTarget")
}

fn condition(type_: &str, reason: &str, message: String, view: View<'_>) -> JobCondition {
    let now = view.wall.time(view.now);
    JobCondition {
        type_: type_.to_owned(),
        status: "True".to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message),
        last_probe_time: Some(now.clone()),
        last_transition_time: Some(now),
    }
}

fn pods_of(job: &Job, spec: &JobSpec, view: View<'_>, plan: &mut Plan) -> Pods {
    let selector = Selector::of_label_selector(spec.selector.as_ref()).unwrap_or(Selector::nothing());
    let all = claim_pods(Kind::Job, &job.metadata, &selector, view, plan);
    let active = all.iter().filter(|pod| is_active(pod)).cloned().collect();
    let terminating = all.iter().filter(|pod| pod.metadata.deletion_timestamp.is_some() && !is_over(pod)).count();
    Pods { all, active, terminating }
}

/// Whether only Pods that have failed are replaced, and not already those that are on their way out.
fn waits_for_end(spec: &JobSpec) -> bool {
    let policy = spec.pod_replacement_policy.as_deref();
    policy == Some("Failed") || (policy.is_none() && spec.pod_failure_policy.is_some())
}

/// Counts the Pods that have ended and releases them. What a failure policy makes of one of them, if it fails the Job.
fn count_ended(spec: &JobSpec, pods: &Pods, status: &mut JobStatus, plan: &mut Plan) -> Option<String> {
    let mut failing = None;
    for pod in &pods.all {
        let is_tracked = pod.metadata.finalizers.iter().flatten().any(|finalizer| finalizer == TRACKING_FINALIZER);
        if !is_tracked {
            continue;
        }
        if phase(pod) == "Succeeded" {
            status.succeeded = Some(status.succeeded.unwrap_or(0) + 1);
        } else if phase(pod) == "Failed" || (pod.metadata.deletion_timestamp.is_some() && !waits_for_end(spec)) {
            match verdict(spec.pod_failure_policy.as_ref(), pod) {
                Verdict::Ignore => {}
                Verdict::Count => status.failed = Some(status.failed.unwrap_or(0) + 1),
                Verdict::FailJob(message) => {
                    status.failed = Some(status.failed.unwrap_or(0) + 1);
                    failing = failing.or(Some(message));
                }
            }
        } else {
            continue;
        }
        let mut pod = Pod::clone(pod);
        pod.metadata.finalizers.get_or_insert_default().retain(|finalizer| finalizer != TRACKING_FINALIZER);
        plan.send(Request::Update(pod.into()));
    }
    failing
}

/// The condition that ends the Job, if one holds.
fn target_of(
    spec: &JobSpec,
    status: &JobStatus,
    pods: &Pods,
    failing: Option<String>,
    is_late: bool,
) -> Option<(&'static str, &'static str, String)> {
    let limit = spec.backoff_limit.unwrap_or(6);
    let succeeded = status.succeeded.unwrap_or(0);
    let is_complete = match spec.completions {
        Some(completions) => completions <= succeeded,
        None => succeeded > 0 && pods.active.is_empty(),
    };
    if let Some(message) = failing {
        Some(("FailureTarget", "PodFailurePolicy", message))
    } else if status.failed.unwrap_or(0) > limit || restarts_exceed(spec, pods, limit) {
        let message = "Job has reached the specified backoff limit".to_owned();
        Some(("FailureTarget", "BackoffLimitExceeded", message))
    } else if is_late {
        let message = "Job was active longer than specified deadline".to_owned();
        Some(("FailureTarget", "DeadlineExceeded", message))
    } else if is_complete {
        let message = "Reached expected number of succeeded pods".to_owned();
        Some(("SuccessCriteriaMet", "CompletionsReached", message))
    } else {
        None
    }
}

/// Where containers restart in their Pod, their restarts count as failures (`pastBackoffLimitOnFailure`).
fn restarts_exceed(spec: &JobSpec, pods: &Pods, limit: i32) -> bool {
    let policy = spec.template.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref());
    if policy != Some("OnFailure") {
        return false;
    }
    let running = pods.active.iter().filter_map(|pod| pod.status.as_ref());
    let statuses = running
        .flat_map(|status| status.init_container_statuses.iter().flatten().chain(status.container_statuses.iter().flatten()));
    let restarts: i32 = statuses.map(|status| status.restart_count).sum();
    if limit == 0 { restarts > 0 } else { restarts >= limit }
}

/// Creates or deletes Pods. How many are active then.
fn manage(job: &Job, spec: &JobSpec, pods: &Pods, status: &JobStatus, view: View<'_>, plan: &mut Plan) -> usize {
    let active = pods.active.len();
    let parallelism = usize::try_from(spec.parallelism.unwrap_or(1)).unwrap_or(0);
    let succeeded = usize::try_from(status.succeeded.unwrap_or(0)).unwrap_or(0);
    let wanted = match spec.completions {
        Some(completions) => parallelism.min(usize::try_from(completions).unwrap_or(0).saturating_sub(succeeded)),
        None if succeeded > 0 => active.min(parallelism),
        None => parallelism,
    };
    if wanted < active {
        for pod in pods.active.iter().take(active - wanted) {
            let (key, uid) = pod_identity(pod);
            plan.acts.push(Act::DeletePod(key, uid));
        }
        return wanted;
    }
    let held = if waits_for_end(spec) { pods.terminating } else { 0 };
    let missing = wanted.saturating_sub(active).saturating_sub(held);
    if missing == 0 {
        return active;
    }
    if let Some(at) = back_off_until(pods, view).filter(|at| view.now < *at) {
        plan.requeue(Some(at));
        return active;
    }
    let mut pod = pod_from_template(Kind::Job, &job.metadata, &spec.template);
    pod.metadata.finalizers.get_or_insert_default().push(TRACKING_FINALIZER.to_owned());
    let created = missing.min(MAX_CREATE);
    plan.acts.push(Act::CreatePods(vec![pod; created]));
    active + created
}

/// Until when no Pod is created after failures: 10 s after the first one since a success, doubling.
fn back_off_until(pods: &Pods, view: View<'_>) -> Option<SimTime> {
    let ended = |what: &'static str| pods.all.iter().filter(move |pod| phase(pod) == what);
    let last_success = ended("Succeeded").filter_map(|pod| finished_at(pod, view)).max();
    let failures: Vec<SimTime> = ended("Failed")
        .filter_map(|pod| finished_at(pod, view))
        .filter(|at| last_success.is_none_or(|last| last < *at))
        .collect();
    let last = failures.iter().max()?;
    let doublings = u32::try_from(failures.len().saturating_sub(1)).unwrap_or(u32::MAX);
    Some(*last + BASE_DELAY.times(1_u64.checked_shl(doublings).unwrap_or(u64::MAX)).min(MAX_DELAY))
}

/// When the last container of a Pod ended (`getFinishedTime`); without one since when the Pod is not ready.
fn finished_at(pod: &Pod, view: View<'_>) -> Option<SimTime> {
    let status = pod.status.as_ref()?;
    let ends = status.container_statuses.iter().flatten().filter_map(|container| {
        let terminated = container.state.as_ref()?.terminated.as_ref()?;
        terminated.finished_at.as_ref().map(|time| view.wall.sim_time(time))
    });
    ends.max().or_else(|| {
        let ready = status.conditions.iter().flatten().find(|condition| condition.type_ == "Ready")?;
        ready.last_transition_time.as_ref().map(|time| view.wall.sim_time(time))
    })
}

fn finish(status: &mut JobStatus, target: &JobCondition, view: View<'_>, plan: &mut Plan) {
    let (reason, message) = (target.reason.clone().unwrap_or_default(), target.message.clone().unwrap_or_default());
    let conditions = status.conditions.get_or_insert_default();
    if target.type_ == "SuccessCriteriaMet" {
        conditions.push(condition("Complete", &reason, message, view));
        status.completion_time = Some(view.wall.time(view.now));
        plan.tell(EventType::Normal, "Completed", "Job completed".to_owned());
        return;
    }
    conditions.push(condition("Failed", &reason, message.clone(), view));
    let known = ["PodFailurePolicy", "BackoffLimitExceeded", "DeadlineExceeded"].into_iter().find(|known| *known == reason);
    plan.tell(EventType::Warning, known.unwrap_or("Failed"), message);
}

/// Deletes a finished Job when its time to live is over.
fn expire(job: &Arc<Job>, spec: &JobSpec, finished: &JobCondition, view: View<'_>, plan: &mut Plan) {
    let (Some(ttl), Some(since)) = (spec.ttl_seconds_after_finished, &finished.last_transition_time) else { return };
    let at = view.wall.sim_time(since) + seconds_of(i64::from(ttl));
    if view.now < at {
        plan.requeue(Some(at));
    } else if job.metadata.deletion_timestamp.is_none() {
        let object = Object::Job(job.clone());
        plan.send(Request::Delete { key: object.key(), uid: Some(object.uid()), grace_seconds: None });
    }
}
