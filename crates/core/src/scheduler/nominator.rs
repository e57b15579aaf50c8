//! Pods that wait for the node they were nominated to.
//!
//! Models `pkg/scheduler/backend/queue` `nominator` (v1.36).

use podlapse_model::SortedMap;
use std::sync::Arc;

use super::pod_info::{PodInfo, PodKey};

/// The nominated Pods of each node, in the order in which they were nominated.
#[derive(Clone, Debug, Default)]
pub struct Nominator {
    by_node: SortedMap<Arc<str>, Vec<Arc<PodInfo>>>,
    node_of: SortedMap<PodKey, Arc<str>>,
}

impl Nominator {
    /// Nominates a Pod to a node; an earlier nomination ends.
    pub fn add(&mut self, pod: Arc<PodInfo>, node: &str) {
        self.remove(&pod.key);
        if node.is_empty() {
            return;
        }
        let node: Arc<str> = node.into();
        self.node_of.insert(pod.key.clone(), node.clone());
        self.by_node.entry(node).or_default().push(pod);
    }

    /// Ends the nomination of a Pod.
    pub fn remove(&mut self, pod: &PodKey) {
        let Some(node) = self.node_of.remove(pod) else { return };
        if let Some(pods) = self.by_node.get_mut(&node) {
            pods.retain(|known| known.key != *pod);
            if pods.is_empty() {
                self.by_node.remove(&node);
            }
        }
    }

    /// The node that a Pod is nominated to.
    pub fn node_of(&self, pod: &PodKey) -> Option<&Arc<str>> {
        self.node_of.get(pod)
    }

    /// The Pods nominated to a node.
    pub fn on(&self, node: &str) -> &[Arc<PodInfo>] {
        self.by_node.get(node).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether nobody is nominated to any node.
    pub(crate) fn is_empty(&self) -> bool {
        self.node_of.is_empty()
    }
}
