//! The plugins of the default profile, one file each.
//!
//! A plugin is a set of functions: `pre_filter` reads the Pod and the cluster into a state, `filter` judges one node by it, `score`
//! rates one. None of them changes anything.

pub(crate) mod balanced_allocation;
pub(crate) mod image_locality;
pub(crate) mod inter_pod_affinity;
pub(crate) mod inter_pod_affinity_score;
pub(crate) mod node_affinity;
pub(crate) mod node_declared_features;
pub(crate) mod node_name;
pub(crate) mod node_ports;
pub(crate) mod node_resources_fit;
pub(crate) mod node_unschedulable;
pub(crate) mod node_volume_limits;
pub(crate) mod pod_topology_spread;
pub(crate) mod scheduling_gates;
pub(crate) mod spread_constraints;
pub(crate) mod spread_score;
pub(crate) mod taint_toleration;
pub(crate) mod volume_binding;
pub(crate) mod volume_restrictions;
pub(crate) mod volume_zone;

use super::cache::Cache;
use super::listers::Listers;
use super::pod_info::PodInfo;
use super::status::Status;

/// What every plugin may look at.
#[derive(Clone, Copy)]
pub(crate) struct Cx<'a> {
    /// The Pod to be placed.
    pub(crate) pod: &'a PodInfo,
    /// All nodes with their Pods.
    pub(crate) cache: &'a Cache,
    /// All other objects.
    pub(crate) listers: &'a Listers,
}

/// What a plugin says before nodes are looked at.
pub(crate) enum PreFilter<S> {
    /// The plugin has nothing to judge.
    Skip,
    /// Nodes are to be judged by this state.
    Run(S),
    /// No node will do.
    Reject(Status),
}

/// The best score of a plugin after normalising.
pub(crate) const MAX_NODE_SCORE: i64 = 100;

/// Scales scores to 0..100, so that the highest raw one gets 100; `reverse` turns the scale around.
///
/// Models `plugins/helper` `DefaultNormalizeScore`.
pub(crate) fn default_normalize(scores: &mut [i64], reverse: bool) {
    let max = scores.iter().copied().max().unwrap_or_default();
    for score in scores {
        let scaled = if max == 0 { 0 } else { MAX_NODE_SCORE * *score / max };
        *score = if reverse { MAX_NODE_SCORE - scaled } else { scaled };
    }
}
