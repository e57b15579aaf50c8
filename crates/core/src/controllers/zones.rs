//! Zones of nodes, and how fast nodes of a zone are tainted with NoExecute.
//!
//! Models `pkg/controller/nodelifecycle` `handleDisruption`, `ComputeZoneState` and `scheduler/rate_limited_queue.go` (v1.36): a
//! zone taints one node in ten seconds, none at all while more than half of a small zone is not ready, and when no node of the whole
//! cluster is ready every taint is taken off again, since it is the control plane then that cannot reach them.

use std::sync::Arc;

use podlapse_model::api::core::v1::Node;
use podlapse_model::{Metadata, SimDuration, SimTime, SortedMap, SortedSet};

use super::node_taints::is_ready;

/// One node at `node-eviction-rate` 0.1 a second.
const EVICTION_PERIOD: SimDuration = SimDuration::from_secs(10);
/// One node at `secondary-node-eviction-rate` 0.01 a second.
const SECONDARY_EVICTION_PERIOD: SimDuration = SimDuration::from_secs(100);
/// `large-cluster-size-threshold`.
const LARGE_ZONE: usize = 50;
/// `unhealthy-zone-threshold`, in percent.
const UNHEALTHY_PERCENT: usize = 55;
const EXCLUDE_DISRUPTION: &str = "node.kubernetes.io/exclude-disruption";

/// How a zone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ZoneState {
    /// Nothing was counted yet.
    Initial,
    /// Most nodes are ready.
    Normal,
    /// At least three nodes, and more than half, are not.
    PartialDisruption,
    /// None is.
    FullDisruption,
}

/// A token bucket that holds one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limiter {
    Never,
    Every { period: SimDuration, next: SimTime },
}

impl Limiter {
    fn try_accept(&mut self, now: SimTime) -> bool {
        match self {
            Limiter::Never => false,
            Limiter::Every { next, .. } if now < *next => false,
            Limiter::Every { period, next } => {
                *next = now + *period;
                true
            }
        }
    }
}

/// The nodes of a zone that wait for their taint.
#[derive(Clone, Debug)]
struct Zone {
    state: ZoneState,
    limiter: Limiter,
    queue: Vec<Arc<str>>,
    /// What was queued and not taken back; such a node is not queued again.
    known: SortedSet<Arc<str>>,
}

impl Zone {
    fn new() -> Self {
        let limiter = Limiter::Every { period: EVICTION_PERIOD, next: SimTime::from_nanos(i64::MIN) };
        Zone { state: ZoneState::Initial, limiter, queue: Vec::new(), known: SortedSet::new() }
    }

    /// Another rate; who had to wait before waits on.
    fn swap(&mut self, period: Option<SimDuration>, now: SimTime) {
        let had_token = self.limiter.try_accept(now);
        self.limiter = match period {
            None => Limiter::Never,
            Some(period) => Limiter::Every { period, next: if had_token { now } else { now + period } },
        };
    }
}

/// All zones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Zones {
    zones: SortedMap<String, Zone>,
}

/// What a change of the zones' states asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disruption {
    /// Nothing.
    None,
    /// No node is ready any more: the taints come off.
    Begins,
    /// Some node is ready again: all get their time anew.
    Ends,
}

impl Zones {
    /// Makes a zone known.
    pub(crate) fn add(&mut self, node: &Node) {
        self.zones.entry(zone_of(node)).or_insert_with(Zone::new);
    }

    /// Puts a node in line for its taint.
    pub(crate) fn queue(&mut self, node: &Node, name: &Arc<str>, has_taint: bool) {
        if !has_taint {
            self.remove(node, name);
        }
        let zone = self.zones.entry(zone_of(node)).or_insert_with(Zone::new);
        if zone.known.insert(name.clone()) {
            zone.queue.push(name.clone());
        }
    }

    /// Takes a node out of the line.
    pub(crate) fn remove(&mut self, node: &Node, name: &Arc<str>) {
        if let Some(zone) = self.zones.get_mut(&zone_of(node)) {
            zone.known.remove(name);
            zone.queue.retain(|queued| queued != name);
        }
    }

    /// The nodes whose turn has come.
    pub(crate) fn take_due(&mut self, now: SimTime) -> Vec<Arc<str>> {
        let mut due = Vec::new();
        for zone in self.zones.values_mut() {
            while !zone.queue.is_empty() && zone.limiter.try_accept(now) {
                due.push(zone.queue.remove(0));
            }
        }
        due
    }

    /// When the next node's turn comes.
    pub(crate) fn next_due(&self) -> Option<SimTime> {
        let waiting = self.zones.values().filter(|zone| !zone.queue.is_empty());
        let next = waiting.filter_map(|zone| match zone.limiter {
            Limiter::Never => None,
            Limiter::Every { next, .. } => Some(next),
        });
        next.min()
    }

    /// Counts the ready nodes of each zone, and sets the rates accordingly.
    pub(crate) fn handle_disruption<'a>(&mut self, nodes: impl Iterator<Item = &'a Node>, now: SimTime) -> Disruption {
        let mut counts: SortedMap<String, (usize, usize)> = SortedMap::new();
        let excluded = |node: &&Node| node.label(EXCLUDE_DISRUPTION).is_some();
        for node in nodes.filter(|node| !excluded(node)) {
            let (ready, all) = counts.entry(zone_of(node)).or_default();
            *ready += usize::from(is_ready(node));
            *all += 1;
        }
        self.zones.retain(|name, zone| counts.contains_key(name) || !zone.queue.is_empty());
        for name in counts.keys() {
            self.zones.entry(name.clone()).or_insert_with(Zone::new);
        }
        let states: SortedMap<&String, ZoneState> = counts.iter().map(|(name, count)| (name, state(*count))).collect();
        let is_all_disrupted = states.values().all(|state| *state == ZoneState::FullDisruption);
        let was_all_disrupted = self.zones.values().all(|zone| zone.state == ZoneState::FullDisruption);
        if is_all_disrupted && was_all_disrupted {
            return Disruption::None;
        }
        for (name, state) in states {
            let size = counts.get(name).map_or(0, |(_, all)| *all);
            let Some(zone) = self.zones.get_mut(name) else { continue };
            if is_all_disrupted {
                zone.swap(None, now);
            } else if was_all_disrupted || zone.state != state {
                zone.swap(period(state, size), now);
            }
            zone.state = state;
        }
        match (is_all_disrupted, was_all_disrupted) {
            (true, _) => Disruption::Begins,
            (false, true) => Disruption::Ends,
            (false, false) => Disruption::None,
        }
    }
}

fn state((ready, all): (usize, usize)) -> ZoneState {
    let not_ready = all - ready;
    if ready == 0 {
        ZoneState::FullDisruption
    } else if 2 < not_ready && all * UNHEALTHY_PERCENT <= not_ready * 100 {
        ZoneState::PartialDisruption
    } else {
        ZoneState::Normal
    }
}

/// From one taint to the next; `None` for never (`ReducedQPSFunc`, `HealthyQPSFunc`).
const fn period(state: ZoneState, size: usize) -> Option<SimDuration> {
    match state {
        ZoneState::PartialDisruption if size <= LARGE_ZONE => None,
        ZoneState::PartialDisruption => Some(SECONDARY_EVICTION_PERIOD),
        ZoneState::Initial | ZoneState::Normal | ZoneState::FullDisruption => Some(EVICTION_PERIOD),
    }
}

/// Region and zone of a node.
fn zone_of(node: &Node) -> String {
    let label = |keys: [&str; 2]| keys.into_iter().find_map(|key| node.label(key));
    let region = label(["topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"]).unwrap_or_default();
    let zone = label(["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"]).unwrap_or_default();
    format!("{region}:{zone}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, zone: &str, ready: &str) -> Node {
        serde_json::from_value(serde_json::json!({
            "metadata": {"name": name, "labels": {"topology.kubernetes.io/zone": zone}},
            "status": {"conditions": [{"type": "Ready", "status": ready}]},
        }))
        .unwrap()
    }

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(seconds)
    }

    fn queued(zones: &mut Zones, nodes: &[Node]) {
        for node in nodes {
            zones.queue(node, &Arc::from(node.name()), false);
        }
    }

    #[test]
    fn a_zone_taints_one_node_in_ten_seconds() {
        let nodes = [node("a", "x", "Unknown"), node("b", "x", "Unknown"), node("c", "y", "Unknown"), node("d", "x", "True")];
        let mut zones = Zones::default();
        assert_eq!(zones.handle_disruption(nodes.iter(), at(0)), Disruption::None);
        queued(&mut zones, &nodes[..3]);
        assert_eq!(zones.take_due(at(1)), ["a".into(), "c".into()]);
        assert_eq!(zones.next_due(), Some(at(11)));
        assert!(zones.take_due(at(10)).is_empty());
        assert_eq!(zones.take_due(at(11)), ["b".into()]);
    }

    #[test]
    fn three_of_four_lost_nodes_of_a_small_zone_are_left_alone() {
        let mut nodes: Vec<Node> = ["a", "b", "c", "d"].iter().map(|name| node(name, "x", "True")).collect();
        let mut zones = Zones::default();
        zones.handle_disruption(nodes.iter(), at(0));
        for lost in &mut nodes[..3] {
            *lost = node(lost.metadata.name.as_deref().unwrap(), "x", "Unknown");
        }
        queued(&mut zones, &nodes[..3]);
        assert_eq!(zones.handle_disruption(nodes.iter(), at(5)), Disruption::None);
        assert!(zones.take_due(at(100)).is_empty());
    }

    #[test]
    fn no_ready_node_at_all_is_taken_for_the_control_planes_own_fault() {
        let mut zones = Zones::default();
        zones.handle_disruption([node("a", "x", "True")].iter(), at(0));
        assert_eq!(zones.handle_disruption([node("a", "x", "False")].iter(), at(5)), Disruption::Begins);
        queued(&mut zones, &[node("a", "x", "False")]);
        assert!(zones.take_due(at(100)).is_empty());
        assert_eq!(zones.handle_disruption([node("a", "x", "False")].iter(), at(10)), Disruption::None);
        assert_eq!(zones.handle_disruption([node("a", "x", "True")].iter(), at(15)), Disruption::Ends);
    }
}
