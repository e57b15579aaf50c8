//! From the old Pods of a DaemonSet to the new ones.
//!
//! Models `pkg/controller/daemon/update.go` `rollingUpdate`, `findUpdatedPodsOnNode`, `updatedDesiredNodeCounts` (v1.36). The real
//! controller takes the nodes in the order of a map of Go, here they are taken by name.

use podlapse_model::{Metadata, SortedMap};
use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;

use super::Sync;
use super::node::Place;

/// The Pods of a node that are not on their way out.
#[derive(Debug)]
enum OnNode {
    /// More than one of a kind, which `manage` clears up.
    Excess,
    /// At most one of each kind.
    Pods { new: Option<Arc<Pod>>, old: Option<Arc<Pod>> },
}

/// Replaces old Pods within the bounds of the strategy.
pub(crate) fn rolling_update(sync: &mut Sync<'_>) {
    let (max_unavailable, max_surge) = sync.bounds();
    let mut nodes: SortedMap<String, OnNode> = SortedMap::new();
    for (name, pods) in &sync.pods {
        nodes.insert(name.clone(), on_node(sync, pods));
    }
    for (node, place) in &sync.nodes {
        if *place == Place::Runs {
            let name = node.name().to_owned();
            nodes.entry(name).or_insert(OnNode::Pods { new: None, old: None });
        }
    }
    if max_surge == 0 {
        replace(sync, nodes, max_unavailable);
    } else {
        surge(sync, nodes, max_surge);
    }
}

fn on_node(sync: &Sync<'_>, pods: &[Arc<Pod>]) -> OnNode {
    let (mut new, mut old) = (None, None);
    for pod in pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none()) {
        let place = if sync.is_updated(pod) { &mut new } else { &mut old };
        if place.is_some() {
            return OnNode::Excess;
        }
        *place = Some(pod.clone());
    }
    OnNode::Pods { new, old }
}

/// Deletes old Pods, of which `manage` then creates new ones.
fn replace(sync: &mut Sync<'_>, nodes: SortedMap<String, OnNode>, max_unavailable: i32) {
    let mut unavailable = 0;
    let mut delete = Vec::new();
    let mut candidates = Vec::new();
    for pods in nodes.into_values() {
        match pods {
            OnNode::Excess | OnNode::Pods { new: None, old: None } | OnNode::Pods { new: Some(_), old: Some(_) } => {
                unavailable += 1;
            }
            OnNode::Pods { new: Some(new), old: None } => unavailable += i32::from(!sync.is_available(&new)),
            OnNode::Pods { new: None, old: Some(old) } => {
                if sync.is_available(&old) {
                    candidates.push(old);
                } else {
                    delete.push(old);
                    unavailable += 1;
                }
            }
        }
    }
    let spare = usize::try_from(max_unavailable - unavailable).unwrap_or(0);
    delete.extend(candidates.into_iter().take(spare));
    sync.sync_nodes(delete, Vec::new());
}

/// Creates new Pods beside old ones, which go once the new ones are available.
fn surge(sync: &mut Sync<'_>, nodes: SortedMap<String, OnNode>, max_surge: i32) {
    let (mut surging, mut available) = (0, 0);
    let mut delete = Vec::new();
    let mut misplaced = Vec::new();
    let mut create = Vec::new();
    let mut candidates = Vec::new();
    for (name, pods) in nodes {
        let OnNode::Pods { new, old } = pods else {
            surging += 1;
            continue;
        };
        let is_new_available = new.as_ref().is_some_and(|pod| sync.is_available(pod));
        let is_old_available = old.as_ref().is_some_and(|pod| sync.is_available(pod));
        available += i32::from(is_new_available || is_old_available);
        let runs = sync.nodes.iter().any(|(node, place)| *place == Place::Runs && node.metadata.name.as_deref() == Some(&name));
        match (new, old) {
            (_, None) => {}
            (None, Some(old)) if !runs => misplaced.push(old),
            (None, Some(_)) if !is_old_available => create.push(name),
            (None, Some(_)) => candidates.push(name),
            (Some(_), Some(_)) if !is_new_available => surging += 1,
            (Some(_), Some(old)) => delete.push(old),
        }
    }
    let spare = usize::try_from(available - sync.desired()).unwrap_or(0);
    delete.extend(misplaced.into_iter().take(spare));
    let spare = usize::try_from(max_surge - surging).unwrap_or(0);
    create.extend(candidates.into_iter().take(spare));
    sync.sync_nodes(delete, create);
}
