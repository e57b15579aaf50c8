//! `nodeSelector` and node affinity.
//!
//! Models `plugins/nodeaffinity` and `k8s.io/component-helpers/scheduling/corev1/nodeaffinity` (v1.36).

use podlapse_model::SortedSet;

use podlapse_model::api::core::v1::{NodeAffinity, NodeSelector, Pod, PodSpec};
use podlapse_model::{PreferredNodeAffinity, RequiredNodeAffinity};

use super::{Cx, PreFilter};
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::status::{Plugin, Status};

/// What a Pod requires of its node.
pub(crate) fn required(pod: &Pod) -> RequiredNodeAffinity {
    pod.spec.as_ref().map_or_else(|| RequiredNodeAffinity::of(&PodSpec::default()), RequiredNodeAffinity::of)
}

/// Whether the node has what is required; a term that is wrong matches no node.
pub(crate) fn is_met(required: &RequiredNodeAffinity, node: &NodeInfo) -> bool {
    required.matches(&node.name, node.labels()).unwrap_or(false)
}

/// The state of the filter.
pub(crate) struct State {
    required: RequiredNodeAffinity,
    /// The only nodes worth looking at, if the Pod names them by `matchFields`.
    pub(crate) node_names: Option<SortedSet<String>>,
}

/// Skips Pods without a requirement, and narrows the nodes when every term names them.
pub(crate) fn pre_filter(cx: Cx<'_>) -> PreFilter<State> {
    let pod = &cx.pod.pod;
    let required_terms = required_terms(pod);
    if required_terms.is_none() && pod.spec.as_ref().is_none_or(|spec| spec.node_selector.is_none()) {
        return PreFilter::Skip;
    }
    let node_names = required_terms.and_then(named_nodes);
    if node_names.as_ref().is_some_and(SortedSet::is_empty) {
        return PreFilter::Reject(Status::unresolvable(Plugin::NodeAffinity, "pod affinity terms conflict"));
    }
    PreFilter::Run(State { required: required(pod), node_names })
}

/// Rejects a node that lacks what is required.
pub(crate) fn filter(state: &State, node: &NodeInfo) -> Option<Status> {
    if is_met(&state.required, node) {
        return None;
    }
    Some(Status::unresolvable(Plugin::NodeAffinity, "node(s) didn't match Pod's node affinity/selector"))
}

/// The preferred terms; `None` if there is none to score by.
pub(crate) fn pre_score(cx: Cx<'_>) -> Option<PreferredNodeAffinity> {
    let terms = affinity(&cx.pod.pod)?.preferred_during_scheduling_ignored_during_execution.as_ref()?;
    if terms.is_empty() { None } else { PreferredNodeAffinity::new(terms).ok() }
}

/// The sum of the weights of the terms that the node matches.
pub(crate) fn score(terms: &PreferredNodeAffinity, node: &NodeInfo) -> i64 {
    terms.score(&node.name, node.labels())
}

fn affinity(pod: &Pod) -> Option<&NodeAffinity> {
    pod.spec.as_ref()?.affinity.as_ref()?.node_affinity.as_ref()
}

fn required_terms(pod: &Pod) -> Option<&NodeSelector> {
    affinity(pod)?.required_during_scheduling_ignored_during_execution.as_ref()
}

/// The names that `metadata.name In` allows: together over the terms, in common inside one; `None` if a term leaves the name open.
fn named_nodes(selector: &NodeSelector) -> Option<SortedSet<String>> {
    if selector.node_selector_terms.is_empty() {
        return None;
    }
    let mut names = SortedSet::new();
    for term in &selector.node_selector_terms {
        let fields = term.match_fields.iter().flatten();
        let by_name = fields.filter(|field| field.key == "metadata.name" && field.operator == "In");
        let sets = by_name.map(|field| field.values.iter().flatten().cloned().collect::<SortedSet<String>>());
        names.extend(sets.reduce(|one, other| one.intersection(&other).cloned().collect())?);
    }
    Some(names)
}
