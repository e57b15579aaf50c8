//! Which domain of each topology key a node is in, as numbers.
//!
//! A domain is one value of a label, as a zone or a host. Plugins count Pods for each domain, and an array indexed by these numbers
//! replaces the maps by (key, value) of the real scheduler. Nodes are known by their slot in the cache.

use podlapse_model::{Metadata, SortedMap};
use std::sync::Arc;

use podlapse_model::api::core::v1::Node;

/// The key of hosts.
pub(crate) const HOSTNAME: &str = "kubernetes.io/hostname";
/// The key of zones.
pub(crate) const ZONE: &str = "topology.kubernetes.io/zone";

/// A topology key, by its place in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyId(pub(crate) u32);

/// The place of a node in the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot(pub(crate) u32);

impl Slot {
    /// As the index of an array.
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The domain number of a node without the label.
pub(crate) const NO_DOMAIN: u32 = u32::MAX;

/// The domains of one key.
#[derive(Clone, Debug)]
pub(crate) struct Domains {
    /// The label's key.
    pub(crate) key: Arc<str>,
    values: SortedMap<String, u32>,
    of_slot: Vec<u32>,
}

impl Domains {
    /// The domain of a node, or [`NO_DOMAIN`].
    pub(crate) fn of(&self, slot: Slot) -> u32 {
        self.of_slot.get(slot.index()).copied().unwrap_or(NO_DOMAIN)
    }

    /// How many domains there have been.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    fn set(&mut self, slot: Slot, value: Option<&str>) {
        if self.of_slot.len() <= slot.index() {
            self.of_slot.resize(slot.index() + 1, NO_DOMAIN);
        }
        let domain = value.map_or(NO_DOMAIN, |value| match self.values.get(value) {
            Some(known) => *known,
            None => {
                let next = self.values.len() as u32;
                self.values.insert(value.to_owned(), next);
                next
            }
        });
        self.of_slot[slot.index()] = domain;
    }
}

/// The domains of every key that some Pod has named.
#[derive(Clone, Debug, Default)]
pub(crate) struct Topology {
    ids: SortedMap<Arc<str>, KeyId>,
    keys: Vec<Arc<Domains>>,
}

impl Topology {
    /// The number of a key; a key that is new is looked up on all `nodes`.
    pub(crate) fn intern<'a>(&mut self, key: &str, nodes: impl Iterator<Item = (Slot, &'a Node)>) -> KeyId {
        if let Some(id) = self.ids.get(key) {
            return *id;
        }
        let id = KeyId(self.keys.len() as u32);
        let key: Arc<str> = key.into();
        let mut domains = Domains { key: key.clone(), values: SortedMap::new(), of_slot: Vec::new() };
        for (slot, node) in nodes {
            domains.set(slot, node.label(&key));
        }
        self.keys.push(Arc::new(domains));
        self.ids.insert(key, id);
        id
    }

    /// The number of a key that was interned before.
    pub(crate) fn id(&self, key: &str) -> Option<KeyId> {
        self.ids.get(key).copied()
    }

    /// The domains of a key.
    pub(crate) fn domains(&self, id: KeyId) -> &Domains {
        &self.keys[id.0 as usize]
    }

    /// Takes over the labels of a node that came, changed or went (`None`).
    pub(crate) fn set_node(&mut self, slot: Slot, node: Option<&Node>) {
        for domains in &mut self.keys {
            let value = node.and_then(|node| node.label(&domains.key));
            Arc::make_mut(domains).set(slot, value);
        }
    }
}
