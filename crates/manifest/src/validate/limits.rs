//! LimitRanges and ResourceQuotas.
//!
//! Upstream: `ValidateLimitRange` and `ValidateResourceQuotaSpec` in `pkg/apis/core/validation/validation.go`. Where upstream walks a
//! map, the order is alphabetical here.

use std::collections::BTreeMap;

use podlapse_model::api::core::v1::{
    LimitRange, LimitRangeItem, ResourceQuota, ResourceQuotaSpec, ScopedResourceSelectorRequirement,
};
use podlapse_model::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use podlapse_model::{Quantity, SortedSet};
use serde_json::Value;

use super::error::Errors;
use super::internal::compact;
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
    let is_pod = item.type_ == "Pod";
    let own = |list: &List| if is_pod { None } else { of(list, name) };
    let (default, request) = (own(&item.default), own(&item.default_request));
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
    if let (Some(ratio), Some(min), Some(max)) = (of(&item.max_limit_request_ratio, name), min, max)
        && min.signum() > 0
        && i128::from(ratio.milli_value()) * i128::from(min.milli_value()) > 1000 * i128::from(max.milli_value())
    {
        let path = format!("{path}.maxLimitRequestRatio[{name}]");
        let most = six_places(i128::from(max.milli_value()), i128::from(min.milli_value()));
        out.invalid(&path, &ratio.to_string(), &format!("ratio {ratio} is greater than max/min = {most}"));
    }
    if let (Some(default), Some(request)) = (default, request)
        && !is_overcommit_allowed(name)
        && default != request
    {
        let detail = format!("default value {default} must equal to defaultRequest value {request} in {name}");
        out.invalid(&format!("{path}.defaultRequest[{name}]"), &request.to_string(), &detail);
    }
}

/// A ratio as `%f` prints it.
fn six_places(dividend: i128, divisor: i128) -> String {
    let millionths = (dividend * 2_000_000 / divisor + 1) / 2;
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

pub(super) fn resource_quota(quota: &ResourceQuota, out: &mut Errors) {
    let Some(spec) = &quota.spec else { return };
    for (name, amount) in spec.hard.iter().flatten() {
        quota_amount(name, &Quantity::of(amount), &format!("spec.hard[{name}]"), out);
    }
    scopes(spec, out);
}

/// An amount of something that quotas know.
pub(super) fn quota_amount(name: &str, amount: &Quantity, path: &str, out: &mut Errors) {
    resource_name(name, path, out);
    let is_standard = QUOTA_RESOURCES.contains(&name) || is_quota_huge_page(name);
    if !name.contains('/') && !is_standard {
        out.invalid(path, name, "must be a standard resource for quota");
    }
    quantity(name, amount, path, out);
}

fn scopes(spec: &ResourceQuotaSpec, out: &mut Errors) {
    const UNFIT: &str = "unsupported scope applied to resource";
    let scopes = spec.scopes.as_deref().unwrap_or_default();
    let unfit = |scope: &str| spec.hard.iter().flatten().filter(|(name, _)| !is_in_scope(scope, name)).count();
    for scope in scopes {
        if !SCOPES.contains(&scope.as_str()) {
            out.invalid("spec.scopes", &Value::from(scopes), "unsupported scope");
        }
        (0..unfit(scope)).for_each(|_| out.invalid("spec.scopes", &Value::from(scopes), UNFIT));
    }
    let all: Vec<&str> = scopes.iter().map(String::as_str).collect();
    conflicting(&all, &Value::from(scopes), "spec.scopes", out);
    let Some(selector) = &spec.scope_selector else { return };
    let selected = selector.match_expressions.as_deref().unwrap_or_default();
    let path = "spec.scopeSelector.matchExpressions";
    for requirement in selected {
        if !SCOPES.contains(&requirement.scope_name.as_str()) {
            out.invalid(&format!("{path}.scopeName"), &requirement.scope_name, "unsupported scope");
        }
        for _ in 0..unfit(&requirement.scope_name) {
            out.invalid(path, compact("ScopeSelector", &podlapse_model::to_json(selector)), UNFIT);
        }
        scope_requirement(requirement, path, out);
    }
    let all: Vec<&str> = selected.iter().map(|requirement| requirement.scope_name.as_str()).collect();
    conflicting(&all, &podlapse_model::to_json(&spec.scopes), path, out);
}

fn scope_requirement(requirement: &ScopedResourceSelectorRequirement, path: &str, out: &mut Errors) {
    let scope = requirement.scope_name.as_str();
    let has_no_values =
        matches!(scope, "BestEffort" | "NotBestEffort" | "Terminating" | "NotTerminating" | "CrossNamespacePodAffinity");
    if has_no_values && requirement.operator != "Exists" {
        let detail = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, \
                      ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or \
                      ResourceQuotaScopeCrossNamespacePodAffinity";
        out.invalid(&format!("{path}.operator"), &requirement.operator, detail);
    }
    let count = requirement.values.as_ref().map_or(0, Vec::len);
    match requirement.operator.as_str() {
        "In" | "NotIn" if count == 0 => {
            let detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
            out.required(&format!("{path}.values"), detail);
        }
        "Exists" | "DoesNotExist" if count != 0 => out.invalid(
            &format!("{path}.values"),
            &podlapse_model::to_json(&requirement.values),
            "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
        ),
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        other => out.invalid(&format!("{path}.operator"), other, "not a valid selector operator"),
    }
}

/// Scopes that no object is in both of.
fn conflicting(scopes: &[&str], shown: &Value, path: &str, out: &mut Errors) {
    for (one, other) in [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")] {
        if scopes.contains(&one) && scopes.contains(&other) {
            out.invalid(path, shown, "conflicting scopes");
        }
    }
}

/// Whether a scope says anything about a resource; resources that are none of quotas' own are let through.
fn is_in_scope(scope: &str, resource: &str) -> bool {
    if !QUOTA_RESOURCES.contains(&resource) && !is_quota_huge_page(resource) {
        return true;
    }
    let is_compute = matches!(resource, "cpu" | "memory" | "limits.cpu" | "limits.memory" | "requests.cpu" | "requests.memory");
    match scope {
        "BestEffort" => resource == "pods",
        "Terminating" | "NotTerminating" | "NotBestEffort" | "PriorityClass" | "CrossNamespacePodAffinity" => {
            resource == "pods" || is_compute
        }
        "VolumeAttributesClass" => matches!(resource, "persistentvolumeclaims" | "requests.storage"),
        _ => true,
    }
}

fn is_quota_huge_page(name: &str) -> bool {
    name.starts_with("hugepages-") || name.starts_with("requests.hugepages-")
}
