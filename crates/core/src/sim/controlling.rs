//! The controllers at work: changes in, one owner after the other out.
//!
//! Models the work queues of `pkg/controller` (v1.36): an owner waits in its queue at most once, is looked at again when it asks for
//! it, and after a failure when its back-off is over (`DefaultTypedControllerRateLimiter`).

use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Kind, Labels, Object, ObjectKey, Selector, SimDuration, Uid};

use super::event::{Event, Timer};
use super::world::World;
use super::{Step, StepId};
use crate::controllers::owned::controller_of;
use crate::controllers::{Act, ControllerKey, Plan, View, component, garbage, resource_quota, sync};
use crate::events::{EventRecorder, EventType, PodEvent, Recorded};
use crate::store::{Change, Request};
use crate::why::{Fact, Rule, Why};

/// From a change to what a controller writes because of it.
const SYNC_LATENCY: SimDuration = SimDuration::from_millis(12);
/// How long the Job controller gathers what becomes of Pods before it looks (`syncJobBatchPeriod`).
const JOB_BATCH_PERIOD: SimDuration = SimDuration::from_secs(1);
/// The first back-off after a failure, and the longest.
const BASE_DELAY: SimDuration = SimDuration::from_millis(5);
const MAX_DELAY: SimDuration = SimDuration::from_secs(1_000);

/// What the controllers remember.
#[derive(Clone, Debug, Default)]
pub(super) struct Controllers {
    recorders: BTreeMap<&'static str, Arc<EventRecorder>>,
    failures: BTreeMap<ObjectKey, Failure>,
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
        if component(change.key.kind).is_some() && change.after.is_some() {
            let generation = |object: &Option<Object>| object.as_ref().and_then(|object| object.metadata().generation);
            let is_asked = generation(&change.before) != generation(&change.after);
            self.wake_owner(change.key.clone(), is_asked, cause);
        }
        for owner in owners(change) {
            self.wake_owner(owner, false, cause);
        }
        if resource_quota::frees(change) {
            let quotas = self.store.list(Kind::ResourceQuota).map(Object::key);
            let quotas: Vec<ObjectKey> = quotas.filter(|quota| quota.namespace == change.key.namespace).collect();
            quotas.into_iter().for_each(|quota| self.wake_owner(quota, false, cause));
        }
        if let Object::Pod(pod) = change.object()
            && controller_of(&pod.metadata).is_none()
        {
            for set in self.sets_that_select(pod) {
                self.wake_owner(set, false, cause);
            }
        }
        if change.after.is_none() {
            let uid = change.object().uid();
            if self.store.iter().any(|(_, object)| is_owned_by(object, &uid)) {
                let key = ControllerKey::Garbage(uid);
                self.arm(Timer::Controller(key.clone()), self.now + SYNC_LATENCY, Event::Controller(key), cause);
            }
        }
    }

    /// Puts an owner into the queue of its controller. Jobs wait there for a while unless their user asks for something.
    fn wake_owner(&mut self, owner: ObjectKey, is_asked: bool, cause: Option<StepId>) {
        let is_job = owner.kind == Kind::Job;
        let key = ControllerKey::Workload(owner);
        let timer = Timer::Controller(key.clone());
        let latency = if is_job && !is_asked { JOB_BATCH_PERIOD } else { SYNC_LATENCY };
        if !self.queue.is_armed(&timer) || (is_job && is_asked) {
            self.arm(timer, self.now + latency, Event::Controller(key), cause);
        }
    }

    fn sets_that_select(&self, pod: &Pod) -> Vec<ObjectKey> {
        let no_labels = Labels::new();
        let labels = pod.metadata.labels.as_ref().unwrap_or(&no_labels);
        let selects = |object: &&Object| {
            let Object::ReplicaSet(set) = object else { return false };
            let selector = set.spec.as_ref().map(|spec| &spec.selector);
            set.metadata.namespace == pod.metadata.namespace
                && Selector::of_label_selector(selector).is_ok_and(|selector| selector.matches(labels))
        };
        self.store.list(Kind::ReplicaSet).filter(selects).map(Object::key).collect()
    }

    /// Lets the controller look at what it was woken for.
    pub(super) fn control(&mut self, key: ControllerKey, step: &mut Step) {
        match &key {
            ControllerKey::Workload(owner) => {
                let Some(object) = self.store.get(owner).cloned() else {
                    self.controllers.failures.remove(owner);
                    self.queue.cancel(&Timer::ControllerRequeue(key));
                    return;
                };
                let refusal = self.controllers.failures.get(owner).map(|failure| failure.message.clone());
                let view = View { now: self.now, wall: self.wall, store: &self.store, refusal: refusal.as_deref() };
                let plan = sync(&object, view);
                self.explain(component(owner.kind), &plan, step);
                let plan_requeue = plan.requeue_at;
                let failed = self.carry_out(plan, &object, step);
                let requeue_at = match failed {
                    Some(message) => Some(self.now + self.back_off(owner, message)),
                    None => {
                        self.controllers.failures.remove(owner);
                        plan_requeue
                    }
                };
                let timer = Timer::ControllerRequeue(key.clone());
                match requeue_at {
                    Some(at) => self.arm(timer, at.max(self.now), Event::Controller(key), step.cause),
                    None => {
                        self.queue.cancel(&timer);
                    }
                }
            }
            ControllerKey::Garbage(gone) => {
                let view = View { now: self.now, wall: self.wall, store: &self.store, refusal: None };
                let plan = garbage::collect(gone, view);
                self.explain(Some("garbage-collector"), &plan, step);
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
        for act in plan.acts {
            match act {
                Act::CreatePods(pods) => {
                    for pod in pods {
                        match self.request(Request::Create(pod.into()), step) {
                            Ok(applied) => {
                                let message = format!("Created pod: {}", applied.object.key().name);
                                self.tell_of(owner, EventType::Normal, "SuccessfulCreate", message, step);
                            }
                            Err(error) => {
                                let message = format!("Error creating: {error}");
                                self.tell_of(owner, EventType::Warning, "FailedCreate", message, step);
                                failed = Some(error.to_string());
                                break;
                            }
                        }
                    }
                }
                Act::DeletePod(key, uid) => {
                    let message = format!("Deleted pod: {}", key.name);
                    if self.request(Request::Delete { key, uid: Some(uid), grace_seconds: None }, step).is_ok() {
                        self.tell_of(owner, EventType::Normal, "SuccessfulDelete", message, step);
                    }
                }
                Act::SendAndTell(request, event_type, reason, message) => match self.request(*request, step) {
                    Ok(_) => self.tell_of(owner, event_type, reason, message, step),
                    Err(error) => failed = Some(error.to_string()),
                },
                Act::Send(request) => {
                    // A conflict makes the real controller try again; here the next change does.
                    let _ = self.request(*request, step);
                }
                Act::Tell(event_type, reason, message) => self.tell_of(owner, event_type, reason, message, step),
            }
        }
        failed
    }

    fn tell_of(&mut self, owner: &Object, event_type: EventType, reason: &'static str, message: String, step: &mut Step) {
        let Some(component) = component(owner.kind()) else { return };
        let recorded = Recorded { about: owner.clone(), event: PodEvent::pod(event_type, reason, message), at: self.now };
        let recorder = self.controllers.recorders.entry(component);
        let recorder = recorder.or_insert_with(|| Arc::new(EventRecorder::new(component, None)));
        if let Some(request) = Arc::make_mut(recorder).request(&recorded, self.wall, &self.store) {
            // An Event that cannot be written is lost, as in a real cluster.
            let _ = self.request(request, step);
        }
    }

    fn back_off(&mut self, owner: &ObjectKey, message: String) -> SimDuration {
        let failure = self.controllers.failures.entry(owner.clone()).or_insert(Failure { times: 0, message: String::new() });
        let delay = BASE_DELAY.times(1_u64.checked_shl(failure.times).unwrap_or(u64::MAX)).min(MAX_DELAY);
        failure.times = (failure.times + 1).min(62);
        failure.message = message;
        delay
    }
}

/// The controllers of an object before and after its change.
fn owners(change: &Change) -> Vec<ObjectKey> {
    let mut owners = Vec::new();
    for object in change.before.iter().chain(&change.after) {
        let metadata = object.metadata();
        let Some(owner) = controller_of(metadata) else { continue };
        let kind = Kind::MODELLED.iter().find(|kind| component(**kind).is_some() && kind.name() == owner.kind);
        let Some(kind) = kind else { continue };
        let key = ObjectKey::new(*kind, metadata.namespace.as_deref().unwrap_or_default(), &owner.name);
        if !owners.contains(&key) {
            owners.push(key);
        }
    }
    owners
}

fn is_owned_by(object: &Object, uid: &Uid) -> bool {
    object.metadata().owner_references.iter().flatten().any(|owner| owner.uid == uid.as_str())
}
