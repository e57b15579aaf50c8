//! Cordoned nodes take no new Pods.
//!
//! Models `plugins/nodeunschedulable` (v1.36).

use podlapse_model::api::core::v1::Taint;

use super::Cx;
use super::taint_toleration::tolerations_tolerate;
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::status::{Plugin, Status};

/// Rejects a node with `spec.unschedulable`, unless the Pod tolerates the taint that stands for it.
pub(crate) fn filter(cx: Cx<'_>, node: &NodeInfo) -> Option<Status> {
    if !node.node.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or_default() {
        return None;
    }
    let taint = Taint { key: "node.kubernetes.io/unschedulable".to_owned(), effect: "NoSchedule".to_owned(), ..Taint::default() };
    if tolerations_tolerate(cx.pod.spec(), &taint) {
        return None;
    }
    Some(Status::unresolvable(Plugin::NodeUnschedulable, "node(s) were unschedulable"))
}
