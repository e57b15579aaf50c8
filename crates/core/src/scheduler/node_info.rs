//! A node with the sums over its Pods.
//!
//! Models `pkg/scheduler/framework` `NodeInfo` (v1.36). Sums change with each Pod that comes or goes, and are never computed anew.

use std::sync::Arc;

use podlapse_model::api::core::v1::{Node, Taint};
use podlapse_model::{Labels, Metadata, SortedSet, resource_list};

use super::class::ClassId;
use super::pod_info::{HostPort, PodInfo};
use super::resource::Resource;
use super::selectors::NO_LABELS;
use super::topology::Slot;

/// How many Pods of a class a node holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClassCount {
    /// The class.
    pub(crate) class: ClassId,
    /// All its Pods.
    pub(crate) all: i64,
    /// Those that are not being deleted.
    pub(crate) living: i64,
}

/// A node as the plugins see it.
#[derive(Clone, Debug)]
pub struct NodeInfo {
    /// The node.
    pub node: Arc<Node>,
    /// Its name.
    pub name: Arc<str>,
    /// Its place in the cache.
    pub(crate) slot: Slot,
    /// Its Pods, in the order they came.
    pub pods: Vec<Arc<PodInfo>>,
    /// What its Pods ask for.
    pub requested: Resource,
    /// What it can give.
    pub allocatable: Resource,
    /// The sum of the Pods' milli-cpu with defaults.
    pub(crate) nonzero_cpu: i64,
    /// The sum of the Pods' memory with defaults.
    pub(crate) nonzero_memory: i64,
    /// Its Pods by class.
    pub(crate) classes: Vec<ClassCount>,
    /// Host ports in use.
    pub(crate) host_ports: Vec<HostPort>,
}

impl NodeInfo {
    /// A node without Pods.
    pub(crate) fn new(node: Arc<Node>, slot: Slot) -> NodeInfo {
        let mut info = NodeInfo {
            name: node.name().into(),
            slot,
            pods: Vec::new(),
            requested: Resource::default(),
            allocatable: Resource::default(),
            nonzero_cpu: 0,
            nonzero_memory: 0,
            classes: Vec::new(),
            host_ports: Vec::new(),
            node: node.clone(),
        };
        info.set_node(node);
        info
    }

    /// Takes over a newer version of the node.
    pub(crate) fn set_node(&mut self, node: Arc<Node>) {
        let allocatable = node.status.as_ref().and_then(|status| status.allocatable.as_ref());
        self.allocatable = Resource::of(&resource_list(allocatable));
        self.node = node;
    }

    /// The node's labels.
    pub(crate) fn labels(&self) -> &Labels {
        self.node.metadata.labels.as_ref().unwrap_or(NO_LABELS)
    }

    /// The node's taints.
    pub(crate) fn taints(&self) -> &[Taint] {
        self.node.spec.as_ref().and_then(|spec| spec.taints.as_deref()).unwrap_or_default()
    }

    /// Adds a Pod.
    pub(crate) fn add_pod(&mut self, pod: Arc<PodInfo>) {
        self.update_sums(&pod, 1);
        self.host_ports.extend(pod.host_ports.iter().cloned());
        self.pods.push(pod);
    }

    /// Takes a Pod away, by its key; answers whether it was there.
    pub(crate) fn remove_pod(&mut self, pod: &PodInfo) -> bool {
        let Some(index) = self.pods.iter().position(|known| known.key == pod.key) else { return false };
        let removed = self.pods.remove(index);
        self.update_sums(&removed, -1);
        for port in &removed.host_ports {
            if let Some(index) = self.host_ports.iter().position(|used| used == port) {
                self.host_ports.remove(index);
            }
        }
        true
    }

    fn update_sums(&mut self, pod: &PodInfo, sign: i64) {
        self.requested.add(&pod.requests.real, sign);
        self.nonzero_cpu = self.nonzero_cpu.saturating_add(sign.saturating_mul(pod.requests.existing.milli_cpu));
        self.nonzero_memory = self.nonzero_memory.saturating_add(sign.saturating_mul(pod.requests.existing.memory));
        let index = match self.classes.iter().position(|count| count.class == pod.class_id) {
            Some(index) => index,
            None => {
                self.classes.push(ClassCount { class: pod.class_id, all: 0, living: 0 });
                self.classes.len() - 1
            }
        };
        let count = &mut self.classes[index];
        count.all += sign;
        count.living += if pod.is_terminating() { 0 } else { sign };
        if count.all == 0 {
            self.classes.remove(index);
        }
    }

    /// The names of the images that the node reports.
    pub(crate) fn images(&self) -> impl Iterator<Item = (&String, i64)> {
        let images = self.node.status.as_ref().and_then(|status| status.images.as_deref()).unwrap_or_default();
        images.iter().flat_map(|image| image.names.iter().flatten().map(|name| (name, image.size_bytes.unwrap_or_default())))
    }

    /// The names alone, once each.
    pub(crate) fn image_names(&self) -> SortedSet<&String> {
        self.images().map(|(name, _)| name).collect()
    }
}
