//! `kubectl describe node`. Models `describeNode` and `describeNodeResource` of `k8s.io/kubectl/pkg/describe` (v1.36).

use podlapse_model::api::coordination::v1::Lease;
use podlapse_model::api::core::v1::{Event, Node, NodeSpec, NodeStatus, Pod};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{
    Metadata, Quantity, ResourceList, ResourceOptions, Unmodelled, add_resources, pod_limits, pod_requests, resource_list,
};
use serde_json::Value;

use super::events::events;
use super::metadata::{annotations, labels, next_line, rfc1123};
use super::writer::{Writer, put};
use crate::duration::age;
use crate::printers::nodes::node_roles;

/// The description of a Node at the instant `now`.
///
/// `lease` is the one of its name in `kube-node-lease`; `pods` are those on the node that are neither Succeeded nor Failed, and
/// `about` the events about it, both in the order in which the API lists them (by namespace and name).
pub fn describe_node(node: &Node, lease: Option<&Lease>, pods: &[&Pod], about: &[&Event], now: &Time) -> String {
    node_text(node, lease, pods, &[], Some(about), now)
}

/// The description of a Node, with or without its events; `slices` are the ResourceSlices of this node alone.
pub(super) fn node_text(
    node: &Node,
    lease: Option<&Lease>,
    pods: &[&Pod],
    slices: &[&Unmodelled],
    about: Option<&[&Event]>,
    now: &Time,
) -> String {
    let mut writer = Writer::default();
    let w = &mut writer;
    let (empty_spec, empty_status) = (NodeSpec::default(), NodeStatus::default());
    let spec = node.spec.as_ref().unwrap_or(&empty_spec);
    let status = node.status.as_ref().unwrap_or(&empty_status);
    head(w, node, spec);
    lease_section(w, node, lease);
    conditions(w, status);
    capacity(w, status);
    resource_slices(w, slices);
    system(w, spec, status);
    allocation(w, status, pods, now);
    if let Some(about) = about {
        events(w, about, now);
    }
    writer.finish()
}

fn head(w: &mut Writer, node: &Node, spec: &NodeSpec) {
    let roles = node_roles(node).join(",");
    put!(w, 0, "Name:\t{}\n", node.name());
    put!(w, 0, "Roles:\t{}\n", if roles.is_empty() { "<none>" } else { &roles });
    labels(w, "Labels", node.metadata.labels.as_ref());
    annotations(w, "Annotations", node.metadata.annotations.as_ref());
    put!(w, 0, "CreationTimestamp:\t{}\n", rfc1123(node.metadata.creation_timestamp.as_ref()));
    let mut taints: Vec<(String, String)> = spec
        .taints
        .iter()
        .flatten()
        .map(|taint| {
            let value = taint.value.as_deref().filter(|value| !value.is_empty()).map(|value| format!("={value}"));
            (format!("{},{}", taint.effect, taint.key), format!("{}{}:{}", taint.key, value.unwrap_or_default(), taint.effect))
        })
        .collect();
    podlapse_model::sort_by(&mut taints, |(a, _), (b, _)| a.cmp(b));
    put!(w, 0, "Taints:\t");
    let mut is_first = true;
    for (_, taint) in taints {
        next_line(w, &mut is_first);
        put!(w, 0, "{taint}\n");
    }
    if is_first {
        put!(w, 0, "<none>\n");
    }
    put!(w, 0, "Unschedulable:\t{}\n", spec.unschedulable == Some(true));
}

fn lease_section(w: &mut Writer, node: &Node, lease: Option<&Lease>) {
    let Some(lease) = lease else {
        let name = node.name();
        put!(w, 0, "Lease:\tFailed to get lease: leases.coordination.k8s.io {name:?} not found\n");
        return;
    };
    let spec = lease.spec.clone().unwrap_or_default();
    let time = |at: Option<podlapse_model::apimachinery::pkg::apis::meta::v1::MicroTime>| {
        at.map_or_else(|| "<unset>".to_owned(), |at| rfc1123(Some(&Time(at.0))))
    };
    put!(w, 0, "Lease:\n");
    put!(w, 1, "HolderIdentity:\t{}\n", spec.holder_identity.unwrap_or_else(|| "<unset>".to_owned()));
    put!(w, 1, "AcquireTime:\t{}\n", time(spec.acquire_time));
    put!(w, 1, "RenewTime:\t{}\n", time(spec.renew_time));
}

fn conditions(w: &mut Writer, status: &NodeStatus) {
    let conditions = status.conditions.as_deref().unwrap_or_default();
    if !conditions.is_empty() {
        put!(w, 0, "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n");
        put!(w, 1, "----\t------\t-----------------\t------------------\t------\t-------\n");
    }
    for condition in conditions {
        put!(
            w,
            1,
            "{} \t{} \t{} \t{} \t{} \t{}\n",
            condition.type_,
            condition.status,
            rfc1123(condition.last_heartbeat_time.as_ref()),
            rfc1123(condition.last_transition_time.as_ref()),
            condition.reason.as_deref().unwrap_or_default(),
            condition.message.as_deref().unwrap_or_default()
        );
    }
}

fn capacity(w: &mut Writer, status: &NodeStatus) {
    put!(w, 0, "Addresses:\n");
    for address in status.addresses.iter().flatten() {
        put!(w, 1, "{}:\t{}\n", address.type_, address.address);
    }
    for (title, resources) in [("Capacity", &status.capacity), ("Allocatable", &status.allocatable)] {
        let Some(resources) = resources.as_ref().filter(|resources| !resources.is_empty()) else { continue };
        put!(w, 0, "{title}:\n");
        for (name, quantity) in resources {
            put!(w, 0, "  {name}:\t{}\n", Quantity::of(quantity));
        }
    }
}

/// `describeNodeResourceSlices`: the pools of devices, with how many slices and devices each has.
fn resource_slices(w: &mut Writer, slices: &[&Unmodelled]) {
    const SHOWN: usize = 10;
    let mut pools: Vec<(&str, &str, usize, usize)> = Vec::new();
    for slice in slices {
        let text = |path: &str| slice.value.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let (driver, pool) = (text("/spec/driver"), text("/spec/pool/name"));
        let devices = slice.value.pointer("/spec/devices").and_then(Value::as_array).map_or(0, Vec::len);
        match pools.iter_mut().find(|known| (known.0, known.1) == (driver, pool)) {
            Some((_, _, slices, all)) => (*slices, *all) = (*slices + 1, *all + devices),
            None => pools.push((driver, pool, 1, devices)),
        }
    }
    if pools.is_empty() {
        return;
    }
    podlapse_model::sort_by_key(&mut pools, |(driver, pool, _, _)| format!("{driver}/{pool}"));
    put!(w, 0, "Node-Local ResourceSlices:\n");
    put!(w, 1, "Driver\tPool\tSlices\tDevices\n");
    put!(w, 1, "------\t----\t------\t-------\n");
    for (driver, pool, slices, devices) in pools.iter().take(SHOWN) {
        put!(w, 1, "{driver}\t{pool}\t{slices}\t{devices}\n");
    }
    if SHOWN < pools.len() {
        put!(w, 1, "...and {} more pools\n", pools.len() - SHOWN);
    }
}

fn system(w: &mut Writer, spec: &NodeSpec, status: &NodeStatus) {
    let info = status.node_info.clone().unwrap_or_default();
    put!(w, 0, "System Info:\n");
    for (title, value) in [
        ("Machine ID", info.machine_id),
        ("System UUID", info.system_uuid),
        ("Boot ID", info.boot_id),
        ("Kernel Version", info.kernel_version),
        ("OS Image", info.os_image),
        ("Operating System", info.operating_system),
        ("Architecture", info.architecture),
        ("Container Runtime Version", info.container_runtime_version),
        ("Kubelet Version", info.kubelet_version),
    ] {
        put!(w, 0, "  {title}:\t{value}\n");
    }
    let cidrs = spec.pod_cidrs.as_ref().map(|cidrs| cidrs.join(","));
    for (title, value) in [("PodCIDR", &spec.pod_cidr), ("PodCIDRs", &cidrs), ("ProviderID", &spec.provider_id)] {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            put!(w, 0, "{title}:\t{value}\n");
        }
    }
}

/// What the Pods request of the node, one by one and together.
fn allocation(w: &mut Writer, status: &NodeStatus, pods: &[&Pod], now: &Time) {
    let allocatable = status.allocatable.as_ref().filter(|list| !list.is_empty()).or(status.capacity.as_ref());
    let allocatable = &resource_list(allocatable);
    // Each Pod is shown with what it has, the sum with what is wanted.
    let (held, wanted) = (ResourceOptions { use_status: true, ..ResourceOptions::default() }, ResourceOptions::default());
    put!(w, 0, "Non-terminated Pods:\t({} in total)\n", pods.len());
    put!(w, 1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge\n");
    put!(w, 1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---\n");
    let (mut requests, mut limits) = (ResourceList::new(), ResourceList::new());
    for pod in pods {
        add_resources(&mut requests, &pod_requests(pod, &wanted));
        add_resources(&mut limits, &pod_limits(pod, &wanted));
        let (requests, limits) = (&pod_requests(pod, &held), &pod_limits(pod, &held));
        // Of a node that has none of it, kubectl divides by zero.
        let cell = |list: &ResourceList, name: &str| share(list, allocatable, name, i64::MIN);
        put!(
            w,
            1,
            "{}\t{}\t\t{}\t{}\t{}\t{}\t{}\n",
            pod.namespace(),
            pod.name(),
            cell(requests, "cpu"),
            cell(limits, "cpu"),
            cell(requests, "memory"),
            cell(limits, "memory"),
            age(pod.metadata.creation_timestamp.as_ref(), now)
        );
    }
    put!(w, 0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n");
    put!(w, 1, "Resource\tRequests\tLimits\n");
    put!(w, 1, "--------\t--------\t------\n");
    let huge = allocatable.keys().map(String::as_str).filter(|name| name.starts_with("hugepages-"));
    for name in ["cpu", "memory", "ephemeral-storage"].into_iter().chain(huge) {
        put!(w, 1, "{name}\t{}\t{}\n", share(&requests, allocatable, name, 0), share(&limits, allocatable, name, 0));
    }
    for name in allocatable.keys().filter(|name| is_extended(name)) {
        put!(w, 1, "{name}\t{}\t{}\n", amount(&requests, name), amount(&limits, name));
    }
}

fn is_extended(name: &str) -> bool {
    !matches!(name, "cpu" | "memory" | "ephemeral-storage" | "pods") && !name.starts_with("hugepages-")
}

fn amount(list: &ResourceList, name: &str) -> Quantity {
    list.get(name).cloned().unwrap_or_default()
}

/// An amount with its share of what the node has, as in `500m (12%)`; `of_nothing` where it has none.
fn share(list: &ResourceList, allocatable: &ResourceList, name: &str, of_nothing: i64) -> String {
    let count = |quantity: &Quantity| if name == "cpu" { quantity.milli_value() } else { quantity.value() };
    let (used, whole) = (amount(list, name), count(&amount(allocatable, name)));
    // Computed as kubectl does it, in floats, as the percentage is cut off and not rounded.
    let percent = if whole == 0 { of_nothing } else { (count(&used) as f64 / whole as f64 * 100.0) as i64 };
    format!("{used} ({percent}%)")
}
