//! What a Pod tells its containers about itself.
//!
//! Models `pkg/fieldpath` `ExtractFieldPathAsString`, `pkg/api/v1/resource` `ExtractContainerResourceValue` and
//! `pkg/kubelet/kubelet_resources.go` `defaultPodLimitsForDownwardAPI` (v1.36).

use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::{Container, DownwardAPIVolumeFile, Pod, ResourceFieldSelector};
use podlapse_model::go_text::quote;
use podlapse_model::{Quantity, ResourceList, resource_list};

use crate::kubelet::container_spec::container_spec;
use crate::kubelet::status_sync::host_ips;
use crate::store::Store;

/// A field of the Pod.
pub(in crate::kubelet) fn field(store: &Store, pod: &Pod, path: &str, pod_ips: &[Arc<str>]) -> String {
    let metadata = &pod.metadata;
    let host_ips = || host_ips(store, pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default());
    let spec = pod.spec.as_ref();
    let entry = |map: &Option<BTreeMap<String, String>>, path: &str| {
        let key = path.split_once("['").and_then(|(_, rest)| rest.strip_suffix("']"));
        key.and_then(|key| map.as_ref()?.get(key).cloned())
    };
    let value = match path {
        "metadata.name" => metadata.name.clone(),
        "metadata.namespace" => metadata.namespace.clone(),
        "metadata.uid" => metadata.uid.clone(),
        "metadata.labels" => Some(lines(metadata.labels.as_ref())),
        "metadata.annotations" => Some(lines(metadata.annotations.as_ref())),
        "spec.nodeName" => spec.and_then(|spec| spec.node_name.clone()),
        "spec.serviceAccountName" => spec.and_then(|spec| spec.service_account_name.clone()),
        "status.hostIP" => host_ips().first().map(|ip| ip.to_string()),
        "status.hostIPs" => Some(host_ips().join(",")),
        "status.podIP" => pod_ips.first().map(|ip| ip.to_string()),
        "status.podIPs" => Some(pod_ips.join(",")),
        path if path.starts_with("metadata.labels[") => entry(&metadata.labels, path),
        path if path.starts_with("metadata.annotations[") => entry(&metadata.annotations, path),
        _ => None,
    };
    value.unwrap_or_default()
}

/// `KEY="VALUE"` for each entry.
fn lines(map: Option<&BTreeMap<String, String>>) -> String {
    let lines: Vec<String> = map.into_iter().flatten().map(|(key, value)| format!("{key}={}", quote(value))).collect();
    lines.join("\n")
}

/// The resources of which a container that sets no limit has all that there is; huge pages are never promised twice.
const DEFAULTED: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

/// What the Pod's node has for Pods: the limits of a container that sets none.
fn allocatable(store: &Store, pod: &Pod) -> ResourceList {
    let node = pod.spec.as_ref().and_then(|spec| store.node(spec.node_name.as_deref()?));
    resource_list(node.and_then(|node| node.status.as_ref()?.allocatable.as_ref()))
}

/// What a variable of a container tells of a request or limit: of its own, or of a container that it names. The limits of the whole
/// Pod come before what the node has; an init container that is named has neither.
pub(in crate::kubelet) fn resource_value(
    store: &Store,
    pod: &Pod,
    container: &Container,
    selector: &ResourceFieldSelector,
) -> Result<String, String> {
    let spec = pod.spec.as_ref();
    let mut most = allocatable(store, pod);
    let limits = spec.and_then(|spec| spec.resources.as_ref()?.limits.as_ref());
    for (name, limit) in limits.into_iter().flatten().map(|(name, limit)| (name.as_str(), Quantity::of(limit))) {
        if ["cpu", "memory"].contains(&name) && !limit.is_zero() && most.contains_key(name) {
            most.insert(name.into(), limit);
        }
    }
    let Some(name) = selector.container_name.as_deref().filter(|name| !name.is_empty()) else {
        return Ok(resource_field(container, selector, &most));
    };
    let Some(named) = container_spec(pod, name) else { return Err(format!("container {name} not found")) };
    if spec.is_some_and(|spec| spec.containers.iter().all(|container| container.name != name)) {
        most = ResourceList::new();
    }
    Ok(resource_field(named, selector, &most))
}

/// A request or limit of a container, in whole multiples of the divisor, rounded up.
fn resource_field(container: &Container, selector: &ResourceFieldSelector, allocatable: &ResourceList) -> String {
    let resources = container.resources.as_ref();
    let (list, name) = match selector.resource.split_once('.') {
        Some(("limits", name)) => (resources.and_then(|resources| resources.limits.as_ref()), name),
        Some((_, name)) => (resources.and_then(|resources| resources.requests.as_ref()), name),
        None => (None, ""),
    };
    let own = list.and_then(|list| list.get(name)).map(Quantity::of).filter(|own| !own.is_zero());
    let is_defaulted = selector.resource.starts_with("limits.") && DEFAULTED.contains(&name);
    let amount = own.or_else(|| allocatable.get(name).filter(|_| is_defaulted).cloned()).unwrap_or(Quantity::ZERO);
    let units = |quantity: &Quantity| if name == "cpu" { quantity.milli_value() } else { quantity.value() };
    let divisor = selector.divisor.as_ref().map(Quantity::of).filter(|divisor| !divisor.is_zero());
    let divisor = divisor.map_or(if name == "cpu" { 1_000 } else { 1 }, |divisor| units(&divisor)).max(1);
    let amount = units(&amount);
    (amount / divisor + i64::from(amount % divisor != 0)).to_string()
}

/// The files of a downward API volume.
pub(in crate::kubelet) fn files(
    store: &Store,
    pod: &Pod,
    items: Option<&[DownwardAPIVolumeFile]>,
) -> impl Iterator<Item = (String, Vec<u8>)> {
    let allocatable = allocatable(store, pod);
    items.into_iter().flatten().map(move |item| {
        let resource = item.resource_field_ref.as_ref();
        let text = match resource.and_then(|selector| Some((selector, container_spec(pod, selector.container_name.as_deref()?)?)))
        {
            Some((selector, container)) => resource_field(container, selector, &allocatable),
            None => field(store, pod, item.field_ref.as_ref().map_or("", |reference| reference.field_path.as_str()), &[]),
        };
        (item.path.clone(), text.into_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(resource: &str, divisor: Option<&str>) -> String {
        let container: Container = serde_json::from_value(serde_json::json!(
            {"name": "a", "resources": {"limits": {"cpu": "1500m"}, "requests": {"memory": "100Mi"}}}
        ))
        .unwrap();
        let selector: ResourceFieldSelector =
            serde_json::from_value(serde_json::json!({"resource": resource, "divisor": divisor})).unwrap();
        let amount = Quantity::parse("16Gi").unwrap();
        let node = ResourceList::from([("memory".into(), amount.clone()), ("hugepages-2Mi".into(), amount)]);
        resource_field(&container, &selector, &node)
    }

    #[test]
    fn a_resource_is_counted_in_whole_multiples_of_its_divisor() {
        assert_eq!(value("limits.cpu", None), "2");
        assert_eq!(value("limits.cpu", Some("1m")), "1500");
        assert_eq!(value("requests.memory", Some("1Mi")), "100");
        assert_eq!(value("requests.cpu", None), "0");
    }

    #[test]
    fn a_limit_that_is_not_set_is_what_the_node_has() {
        assert_eq!(value("limits.memory", Some("1Gi")), "16");
        assert_eq!(value("limits.hugepages-2Mi", None), "0");
    }
}
