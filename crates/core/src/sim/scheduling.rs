//! The scheduler at work: changes in, one Pod after the other out, effects carried out after their latency.
//!
//! Models `pkg/scheduler/scheduler.go` `Run`, and of `schedule_one.go` what comes after a decision: `bindingCycle` and
//! `handleSchedulingFailure` (v1.36).

use std::sync::Arc;

use podlapse_model::api::core::v1::{Pod, PodCondition};
use podlapse_model::{Kind, Metadata, Modelled, Object, ObjectKey, SimDuration, SimTime, Uid, is_fully_bound};

use super::event::{Event, Timer};
use super::world::World;
use super::{Decided, Step};
use crate::events::{EventType, PodEvent, Recorded};
use crate::kernel::{Purpose, Random};
use crate::scheduler::{
    Decision, Effect, FailureReason, Nomination, Outcome, PREEMPTION_REASON, PodKey, Tie, VolumePlan, event_note, scheduled_note,
};
use crate::store::{Change, Request};
use crate::why::{Fact, Rule, Why};

/// From the decision to the stored binding.
const BIND_LATENCY: SimDuration = SimDuration::from_millis(5);
/// From the stored binding, or the failure, to its event.
const EVENT_LATENCY: SimDuration = SimDuration::from_millis(9);
/// From the failure to the stored condition.
const CONDITION_LATENCY: SimDuration = SimDuration::from_millis(5);
/// From the decision to the stored name of the node for which volumes are bound.
const NOMINATION_LATENCY: SimDuration = SimDuration::from_millis(3);
/// How often it is looked whether volumes are bound (`BindPodVolumes`), and for how long (`bindTimeoutSeconds`).
const VOLUMES_PERIOD: SimDuration = SimDuration::from_secs(1);
const VOLUMES_TIMEOUT: SimDuration = SimDuration::from_secs(600);
/// So many rows of tables, one for each node and attempt, are kept to be looked at; about 200 bytes each.
const MAX_TABLE_ROWS: u64 = 1_000_000;

/// What happens to the scheduler.
#[derive(Clone, Debug)]
pub(super) enum SchedulerEvent {
    /// An object that it watches changed.
    Changed(Box<Change>),
    /// A timer of its queues went off.
    Tick,
    /// A request of an earlier decision is due: why it was made, and about what.
    Send(Box<Request>, Rule, ObjectKey),
    /// A patch of a Pod's status is due.
    Patch(Box<StatusPatch>),
    /// A Pod is bound.
    Bind {
        /// The Pod.
        pod: PodKey,
        /// Where to.
        node: Arc<str>,
    },
    /// It is looked whether a Pod's claims are bound, for which its binding waits.
    AwaitVolumes(Box<AwaitedVolumes>),
    /// An event is written.
    Record(Box<Recorded>, &'static str),
}

/// What the scheduler changes in a Pod's status; the rest stays as it is when the patch arrives.
#[derive(Clone, Debug)]
pub(super) struct StatusPatch {
    pod: PodKey,
    uid: Uid,
    condition: Option<PodCondition>,
    nomination: Nomination,
    rule: Rule,
}

/// A binding that waits for volumes.
#[derive(Clone, Debug)]
pub(super) struct AwaitedVolumes {
    pod: PodKey,
    uid: Uid,
    node: Arc<str>,
    claims: Vec<ObjectKey>,
    since: SimTime,
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
        | Kind::CSINode
        | Kind::Unmodelled => true,

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
        | Kind::EndpointSlice => false,
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
            SchedulerEvent::Send(request, rule, about) => {
                // The object may have gone in the meantime, which the scheduler learns from its watch.
                if self.request(*request, step).is_ok() {
                    step.why.push(Why { rule, facts: vec![Fact::Object(about)] });
                }
            }
            SchedulerEvent::Patch(patch) => self.patch_status(*patch, step),
            SchedulerEvent::Bind { pod, node } => self.bind(&pod, &node, step),
            SchedulerEvent::AwaitVolumes(awaited) => self.await_volumes(*awaited, step),
            SchedulerEvent::Record(recorded, action) => {
                let request = Arc::make_mut(&mut self.scheduler_events).new_style(&recorded, self.wall, action);
                if request.is_some_and(|request| self.request(request, step).is_ok()) {
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
            let mut choose = |tie: Tie, names: &[Arc<str>]| choose(random, &pod.name, tie, names);
            let scheduler = Arc::make_mut(&mut self.scheduler);
            let (decision, effects) = scheduler.schedule_one(&pod, self.now, &mut choose);
            if let Some(mut decision) = decision {
                step.why.push(why(&pod, &decision));
                self.table_rows += decision.verdicts.len() as u64;
                if MAX_TABLE_ROWS < self.table_rows {
                    decision.forget_tables();
                }
                step.decisions.push(Decided { pod: key(&pod), decision: Arc::new(decision) });
            }
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
            Effect::Bind { pod, node, volumes, .. } if volumes.is_empty() => {
                self.later(BIND_LATENCY, SchedulerEvent::Bind { pod, node }, step);
            }
            Effect::Bind { pod, node, volumes, .. } => self.bind_volumes(pod, node, &volumes, step),
            Effect::Fail { pod, reason, message, note, nomination, .. } => {
                let Some(current) = self.store.pod(&pod.namespace, &pod.name).cloned() else { return };
                let condition = Some(self.condition(&current, "PodScheduled", "False", reason, message));
                self.patch_later(CONDITION_LATENCY, &current, condition, nomination, Rule::Unschedulable, step);
                self.tell(&current, EventType::Warning, "FailedScheduling", note, "Scheduling", EVENT_LATENCY, step);
            }
            Effect::Evict { pod, message, note, .. } => {
                let Some(current) = self.store.pod(&pod.namespace, &pod.name).cloned() else { return };
                let condition = Some(self.condition(&current, "DisruptionTarget", "True", PREEMPTION_REASON, message));
                let latency = SimDuration::from_millis(3);
                self.patch_later(latency, &current, condition, Nomination::Keep, Rule::Preempted, step);
                let uid = current.uid();
                let delete = Request::delete(key(&pod), uid);
                let send = SchedulerEvent::Send(Box::new(delete), Rule::Preempted, key(&pod));
                self.later(SimDuration::from_millis(8), send, step);
                self.tell(&current, EventType::Normal, "Preempted", note, "Preempting", SimDuration::from_millis(10), step);
            }
            Effect::Skip { pod, note } => {
                let Some(current) = self.store.pod(&pod.namespace, &pod.name).cloned() else { return };
                self.tell(&current, EventType::Warning, "FailedScheduling", note, "Scheduling", EVENT_LATENCY, step);
            }
            Effect::ClearNomination { pod } => {
                let Some(current) = self.store.pod(&pod.namespace, &pod.name).cloned() else { return };
                self.patch_later(CONDITION_LATENCY, &current, None, Nomination::Clear, Rule::Preempted, step);
            }
        }
    }

    fn patch_later(
        &mut self,
        after: SimDuration,
        pod: &Arc<Pod>,
        condition: Option<PodCondition>,
        nomination: Nomination,
        rule: Rule,
        step: &Step,
    ) {
        let uid = pod.uid();
        let patch = StatusPatch { pod: PodKey::of(pod), uid, condition, nomination, rule };
        self.later(after, SchedulerEvent::Patch(Box::new(patch)), step);
    }

    /// Says for which node the Pod waits, asks for its volumes, and looks again and again whether it has them.
    fn bind_volumes(&mut self, pod: PodKey, node: Arc<str>, volumes: &VolumePlan, step: &Step) {
        let Some(current) = self.store.pod(&pod.namespace, &pod.name).cloned() else { return };
        let uid = current.uid();
        self.patch_later(NOMINATION_LATENCY, &current, None, Nomination::Set(node.clone()), Rule::NodeChosen, step);
        for object in volume_writes(volumes, &node) {
            let about = object.key();
            let send = SchedulerEvent::Send(Box::new(Request::Update(object)), Rule::NodeChosen, about);
            self.later(BIND_LATENCY, send, step);
        }
        let claims = volumes.bindings.iter().map(|(_, claim)| claim).chain(&volumes.provisions);
        let claims = claims.map(|claim| claim.key()).collect();
        let since = self.now + BIND_LATENCY;
        let awaited = AwaitedVolumes { pod, uid, node, claims, since };
        self.later(BIND_LATENCY + VOLUMES_PERIOD, SchedulerEvent::AwaitVolumes(Box::new(awaited)), step);
    }

    fn await_volumes(&mut self, awaited: AwaitedVolumes, step: &mut Step) {
        let AwaitedVolumes { pod, uid, node, claims, since } = &awaited;
        let current = self.store.pod(&pod.namespace, &pod.name).cloned();
        let Some(current) = current.filter(|pod| pod.uid() == *uid) else { return };
        let claim = |key: &ObjectKey| match self.store.get(key) {
            Some(Object::PersistentVolumeClaim(claim)) => Ok(is_fully_bound(claim)),
            Some(_) | None => Err(format!("persistentvolumeclaim \"{}\" not found", key.name)),
        };
        let found: Result<Vec<bool>, String> = claims.iter().map(claim).collect();
        let why = match found {
            Ok(bound) if bound.iter().all(|is_bound| *is_bound) => return self.bind(pod, node, step),
            Ok(_) if self.now.since(*since) < VOLUMES_TIMEOUT => {
                return self.later(VOLUMES_PERIOD, SchedulerEvent::AwaitVolumes(Box::new(awaited)), step);
            }
            Ok(_) => "context deadline exceeded".to_owned(),
            Err(why) => why,
        };
        let message = format!("running PreBind plugin \"VolumeBinding\": binding volumes: {why}");
        Arc::make_mut(&mut self.scheduler).bind_failed(pod, self.now);
        self.tell(&current, EventType::Warning, "FailedScheduling", event_note(&message), "Scheduling", EVENT_LATENCY, step);
        let reason = FailureReason::SchedulerError.name();
        let condition = Some(self.condition(&current, "PodScheduled", "False", reason, message));
        self.patch_later(CONDITION_LATENCY, &current, condition, Nomination::Clear, Rule::Unschedulable, step);
        self.schedule_all(step);
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

    fn patch_status(&mut self, patch: StatusPatch, step: &mut Step) {
        let StatusPatch { pod, uid, condition, nomination, rule } = patch;
        let Some(current) = self.store.pod(&pod.namespace, &pod.name) else { return };
        let mut status = current.status.clone().unwrap_or_default();
        if let Some(condition) = condition {
            set_condition(status.conditions.get_or_insert_default(), condition);
        }
        match nomination {
            Nomination::Keep => {}
            Nomination::Clear => status.nominated_node_name = None,
            Nomination::Set(node) => status.nominated_node_name = Some(node.to_string()),
        }
        let request = Request::PatchPodStatus { key: key(&pod), uid, status: Box::new(status) };
        if self.request(request, step).is_ok() {
            step.why.push(Why { rule, facts: vec![Fact::Object(key(&pod))] });
        }
    }

    /// The condition `PodScheduled` or `DisruptionTarget` as the scheduler sets it.
    fn condition(&self, pod: &Pod, kind: &str, status: &str, reason: &str, message: String) -> PodCondition {
        PodCondition {
            type_: kind.to_owned(),
            status: status.to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message),
            last_transition_time: Some(self.wall.time(self.now)),
            observed_generation: pod.metadata.generation,
            ..PodCondition::default()
        }
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

/// One of several that are equal: of nodes the one that the heap gives, which depends on the order in which they registered; among
/// candidates for preemption the real order is that of a Go map.
fn choose(random: &mut Random, pod: &str, tie: Tie, names: &[Arc<str>]) -> usize {
    match tie {
        Tie::Node { popped } => popped,
        Tie::Candidate => usize::try_from(random.below(Purpose::SchedulerTie, pod, names.len() as u64)).unwrap_or(0),
    }
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
fn volume_writes(volumes: &VolumePlan, node: &str) -> Vec<Object> {
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
        Object::from(volume)
    });
    let provision = volumes.provisions.iter().map(|claim| {
        let mut claim = podlapse_model::api::core::v1::PersistentVolumeClaim::clone(claim);
        let annotations = claim.metadata.annotations.get_or_insert_default();
        annotations.insert(crate::scheduler::SELECTED_NODE.to_owned(), node.to_owned());
        Object::from(claim)
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
            let counted = Fact::Count { have: count(scheduled.feasible), want: count(decision.node_count()) };
            Why { rule: Rule::NodeChosen, facts: vec![object, Fact::Node(scheduled.node.clone()), counted] }
        }
        Outcome::Failed(failure) => {
            let message = Fact::Message(failure.message.as_str().into());
            Why { rule: Rule::Unschedulable, facts: vec![object, message] }
        }
    }
}
