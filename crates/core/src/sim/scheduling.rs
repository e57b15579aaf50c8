//! The scheduler at work: changes in, one Pod after the other out, effects carried out after their latency.
//!
//! Models `pkg/scheduler/scheduler.go` `Run`, and of `schedule_one.go` what comes after a decision: `bindingCycle` and
//! `handleSchedulingFailure` (v1.36).

use std::sync::Arc;

use podlapse_model::api::core::v1::{Pod, PodCondition};
use podlapse_model::{Kind, Object, ObjectKey, SimDuration};

use super::event::{Event, Timer};
use super::world::World;
use super::{Decided, Step};
use crate::events::{EventType, PodEvent, Recorded};
use crate::kernel::{Purpose, Random};
use crate::scheduler::{Decision, Effect, Nomination, Outcome, PREEMPTION_REASON, PodKey, Tie, scheduled_note};
use crate::store::{Change, Request};
use crate::why::{Fact, Rule, Why};

/// From the decision to the stored binding.
const BIND_LATENCY: SimDuration = SimDuration::from_millis(5);
/// From the stored binding, or the failure, to its event.
const EVENT_LATENCY: SimDuration = SimDuration::from_millis(9);
/// From the failure to the stored condition.
const CONDITION_LATENCY: SimDuration = SimDuration::from_millis(5);

/// What happens to the scheduler.
#[derive(Clone, Debug)]
pub(super) enum SchedulerEvent {
    /// An object that it watches changed.
    Changed(Box<Change>),
    /// A timer of its queues went off.
    Tick,
    /// A request of an earlier decision is due.
    Send(Box<Request>),
    /// A Pod is bound.
    Bind {
        /// The Pod.
        pod: PodKey,
        /// Where to.
        node: Arc<str>,
    },
    /// An event is written.
    Record(Box<Recorded>, &'static str),
}

/// Whether the scheduler watches a kind.
pub(super) const fn is_watched(kind: Kind) -> bool {
    match kind {
        Kind::Pod
        | Kind::Node
        | Kind::Namespace
        | Kind::Service
        | Kind::ReplicaSet
        | Kind::StatefulSet
        | Kind::ReplicationController
        | Kind::PersistentVolume
        | Kind::PersistentVolumeClaim
        | Kind::StorageClass
        | Kind::PodDisruptionBudget
        | Kind::CSINode => true,

        Kind::Secret
        | Kind::ConfigMap
        | Kind::ServiceAccount
        | Kind::Event
        | Kind::LimitRange
        | Kind::ResourceQuota
        | Kind::PriorityClass
        | Kind::RuntimeClass
        | Kind::Deployment
        | Kind::DaemonSet
        | Kind::ControllerRevision
        | Kind::Job
        | Kind::CronJob
        | Kind::Lease
        | Kind::EndpointSlice
        | Kind::Unmodelled => false,
    }
}

impl World {
    pub(super) fn schedule(&mut self, event: SchedulerEvent, step: &mut Step) {
        match event {
            SchedulerEvent::Changed(change) => {
                let scheduler = Arc::make_mut(&mut self.scheduler);
                scheduler.on_change(change.before.as_ref(), change.after.as_ref(), self.now);
                self.schedule_all(step);
            }
            SchedulerEvent::Tick => {
                Arc::make_mut(&mut self.scheduler).flush(self.now);
                self.schedule_all(step);
            }
            SchedulerEvent::Send(request) => {
                // The Pod may have gone in the meantime, which the scheduler learns from its watch.
                let (rule, key) = match request.as_ref() {
                    Request::Delete { key, .. } | Request::Evict { key, .. } => (Rule::Preempted, key.clone()),
                    Request::PatchPodStatus { key, .. } | Request::Bind { key, .. } => (Rule::Unschedulable, key.clone()),
                    Request::Create(object)
                    | Request::Update(object)
                    | Request::Resize(object)
                    | Request::UpdateStatus(object) => (Rule::NodeChosen, object.key()),
                    Request::DryRun(_) => return,
                };
                if self.request(*request, step).is_ok() {
                    step.why.push(Why { rule, facts: vec![Fact::Object(key)] });
                }
            }
            SchedulerEvent::Bind { pod, node } => self.bind(&pod, &node, step),
            SchedulerEvent::Record(recorded, action) => {
                let request = Arc::make_mut(&mut self.scheduler_events).new_style(&recorded, self.wall, action);
                if self.request(request, step).is_ok() {
                    let reason = Fact::Word(recorded.event.reason.as_ref().into());
                    step.why.push(Why { rule: Rule::EventRecorded, facts: vec![reason] });
                }
            }
        }
        step.queue.append(&mut Arc::make_mut(&mut self.scheduler).take_moves());
    }

    /// Tries every Pod whose turn it is.
    fn schedule_all(&mut self, step: &mut Step) {
        while let Some(pod) = Arc::make_mut(&mut self.scheduler).pop(self.now) {
            let random = &mut self.random;
            let mut choose = |tie: Tie, names: &[Arc<str>]| choose(random, tie, names);
            let scheduler = Arc::make_mut(&mut self.scheduler);
            let Some((decision, effects)) = scheduler.schedule_one(&pod, self.now, &mut choose) else { continue };
            step.why.push(why(&pod, &decision));
            step.decisions.push(Decided { pod: key(&pod), decision: Arc::new(decision) });
            for effect in effects {
                self.effect(effect, step);
            }
        }
        match self.scheduler.next_wakeup() {
            Some(at) => self.arm(Timer::Scheduler, at.max(self.now), Event::Scheduler(SchedulerEvent::Tick), step.cause),
            None => {
                self.queue.cancel(&Timer::Scheduler);
            }
        }
    }

    fn effect(&mut self, effect: Effect, step: &Step) {
        match effect {
            Effect::Bind { pod, node, volumes, .. } => {
                for request in volume_requests(&volumes, &node) {
                    self.later(SimDuration::from_millis(2), SchedulerEvent::Send(Box::new(request)), step);
                }
                self.later(BIND_LATENCY, SchedulerEvent::Bind { pod, node }, step);
            }
            Effect::Fail { pod, reason, message, note, nomination, .. } => {
                let Some(current) = self.store.pod(&pod.namespace, &pod.name).cloned() else { return };
                let status = self.failed_status(&current, reason, message, &nomination);
                let uid = Object::Pod(current.clone()).uid();
                let patch = Request::PatchPodStatus { key: key(&pod), uid, status: Box::new(status) };
                self.later(CONDITION_LATENCY, SchedulerEvent::Send(Box::new(patch)), step);
                self.tell(&current, EventType::Warning, "FailedScheduling", note, "Scheduling", EVENT_LATENCY, step);
            }
            Effect::Evict { pod, message, note, .. } => {
                let Some(current) = self.store.pod(&pod.namespace, &pod.name).cloned() else { return };
                let mut status = current.status.clone().unwrap_or_default();
                set_condition(
                    status.conditions.get_or_insert_default(),
                    PodCondition {
                        type_: "DisruptionTarget".to_owned(),
                        status: "True".to_owned(),
                        reason: Some(PREEMPTION_REASON.to_owned()),
                        message: Some(message),
                        last_transition_time: Some(self.wall.time(self.now)),
                        observed_generation: current.metadata.generation,
                        ..PodCondition::default()
                    },
                );
                let uid = Object::Pod(current.clone()).uid();
                let patch = Request::PatchPodStatus { key: key(&pod), uid: uid.clone(), status: Box::new(status) };
                self.later(SimDuration::from_millis(3), SchedulerEvent::Send(Box::new(patch)), step);
                let delete = Request::delete(key(&pod), uid);
                self.later(SimDuration::from_millis(8), SchedulerEvent::Send(Box::new(delete)), step);
                self.tell(&current, EventType::Normal, "Preempted", note, "Preempting", SimDuration::from_millis(10), step);
            }
            Effect::ClearNomination { pod } => {
                let Some(current) = self.store.pod(&pod.namespace, &pod.name).cloned() else { return };
                let mut status = current.status.clone().unwrap_or_default();
                status.nominated_node_name = None;
                let uid = Object::Pod(current).uid();
                let patch = Request::PatchPodStatus { key: key(&pod), uid, status: Box::new(status) };
                self.later(CONDITION_LATENCY, SchedulerEvent::Send(Box::new(patch)), step);
            }
        }
    }

    fn bind(&mut self, pod: &PodKey, node: &Arc<str>, step: &mut Step) {
        let current = self.store.pod(&pod.namespace, &pod.name).cloned();
        let request = Request::Bind { key: key(pod), node: node.to_string() };
        let is_bound = self.request(request, step).is_ok();
        match current.filter(|_| is_bound) {
            Some(current) => {
                let facts = vec![Fact::Object(key(pod)), Fact::Node(node.clone())];
                step.why.push(Why { rule: Rule::PodBound, facts });
                let note = scheduled_note(pod, node);
                self.tell(&current, EventType::Normal, "Scheduled", note, "Binding", EVENT_LATENCY, step);
            }
            None => Arc::make_mut(&mut self.scheduler).bind_failed(pod, self.now),
        }
    }

    /// The status of a Pod that could not be placed.
    fn failed_status(
        &self,
        pod: &Pod,
        reason: &str,
        message: String,
        nomination: &Nomination,
    ) -> podlapse_model::api::core::v1::PodStatus {
        let mut status = pod.status.clone().unwrap_or_default();
        set_condition(
            status.conditions.get_or_insert_default(),
            PodCondition {
                type_: "PodScheduled".to_owned(),
                status: "False".to_owned(),
                reason: Some(reason.to_owned()),
                message: Some(message),
                last_transition_time: Some(self.wall.time(self.now)),
                observed_generation: pod.metadata.generation,
                ..PodCondition::default()
            },
        );
        match nomination {
            Nomination::Keep => {}
            Nomination::Clear => status.nominated_node_name = None,
            Nomination::Set(node) => status.nominated_node_name = Some(node.to_string()),
        }
        status
    }

    #[expect(clippy::too_many_arguments, reason = "an event's parts")]
    fn tell(
        &mut self,
        pod: &Arc<Pod>,
        event_type: EventType,
        reason: &'static str,
        note: String,
        action: &'static str,
        after: SimDuration,
        step: &Step,
    ) {
        let event = PodEvent::pod(event_type, reason, note);
        let recorded = Recorded { about: Object::Pod(pod.clone()), event, at: self.now + after };
        self.later(after, SchedulerEvent::Record(Box::new(recorded), action), step);
    }

    fn later(&mut self, after: SimDuration, event: SchedulerEvent, step: &Step) {
        self.push(self.now + after, Event::Scheduler(event), step.cause);
    }
}

/// One of several that are equal: by chance, as in the real one, whose heap depends on which goroutine was first.
fn choose(random: &mut Random, tie: Tie, names: &[Arc<str>]) -> usize {
    let of = match tie {
        Tie::Node => "node",
        Tie::Candidate => "candidate",
    };
    usize::try_from(random.below(Purpose::SchedulerTie, of, names.len() as u64)).unwrap_or(0)
}

/// Replaces a condition; its time stays if its status does.
fn set_condition(conditions: &mut Vec<PodCondition>, mut new: PodCondition) {
    match conditions.iter_mut().find(|condition| condition.type_ == new.type_) {
        Some(old) => {
            if old.status == new.status {
                new.last_transition_time.clone_from(&old.last_transition_time);
            }
            *old = new;
        }
        None => conditions.push(new),
    }
}

/// The claims are told which volume or node they get.
fn volume_requests(volumes: &crate::scheduler::VolumePlan, node: &str) -> Vec<Request> {
    let bind = volumes.bindings.iter().map(|(volume, claim)| {
        let mut volume = podlapse_model::api::core::v1::PersistentVolume::clone(volume);
        volume.spec.get_or_insert_default().claim_ref = Some(podlapse_model::api::core::v1::ObjectReference {
            kind: Some("PersistentVolumeClaim".to_owned()),
            api_version: Some("v1".to_owned()),
            namespace: claim.metadata.namespace.clone(),
            name: claim.metadata.name.clone(),
            uid: claim.metadata.uid.clone(),
            ..Default::default()
        });
        Request::Update(volume.into())
    });
    let provision = volumes.provisions.iter().map(|claim| {
        let mut claim = podlapse_model::api::core::v1::PersistentVolumeClaim::clone(claim);
        let annotations = claim.metadata.annotations.get_or_insert_default();
        annotations.insert(crate::scheduler::SELECTED_NODE.to_owned(), node.to_owned());
        Request::Update(claim.into())
    });
    bind.chain(provision).collect()
}

fn key(pod: &PodKey) -> ObjectKey {
    ObjectKey::new(Kind::Pod, &pod.namespace, &pod.name)
}

fn why(pod: &PodKey, decision: &Decision) -> Why {
    let object = Fact::Object(key(pod));
    match &decision.outcome {
        Outcome::Scheduled(scheduled) => {
            let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
            let counted = Fact::Count { have: count(scheduled.feasible), want: count(decision.nodes.len()) };
            Why { rule: Rule::NodeChosen, facts: vec![object, Fact::Node(scheduled.node.clone()), counted] }
        }
        Outcome::Failed(failure) => {
            let message = Fact::Message(failure.message.as_str().into());
            Why { rule: Rule::Unschedulable, facts: vec![object, message] }
        }
    }
}
