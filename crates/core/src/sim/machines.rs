//! Machines that stop and come back.
//!
//! A machine outlives its kubelet: it keeps the containers, the files of static Pods and the state of its network.

use std::sync::Arc;

use podlapse_model::api::core::v1::{Node, Pod};
use podlapse_model::{SimDuration, SimTime, SortedMap};

use super::Step;
use super::event::{Event, Timer};
use super::heartbeats::Heartbeats;
use super::nodes::{Nodes, NodesEvent, NodesTimer};
use super::world::World;
use crate::controllers::node_taints::ready_status;
use crate::kernel::next_tick;
use crate::kubelet::{Checkpoint, Kubelet, KubeletEvent, static_pod};
use crate::runtime::RuntimeEvent;

/// From the start of the service to the kubelet's first words.
const KUBELET_STARTS_IN: SimDuration = SimDuration::from_millis(95);
/// From a kubelet's start to its first look at its files.
const FILES_READ_IN: SimDuration = SimDuration::from_millis(110);
/// `fileCheckFrequency`.
const FILE_CHECK_FREQUENCY: SimDuration = SimDuration::from_secs(20);
/// From the change of a file to the sync loop.
const FILE_LATENCY: SimDuration = SimDuration::from_millis(3);

/// A machine under a node.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    power: Power,
    /// How many kubelets ran on it before.
    kubelets: u32,
    is_network_ready: bool,
    pub(super) heartbeats: Heartbeats,
    /// The node as it was registered first.
    node: Arc<Node>,
    /// The files of the manifest folder, and the Pods that the kubelet has read from them.
    files: SortedMap<Arc<str>, Arc<str>>,
    static_pods: SortedMap<Arc<str>, Arc<Pod>>,
    /// What the last kubelet left on the disk.
    checkpoint: Checkpoint,
}

impl Machine {
    /// Reads all files of the manifest folder, as the kubelet does at its start and from time to time.
    pub(super) fn list_files(&mut self, name: &str) {
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

impl Nodes {
    /// The signs of life of each machine.
    pub(super) fn heartbeats(&self) -> impl Iterator<Item = (Arc<str>, Heartbeats)> {
        self.machines.iter().map(|(name, machine)| (name.clone(), machine.heartbeats))
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

impl World {
    /// Takes a machine in as its node says that it is: one that is not ready has no network, one of which nobody knows is down.
    pub(super) fn add_machine(&mut self, name: &Arc<str>, since: SimTime) {
        let Some(node) = self.store.node(name).cloned() else { return };
        let (power, is_network_ready) = match ready_status(&node) {
            Some("Unknown") => (Power::ServicesDown, true),
            Some("False") => (Power::On, false),
            Some(_) | None => (Power::On, true),
        };
        let mut heartbeats = Heartbeats::new(name, since, &mut self.random);
        if power == Power::On {
            let mut kubelet = Kubelet::new(name, since, 0, &mut self.random);
            kubelet.set_network(is_network_ready);
            kubelet.set_machine(node.clone());
            self.kubelets.insert(name.clone(), Arc::new(kubelet));
        } else {
            heartbeats.until = Some(since);
        }
        let machine = Machine {
            power,
            kubelets: 0,
            is_network_ready,
            heartbeats,
            node,
            files: SortedMap::new(),
            static_pods: SortedMap::new(),
            checkpoint: Checkpoint::default(),
        };
        self.nodes.machines.insert(name.clone(), machine);
    }

    /// The user stops a node or brings it back.
    pub(super) fn switch_node(&mut self, name: &str, up: bool, reboot: bool, step: &Step) {
        let Some(machine) = self.nodes.machines.get_mut(name) else { return };
        let name: Arc<str> = name.into();
        let before = machine.power;
        if !up {
            machine.power = if reboot || before == Power::Off { Power::Off } else { Power::ServicesDown };
            if before == Power::On {
                machine.heartbeats.until = Some(self.now);
            }
            let is_off = machine.power == Power::Off;
            self.logs.set_served(&name, false);
            if let Some(kubelet) = self.kubelets.remove(&name) {
                machine.checkpoint = kubelet.checkpoint();
            }
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

    pub(super) fn start_kubelet(&mut self, node: &Arc<str>, step: &mut Step) {
        let Some(machine) = self.nodes.machines.get_mut(node) else { return };
        if machine.power != Power::On || self.kubelets.contains_key(node) {
            return;
        }
        machine.heartbeats = Heartbeats::new(node, self.now, &mut self.random);
        let mut kubelet = Kubelet::new(node, self.now, machine.kubelets, &mut self.random);
        kubelet.restore(machine.checkpoint.clone());
        let event = KubeletEvent::Started { is_network_ready: machine.is_network_ready, machine: machine.node.clone() };
        self.kubelets.insert(node.clone(), Arc::new(kubelet));
        self.logs.set_served(node, true);
        self.kubelet(node, event, step);
        let timer = Timer::Nodes(NodesTimer::Files(node.clone()));
        self.arm(timer, self.now + FILES_READ_IN, Event::Nodes(NodesEvent::Files(node.clone())), step.cause);
    }

    /// A file appears in a machine's manifest folder, changes or goes.
    pub(super) fn write_file(&mut self, node: &Arc<str>, file: Arc<str>, text: Option<Arc<str>>, step: &mut Step) {
        let Some(machine) = self.nodes.machines.get_mut(node) else { return };
        let is_unreadable = machine.write_file(node, file, text);
        let started_at = machine.heartbeats.since;
        if !is_unreadable {
            self.deliver_files(node, step);
        } else if self.kubelets.contains_key(node) {
            let at = next_tick(self.now, started_at, FILE_CHECK_FREQUENCY);
            let timer = Timer::Nodes(NodesTimer::Files(node.clone()));
            self.arm(timer, at, Event::Nodes(NodesEvent::Files(node.clone())), Some(step.id));
        }
    }

    pub(super) fn deliver_files(&mut self, node: &Arc<str>, step: &Step) {
        if let Some(machine) = self.nodes.machines.get(node) {
            let event = KubeletEvent::StaticPods(machine.static_pods.clone());
            self.push(self.now + FILE_LATENCY, Event::Kubelet(node.clone(), event), step.cause.or(Some(step.id)));
        }
    }

    /// A process of a machine gets a signal, if it runs.
    pub(super) fn signal(&mut self, node: Arc<str>, event: RuntimeEvent, step: &Step) {
        if self.nodes.has_power(&node) {
            self.push(self.now, Event::Runtime(node, event), Some(step.id));
        }
    }
}
