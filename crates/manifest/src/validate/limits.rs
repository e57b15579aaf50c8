//! LimitRanges and ResourceQuotas.
//!
//! Upstream: `ValidateLimitRange` and `ValidateResourceQuotaSpec` in `pkg/apis/core/validation/validation.go`. Where upstream walks a
//! map, the order is alphabetical here.

use std::collections::BTreeMap;

use podlapse_model::api::core::v1::{LimitRange, LimitRangeItem, ResourceQuota, ResourceQuotaSpec};
use podlapse_model::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use podlapse_model::{Quantity, SortedSet};
use serde_json::Value;

use super::error::Errors;
use super::names::qualified_name_errors;
use super::resources::{container_resource_name, is_overcommit_allowed, quantity, resource_name};

const QUOTA_RESOURCES: &[&str] = &[
    "configmaps",
    "cpu",
    "ephemeral-storage",
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "memory",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
    "requests.storage",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
];
const SCOPES: &[&str] = &[
    "BestEffort",
    "CrossNamespacePodAffinity",
    "NotBestEffort",
    "NotTerminating",
    "PriorityClass",
    "Terminating",
    "VolumeAttributesClass",
];

type List = Option<BTreeMap<String, ApiQuantity>>;

fn of(list: &List, name: &str) -> Option<Quantity> {
    list.as_ref()?.get(name).map(Quantity::of)
}

pub(super) fn limit_range(limits: &LimitRange, out: &mut Errors) {
    let mut types = SortedSet::new();
    for (at, item) in limits.spec.iter().flat_map(|spec| spec.limits.iter()).enumerate() {
        let path = format!("spec.limits[{at}]");
        let type_path = format!("{path}.type");
        let errors = qualified_name_errors(&item.type_);
        if !errors.is_empty() {
            out.each(&type_path, &item.type_, errors);
        } else if !item.type_.contains('/') && !matches!(item.type_.as_str(), "Pod" | "Container" | "PersistentVolumeClaim") {
            out.invalid(&type_path, &item.type_, "must be a standard limit type or fully qualified");
        }
        if !types.insert(&item.type_) {
            out.duplicate(&type_path, &item.type_);
        }
        limit_item(item, &path, out);
    }
}

fn limit_item(item: &LimitRangeItem, path: &str, out: &mut Errors) {
    let is_pod = item.type_ == "Pod";
    let check = if is_pod || item.type_ == "Container" { container_resource_name } else { resource_name };
    let lists = [("max", &item.max), ("min", &item.min), ("default", &item.default), ("defaultRequest", &item.default_request)];
    let mut keys: SortedSet<&String> = SortedSet::new();
    for (field, list) in lists {
        if is_pod && field.starts_with("default") {
            if list.as_ref().is_some_and(|list| !list.is_empty()) {
                out.forbidden(&format!("{path}.{field}"), "may not be specified when `type` is 'Pod'");
            }
            continue;
        }
        for name in list.iter().flatten().map(|(name, _)| name) {
            check(name, &format!("{path}.{field}[{name}]"), out);
            keys.insert(name);
        }
    }
    if item.type_ == "PersistentVolumeClaim" && of(&item.min, "storage").is_none() && of(&item.max, "storage").is_none() {
        let detail = "either minimum or maximum storage value is required, but neither was provided";
        out.required(&format!("{path}.limits"), detail);
    }
    for (name, _) in item.max_limit_request_ratio.iter().flatten() {
        check(name, &format!("{path}.maxLimitRequestRatio[{name}]"), out);
        keys.insert(name);
    }
    keys.into_iter().for_each(|name| bounds(item, name, path, out));
}

fn bounds(item: &LimitRangeItem, name: &str, path: &str, out: &mut Errors) {
    let (min, max) = (of(&item.min, name), of(&item.max, name));
    let (default, request) = (of(&item.default, name), of(&item.default_request, name));
    let mut ordered = |low: (&str, &Option<Quantity>), high: (&str, &Option<Quantity>), field: &str, shows_low: bool| {
        let (Some(less), Some(more)) = (low.1, high.1) else { return };
        if more < less {
            let detail = format!("{} value {less} is greater than {} value {more}", low.0, high.0);
            let shown = if shows_low { less } else { more };
            out.invalid(&format!("{path}.{field}[{name}]"), &shown.to_string(), &detail);
        }
    };
    ordered(("min", &min), ("max", &max), "min", true);
    ordered(("min", &min), ("default request", &request), "defaultRequest", false);
    ordered(("default request", &request), ("max", &max), "defaultRequest", true);
    ordered(("default request", &request), ("default limit", &default), "defaultRequest", true);
    ordered(("min", &min), ("default", &default), "default", true);
    ordered(("default", &default), ("max", &max), "default", false);
    if let Some(ratio) = of(&item.max_limit_request_ratio, name)
        && ratio.milli_value() < 1000
    {
        let path = format!("{path}.maxLimitRequestRatio[{name}]");
        out.invalid(&path, &ratio.to_string(), &format!("ratio {ratio} is less than 1"));
    }
    if let (Some(default), Some(request)) = (default, request)
        && !is_overcommit_allowed(name)
        && default != request
    {
        let detail = format!("default value {default} must equal to defaultRequest value {request} in {name}");
        out.invalid(&format!("{path}.defaultRequest[{name}]"), &request.to_string(), &detail);
    }
}

pub(super) fn resource_quota(quota: &ResourceQuota, out: &mut Errors) {
    let Some(spec) = &quota.spec else { return };
    for (name, amount) in spec.hard.iter().flatten() {
        let path = format!("spec.hard[{name}]");
        resource_name(name, &path, out);
        let is_standard = QUOTA_RESOURCES.contains(&name.as_str()) || name.contains("hugepages-");
        if !name.contains('/') && !is_standard {
            out.invalid(&path, name, "must be a standard resource for quotas");
        }
        quantity(name, &Quantity::of(amount), &path, out);
    }
    scopes(spec, out);
}

fn scopes(spec: &ResourceQuotaSpec, out: &mut Errors) {
    let scopes = spec.scopes.as_deref().unwrap_or_default();
    let has = |name: &str| scopes.iter().any(|scope| scope == name);
    for scope in scopes {
        if !SCOPES.contains(&scope.as_str()) {
            out.invalid("spec.scopes", &Value::from(scopes), "unsupported scope");
        }
        for (name, _) in spec.hard.iter().flatten().filter(|(name, _)| !is_in_scope(scope, name)) {
            let _ = name;
            out.invalid("spec.scopes", &Value::from(scopes), "unsupported scope applied to resource");
        }
    }
    if (has("BestEffort") && has("NotBestEffort")) || (has("Terminating") && has("NotTerminating")) {
        out.invalid("spec.scopes", &Value::from(scopes), "conflicting scopes");
    }
    let selected = spec.scope_selector.iter().flat_map(|selector| selector.match_expressions.iter().flatten());
    for requirement in selected {
        let path = "spec.scopeSelector.matchExpressions";
        if !SCOPES.contains(&requirement.scope_name.as_str()) {
            out.invalid(&format!("{path}.scopeName"), &requirement.scope_name, "unsupported scope");
        }
        let count = requirement.values.as_ref().map_or(0, Vec::len);
        match requirement.operator.as_str() {
            "In" | "NotIn" if count == 0 => out.required(
                &format!("{path}.values"),
                "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
            ),
            "Exists" | "DoesNotExist" if count != 0 => out.invalid(
                &format!("{path}.values"),
                &podlapse_model::to_json(&requirement.values),
                "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
            ),
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => out.invalid(&format!("{path}.operator"), other, "not a valid selector operator"),
        }
    }
}

/// Whether a scope says anything about a resource.
fn is_in_scope(scope: &str, resource: &str) -> bool {
    let is_count = matches!(resource, "pods" | "count/pods");
    let is_compute =
        matches!(resource.trim_start_matches("requests.").trim_start_matches("limits."), "cpu" | "memory" | "ephemeral-storage")
            || resource.contains("hugepages-");
    match scope {
        "BestEffort" => is_count,
        "Terminating" | "NotTerminating" | "NotBestEffort" | "PriorityClass" | "CrossNamespacePodAffinity" => {
            is_count || is_compute || resource.starts_with("requests.")
        }
        _ => true,
    }
}
