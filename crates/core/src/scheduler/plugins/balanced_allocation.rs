//! Nodes are better when the Pod makes their use of cpu and memory more even.
//!
//! Models `plugins/noderesources` `balanced_allocation.go` (v1.36), which compares the balance with the Pod to that without it.

use super::{Cx, MAX_NODE_SCORE};
use crate::scheduler::node_info::NodeInfo;

/// Whether there is anything to score: a Pod that requests neither cpu nor memory changes no balance.
pub(crate) fn is_skipped(cx: Cx<'_>) -> bool {
    cx.pod.requests.real.milli_cpu == 0 && cx.pod.requests.real.memory == 0
}

/// 75 for an unchanged balance, more if the Pod improves it.
pub(crate) fn score(cx: Cx<'_>, node: &NodeInfo) -> i64 {
    let (used, pod) = (&node.requested, &cx.pod.requests.real);
    let with = balance(node, used.milli_cpu.saturating_add(pod.milli_cpu), used.memory.saturating_add(pod.memory));
    let without = balance(node, used.milli_cpu, used.memory);
    let half = MAX_NODE_SCORE / 2;
    half + (half + with - without) / 2
}

/// 100 for equal fractions of cpu and memory, 50 if one is full and the other empty.
fn balance(node: &NodeInfo, cpu: i64, memory: i64) -> i64 {
    let fraction = |used: i64, total: i64| (total != 0).then(|| (used as f64 / total as f64).min(1.0));
    let deviation = match (fraction(cpu, node.allocatable.milli_cpu), fraction(memory, node.allocatable.memory)) {
        (Some(cpu), Some(memory)) => ((cpu - memory) / 2.0).abs(),
        (Some(_), None) | (None, Some(_)) | (None, None) => 0.0,
    };
    ((1.0 - deviation) * MAX_NODE_SCORE as f64) as i64
}
