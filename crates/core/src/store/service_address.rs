//! Addresses and ports of Services.
//!
//! Models `pkg/registry/core/service/{ipallocator,portallocator}` (v1.36) with the ranges of kubeadm: by lot, beyond the first few, which
//! are kept for those who ask for one. What a Service gives back is free at once. A trial gets the first address, and ports behind the
//! last. The cluster has IPv4 alone.

use std::net::Ipv4Addr;
use std::sync::Arc;

use podlapse_manifest::{Taken, invalid, validate_allocation};
use podlapse_model::api::core::v1::ServiceSpec;
use podlapse_model::{Kind, Object};

use super::{ApiContext, ApiError, Reason, Store};
use crate::kernel::{Purpose, Random};

/// 10.96.0.0/12.
const FIRST_ADDRESS: u32 = u32::from_be_bytes([10, 96, 0, 0]);
const ADDRESSES: u64 = 1 << 20;
/// The addresses and ports at the beginning that are not given out by lot.
const KEPT_ADDRESSES: u64 = 256;
const KEPT_PORTS: u64 = 86;
const FIRST_PORT: i32 = 30_000;
const PORTS: u64 = 2_768;
/// What a trial is given, whatever is taken (`Allocator.DryRun`, `PortAllocationOperation.AllocateNext`).
const TRIAL_ADDRESS: &str = "10.96.0.0";
const TRIAL_PORT: i32 = 32_769;

fn specs(store: &Store) -> impl Iterator<Item = &ServiceSpec> {
    store.list(Kind::Service).filter_map(spec_of)
}

/// Fills in what a Service leaves open; `old` is what it was before an update.
pub(super) fn allocate(store: &Store, object: &mut Object, old: Option<&Object>, cx: &mut ApiContext<'_>) {
    let Object::Service(service) = object else { return };
    let Some(spec) = &mut Arc::make_mut(service).spec else { return };
    let before = old.and_then(spec_of);
    if let Some(before) = before {
        keep(spec, before);
    }
    let kind = spec.type_.clone().unwrap_or_default();
    if kind == "ExternalName" {
        return;
    }
    if is_open(&spec.cluster_ip) {
        let address = if cx.is_trial { TRIAL_ADDRESS.to_owned() } else { address(store, cx.random) };
        spec.cluster_ips = Some(vec![address.clone()]);
        spec.cluster_ip = Some(address);
    }
    let takes_ports = kind == "NodePort" || (kind == "LoadBalancer" && spec.allocate_load_balancer_node_ports != Some(false));
    if !takes_ports {
        return;
    }
    let mut taken: Vec<i32> = specs(store).chain([&*spec]).flat_map(node_ports).collect();
    let is_known = |number: i32| before.is_some_and(|before| node_ports(before).contains(&number));
    let mut given: Vec<i32> = Vec::new();
    let ports = spec.ports.as_deref_mut().unwrap_or_default();
    for at in 0..ports.len() {
        let own = ports[at].node_port.unwrap_or_default();
        if own != 0 {
            given.extend((!is_known(own)).then_some(own));
            continue;
        }
        // In a new Service, one port of the nodes stands for all protocols of a port.
        let same = ports.iter().filter(|port| before.is_none() && port.port == ports[at].port);
        let shared = same.filter_map(|port| port.node_port).find(|number| *number != 0);
        let number = shared.unwrap_or_else(|| next_port(&taken, &given, cx));
        given.push(number);
        taken.push(number);
        ports[at].node_port = Some(number);
    }
    if is_checked(spec) {
        spec.health_check_node_port.get_or_insert_with(|| next_port(&taken, &given, cx));
    }
}

/// A port that nobody has; a trial gets the one behind those that it was given.
fn next_port(taken: &[i32], given: &[i32], cx: &mut ApiContext<'_>) -> i32 {
    match cx.is_trial {
        true => given.iter().max().map_or(TRIAL_PORT, |last| last + 1),
        false => node_port(taken, cx.random),
    }
}

/// Why what a Service asks for cannot be given.
pub(super) fn refusal(store: &Store, object: &Object, old: Option<&Object>, is_trial: bool) -> Option<ApiError> {
    let Object::Service(service) = object else { return None };
    let own = old.map(Object::key);
    let others = store.list(Kind::Service).filter(|other| own.as_ref() != Some(&other.key()));
    let others: Vec<&ServiceSpec> = others.filter_map(spec_of).collect();
    let has_address = |ip: &str| others.iter().any(|spec| spec.cluster_ip.as_deref() == Some(ip));
    let has_port = |port: i32| others.iter().any(|spec| node_ports(spec).contains(&port));
    let taken = Taken { address: &has_address, port: &has_port, is_trial };
    if let Some(status) = invalid(object, &validate_allocation(object, old, &taken)) {
        return Some(ApiError::invalid(status));
    }
    let spec = service.spec.as_ref()?;
    let port = spec.health_check_node_port.filter(|port| *port != 0 && is_checked(spec))?;
    if old.and_then(spec_of).is_some_and(is_checked) {
        return None;
    }
    let own: Vec<i32> = spec.ports.iter().flatten().filter_map(|port| port.node_port).collect();
    let error = taken.port_error(port, &own)?;
    let message = format!("Internal error occurred: failed to allocate requested HealthCheck NodePort {port}: {error}");
    Some(ApiError::new(Reason::InternalError, message))
}

fn spec_of(object: &Object) -> Option<&ServiceSpec> {
    if let Object::Service(service) = object { service.spec.as_ref() } else { None }
}

/// Whether a load balancer asks the nodes for the Pods that they have (`NeedsHealthCheck`).
fn is_checked(spec: &ServiceSpec) -> bool {
    spec.type_.as_deref() == Some("LoadBalancer") && spec.external_traffic_policy.as_deref() == Some("Local")
}

fn is_open(ip: &Option<String>) -> bool {
    ip.as_ref().is_none_or(String::is_empty)
}

fn node_ports(spec: &ServiceSpec) -> Vec<i32> {
    spec.ports.iter().flatten().filter_map(|port| port.node_port).chain(spec.health_check_node_port).collect()
}

/// What an update leaves out stays, and what its new type has no use for goes (`normalizeClusterIPs`, `patchAllocatedValues`,
/// `dropTypeDependentFields`).
fn keep(spec: &mut ServiceSpec, before: &ServiceSpec) {
    let kind = |spec: &ServiceSpec| spec.type_.clone().unwrap_or_default();
    // Who changes the one address means the list too.
    if spec.cluster_ip != before.cluster_ip && spec.cluster_ips == before.cluster_ips {
        spec.cluster_ips = spec.cluster_ip.clone().filter(|ip| !ip.is_empty()).map(|ip| vec![ip]);
    }
    let has_address = |spec: &ServiceSpec| kind(spec) != "ExternalName";
    if has_address(spec) && has_address(before) && is_open(&spec.cluster_ip) {
        spec.cluster_ip.clone_from(&before.cluster_ip);
        spec.cluster_ips.clone_from(&before.cluster_ips);
    } else if !has_address(spec) && has_address(before) && spec.cluster_ip == before.cluster_ip {
        (spec.cluster_ip, spec.cluster_ips, spec.ip_families, spec.ip_family_policy) = (None, None, None, None);
    }
    if has_address(spec) && has_address(before) {
        if spec.ip_families.as_ref().is_none_or(Vec::is_empty) {
            spec.ip_families.clone_from(&before.ip_families);
        }
        if spec.ip_family_policy.is_none() {
            spec.ip_family_policy.clone_from(&before.ip_family_policy);
        }
        // Who asks for one family alone, and leaves both, means the first.
        if spec.ip_family_policy.as_deref() == Some("SingleStack") && spec.ip_families == before.ip_families {
            spec.ip_families.iter_mut().for_each(|families| families.truncate(1));
        }
    }
    if has_address(spec) && !has_address(before) && !spec.cluster_ip.as_ref().is_some_and(|ip| ip.contains(':')) {
        spec.ip_family_policy.get_or_insert_with(|| "SingleStack".to_owned());
        spec.ip_families.get_or_insert_with(|| vec!["IPv4".to_owned()]);
    }
    let has_ports = |spec: &ServiceSpec| matches!(kind(spec).as_str(), "NodePort" | "LoadBalancer");
    if has_ports(before) && has_ports(spec) {
        for port in spec.ports.iter_mut().flatten().filter(|port| port.node_port.unwrap_or_default() == 0) {
            let old = before.ports.iter().flatten().find(|old| old.port == port.port && old.protocol == port.protocol);
            port.node_port = old.and_then(|old| old.node_port);
        }
    } else if has_ports(before) && node_ports(spec) == node_ports(before) {
        spec.ports.iter_mut().flatten().for_each(|port| port.node_port = None);
    }
}

fn address(store: &Store, random: &mut Random) -> String {
    loop {
        let offset = KEPT_ADDRESSES + random.below(Purpose::ServiceAddress, "address", ADDRESSES - KEPT_ADDRESSES - 1);
        let address = Ipv4Addr::from(FIRST_ADDRESS + u32::try_from(offset).expect("the range has twenty bits")).to_string();
        if !specs(store).any(|spec| spec.cluster_ip.as_deref() == Some(address.as_str())) {
            return address;
        }
    }
}

/// A free port; when none is, the last one is given twice, as nobody has that many Services.
fn node_port(taken: &[i32], random: &mut Random) -> i32 {
    let mut number = FIRST_PORT;
    for _ in 0..PORTS {
        let offset = KEPT_PORTS + random.below(Purpose::ServiceAddress, "port", PORTS - KEPT_PORTS);
        number = FIRST_PORT + i32::try_from(offset).expect("the range has twelve bits");
        if !taken.contains(&number) {
            break;
        }
    }
    number
}
