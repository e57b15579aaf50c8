//! A Pod that waits at a gate may still be told more of where it shall run.
//!
//! Upstream: `validateNodeSelectorMutation`, `validateNodeAffinityMutation` in `pkg/apis/core/validation/validation.go` (v1.36).

use podlapse_model::api::core::v1::{Affinity, NodeAffinity, NodeSelectorRequirement, NodeSelectorTerm, PodSpec};
use serde_json::Value;

use crate::validate::error::{Errors, Shown};
use crate::validate::internal::compact;

const TERMS: &str = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";

fn node_affinity(spec: &PodSpec) -> Option<&NodeAffinity> {
    spec.affinity.as_ref()?.node_affinity.as_ref()
}

fn terms(spec: &PodSpec) -> &[NodeSelectorTerm] {
    let required = node_affinity(spec).and_then(|affinity| affinity.required_during_scheduling_ignored_during_execution.as_ref());
    required.map(|required| required.node_selector_terms.as_slice()).unwrap_or_default()
}

pub(super) fn check(new: &PodSpec, old: &PodSpec, out: &mut Errors) {
    let own = new.node_selector.clone().unwrap_or_default();
    if old.node_selector.iter().flatten().any(|(key, value)| own.get(key) != Some(value)) {
        let detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
        out.invalid("spec.nodeSelector", &podlapse_model::to_json(&new.node_selector), detail);
    }
    let (new, old) = (terms(new), terms(old));
    if !old.is_empty() && old.len() != new.len() {
        let detail = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
        return out.invalid(TERMS, shown(new), detail);
    }
    for (at, (new, _)) in new.iter().zip(old).enumerate().filter(|(_, (new, old))| !only_adds(new, old)) {
        let shown = compact("NodeSelectorTerm", &podlapse_model::to_json(new));
        out.invalid(&format!("{TERMS}[{at}]"), shown, "only additions are allowed (no mutations or deletions)");
    }
}

fn shown(terms: &[NodeSelectorTerm]) -> Shown {
    if terms.is_empty() {
        return Shown::from(&Value::Null);
    }
    let texts: Vec<String> = terms.iter().map(|term| compact("NodeSelectorTerm", &podlapse_model::to_json(term)).0).collect();
    Shown(format!("[{}]", texts.join(",")))
}

/// Whether the requirements of a term stay, and in their place; a term without any stays so.
fn only_adds(new: &NodeSelectorTerm, old: &NodeSelectorTerm) -> bool {
    let list = |list: &Option<Vec<NodeSelectorRequirement>>| list.clone().unwrap_or_default();
    let (new, old) =
        ([list(&new.match_expressions), list(&new.match_fields)], [list(&old.match_expressions), list(&old.match_fields)]);
    if old.iter().all(Vec::is_empty) {
        return new.iter().all(Vec::is_empty);
    }
    new.iter().zip(&old).all(|(new, old)| new.starts_with(old))
}

/// Takes back what was allowed, so that the rest can be compared.
pub(super) fn munge(new: &mut PodSpec, old: &PodSpec) {
    new.node_selector.clone_from(&old.node_selector);
    let own = node_affinity(old).cloned();
    if node_affinity(new) == own.as_ref() {
        return;
    }
    match &mut new.affinity {
        None => new.affinity = Some(Affinity { node_affinity: own, ..Affinity::default() }),
        Some(affinity) if old.affinity.is_none() && affinity.pod_affinity.is_none() && affinity.pod_anti_affinity.is_none() => {
            new.affinity = None;
        }
        Some(affinity) => affinity.node_affinity = own,
    }
}
