//! Taints of nodes.
//!
//! Models `pkg/controller/nodelifecycle/node_lifecycle_controller.go` `doNoScheduleTaintingPass` and
//! `pkg/controller/util/node/controller_utils.go` `SwapNodeControllerTaint` (v1.36).

use podlapse_model::api::core::v1::{Node, Taint};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;

/// The taint of each condition: type, status, key.
const OF_CONDITIONS: [(&str, &str, &str); 6] = [
    ("Ready", "False", NOT_READY),
    ("Ready", "Unknown", UNREACHABLE),
    ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    ("NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
];
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";
const NO_SCHEDULE: &str = "NoSchedule";
pub(crate) const NO_EXECUTE: &str = "NoExecute";
pub(crate) const NOT_READY: &str = "node.kubernetes.io/not-ready";
pub(crate) const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// The node with the NoSchedule taints that its conditions call for; `None` if it has them.
pub(crate) fn no_schedule_tainting_pass(node: &Node, now: &Time) -> Option<Node> {
    let conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let mut wanted: Vec<&str> = conditions
        .filter_map(|condition| {
            let found = OF_CONDITIONS.iter().find(|(type_, status, _)| *type_ == condition.type_ && *status == condition.status);
            found.map(|(_, _, key)| *key)
        })
        .collect();
    if node.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or(false) {
        wanted.push(UNSCHEDULABLE);
    }
    let is_ours = |taint: &Taint| {
        let key = taint.key.as_str();
        taint.effect == NO_SCHEDULE && (key == UNSCHEDULABLE || OF_CONDITIONS.iter().any(|(_, _, known)| *known == key))
    };
    let mut taints: Vec<Taint> =
        taints(node).iter().filter(|taint| !is_ours(taint) || wanted.contains(&taint.key.as_str())).cloned().collect();
    for key in wanted {
        add(&mut taints, key, NO_SCHEDULE, now);
    }
    with_taints(node, taints)
}

/// The node with the NoExecute taint `key` and without `other`; `None` if it is so.
pub(crate) fn with_no_execute(node: &Node, key: &str, other: &str, now: &Time) -> Option<Node> {
    let mut taints: Vec<Taint> =
        taints(node).iter().filter(|taint| taint.effect != NO_EXECUTE || taint.key != other).cloned().collect();
    add(&mut taints, key, NO_EXECUTE, now);
    with_taints(node, taints)
}

/// The node without the NoExecute taints of one that cannot be reached or is not ready; `None` if it has none.
pub(crate) fn reachable(node: &Node) -> Option<Node> {
    let is_ours = |taint: &&Taint| taint.effect == NO_EXECUTE && [NOT_READY, UNREACHABLE].contains(&taint.key.as_str());
    with_taints(node, taints(node).iter().filter(|taint| !is_ours(taint)).cloned().collect())
}

/// The NoExecute taints of a node.
pub(crate) fn no_execute_taints(node: &Node) -> Vec<&Taint> {
    taints(node).iter().filter(|taint| taint.effect == NO_EXECUTE).collect()
}

/// Whether a node has a taint, whatever its effect.
pub(crate) fn has_taint(node: &Node, key: &str) -> bool {
    taints(node).iter().any(|taint| taint.key == key)
}

/// The status of a node's condition Ready; `None` if nobody ever told.
pub(crate) fn ready_status(node: &Node) -> Option<&str> {
    let conditions = node.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|condition| condition.type_ == "Ready").map(|condition| condition.status.as_str())
}

/// Whether a node says of itself that it is ready.
pub(crate) fn is_ready(node: &Node) -> bool {
    ready_status(node) == Some("True")
}

fn taints(node: &Node) -> &[Taint] {
    node.spec.as_ref().and_then(|spec| spec.taints.as_deref()).unwrap_or_default()
}

fn add(taints: &mut Vec<Taint>, key: &str, effect: &str, now: &Time) {
    if !taints.iter().any(|taint| taint.key == key && taint.effect == effect) {
        let time_added = Some(now.clone());
        taints.push(Taint { key: key.to_owned(), effect: effect.to_owned(), time_added, ..Taint::default() });
    }
}

fn with_taints(node: &Node, wanted: Vec<Taint>) -> Option<Node> {
    if wanted == taints(node) {
        return None;
    }
    let mut node = node.clone();
    node.spec.get_or_insert_default().taints = (!wanted.is_empty()).then_some(wanted);
    Some(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Time {
        serde_json::from_value("2026-01-01T00:00:00Z".into()).unwrap()
    }

    #[test]
    fn a_cordoned_node_gets_its_taint_once() {
        let mut node = Node::default();
        node.spec.get_or_insert_default().unschedulable = Some(true);
        let tainted = no_schedule_tainting_pass(&node, &now()).unwrap();
        assert!(no_schedule_tainting_pass(&tainted, &now()).is_none());
        let mut open = tainted;
        open.spec.get_or_insert_default().unschedulable = None;
        assert!(no_schedule_tainting_pass(&open, &now()).unwrap().spec.unwrap().taints.is_none());
    }

    #[test]
    fn a_node_is_unreachable_or_not_ready_and_never_both() {
        let unreachable = with_no_execute(&Node::default(), UNREACHABLE, NOT_READY, &now()).unwrap();
        let not_ready = with_no_execute(&unreachable, NOT_READY, UNREACHABLE, &now()).unwrap();
        assert_eq!(no_execute_taints(&not_ready).iter().map(|taint| taint.key.as_str()).collect::<Vec<_>>(), [NOT_READY]);
        assert!(no_execute_taints(&reachable(&not_ready).unwrap()).is_empty());
        assert!(reachable(&Node::default()).is_none());
    }
}
