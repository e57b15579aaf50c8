//! All nodes with their Pods: what one scheduling cycle looks at.
//!
//! Models `pkg/scheduler/backend/cache` (`cacheImpl`, `nodeTree`, `Snapshot`; v1.36). The real one copies changed nodes into a snapshot
//! before each cycle, because goroutines change the cache meanwhile; here nothing does, so the cache is its own snapshot. Cloning it
//! copies pointers only.

use podlapse_model::{Metadata, SortedMap, SortedSet};
use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::{Node, Pod};

use super::class::{ClassId, ClassTable, PodClass};
use super::node_info::NodeInfo;
use super::pod_info::{PodInfo, PodKey};
use super::topology::{Domains, HOSTNAME, KeyId, Slot, Topology, ZONE};

/// An image and the nodes that hold it.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    /// Bytes, as the first node reported them.
    pub(crate) size: i64,
    /// The nodes that hold it.
    pub(crate) slots: SortedSet<Slot>,
}

/// Where a known Pod is.
#[derive(Clone, Debug)]
struct Placed {
    node: Arc<str>,
    info: Arc<PodInfo>,
}

/// Nodes, their Pods and the indices over them.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    nodes: Vec<Option<Arc<NodeInfo>>>,
    free: Vec<Slot>,
    by_name: SortedMap<Arc<str>, Slot>,
    zones: Vec<(String, Vec<Slot>)>,
    order: Arc<Vec<Slot>>,
    order_names: Arc<Vec<Arc<str>>>,
    is_order_stale: bool,
    pods: BTreeMap<PodKey, Placed>,
    orphans: SortedMap<Arc<str>, Vec<Arc<PodInfo>>>,
    images: SortedMap<String, Image>,
    used_claims: SortedMap<(Arc<str>, String), u32>,
    classes: ClassTable,
    topology: Topology,
}

impl Cache {
    /// The slots of all nodes in the order in which they are tried: one of each zone in turn.
    pub(crate) fn order(&self) -> &Arc<Vec<Slot>> {
        debug_assert!(!self.is_order_stale, "a cycle begins with Cache::refresh");
        &self.order
    }

    /// The names of the same nodes.
    pub(crate) fn order_names(&self) -> &Arc<Vec<Arc<str>>> {
        debug_assert!(!self.is_order_stale, "a cycle begins with Cache::refresh");
        &self.order_names
    }

    /// Brings the order of nodes up to date; to be called before a cycle.
    pub(crate) fn refresh(&mut self) {
        if !self.is_order_stale {
            return;
        }
        let longest = self.zones.iter().map(|(_, slots)| slots.len()).max().unwrap_or_default();
        let turns = (0..longest).flat_map(|turn| self.zones.iter().filter_map(move |(_, slots)| slots.get(turn).copied()));
        self.order = Arc::new(turns.collect());
        self.order_names = Arc::new(self.order.iter().map(|slot| self.node_at(*slot).name.clone()).collect());
        self.is_order_stale = false;
    }

    /// The node in a slot that [`Cache::order`] names.
    pub(crate) fn node_at(&self, slot: Slot) -> &Arc<NodeInfo> {
        self.nodes[slot.index()].as_ref().expect("the order names only slots in use")
    }

    /// A node by its name.
    pub fn node(&self, name: &str) -> Option<&Arc<NodeInfo>> {
        self.by_name.get(name).and_then(|slot| self.nodes[slot.index()].as_ref())
    }

    /// All nodes, by slot.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Arc<NodeInfo>> {
        self.nodes.iter().flatten()
    }

    /// How many slots there are, used or free.
    pub(crate) fn slot_count(&self) -> usize {
        self.nodes.len()
    }

    /// How many nodes there are.
    pub fn node_count(&self) -> usize {
        self.by_name.len()
    }

    /// A Pod that is on a node (or assumed to be).
    pub fn placed(&self, key: &PodKey) -> Option<&Arc<PodInfo>> {
        self.pods.get(key).map(|placed| &placed.info)
    }

    /// The node that a Pod is on (or assumed to be).
    pub(crate) fn node_of(&self, key: &PodKey) -> Option<&Arc<str>> {
        self.pods.get(key).map(|placed| &placed.node)
    }

    /// An image by its normalised name.
    pub(crate) fn image(&self, name: &str) -> Option<&Image> {
        self.images.get(name)
    }

    /// Whether a Pod on some node uses this claim.
    pub(crate) fn is_claim_used(&self, namespace: &Arc<str>, name: &str) -> bool {
        self.used_claims.contains_key(&(namespace.clone(), name.to_owned()))
    }

    /// The table of classes.
    pub(crate) fn classes(&self) -> &ClassTable {
        &self.classes
    }

    /// A class by its number.
    pub(crate) fn class(&self, id: ClassId) -> &PodClass {
        self.classes.class(id)
    }

    /// The domains of a topology key that some Pod named.
    pub(crate) fn domains(&self, key: KeyId) -> &Domains {
        self.topology.domains(key)
    }

    /// The number of a topology key that some Pod named.
    pub(crate) fn key_id(&self, key: &str) -> Option<KeyId> {
        self.topology.id(key)
    }

    /// Reads a Pod, numbering its class and its topology keys.
    pub fn pod_info(&mut self, pod: &Arc<Pod>) -> Arc<PodInfo> {
        let Cache { nodes, topology, classes, .. } = self;
        let mut intern = |key: &str| topology.intern(key, nodes.iter().flatten().map(|info| (info.slot, info.node.as_ref())));
        intern(HOSTNAME);
        intern(ZONE);
        for constraint in pod.spec.iter().flat_map(|spec| spec.topology_spread_constraints.iter().flatten()) {
            intern(&constraint.topology_key);
        }
        let (class_id, class) = classes.intern(pod, intern);
        Arc::new(PodInfo::new(pod.clone(), class_id, class))
    }

    /// Adds a node, or takes over its newer version.
    pub fn set_node(&mut self, node: &Arc<Node>) {
        let name = node.name();
        match self.by_name.get(name).copied() {
            Some(slot) => self.update_node(slot, node),
            None => self.add_node(name, node),
        }
    }

    fn add_node(&mut self, name: &str, node: &Arc<Node>) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.nodes.push(None);
            Slot(self.nodes.len() as u32 - 1)
        });
        let mut info = NodeInfo::new(node.clone(), slot);
        for pod in self.orphans.remove(name).unwrap_or_default() {
            info.add_pod(pod);
        }
        self.by_name.insert(info.name.clone(), slot);
        self.topology.set_node(slot, Some(node));
        self.add_images(&info);
        self.enter_zone(slot, &zone_key(node));
        self.nodes[slot.index()] = Some(Arc::new(info));
    }

    fn update_node(&mut self, slot: Slot, node: &Arc<Node>) {
        let info = self.node_at(slot).clone();
        if info.node.metadata.labels != node.metadata.labels {
            self.topology.set_node(slot, Some(node));
            let (old, new) = (zone_key(&info.node), zone_key(node));
            if old != new {
                self.leave_zone(slot, &old);
                self.enter_zone(slot, &new);
            }
        }
        let have_images_changed = info.node.status.as_ref().map(|s| &s.images) != node.status.as_ref().map(|s| &s.images);
        if have_images_changed {
            self.remove_images(&info);
        }
        drop(info);
        let info = self.nodes[slot.index()].as_mut().expect("the slot of a known name is in use");
        Arc::make_mut(info).set_node(node.clone());
        if have_images_changed {
            let info = info.clone();
            self.add_images(&info);
        }
    }

    /// Removes a node; its Pods are kept aside until it comes back or they go.
    pub fn remove_node(&mut self, name: &str) {
        let Some(slot) = self.by_name.remove(name) else { return };
        let Some(info) = self.nodes[slot.index()].take() else { return };
        self.remove_images(&info);
        self.leave_zone(slot, &zone_key(&info.node));
        self.topology.set_node(slot, None);
        self.free.push(slot);
        if !info.pods.is_empty() {
            self.orphans.insert(info.name.clone(), info.pods.clone());
        }
    }

    /// Puts a Pod on a node, or takes over its newer version there.
    pub fn add_pod(&mut self, info: Arc<PodInfo>, node: &str) {
        self.remove_pod(&info.key);
        let node: Arc<str> = node.into();
        for claim in &info.claims {
            *self.used_claims.entry((info.key.namespace.clone(), claim.name.clone())).or_default() += 1;
        }
        match self.by_name.get(&node).and_then(|slot| self.nodes[slot.index()].as_mut()) {
            Some(on) => Arc::make_mut(on).add_pod(info.clone()),
            None => self.orphans.entry(node.clone()).or_default().push(info.clone()),
        }
        self.pods.insert(info.key.clone(), Placed { node, info });
    }

    /// Takes a Pod from its node; answers what was there.
    pub fn remove_pod(&mut self, key: &PodKey) -> Option<Arc<PodInfo>> {
        let Placed { node, info } = self.pods.remove(key)?;
        for claim in &info.claims {
            let used = (key.namespace.clone(), claim.name.clone());
            if let Some(count) = self.used_claims.get_mut(&used) {
                *count -= 1;
                if *count == 0 {
                    self.used_claims.remove(&used);
                }
            }
        }
        match self.by_name.get(&node).and_then(|slot| self.nodes[slot.index()].as_mut()) {
            Some(on) => {
                Arc::make_mut(on).remove_pod(&info);
            }
            None => {
                let orphans = self.orphans.entry(node.clone()).or_default();
                orphans.retain(|orphan| orphan.key != *key);
                if orphans.is_empty() {
                    self.orphans.remove(&node);
                }
            }
        }
        Some(info)
    }

    fn add_images(&mut self, info: &NodeInfo) {
        for (name, size) in info.images() {
            let image = self.images.entry(name.clone()).or_insert_with(|| Image { size, slots: SortedSet::new() });
            image.slots.insert(info.slot);
        }
    }

    fn remove_images(&mut self, info: &NodeInfo) {
        for name in info.image_names() {
            if let Some(image) = self.images.get_mut(name) {
                image.slots.remove(&info.slot);
                if image.slots.is_empty() {
                    self.images.remove(name);
                }
            }
        }
    }

    fn enter_zone(&mut self, slot: Slot, zone: &str) {
        self.is_order_stale = true;
        match self.zones.iter_mut().find(|(name, _)| name == zone) {
            Some((_, slots)) => slots.push(slot),
            None => self.zones.push((zone.to_owned(), vec![slot])),
        }
    }

    fn leave_zone(&mut self, slot: Slot, zone: &str) {
        self.is_order_stale = true;
        for (name, slots) in &mut self.zones {
            if name == zone {
                slots.retain(|known| *known != slot);
            }
        }
        self.zones.retain(|(_, slots)| !slots.is_empty());
    }
}

/// Region and zone of a node; empty if it has neither.
fn zone_key(node: &Node) -> String {
    let label = |keys: [&str; 2]| keys.into_iter().find_map(|key| node.label(key));
    let zone = label([ZONE, "failure-domain.beta.kubernetes.io/zone"]);
    let region = label(["topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"]);
    match (region, zone) {
        (None, None) => String::new(),
        (region, zone) => format!("{}:\0:{}", region.unwrap_or_default(), zone.unwrap_or_default()),
    }
}
