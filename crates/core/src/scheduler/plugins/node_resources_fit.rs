//! A node must have room for what the Pod requests, and more room is better.
//!
//! Models `plugins/noderesources` `fit.go` and `least_allocated.go` (v1.36) with the default strategy `LeastAllocated` over cpu and memory.

use super::{Cx, MAX_NODE_SCORE};
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::status::{Code, Plugin, ReasonText, Status};

/// Rejects a node on which a resource would be overcommitted, with one reason for each.
pub(crate) fn filter(cx: Cx<'_>, node: &NodeInfo) -> Option<Status> {
    let wanted = &cx.pod.requests.real;
    let (used, total) = (&node.requested, &node.allocatable);
    let mut reasons: Vec<ReasonText> = Vec::new();
    // What a node could not give even if it were empty, no eviction can help.
    let mut is_beyond = false;
    let mut check = |wanted: i64, used: i64, total: i64, reason: ReasonText| {
        if wanted > 0 && wanted > total.saturating_sub(used) {
            is_beyond |= wanted > total;
            reasons.push(reason);
        }
    };
    let is_full = node.pods.len() as i64 + 1 > total.pods;
    check(wanted.milli_cpu, used.milli_cpu, total.milli_cpu, "Insufficient cpu".into());
    check(wanted.memory, used.memory, total.memory, "Insufficient memory".into());
    check(wanted.ephemeral_storage, used.ephemeral_storage, total.ephemeral_storage, "Insufficient ephemeral-storage".into());
    for (name, amount) in &wanted.scalar {
        check(*amount, used.scalar(name), total.scalar(name), format!("Insufficient {name}").into());
    }
    if is_full {
        reasons.insert(0, "Too many pods".into());
    }
    if reasons.is_empty() {
        return None;
    }
    let code = if is_beyond { Code::UnschedulableAndUnresolvable } else { Code::Unschedulable };
    Some(Status { plugin: Some(Plugin::NodeResourcesFit), code, reasons })
}

/// The mean of the free parts of cpu and memory in percent, as they would be with the Pod.
pub(crate) fn score(cx: Cx<'_>, node: &NodeInfo) -> i64 {
    let total = &node.allocatable;
    let cpu = least_allocated(node.nonzero_cpu.saturating_add(cx.pod.requests.incoming.milli_cpu), total.milli_cpu);
    let memory = least_allocated(node.nonzero_memory.saturating_add(cx.pod.requests.incoming.memory), total.memory);
    match (cpu, memory) {
        (Some(cpu), Some(memory)) => (cpu + memory) / 2,
        (Some(score), None) | (None, Some(score)) => score,
        (None, None) => 0,
    }
}

/// `None` if the node has nothing of the resource at all.
fn least_allocated(used: i64, total: i64) -> Option<i64> {
    match total {
        0 => None,
        total if used > total => Some(0),
        total => Some((total - used).saturating_mul(MAX_NODE_SCORE) / total),
    }
}

/// Whether the node can give more than before of something that the Pod asks for.
pub(crate) fn gained(cx: Cx<'_>, before: &NodeInfo, after: &NodeInfo) -> bool {
    let wanted = &cx.pod.requests.real;
    let (before, after) = (&before.allocatable, &after.allocatable);
    let has_more_scalar = wanted.scalar.keys().any(|name| after.scalar(name) > before.scalar(name));
    (wanted.milli_cpu > 0 && after.milli_cpu > before.milli_cpu)
        || (wanted.memory > 0 && after.memory > before.memory)
        || (wanted.ephemeral_storage > 0 && after.ephemeral_storage > before.ephemeral_storage)
        || after.pods > before.pods
        || has_more_scalar
}
