//! Taints that follow from how a node is.
//!
//! Models `pkg/controller/nodelifecycle/node_lifecycle_controller.go` `doNoScheduleTaintingPass` (v1.36). Not modelled: the loss of a
//! node's heartbeats, eviction by NoExecute taints.

use podlapse_model::api::core::v1::{Node, Taint};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;

/// The taint of each condition: type, status, key.
const OF_CONDITIONS: [(&str, &str, &str); 6] = [
    ("Ready", "False", "node.kubernetes.io/not-ready"),
    ("Ready", "Unknown", "node.kubernetes.io/unreachable"),
    ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    ("NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
];
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";
const NO_SCHEDULE: &str = "NoSchedule";

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
    let given = node.spec.as_ref().and_then(|spec| spec.taints.clone()).unwrap_or_default();
    let mut taints: Vec<Taint> =
        given.iter().filter(|taint| !is_ours(taint) || wanted.contains(&taint.key.as_str())).cloned().collect();
    for key in wanted {
        if !taints.iter().any(|taint| taint.key == key && taint.effect == NO_SCHEDULE) {
            taints.push(Taint {
                key: key.to_owned(),
                effect: NO_SCHEDULE.to_owned(),
                time_added: Some(now.clone()),
                ..Taint::default()
            });
        }
    }
    if taints == given {
        return None;
    }
    let mut node = node.clone();
    node.spec.get_or_insert_default().taints = (!taints.is_empty()).then_some(taints);
    Some(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cordoned_node_gets_its_taint_once() {
        let now: Time = serde_json::from_value("2026-01-01T00:00:00Z".into()).unwrap();
        let mut node = Node::default();
        node.spec.get_or_insert_default().unschedulable = Some(true);
        let tainted = no_schedule_tainting_pass(&node, &now).unwrap();
        assert!(no_schedule_tainting_pass(&tainted, &now).is_none());
        let mut open = tainted;
        open.spec.get_or_insert_default().unschedulable = None;
        assert!(no_schedule_tainting_pass(&open, &now).unwrap().spec.unwrap().taints.is_none());
    }
}
