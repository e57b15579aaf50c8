//! Where a Pod may run: affinity, tolerations, spreading, gates.
//!
//! Upstream: `validateAffinity`, `ValidateNodeSelector`, `ValidateTolerations`, `validateTopologySpreadConstraints`,
//! `validateSchedulingGates` in `pkg/apis/core/validation/validation.go`.

use podlapse_model::SortedSet;

use podlapse_model::api::core::v1::{
    Affinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm, PodSchedulingGate, Toleration,
    TopologySpreadConstraint, WeightedPodAffinityTerm,
};
use podlapse_model::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::error::Errors;
use super::metadata::{label_key, label_selector};
use super::names::{label_errors, label_value_errors, qualified_name_errors, subdomain_errors};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
const WEIGHT_RULE: &str = "must be in the range 1-100";

pub(super) fn affinity(affinity: &Affinity, path: &str, out: &mut Errors) {
    if let Some(node) = &affinity.node_affinity {
        if let Some(required) = &node.required_during_scheduling_ignored_during_execution {
            node_selector(required, &format!("{path}.nodeAffinity.{REQUIRED}"), out);
        }
        for (at, term) in node.preferred_during_scheduling_ignored_during_execution.iter().flatten().enumerate() {
            let path = format!("{path}.nodeAffinity.{PREFERRED}[{at}]");
            weight(term.weight, &path, out);
            // Values that no label can have are tolerated in a preference.
            node_selector_term(&term.preference, false, &format!("{path}.preference"), out);
        }
    }
    if let Some(pod) = &affinity.pod_affinity {
        let required = pod.required_during_scheduling_ignored_during_execution.as_deref();
        let preferred = pod.preferred_during_scheduling_ignored_during_execution.as_deref();
        pod_terms(required, preferred, &format!("{path}.podAffinity"), out);
    }
    if let Some(pod) = &affinity.pod_anti_affinity {
        let required = pod.required_during_scheduling_ignored_during_execution.as_deref();
        let preferred = pod.preferred_during_scheduling_ignored_during_execution.as_deref();
        pod_terms(required, preferred, &format!("{path}.podAntiAffinity"), out);
    }
}

fn weight(weight: i32, path: &str, out: &mut Errors) {
    if !(1..=100).contains(&weight) {
        out.invalid(&format!("{path}.weight"), weight, WEIGHT_RULE);
    }
}

pub(super) fn node_selector(selector: &NodeSelector, path: &str, out: &mut Errors) {
    let path = format!("{path}.nodeSelectorTerms");
    if selector.node_selector_terms.is_empty() {
        return out.required(&path, "must have at least one node selector term");
    }
    for (at, term) in selector.node_selector_terms.iter().enumerate() {
        node_selector_term(term, true, &format!("{path}[{at}]"), out);
    }
}

fn node_selector_term(term: &NodeSelectorTerm, checks_values: bool, path: &str, out: &mut Errors) {
    for (at, requirement) in term.match_expressions.iter().flatten().enumerate() {
        expression(requirement, checks_values, &format!("{path}.matchExpressions[{at}]"), out);
    }
    for (at, requirement) in term.match_fields.iter().flatten().enumerate() {
        field(requirement, &format!("{path}.matchFields[{at}]"), out);
    }
}

fn expression(requirement: &NodeSelectorRequirement, checks_values: bool, path: &str, out: &mut Errors) {
    let values = requirement.values.as_deref().unwrap_or_default();
    let values_path = format!("{path}.values");
    match requirement.operator.as_str() {
        "In" | "NotIn" => {
            if values.is_empty() {
                out.required(&values_path, "must be specified when `operator` is 'In' or 'NotIn'");
            }
        }
        "Exists" | "DoesNotExist" => {
            if !values.is_empty() {
                out.forbidden(&values_path, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
            }
        }
        "Gt" | "Lt" => {
            if values.len() != 1 {
                out.required(&values_path, "must be specified single value when `operator` is 'Lt' or 'Gt'");
            }
        }
        other => out.invalid(&format!("{path}.operator"), other, "not a valid selector operator"),
    }
    label_key(&requirement.key, &format!("{path}.key"), out);
    for (at, value) in values.iter().enumerate().filter(|_| checks_values) {
        out.each(&format!("{values_path}[{at}]"), value, label_value_errors(value));
    }
}

fn field(requirement: &NodeSelectorRequirement, path: &str, out: &mut Errors) {
    let values = requirement.values.as_deref().unwrap_or_default();
    match requirement.operator.as_str() {
        "In" | "NotIn" => {
            if values.len() != 1 {
                let detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
                out.required(&format!("{path}.values"), detail);
            }
        }
        other => out.invalid(&format!("{path}.operator"), other, "not a valid selector operator"),
    }
    if requirement.key != "metadata.name" {
        return out.invalid(&format!("{path}.key"), &requirement.key, "not a valid field selector key");
    }
    for (at, value) in values.iter().enumerate() {
        out.each(&format!("{path}.values[{at}]"), value, subdomain_errors(value));
    }
}

fn pod_terms(required: Option<&[PodAffinityTerm]>, preferred: Option<&[WeightedPodAffinityTerm]>, path: &str, out: &mut Errors) {
    for (at, term) in required.unwrap_or_default().iter().enumerate() {
        pod_term(term, &format!("{path}.{REQUIRED}[{at}]"), out);
    }
    for (at, term) in preferred.unwrap_or_default().iter().enumerate() {
        let path = format!("{path}.{PREFERRED}[{at}]");
        weight(term.weight, &path, out);
        pod_term(&term.pod_affinity_term, &format!("{path}.podAffinityTerm"), out);
    }
}

fn pod_term(term: &PodAffinityTerm, path: &str, out: &mut Errors) {
    label_selector(term.label_selector.as_ref(), &format!("{path}.labelSelector"), out);
    label_selector(term.namespace_selector.as_ref(), &format!("{path}.namespaceSelector"), out);
    for namespace in term.namespaces.iter().flatten() {
        out.each(&format!("{path}.namespace"), namespace, label_errors(namespace));
    }
    let keys = term.match_label_keys.as_deref().unwrap_or_default();
    let mismatched = term.mismatch_label_keys.as_deref().unwrap_or_default();
    label_keys(keys, mismatched, term.label_selector.as_ref(), path, out);
    if term.topology_key.is_empty() {
        out.required(&format!("{path}.topologyKey"), "can not be empty");
    }
    label_key(&term.topology_key, &format!("{path}.topologyKey"), out);
}

/// Keys whose values a Pod's own labels tell (`ValidateMatchLabelKeysAndMismatchLabelKeys`).
fn label_keys(keys: &[String], mismatched: &[String], selector: Option<&LabelSelector>, path: &str, out: &mut Errors) {
    known_keys(keys, selector, &format!("{path}.matchLabelKeys"), out);
    known_keys(mismatched, selector, &format!("{path}.mismatchLabelKeys"), out);
    if let Some(selector) = selector {
        let mut known: SortedSet<&String> = selector.match_labels.iter().flat_map(|labels| labels.keys()).collect();
        for expression in selector.match_expressions.iter().flatten() {
            // The server has added a requirement for each key, so that one more is the user's.
            if let Some(at) = keys.iter().rposition(|key| *key == expression.key).filter(|_| known.contains(&expression.key)) {
                out.invalid(&format!("{path}[{at}]"), &expression.key, "exists in both matchLabelKeys and labelSelector");
            }
            known.insert(&expression.key);
        }
    }
    for (at, key) in keys.iter().enumerate().filter(|(_, key)| mismatched.contains(key)) {
        let detail = "exists in both matchLabelKeys and mismatchLabelKeys";
        out.invalid(&format!("{path}.matchLabelKeys[{at}]"), key, detail);
    }
}

fn known_keys(keys: &[String], selector: Option<&LabelSelector>, path: &str, out: &mut Errors) {
    if keys.is_empty() {
        return;
    }
    if selector.is_none() {
        return out.forbidden(path, "must not be specified when labelSelector is not set");
    }
    for (at, key) in keys.iter().enumerate() {
        label_key(key, &format!("{path}[{at}]"), out);
    }
}

pub(super) fn topology_spread(constraints: &[TopologySpreadConstraint], path: &str, out: &mut Errors) {
    for (at, constraint) in constraints.iter().enumerate() {
        let child = |field: &str| format!("{path}[{at}].{field}");
        if constraint.max_skew <= 0 {
            out.invalid(&child("maxSkew"), constraint.max_skew, "must be greater than zero");
        }
        if constraint.topology_key.is_empty() {
            out.required(&child("topologyKey"), "can not be empty");
        }
        let action = constraint.when_unsatisfiable.as_str();
        out.one_of(&child("whenUnsatisfiable"), action, &["DoNotSchedule", "ScheduleAnyway"]);
        let is_repeated = constraints[at + 1..].iter().any(|later| {
            later.topology_key == constraint.topology_key && later.when_unsatisfiable == constraint.when_unsatisfiable
        });
        if is_repeated {
            let pair = format!("{{{}, {action}}}", constraint.topology_key);
            out.duplicate(&child("{topologyKey, whenUnsatisfiable}"), &pair);
        }
        if let Some(domains) = constraint.min_domains {
            if domains <= 0 {
                out.invalid(&child("minDomains"), domains, "must be greater than zero");
            }
            if action != "DoNotSchedule" {
                let detail = format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}");
                out.invalid(&child("minDomains"), domains, &detail);
            }
        }
        for (field, policy) in
            [("nodeAffinityPolicy", &constraint.node_affinity_policy), ("nodeTaintsPolicy", &constraint.node_taints_policy)]
        {
            if let Some(policy) = policy {
                out.one_of(&child(field), policy, &["Honor", "Ignore"]);
            }
        }
        let keys = constraint.match_label_keys.as_deref().unwrap_or_default();
        label_keys(keys, &[], constraint.label_selector.as_ref(), &format!("{path}[{at}]"), out);
        label_selector(constraint.label_selector.as_ref(), &child("labelSelector"), out);
    }
}

pub(super) fn tolerations(tolerations: &[Toleration], path: &str, out: &mut Errors) {
    for (at, toleration) in tolerations.iter().enumerate() {
        let child = |field: &str| format!("{path}[{at}].{field}");
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        let (key, operator, value, effect) =
            (text(&toleration.key), text(&toleration.operator), text(&toleration.value), text(&toleration.effect));
        if !key.is_empty() {
            label_key(&key, &child("key"), out);
        } else if operator != "Exists" {
            let detail = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            out.invalid(&child("operator"), &operator, detail);
        }
        if toleration.toleration_seconds.is_some() && effect != "NoExecute" {
            out.invalid(&child("effect"), &effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
        }
        match operator.as_str() {
            "" | "Equal" => {
                let errors = label_value_errors(&value);
                if !errors.is_empty() {
                    out.invalid(&child("operator"), &value, &errors.join(";"));
                }
            }
            "Exists" => {
                if !value.is_empty() {
                    out.invalid(&child("operator"), &value, "value must be empty when `operator` is 'Exists'");
                }
            }
            // These are known, but behind the gate TaintTolerationComparisonOperators, which is off.
            "Lt" | "Gt" => out.not_supported(&child("operator"), &operator, &["Equal", "Exists", "Lt", "Gt"]),
            other => out.not_supported(&child("operator"), other, &["Equal", "Exists"]),
        }
        if !effect.is_empty() {
            out.one_of(&child("effect"), &effect, &["NoSchedule", "PreferNoSchedule", "NoExecute"]);
        }
    }
}

pub(super) fn gates(gates: &[PodSchedulingGate], path: &str, out: &mut Errors) {
    let mut seen = SortedSet::new();
    for (at, gate) in gates.iter().enumerate() {
        let path = format!("{path}[{at}]");
        out.each(&path, &gate.name, qualified_name_errors(&gate.name));
        if !seen.insert(&gate.name) {
            out.duplicate(&path, &gate.name);
        }
    }
}
