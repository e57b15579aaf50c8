//! Where the Pods of a DaemonSet belong.
//!
//! Models `pkg/controller/daemon/daemon_controller.go` `NodeShouldRunDaemonPod` and `pkg/controller/daemon/util/daemonset_util.go`
//! `AddOrUpdateDaemonPodTolerations`, `ReplaceDaemonSetPodNodeNameNodeAffinity`, `GetTargetNodeName` (v1.36).

use podlapse_model::api::apps::v1::DaemonSet;
use podlapse_model::api::core::v1::{
    Node, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Pod, PodSpec, Taint, Toleration,
};
use podlapse_model::{Metadata, RequiredNodeAffinity, find_untolerated};

const NODE_NAME: &str = "metadata.name";

/// What a node is to a DaemonSet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A Pod belongs there.
    Runs,
    /// A Pod that is there stays, and none is created.
    Stays,
    /// No Pod may be there.
    Leaves,
}

/// What a node is to a DaemonSet.
pub(crate) fn place(node: &Node, set: &DaemonSet) -> Place {
    let Some(spec) = set.spec.as_ref().and_then(|spec| spec.template.spec.as_ref()) else { return Place::Leaves };
    let name = node.name();
    if spec.node_name.as_deref().is_some_and(|wanted| !wanted.is_empty() && wanted != name) {
        return Place::Leaves;
    }
    let no_labels = Default::default();
    let labels = node.metadata.labels.as_ref().unwrap_or(&no_labels);
    if !RequiredNodeAffinity::of(spec).matches(name, labels).unwrap_or(false) {
        return Place::Leaves;
    }
    let mut tolerating = PodSpec { tolerations: spec.tolerations.clone(), host_network: spec.host_network, ..PodSpec::default() };
    add_tolerations(&mut tolerating);
    let tolerations = tolerating.tolerations.unwrap_or_default();
    let taints: &[Taint] = node.spec.as_ref().and_then(|spec| spec.taints.as_deref()).unwrap_or_default();
    let stops = |effect: &'static str| find_untolerated(taints, &tolerations, |taint| taint.effect == effect).is_some();
    match (stops("NoExecute"), stops("NoSchedule")) {
        (true, _) => Place::Leaves,
        (false, true) => Place::Stays,
        (false, false) => Place::Runs,
    }
}

/// Adds what lets a daemon's Pod stay where others may not.
pub(crate) fn add_tolerations(spec: &mut PodSpec) {
    const OF_NODES: [(&str, &str); 6] = [
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    ];
    let of_network = spec.host_network.unwrap_or(false).then_some(("network-unavailable", "NoSchedule"));
    let tolerations = spec.tolerations.get_or_insert_default();
    for (key, effect) in OF_NODES.into_iter().chain(of_network) {
        let new = Toleration {
            key: Some(format!("node.kubernetes.io/{key}")),
            operator: Some("Exists".to_owned()),
            effect: Some(effect.to_owned()),
            ..Toleration::default()
        };
        let is_same = |old: &Toleration| {
            let value = |toleration: &Toleration| toleration.value.clone().unwrap_or_default();
            (&old.key, &old.operator, &old.effect) == (&new.key, &new.operator, &new.effect) && value(old) == value(&new)
        };
        match tolerations.iter_mut().find(|old| is_same(old)) {
            Some(old) => *old = new,
            None => tolerations.push(new),
        }
    }
}

/// Pins a Pod to a node; what else its template requires of nodes has been looked at already.
pub(crate) fn pin(spec: &mut PodSpec, node: &str) {
    let requirement =
        NodeSelectorRequirement { key: NODE_NAME.to_owned(), operator: "In".to_owned(), values: Some(vec![node.to_owned()]) };
    let term = NodeSelectorTerm { match_fields: Some(vec![requirement]), match_expressions: None };
    let affinity = spec.affinity.get_or_insert_default().node_affinity.get_or_insert_default();
    affinity.required_during_scheduling_ignored_during_execution = Some(NodeSelector { node_selector_terms: vec![term] });
}

/// The node that a Pod is on or pinned to.
pub(crate) fn target(pod: &Pod) -> Option<&str> {
    let spec = pod.spec.as_ref()?;
    if let Some(name) = spec.node_name.as_deref().filter(|name| !name.is_empty()) {
        return Some(name);
    }
    let affinity = spec.affinity.as_ref()?.node_affinity.as_ref()?;
    let terms = &affinity.required_during_scheduling_ignored_during_execution.as_ref()?.node_selector_terms;
    let fields = terms.iter().flat_map(|term| term.match_fields.iter().flatten());
    let names = fields.filter(|field| field.key == NODE_NAME && field.operator == "In");
    names.filter_map(|field| field.values.as_deref()).find_map(|values| values.first().map(String::as_str))
}
