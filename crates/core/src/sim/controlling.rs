//! The controllers at work: changes in, one owner after the other out.
//!
//! Models the work queues of `pkg/controller` (v1.36): an owner waits in its queue at most once, is looked at again when it asks for
//! it, and after a failure when its back-off is over (`DefaultTypedControllerRateLimiter`).

use std::sync::Arc;

use podlapse_model::api::batch::v1::{CronJob, Job};
use podlapse_model::api::core::v1::{ObjectReference, Pod};
use podlapse_model::{Kind, Metadata, Object, ObjectKey, SimDuration, SimTime, SortedMap};

use super::event::{Event, Timer};
use super::world::World;
use super::{Step, StepId};
use crate::controllers::{
    Act, ControllerKey, Memory, Plan, Told, View, component, component_of, creates_pods, garbage, job, namespace, resource_quota,
    sync, whom,
};
use crate::events::{EventRecorder, EventType, PodEvent, Recorded};
use crate::store::{Change, Reason, Request, budgets_of};
use crate::why::{Fact, Rule, Why};

/// From a change to what a controller writes because of it.
const SYNC_LATENCY: SimDuration = SimDuration::from_millis(12);
/// The same for the controllers that create Pods, which pass more of admission than other objects.
const POD_LATENCY: SimDuration = SimDuration::from_millis(25);
/// How long the Job controller gathers what becomes of Pods before it looks (`syncJobBatchPeriod`).
const JOB_BATCH_PERIOD: SimDuration = SimDuration::from_secs(1);
/// How long a namespace's deletion is left to sink in (`namespaceDeletionGracePeriod`).
const NAMESPACE_GRACE_PERIOD: SimDuration = SimDuration::from_secs(5);
/// The first back-off after a failure, and the longest.
const DELAYS: (SimDuration, SimDuration) = (SimDuration::from_millis(5), SimDuration::from_secs(1_000));
/// The same for Jobs (`DefaultJobApiBackOff`, `MaxJobApiBackOff`).
const JOB_DELAYS: (SimDuration, SimDuration) = (SimDuration::from_secs(1), SimDuration::from_secs(60));

/// What the controllers remember.
#[derive(Clone, Debug, Default)]
pub(super) struct Controllers {
    recorders: SortedMap<&'static str, Arc<EventRecorder>>,
    failures: SortedMap<ObjectKey, Failure>,
    memories: SortedMap<ObjectKey, Memory>,
}

/// That Pods could not be created for an owner.
#[derive(Clone, Debug)]
struct Failure {
    times: u32,
    message: String,
}

impl World {
    /// Puts into the queue whom a change concerns.
    pub(super) fn wake_controllers(&mut self, change: &Change, cause: Option<StepId>) {
        if change.after.as_ref().and_then(component).is_some() {
            let generation = |object: &Option<Object>| object.as_ref().and_then(|object| object.metadata().generation);
            let is_asked = generation(&change.before) != generation(&change.after) || job::begins_to_expire(change);
            self.wake_owner(change.key.clone(), is_asked, cause);
        }
        for owner in whom::concerned(change, &self.store) {
            self.wake_owner(owner, false, cause);
        }
        if resource_quota::frees(change) {
            let quotas = self.store.list(Kind::ResourceQuota).map(Object::key);
            let quotas: Vec<ObjectKey> = quotas.filter(|quota| quota.namespace == change.key.namespace).collect();
            quotas.into_iter().for_each(|quota| self.wake_owner(quota, false, cause));
        }
        let lost = whom::lost_owners(change, &self.store).into_iter();
        let lost = lost.filter(|owner| !self.unseen_owners.contains(owner)).map(ControllerKey::Garbage).collect::<Vec<_>>();
        let waiting = whom::waiting_owners(change, &self.store).into_iter().map(ControllerKey::Dependents);
        let unsupplied = whom::unsupplied(change).map(ControllerKey::Supplies);
        for key in lost.into_iter().chain(waiting).chain(unsupplied) {
            self.arm(Timer::Controller(key.clone()), self.now + SYNC_LATENCY, Event::Controller(key), cause);
        }
        if let Some(Object::Pod(pod)) = &change.after
            && 1 < budgets_of(&self.store, pod).len()
        {
            self.push(self.now + SYNC_LATENCY, Event::Controller(ControllerKey::Budgets(change.key.clone())), cause);
        }
    }

    /// Puts an owner into the queue of its controller. Jobs wait there for a while unless their user asks for something.
    fn wake_owner(&mut self, owner: ObjectKey, is_asked: bool, cause: Option<StepId>) {
        let (is_job, creates_pods) = (owner.kind == Kind::Job, creates_pods(owner.kind));
        let is_namespace = owner.kind == Kind::Namespace;
        let key = ControllerKey::Workload(owner);
        if is_job && !is_asked {
            self.requeue(key, self.now + JOB_BATCH_PERIOD, cause);
            return;
        }
        let timer = Timer::Controller(key.clone());
        let latency = if is_namespace {
            NAMESPACE_GRACE_PERIOD
        } else if creates_pods {
            POD_LATENCY
        } else {
            SYNC_LATENCY
        };
        if !self.queue.is_armed(&timer) {
            self.arm(timer, self.now + latency, Event::Controller(key), cause);
        }
    }

    /// Puts an owner into the queue for later. What waits already stays unless this is sooner, also when the reason for it has gone
    /// (`delaying_queue.go` `insert`).
    fn requeue(&mut self, key: ControllerKey, at: SimTime, cause: Option<StepId>) {
        let timer = Timer::ControllerRequeue(key.clone());
        let at = at.max(self.now);
        if self.queue.armed_at(&timer).is_none_or(|armed| at < armed) {
            self.arm(timer, at, Event::Controller(key), cause);
        }
    }

    /// Lets the controller look at what it was woken for.
    pub(super) fn control(&mut self, key: ControllerKey, step: &mut Step) {
        match &key {
            ControllerKey::Workload(owner) => {
                let Some(object) = self.store.get(owner).cloned() else {
                    self.controllers.failures.remove(owner);
                    self.controllers.memories.remove(owner);
                    self.queue.cancel(&Timer::ControllerRequeue(key));
                    return;
                };
                let refusal = self.controllers.failures.get(owner).map(|failure| failure.message.clone());
                let memory = self.controllers.memories.get(owner);
                let view = View { now: self.now, wall: self.wall, store: &self.store, memory, refusal: refusal.as_deref() };
                let mut plan = sync(&object, view);
                if let Some(memory) = plan.memory.take() {
                    self.controllers.memories.insert(owner.clone(), memory);
                }
                self.explain(component(&object), &plan, step);
                let plan_requeue = plan.requeue_at;
                let failed = self.carry_out(plan, &object, step);
                let requeue_at = match failed {
                    Some(message) => Some(self.now + self.back_off(owner, message)),
                    None => {
                        self.controllers.failures.remove(owner);
                        plan_requeue
                    }
                };
                if let Some(at) = requeue_at {
                    self.requeue(key, at, step.cause);
                }
            }
            ControllerKey::Budgets(pod) => self.tell_of_budgets(pod, step),
            ControllerKey::Garbage(_) | ControllerKey::Dependents(_) | ControllerKey::Supplies(_) => {
                let view = View { now: self.now, wall: self.wall, store: &self.store, memory: None, refusal: None };
                let (component, plan) = match &key {
                    ControllerKey::Garbage(gone) => ("garbage-collector", garbage::collect(gone, view)),
                    ControllerKey::Dependents(owner) => ("garbage-collector", garbage::dependents_of(owner, view)),
                    ControllerKey::Supplies(key) | ControllerKey::Workload(key) | ControllerKey::Budgets(key) => {
                        ("service-account-controller", namespace::supply(key, view))
                    }
                };
                self.explain(Some(component), &plan, step);
                for act in plan.acts {
                    if let Act::Send(request) = act {
                        // What has gone in the meantime need not be deleted.
                        let _ = self.request(*request, step);
                    }
                }
            }
        }
    }

    fn explain(&self, component: Option<&str>, plan: &Plan, step: &mut Step) {
        if let Some(component) = component.filter(|_| !plan.acts.is_empty()) {
            step.why.push(Why { rule: Rule::Reconciled, facts: vec![Fact::Word(component.into())] });
        }
    }

    /// Does what was planned. What the API server says against the creation of Pods, if it does.
    fn carry_out(&mut self, plan: Plan, owner: &Object, step: &mut Step) -> Option<String> {
        let mut failed = None;
        let mut missing = 0;
        for act in plan.acts {
            match act {
                Act::CreatePods(pods) => {
                    let wanted = pods.len();
                    let (created, error) = self.create_pods(pods, owner, step);
                    if error.is_some() {
                        missing += wanted - created;
                        failed = error;
                    }
                }
                Act::StartJob(job, cron_job) => failed = self.start_job(*job, *cron_job, owner, step).or(failed),
                Act::DeletePod(key, uid) => {
                    let message = format!("Deleted pod: {}", key.name);
                    if self.request(Request::delete(key, uid), step).is_ok() {
                        self.tell_of(owner, EventType::Normal, "SuccessfulDelete", message, step);
                    }
                }
                Act::SendAndTell(request, done, refused) => match self.request(*request, step) {
                    Ok(_) => self.announce(owner, done, step),
                    Err(error) if error.is_of_terminating_namespace() => {}
                    Err(error) => {
                        // That a Pod of this name is there already is no news, as it may be the next one's (`CreateStatefulPod`).
                        if let Some(told) = refused.filter(|_| error.reason != Reason::AlreadyExists) {
                            self.announce(owner, Told { message: format!("{}{error}", told.message), ..told }, step);
                        }
                        failed = Some(error.to_string());
                    }
                },
                Act::Send(request) => {
                    // A conflict makes the real controller try again; here the next change does.
                    let _ = self.request(without_missing(*request, missing), step);
                }
                Act::Tell(event_type, reason, message) => self.tell_of(owner, event_type, reason, message, step),
            }
        }
        failed
    }

    /// Creates Pods in batches, of which each is twice as large as the one before and the last is the one in which one fails
    /// (`slowStartBatch`).
    fn create_pods(&mut self, pods: Vec<Pod>, owner: &Object, step: &mut Step) -> (usize, Option<String>) {
        let mut pods = pods.into_iter().peekable();
        let (mut batch, mut created) = (1, 0);
        let mut failed = None;
        while failed.is_none() && pods.peek().is_some() {
            for pod in pods.by_ref().take(batch) {
                match self.request(Request::Create(pod.into()), step) {
                    Ok(applied) => {
                        created += 1;
                        let message = format!("Created pod: {}", applied.object.key().name);
                        self.tell_of(owner, EventType::Normal, "SuccessfulCreate", message, step);
                    }
                    // Where a namespace goes, so does everything in it.
                    Err(error) if error.is_of_terminating_namespace() => return (created, None),
                    Err(error) => {
                        self.tell_of(owner, EventType::Warning, "FailedCreate", format!("Error creating: {error}"), step);
                        failed = Some(error.to_string());
                    }
                }
            }
            batch *= 2;
        }
        (created, failed)
    }

    fn start_job(&mut self, job: Job, mut cron_job: CronJob, owner: &Object, step: &mut Step) -> Option<String> {
        match self.request(Request::Create(job.into()), step) {
            Ok(applied) => {
                let (key, metadata) = (applied.object.key(), applied.object.metadata());
                self.tell_of(owner, EventType::Normal, "SuccessfulCreate", format!("Created job {}", key.name), step);
                let status = cron_job.status.get_or_insert_default();
                status.active.get_or_insert_default().push(ObjectReference {
                    api_version: Some(key.kind.api_version().to_owned()),
                    kind: Some(key.kind.name().to_owned()),
                    name: metadata.name.clone(),
                    namespace: metadata.namespace.clone(),
                    resource_version: metadata.resource_version.clone(),
                    uid: metadata.uid.clone(),
                    ..ObjectReference::default()
                });
                let _ = self.request(Request::UpdateStatus(cron_job.into()), step);
                None
            }
            Err(error) if error.reason == Reason::AlreadyExists => None,
            Err(error) => {
                let message = format!("Error creating job: {error}");
                self.tell_of(owner, EventType::Warning, "FailedCreate", message, step);
                Some(error.to_string())
            }
        }
    }

    fn announce(&mut self, owner: &Object, told: Told, step: &mut Step) {
        self.tell_of(owner, told.event_type, told.reason, told.message, step);
    }

    fn tell_of(&mut self, owner: &Object, event_type: EventType, reason: &'static str, message: String, step: &mut Step) {
        let Some(component) = component(owner) else { return };
        self.record(component, owner.clone(), PodEvent::pod(event_type, reason, message), step);
    }

    /// Each event of a Pod with several budgets is told of, as it counts for one of them only (`getPdbForPod`).
    fn tell_of_budgets(&mut self, key: &ObjectKey, step: &mut Step) {
        let (namespace, name) = (key.namespace.as_str(), key.name.as_str());
        let Some(pod) = self.store.pod(namespace, name).cloned() else { return };
        let budgets = budgets_of(&self.store, &pod);
        let Some(chosen) = budgets.first().filter(|_| 1 < budgets.len()) else { return };
        let chosen = chosen.name();
        let message = format!("Pod {namespace:?}/{name:?} matches multiple PodDisruptionBudgets.  Chose {chosen:?} arbitrarily.");
        let Some(component) = component_of(Kind::PodDisruptionBudget) else { return };
        step.why.push(Why { rule: Rule::Reconciled, facts: vec![Fact::Word(component.into())] });
        let event = PodEvent::pod(EventType::Warning, "MultiplePodDisruptionBudgets", message);
        self.record(component, Object::Pod(pod), event, step);
    }

    /// Writes an event of a component.
    pub(super) fn record(&mut self, component: &'static str, about: Object, event: PodEvent, step: &mut Step) {
        let recorded = Recorded { about, event, at: self.now };
        let recorder = self.controllers.recorders.entry(component);
        let recorder = recorder.or_insert_with(|| Arc::new(EventRecorder::new(component, None)));
        if let Some(request) = Arc::make_mut(recorder).request(&recorded, self.wall, &self.store) {
            // An Event that cannot be written is lost, as in a real cluster.
            let _ = self.request(request, step);
        }
    }

    fn back_off(&mut self, owner: &ObjectKey, message: String) -> SimDuration {
        let failure = self.controllers.failures.entry(owner.clone()).or_insert(Failure { times: 0, message: String::new() });
        let (base, longest) = if owner.kind == Kind::Job { JOB_DELAYS } else { DELAYS };
        let delay = base.times(1_u64.checked_shl(failure.times).unwrap_or(u64::MAX)).min(longest);
        failure.times = (failure.times + 1).min(62);
        failure.message = message;
        delay
    }
}

/// A Job's status does not count the Pods that could not be created (`manageJob`).
fn without_missing(mut request: Request, missing: usize) -> Request {
    if let Request::UpdateStatus(Object::Job(job)) = &mut request
        && 0 < missing
        && let Some(status) = &mut Arc::make_mut(job).status
    {
        let left = status.active.unwrap_or(0).saturating_sub(i32::try_from(missing).unwrap_or(i32::MAX));
        status.active = Some(left).filter(|left| 0 < *left);
    }
    request
}
