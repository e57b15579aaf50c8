//! The pod garbage collector: Pods that nobody else will take away.
//!
//! Models `pkg/controller/podgc/gc_controller.go` (v1.36): Pods of nodes that are gone, after a quarantine; Pods that are deleted and
//! were never scheduled; Pods that are deleted on a node that is out of service; and the oldest of too many Pods that are over.

use std::sync::Arc;

use podlapse_model::api::core::v1::{Pod, PodStatus};
use podlapse_model::{Metadata, Modelled, SimDuration, SimTime, SortedMap, SortedSet};

use super::node_taints::{has_taint, is_ready};
use super::owned::{is_over, phase};
use super::pod_condition::disrupted;
use crate::kernel::WallClock;
use crate::store::{Request, Store};

/// `gcCheckPeriod`.
pub(crate) const GC_CHECK_PERIOD: SimDuration = SimDuration::from_millis(20_005);
/// `quarantineTime`.
const QUARANTINE: SimDuration = SimDuration::from_secs(40);
/// `TerminatedPodGCThreshold`.
const TERMINATED_THRESHOLD: usize = 12_500;
const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// What the collector remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct PodGc {
    /// Nodes that Pods name and that do not exist, with the end of their quarantine.
    quarantine: SortedMap<Arc<str>, SimTime>,
}

/// What a round comes to.
#[derive(Clone, Debug, Default)]
pub(crate) struct GcPlan {
    /// What is asked of the API server, in order.
    pub(crate) requests: Vec<Request>,
    /// Whether another round is needed although nothing changes.
    pub(crate) looks_again: bool,
}

/// Whether a Pod is one that a round may have to act on.
pub(crate) fn interests(store: &Store, pod: &Pod) -> bool {
    match node_name(pod) {
        None => pod.metadata.deletion_timestamp.is_some(),
        Some(name) => match store.node(name) {
            None => true,
            Some(node) => is_over(pod) || (pod.metadata.deletion_timestamp.is_some() && has_taint(node, OUT_OF_SERVICE)),
        },
    }
}

impl PodGc {
    /// One round.
    pub(crate) fn round(&mut self, store: &Store, now: SimTime, wall: WallClock) -> GcPlan {
        let pods: Vec<&Arc<Pod>> = store.all().collect();
        let mut plan = GcPlan::default();
        collect_terminated(&pods, &mut plan);
        for pod in &pods {
            let node = node_name(pod).and_then(|name| store.node(name));
            let is_out_of_service = node.is_some_and(|node| !is_ready(node) && has_taint(node, OUT_OF_SERVICE));
            if pod.metadata.deletion_timestamp.is_some() && (is_out_of_service || node_name(pod).is_none()) {
                fail_and_delete(pod, &mut plan);
            }
        }
        let lost = self.lost_nodes(&pods, store, now);
        for pod in pods.iter().filter(|pod| node_name(pod).is_some_and(|name| lost.contains(name))) {
            if !is_over(pod) {
                let mut status = disrupted(pod, "DeletionByPodGC", "PodGC: node no longer exists", &wall.time(now));
                fail(pod, &mut status);
                plan.requests.push(Request::PatchPodStatus { key: pod.key(), uid: pod.uid(), status: Box::new(status) });
            }
            plan.requests.push(Request::delete_now(pod.key(), None));
        }
        plan.looks_again = !self.quarantine.is_empty();
        plan
    }

    /// Nodes that are still missing at the end of their quarantine. The queue holds a node once; what has left it is put in anew.
    fn lost_nodes(&mut self, pods: &[&Arc<Pod>], store: &Store, now: SimTime) -> SortedSet<Arc<str>> {
        let over: SortedSet<Arc<str>> =
            self.quarantine.iter().filter(|(_, ends)| **ends < now).map(|(name, _)| name.clone()).collect();
        self.quarantine.retain(|name, _| !over.contains(name));
        let missing = pods.iter().filter_map(|pod| node_name(pod)).filter(|name| store.node(name).is_none());
        for name in missing {
            self.quarantine.entry(name.into()).or_insert(now + QUARANTINE);
        }
        over.into_iter().filter(|name| store.node(name).is_none()).collect()
    }
}

/// Lets go of the oldest Pods that are over, evicted ones first, beyond the threshold.
fn collect_terminated(pods: &[&Arc<Pod>], plan: &mut GcPlan) {
    let mut over: Vec<&Arc<Pod>> = pods.iter().copied().filter(|pod| is_over(pod)).collect();
    let excess = over.len().saturating_sub(TERMINATED_THRESHOLD);
    if excess == 0 {
        return;
    }
    let is_evicted =
        |pod: &Pod| phase(pod) == "Failed" && pod.status.as_ref().and_then(|status| status.reason.as_deref()) == Some("Evicted");
    podlapse_model::sort_by_key(&mut over, |pod| {
        (!is_evicted(pod), pod.metadata.creation_timestamp.as_ref().map(|time| time.0.as_second()), pod.metadata.name.clone())
    });
    for pod in over.into_iter().take(excess) {
        fail_and_delete(pod, plan);
    }
}

fn fail(pod: &Pod, status: &mut PodStatus) {
    status.phase = Some("Failed".to_owned());
    status.observed_generation = pod.metadata.generation;
}

/// `markFailedAndDeletePod`.
fn fail_and_delete(pod: &Pod, plan: &mut GcPlan) {
    if !is_over(pod) {
        let mut status = pod.status.clone().unwrap_or_default();
        fail(pod, &mut status);
        plan.requests.push(Request::PatchPodStatus { key: pod.key(), uid: pod.uid(), status: Box::new(status) });
    }
    plan.requests.push(Request::delete_now(pod.key(), None));
}

fn node_name(pod: &Pod) -> Option<&str> {
    pod.spec.as_ref()?.node_name.as_deref().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALL: WallClock = WallClock { start_unix_ns: 0 };

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(seconds)
    }

    fn store(pod: serde_json::Value) -> Store {
        let mut store = Store::default();
        let pod: Pod = serde_json::from_value(pod).unwrap();
        store.put(SimTime::ZERO, pod.into());
        store
    }

    #[test]
    fn a_pod_of_a_missing_node_goes_after_the_quarantine() {
        let store = store(serde_json::json!({
            "metadata": {"name": "lost", "namespace": "default", "uid": "1"}, "spec": {"nodeName": "gone", "containers": []}
        }));
        let mut gc = PodGc::default();
        assert!(gc.round(&store, at(15), WALL).looks_again);
        assert!(gc.round(&store, at(35), WALL).requests.is_empty());
        let requests = gc.round(&store, at(56), WALL).requests;
        assert!(matches!(&requests[0], Request::PatchPodStatus { status, .. } if status.phase.as_deref() == Some("Failed")));
        assert!(matches!(&requests[1], Request::Delete { grace_seconds: Some(0), .. }));
    }

    #[test]
    fn a_deleted_pod_that_no_node_has_goes_at_once() {
        let store = store(serde_json::json!({
            "metadata": {"name": "stuck", "namespace": "default", "uid": "1", "deletionTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"containers": []}
        }));
        assert_eq!(PodGc::default().round(&store, at(0), WALL).requests.len(), 2);
    }

    #[test]
    fn a_pod_that_waits_for_a_node_is_left_alone() {
        let store = store(serde_json::json!({"metadata": {"name": "new", "namespace": "default"}, "spec": {"containers": []}}));
        let plan = PodGc::default().round(&store, at(0), WALL);
        assert!(plan.requests.is_empty() && !plan.looks_again);
    }
}
