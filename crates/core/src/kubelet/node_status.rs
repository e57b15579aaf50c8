//! What the kubelet tells of its node.
//!
//! Models `pkg/kubelet/kubelet_node_status.go` `tryUpdateNodeStatus` and `tryRegisterWithAPIServer`, and
//! `pkg/kubelet/nodestatus/setters.go` (v1.36): every ten seconds and up to four percent more the status is made, and written when it
//! says something new. A round that would find nothing new is not simulated; leases and bare heartbeats are the machine's part in
//! `sim`. Not modelled: pressure on process ids, volumes in use.

use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::{Node, NodeCondition, NodeStatus};
use podlapse_model::apimachinery::pkg::api::resource::Quantity;
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::{Metadata, Object, SimDuration, SimTime, to_json};

use super::eviction::Starved;
use super::machine::{Kubelet, KubeletContext, KubeletOutput, KubeletTimer, Waiter};
use super::shutdown::SHUTTING_DOWN;
use crate::cri::{Call, RuntimePods, container_images};
use crate::declared_features::declared_features;
use crate::events::{EventType, PodEvent};
use crate::kernel::next_tick;
use crate::store::Request;
use crate::why::{Fact, Rule};

/// How often the runtime's state is read (`updateRuntimeUp`), and the few milliseconds that it takes.
const RUNTIME_STATE_PERIOD: SimDuration = SimDuration::from_millis(5_005);
/// `nodeStatusUpdateFrequency`, and how much later a round may begin.
pub(super) const UPDATE_FREQUENCY: SimDuration = SimDuration::from_secs(10);
pub(super) const UPDATE_JITTER_PERCENT: u64 = 4;
/// How often the runtime's images are listed (`imageCache`).
const IMAGE_LIST_PERIOD: SimDuration = SimDuration::from_secs(30);
const NETWORK_NOT_READY: &str = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady \
                                 message:Network plugin returns error: cni plugin not initialized";

/// The labels that a kubelet sets itself.
const DEFAULT_LABELS: [&str; 3] = ["kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch"];

/// Amounts by resource.
type Amounts = BTreeMap<String, Quantity>;

/// A condition that is false while all is well: its type, and the reason, message and event of that.
struct Pressure {
    type_: &'static str,
    reason: &'static str,
    message: &'static str,
    event: &'static str,
}

const PRESSURES: [Pressure; 3] = [
    Pressure {
        type_: "MemoryPressure",
        reason: "KubeletHasSufficientMemory",
        message: "kubelet has sufficient memory available",
        event: "NodeHasSufficientMemory",
    },
    Pressure {
        type_: "DiskPressure",
        reason: "KubeletHasNoDiskPressure",
        message: "kubelet has no disk pressure",
        event: "NodeHasNoDiskPressure",
    },
    Pressure {
        type_: "PIDPressure",
        reason: "KubeletHasSufficientPID",
        message: "kubelet has sufficient PID available",
        event: "NodeHasSufficientPID",
    },
];

impl Kubelet {
    /// An image was pulled; the next round over the runtime's images finds it.
    pub(super) fn arm_image_list(&self, cx: &KubeletContext<'_>, out: &mut KubeletOutput) {
        let after = cx.now + SimDuration::from_nanos(1);
        out.arm(KubeletTimer::Images, next_tick(after, self.started_at, IMAGE_LIST_PERIOD));
    }

    /// Asks for the runtime's images.
    pub(super) fn list_images(&mut self, out: &mut KubeletOutput) {
        self.call(Waiter::Images, Call::ListPods, out);
    }

    /// The images are known: the next round reports them.
    pub(super) fn images_listed(&mut self, cx: &KubeletContext<'_>, pods: &RuntimePods, out: &mut KubeletOutput) {
        self.images = Some(container_images(pods.images.values()));
        self.arm_report(cx.now, out);
    }

    /// The network plugin changed; the next look at the runtime's state finds it.
    pub(super) fn network_changed(&mut self, cx: &KubeletContext<'_>, is_ready: bool, out: &mut KubeletOutput) {
        self.network = is_ready;
        out.arm(KubeletTimer::RuntimeState, next_tick(cx.now, self.started_at, RUNTIME_STATE_PERIOD));
    }

    /// Reads the runtime's state.
    pub(super) fn read_runtime_state(&mut self, cx: &KubeletContext<'_>, out: &mut KubeletOutput) {
        if self.is_network_ready != self.network {
            self.is_network_ready = self.network;
            self.arm_report(cx.now, out);
        }
    }

    /// Sees to it that the next round reports, at or after a moment.
    pub(super) fn arm_report(&self, at: SimTime, out: &mut KubeletOutput) {
        out.arm(KubeletTimer::NodeStatus, next_tick(at, self.started_at, self.node_status_period));
    }

    /// A node that the API does not know to be ready is reported at once.
    pub(super) fn report_unready_node(&mut self, cx: &mut KubeletContext<'_>, out: &mut KubeletOutput) {
        let is_unready =
            self.shutdown.is_none() && cx.store.node(&self.node).is_some_and(|node| ready_status(node) != Some("True"));
        if is_unready && self.is_network_ready {
            self.report_node(cx, false, out);
        }
    }

    /// Registers the node, anew if it was deleted, and makes the first full report.
    pub(super) fn register_node(&mut self, cx: &mut KubeletContext<'_>, out: &mut KubeletOutput) {
        for pressure in &PRESSURES {
            self.tell_of_status(cx, pressure.event, out);
        }
        if let Some(node) = cx.store.node(&self.node).cloned() {
            self.restore_labels(node, out);
            self.report_node(cx, true, out);
            return;
        }
        let mut node = Node::clone(&self.machine);
        let labels = node.metadata.labels.take();
        node.metadata = ObjectMeta { name: Some(self.node.to_string()), labels, ..ObjectMeta::default() };
        node.spec = None;
        node.status.get_or_insert_default().conditions = None;
        self.set_status_of(cx, &mut node, out);
        out.because(Rule::NodeStatusReported, [Fact::Node(self.node.clone())]);
        out.requests.push(Request::Create(node.into()));
    }

    /// A node that was registered before gets those labels back that tell of its machine (`updateDefaultLabels`).
    fn restore_labels(&self, mut node: Arc<Node>, out: &mut KubeletOutput) {
        let own = DEFAULT_LABELS.iter().filter_map(|key| Some((*key, self.machine.label(key)?)));
        let lost: Vec<(&str, &str)> = own.filter(|(key, value)| node.label(key) != Some(value)).collect();
        if lost.is_empty() {
            return;
        }
        let labels = Arc::make_mut(&mut node).metadata.labels.get_or_insert_default();
        labels.extend(lost.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())));
        out.requests.push(Request::Update(Object::Node(node)));
    }

    /// Reports how the node is, if that changed; the first report of a process is written in any case.
    pub(super) fn report_node(&mut self, cx: &mut KubeletContext<'_>, is_first: bool, out: &mut KubeletOutput) {
        let Some(registered) = cx.store.node(&self.node).cloned() else { return };
        let mut node = Node::clone(&registered);
        self.set_status_of(cx, &mut node, out);
        if !is_first && !is_other_status(&registered, &node) {
            return;
        }
        let is_ready = self.is_network_ready && self.shutdown.is_none();
        let reason = if is_ready { "KubeletReady" } else { "KubeletNotReady" };
        out.because(Rule::NodeStatusReported, [Fact::Node(self.node.clone()), Fact::Word(reason.into())]);
        out.requests.push(Request::UpdateStatus(node.into()));
    }

    /// Fills in the status, and tells of conditions that change (`setNodeStatus`).
    fn set_status_of(&mut self, cx: &mut KubeletContext<'_>, node: &mut Node, out: &mut KubeletOutput) {
        let boot_id = self.machine.status.as_ref().and_then(|status| status.node_info.as_ref()).map(|info| info.boot_id.clone());
        let status = node.status.get_or_insert_default();
        follow_capacity(status, self.machine.status.as_ref());
        status.declared_features = Some(declared_features());
        if let Some(images) = &self.images {
            status.images = Some(images.clone());
        }
        if let (Some(info), Some(boot_id)) = (status.node_info.as_mut(), boot_id)
            && info.boot_id != boot_id
        {
            let message = format!("Node {} has been rebooted, boot id: {boot_id}", self.node);
            info.boot_id = boot_id;
            self.tell_of_node(cx, PodEvent::pod(EventType::Warning, "Rebooted", message), out);
        }
        let conditions = status.conditions.get_or_insert_default();
        let was_told = conditions.iter().any(|condition| condition.type_ == "Ready");
        let mut changed = Vec::new();
        for Pressure { type_, reason, message, event } in PRESSURES {
            let (status, reason, message, event) = match type_ {
                "MemoryPressure" if self.eviction.is_under_pressure(Starved::Memory) => {
                    let message = "kubelet has insufficient memory available";
                    ("True", "KubeletHasInsufficientMemory", message, "NodeHasInsufficientMemory")
                }
                "DiskPressure" if self.eviction.is_under_pressure(Starved::Disk) => {
                    ("True", "KubeletHasDiskPressure", "kubelet has disk pressure", "NodeHasDiskPressure")
                }
                _ => ("False", reason, message, event),
            };
            if set_condition(cx, conditions, type_, status, reason, message) && was_told {
                changed.push(event);
            }
        }
        let (status, reason, message, event) = match (&self.shutdown, self.is_network_ready) {
            (Some(_), _) => ("False", "KubeletNotReady", SHUTTING_DOWN, "NodeNotReady"),
            (None, true) => ("True", "KubeletReady", "kubelet is posting ready status", "NodeReady"),
            (None, false) => ("False", "KubeletNotReady", NETWORK_NOT_READY, "NodeNotReady"),
        };
        if set_condition(cx, conditions, "Ready", status, reason, message) && was_told {
            changed.push(event);
        }
        for event in changed {
            self.tell_of_status(cx, event, out);
        }
    }

    fn tell_of_status(&mut self, cx: &KubeletContext<'_>, reason: &'static str, out: &mut KubeletOutput) {
        let message = format!("Node {} status is now: {reason}", self.node);
        self.tell_of_node(cx, PodEvent::pod(EventType::Normal, reason, message), out);
    }

    /// Records an event about the node. The kubelet takes the node's name for its uid.
    pub(super) fn tell_of_node(&mut self, cx: &KubeletContext<'_>, event: PodEvent, out: &mut KubeletOutput) {
        let name = Some(self.node.to_string());
        let metadata = ObjectMeta { name: name.clone(), uid: name, ..ObjectMeta::default() };
        self.recorder.record_about(cx, Object::from(Node { metadata, ..Node::default() }), event, out);
    }
}

/// What the machine has, and what of it is for Pods (`MachineInfo`): all of a resource that somebody advertised on the node; what it had
/// when its machine was registered is its device plugins' affair.
fn follow_capacity(status: &mut NodeStatus, machine: Option<&NodeStatus>) {
    let known = machine.and_then(|machine| machine.capacity.as_ref());
    let own = |amounts: Option<&Amounts>| -> Amounts {
        let amounts = amounts.into_iter().flatten().filter(|(name, _)| !name.contains('/'));
        amounts.map(|(name, amount)| (name.clone(), amount.clone())).collect()
    };
    status.capacity.get_or_insert_default().extend(own(known));
    let capacity = status.capacity.clone().unwrap_or_default();
    let allocatable = status.allocatable.get_or_insert_default();
    allocatable.extend(own(machine.and_then(|machine| machine.allocatable.as_ref())));
    allocatable.retain(|name, _| !name.contains('/') || capacity.contains_key(name));
    for (name, amount) in capacity {
        if name.contains('/') && known.and_then(|known| known.get(&name)) != Some(&amount) {
            allocatable.insert(name, amount);
        }
    }
}

/// Sets a condition; whether its status is another one now.
fn set_condition(
    cx: &KubeletContext<'_>,
    conditions: &mut Vec<NodeCondition>,
    type_: &str,
    status: &str,
    reason: &str,
    message: &str,
) -> bool {
    let now = cx.wall.time(cx.now);
    let index = conditions.iter().position(|condition| condition.type_ == type_).unwrap_or_else(|| {
        conditions.push(NodeCondition { type_: type_.to_owned(), ..NodeCondition::default() });
        conditions.len() - 1
    });
    let condition = &mut conditions[index];
    let is_other = condition.status != status;
    if is_other {
        condition.last_transition_time = Some(now.clone());
    }
    condition.status = status.to_owned();
    condition.reason = Some(reason.to_owned());
    condition.message = Some(message.to_owned());
    condition.last_heartbeat_time = Some(now);
    is_other
}

/// Whether more than heartbeats differ (`nodeStatusHasChanged`). Compared as JSON, as all objects are.
fn is_other_status(before: &Node, after: &Node) -> bool {
    let without_heartbeats = |node: &Node| {
        let mut status = node.status.clone().unwrap_or_default();
        for condition in status.conditions.iter_mut().flatten() {
            condition.last_heartbeat_time = None;
        }
        to_json(&status)
    };
    without_heartbeats(before) != without_heartbeats(after)
}

fn ready_status(node: &Node) -> Option<&str> {
    let conditions = node.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|condition| condition.type_ == "Ready").map(|condition| condition.status.as_str())
}

/// A machine of which nothing but its name is known.
pub(super) fn machine_of(node: &str) -> Arc<Node> {
    let metadata = ObjectMeta { name: Some(node.to_owned()), ..ObjectMeta::default() };
    Arc::new(Node { metadata, ..Node::default() })
}
