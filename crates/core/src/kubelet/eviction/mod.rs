//! Making room on a node that runs out of memory or disk.
//!
//! Models `pkg/kubelet/eviction/eviction_manager.go` (v1.36) with the default thresholds, `memory.available<100Mi` and
//! `imagefs.available<15%` (images, containers and Pods share one file system): every ten seconds one Pod is ended while too little is
//! left, the next look follows as soon as it is gone, and the node reports pressure until five minutes after too little was left last. Not
//! modelled: inodes, process ids, which have no default threshold, soft thresholds, and images and dead containers that are removed
//! to make room. Rounds in which nothing is used are not simulated.

mod message;
mod rank;
mod storage_limits;
mod volume_stats;

use podlapse_model::api::core::v1::{Node, Pod, Taint};
use podlapse_model::{QosClass, Quantity, SYSTEM_CRITICAL_PRIORITY, SimDuration, SimTime, Uid, find_untolerated};

use self::message::eviction_message;
use self::volume_stats::VolumeStats;
use super::container_spec::is_static;
use super::machine::{Kubelet, KubeletContext, KubeletOutput, KubeletTimer, Waiter};
use super::pod_worker::Phase;
use super::status::Eviction;
use crate::cri::{Call, Usages};
use crate::events::{EventType, PodEvent};
use crate::kernel::next_tick;
use crate::why::{Fact, Rule};

/// `evictionMonitoringPeriod`.
const MONITORING_PERIOD: SimDuration = SimDuration::from_secs(10);
/// `podCleanupPollFreq`, and for how long a Pod that was ended is waited for (`podCleanupTimeout`).
const CLEANUP_POLL: SimDuration = SimDuration::from_secs(1);
const CLEANUP_TIMEOUT: SimDuration = SimDuration::from_secs(30);
/// `evictionPressureTransitionPeriod`.
const TRANSITION_PERIOD: SimDuration = SimDuration::from_secs(300);
/// `memory.available<100Mi`.
const LEAST_MEMORY: i64 = 100 << 20;
/// `imagefs.available<15%`.
const LEAST_DISK_PERCENT: i64 = 15;
/// What the node itself needs of its memory and of its disk, in percent.
const OWN_MEMORY_PERCENT: i64 = 10;
const OWN_DISK_PERCENT: i64 = 20;
const PAGE: i64 = 4096;
/// `immediateEvictionGracePeriodSeconds`.
const EVICTION_GRACE_SECONDS: i64 = 1;

/// The reason of a Pod that has to make room.
pub(super) const EVICTED: &str = "Evicted";

/// What a node can run out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Starved {
    /// Memory.
    Memory,
    /// The disk for images, containers and Pods.
    Disk,
}

impl Starved {
    /// The name of the resource.
    const fn resource(self) -> &'static str {
        match self {
            Starved::Memory => "memory",
            Starved::Disk => "ephemeral-storage",
        }
    }
}

/// How much of something is left, and how much has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Observation {
    threshold: i64,
    available: i64,
}

/// What is remembered of one resource.
#[derive(Clone, Copy, Debug, Default)]
struct Pressure {
    last_short: Option<SimTime>,
    is_on: bool,
}

/// What the eviction manager remembers.
#[derive(Clone, Debug, Default)]
pub(super) struct EvictionManager {
    memory: Pressure,
    disk: Pressure,
    volumes: VolumeStats,
    /// When the last round was that began at once after a Pod was gone; rounds are counted from there.
    rounds_since: Option<SimTime>,
    /// When the next round is due.
    next_round: SimTime,
    /// Pods that were ended and are waited for, and until when.
    waits_for: Option<(Vec<Uid>, SimTime)>,
}

impl EvictionManager {
    /// Whether the node is under pressure.
    pub(super) fn is_under_pressure(&self, starved: Starved) -> bool {
        match starved {
            Starved::Memory => self.memory.is_on,
            Starved::Disk => self.disk.is_on,
        }
    }
}

impl Kubelet {
    /// Something begins to be used: it is watched from the next round on.
    pub(super) fn arm_eviction(&mut self, cx: &KubeletContext<'_>, out: &mut KubeletOutput) {
        if self.eviction.waits_for.is_some() {
            return;
        }
        let after = cx.now + SimDuration::from_nanos(1);
        let since = self.eviction.rounds_since.unwrap_or(self.started_at);
        self.eviction.next_round = next_tick(after, since, MONITORING_PERIOD);
        let measure = self.eviction.volumes.next_measure().filter(|at| cx.now < *at);
        out.arm(KubeletTimer::Eviction, measure.map_or(self.eviction.next_round, |at| at.min(self.eviction.next_round)));
    }

    /// Asks what is used.
    pub(super) fn ask_for_usages(&mut self, out: &mut KubeletOutput) {
        self.call(Waiter::Eviction, Call::Usages, out);
    }

    /// What is used is known: volumes are measured in their own time, the rest every round.
    pub(super) fn usages_known(&mut self, cx: &mut KubeletContext<'_>, usages: &Usages, out: &mut KubeletOutput) {
        self.measure_volumes(cx, usages);
        if let Some((pods, until)) = &self.eviction.waits_for {
            let is_gone = |uid: &Uid| self.workers.get(uid).is_none_or(|worker| worker.phase == Phase::Finished);
            if cx.now < *until && !pods.iter().all(is_gone) {
                out.arm(KubeletTimer::Eviction, cx.now + CLEANUP_POLL);
                return;
            }
            self.eviction.waits_for = None;
            self.eviction.rounds_since = Some(cx.now);
        } else if cx.now < self.eviction.next_round {
            self.arm_eviction(cx, out);
            return;
        }
        self.make_room(cx, usages, out);
        let is_pressed = self.eviction.memory.is_on || self.eviction.disk.is_on;
        match &self.eviction.waits_for {
            Some(_) => out.arm(KubeletTimer::Eviction, cx.now + CLEANUP_POLL),
            None if is_pressed || *usages != Usages::default() => self.arm_eviction(cx, out),
            None => {}
        }
    }

    /// Ends Pods that use more than they may, or else one Pod if too little is left (`synchronize`).
    fn make_room(&mut self, cx: &mut KubeletContext<'_>, usages: &Usages, out: &mut KubeletOutput) {
        let Some(node) = cx.store.node(&self.node).cloned() else { return };
        let (memory, disk) = (memory_left(&node, usages), disk_left(&node, usages));
        let is_news = [(&mut self.eviction.memory, memory), (&mut self.eviction.disk, disk)]
            .map(|(pressure, observed)| pressure.observe(observed, cx.now));
        if is_news.contains(&true) {
            self.arm_report(cx.now, out);
        }
        let mut evicted = Vec::new();
        for (uid, message) in self.over_their_limits(usages) {
            self.evict(cx, &uid, message, None, out);
            evicted.push(uid);
        }
        let short = [(Starved::Memory, memory), (Starved::Disk, disk)];
        let short = short.into_iter().find_map(|(starved, observed)| Some((starved, observed.filter(Observation::is_short)?)));
        if let Some((starved, observed)) = short.filter(|_| evicted.is_empty()) {
            let message = format!("Attempting to reclaim {}", starved.resource());
            self.tell_of_node(cx, PodEvent::pod(EventType::Warning, "EvictionThresholdMet", message), out);
            if let Some(uid) = self.first_to_go(starved, usages) {
                let pod = self.workers.get(&uid).map(|worker| worker.pod.clone());
                let message = pod.map(|pod| eviction_message(&pod, &uid, usages, starved, observed)).unwrap_or_default();
                self.evict(cx, &uid, message.clone(), Some(message), out);
                evicted.push(uid);
            }
        }
        if !evicted.is_empty() {
            self.eviction.waits_for = Some((evicted, cx.now + CLEANUP_TIMEOUT));
        }
    }

    fn evict(
        &mut self,
        cx: &mut KubeletContext<'_>,
        uid: &Uid,
        message: String,
        disruption: Option<String>,
        out: &mut KubeletOutput,
    ) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let pod = worker.pod.clone();
        let disruption = disruption.map(|message| message.as_str().into());
        worker.eviction = Some(Eviction { reason: EVICTED.into(), message: message.as_str().into(), disruption });
        self.turn_to(uid, out);
        out.because(Rule::PodEvicted, [Fact::Message(message.as_str().into())]);
        self.event(cx, &pod, PodEvent::pod(EventType::Warning, EVICTED, message), out);
        self.terminate(cx, uid, Some(EVICTION_GRACE_SECONDS), out);
        self.wake_worker(cx, uid, out);
    }

    /// Why a new Pod is refused on a node under pressure, if it is (`Admit`).
    pub(super) fn pressure_refusal(&self, pod: &Pod) -> Option<String> {
        let spec = pod.spec.as_ref()?;
        let taint =
            Taint { key: "node.kubernetes.io/memory-pressure".to_owned(), effect: "NoSchedule".to_owned(), ..Taint::default() };
        let tolerations = spec.tolerations.as_deref().unwrap_or_default();
        let bears_short_memory =
            || QosClass::of(spec) != QosClass::BestEffort || find_untolerated(&[taint], tolerations, |_| true).is_none();
        let conditions = match (self.eviction.memory.is_on, self.eviction.disk.is_on) {
            (false, false) => return None,
            (true, false) if bears_short_memory() => return None,
            (true, false) => "MemoryPressure",
            (false, true) => "DiskPressure",
            (true, true) => "MemoryPressure DiskPressure",
        };
        (!is_critical(pod)).then(|| format!("The node had condition: [{conditions}]. "))
    }
}

impl Pressure {
    /// Takes in how much is left; whether the pressure comes or goes.
    fn observe(&mut self, observed: Option<Observation>, now: SimTime) -> bool {
        if observed.as_ref().is_some_and(Observation::is_short) {
            self.last_short = Some(now);
        }
        let is_on = self.last_short.is_some_and(|last| now.since(last) < TRANSITION_PERIOD);
        std::mem::replace(&mut self.is_on, is_on) != is_on
    }
}

impl Observation {
    fn is_short(&self) -> bool {
        self.available < self.threshold
    }
}

/// The node's memory that is left, counted in pages.
fn memory_left(node: &Node, usages: &Usages) -> Option<Observation> {
    let used = usages.containers.iter().map(|usage| usage.memory).sum();
    let available = left(capacity(node, "memory")?, OWN_MEMORY_PERCENT, used) / PAGE * PAGE;
    Some(Observation { threshold: LEAST_MEMORY, available })
}

/// The node's disk that is left.
fn disk_left(node: &Node, usages: &Usages) -> Option<Observation> {
    let capacity = capacity(node, "ephemeral-storage")?;
    let layers: i64 = usages.containers.iter().map(|usage| usage.disk).sum();
    let used = usages.volumes.iter().map(|usage| usage.bytes).fold(layers, i64::saturating_add);
    Some(Observation { threshold: capacity / 100 * LEAST_DISK_PERCENT, available: left(capacity, OWN_DISK_PERCENT, used) })
}

fn left(capacity: i64, own_percent: i64, used: i64) -> i64 {
    (capacity / 100 * (100 - own_percent)).saturating_sub(used).max(0)
}

fn capacity(node: &Node, resource: &str) -> Option<i64> {
    Some(Quantity::of(node.status.as_ref()?.capacity.as_ref()?.get(resource)?).value())
}

/// Whether the node cannot do without it (`IsCriticalPod`).
pub(super) fn is_critical(pod: &Pod) -> bool {
    let priority = pod.spec.as_ref().and_then(|spec| spec.priority).unwrap_or_default();
    is_static(pod) || SYSTEM_CRITICAL_PRIORITY <= priority
}
