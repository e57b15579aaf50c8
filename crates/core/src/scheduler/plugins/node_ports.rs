//! A host port is given once on each node.
//!
//! Models `plugins/nodeports` (v1.36).

use podlapse_model::api::core::v1::Pod;

use super::{Cx, PreFilter};
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::host_ports;
use crate::scheduler::status::{Plugin, Status};

/// Skips Pods without host ports.
pub(crate) fn pre_filter(cx: Cx<'_>) -> PreFilter<()> {
    if cx.pod.host_ports.is_empty() { PreFilter::Skip } else { PreFilter::Run(()) }
}

/// Rejects a node on which one of the ports is taken.
pub(crate) fn filter(cx: Cx<'_>, node: &NodeInfo) -> Option<Status> {
    let is_taken = cx.pod.host_ports.iter().any(|port| node.host_ports.iter().any(|used| used.conflicts(port)));
    if !is_taken {
        return None;
    }
    Some(Status::unschedulable(Plugin::NodePorts, "node(s) didn't have free ports for the requested pod ports"))
}

/// Whether another Pod took a port that the Pod wants.
pub(crate) fn shares(cx: Cx<'_>, other: &Pod) -> bool {
    let theirs = other.spec.as_ref().map(host_ports).unwrap_or_default();
    cx.pod.host_ports.iter().any(|port| theirs.iter().any(|other| other.conflicts(port)))
}
