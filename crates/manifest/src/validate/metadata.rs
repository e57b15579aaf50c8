//! Names, labels, annotations and the rest of `metadata`, and label selectors.
//!
//! Upstream: `k8s.io/apimachinery/pkg/api/validation/objectmeta.go`, `pkg/apis/meta/v1/validation`, and `ValidateObjectMeta` in
//! `pkg/apis/core/validation`.

use std::collections::BTreeMap;

use podlapse_model::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement, ObjectMeta, OwnerReference};

use super::error::{Errors, Shown};
use super::internal::compact;
use super::names::{label_errors, label_value_errors, prefix_errors, qualified_name_errors};

/// All keys and values of annotations together, in bytes.
const ANNOTATIONS_LIMIT: usize = 256 * 1024;

pub(super) fn object_meta(
    metadata: &ObjectMeta,
    is_namespaced: bool,
    name_errors: fn(&str) -> Vec<String>,
    path: &str,
    out: &mut Errors,
) {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let (name, generate_name, namespace) = (text(&metadata.name), text(&metadata.generate_name), text(&metadata.namespace));
    if !generate_name.is_empty() {
        out.each(&format!("{path}.generateName"), &generate_name, prefix_errors(&generate_name, name_errors));
    }
    if name.is_empty() {
        out.required(&format!("{path}.name"), "name or generateName is required");
    } else {
        out.each(&format!("{path}.name"), &name, name_errors(&name));
    }
    let namespace_path = format!("{path}.namespace");
    match (is_namespaced, namespace.is_empty()) {
        (true, true) => out.required(&namespace_path, ""),
        (true, false) => out.each(&namespace_path, &namespace, label_errors(&namespace)),
        (false, true) => {}
        (false, false) => out.forbidden(&namespace_path, "not allowed on this type"),
    }
    out.non_negative(&format!("{path}.generation"), metadata.generation.unwrap_or_default());
    labels(metadata.labels.as_ref(), &format!("{path}.labels"), out);
    annotations(metadata.annotations.as_ref(), &format!("{path}.annotations"), out);
    owner_references(metadata, &format!("{path}.ownerReferences"), out);
    finalizers(metadata, &format!("{path}.finalizers"), out);
}

pub(super) fn label_key(key: &str, path: &str, out: &mut Errors) {
    out.each(path, key, qualified_name_errors(key));
}

pub(super) fn labels(labels: Option<&BTreeMap<String, String>>, path: &str, out: &mut Errors) {
    for (key, value) in labels.into_iter().flatten() {
        label_key(key, path, out);
        out.each(path, value, label_value_errors(value));
    }
}

pub(super) fn annotations(annotations: Option<&BTreeMap<String, String>>, path: &str, out: &mut Errors) {
    let mut size = 0;
    for (key, value) in annotations.into_iter().flatten() {
        size += key.len() + value.len();
        out.each(path, key, qualified_name_errors(&key.to_lowercase()));
    }
    if size > ANNOTATIONS_LIMIT {
        out.too_long(path, ANNOTATIONS_LIMIT);
    }
}

pub(super) fn owner_references(metadata: &ObjectMeta, path: &str, out: &mut Errors) {
    let mut controller: Option<String> = None;
    for owner in metadata.owner_references.iter().flatten() {
        let (group, version) = owner.api_version.split_once('/').unwrap_or(("", &owner.api_version));
        // What has more than two parts has no version at all.
        let version = if version.contains('/') { "" } else { version };
        if version.is_empty() {
            out.invalid(&format!("{path}.apiVersion"), &owner.api_version, "version must not be empty");
        }
        for (field, value) in [("kind", &owner.kind), ("name", &owner.name), ("uid", &owner.uid)] {
            if value.is_empty() {
                out.invalid(&format!("{path}.{field}"), value, "must not be empty");
            }
        }
        if owner.kind == "Event" && group.is_empty() && version == "v1" {
            out.invalid(path, shown_owner(owner), "/v1, Kind=Event is disallowed from being an owner");
        }
        if owner.controller == Some(true) {
            let this = format!("{}/{}", owner.kind, owner.name);
            let Some(first) = &controller else {
                controller = Some(this);
                continue;
            };
            let detail = format!(
                "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {this}"
            );
            let all: Vec<String> = metadata.owner_references.iter().flatten().map(|owner| shown_owner(owner).0).collect();
            out.invalid(path, Shown(format!("[{}]", all.join(","))), &detail);
        }
    }
}

fn shown_owner(owner: &OwnerReference) -> Shown {
    compact("OwnerReference", &podlapse_model::to_json(owner))
}

pub(super) fn finalizers(metadata: &ObjectMeta, path: &str, out: &mut Errors) {
    let finalizers: Vec<&String> = metadata.finalizers.iter().flatten().collect();
    for finalizer in &finalizers {
        out.each(path, finalizer, qualified_name_errors(finalizer));
    }
    let has = |name: &str| finalizers.iter().any(|finalizer| *finalizer == name);
    if has("orphan") && has("foregroundDeletion") {
        let detail = "finalizer orphan and foregroundDeletion cannot be both set";
        out.invalid(path, &podlapse_model::to_json(&metadata.finalizers), detail);
    }
    for (at, finalizer) in finalizers.iter().enumerate() {
        own_finalizer(finalizer, &format!("{path}[{at}]"), out);
    }
}

/// A finalizer without a domain is one of Kubernetes' own.
fn own_finalizer(finalizer: &str, path: &str, out: &mut Errors) {
    if !finalizer.contains('/') && !matches!(finalizer, "kubernetes" | "orphan" | "foregroundDeletion") {
        out.invalid(path, finalizer, "name is neither a standard finalizer name nor is it fully qualified");
    }
}

/// One finalizer of a namespace.
pub(super) fn finalizer(finalizer: &str, path: &str, out: &mut Errors) {
    out.each(path, finalizer, qualified_name_errors(finalizer));
    own_finalizer(finalizer, path, out);
}

pub(super) fn label_selector(selector: Option<&LabelSelector>, path: &str, out: &mut Errors) {
    let Some(selector) = selector else { return };
    labels(selector.match_labels.as_ref(), &format!("{path}.matchLabels"), out);
    for (at, expression) in selector.match_expressions.iter().flatten().enumerate() {
        label_requirement(expression, &format!("{path}.matchExpressions[{at}]"), out);
    }
}

fn label_requirement(requirement: &LabelSelectorRequirement, path: &str, out: &mut Errors) {
    let values: &[String] = requirement.values.as_deref().unwrap_or_default();
    let values_path = format!("{path}.values");
    match requirement.operator.as_str() {
        "In" | "NotIn" if values.is_empty() => {
            out.required(&values_path, "must be specified when `operator` is 'In' or 'NotIn'");
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            out.forbidden(&values_path, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        other => out.invalid(&format!("{path}.operator"), other, "not a valid selector operator"),
    }
    label_key(&requirement.key, &format!("{path}.key"), out);
    for (at, value) in values.iter().enumerate() {
        out.each(&format!("{values_path}[{at}]"), value, label_value_errors(value));
    }
}
