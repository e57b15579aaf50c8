//! Jobs: Pods until enough of them have succeeded.
//!
//! Models `pkg/controller/job/job_controller.go` `syncJob`, `enactJobFinished` and
//! `pkg/controller/ttlafterfinished/ttlafterfinished_controller.go` (v1.36). What is created and deleted is in `pods`, what is
//! counted in `count`. Pods that have ended are counted and released in one write, so `uncountedTerminatedPods` stays empty.

pub(crate) mod backoff;
pub(crate) mod count;
pub(crate) mod index;
pub(crate) mod pods;
pub(crate) mod policy;

use std::sync::Arc;

use podlapse_model::api::batch::v1::{Job, JobCondition, JobSpec, JobStatus, UncountedTerminatedPods};
use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Kind, Metadata, Object, Selector, SimDuration};

use self::backoff::JobBackoff;
use self::count::{Ended, count_indexes, ended, getting_late, track};
use self::index::{Indexes, is_indexed};
use self::policy::{Verdict, verdict};
use crate::controllers::owned::{claim_pods, is_active, is_over, pod_identity, ready_since};
use crate::controllers::{Act, Plan, View, count};
use crate::events::EventType;
use crate::store::{Change, Propagation, Request};

/// Keeps a Pod until its end is counted.
pub(crate) const TRACKING_FINALIZER: &str = "batch.kubernetes.io/job-tracking";
const CONTROLLER: &str = "kubernetes.io/job-controller";

/// A Job in the middle of a sync.
#[derive(Debug)]
pub(crate) struct Sync<'a> {
    pub(crate) job: &'a Job,
    pub(crate) spec: &'a JobSpec,
    pub(crate) view: View<'a>,
    pub(crate) pods: Vec<Arc<Pod>>,
    pub(crate) active: Vec<Arc<Pod>>,
    pub(crate) terminating: usize,
    pub(crate) succeeded: i32,
    pub(crate) succeeded_indexes: Indexes,
    pub(crate) failed_indexes: Indexes,
    pub(crate) backoff: JobBackoff,
    pub(crate) status: JobStatus,
    pub(crate) plan: Plan,
}

/// Why a Job is to end, before it has.
#[derive(Clone, Debug)]
struct Target {
    type_: &'static str,
    reason: String,
    message: String,
}

const FAILURE_TARGET: &str = "FailureTarget";
const SUCCESS_CRITERIA_MET: &str = "SuccessCriteriaMet";

/// What a Job needs.
pub(crate) fn sync(job: &Arc<Job>, view: View<'_>) -> Plan {
    let mut plan = Plan::default();
    let Some(spec) = &job.spec else { return plan };
    if spec.managed_by.as_deref().is_some_and(|manager| manager != CONTROLLER) {
        return plan;
    }
    let status = job.status.clone().unwrap_or_default();
    let selector = Selector::of_label_selector(spec.selector.as_ref()).unwrap_or(Selector::nothing());
    if let Some(finished) = status.conditions.iter().flatten().find(|condition| is_final(condition)) {
        expire(job, spec, finished, view, &mut plan);
        return plan;
    }
    let pods = claim_pods(Kind::Job, &job.metadata, &selector, view, &mut plan);
    let active = pods.iter().filter(|pod| is_active(pod)).cloned().collect();
    let terminating = pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_some() && !is_over(pod)).count();
    let mut sync = Sync {
        job,
        spec,
        view,
        pods,
        active,
        terminating,
        succeeded: 0,
        succeeded_indexes: Indexes::new(),
        failed_indexes: Indexes::new(),
        backoff: view.memory.map(|memory| memory.job).unwrap_or_default(),
        status,
        plan,
    };
    sync.run();
    sync.plan
}

pub(crate) fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn seconds_of(seconds: i64) -> SimDuration {
    SimDuration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

fn is_final(condition: &JobCondition) -> bool {
    condition.status == "True" && matches!(condition.type_.as_str(), "Complete" | "Failed")
}

/// Whether a Job is suspended.
pub(crate) fn is_suspended(spec: &JobSpec) -> bool {
    spec.suspend == Some(true)
}

/// Whether only Pods that have failed are replaced, and not already those that are on their way out.
pub(crate) fn waits_for_end(spec: &JobSpec) -> bool {
    let policy = spec.pod_replacement_policy.as_deref();
    policy == Some("Failed") || (policy.is_none() && spec.pod_failure_policy.is_some())
}

impl Sync<'_> {
    fn run(&mut self) {
        let before = self.job.status.clone().unwrap_or_default();
        if self.status.start_time.is_none() && !is_suspended(self.spec) {
            self.status.start_time = Some(self.view.wall.time(self.view.now));
        }
        let ended = ended(self);
        self.backoff = self.backoff.with(&by_reference(&ended.succeeded), &by_reference(&ended.failed), self.view);
        self.succeeded = self.status.succeeded.unwrap_or(0).saturating_add(number(ended.succeeded.len()));
        count_indexes(self);
        let target = self.known_target().or_else(|| self.new_target(&ended));
        let mut active = number(self.active.len());
        let mut ready = number(self.active.iter().filter(|pod| ready_since(pod).is_some()).count());
        let mut target = match target {
            Some(target) => {
                for pod in &self.active {
                    let (key, uid) = pod_identity(pod);
                    self.plan.acts.push(Act::DeletePod(key, uid));
                }
                self.terminating += self.active.len();
                (active, ready) = (0, 0);
                Some(target)
            }
            None => {
                if self.job.metadata.deletion_timestamp.is_none() {
                    let managed = self.manage();
                    active = managed.active;
                    ready -= managed.removed_ready;
                }
                None
            }
        };
        if target.is_none() {
            if self.is_complete(active) {
                target = Some(Target {
                    type_: SUCCESS_CRITERIA_MET,
                    reason: "CompletionsReached".to_owned(),
                    message: "Reached expected number of succeeded pods".to_owned(),
                });
            } else if self.job.metadata.deletion_timestamp.is_none() {
                self.tell_suspension();
            }
        }
        self.status.active = count(active);
        self.status.ready = Some(ready);
        self.status.terminating = Some(number(self.terminating));
        track(self, &ended, target.as_ref().map(|target| target.type_ == SUCCESS_CRITERIA_MET));
        if let Some(target) = target {
            self.enact(&target);
        }
        self.status.uncounted_terminated_pods = Some(UncountedTerminatedPods::default());
        if self.view.memory.map(|memory| memory.job).unwrap_or_default() != self.backoff {
            let mut memory = self.view.memory.cloned().unwrap_or_default();
            memory.job = self.backoff;
            self.plan.memory = Some(memory);
        }
        if before != self.status {
            let job = Job { status: Some(self.status.clone()), ..self.job.clone() };
            self.plan.send(Request::UpdateStatus(job.into()));
        }
    }

    /// Whether enough Pods have succeeded, `active` being those that are left.
    fn is_complete(&self, active: i32) -> bool {
        match self.spec.completions {
            Some(completions) => completions <= self.succeeded && active == 0,
            None => self.succeeded > 0 && active == 0,
        }
    }

    /// The end that was decided on earlier.
    fn known_target(&self) -> Option<Target> {
        let condition = |type_: &'static str| {
            let conditions = self.status.conditions.iter().flatten();
            let found = conditions.into_iter().find(|condition| condition.type_ == type_ && condition.status == "True")?;
            let (reason, message) = (found.reason.clone().unwrap_or_default(), found.message.clone().unwrap_or_default());
            Some(Target { type_, reason, message })
        };
        condition(SUCCESS_CRITERIA_MET).or_else(|| condition(FAILURE_TARGET))
    }

    /// The end that is called for now.
    fn new_target(&mut self, ended: &Ended) -> Option<Target> {
        let failure = |reason: &str, message: &str| {
            Some(Target { type_: FAILURE_TARGET, reason: reason.to_owned(), message: message.to_owned() })
        };
        let policy = self.spec.pod_failure_policy.as_ref();
        let failing = ended.all_failed.iter().find_map(|pod| match verdict(policy, pod) {
            Verdict::FailJob(message) => Some(message),
            Verdict::Count | Verdict::Ignore | Verdict::FailIndex => None,
        });
        if let Some(message) = failing {
            return failure("PodFailurePolicy", &message);
        }
        let limit = self.spec.backoff_limit.unwrap_or(6);
        let counts = |pod: &&Arc<Pod>| verdict(policy, pod) != Verdict::Ignore;
        let failed = self.status.failed.unwrap_or(0).saturating_add(number(ended.failed.iter().filter(counts).count()));
        if failed > limit || self.restarts_exceed(limit) {
            return failure("BackoffLimitExceeded", "Job has reached the specified backoff limit");
        }
        if getting_late(self) {
            return failure("DeadlineExceeded", "Job was active longer than specified deadline");
        }
        if !is_indexed(self.spec) {
            return None;
        }
        let completions = usize::try_from(self.spec.completions.unwrap_or(0)).unwrap_or(0);
        let (failed, done) = (self.failed_indexes.len(), self.succeeded_indexes.len());
        if self.spec.max_failed_indexes.is_some_and(|most| usize::try_from(most).unwrap_or(0) < failed) {
            let message = "Job has exceeded the specified maximal number of failed indexes";
            return failure("MaxFailedIndexesExceeded", message);
        }
        if failed > 0 && completions <= failed + done {
            return failure("FailedIndexes", "Job has failed indexes");
        }
        let message = index::success_policy(self.spec, &self.succeeded_indexes)?;
        Some(Target { type_: SUCCESS_CRITERIA_MET, reason: "SuccessPolicy".to_owned(), message })
    }

    /// Where containers restart in their Pod, their restarts count as failures (`pastBackoffLimitOnFailure`).
    fn restarts_exceed(&self, limit: i32) -> bool {
        let policy = self.spec.template.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref());
        if policy != Some("OnFailure") {
            return false;
        }
        let is_counted = |pod: &&Arc<Pod>| matches!(crate::controllers::owned::phase(pod), "Running" | "Pending");
        let statuses = self.pods.iter().filter(is_counted).filter_map(|pod| pod.status.as_ref());
        let containers = statuses
            .flat_map(|status| status.init_container_statuses.iter().flatten().chain(status.container_statuses.iter().flatten()));
        let restarts = containers.fold(0, |sum: i32, container| sum.saturating_add(container.restart_count));
        if limit == 0 { restarts > 0 } else { restarts >= limit }
    }

    fn tell_suspension(&mut self) {
        let suspended = is_suspended(self.spec);
        let (value, reason, message) = match suspended {
            true => ("True", "JobSuspended", "Job suspended"),
            false => ("False", "JobResumed", "Job resumed"),
        };
        let condition = new_condition("Suspended", value, reason, message.to_owned(), self.view);
        let conditions = self.status.conditions.get_or_insert_default();
        match conditions.iter_mut().find(|known| known.type_ == condition.type_) {
            Some(known) if known.status == condition.status => return,
            Some(known) => *known = condition,
            None if suspended => conditions.push(condition),
            None => {
                self.status.conditions = self.status.conditions.take().filter(|conditions| !conditions.is_empty());
                return;
            }
        }
        self.plan.tell(EventType::Normal, if suspended { "Suspended" } else { "Resumed" }, message.to_owned());
        // A Job that is suspended has not started, so that where its Pods may run can change (`MutableSchedulingDirectivesForSuspendedJobs`).
        self.status.start_time = (!suspended).then(|| self.view.wall.time(self.view.now));
    }

    /// Writes down that the Job is to end, and once nothing of it is left that it has.
    fn enact(&mut self, target: &Target) {
        let view = self.view;
        let conditions = self.status.conditions.get_or_insert_default();
        if !conditions.iter().any(|condition| condition.type_ == target.type_ && condition.status == "True") {
            conditions.push(new_condition(target.type_, "True", &target.reason, target.message.clone(), view));
        }
        if self.terminating > 0 {
            return;
        }
        let (type_, reason, message) = (target.type_, target.reason.as_str(), target.message.clone());
        if type_ == SUCCESS_CRITERIA_MET {
            conditions.push(new_condition("Complete", "True", reason, message, view));
            self.status.completion_time = Some(view.wall.time(view.now));
            if self.spec.completions.is_some_and(|completions| completions < self.status.succeeded.unwrap_or(0)) {
                let message = "Too many succeeded pods running after completion count reached".to_owned();
                self.plan.tell(EventType::Warning, "TooManySucceededPods", message);
            }
            self.plan.tell(EventType::Normal, "Completed", "Job completed".to_owned());
            return;
        }
        conditions.push(new_condition("Failed", "True", reason, message.clone(), view));
        const REASONS: [&str; 5] =
            ["PodFailurePolicy", "BackoffLimitExceeded", "DeadlineExceeded", "MaxFailedIndexesExceeded", "FailedIndexes"];
        let reason = REASONS.into_iter().find(|known| *known == reason).unwrap_or("Failed");
        self.plan.tell(EventType::Warning, reason, message);
    }
}

fn by_reference(pods: &[Arc<Pod>]) -> Vec<&Arc<Pod>> {
    pods.iter().collect()
}

fn new_condition(type_: &str, value: &str, reason: &str, message: String, view: View<'_>) -> JobCondition {
    let now = view.wall.time(view.now);
    JobCondition {
        type_: type_.to_owned(),
        status: value.to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message),
        last_probe_time: Some(now.clone()),
        last_transition_time: Some(now),
    }
}

/// Whether a Job has just finished that is to go some time after that.
pub(crate) fn begins_to_expire(change: &Change) -> bool {
    let expires = |object: &Option<Object>| {
        let Some(Object::Job(job)) = object else { return false };
        let has_ttl = job.spec.as_ref().is_some_and(|spec| spec.ttl_seconds_after_finished.is_some());
        has_ttl && job.status.iter().flat_map(|status| status.conditions.iter().flatten()).any(is_final)
    };
    expires(&change.after) && !expires(&change.before)
}

/// Deletes a finished Job when its time to live is over.
fn expire(job: &Arc<Job>, spec: &JobSpec, finished: &JobCondition, view: View<'_>, plan: &mut Plan) {
    let (Some(ttl), Some(since)) = (spec.ttl_seconds_after_finished, &finished.last_transition_time) else { return };
    let at = view.wall.sim_time(since) + seconds_of(i64::from(ttl));
    if view.now < at {
        plan.requeue(Some(at));
    } else if job.metadata.deletion_timestamp.is_none() {
        let object = Object::Job(job.clone());
        plan.send(Request::Delete {
            key: object.key(),
            uid: Some(object.uid()),
            grace_seconds: None,
            propagation: Propagation::Foreground,
        });
    }
}
