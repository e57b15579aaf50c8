//! Persistent volumes with zone labels want their node in one of these zones.
//!
//! Models `plugins/volumezone` (v1.36).

use podlapse_model::{Metadata, claim_class};

use super::volume_binding::is_delayed_class;
use super::{Cx, PreFilter};
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::status::{Plugin, Status};

/// The labels that are looked at, with the name that took an old one's place.
const KEYS: [(&str, &str); 4] = [
    ("failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"),
    ("failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"),
    ("topology.kubernetes.io/zone", "topology.kubernetes.io/zone"),
    ("topology.kubernetes.io/region", "topology.kubernetes.io/region"),
];

/// One label of one of the Pod's volumes.
pub(crate) struct Topology {
    key: &'static str,
    modern_key: &'static str,
    values: Vec<String>,
}

/// Collects the zone labels of the Pod's volumes; skips Pods whose volumes have none.
pub(crate) fn pre_filter(cx: Cx<'_>) -> PreFilter<Vec<Topology>> {
    let mut topologies = Vec::new();
    let reject = |reason: String| PreFilter::Reject(Status::unresolvable(Plugin::VolumeZone, reason));
    for claim_ref in cx.pod.claims.iter().filter(|claim| !claim.is_ephemeral) {
        let Some(claim) = cx.listers.claim(&cx.pod.key.namespace, &claim_ref.name) else {
            return reject(format!("persistentvolumeclaim \"{}\" not found", claim_ref.name));
        };
        let name = claim.spec.as_ref().and_then(|spec| spec.volume_name.as_deref()).unwrap_or_default();
        if name.is_empty() {
            if is_delayed_class(cx, claim_class(claim)) {
                continue;
            }
            return reject("PersistentVolume had no name".to_owned());
        }
        let Some(volume) = cx.listers.volume(name) else { return reject(format!("persistentvolume \"{name}\" not found")) };
        for (key, modern_key) in KEYS {
            if let Some(value) = volume.label(key) {
                let values = value.split("__").map(|part| part.trim().to_owned()).collect();
                topologies.push(Topology { key, modern_key, values });
            }
        }
    }
    if topologies.is_empty() { PreFilter::Skip } else { PreFilter::Run(topologies) }
}

/// Rejects a node in another zone; a node without any zone label will do.
pub(crate) fn filter(topologies: &[Topology], node: &NodeInfo) -> Option<Status> {
    let labels = node.labels();
    if !KEYS.iter().any(|(key, _)| labels.contains_key(*key)) {
        return None;
    }
    let is_met = |topology: &Topology| {
        let value = labels.get(topology.key).or_else(|| labels.get(topology.modern_key));
        value.is_some_and(|value| topology.values.contains(value))
    };
    if topologies.iter().all(is_met) {
        return None;
    }
    Some(Status::unresolvable(Plugin::VolumeZone, "node(s) had no available volume zone"))
}
