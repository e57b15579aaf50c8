//! Machines that stop and come back, and the controllers that watch over nodes.
//!
//! A machine outlives its kubelet: it keeps the containers, the files of static Pods and the state of its network. The controllers
//! are `controllers::node_lifecycle`, `taint_eviction` and `pod_gc`; here they are woken and their plans are carried out.

use std::sync::Arc;

use podlapse_model::api::core::v1::{Node, Pod};
use podlapse_model::{Kind, Object, ObjectKey, SimDuration, SimTime, SortedMap, Uid};

use super::event::{Event, Timer};
use super::world::World;
use super::{Step, StepId};
use crate::controllers::node_lifecycle::{Look, NodeAct, NodeLifecycle};
use crate::controllers::node_taints::{no_execute_taints, no_schedule_tainting_pass};
use crate::controllers::pod_condition::disrupted;
use crate::controllers::pod_gc::{GC_CHECK_PERIOD, PodGc, interests};
use crate::controllers::taint_eviction::{Outcome, TaintEviction};
use crate::events::{EventType, PodEvent};
use crate::kernel::{Purpose, Random, next_tick};
use crate::kubelet::{Kubelet, KubeletEvent, static_pod};
use crate::runtime::RuntimeEvent;
use crate::store::{Change, Request};
use crate::why::{Fact, Rule, Why};

/// When the controller manager came up, a moment before the first kubelet.
pub(super) const CONTROLLERS_UP_AT: SimTime = SimTime::from_nanos(-5_600_000_000);
/// From a change to what a controller writes because of it.
const LATENCY: SimDuration = SimDuration::from_millis(10);
/// From a change to the informer of a controller that looks at its own pace.
const INFORMER_LATENCY: SimDuration = SimDuration::from_millis(3);
/// From the start of the service to the kubelet's first words.
const KUBELET_STARTS_IN: SimDuration = SimDuration::from_millis(95);
/// How often a lease is renewed: a quarter of its duration, and up to four percent more.
const RENEW_INTERVAL: SimDuration = SimDuration::from_secs(10);
const RENEW_JITTER_PERCENT: u64 = 4;
/// From a kubelet's start to its first look at its files.
const FILES_READ_IN: SimDuration = SimDuration::from_millis(110);
/// `fileCheckFrequency`.
const FILE_CHECK_FREQUENCY: SimDuration = SimDuration::from_secs(20);
/// From the change of a file to the sync loop.
const FILE_LATENCY: SimDuration = SimDuration::from_millis(3);
const NODE_CONTROLLER: &str = "node-controller";
const EVICTION_CONTROLLER: &str = "taint-eviction-controller";

/// A machine under a node.
#[derive(Clone, Debug)]
struct Machine {
    power: Power,
    /// How many kubelets ran on it before.
    kubelets: u32,
    is_network_ready: bool,
    lease: Lease,
    /// The node as it was registered first.
    node: Arc<Node>,
    /// The files of the manifest folder, and the Pods that the kubelet has read from them.
    files: SortedMap<Arc<str>, Arc<str>>,
    static_pods: SortedMap<Arc<str>, Arc<Pod>>,
}

impl Machine {
    /// Reads all files of the manifest folder, as the kubelet does at its start and from time to time.
    fn list_files(&mut self, name: &str) {
        let read = self.files.iter().filter_map(|(file, text)| Some((file.clone(), Arc::new(static_pod(name, file, text)?))));
        self.static_pods = read.collect();
    }

    /// A file was written or removed. What cannot be read changes nothing until all files are read the next time: `true`.
    fn write_file(&mut self, name: &str, file: Arc<str>, text: Option<Arc<str>>) -> bool {
        let Some(text) = text else {
            self.files.remove(&file);
            self.static_pods.remove(&file);
            return false;
        };
        self.files.insert(file.clone(), text.clone());
        let Some(pod) = static_pod(name, &file, &text) else { return true };
        self.static_pods.insert(file, Arc::new(pod));
        false
    }
}

/// What of a machine works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Power {
    On,
    /// The kubelet and the runtime's service have stopped; containers run on.
    ServicesDown,
    /// Nothing runs.
    Off,
}

/// When a node's lease is renewed.
#[derive(Clone, Copy, Debug)]
struct Lease {
    since: SimTime,
    interval: SimDuration,
    until: Option<SimTime>,
}

impl Lease {
    fn new(node: &str, since: SimTime, random: &mut Random) -> Self {
        let of = format!("lease/{node}");
        let interval = random.jitter(Purpose::PeriodPhase, &of, RENEW_INTERVAL, RENEW_JITTER_PERCENT).value;
        Lease { since, interval, until: None }
    }

    fn renewed_at(&self, now: SimTime) -> SimTime {
        let until = self.until.map_or(now, |until| until.min(now));
        self.since + self.interval.times(until.since(self.since).as_nanos() / self.interval.as_nanos().max(1))
    }
}

/// All machines, and what the controllers remember of the nodes.
#[derive(Clone, Debug)]
pub(super) struct Nodes {
    machines: SortedMap<Arc<str>, Machine>,
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

impl Nodes {
    /// Takes a machine in that runs.
    pub(super) fn add(&mut self, name: &Arc<str>, node: Arc<Node>, since: SimTime, random: &mut Random) {
        let lease = Lease::new(name, since, random);
        let machine = Machine {
            power: Power::On,
            kubelets: 0,
            is_network_ready: true,
            lease,
            node,
            files: SortedMap::new(),
            static_pods: SortedMap::new(),
        };
        self.machines.insert(name.clone(), machine);
    }

    /// Whether the runtime of a node answers.
    pub(super) fn has_runtime(&self, node: &str) -> bool {
        self.machines.get(node).is_none_or(|machine| machine.power == Power::On)
    }

    /// Whether the containers of a node run.
    pub(super) fn has_power(&self, node: &str) -> bool {
        self.machines.get(node).is_none_or(|machine| machine.power != Power::Off)
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
    /// The user stops a node or brings it back.
    pub(super) fn switch_node(&mut self, name: &str, up: bool, reboot: bool, step: &Step) {
        let Some(machine) = self.nodes.machines.get_mut(name) else { return };
        let name: Arc<str> = name.into();
        let before = machine.power;
        if !up {
            machine.power = if reboot || before == Power::Off { Power::Off } else { Power::ServicesDown };
            if before == Power::On {
                machine.lease.until = Some(self.now);
            }
            let is_off = machine.power == Power::Off;
            self.kubelets.remove(&name);
            self.queue.cancel_all(|timer| matches!(timer, Timer::Kubelet(node, _) if *node == name));
            if let Some(runtime) = self.runtimes.get_mut(&name) {
                Arc::make_mut(runtime).stop_service(is_off);
            }
            self.arm_expiry(Some(step.id));
            return;
        }
        if before == Power::On {
            return;
        }
        machine.power = Power::On;
        machine.kubelets += 1;
        if before == Power::Off
            && let Some(runtime) = self.runtimes.get_mut(&name)
        {
            Arc::make_mut(runtime).boot(self.now);
            let boot_id = self.random.uid(&format!("boot/{name}"));
            let node = Arc::make_mut(&mut machine.node);
            node.status.get_or_insert_default().node_info.get_or_insert_default().boot_id = boot_id;
        }
        self.push(self.now + KUBELET_STARTS_IN, Event::Nodes(NodesEvent::KubeletStarts(name)), Some(step.id));
    }

    /// The network of a node becomes ready, or no longer is.
    pub(super) fn switch_network(&mut self, node: &str, is_ready: bool, step: &Step) {
        let Some(machine) = self.nodes.machines.get_mut(node) else { return };
        machine.is_network_ready = is_ready;
        self.push(self.now, Event::Kubelet(node.into(), KubeletEvent::Network { is_ready }), Some(step.id));
    }

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

    fn start_kubelet(&mut self, node: &Arc<str>, step: &mut Step) {
        let Some(machine) = self.nodes.machines.get_mut(node) else { return };
        if machine.power != Power::On || self.kubelets.contains_key(node) {
            return;
        }
        machine.lease = Lease::new(node, self.now, &mut self.random);
        let kubelet = Kubelet::new(node, self.now, machine.kubelets, &mut self.random);
        let event = KubeletEvent::Started { is_network_ready: machine.is_network_ready, machine: machine.node.clone() };
        self.kubelets.insert(node.clone(), Arc::new(kubelet));
        self.kubelet(node, event, step);
        let timer = Timer::Nodes(NodesTimer::Files(node.clone()));
        self.arm(timer, self.now + FILES_READ_IN, Event::Nodes(NodesEvent::Files(node.clone())), step.cause);
    }

    /// A file appears in a machine's manifest folder, changes or goes.
    pub(super) fn write_file(&mut self, node: &Arc<str>, file: Arc<str>, text: Option<Arc<str>>, step: &mut Step) {
        let Some(machine) = self.nodes.machines.get_mut(node) else { return };
        let is_unreadable = machine.write_file(node, file, text);
        let started_at = machine.lease.since;
        if !is_unreadable {
            self.deliver_files(node, step);
        } else if self.kubelets.contains_key(node) {
            let at = next_tick(self.now, started_at, FILE_CHECK_FREQUENCY);
            let timer = Timer::Nodes(NodesTimer::Files(node.clone()));
            self.arm(timer, at, Event::Nodes(NodesEvent::Files(node.clone())), Some(step.id));
        }
    }

    fn deliver_files(&mut self, node: &Arc<str>, step: &Step) {
        if let Some(machine) = self.nodes.machines.get(node) {
            let event = KubeletEvent::StaticPods(machine.static_pods.clone());
            self.push(self.now + FILE_LATENCY, Event::Kubelet(node.clone(), event), step.cause.or(Some(step.id)));
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
            let before = change.before.iter().find_map(|object| if let Object::Node(node) = object { Some(node) } else { None });
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

    fn arm_expiry(&mut self, cause: Option<StepId>) {
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
        let renewed = |node: &str| machines.get(node).map(|machine| machine.lease.renewed_at(now));
        let is_renewing = |node: &str| machines.get(node).is_some_and(|machine| machine.lease.until.is_none());
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
                self.queue.cancel(&timer);
                self.tell_of_eviction("Cancelling deletion of", key, step);
            }
            Outcome::Planned { at, cancels } => {
                if cancels {
                    self.tell_of_eviction("Cancelling deletion of", key, step);
                }
                self.arm(timer, at, Event::Nodes(NodesEvent::Evict(key.clone())), step.cause);
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
        let uid: Uid = pod.metadata.uid.as_deref().unwrap_or_default().into();
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

    /// A process of a machine gets a signal, if it runs.
    pub(super) fn signal(&mut self, node: Arc<str>, event: RuntimeEvent, step: &Step) {
        if self.nodes.has_power(&node) {
            self.push(self.now, Event::Runtime(node, event), Some(step.id));
        }
    }
}
