//! Making room on a node that runs out of memory.
//!
//! Models `pkg/kubelet/eviction` `synchronize`, `rankMemoryPressure`, `evictionMessage` and `Admit` (v1.36) with the default threshold:
//! every ten seconds one Pod is ended while less than 100 Mi are available, and the node reports pressure until five minutes after
//! that was last so. Not modelled: disks, inodes and process ids, of which a scenario says nothing, and soft thresholds. Rounds in
//! which no container uses memory are not simulated.

use std::cmp::Reverse;

use podlapse_model::api::core::v1::{Node, Pod, Taint};
use podlapse_model::{Format, QosClass, Quantity, SimDuration, SimTime, Uid, find_untolerated};

use super::container_spec::is_static;
use super::machine::{Kubelet, KubeletContext, KubeletOutput, KubeletTimer, Waiter};
use super::pod_worker::Phase;
use super::status::Eviction;
use crate::cri::{Call, MemoryUsage};
use crate::events::{EventType, PodEvent};
use crate::kernel::next_tick;
use crate::why::{Fact, Rule};

/// `evictionMonitoringPeriod`.
const MONITORING_PERIOD: SimDuration = SimDuration::from_secs(10);
/// `evictionPressureTransitionPeriod`.
const TRANSITION_PERIOD: SimDuration = SimDuration::from_secs(300);
/// `memory.available<100Mi`.
const LEAST_AVAILABLE: i64 = 100 << 20;
/// What the node itself needs of its memory, in percent.
const OWN_SHARE_PERCENT: i64 = 10;
const PAGE: i64 = 4096;
/// `immediateEvictionGracePeriodSeconds`.
const EVICTION_GRACE_SECONDS: i64 = 1;
/// `SystemCriticalPriority`.
const CRITICAL_PRIORITY: i32 = 2_000_000_000;

/// The reason of a Pod that has to make room.
pub(super) const EVICTED: &str = "Evicted";

/// What the eviction manager remembers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct MemoryWatch {
    last_short: Option<SimTime>,
    /// Whether the node is under pressure.
    pub(super) is_under_pressure: bool,
}

impl Kubelet {
    /// Containers begin to use memory: it is watched from the next round on.
    pub(super) fn arm_memory_watch(&self, cx: &KubeletContext<'_>, out: &mut KubeletOutput) {
        let after = cx.now + SimDuration::from_nanos(1);
        out.arm(KubeletTimer::Memory, next_tick(after, self.started_at, MONITORING_PERIOD));
    }

    /// Asks how much memory is used.
    pub(super) fn ask_for_memory(&mut self, out: &mut KubeletOutput) {
        self.call(Waiter::Memory, Call::MemoryUsage, out);
    }

    /// Ends a Pod if too little is left.
    pub(super) fn memory_measured(&mut self, cx: &mut KubeletContext<'_>, usages: &[MemoryUsage], out: &mut KubeletOutput) {
        let Some(available) = cx.store.node(&self.node).and_then(|node| available(node, usages)) else { return };
        let is_short = available < LEAST_AVAILABLE;
        if is_short {
            self.memory.last_short = Some(cx.now);
        }
        let is_under_pressure = self.memory.last_short.is_some_and(|last| cx.now.since(last) < TRANSITION_PERIOD);
        if std::mem::replace(&mut self.memory.is_under_pressure, is_under_pressure) != is_under_pressure {
            self.arm_report(cx.now, out);
        }
        if is_under_pressure || !usages.is_empty() {
            self.arm_memory_watch(cx, out);
        }
        // A Pod that is being ended for this is waited for.
        if !is_short || self.workers.values().any(|worker| worker.eviction.is_some() && worker.phase != Phase::Finished) {
            return;
        }
        let message = "Attempting to reclaim memory".to_owned();
        self.tell_of_node(cx, PodEvent::pod(EventType::Warning, "EvictionThresholdMet", message), out);
        if let Some(uid) = self.first_to_go(usages) {
            self.evict(cx, &uid, usages, available, out);
        }
    }

    /// Pods that use more than they request go first, then those of lower priority, then those that use most beyond their request.
    fn first_to_go(&self, usages: &[MemoryUsage]) -> Option<Uid> {
        let active = self.workers.iter().filter(|(_, worker)| worker.phase == Phase::Syncing && !is_critical(&worker.pod));
        let rank = |(uid, worker): &(&Uid, &super::pod_worker::Worker)| {
            let used: i64 = of_pod(usages, uid).map(|usage| usage.bytes).sum();
            let spec = worker.pod.spec.as_ref();
            let containers = spec.into_iter().flat_map(|spec| &spec.containers);
            let requested: i64 = containers.map(|container| memory_request(container).value()).sum();
            let priority = spec.and_then(|spec| spec.priority).unwrap_or_default();
            (Reverse(requested < used), priority, Reverse(used.saturating_sub(requested)))
        };
        active.min_by_key(rank).map(|(uid, _)| uid.clone())
    }

    fn evict(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, usages: &[MemoryUsage], available: i64, out: &mut KubeletOutput) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let pod = worker.pod.clone();
        let message = eviction_message(&pod, of_pod(usages, uid), available);
        let disruption = Some(message.as_str().into());
        worker.eviction = Some(Eviction { reason: EVICTED.into(), message: message.as_str().into(), disruption });
        self.turn_to(uid, out);
        out.because(Rule::PodEvicted, [Fact::Message(message.as_str().into())]);
        self.event(cx, &pod, PodEvent::pod(EventType::Warning, EVICTED, message), out);
        self.terminate(cx, uid, Some(EVICTION_GRACE_SECONDS), out);
        self.wake_worker(cx, uid, out);
    }

    /// Why a new Pod is refused on a node under pressure, if it is.
    pub(super) fn pressure_refusal(&self, pod: &Pod) -> Option<String> {
        let spec = pod.spec.as_ref()?;
        let taint =
            Taint { key: "node.kubernetes.io/memory-pressure".to_owned(), effect: "NoSchedule".to_owned(), ..Taint::default() };
        let tolerations = spec.tolerations.as_deref().unwrap_or_default();
        let is_admitted = !self.memory.is_under_pressure
            || is_critical(pod)
            || QosClass::of(spec) != QosClass::BestEffort
            || find_untolerated(&[taint], tolerations, |_| true).is_none();
        (!is_admitted).then(|| "The node had condition: [MemoryPressure]. ".to_owned())
    }
}

/// The bytes that are left on a node.
fn available(node: &Node, usages: &[MemoryUsage]) -> Option<i64> {
    let capacity = Quantity::of(node.status.as_ref()?.capacity.as_ref()?.get("memory")?).value();
    let used: i64 = usages.iter().map(|usage| usage.bytes).sum();
    // Memory is counted in pages.
    Some(((capacity / 100 * (100 - OWN_SHARE_PERCENT)).saturating_sub(used) / PAGE * PAGE).max(0))
}

fn of_pod<'a>(usages: &'a [MemoryUsage], uid: &'a Uid) -> impl Iterator<Item = &'a MemoryUsage> {
    usages.iter().filter(move |usage| usage.pod == *uid)
}

fn memory_request(container: &podlapse_model::api::core::v1::Container) -> Quantity {
    let requests = container.resources.as_ref().and_then(|resources| resources.requests.as_ref());
    requests.and_then(|requests| requests.get("memory")).map_or(Quantity::ZERO, Quantity::of)
}

/// Whether the node cannot do without it (`IsCriticalPod`).
pub(super) fn is_critical(pod: &Pod) -> bool {
    let priority = pod.spec.as_ref().and_then(|spec| spec.priority).unwrap_or_default();
    is_static(pod) || CRITICAL_PRIORITY <= priority
}

fn eviction_message<'a>(pod: &Pod, usages: impl Iterator<Item = &'a MemoryUsage>, available: i64) -> String {
    let bytes = |bytes: i64| Quantity::new(bytes, Format::BinarySI);
    let mut message = format!(
        "The node was low on resource: memory. Threshold quantity: {}, available: {}. ",
        bytes(LEAST_AVAILABLE),
        bytes(available)
    );
    let containers = pod.spec.as_ref().map(|spec| spec.containers.as_slice()).unwrap_or_default();
    for usage in usages {
        let Some(container) = containers.iter().find(|container| container.name == *usage.container) else { continue };
        let request = memory_request(container);
        if request.value() < usage.bytes {
            message.push_str(&format!(
                "Container {} was using {}, request is {request}, has larger consumption of memory. ",
                container.name,
                bytes(usage.bytes)
            ));
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_the_containers_that_use_more_than_they_request() {
        let pod = podlapse_model::from_json(serde_json::json!({"spec": {"containers": [
            {"name": "a", "resources": {"requests": {"memory": "100Mi"}}}, {"name": "b"}
        ]}}))
        .unwrap();
        let usage = |container: &str, bytes| MemoryUsage { pod: "u".into(), container: container.into(), bytes };
        let usages = [usage("a", 300 << 20), usage("b", 0)];
        assert_eq!(
            eviction_message(&pod, usages.iter(), 50 << 20),
            "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. Container a was using 300Mi, \
             request is 100Mi, has larger consumption of memory. "
        );
    }
}
