//! The Pods that wait for a node: to be tried, backing off, or unschedulable until something changes.
//!
//! Models `pkg/scheduler/backend/queue` `PriorityQueue` (v1.36) with `SchedulerPopFromBackoffQ`: when nothing else is to be tried, a
//! Pod that backs off is. Pods whose last attempt was an error always sit out their back-off.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Object, SimDuration, SimTime, SortedSet};

use super::cache::Cache;
use super::event_label::EventLabel;
use super::hints::{self, ClusterEvent};
use super::listers::Listers;
use super::plugins::{Cx, scheduling_gates};
use super::pod_info::{PodInfo, PodKey};
use super::profile::{INITIAL_BACKOFF, MAX_BACKOFF, MAX_UNSCHEDULABLE, UNSCHEDULABLE_FLUSH_PERIOD};
use super::status::Plugin;
use crate::kernel::WallClock;

/// Where a waiting Pod is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// To be tried.
    Active,
    /// Waiting for its back-off to end, at this time.
    Backoff(SimTime),
    /// The same after an error.
    ErrorBackoff(SimTime),
    /// Waiting for a change that may help.
    Unschedulable,
    /// Held back by its scheduling gates.
    Gated,
    /// Being tried.
    InFlight,
}

/// A Pod came to another place of the queue, or left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueMove {
    /// The Pod.
    pub pod: PodKey,
    /// Where it is now; `None`: it is no longer waiting.
    pub place: Option<Place>,
    /// What brought it there.
    pub event: EventLabel,
    /// How often it was tried so far.
    pub attempts: u32,
    /// Who rejected it last.
    pub rejectors: SortedSet<Plugin>,
}

/// A waiting Pod.
#[derive(Clone, Debug)]
pub struct Queued {
    /// The Pod.
    pub info: Arc<PodInfo>,
    /// Where it is.
    pub place: Place,
    /// When it came into the queue or was last found unschedulable.
    pub timestamp: SimTime,
    /// How often it was tried.
    pub attempts: u32,
    /// How often no node was found.
    pub unschedulable_count: u32,
    /// How often the last attempts were errors.
    pub error_count: u32,
    /// Who rejected it last.
    pub rejectors: SortedSet<Plugin>,
    /// Events that came while it was being tried.
    events: Vec<ClusterEvent>,
    seq: u64,
}

impl Queued {
    fn backoff(&self) -> SimDuration {
        let count = if self.error_count > 0 { self.error_count } else { self.unschedulable_count };
        match count {
            0 => SimDuration::ZERO,
            count => INITIAL_BACKOFF.times(1 << (count - 1).min(10)).min(MAX_BACKOFF),
        }
    }

    fn backoff_end(&self) -> SimTime {
        self.timestamp + self.backoff()
    }
}

/// Which waiting Pods a change of the cluster may matter to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Concerned {
    /// All.
    All,
    /// Those of at most this priority (`getLEPriorityPreCheck`).
    UpTo(i32),
}

impl Concerned {
    fn includes(self, queued: &Queued) -> bool {
        match self {
            Concerned::All => true,
            Concerned::UpTo(priority) => queued.info.priority() <= priority,
        }
    }
}

type ActiveKey = (Reverse<i32>, SimTime, u64);
/// Pods by a time, and those of one time as Pods to be tried are. A tree, because there may be many thousands.
type Order = BTreeMap<(i64, ActiveKey), PodKey>;

/// The queue.
#[derive(Clone, Debug)]
pub struct Queue {
    started: SimTime,
    wall: WallClock,
    pods: BTreeMap<PodKey, Queued>,
    /// Pods to be tried; the time is 0.
    active: Order,
    /// Pods that back off, by the second in which that ends.
    backoff: Order,
    /// Pods that a change of the cluster could matter to.
    watching: Order,
    /// Pods for which there is something to do at some time, by that time.
    due: Order,
    next_seq: u64,
    /// What moved since it was last asked for.
    moves: Vec<QueueMove>,
}

impl Queue {
    /// An empty queue whose periodic work begins at `started`.
    pub(crate) fn new(started: SimTime, wall: WallClock) -> Queue {
        Queue {
            started,
            wall,
            pods: BTreeMap::new(),
            active: Order::new(),
            backoff: Order::new(),
            watching: Order::new(),
            due: Order::new(),
            next_seq: 0,
            moves: Vec::new(),
        }
    }

    /// The second of the wall clock in which a back-off is over (`alignToWindow`): with its beginning it is, and back-offs that end in
    /// the same second are ordered as Pods to be tried are.
    fn window(&self, at: SimTime) -> i64 {
        at.as_nanos() - self.wall.unix_ns(at).rem_euclid(1_000_000_000) as i64
    }

    /// What moved since it was last asked for.
    pub(crate) fn moves(&self) -> &[QueueMove] {
        &self.moves
    }

    /// The same, which is then forgotten.
    pub(crate) fn take_moves(&mut self) -> Vec<QueueMove> {
        std::mem::take(&mut self.moves)
    }

    /// All waiting Pods, by key.
    pub fn iter(&self) -> impl Iterator<Item = &Queued> {
        self.pods.values()
    }

    /// Whether no Pod may be tried now.
    pub fn is_idle(&self) -> bool {
        self.active.is_empty() && self.backoff.is_empty()
    }

    /// Whether a change of the cluster could matter to some Pod.
    pub(crate) fn needs_events(&self) -> bool {
        !self.watching.is_empty()
    }

    /// A waiting Pod.
    pub(crate) fn get(&self, key: &PodKey) -> Option<&Arc<PodInfo>> {
        self.pods.get(key).map(|queued| &queued.info)
    }

    fn active_key(queued: &Queued) -> ActiveKey {
        (Reverse(queued.info.priority()), queued.timestamp, queued.seq)
    }

    /// Takes the Pod out of every order it is in.
    fn leave(&mut self, key: &PodKey) {
        let Some(queued) = self.pods.get(key) else { return };
        let active = Queue::active_key(queued);
        match queued.place {
            Place::Active => drop(self.active.remove(&(0, active))),
            Place::Backoff(end) => drop(self.backoff.remove(&(self.window(end), active))),
            Place::Unschedulable | Place::InFlight => drop(self.watching.remove(&(0, active))),
            Place::ErrorBackoff(_) | Place::Gated => {}
        }
        if let Some(at) = self.due_at(queued) {
            self.due.remove(&(at.as_nanos(), active));
        }
    }

    fn enter(&mut self, key: &PodKey, place: Place, event: EventLabel) {
        self.leave(key);
        let Some(queued) = self.pods.get_mut(key) else { return };
        let is_gated = scheduling_gates::pre_enqueue(&queued.info.pod).is_some();
        let is_held_back = is_gated && matches!(place, Place::Active);
        let place = if is_held_back { Place::Gated } else { place };
        // The attempt that follows tells more of a Pod that is being tried.
        if place != queued.place && place != Place::InFlight {
            self.moves.push(QueueMove {
                pod: key.clone(),
                place: Some(place.clone()),
                event,
                attempts: queued.attempts,
                rejectors: queued.rejectors.clone(),
            });
        }
        queued.place = place.clone();
        let active = Queue::active_key(queued);
        match place {
            Place::Active => drop(self.active.insert((0, active), key.clone())),
            Place::Backoff(end) => drop(self.backoff.insert((self.window(end), active), key.clone())),
            Place::Unschedulable | Place::InFlight => drop(self.watching.insert((0, active), key.clone())),
            Place::ErrorBackoff(_) | Place::Gated => {}
        }
        if let Some(at) = self.pods.get(key).and_then(|queued| self.due_at(queued)) {
            self.due.insert((at.as_nanos(), active), key.clone());
        }
    }

    /// A new Pod.
    pub(crate) fn add(&mut self, info: Arc<PodInfo>, now: SimTime) {
        let key = info.key.clone();
        self.leave(&key);
        let queued = Queued {
            info,
            place: Place::InFlight,
            timestamp: now,
            attempts: 0,
            unschedulable_count: 0,
            error_count: 0,
            rejectors: SortedSet::new(),
            events: Vec::new(),
            seq: self.next_seq,
        };
        self.next_seq += 1;
        self.pods.insert(key.clone(), queued);
        self.enter(&key, Place::Active, EventLabel::POD_ADD);
    }

    /// A newer version of a waiting Pod.
    pub(crate) fn update(&mut self, cache: &Cache, listers: &Listers, before: &Arc<Pod>, info: Arc<PodInfo>, now: SimTime) {
        let key = info.key.clone();
        if !self.pods.contains_key(&key) {
            self.add(info, now);
            return;
        }
        let (old, new) = (Object::Pod(before.clone()), Object::Pod(info.pod.clone()));
        self.leave(&key);
        let Some(queued) = self.pods.get_mut(&key) else { return };
        queued.info = info;
        let place = queued.place.clone();
        match place {
            Place::Gated => self.enter(&key, Place::Active, EventLabel::POD_UPDATE),
            Place::InFlight => {
                queued.events.push(ClusterEvent { before: Some(old), after: Some(new) });
                self.enter(&key, place, EventLabel::POD_UPDATE);
            }
            Place::Unschedulable => {
                let cx = Cx { pod: &queued.info, cache, listers };
                let is_helped = hints::may_help(cx, queued.rejectors.iter(), Some(&old), Some(&new));
                self.enter(&key, place, EventLabel::POD_UPDATE);
                if is_helped {
                    self.requeue(&key, now, EventLabel::POD_UPDATE);
                }
            }
            Place::Active | Place::Backoff(_) | Place::ErrorBackoff(_) => self.enter(&key, place, EventLabel::POD_UPDATE),
        }
    }

    /// The Pod is gone, or is on a node.
    pub(crate) fn remove(&mut self, key: &PodKey) {
        self.leave(key);
        if let Some(queued) = self.pods.remove(key) {
            let event =
                EventLabel { resource: "", action: if queued.place == Place::InFlight { "Scheduled" } else { "PodGone" } };
            let (attempts, rejectors) = (queued.attempts, SortedSet::new());
            self.moves.push(QueueMove { pod: key.clone(), place: None, event, attempts, rejectors });
        }
    }

    /// The attempt found a node.
    pub(crate) fn done(&mut self, key: &PodKey) {
        self.remove(key);
    }

    /// The Pod to be tried next: of the highest priority, then the one that waits longest.
    pub(crate) fn pop(&mut self, _now: SimTime) -> Option<PodKey> {
        let first = self.active.first_key_value().map(|(_, key)| key);
        let key = first.or_else(|| self.backoff.first_key_value().map(|(_, key)| key))?.clone();
        self.enter(&key, Place::InFlight, EventLabel::POD_ADD);
        if let Some(queued) = self.pods.get_mut(&key) {
            queued.attempts += 1;
            queued.events.clear();
        }
        Some(key)
    }

    /// The attempt found no node; without rejectors it was an error.
    pub(crate) fn failed(
        &mut self,
        cache: &Cache,
        listers: &Listers,
        info: &Arc<PodInfo>,
        rejectors: &SortedSet<Plugin>,
        now: SimTime,
    ) {
        let key = &info.key;
        self.leave(key);
        let Some(queued) = self.pods.get_mut(key) else { return };
        queued.timestamp = now;
        queued.rejectors.clone_from(rejectors);
        if rejectors.is_empty() {
            queued.error_count += 1;
            let end = queued.backoff_end();
            self.enter(key, Place::ErrorBackoff(end), EventLabel::ATTEMPT_FAILED);
            return;
        }
        queued.error_count = 0;
        queued.unschedulable_count += 1;
        let events = std::mem::take(&mut queued.events);
        let cx = Cx { pod: &queued.info, cache, listers };
        let helps = |event: &ClusterEvent| hints::may_help(cx, rejectors.iter(), event.before.as_ref(), event.after.as_ref());
        let has_been_helped = events.iter().any(helps);
        let end = queued.backoff_end();
        let place = if has_been_helped { Place::Backoff(end) } else { Place::Unschedulable };
        self.enter(key, place, EventLabel::ATTEMPT_FAILED);
    }

    /// A Pod could not be bound: it is tried again after its back-off.
    pub(crate) fn requeue_after_error(&mut self, info: Arc<PodInfo>, now: SimTime) {
        let key = info.key.clone();
        self.add(info, now);
        self.leave(&key);
        if let Some(queued) = self.pods.get_mut(&key) {
            (queued.attempts, queued.error_count) = (1, 1);
            let end = queued.backoff_end();
            self.enter(&key, Place::ErrorBackoff(end), EventLabel::ATTEMPT_FAILED);
        }
    }

    /// Moves the Pods that a change may help, and remembers it for those that are being tried.
    pub(crate) fn on_event(
        &mut self,
        cache: &Cache,
        listers: &Listers,
        before: Option<&Object>,
        after: Option<&Object>,
        concerned: Concerned,
        now: SimTime,
    ) {
        let mut helped = Vec::new();
        for key in self.watching.values() {
            let Some(queued) = self.pods.get_mut(key) else { continue };
            match queued.place {
                Place::Unschedulable if !concerned.includes(queued) => {}
                Place::Unschedulable => {
                    let cx = Cx { pod: &queued.info, cache, listers };
                    if hints::may_help(cx, queued.rejectors.iter(), before, after) {
                        helped.push(key.clone());
                    }
                }
                Place::InFlight => queued.events.push(ClusterEvent { before: before.cloned(), after: after.cloned() }),
                Place::Active | Place::Backoff(_) | Place::ErrorBackoff(_) | Place::Gated => {}
            }
        }
        for key in helped {
            self.requeue(&key, now, EventLabel::of(before, after));
        }
    }

    /// Moves a Pod to those to be tried, or lets it end its back-off.
    fn requeue(&mut self, key: &PodKey, now: SimTime, event: EventLabel) {
        let Some(queued) = self.pods.get(key) else { return };
        let end = queued.backoff_end();
        self.enter(key, if self.window(end) > self.window(now) { Place::Backoff(end) } else { Place::Active }, event);
    }

    /// The periodic work: back-offs that are over, and Pods that were unschedulable for too long.
    pub(crate) fn flush(&mut self, now: SimTime) {
        let due: Vec<PodKey> =
            self.due.iter().take_while(|((at, _), _)| *at <= now.as_nanos()).map(|(_, key)| key.clone()).collect();
        for key in due {
            let is_flushed = self.pods.get(&key).is_some_and(|queued| queued.place == Place::Unschedulable);
            self.requeue(&key, now, if is_flushed { EventLabel::TIMEOUT } else { EventLabel::BACKOFF_COMPLETE });
        }
    }

    /// When [`Queue::flush`] has something to do.
    pub(crate) fn next_wakeup(&self) -> Option<SimTime> {
        self.due.first_key_value().map(|((at, _), _)| SimTime::from_nanos(*at))
    }

    /// When the periodic work does something about a Pod.
    fn due_at(&self, queued: &Queued) -> Option<SimTime> {
        match queued.place {
            Place::Backoff(end) | Place::ErrorBackoff(end) => Some(SimTime::from_nanos(self.window(end))),
            Place::Unschedulable => {
                let end = queued.timestamp + MAX_UNSCHEDULABLE + SimDuration::from_nanos(1);
                Some(self.tick(end, UNSCHEDULABLE_FLUSH_PERIOD))
            }
            Place::Active | Place::Gated | Place::InFlight => None,
        }
    }

    /// The first tick of a periodic work at or after `at`.
    fn tick(&self, at: SimTime, period: SimDuration) -> SimTime {
        let elapsed = at.since(self.started).as_nanos();
        self.started + period.times(elapsed.div_ceil(period.as_nanos()))
    }
}
