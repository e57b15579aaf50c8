//! Roles and bindings, of which only the manifest is looked at.
//!
//! Upstream: `pkg/apis/rbac/validation/validation.go` and `pkg/apis/rbac/v1/defaults.go` (v1.36).

use podlapse_model::apimachinery::pkg::apis::meta::v1::LabelSelector;
use podlapse_model::part::{items, text};
use podlapse_model::{Unmodelled, from_json};
use serde_json::{Value, json};

use super::error::{Errors, Shown};
use super::metadata::{label_selector, object_meta};
use super::names::{path_segment_errors, subdomain_errors};

const GROUP: &str = "rbac.authorization.k8s.io";

/// The kinds that are looked at, and whether they live in a namespace.
fn is_namespaced(object: &Unmodelled) -> Option<bool> {
    if object.api_version.split('/').next() != Some(GROUP) {
        return None;
    }
    match object.kind.as_str() {
        "Role" | "RoleBinding" => Some(true),
        "ClusterRole" | "ClusterRoleBinding" => Some(false),
        _ => None,
    }
}

/// What a binding leaves out.
pub(crate) fn default(object: &mut Unmodelled) {
    if is_namespaced(object).is_none() || !object.kind.ends_with("Binding") {
        return;
    }
    let fill = |value: &mut Value| {
        if text(value, "apiGroup").is_empty() && value.is_object() {
            value["apiGroup"] = GROUP.into();
        }
    };
    if let Some(role) = object.value.get_mut("roleRef") {
        fill(role);
    }
    for subject in object.value.get_mut("subjects").and_then(Value::as_array_mut).into_iter().flatten() {
        if matches!(text(subject, "kind"), "User" | "Group") {
            fill(subject);
        }
    }
}

/// Everything of a role or binding.
pub(super) fn object(object: &Unmodelled, out: &mut Errors) {
    let Some(is_namespaced) = is_namespaced(object) else { return };
    object_meta(&object.metadata, is_namespaced, path_segment_errors, "metadata", out);
    fields(object, out);
}

/// Everything but the metadata.
pub(super) fn fields(object: &Unmodelled, out: &mut Errors) {
    let Some(is_namespaced) = is_namespaced(object) else { return };
    if object.kind.ends_with("Binding") {
        binding(&object.value, is_namespaced, out);
        return;
    }
    for (at, rule) in items(&object.value, "rules").iter().enumerate() {
        policy_rule(rule, is_namespaced, &format!("rules[{at}]"), out);
    }
    if let Some(aggregation) = object.value.get("aggregationRule").filter(|rule| !is_namespaced && !rule.is_null()) {
        let path = "aggregationRule.clusterRoleSelectors";
        let selectors = items(aggregation, "clusterRoleSelectors");
        if selectors.is_empty() {
            out.required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil");
        }
        for (at, selector) in selectors.iter().enumerate() {
            if let Ok(selector) = from_json::<LabelSelector>(selector.clone()) {
                label_selector(Some(&selector), &format!("{path}[{at}]"), out);
            }
        }
    }
}

/// A role that a binding names may not change.
pub(super) fn update(new: &Unmodelled, old: &Unmodelled, out: &mut Errors) {
    fields(new, out);
    let (role, before) = (&new.value["roleRef"], &old.value["roleRef"]);
    if is_namespaced(new).is_some() && role != before {
        let shown = json!({"APIGroup": text(role, "apiGroup"), "Kind": text(role, "kind"), "Name": text(role, "name")});
        out.invalid("roleRef", &shown, "cannot change roleRef");
    }
}

fn policy_rule(rule: &Value, is_namespaced: bool, path: &str, out: &mut Errors) {
    let [verbs, groups, resources, names, urls] =
        ["verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs"].map(|field| items(rule, field));
    let child = |field: &str| format!("{path}.{field}");
    if verbs.is_empty() {
        out.required(&child("verbs"), "verbs must contain at least one value");
    }
    if !urls.is_empty() {
        let mut refuse = |detail: &str| out.invalid(&child("nonResourceURLs"), &Value::from(urls), detail);
        if is_namespaced {
            refuse("namespaced rules cannot apply to non-resource URLs");
        }
        if !(groups.is_empty() && resources.is_empty() && names.is_empty()) {
            refuse("rules cannot apply to both regular resources and non-resource URLs");
        }
        return;
    }
    if groups.is_empty() {
        out.required(&child("apiGroups"), "resource rules must supply at least one api group");
    }
    if resources.is_empty() {
        out.required(&child("resources"), "resource rules must supply at least one resource");
    }
}

fn binding(value: &Value, is_namespaced: bool, out: &mut Errors) {
    let none = Value::Null;
    let role = value.get("roleRef").unwrap_or(&none);
    out.one_of("roleRef.apiGroup", text(role, "apiGroup"), &[GROUP]);
    let kinds: &[&str] = if is_namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    out.one_of("roleRef.kind", text(role, "kind"), kinds);
    match text(role, "name") {
        "" => out.required("roleRef.name", ""),
        name => out.each("roleRef.name", name, path_segment_errors(name)),
    }
    for (at, subject) in items(value, "subjects").iter().enumerate() {
        self::subject(subject, is_namespaced, &format!("subjects[{at}]"), out);
    }
}

fn subject(subject: &Value, is_namespaced: bool, path: &str, out: &mut Errors) {
    let child = |field: &str| format!("{path}.{field}");
    let (name, group) = (text(subject, "name"), text(subject, "apiGroup"));
    if name.is_empty() {
        out.required(&child("name"), "");
    }
    match text(subject, "kind") {
        "ServiceAccount" => {
            if !name.is_empty() {
                out.each(&child("name"), name, subdomain_errors(name));
            }
            out.one_of(&child("apiGroup"), group, &[""]);
            if !is_namespaced && text(subject, "namespace").is_empty() {
                out.required(&child("namespace"), "");
            }
        }
        kind @ ("User" | "Group") => {
            if name.is_empty() {
                out.invalid(&child("name"), Shown("\"\"".to_owned()), &format!("{} name cannot be empty", kind.to_lowercase()));
            }
            out.one_of(&child("apiGroup"), group, &[GROUP]);
        }
        kind => out.not_supported(&child("kind"), kind, &["ServiceAccount", "User", "Group"]),
    }
}
