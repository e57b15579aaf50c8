//! Defaults of what is neither a Pod nor a controller of Pods.
//!
//! Upstream: `pkg/apis/core/v1/defaults.go`, `pkg/apis/storage/v1/defaults.go`, `pkg/apis/scheduling/v1/defaults.go`.

use std::collections::BTreeMap;

use podlapse_model::ByteString;
use podlapse_model::api::core::v1::{
    LimitRange, Namespace, Node, NodeSpec, PersistentVolume, PersistentVolumeClaim, Secret, Service,
};
use podlapse_model::api::scheduling::v1::PriorityClass;
use podlapse_model::api::storage::v1::StorageClass;
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;

use super::{container, set_text};

/// How long a client sticks to a backend, in seconds.
const AFFINITY_TIMEOUT_SECONDS: i32 = 10_800;

pub(super) fn namespace(namespace: &mut Namespace) {
    if let Some(name) = namespace.metadata.name.clone().filter(|name| !name.is_empty()) {
        namespace.metadata.labels.get_or_insert_default().insert("kubernetes.io/metadata.name".to_owned(), name);
    }
    set_text(&mut namespace.status.get_or_insert_default().phase, "Active");
}

pub(super) fn node(node: &mut Node) {
    if let Some(spec) = &mut node.spec {
        one_range(spec);
    }
    let status = node.status.get_or_insert_default();
    for list in [&mut status.capacity, &mut status.allocatable].into_iter().flatten() {
        list.values_mut().for_each(container::round);
    }
    if status.allocatable.as_ref().is_none_or(BTreeMap::is_empty) {
        status.allocatable.clone_from(&status.capacity);
    }
}

/// Both ways to name the range of a node's Pods agree; the older one counts (`Convert_v1_NodeSpec_To_core_NodeSpec`).
fn one_range(spec: &mut NodeSpec) {
    let first = spec.pod_cidrs.as_ref().and_then(|ranges| ranges.first()).cloned();
    let own = spec.pod_cidr.take().filter(|range| !range.is_empty());
    if let Some(range) = own.clone().filter(|range| first.as_ref() != Some(range)) {
        spec.pod_cidrs = Some(vec![range]);
    }
    spec.pod_cidr = own.or(first);
}

/// Also what `pkg/apis/core/v1/conversion.go` `Convert_v1_Secret_To_core_Secret` does: `stringData` goes into `data`, over what is
/// there, and is stored nowhere else.
pub(super) fn secret(secret: &mut Secret) {
    set_text(&mut secret.type_, "Opaque");
    for (key, text) in secret.string_data.take().into_iter().flatten() {
        secret.data.get_or_insert_default().insert(key, ByteString(text.into_bytes()));
    }
}

pub(super) fn service(service: &mut Service) {
    let Some(spec) = &mut service.spec else { return };
    set_text(&mut spec.session_affinity, "None");
    if spec.session_affinity.as_deref() == Some("ClientIP") {
        let config = spec.session_affinity_config.get_or_insert_default();
        config.client_ip.get_or_insert_default().timeout_seconds.get_or_insert(AFFINITY_TIMEOUT_SECONDS);
    } else {
        // A timeout that means nothing is taken away.
        if spec.session_affinity.as_deref() == Some("None") {
            spec.session_affinity_config = None;
        }
    }
    set_text(&mut spec.type_, "ClusterIP");
    for port in spec.ports.iter_mut().flatten() {
        set_text(&mut port.protocol, "TCP");
        let is_open = port.target_port.as_ref().is_none_or(|target| match target {
            IntOrString::Int(number) => *number == 0,
            IntOrString::String(name) => name.is_empty(),
        });
        if is_open {
            port.target_port = Some(IntOrString::Int(port.port));
        }
    }
    let kind = spec.type_.as_deref().unwrap_or_default();
    if kind == "LoadBalancer" {
        spec.allocate_load_balancer_node_ports.get_or_insert(true);
    }
    let has_external_ips = spec.external_ips.as_ref().is_some_and(|ips| !ips.is_empty());
    if kind == "NodePort" || kind == "LoadBalancer" || (kind == "ClusterIP" && has_external_ips) {
        set_text(&mut spec.external_traffic_policy, "Cluster");
    }
    if matches!(kind, "NodePort" | "LoadBalancer" | "ClusterIP") {
        set_text(&mut spec.internal_traffic_policy, "Cluster");
    }
    service.status.get_or_insert_default();
}

pub(super) fn persistent_volume(volume: &mut PersistentVolume) {
    let spec = volume.spec.get_or_insert_default();
    set_text(&mut spec.persistent_volume_reclaim_policy, "Retain");
    set_text(&mut spec.volume_mode, "Filesystem");
    spec.capacity.iter_mut().flat_map(|list| list.values_mut()).for_each(container::round);
    if let Some(host_path) = &mut spec.host_path {
        host_path.type_.get_or_insert_default();
    }
    if let Some(iscsi) = &mut spec.iscsi {
        set_text(&mut iscsi.iscsi_interface, "default");
    }
    if let Some(rbd) = &mut spec.rbd {
        set_text(&mut rbd.pool, "rbd");
        set_text(&mut rbd.user, "admin");
        set_text(&mut rbd.keyring, "/etc/ceph/keyring");
    }
    if let Some(disk) = &mut spec.azure_disk {
        container::azure_disk(disk);
    }
    if let Some(scale_io) = &mut spec.scale_io {
        set_text(&mut scale_io.storage_mode, "ThinProvisioned");
        set_text(&mut scale_io.fs_type, "xfs");
    }
    set_text(&mut volume.status.get_or_insert_default().phase, "Pending");
}

pub(super) fn persistent_volume_claim(claim: &mut PersistentVolumeClaim) {
    let spec = claim.spec.get_or_insert_default();
    set_text(&mut spec.volume_mode, "Filesystem");
    let resources = spec.resources.get_or_insert_default();
    for list in [&mut resources.limits, &mut resources.requests].into_iter().flatten() {
        list.values_mut().for_each(container::round);
    }
    set_text(&mut claim.status.get_or_insert_default().phase, "Pending");
}

pub(super) fn limit_range(limits: &mut LimitRange) {
    let Some(spec) = &mut limits.spec else { return };
    for item in spec.limits.iter_mut().filter(|item| item.type_ == "Container") {
        let defaults = item.default.get_or_insert_default();
        for (name, amount) in item.max.iter().flatten() {
            defaults.entry(name.clone()).or_insert_with(|| amount.clone());
        }
        let requests = item.default_request.get_or_insert_default();
        for (name, amount) in item.default.iter().flatten().chain(item.min.iter().flatten()) {
            requests.entry(name.clone()).or_insert_with(|| amount.clone());
        }
    }
}

pub(super) fn storage_class(class: &mut StorageClass) {
    class.reclaim_policy.get_or_insert_with(|| "Delete".to_owned());
    class.volume_binding_mode.get_or_insert_with(|| "Immediate".to_owned());
}

pub(super) fn priority_class(class: &mut PriorityClass) {
    class.preemption_policy.get_or_insert_with(|| "PreemptLowerPriority".to_owned());
}
