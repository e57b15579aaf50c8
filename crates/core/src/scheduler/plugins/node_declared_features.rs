//! A Pod goes only where the kubelet can do what it needs.
//!
//! Models `plugins/nodedeclaredfeatures` (v1.36).

use super::{Cx, PreFilter};
use crate::declared_features::{missing, needed_to_run};
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::status::{Plugin, Status};

/// Skips Pods that need nothing.
pub(crate) fn pre_filter(cx: Cx<'_>) -> PreFilter<Vec<&'static str>> {
    let needed = cx.pod.spec().map(needed_to_run).unwrap_or_default();
    if needed.is_empty() { PreFilter::Skip } else { PreFilter::Run(needed) }
}

/// Rejects a node that does not declare all that is needed.
pub(crate) fn filter(needed: &[&'static str], node: &NodeInfo) -> Option<Status> {
    let missing = missing(needed, &node.node);
    if missing.is_empty() {
        return None;
    }
    let reason = format!("node declared features check failed - unsatisfied requirements: {}", missing.join(", "));
    Some(Status::unresolvable(Plugin::NodeDeclaredFeatures, reason))
}
