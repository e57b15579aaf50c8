//! Nodes that stop to give signs of life.
//!
//! Models `pkg/controller/nodelifecycle/node_lifecycle_controller.go` `monitorNodeHealth`, `tryUpdateNodeHealth`,
//! `processTaintBaseEviction` and `doNoExecuteTaintingPass`, and `pkg/controller/util/node` `MarkPodsNotReady` (v1.36): every five
//! seconds each node is looked at; one that was silent for its grace period becomes `Unknown`, its Pods unready, and it waits for the
//! taint that lets Pods go. The recordings show the taint at once after the condition.
//! A look that would find nothing new is not simulated: signs of life that come on time change nothing, so when a look saw the last
//! one is worked out from when it was given.

use std::sync::Arc;

use podlapse_model::api::core::v1::{Node, NodeCondition, Pod};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Metadata, Object, SimDuration, SimTime, SortedMap};

use super::node_taints::{NOT_READY, UNREACHABLE, has_taint, reachable, ready_status, with_no_execute};
use super::pod_condition::update_condition;
use super::zones::{Disruption, Zones};
use crate::events::{EventType, PodEvent};
use crate::kernel::{WallClock, next_tick};
use crate::store::{Request, Store};

/// `nodeMonitorPeriod`, and the millisecond that a look takes before the next period is counted.
const MONITOR_PERIOD: SimDuration = SimDuration::from_millis(5_001);
/// `nodeMonitorGracePeriod`.
const GRACE: SimDuration = SimDuration::from_secs(50);
/// `nodeStartupGracePeriod`.
const STARTUP_GRACE: SimDuration = SimDuration::from_secs(60);
/// `NodeEvictionPeriod`.
pub(crate) const EVICTION_CHECK_PERIOD: SimDuration = SimDuration::from_millis(100);
/// The conditions that nobody knows any more, in the order in which they are set.
const REPORTED: [&str; 4] = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/// What the controller remembers.
#[derive(Clone, Debug)]
pub(crate) struct NodeLifecycle {
    started_at: SimTime,
    nodes: SortedMap<Arc<str>, Health>,
    zones: Zones,
}

/// What was last seen of a node (`nodeHealthData`).
#[derive(Clone, Debug)]
struct Health {
    node: Arc<Node>,
    /// The look that saw the last sign of life.
    probed_at: SimTime,
    heartbeat: Option<Time>,
}

/// What a look sees.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) now: SimTime,
    pub(crate) wall: WallClock,
    pub(crate) store: &'a Store,
    /// When a node's lease was renewed last; `None`: never.
    pub(crate) renewed: &'a dyn Fn(&str) -> Option<SimTime>,
    /// Whether a node's lease goes on being renewed.
    pub(crate) is_renewing: &'a dyn Fn(&str) -> bool,
}

/// Something that the controller does.
#[derive(Clone, Debug)]
pub(crate) enum NodeAct {
    Send(Request),
    Tell(Object, PodEvent),
}

impl NodeLifecycle {
    /// The controller that begins to look at the given time.
    pub(crate) fn new(started_at: SimTime) -> Self {
        NodeLifecycle { started_at, nodes: SortedMap::new(), zones: Zones::default() }
    }

    /// The first look at or after a moment.
    pub(crate) fn look_at(&self, at: SimTime) -> SimTime {
        next_tick(at, self.started_at, MONITOR_PERIOD)
    }

    /// The look after a moment.
    pub(crate) fn look_after(&self, at: SimTime) -> SimTime {
        self.look_at(at + SimDuration::from_nanos(1))
    }

    /// When the next look finds a node silent for too long.
    pub(crate) fn next_expiry(&self, look: Look<'_>) -> Option<SimTime> {
        let expiries = nodes(look.store).filter_map(|node| {
            let name = node.name();
            if (look.is_renewing)(name) || ready_status(node) == Some("Unknown") {
                return None;
            }
            let (probed_at, grace) = match (self.nodes.get(name), ready_status(node)) {
                (Some(health), Some(_)) => (self.probed_at(health, name, look), GRACE),
                (Some(_), None) => (created_at(node, look.wall), STARTUP_GRACE),
                (None, _) => (self.look_at(look.now), GRACE),
            };
            Some(self.look_after(probed_at + grace))
        });
        expiries.min()
    }

    /// One look at all nodes.
    pub(crate) fn monitor(&mut self, look: Look<'_>) -> Vec<NodeAct> {
        let mut acts = Vec::new();
        let mut seen: Vec<Arc<Node>> = nodes(look.store).cloned().collect();
        for node in &seen {
            let name: Arc<str> = node.name().into();
            if !self.nodes.contains_key(&name) {
                tell_of_node(node, "RegisteredNode", format!("Registered Node {name} in Controller"), &mut acts);
                self.zones.add(node);
                self.mark_reachable(node, &name, &mut acts);
                let heartbeat = ready(node).and_then(|ready| ready.last_heartbeat_time.clone());
                self.nodes.insert(name, Health { node: node.clone(), probed_at: look.now, heartbeat });
            }
        }
        let gone: Vec<Arc<str>> = self.nodes.keys().filter(|name| look.store.node(name).is_none()).cloned().collect();
        for name in gone {
            if let Some(health) = self.nodes.remove(&name) {
                tell_of_node(&health.node, "RemovingNode", format!("Removing Node {name} from Controller"), &mut acts);
                self.zones.remove(&health.node, &name);
            }
        }
        for node in &mut seen {
            self.look_at_node(node, look, &mut acts);
        }
        match self.zones.handle_disruption(seen.iter().map(AsRef::as_ref), look.now) {
            Disruption::None => {}
            Disruption::Begins => {
                for node in &seen {
                    self.mark_reachable(node, &node.name().into(), &mut acts);
                }
            }
            Disruption::Ends => {
                for health in self.nodes.values_mut() {
                    health.probed_at = look.now;
                }
            }
        }
        acts
    }

    fn look_at_node(&mut self, node: &mut Arc<Node>, look: Look<'_>, acts: &mut Vec<NodeAct>) {
        let name: Arc<str> = node.name().into();
        let observed = ready_status(node).unwrap_or("Unknown").to_owned();
        let Some(health) = self.nodes.get(&name) else { return };
        let heartbeat = ready(node).and_then(|ready| ready.last_heartbeat_time.clone());
        let mut probed_at = self.probed_at(health, &name, look);
        if ready(node).is_some() && health.heartbeat != heartbeat {
            probed_at = look.now;
        }
        let grace = match ready(node) {
            Some(_) => GRACE,
            None => {
                probed_at = created_at(node, look.wall);
                STARTUP_GRACE
            }
        };
        if probed_at + grace < look.now
            && let Some(unknown) = unknown(node, &look.wall.time(look.now))
        {
            acts.push(NodeAct::Send(Request::UpdateStatus(unknown.clone().into())));
            *node = Arc::new(unknown);
        }
        self.nodes.insert(name.clone(), Health { node: node.clone(), probed_at, heartbeat });
        match ready_status(node) {
            None => return,
            Some("True") => self.mark_reachable(node, &name, acts),
            Some("False") => self.mark_for_tainting(node, &name, NOT_READY, UNREACHABLE, look, acts),
            Some(_) => self.mark_for_tainting(node, &name, UNREACHABLE, NOT_READY, look, acts),
        }
        if observed == "True" && ready_status(node) != Some("True") {
            let message = format!("Node {name} status is now: NodeNotReady");
            let event = PodEvent::pod(EventType::Normal, "NodeNotReady", message);
            acts.push(NodeAct::Tell(Object::Node(node.clone()), event));
            mark_pods_not_ready(&name, look, acts);
        }
    }

    /// When a look saw the last sign of life.
    fn probed_at(&self, health: &Health, name: &str, look: Look<'_>) -> SimTime {
        let seen = (look.renewed)(name).map(|at| self.look_at(at)).filter(|seen| *seen <= look.now);
        seen.map_or(health.probed_at, |seen| seen.max(health.probed_at))
    }

    fn mark_reachable(&mut self, node: &Node, name: &Arc<str>, acts: &mut Vec<NodeAct>) {
        if let Some(node) = reachable(node) {
            acts.push(NodeAct::Send(Request::Update(node.into())));
        }
        self.zones.remove(node, name);
    }

    /// A node that has the opposite taint gets the right one at once; any other waits in line.
    fn mark_for_tainting(
        &mut self,
        node: &Node,
        name: &Arc<str>,
        key: &str,
        other: &str,
        look: Look<'_>,
        acts: &mut Vec<NodeAct>,
    ) {
        let has = |key: &str| super::node_taints::no_execute_taints(node).iter().any(|taint| taint.key == key);
        if has(other) {
            let swapped = with_no_execute(node, key, other, &look.wall.time(look.now));
            acts.extend(swapped.map(|node| NodeAct::Send(Request::Update(node.into()))));
        } else {
            self.zones.queue(node, name, has_taint(node, key) && has(key));
        }
    }

    /// When the next node in line is to be tainted.
    pub(crate) fn next_tainting(&self, now: SimTime) -> Option<SimTime> {
        let due = self.zones.next_due()?;
        Some(next_tick(due.max(now + SimDuration::from_nanos(1)), self.started_at, EVICTION_CHECK_PERIOD))
    }

    /// Taints the nodes whose turn has come.
    pub(crate) fn no_execute_tainting_pass(&mut self, store: &Store, now: SimTime, wall: WallClock) -> Vec<NodeAct> {
        let due = self.zones.take_due(now);
        let tainted = due.iter().filter_map(|name| {
            let node = store.node(name)?;
            match ready_status(node)? {
                "True" => None,
                "False" => with_no_execute(node, NOT_READY, UNREACHABLE, &wall.time(now)),
                _ => with_no_execute(node, UNREACHABLE, NOT_READY, &wall.time(now)),
            }
        });
        tainted.map(|node| NodeAct::Send(Request::Update(node.into()))).collect()
    }
}

/// The node with all that its kubelet reports unknown; `None` if it is so.
fn unknown(node: &Node, now: &Time) -> Option<Node> {
    let mut node = node.clone();
    let before = ready(&node).cloned();
    let created = node.metadata.creation_timestamp.clone();
    let conditions = node.status.get_or_insert_default().conditions.get_or_insert_default();
    for type_ in REPORTED {
        let found = conditions.iter_mut().find(|condition| condition.type_ == type_);
        let (condition, reason, message) = match found {
            Some(condition) if condition.status == "Unknown" => continue,
            Some(condition) => (condition, "NodeStatusUnknown", "Kubelet stopped posting node status."),
            None => {
                let last_heartbeat_time = created.clone();
                conditions.push(NodeCondition { type_: type_.to_owned(), last_heartbeat_time, ..NodeCondition::default() });
                let Some(condition) = conditions.last_mut() else { continue };
                (condition, "NodeStatusNeverUpdated", "Kubelet never posted node status.")
            }
        };
        condition.status = "Unknown".to_owned();
        condition.reason = Some(reason.to_owned());
        condition.message = Some(message.to_owned());
        condition.last_transition_time = Some(now.clone());
    }
    (ready(&node) != before.as_ref()).then_some(node)
}

fn mark_pods_not_ready(node: &str, look: Look<'_>, acts: &mut Vec<NodeAct>) {
    let here = look.store.all::<Pod>().filter(|pod| pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) == Some(node));
    for pod in here {
        let mut unready = Pod::clone(pod);
        let status = unready.status.get_or_insert_default();
        let ready = status.conditions.iter().flatten().find(|condition| condition.type_ == "Ready").cloned();
        let Some(mut ready) = ready else { continue };
        ready.status = "False".to_owned();
        if !update_condition(status, ready, &look.wall.time(look.now)) {
            continue;
        }
        acts.push(NodeAct::Send(Request::UpdateStatus(unready.into())));
        let event = PodEvent::pod(EventType::Warning, "NodeNotReady", "Node is not ready".to_owned());
        acts.push(NodeAct::Tell(Object::Pod(pod.clone()), event));
    }
}

fn tell_of_node(node: &Arc<Node>, reason: &'static str, message: String, acts: &mut Vec<NodeAct>) {
    let message = format!("Node {} event: {message}", node.name());
    acts.push(NodeAct::Tell(Object::Node(node.clone()), PodEvent::pod(EventType::Normal, reason, message)));
}

fn nodes(store: &Store) -> impl Iterator<Item = &Arc<Node>> {
    store.all()
}

fn ready(node: &Node) -> Option<&NodeCondition> {
    node.status.as_ref()?.conditions.as_ref()?.iter().find(|condition| condition.type_ == "Ready")
}

fn created_at(node: &Node, wall: WallClock) -> SimTime {
    node.metadata.creation_timestamp.as_ref().map_or(SimTime::ZERO, |time| wall.sim_time(time))
}

#[cfg(test)]
mod tests {
    use podlapse_model::Kind;

    use super::*;

    const WALL: WallClock = WallClock { start_unix_ns: 0 };

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(seconds)
    }

    fn store(objects: &[serde_json::Value]) -> Store {
        let mut store = Store::default();
        for object in objects {
            let kind = if object["kind"] == "Node" { Kind::Node } else { Kind::Pod };
            store.put(SimTime::ZERO, Object::from_json(kind, object.clone()).unwrap());
        }
        store
    }

    fn node(name: &str) -> serde_json::Value {
        serde_json::json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name},
            "status": {"conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": "1970-01-01T00:00:00Z"}]}})
    }

    fn pod() -> serde_json::Value {
        serde_json::json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "default"},
            "spec": {"nodeName": "a", "containers": []},
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}})
    }

    fn told(acts: &[NodeAct]) -> Vec<String> {
        let told = acts.iter().filter_map(|act| match act {
            NodeAct::Tell(about, event) => Some(format!("{} {}", about.key().name, event.reason)),
            NodeAct::Send(_) => None,
        });
        told.collect()
    }

    #[test]
    fn a_silent_node_becomes_unknown_and_its_pods_unready() {
        let store = store(&[node("a"), node("b"), pod()]);
        let mut controller = NodeLifecycle::new(SimTime::ZERO);
        let renewed = |name: &str| Some(if name == "a" { at(7) } else { at(58) });
        let is_renewing = |name: &str| name == "b";
        let look = |seconds| Look {
            now: controller_look(seconds),
            wall: WALL,
            store: &store,
            renewed: &renewed,
            is_renewing: &is_renewing,
        };
        assert_eq!(told(&controller.monitor(look(0))), ["a RegisteredNode", "b RegisteredNode"]);
        // The look at ten seconds saw the last renewal.
        let expiry = controller.next_expiry(look(15)).unwrap();
        assert_eq!(expiry, controller_look(60));
        let acts = controller.monitor(Look { now: expiry, ..look(0) });
        assert_eq!(told(&acts), ["a NodeNotReady", "web NodeNotReady"]);
        assert!(controller.next_tainting(expiry).is_some_and(|at| at <= expiry + EVICTION_CHECK_PERIOD));
    }

    /// The look that is the nearest to so many seconds.
    fn controller_look(seconds: u64) -> SimTime {
        SimTime::ZERO + MONITOR_PERIOD.times(seconds / 5)
    }

    #[test]
    fn a_node_that_nobody_ever_told_of_has_a_minute() {
        let object = serde_json::json!({"apiVersion": "v1", "kind": "Node",
            "metadata": {"name": "a", "creationTimestamp": "1970-01-01T00:00:00Z"}});
        let store = store(&[object]);
        let mut controller = NodeLifecycle::new(SimTime::ZERO);
        let look = Look { now: at(0), wall: WALL, store: &store, renewed: &|_| None, is_renewing: &|_| false };
        controller.monitor(look);
        let expiry = controller.next_expiry(look).unwrap();
        assert_eq!(expiry, controller_look(60));
        let acts = controller.monitor(Look { now: expiry, ..look });
        let Some(NodeAct::Send(Request::UpdateStatus(Object::Node(node)))) = acts.first() else { panic!("{acts:?}") };
        let first = node.status.as_ref().unwrap().conditions.as_ref().unwrap()[0].clone();
        assert_eq!(first.reason.as_deref(), Some("NodeStatusNeverUpdated"));
    }
}
