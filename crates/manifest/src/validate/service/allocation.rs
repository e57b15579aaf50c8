//! What the allocators of addresses and node ports say of a Service, before anything else looks at it.
//!
//! Upstream: `allocateCreate` and `allocateUpdate` in `pkg/registry/core/service/storage/alloc.go`, and what
//! `pkg/registry/core/service/{ipallocator,portallocator}` refuse (v1.36), for a cluster with IPv4 alone and the ranges of kubeadm.

use std::net::Ipv4Addr;

use podlapse_model::api::core::v1::{Service, ServicePort, ServiceSpec};
use serde_json::Value;

use crate::validate::error::Errors;

/// What other Services have.
pub struct Taken<'a> {
    /// Whether one has this address.
    pub address: &'a dyn Fn(&str) -> bool,
    /// Whether one has this port of the nodes.
    pub port: &'a dyn Fn(i32) -> bool,
    /// Whether nothing is to be taken: then some things are not looked at.
    pub is_trial: bool,
}

impl Taken<'_> {
    /// Nobody has anything.
    pub(in crate::validate) const NOTHING: Taken<'static> = Taken { address: &|_| false, port: &|_| false, is_trial: false };

    /// Why a port of the nodes cannot be given, after these were.
    pub fn port_error(&self, port: i32, given: &[i32]) -> Option<&'static str> {
        if !self.is_trial && !(30_000..=32_767).contains(&port) {
            Some("provided port is not in the valid range. The range of valid ports is 30000-32767")
        } else if given.contains(&port) || (self.port)(port) {
            Some("provided port is already allocated")
        } else {
            None
        }
    }
}

/// Checks a new or an updated Service; the first thing that cannot be given ends it.
pub(in crate::validate) fn check(service: &Service, old: Option<&Service>, taken: &Taken<'_>, out: &mut Errors) {
    let Some(spec) = &service.spec else { return };
    let kind = |spec: &ServiceSpec| spec.type_.clone().unwrap_or_default();
    if kind(spec) == "ExternalName" {
        return;
    }
    let before = old.and_then(|old| old.spec.as_ref());
    let ips = spec.cluster_ips.as_deref().unwrap_or_default();
    super::addresses(spec, ips == ["None"], out);
    let former = before.filter(|before| kind(before) != "ExternalName");
    if out.list.is_empty() && former.is_none_or(|before| !is_left(spec, before)) {
        families(spec, former, ips, out);
    }
    if out.list.is_empty() && former.is_none() {
        address(ips, taken, out);
    }
    if out.list.is_empty() && matches!(kind(spec).as_str(), "NodePort" | "LoadBalancer") {
        let ports = spec.ports.as_deref().unwrap_or_default();
        match before {
            None => new_ports(ports, taken, out),
            Some(before) => other_ports(ports, before.ports.as_deref().unwrap_or_default(), taken, out),
        }
    }
}

/// Whether a Service that prefers two families stays as it is, whatever the cluster has by now.
fn is_left(new: &ServiceSpec, old: &ServiceSpec) -> bool {
    let prefers = |spec: &ServiceSpec| spec.ip_family_policy.as_deref() == Some("PreferDualStack");
    let is_same = new.type_ == old.type_ && new.cluster_ips == old.cluster_ips && new.ip_families == old.ip_families;
    is_same && prefers(new) && prefers(old)
}

/// The families of addresses that a Service asks for (`initIPFamilyFields`).
fn families(spec: &ServiceSpec, before: Option<&ServiceSpec>, ips: &[String], out: &mut Errors) {
    let own = spec.ip_families.as_deref().unwrap_or_default();
    let policy = spec.ip_family_policy.as_deref().unwrap_or_default();
    let mut refuse = |detail: &str| out.invalid("spec.ipFamilyPolicy", policy, detail);
    let had = before.and_then(|before| before.ip_families.as_ref()).map_or(0, Vec::len);
    if policy == "SingleStack" {
        for (what, count) in [("cluster IPs", ips.len()), ("IP families", own.len())] {
            if count == 2 {
                refuse(&format!("must be 'RequireDualStack' or 'PreferDualStack' when multiple {what} are specified"));
            }
        }
    } else if !own.is_empty() && own.len() < had {
        refuse("must be 'SingleStack' to release the secondary IP family");
    }
    for (at, _) in ips.iter().enumerate().skip(own.len()).filter(|(_, ip)| ip.contains(':')) {
        out.invalid(&format!("spec.clusterIPs[{at}]"), &Value::from(ips), "IPv6 is not configured on this cluster");
    }
    let selects = spec.selector.as_ref().is_some_and(|selector| !selector.is_empty());
    if !out.list.is_empty() || (ips == ["None"] && !selects) {
        return;
    }
    if policy == "RequireDualStack" {
        out.invalid("spec.ipFamilyPolicy", policy, "this cluster is not configured for dual-stack services");
    }
    for (at, family) in own.iter().enumerate().filter(|(_, family)| *family == "IPv6") {
        out.invalid(&format!("spec.ipFamilies[{at}]"), family, "not configured on this cluster");
    }
}

/// The address that a Service asks for (`allocIPs`).
fn address(ips: &[String], taken: &Taken<'_>, out: &mut Errors) {
    let Some(first) = ips.first().filter(|ip| !ip.is_empty() && *ip != "None") else { return };
    let Ok(ip) = first.parse::<Ipv4Addr>().map(u32::from) else { return };
    let is_outside = ip >> 20 != u32::from_be_bytes([10, 96, 0, 0]) >> 20;
    let error = if is_outside && !taken.is_trial {
        "the provided network does not match the current range".to_owned()
    } else if is_outside || matches!(ip << 12, 0 | 0xffff_f000) {
        format!("the provided IP ({first}) is not in the valid range. The range of valid IPs is 10.96.0.0/12")
    } else if !taken.is_trial && (taken.address)(first) {
        "provided IP is already allocated".to_owned()
    } else {
        return;
    };
    out.invalid("spec.clusterIPs", &Value::from(ips), &format!("failed to allocate IP {first}: {error}"));
}

fn refuse(at: usize, port: i32, error: &str, out: &mut Errors) {
    out.invalid(&format!("spec.ports[{at}].nodePort"), port, error);
}

/// One port of the nodes stands for all protocols of a port (`initNodePorts`).
fn new_ports(ports: &[ServicePort], taken: &Taken<'_>, out: &mut Errors) {
    let mut given: Vec<i32> = Vec::new();
    for (at, port) in ports.iter().enumerate() {
        let wanted = |port: &ServicePort| port.node_port.filter(|number| *number != 0);
        let same = ports.iter().filter(|other| other.port == port.port);
        let Some(first) = same.clone().find_map(wanted) else { continue };
        let is_first = !ports[..at].iter().any(|other| other.port == port.port);
        let number = if is_first { first } else { wanted(port).unwrap_or(first) };
        if !is_first && number == first {
            continue;
        }
        if let Some(error) = taken.port_error(number, &given) {
            return refuse(at, number, error, out);
        }
        given.push(number);
    }
}

/// What the Service had it keeps (`updateNodePorts`).
fn other_ports(ports: &[ServicePort], before: &[ServicePort], taken: &Taken<'_>, out: &mut Errors) {
    for (at, port) in ports.iter().enumerate() {
        let Some(number) = port.node_port.filter(|number| *number != 0) else { continue };
        let is_known = |other: &ServicePort| other.node_port == Some(number);
        if before.iter().any(is_known) || ports[..at].iter().any(is_known) {
            continue;
        }
        if let Some(error) = taken.port_error(number, &[]) {
            return refuse(at, number, error, out);
        }
    }
}
