//! What a Pod asks for and may use, over all its containers.
//!
//! Models `k8s.io/component-helpers/resource` `PodRequests`, `PodLimits` and their parts, and the defaults that scoring counts with
//! (`pkg/scheduler/framework` `getNonMissingContainerRequests`; v1.36).

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, ContainerStatus, Pod, PodSpec, PodStatus};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;

use crate::{Format, Quantity};

/// Amounts by resource.
pub type ResourceList = crate::SortedMap<String, Quantity>;

/// Thousandths of a CPU that scoring counts for a container that requests none.
const DEFAULT_MILLI_CPU: i64 = 100;
/// Bytes that scoring counts for a container that requests no memory.
const DEFAULT_MEMORY: i64 = 200 * 1024 * 1024;

/// How requests and limits of a Pod are added up.
#[derive(Clone, Debug, Default)]
pub struct ResourceOptions {
    /// Leave `spec.overhead` out.
    pub exclude_overhead: bool,
    /// Leave `spec.resources` out.
    pub skip_pod_level: bool,
    /// Count what containers have been given (`status.containerStatuses[].resources`) where a resize is under way.
    pub use_status: bool,
    /// What counts for a container that does not request a resource.
    pub non_missing: ResourceList,
}

/// The amounts of an API object.
pub fn resource_list(list: Option<&BTreeMap<String, ApiQuantity>>) -> ResourceList {
    list.into_iter().flatten().map(|(name, quantity)| (name.clone(), Quantity::of(quantity))).collect()
}

/// Adds amounts to others.
pub fn add_resources(list: &mut ResourceList, other: &ResourceList) {
    for (name, quantity) in other {
        match list.get_mut(name) {
            Some(sum) => *sum += quantity,
            None => drop(list.insert(name.clone(), quantity.clone())),
        }
    }
}

/// Takes over the amounts that are larger.
pub fn max_resources(list: &mut ResourceList, other: &ResourceList) {
    for (name, quantity) in other {
        if list.get(name).is_none_or(|known| quantity > known) {
            list.insert(name.clone(), quantity.clone());
        }
    }
}

/// Whether `spec.resources` may name the resource.
fn is_pod_level(name: &str) -> bool {
    matches!(name, "cpu" | "memory") || name.starts_with("hugepages-")
}

/// The requests of `spec.resources` that count.
fn pod_level_requests(spec: &PodSpec) -> ResourceList {
    let mut list = resource_list(spec.resources.as_ref().and_then(|resources| resources.requests.as_ref()));
    list.retain(|name, _| is_pod_level(name));
    list
}

/// The limits of `spec.resources` that count.
fn pod_level_limits(spec: &PodSpec) -> ResourceList {
    let mut list = resource_list(spec.resources.as_ref().and_then(|resources| resources.limits.as_ref()));
    list.retain(|name, _| is_pod_level(name));
    list
}

/// Whether the Pod as a whole requests something.
pub fn has_pod_level_requests(spec: &PodSpec) -> bool {
    !pod_level_requests(spec).is_empty()
}

/// Whether an init container goes on running beside the containers.
pub fn is_sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

/// What a Pod requests: the sum of its containers and sidecars, or what an init container needs at once if that is more; what the
/// Pod as a whole requests goes first.
///
/// ```
/// use podlapse_model::{pod_requests, ResourceOptions, api::core::v1::Pod};
/// assert!(pod_requests(&Pod::default(), &ResourceOptions::default()).is_empty());
/// ```
pub fn pod_requests(pod: &Pod, options: &ResourceOptions) -> ResourceList {
    let Some(spec) = &pod.spec else { return ResourceList::new() };
    let mut requests = container_requests(spec, pod.status.as_ref(), options);
    if !options.skip_pod_level {
        requests.extend(pod_level_requests(spec));
    }
    if !options.exclude_overhead {
        add_resources(&mut requests, &resource_list(spec.overhead.as_ref()));
    }
    requests
}

/// What a Pod may use, added up like its requests. Overhead is added to limits that are not zero.
pub fn pod_limits(pod: &Pod, options: &ResourceOptions) -> ResourceList {
    let Some(spec) = &pod.spec else { return ResourceList::new() };
    let status = pod.status.as_ref();
    let of = |container: &Container, resizable: bool| {
        let limits = resource_list(container.resources.as_ref().and_then(|resources| resources.limits.as_ref()));
        match status.filter(|_| options.use_status && resizable).and_then(|status| running_as(status, &container.name)) {
            Some((given, infeasible)) => {
                let mut known = if infeasible { ResourceList::new() } else { limits };
                max_resources(&mut known, &resource_list(given.resources.as_ref().and_then(|given| given.limits.as_ref())));
                known
            }
            None => limits,
        }
    };
    let mut limits = aggregate(spec, &of);
    if !options.skip_pod_level {
        limits.extend(pod_level_limits(spec));
    }
    if !options.exclude_overhead {
        let mut overhead = resource_list(spec.overhead.as_ref());
        overhead.retain(|name, _| limits.get(name).is_some_and(|limit| !limit.is_zero()));
        add_resources(&mut limits, &overhead);
    }
    limits
}

/// What the containers of a Pod request together, without overhead and without what the Pod as a whole requests.
pub fn container_requests(spec: &PodSpec, status: Option<&PodStatus>, options: &ResourceOptions) -> ResourceList {
    let of = |container: &Container, resizable: bool| {
        let requests = resource_list(container.resources.as_ref().and_then(|resources| resources.requests.as_ref()));
        let mut requests = match status.filter(|_| options.use_status && resizable) {
            Some(status) => resized_requests(requests, status, &container.name),
            None => requests,
        };
        for (name, quantity) in &options.non_missing {
            requests.entry(name.clone()).or_insert_with(|| quantity.clone());
        }
        requests
    };
    aggregate(spec, &of)
}

/// Adds up the containers, `of` telling what one counts and whether it can be resized while it runs.
fn aggregate(spec: &PodSpec, of: &dyn Fn(&Container, bool) -> ResourceList) -> ResourceList {
    let mut total = ResourceList::new();
    for container in &spec.containers {
        add_resources(&mut total, &of(container, true));
    }
    let (mut sidecars, mut at_start) = (ResourceList::new(), ResourceList::new());
    for container in spec.init_containers.iter().flatten() {
        let mut own = of(container, is_sidecar(container));
        if is_sidecar(container) {
            add_resources(&mut total, &own);
            add_resources(&mut sidecars, &own);
            max_resources(&mut at_start, &sidecars);
        } else {
            add_resources(&mut own, &sidecars);
            max_resources(&mut at_start, &own);
        }
    }
    max_resources(&mut total, &at_start);
    total
}

/// The status of a container that has been given resources, and whether a resize was found impossible.
fn running_as<'a>(status: &'a PodStatus, container: &str) -> Option<(&'a ContainerStatus, bool)> {
    let statuses = status.container_statuses.iter().chain(&status.init_container_statuses).flatten();
    let given = statuses.into_iter().find(|known| known.name == container).filter(|known| known.resources.is_some())?;
    let mut conditions = status.conditions.iter().flatten();
    let infeasible =
        conditions.any(|condition| condition.type_ == "PodResizePending" && condition.reason.as_deref() == Some("Infeasible"));
    Some((given, infeasible))
}

/// The largest of what is asked for, allocated and given; what is asked for does not count where it is impossible.
fn resized_requests(requests: ResourceList, status: &PodStatus, container: &str) -> ResourceList {
    let Some((given, infeasible)) = running_as(status, container) else { return requests };
    let mut known = if infeasible { ResourceList::new() } else { requests };
    max_resources(&mut known, &resource_list(given.resources.as_ref().and_then(|given| given.requests.as_ref())));
    max_resources(&mut known, &resource_list(given.allocated_resources.as_ref()));
    known
}

/// What scoring counts for a container that does not request CPU or memory.
pub fn default_requests() -> ResourceList {
    [
        ("cpu".to_owned(), Quantity::new_milli(DEFAULT_MILLI_CPU, Format::DecimalSI)),
        ("memory".to_owned(), Quantity::new(DEFAULT_MEMORY, Format::DecimalSI)),
    ]
    .into()
}

/// What scoring counts for the containers of a Pod that do not request CPU or memory. With requests of the Pod as a whole only what
/// the total (`requests`) lacks is made up for.
pub fn non_missing_requests(requests: &ResourceList, spec: &PodSpec) -> ResourceList {
    let mut defaults = default_requests();
    if has_pod_level_requests(spec) {
        defaults.retain(|name, _| !requests.contains_key(name));
    }
    defaults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(value: serde_json::Value) -> Pod {
        serde_json::from_value(value).unwrap()
    }

    fn cpu(pod: &Pod, options: &ResourceOptions) -> String {
        pod_requests(pod, options).get("cpu").map_or_else(String::new, Quantity::to_string)
    }

    #[test]
    fn a_resize_counts_the_most_until_it_is_impossible() {
        let resized = |conditions: serde_json::Value| {
            pod(serde_json::json!({
                "spec": {"containers": [{"name": "app", "resources": {"requests": {"cpu": "4"}}}]},
                "status": {
                    "containerStatuses": [{
                        "name": "app", "image": "", "imageID": "", "ready": true, "restartCount": 0,
                        "allocatedResources": {"cpu": "2"}, "resources": {"requests": {"cpu": "1"}},
                    }],
                    "conditions": conditions,
                },
            }))
        };
        let use_status = ResourceOptions { use_status: true, ..ResourceOptions::default() };
        let infeasible = serde_json::json!([{"type": "PodResizePending", "status": "True", "reason": "Infeasible"}]);
        assert_eq!(cpu(&resized(serde_json::json!([])), &use_status), "4");
        assert_eq!(cpu(&resized(infeasible.clone()), &use_status), "2");
        assert_eq!(cpu(&resized(infeasible), &ResourceOptions::default()), "4");
    }

    #[test]
    fn init_containers_need_the_sidecars_before_them() {
        let container = |name: &str, cpu: &str, sidecar: bool| {
            let mut value = serde_json::json!({"name": name, "resources": {"requests": {"cpu": cpu}}});
            if sidecar {
                value["restartPolicy"] = "Always".into();
            }
            value
        };
        let init = [container("log", "1", true), container("migrate", "5", false), container("mesh", "2", true)];
        let pod = pod(serde_json::json!({"spec": {"initContainers": init, "containers": [container("app", "1", false)]}}));
        assert_eq!(cpu(&pod, &ResourceOptions::default()), "6");
    }
}
