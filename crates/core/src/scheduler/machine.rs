//! The scheduler as a state machine: changes of the cluster go in, decisions and requests come out.
//!
//! Models `pkg/scheduler` `eventhandlers.go` and `schedule_one.go` (v1.36): caches, queue, attempt, failure handling and binding.

use std::sync::Arc;

use podlapse_model::api::core::v1::{PersistentVolume, Pod};
use podlapse_model::{Metadata, Object, SimTime};

use super::cache::Cache;
use super::cycle::{Attempt, Choose};
use super::decision::{Decision, Failure, Nomination, Outcome, Scheduled, Verdict};
use super::effect::{Effect, PREEMPTION_MESSAGE};
use super::listers::Listers;
use super::message::event_note;
use super::nominator::Nominator;
use super::plugins::scheduling_gates;
use super::plugins::volume_binding::SELECTED_NODE;
use super::pod_info::{PodInfo, PodKey, node_name, nominated_node, priority};
use super::profile::{Profile, SCHEDULER_NAME};
use super::queue::{Concerned, Queue, QueueMove};
use super::status::Status;
use crate::kernel::WallClock;

/// The scheduler. Cloning it copies pointers.
#[derive(Clone, Debug)]
pub struct Scheduler {
    profile: Profile,
    cache: Arc<Cache>,
    listers: Arc<Listers>,
    nominator: Arc<Nominator>,
    queue: Arc<Queue>,
    /// With which node the next attempt begins.
    next_start: usize,
}

impl Scheduler {
    /// A scheduler that starts at `now` and knows nothing yet.
    pub fn new(profile: Profile, now: SimTime, wall: WallClock) -> Scheduler {
        Scheduler {
            profile,
            cache: Arc::default(),
            listers: Arc::default(),
            nominator: Arc::default(),
            queue: Arc::new(Queue::new(now, wall)),
            next_start: 0,
        }
    }

    /// The nodes and their Pods as the scheduler knows them.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// The other objects as the scheduler knows them.
    pub fn listers(&self) -> &Listers {
        &self.listers
    }

    /// The Pods that wait for a node they were nominated to.
    pub fn nominator(&self) -> &Nominator {
        &self.nominator
    }

    /// The Pods that wait for a node.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// The Pods that came to another place of the queue since this was last asked.
    pub fn take_moves(&mut self) -> Vec<QueueMove> {
        if self.queue.moves().is_empty() { Vec::new() } else { Arc::make_mut(&mut self.queue).take_moves() }
    }

    /// Why a Pod is not even put into the queue of those to be tried.
    pub fn pre_enqueue(pod: &Pod) -> Option<Status> {
        scheduling_gates::pre_enqueue(pod)
    }

    /// Takes over a change that the informers deliver, and moves the Pods that it may help.
    pub fn on_change(&mut self, before: Option<&Object>, after: Option<&Object>, now: SimTime) {
        let Some(object) = after.or(before) else { return };
        if let Object::Pod(_) = object {
            let visible = |object: Option<&Object>| as_pod(object).filter(|pod| is_visible(pod));
            self.on_pod(visible(before), visible(after), now);
            return;
        }
        if let Object::Node(node) = object {
            let cache = Arc::make_mut(&mut self.cache);
            match after {
                Some(_) => cache.set_node(node),
                None => cache.remove_node(node.name()),
            }
        } else {
            Arc::make_mut(&mut self.listers).observe(object, after.is_none());
        }
        self.move_pods(before, after, now);
    }

    fn move_pods(&mut self, before: Option<&Object>, after: Option<&Object>, now: SimTime) {
        if self.queue.needs_events() {
            Arc::make_mut(&mut self.queue).on_event(&self.cache, &self.listers, before, after, Concerned::All, now);
        }
    }

    fn on_pod(&mut self, before: Option<Arc<Pod>>, after: Option<Arc<Pod>>, now: SimTime) {
        let is_assigned = |pod: &Arc<Pod>| !node_name(pod).is_empty();
        let was_waiting = before.as_ref().is_some_and(|pod| !is_assigned(pod));
        if let Some(pod) = after.as_ref().filter(|pod| !is_assigned(pod)) {
            if !is_ours(pod) {
                return;
            }
            self.on_waiting_pod(before.as_ref(), pod, now);
            return;
        }
        let Some(pod) = after.as_ref().or(before.as_ref()) else { return };
        let key = PodKey::of(pod);
        if was_waiting {
            Arc::make_mut(&mut self.queue).remove(&key);
            Arc::make_mut(&mut self.nominator).remove(&key);
        }
        let Some(assigned) = &after else {
            let assumed = self.forget(&key);
            match before {
                // One that waited until it was deleted held no room but that of its assumption or nomination.
                Some(pod) if !is_assigned(&pod) => match assumed {
                    Some(assumed) => self.move_pods(Some(&assumed), None, now),
                    None => self.release_nomination(&pod, now),
                },
                before => self.move_pods(before.map(Object::Pod).as_ref(), None, now),
            }
            return;
        };
        let cache = Arc::make_mut(&mut self.cache);
        let info = cache.pod_info(assigned);
        cache.add_pod(info, node_name(assigned));
        // To the other Pods one that was bound is new.
        let before = before.filter(|pod| is_assigned(pod)).map(Object::Pod);
        self.move_pods(before.as_ref(), after.map(Object::Pod).as_ref(), now);
    }

    /// Takes a Pod from its node; answers it as one that was there.
    fn forget(&mut self, key: &PodKey) -> Option<Object> {
        let node = self.cache.node_of(key)?.to_string();
        let info = Arc::make_mut(&mut self.cache).remove_pod(key)?;
        let mut pod = Pod::clone(&info.pod);
        pod.spec.get_or_insert_default().node_name = Some(node);
        Some(Object::from(pod))
    }

    /// A nomination has ended without the Pod being bound: to those of no higher priority that is as if it had left its node.
    fn release_nomination(&mut self, pod: &Arc<Pod>, now: SimTime) {
        if nominated_node(pod).is_empty() || !self.queue.needs_events() {
            return;
        }
        let left = Object::Pod(pod.clone());
        let concerned = Concerned::UpTo(priority(pod));
        Arc::make_mut(&mut self.queue).on_event(&self.cache, &self.listers, Some(&left), None, concerned, now);
    }

    fn on_waiting_pod(&mut self, before: Option<&Arc<Pod>>, pod: &Arc<Pod>, now: SimTime) {
        let info = Arc::make_mut(&mut self.cache).pod_info(pod);
        if self.cache.placed(&info.key).is_some_and(|placed| placed.uid() == info.uid()) {
            // The Pod is assumed to be on its node; the binding will tell.
            return;
        }
        let nominated = info.nominated_node().to_owned();
        Arc::make_mut(&mut self.nominator).add(info.clone(), &nominated);
        let queue = Arc::make_mut(&mut self.queue);
        match before {
            None => queue.add(info, now),
            Some(before) => {
                let has_changed = nominated_node(before) != nominated_node(pod);
                queue.update(&self.cache, &self.listers, before, info, now);
                if has_changed {
                    self.release_nomination(before, now);
                }
            }
        }
    }

    /// The next Pod to be tried, if one may be tried now.
    pub fn pop(&mut self, now: SimTime) -> Option<PodKey> {
        if self.queue.is_idle() {
            return None;
        }
        Arc::make_mut(&mut self.queue).pop(now)
    }

    /// When the queue has something to do next without any change from outside.
    pub fn next_wakeup(&self) -> Option<SimTime> {
        self.queue.next_wakeup()
    }

    /// Moves Pods whose back-off is over, and those that were unschedulable for too long.
    pub fn flush(&mut self, now: SimTime) {
        Arc::make_mut(&mut self.queue).flush(now);
    }

    /// Tries a Pod: decides, takes the decision over into the scheduler's own caches, and says what to ask of the API server. There
    /// is no decision if the Pod is gone, is being deleted, or is on a node already.
    pub fn schedule_one(&mut self, pod: &PodKey, now: SimTime, choose: &mut Choose<'_>) -> (Option<Decision>, Vec<Effect>) {
        let Some(info) = self.queue.get(pod).cloned() else { return (None, Vec::new()) };
        if info.is_terminating() {
            Arc::make_mut(&mut self.queue).done(pod);
            return (None, vec![Effect::Skip { pod: pod.clone(), note: format!("skip schedule deleting pod: {pod}") }]);
        }
        Arc::make_mut(&mut self.cache).refresh();
        let attempt = Attempt {
            pod: &info,
            cache: &self.cache,
            listers: &self.listers,
            nominator: &self.nominator,
            profile: &self.profile,
            start: self.next_start,
        };
        let decision = attempt.decide(choose);
        self.advance(&decision);
        let effects = match &decision.outcome {
            Outcome::Scheduled(scheduled) => self.assume(&info, scheduled),
            Outcome::Failed(failure) => self.fail(&info, failure, now),
        };
        (Some(decision), effects)
    }

    /// The next attempt begins where this one stopped, so that all nodes get their turn when not all are looked at.
    fn advance(&mut self, decision: &Decision) {
        if decision.nominated.as_ref().is_none_or(|trial| trial.status.is_some()) {
            let evaluated = decision.verdicts.iter().filter(|verdict| **verdict != Verdict::NotEvaluated).count();
            self.next_start = (self.next_start + evaluated) % decision.node_count().max(1);
        }
    }

    /// The Pod counts on its node from now on, although the API server does not know yet.
    fn assume(&mut self, info: &Arc<PodInfo>, scheduled: &Scheduled) -> Vec<Effect> {
        Arc::make_mut(&mut self.queue).done(&info.key);
        Arc::make_mut(&mut self.nominator).remove(&info.key);
        Arc::make_mut(&mut self.cache).add_pod(info.clone(), &scheduled.node);
        self.assume_volumes(scheduled);
        vec![Effect::Bind {
            pod: info.key.clone(),
            uid: info.uid().to_owned(),
            node: scheduled.node.clone(),
            volumes: scheduled.volumes.clone(),
        }]
    }

    fn assume_volumes(&mut self, scheduled: &Scheduled) {
        if scheduled.volumes.is_empty() {
            return;
        }
        let listers = Arc::make_mut(&mut self.listers);
        for (volume, claim) in &scheduled.volumes.bindings {
            let mut volume = PersistentVolume::clone(volume);
            let metadata = &claim.metadata;
            let of = volume.spec.get_or_insert_default().claim_ref.get_or_insert_default();
            (of.name, of.namespace, of.uid) = (metadata.name.clone(), metadata.namespace.clone(), metadata.uid.clone());
            listers.observe(&Object::from(volume), false);
        }
        for claim in &scheduled.volumes.provisions {
            let mut claim = Object::PersistentVolumeClaim(claim.clone());
            let annotations = claim.metadata_mut().annotations.get_or_insert_default();
            annotations.insert(SELECTED_NODE.to_owned(), scheduled.node.to_string());
            listers.observe(&claim, false);
        }
    }

    /// Gives up the assumption that a Pod is on a node, because it could not be bound, and queues it again. To the others that is as
    /// if it had left its node.
    pub fn bind_failed(&mut self, pod: &PodKey, now: SimTime) {
        let Some(info) = self.cache.placed(pod).cloned() else { return };
        let left = self.forget(pod);
        self.move_pods(left.as_ref(), None, now);
        Arc::make_mut(&mut self.queue).requeue_after_error(info, now);
    }

    fn fail(&mut self, info: &Arc<PodInfo>, failure: &Failure, now: SimTime) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(candidate) = failure.preemption.as_ref().and_then(|preemption| preemption.chosen()) {
            // A victim that is being deleted already needs no request, and goes when it goes.
            let placed = candidate.victims.iter().filter_map(|victim| self.cache.placed(victim));
            effects.extend(placed.filter(|victim| !victim.is_terminating()).map(|victim| Effect::Evict {
                pod: victim.key.clone(),
                uid: victim.uid().to_owned(),
                message: PREEMPTION_MESSAGE.to_owned(),
                note: format!("Preempted by pod {} on node {}", info.uid(), candidate.node),
            }));
            effects.extend(self.clear_nominations(info, &candidate.node));
        }
        let node = match &failure.nomination {
            Nomination::Keep => info.nominated_node().to_owned(),
            Nomination::Clear => String::new(),
            Nomination::Set(node) => node.to_string(),
        };
        Arc::make_mut(&mut self.nominator).add(info.clone(), &node);
        Arc::make_mut(&mut self.queue).failed(&self.cache, &self.listers, info, &failure.plugins, now);
        effects.push(Effect::Fail {
            pod: info.key.clone(),
            uid: info.uid().to_owned(),
            reason: failure.reason.name(),
            message: failure.message.clone(),
            note: event_note(&failure.message),
            nomination: failure.nomination.clone(),
        });
        effects
    }

    /// Pods of lower priority may no longer fit on the node that victims leave for this Pod.
    fn clear_nominations(&mut self, info: &PodInfo, node: &str) -> Vec<Effect> {
        let lower = self.nominator.on(node).iter().filter(|other| other.priority() < info.priority());
        let keys: Vec<PodKey> = lower.map(|other| other.key.clone()).collect();
        let nominator = Arc::make_mut(&mut self.nominator);
        keys.iter().for_each(|key| nominator.remove(key));
        keys.into_iter().map(|pod| Effect::ClearNomination { pod }).collect()
    }
}

fn as_pod(object: Option<&Object>) -> Option<Arc<Pod>> {
    if let Some(Object::Pod(pod)) = object { Some(pod.clone()) } else { None }
}

/// Whether the scheduler's informer delivers the Pod: those that have ended it does not.
fn is_visible(pod: &Pod) -> bool {
    !matches!(pod.status.as_ref().and_then(|status| status.phase.as_deref()), Some("Succeeded" | "Failed"))
}

/// Whether the Pod asks for this scheduler.
fn is_ours(pod: &Pod) -> bool {
    let name = pod.spec.as_ref().and_then(|spec| spec.scheduler_name.as_deref()).unwrap_or(SCHEDULER_NAME);
    name.is_empty() || name == SCHEDULER_NAME
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_that_is_being_deleted_is_not_tried_but_told_of() {
        let pod =
            serde_json::json!({"metadata": {"name": "web", "namespace": "default", "deletionTimestamp": "2026-01-01T00:00:00Z"}});
        let pod = Object::from(podlapse_model::from_json::<Pod>(pod).unwrap());
        let mut scheduler = Scheduler::new(Profile::default(), SimTime::ZERO, WallClock { start_unix_ns: 0 });
        scheduler.on_change(None, Some(&pod), SimTime::ZERO);
        let key = scheduler.pop(SimTime::ZERO).unwrap();
        let (decision, effects) = scheduler.schedule_one(&key, SimTime::ZERO, &mut |_, _| 0);
        assert!(decision.is_none());
        assert!(matches!(&effects[..], [Effect::Skip { note, .. }] if note == "skip schedule deleting pod: default/web"));
        assert!(scheduler.queue().get(&key).is_none());
    }
}
