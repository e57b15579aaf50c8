//! Cordoned nodes take no new Pods.
//!
//! Models `plugins/nodeunschedulable` (v1.36).

use podlapse_model::api::core::v1::{Pod, Taint};

use super::Cx;
use super::taint_toleration::tolerations_tolerate;
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::status::{Plugin, Status};

/// Whether a Pod tolerates the taint that stands for a cordon.
pub(crate) fn is_tolerated(pod: &Pod) -> bool {
    let taint = Taint { key: "node.kubernetes.io/unschedulable".to_owned(), effect: "NoSchedule".to_owned(), ..Taint::default() };
    tolerations_tolerate(pod.spec.as_ref(), &taint)
}

/// Rejects a node with `spec.unschedulable`, unless the Pod tolerates the taint that stands for it.
pub(crate) fn filter(cx: Cx<'_>, node: &NodeInfo) -> Option<Status> {
    if !node.node.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or_default() {
        return None;
    }
    if is_tolerated(&cx.pod.pod) {
        return None;
    }
    Some(Status::unresolvable(Plugin::NodeUnschedulable, "node(s) were unschedulable"))
}
