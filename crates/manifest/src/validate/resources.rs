//! Requests and limits.
//!
//! Upstream: `validateResourceRequirements`, `validateContainerResourceName`, `validatePodResources` in
//! `pkg/apis/core/validation/validation.go`, and `pkg/apis/core/helper`.

use std::collections::BTreeMap;

use podlapse_model::api::core::v1::{Pod, PodSpec, ResourceRequirements};
use podlapse_model::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use podlapse_model::{Quantity, ResourceOptions, SortedSet};

use super::error::Errors;
use super::names::{label_errors, qualified_name_errors};

type List = BTreeMap<String, ApiQuantity>;

const STANDARD: &[&str] = &[
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "storage",
    "requests.storage",
    "services.nodeports",
    "services.loadbalancers",
];
const INTEGER: &[&str] = &[
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

pub(super) fn is_huge_page(name: &str) -> bool {
    name.starts_with("hugepages-")
}

fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

pub(super) fn is_extended(name: &str) -> bool {
    !is_native(name) && !name.starts_with("requests.") && qualified_name_errors(&format!("requests.{name}")).is_empty()
}

pub(super) fn is_overcommit_allowed(name: &str) -> bool {
    is_native(name) && !is_huge_page(name)
}

/// A resource's name anywhere.
pub(super) fn resource_name(name: &str, path: &str, out: &mut Errors) {
    let errors = qualified_name_errors(name);
    if !errors.is_empty() {
        return out.each(path, name, errors);
    }
    let is_standard = STANDARD.contains(&name) || is_huge_page(name) || name.starts_with("requests.hugepages-");
    if !name.contains('/') && !is_standard {
        out.invalid(path, name, "must be a standard resource type or fully qualified");
    }
}

pub(super) fn container_resource_name(name: &str, path: &str, out: &mut Errors) {
    resource_name(name, path, out);
    if !name.contains('/') {
        if !matches!(name, "cpu" | "memory" | "ephemeral-storage") && !is_huge_page(name) {
            out.invalid(path, name, "must be a standard resource for containers");
        }
    } else if !is_native(name) && !is_extended(name) {
        out.invalid(path, name, "doesn't follow extended resource name standard");
    }
}

fn pod_resource_name(name: &str, path: &str, out: &mut Errors) {
    let before = out.list.len();
    resource_name(name, path, out);
    if out.list.len() == before && !matches!(name, "cpu" | "memory") && !is_huge_page(name) {
        out.not_supported(path, name, &["cpu", "hugepages-", "memory"]);
    }
}

pub(super) fn quantity(name: &str, amount: &Quantity, path: &str, out: &mut Errors) {
    if amount.signum() < 0 {
        out.invalid(path, &amount.to_string(), "must be greater than or equal to 0");
    }
    if (INTEGER.contains(&name) || is_extended(name)) && amount.milli_value() % 1000 != 0 {
        out.invalid(path, &amount.to_string(), "must be an integer");
    }
}

fn huge_pages(name: &str, amount: &Quantity, path: &str, out: &mut Errors) {
    let size = name.strip_prefix("hugepages-").and_then(|size| Quantity::parse(size).ok());
    let size = size.filter(|size| size.milli_value() % 1000 == 0).map_or(0, |size| size.value());
    if size <= 0 || amount.value() % size != 0 {
        out.invalid(path, &amount.to_string(), &format!("{amount} is not positive integer multiple of {name}"));
    }
}

/// Requests and limits of a container; `claims` are the names of the Pod's resource claims.
pub(super) fn container(requirements: &ResourceRequirements, claims: &SortedSet<String>, path: &str, out: &mut Errors) {
    requests_and_limits(requirements, container_resource_name, path, out);
    resource_claims(requirements, claims, path, out);
}

/// References to the Pod's resource claims: each claim as a whole, or each of its requests, once.
fn resource_claims(requirements: &ResourceRequirements, claims: &SortedSet<String>, path: &str, out: &mut Errors) {
    let mut seen: SortedSet<String> = SortedSet::new();
    for (at, claim) in requirements.claims.iter().flatten().enumerate() {
        let path = format!("{path}.claims[{at}]");
        let request = claim.request.as_deref().unwrap_or_default();
        if claim.name.is_empty() {
            out.required(&path, "");
            continue;
        }
        if seen.contains(&claim.name) {
            out.duplicate(&path, &claim.name);
        } else if request.is_empty() {
            let prefix = format!("{}/", claim.name);
            let overlaps = seen.iter().filter(|known| known.starts_with(&prefix)).count();
            (0..overlaps).for_each(|_| out.duplicate(&path, &claim.name));
            seen.insert(claim.name.clone());
        } else {
            out.each(&format!("{path}.request"), request, label_errors(request));
            let key = format!("{}/{request}", claim.name);
            if !seen.insert(key.clone()) {
                out.duplicate(&path, &key);
            }
        }
        if !claims.contains(&claim.name) {
            let names: Vec<&str> = claims.iter().map(String::as_str).collect();
            let rest = if names.is_empty() { " which is empty".to_owned() } else { format!(": {}", names.join(", ")) };
            out.not_found(&path, &claim.name, &format!("must be one of the names in pod.spec.resourceClaims{rest}"));
        }
    }
}

/// What a RuntimeClass adds to a Pod.
pub(super) fn overhead(overhead: &List, path: &str, out: &mut Errors) {
    let requirements = ResourceRequirements { limits: Some(overhead.clone()), ..ResourceRequirements::default() };
    requests_and_limits(&requirements, container_resource_name, path, out);
}

fn requests_and_limits(
    requirements: &ResourceRequirements,
    check_name: fn(&str, &str, &mut Errors),
    path: &str,
    out: &mut Errors,
) {
    let empty = List::new();
    let limits = requirements.limits.as_ref().unwrap_or(&empty);
    let requests = requirements.requests.as_ref().unwrap_or(&empty);
    for (name, amount) in limits {
        let path = format!("{path}.limits[{name}]");
        let amount = Quantity::of(amount);
        check_name(name, &path, out);
        quantity(name, &amount, &path, out);
        if is_huge_page(name) {
            huge_pages(name, &amount, &path, out);
        }
    }
    for (name, amount) in requests {
        let key_path = format!("{path}.requests[{name}]");
        let amount = Quantity::of(amount);
        check_name(name, &key_path, out);
        quantity(name, &amount, &key_path, out);
        let requests_path = format!("{path}.requests");
        match limits.get(name).map(Quantity::of) {
            Some(limit) if amount != limit && !is_overcommit_allowed(name) => {
                out.invalid(&requests_path, &amount.to_string(), &format!("must be equal to {name} limit of {limit}"));
            }
            Some(limit) if amount > limit => {
                out.invalid(
                    &requests_path,
                    &amount.to_string(),
                    &format!("must be less than or equal to {name} limit of {limit}"),
                );
            }
            None if !is_overcommit_allowed(name) => {
                out.required(&format!("{path}.limits"), "Limit must be set for non overcommitable resources");
            }
            Some(_) | None => {}
        }
        if is_huge_page(name) {
            huge_pages(name, &amount, &key_path, out);
        }
    }
    let has = |test: fn(&str) -> bool| limits.keys().chain(requests.keys()).any(|name| test(name));
    if has(is_huge_page) && !has(|name| name == "cpu" || name == "memory") {
        out.forbidden(path, "HugePages require cpu or memory");
    }
}

/// Requests and limits of a Pod as a whole; `claims` are the names of its resource claims.
pub(super) fn pod(spec: &PodSpec, claims: &SortedSet<String>, path: &str, out: &mut Errors) {
    let Some(resources) = &spec.resources else { return };
    if spec.os.as_ref().is_some_and(|os| os.name == "windows") {
        return out.forbidden(path, "may not be set for a windows pod");
    }
    if resources.claims.is_some() {
        out.forbidden(&format!("{path}.claims"), "claims may not be set for Resources at pod-level");
    }
    requests_and_limits(resources, pod_resource_name, path, out);
    resource_claims(resources, claims, path, out);
    let options = ResourceOptions { skip_pod_level: true, exclude_overhead: true, ..ResourceOptions::default() };
    let alone = Pod { spec: Some(spec.clone()), ..Pod::default() };
    for (field, list, sums, only_huge_pages) in [
        ("requests", &resources.requests, podlapse_model::container_requests(spec, None, &options), false),
        ("limits", &resources.limits, podlapse_model::pod_limits(&alone, &options), true),
    ] {
        for (name, sum) in sums.iter().filter(|(name, _)| is_huge_page(name) || !only_huge_pages) {
            if let Some(amount) = amount(list, name).filter(|amount| sum > amount) {
                let detail = format!("must be greater than or equal to aggregate container {field} of {sum}");
                out.invalid(&format!("{path}.{field}[{name}]"), &amount.to_string(), &detail);
            }
        }
    }
    for (at, container) in spec.containers.iter().enumerate() {
        for (name, limit) in container.resources.iter().flat_map(|resources| resources.limits.iter().flatten()) {
            let limit = Quantity::of(limit);
            if let Some(most) = amount(&resources.limits, name).filter(|most| limit > *most) {
                let detail = format!("must be less than or equal to pod limits of {most}");
                out.invalid(&format!("{path}.containers[{at}][{name}].limits"), &limit.to_string(), &detail);
            }
        }
    }
}

fn amount(list: &Option<List>, name: &str) -> Option<Quantity> {
    list.as_ref()?.get(name).map(Quantity::of)
}
