//! The controllers that watch over nodes, and the Pods of nodes, at work.
//!
//! What they decide is in `controllers::node_lifecycle`, `taint_eviction` and `pod_gc`; here they are woken and their plans are
//! carried out. Machines are in [`super::machines`].

use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Kind, Metadata, Object, ObjectKey, SimDuration, SimTime, SortedMap};

use super::event::{Event, Timer};
use super::machines::Machine;
use super::world::World;
use super::{Step, StepId};
use crate::controllers::node_lifecycle::{Look, NodeAct, NodeLifecycle};
use crate::controllers::node_taints::{no_execute_taints, no_schedule_tainting_pass};
use crate::controllers::pod_condition::disrupted;
use crate::controllers::pod_gc::{GC_CHECK_PERIOD, PodGc, interests};
use crate::controllers::taint_eviction::{Outcome, TaintEviction};
use crate::events::{EventType, PodEvent};
use crate::kernel::next_tick;
use crate::kubelet::KubeletEvent;
use crate::store::{Change, Request};
use crate::why::{Fact, Rule, Why};

/// When the controller manager came up, a moment before the first kubelet.
pub(super) const CONTROLLERS_UP_AT: SimTime = SimTime::from_nanos(-5_600_000_000);
/// From a change to what a controller writes because of it.
const LATENCY: SimDuration = SimDuration::from_millis(10);
/// From a change to the informer of a controller that looks at its own pace.
const INFORMER_LATENCY: SimDuration = SimDuration::from_millis(3);
/// From the moment at which a Pod is to go until its condition and its deletion are written, which is later than the controller of a
/// DaemonSet deletes the same Pod.
const EVICTION_LATENCY: SimDuration = SimDuration::from_millis(30);
const NODE_CONTROLLER: &str = "node-controller";
const EVICTION_CONTROLLER: &str = "taint-eviction-controller";

/// All machines, and what the controllers remember of the nodes.
#[derive(Clone, Debug)]
pub(super) struct Nodes {
    pub(super) machines: SortedMap<Arc<str>, Machine>,
    lifecycle: Arc<NodeLifecycle>,
    eviction: Arc<TaintEviction>,
    gc: Arc<PodGc>,
    looks_at: Option<SimTime>,
}

impl Default for Nodes {
    fn default() -> Self {
        Nodes {
            machines: SortedMap::new(),
            lifecycle: Arc::new(NodeLifecycle::new(CONTROLLERS_UP_AT)),
            eviction: Arc::default(),
            gc: Arc::default(),
            looks_at: None,
        }
    }
}

/// What happens around nodes.
#[derive(Clone, Debug)]
pub(super) enum NodesEvent {
    /// The kubelet of a machine begins.
    KubeletStarts(Arc<str>),
    /// A file of a machine's manifest folder is written, or removed.
    File { node: Arc<str>, file: Arc<str>, text: Option<Arc<str>> },
    /// A kubelet reads all files of its manifest folder.
    Files(Arc<str>),
    /// The NoSchedule taints of a node are looked at.
    Taints(Arc<str>),
    /// Signs of life are looked for.
    Monitor,
    /// Nodes in line get their NoExecute taint.
    NoExecute,
    /// The NoExecute taints of a node changed.
    Evictions(Arc<str>),
    /// A Pod came to a tainted node, or left.
    Eviction(ObjectKey),
    /// A Pod's time on its node is over.
    Evict(ObjectKey),
    /// The pod garbage collector's round.
    PodGc,
}

/// The timers of the controllers of nodes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NodesTimer {
    Monitor,
    NoExecute,
    Evict(ObjectKey),
    PodGc,
    Files(Arc<str>),
}

impl World {
    /// Does what happens around nodes.
    pub(super) fn nodes_event(&mut self, event: NodesEvent, step: &mut Step) {
        match event {
            NodesEvent::KubeletStarts(node) => self.start_kubelet(&node, step),
            NodesEvent::File { node, file, text } => self.write_file(&node, file, text, step),
            NodesEvent::Files(node) => {
                if let Some(machine) = self.nodes.machines.get_mut(&node) {
                    machine.list_files(&node);
                }
                self.deliver_files(&node, step);
            }
            NodesEvent::Taints(node) => self.taint_node(&node, step),
            NodesEvent::Monitor => self.monitor_nodes(step),
            NodesEvent::NoExecute => {
                let lifecycle = Arc::make_mut(&mut self.nodes.lifecycle);
                let acts = lifecycle.no_execute_tainting_pass(&self.store, self.now, self.wall);
                self.do_node_acts(acts, step);
                self.arm_tainting(step.cause);
            }
            NodesEvent::Evictions(node) => self.evict_from(&node, step),
            NodesEvent::Eviction(pod) => self.look_at_eviction(&pod, step),
            NodesEvent::Evict(pod) => self.evict(&pod, step),
            NodesEvent::PodGc => self.collect_pods(step),
        }
    }

    /// Tells the controllers of nodes of a change.
    pub(super) fn watch_nodes(&mut self, change: &Change, cause: Option<StepId>) {
        if let Object::Node(node) = change.object() {
            let name: Arc<str> = change.key.name.as_str().into();
            if change.after.is_some() {
                self.push(self.now + LATENCY, Event::Nodes(NodesEvent::Taints(name.clone())), cause);
            }
            self.arm_monitor(self.nodes.lifecycle.look_at(self.now + INFORMER_LATENCY), cause);
            if let Some(machine) = self.nodes.machines.get_mut(&name).filter(|_| reports(change)) {
                machine.heartbeats.reported(self.now);
            }
            let before = change.before.iter().find_map(|object| if let Object::Node(node) = object { Some(node) } else { None });
            let has_kubelet = self.kubelets.contains_key(&name);
            let status = |object: &Option<Object>| object.as_ref().map(|object| object.part(&["status"]));
            let is_change = before.is_some() && change.after.is_some();
            if has_kubelet && is_change && !reports(change) && status(&change.before) != status(&change.after) {
                let event = Event::Kubelet(name.clone(), KubeletEvent::StatusWritten);
                self.push(self.now + INFORMER_LATENCY, event, cause);
            }
            if before.map(|node| no_execute_taints(node)).unwrap_or_default() != no_execute_taints(node) {
                self.push(self.now + LATENCY, Event::Nodes(NodesEvent::Evictions(name)), cause);
            }
            self.arm_gc(cause);
        }
        if let Object::Pod(pod) = change.object() {
            self.watch_pod(change, pod, cause);
        }
    }

    fn watch_pod(&mut self, change: &Change, pod: &Arc<Pod>, cause: Option<StepId>) {
        let before = change.before.iter().find_map(|object| if let Object::Pod(pod) = object { Some(pod) } else { None });
        let of_spec = |pod: &Pod| pod.spec.as_ref().map(|spec| (spec.node_name.clone(), spec.tolerations.clone()));
        let is_other = change.after.is_none() || before.and_then(|pod| of_spec(pod)) != of_spec(pod);
        let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).and_then(|name| self.store.node(name));
        let is_tainted = node.is_some_and(|node| !no_execute_taints(node).is_empty());
        if is_other && (is_tainted || self.nodes.eviction.knows(&change.key)) {
            self.push(self.now + INFORMER_LATENCY, Event::Nodes(NodesEvent::Eviction(change.key.clone())), cause);
        }
        if change.after.is_some() && interests(&self.store, pod) {
            self.arm_gc(cause);
        }
    }

    /// Sees to it that the nodes are looked at, at the latest then.
    fn arm_monitor(&mut self, at: SimTime, cause: Option<StepId>) {
        if self.nodes.looks_at.is_none_or(|planned| at < planned) {
            self.nodes.looks_at = Some(at);
            self.arm(Timer::Nodes(NodesTimer::Monitor), at, Event::Nodes(NodesEvent::Monitor), cause);
        }
    }

    pub(super) fn arm_expiry(&mut self, cause: Option<StepId>) {
        let expiry = self.with_look(|lifecycle, look| lifecycle.next_expiry(look));
        if let Some(at) = expiry {
            self.arm_monitor(at, cause);
        }
    }

    fn arm_tainting(&mut self, cause: Option<StepId>) {
        let timer = Timer::Nodes(NodesTimer::NoExecute);
        match self.nodes.lifecycle.next_tainting(self.now) {
            Some(at) => self.arm(timer, at, Event::Nodes(NodesEvent::NoExecute), cause),
            None => {
                self.queue.cancel(&timer);
            }
        }
    }

    fn arm_gc(&mut self, cause: Option<StepId>) {
        let timer = Timer::Nodes(NodesTimer::PodGc);
        if !self.queue.is_armed(&timer) {
            let at = next_tick(self.now + INFORMER_LATENCY, CONTROLLERS_UP_AT, GC_CHECK_PERIOD);
            self.arm(timer, at, Event::Nodes(NodesEvent::PodGc), cause);
        }
    }

    fn with_look<T>(&mut self, look: impl FnOnce(&mut NodeLifecycle, Look<'_>) -> T) -> T {
        let (machines, now) = (&self.nodes.machines, self.now);
        let renewed = |node: &str| machines.get(node).map(|machine| machine.heartbeats.renewed_at(now));
        let is_renewing = |node: &str| machines.get(node).is_some_and(|machine| machine.heartbeats.until.is_none());
        let view = Look { now, wall: self.wall, store: &self.store, renewed: &renewed, is_renewing: &is_renewing };
        look(Arc::make_mut(&mut self.nodes.lifecycle), view)
    }

    fn monitor_nodes(&mut self, step: &mut Step) {
        self.nodes.looks_at = None;
        let acts = self.with_look(NodeLifecycle::monitor);
        self.do_node_acts(acts, step);
        self.arm_tainting(step.cause);
        self.arm_expiry(step.cause);
    }

    fn do_node_acts(&mut self, acts: Vec<NodeAct>, step: &mut Step) {
        self.explain_acts(NODE_CONTROLLER, !acts.is_empty(), step);
        for act in acts {
            match act {
                // What changed in the meantime is looked at again.
                NodeAct::Send(request) => drop(self.request(request, step)),
                NodeAct::Tell(about, event) => self.record(NODE_CONTROLLER, about, event, step),
            }
        }
    }

    fn taint_node(&mut self, node: &str, step: &mut Step) {
        let tainted = self.store.node(node).and_then(|node| no_schedule_tainting_pass(node, &self.wall.time(self.now)));
        if let Some(node) = tainted {
            self.explain_acts("node-lifecycle-controller", true, step);
            let _ = self.request(Request::Update(node.into()), step);
        }
    }

    fn evict_from(&mut self, node: &str, step: &mut Step) {
        let pods = self.store.list(Kind::Pod).filter(|object| {
            let Object::Pod(pod) = object else { return false };
            pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) == Some(node)
        });
        let pods: Vec<ObjectKey> = pods.map(Object::key).collect();
        // The deletions that are planned on a node that has gone stay planned.
        if self.store.node(node).is_some() {
            for pod in pods {
                self.look_at_eviction(&pod, step);
            }
        }
    }

    fn look_at_eviction(&mut self, key: &ObjectKey, step: &mut Step) {
        let eviction = Arc::make_mut(&mut self.nodes.eviction);
        let spec = self.store.pod(key.namespace.as_str(), key.name.as_str()).map(|pod| pod.spec.as_ref());
        let outcome = match spec {
            None if eviction.cancel(key) => Outcome::Cancelled,
            None | Some(None) => Outcome::Unchanged,
            Some(Some(spec)) => {
                let Some(node) = spec.node_name.as_deref().and_then(|name| self.store.node(name)) else { return };
                let tolerations = spec.tolerations.as_deref().unwrap_or_default();
                eviction.process_pod(key, tolerations, &no_execute_taints(node), self.now)
            }
        };
        let timer = Timer::Nodes(NodesTimer::Evict(key.clone()));
        match outcome {
            Outcome::Unchanged => {}
            Outcome::Cancelled => {
                self.explain_acts(EVICTION_CONTROLLER, true, step);
                self.queue.cancel(&timer);
                self.tell_of_eviction("Cancelling deletion of", key, step);
            }
            Outcome::Planned { at, cancels } => {
                if cancels {
                    self.explain_acts(EVICTION_CONTROLLER, true, step);
                    self.tell_of_eviction("Cancelling deletion of", key, step);
                }
                self.arm(timer, at + EVICTION_LATENCY, Event::Nodes(NodesEvent::Evict(key.clone())), step.cause);
            }
        }
    }

    fn evict(&mut self, key: &ObjectKey, step: &mut Step) {
        if !Arc::make_mut(&mut self.nodes.eviction).begin(key) {
            return;
        }
        self.explain_acts(EVICTION_CONTROLLER, true, step);
        self.tell_of_eviction("Marking for deletion", key, step);
        let Some(pod) = self.store.pod(key.namespace.as_str(), key.name.as_str()).cloned() else { return };
        let message = "Taint manager: deleting due to NoExecute taint";
        let status = disrupted(&pod, "DeletionByTaintManager", message, &self.wall.time(self.now));
        let uid = pod.uid();
        let _ = self.request(Request::PatchPodStatus { key: key.clone(), uid: uid.clone(), status: Box::new(status) }, step);
        let _ = self.request(Request::delete(key.clone(), uid), step);
    }

    /// The controller knows a Pod by its name alone, so its events do not name the Pod's uid.
    fn tell_of_eviction(&mut self, what: &str, key: &ObjectKey, step: &mut Step) {
        let mut pod = Pod::default();
        pod.metadata.name = Some(key.name.to_string());
        pod.metadata.namespace = Some(key.namespace.to_string());
        let message = format!("{what} Pod {}/{}", key.namespace, key.name);
        let event = PodEvent::pod(EventType::Normal, "TaintManagerEviction", message);
        self.record(EVICTION_CONTROLLER, pod.into(), event, step);
    }

    fn collect_pods(&mut self, step: &mut Step) {
        let plan = Arc::make_mut(&mut self.nodes.gc).round(&self.store, self.now, self.wall);
        self.explain_acts("pod-garbage-collector", !plan.requests.is_empty(), step);
        for request in plan.requests {
            // What has gone in the meantime need not be deleted.
            let _ = self.request(request, step);
        }
        if plan.looks_again {
            self.arm_gc(step.cause);
        }
    }

    fn explain_acts(&self, component: &str, acts: bool, step: &mut Step) {
        if acts {
            step.why.push(Why { rule: Rule::Reconciled, facts: vec![Fact::Word(component.into())] });
        }
    }
}

/// Whether a change of a node is a report of its kubelet.
fn reports(change: &Change) -> bool {
    let heartbeat = |object: &Option<Object>| {
        let Some(Object::Node(node)) = object else { return None };
        let conditions = node.status.as_ref()?.conditions.as_ref()?;
        conditions.iter().find(|condition| condition.type_ == "Ready")?.last_heartbeat_time.clone()
    };
    heartbeat(&change.after).is_some_and(|after| heartbeat(&change.before) != Some(after))
}
