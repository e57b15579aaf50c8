//! Which Pods go first when there are too many.
//!
//! Models `pkg/controller/controller_utils.go` `ActivePodsWithRanks` and `pkg/controller/replicaset/replica_set.go`
//! `getPodsToDelete`, `getPodsRankedByRelatedPodsOnSameNode` (v1.36).

use std::cmp::{Ordering, Reverse};
use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Metadata, SimTime, SortedMap};

use super::owned::{phase, ready_since};
use crate::kernel::WallClock;

const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// The `count` Pods of `pods` that are deleted first. `related` are the active Pods of all sets with the same owner.
pub(crate) fn pods_to_delete(
    mut pods: Vec<Arc<Pod>>,
    related: &[Arc<Pod>],
    count: usize,
    now: SimTime,
    wall: WallClock,
) -> Vec<Arc<Pod>> {
    if count < pods.len() {
        let mut on_node: SortedMap<&str, usize> = SortedMap::new();
        for pod in related {
            *on_node.entry(node(pod)).or_default() += 1;
        }
        podlapse_model::sort_by(&mut pods, |a, b| compare(a, b, &on_node, now, wall));
        pods.truncate(count);
    }
    pods
}

fn compare(a: &Pod, b: &Pod, on_node: &SortedMap<&str, usize>, now: SimTime, wall: WallClock) -> Ordering {
    let place = |pod: &Pod| !node(pod).is_empty();
    let stage = |pod: &Pod| match phase(pod) {
        "Pending" => 0,
        "Unknown" => 1,
        _ => 2,
    };
    let is_ready = |pod: &Pod| ready_since(pod).is_some();
    let rank = |pod: &Pod| Reverse(on_node.get(node(pod)).copied().unwrap_or(0));
    let by_worth = (place(a), stage(a), is_ready(a), deletion_cost(a), rank(a)).cmp(&(
        place(b),
        stage(b),
        is_ready(b),
        deletion_cost(b),
        rank(b),
    ));
    let since = |pod: &Pod| ready_since(pod).flatten().map(|time| wall.sim_time(time));
    let created = |pod: &Pod| pod.metadata.creation_timestamp.as_ref().map(|time: &Time| wall.sim_time(time));
    by_worth
        .then_with(|| by_age(since(a), since(b), now))
        .then_with(|| restarts(b).cmp(&restarts(a)))
        .then_with(|| by_age(created(a), created(b), now))
        .then_with(|| a.metadata.uid.cmp(&b.metadata.uid))
}

/// Sorts active Pods, those first that are worth least (`controller.ActivePods`).
pub(crate) fn sort_active(pods: &mut [Arc<Pod>], wall: WallClock) {
    let since = |pod: &Pod| ready_since(pod).flatten().map(|time| wall.sim_time(time));
    let created = |pod: &Pod| pod.metadata.creation_timestamp.as_ref().map(|time: &Time| wall.sim_time(time));
    // Nothing comes before something, and what is newer before what is older.
    let newer = |time: Option<SimTime>| time.map(Reverse);
    podlapse_model::sort_by_key(pods, |pod| {
        let stage = match phase(pod) {
            "Pending" => 0,
            "Unknown" => 1,
            _ => 2,
        };
        let worth = (!node(pod).is_empty(), stage, ready_since(pod).is_some());
        (worth, newer(since(pod)), Reverse(restarts(pod)), newer(created(pod)), pod.metadata.name.clone())
    });
}

/// The younger one first, where the ages differ by an order of magnitude; within one the order is left to what comes after.
fn by_age(a: Option<SimTime>, b: Option<SimTime>, now: SimTime) -> Ordering {
    let magnitude = |at: SimTime| now.since(at).as_nanos().checked_ilog2();
    match (a, b) {
        (Some(a), Some(b)) => magnitude(a).cmp(&magnitude(b)),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn node(pod: &Pod) -> &str {
    pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default()
}

fn deletion_cost(pod: &Pod) -> i32 {
    pod.annotation(DELETION_COST).and_then(|cost| cost.parse().ok()).unwrap_or(0)
}

fn restarts(pod: &Pod) -> i32 {
    let statuses = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
    statuses.map(|status| status.restart_count).max().unwrap_or(0)
}
