//! Services.
//!
//! Upstream: `ValidateService` in `pkg/apis/core/validation/validation.go`.

pub(super) mod allocation;

use std::net::IpAddr;

use podlapse_model::api::core::v1::{Service, ServicePort, ServiceSpec};
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;
use podlapse_model::{Metadata, SortedSet};
use serde_json::{Value, json};

use crate::validate::error::Errors;
use crate::validate::internal::compact;
use crate::validate::names::{
    cidr_errors, ip_errors, label_errors, port_name_errors, port_number_errors, qualified_name_errors, subdomain_errors,
};

/// The longest that a client may stick to a backend, in seconds.
const MAX_AFFINITY_SECONDS: i32 = 86_400;

pub(super) fn service(service: &Service, out: &mut Errors) {
    let Some(spec) = &service.spec else { return };
    let kind = spec.type_.as_deref().unwrap_or_default();
    let ports = spec.ports.as_deref().unwrap_or_default();
    let is_headless = spec.cluster_ips.as_deref().unwrap_or_default() == ["None"];
    topology_annotations(service, out);
    if ports.is_empty() && !is_headless && kind != "ExternalName" {
        out.required("spec.ports", "");
    }
    by_type(spec, kind, is_headless, out);
    let mut names = SortedSet::new();
    for (at, port) in ports.iter().enumerate() {
        service_port(port, ports.len() > 1, &mut names, &format!("spec.ports[{at}]"), out);
    }
    crate::validate::metadata::labels(spec.selector.as_ref(), "spec.selector", out);
    session_affinity(spec, out);
    if kind != "ExternalName" {
        addresses(spec, is_headless, out);
    }
    for (at, ip) in spec.external_ips.iter().flatten().enumerate() {
        let path = format!("spec.externalIPs[{at}]");
        let errors = ip_errors(ip);
        out.each(&path, ip, if errors.is_empty() { special_ip_errors(ip) } else { errors });
    }
    out.required_one_of("spec.type", kind, &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
    duplicate_ports(kind, ports, out);
    source_ranges(service, spec, kind, out);
    traffic(spec, kind, out);
}

/// The annotation and its older name agree.
fn topology_annotations(service: &Service, out: &mut Errors) {
    const MODE: &str = "service.kubernetes.io/topology-mode";
    const HINTS: &str = "service.kubernetes.io/topology-aware-hints";
    let value = |key: &str| service.annotation(key);
    if let (Some(mode), Some(hints)) = (value(MODE), value(HINTS))
        && mode != hints
    {
        let detail = format!("must match annotations[{HINTS}] when both are specified");
        out.invalid(&format!("metadata.annotations[{MODE}]"), mode, &detail);
    }
}

fn by_type(spec: &ServiceSpec, kind: &str, is_headless: bool, out: &mut Errors) {
    match kind {
        "LoadBalancer" | "NodePort" if is_headless => {
            out.invalid("spec.clusterIPs[0]", "None", &format!("may not be set to 'None' for {kind} services"));
        }
        "ExternalName" => {
            for (field, is_set) in [
                ("clusterIPs", spec.cluster_ips.as_ref().is_some_and(|ips| !ips.is_empty())),
                ("ipFamilies", spec.ip_families.as_ref().is_some_and(|families| !families.is_empty())),
                ("ipFamilyPolicy", spec.ip_family_policy.is_some()),
            ] {
                if is_set {
                    out.forbidden(&format!("spec.{field}"), "may not be set for ExternalName services");
                }
            }
            let name = spec.external_name.as_deref().unwrap_or_default();
            let bare = name.strip_suffix('.').unwrap_or(name);
            if bare.is_empty() {
                out.required("spec.externalName", "");
            } else {
                out.each("spec.externalName", bare, subdomain_errors(bare));
            }
        }
        _ => {}
    }
}

/// Addresses and their families (`ValidateServiceClusterIPsRelatedFields`).
pub(super) fn addresses(spec: &ServiceSpec, is_headless: bool, out: &mut Errors) {
    let ips = spec.cluster_ips.as_deref().unwrap_or_default();
    let own = spec.cluster_ip.as_deref().unwrap_or_default();
    match ips.first() {
        None if !own.is_empty() => out.required("spec.clusterIPs", ""),
        Some(first) if !own.is_empty() && first != own => {
            out.invalid("spec.clusterIPs", &Value::from(ips), "first value must match `clusterIP`");
        }
        Some(_) if own.is_empty() => {
            out.invalid("spec.clusterIPs", &Value::from(ips), "must be empty when `clusterIP` is not specified");
        }
        Some(_) | None => {}
    }
    let families = spec.ip_families.as_deref().unwrap_or_default();
    for (at, family) in families.iter().enumerate() {
        let path = format!("spec.ipFamilies[{at}]");
        out.one_of(&path, family, &["IPv4", "IPv6"]);
        if families[..at].contains(family) {
            out.duplicate(&path, family);
        }
    }
    if let Some(policy) = &spec.ip_family_policy {
        out.one_of("spec.ipFamilyPolicy", policy, &["PreferDualStack", "RequireDualStack", "SingleStack"]);
    }
    let mut is_sound = true;
    for (at, ip) in ips.iter().enumerate() {
        if at == 0 && ip == "None" {
            if ips.len() > 1 {
                is_sound = false;
                out.invalid("spec.clusterIPs", &Value::from(ips), "'None' must be the first and only value");
            }
            continue;
        }
        let errors = ip_errors(ip);
        is_sound &= errors.is_empty();
        out.each(&format!("spec.clusterIPs[{at}]"), ip, errors);
    }
    if ips.len() > 2 {
        out.invalid("spec.clusterIPs", &Value::from(ips), "may only hold up to 2 values");
    }
    if !is_sound {
        return;
    }
    let is_v6 = |ip: &String| ip.contains(':');
    if ips.len() > 1 && ips.iter().any(is_v6) == ips.iter().all(is_v6) {
        let detail = "may specify no more than one IP for each IP family";
        out.invalid("spec.clusterIPs", &Value::from(ips), detail);
    }
    for (at, (ip, family)) in ips.iter().zip(families).enumerate().filter(|_| !is_headless) {
        if matches!(family.as_str(), "IPv4" | "IPv6") && (family == "IPv6") != is_v6(ip) {
            let detail = format!("expected an {family} value as indicated by `ipFamilies[{at}]`");
            out.invalid(&format!("spec.clusterIPs[{at}]"), ip, &detail);
        }
    }
}

/// What keeps an address that clients use from meaning something (`ValidateNonSpecialIP`).
fn special_ip_errors(ip: &str) -> Vec<String> {
    let Ok(address) = ip.parse::<IpAddr>() else { return Vec::new() };
    let (is_local, is_multicast) = match address {
        IpAddr::V4(v4) => (v4.is_link_local(), v4.octets()[..3] == [224, 0, 0]),
        IpAddr::V6(v6) => (v6.segments()[0] & 0xffc0 == 0xfe80, v6.segments()[0] & 0xff0f == 0xff02),
    };
    let rules = [
        (address.is_unspecified(), format!("may not be unspecified ({ip})")),
        (address.is_loopback(), "may not be in the loopback range (127.0.0.0/8, ::1/128)".to_owned()),
        (is_local, "may not be in the link-local range (169.254.0.0/16, fe80::/10)".to_owned()),
        (is_multicast, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)".to_owned()),
    ];
    rules.into_iter().filter(|(is_broken, _)| *is_broken).map(|(_, message)| message).collect()
}

/// From where a load balancer may be reached: by the field, else by the annotation.
fn source_ranges(service: &Service, spec: &ServiceSpec, kind: &str, out: &mut Errors) {
    const ANNOTATION: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";
    const DETAIL: &str = "may only be used when `type` is 'LoadBalancer'";
    let ranges = spec.load_balancer_source_ranges.as_deref().unwrap_or_default();
    let annotation = service.annotation(ANNOTATION);
    let path = match annotation {
        _ if !ranges.is_empty() => "spec.LoadBalancerSourceRanges".to_owned(),
        Some(_) => format!("metadata.annotations[{ANNOTATION}]"),
        None => return,
    };
    if kind != "LoadBalancer" {
        out.forbidden(&path, DETAIL);
    }
    for (at, range) in ranges.iter().map(|range| range.trim()).enumerate() {
        out.each(&format!("{path}[{at}]"), range, cidr_errors(range));
    }
    let listed = annotation.map(|list| list.trim()).filter(|list| ranges.is_empty() && !list.is_empty());
    for range in listed.into_iter().flat_map(|list| list.split(',')).map(str::trim) {
        out.each(&path, range, cidr_errors(range));
    }
}

fn service_port<'a>(port: &'a ServicePort, needs_name: bool, names: &mut SortedSet<&'a str>, path: &str, out: &mut Errors) {
    let child = |field: &str| format!("{path}.{field}");
    let name = port.name.as_deref().unwrap_or_default();
    if !name.is_empty() {
        out.each(&child("name"), name, label_errors(name));
        if !names.insert(name) {
            out.duplicate(&child("name"), name);
        }
    } else if needs_name {
        out.required(&child("name"), "");
    }
    for message in port_number_errors(i64::from(port.port)) {
        out.invalid(&child("port"), port.port, &message);
    }
    out.required_one_of(&child("protocol"), port.protocol.as_deref().unwrap_or_default(), &["SCTP", "TCP", "UDP"]);
    match &port.target_port {
        Some(IntOrString::Int(number)) => {
            for message in port_number_errors(i64::from(*number)) {
                out.invalid(&child("targetPort"), *number, &message);
            }
        }
        Some(IntOrString::String(name)) => out.each(&child("targetPort"), name, port_name_errors(name)),
        None => {}
    }
    if let Some(protocol) = &port.app_protocol {
        out.each(&child("appProtocol"), protocol, qualified_name_errors(protocol));
    }
}

fn session_affinity(spec: &ServiceSpec, out: &mut Errors) {
    const PATH: &str = "spec.sessionAffinityConfig";
    let affinity = spec.session_affinity.as_deref().unwrap_or_default();
    out.required_one_of("spec.sessionAffinity", affinity, &["ClientIP", "None"]);
    let config = spec.session_affinity_config.as_ref();
    if affinity == "None" && config.is_some() {
        out.forbidden(PATH, "must not be set when session affinity is None");
    }
    if affinity != "ClientIP" {
        return;
    }
    let client = config.and_then(|config| config.client_ip.as_ref());
    let missing = match (config, client, client.and_then(|client| client.timeout_seconds)) {
        (None, _, _) => "",
        (Some(_), None, _) => ".clientIP",
        (Some(_), Some(_), None) => ".clientIP.timeoutSeconds",
        (Some(_), Some(_), Some(seconds)) => {
            if !(1..=MAX_AFFINITY_SECONDS).contains(&seconds) {
                let detail = format!("must be greater than 0 and less than {MAX_AFFINITY_SECONDS}");
                out.invalid(&format!("{PATH}.clientIP.timeoutSeconds"), seconds, &detail);
            }
            return;
        }
    };
    out.required(&format!("{PATH}{missing}"), "when session affinity type is ClientIP");
}

fn duplicate_ports(kind: &str, ports: &[ServicePort], out: &mut Errors) {
    let (mut node_ports, mut own) = (SortedSet::new(), SortedSet::new());
    let used = || ports.iter().enumerate().map(|(at, port)| (at, port, port.node_port.unwrap_or_default()));
    for (at, _, _) in used().filter(|(_, _, number)| kind == "ClusterIP" && *number != 0) {
        out.forbidden(&format!("spec.ports[{at}].nodePort"), "may not be used when `type` is 'ClusterIP'");
    }
    for (at, port, number) in used().filter(|(_, _, number)| *number != 0) {
        if !node_ports.insert((port.protocol.as_deref(), number)) {
            out.duplicate(&format!("spec.ports[{at}].nodePort"), number);
        }
    }
    for (at, port, _) in used() {
        if !own.insert((port.protocol.as_deref(), port.port)) {
            let key = json!({"protocol": port.protocol, "port": port.port});
            out.duplicate(&format!("spec.ports[{at}]"), compact("ServicePort", &key));
        }
    }
}

fn traffic(spec: &ServiceSpec, kind: &str, out: &mut Errors) {
    const BALANCER: &str = "may only be used when `type` is 'LoadBalancer'";
    let is_balancer = kind == "LoadBalancer";
    if !is_balancer && spec.allocate_load_balancer_node_ports.is_some() {
        out.forbidden("spec.allocateLoadBalancerNodePorts", BALANCER);
    }
    if let Some(class) = &spec.load_balancer_class {
        if is_balancer {
            out.each("spec.loadBalancerClass", class, qualified_name_errors(class));
        } else {
            out.forbidden("spec.loadBalancerClass", BALANCER);
        }
    }
    let has_external_ips = spec.external_ips.as_ref().is_some_and(|ips| !ips.is_empty());
    let is_external = is_balancer || kind == "NodePort" || (kind == "ClusterIP" && has_external_ips);
    let policy = spec.external_traffic_policy.as_deref().unwrap_or_default();
    if is_external {
        out.required_one_of("spec.externalTrafficPolicy", policy, &["Cluster", "Local"]);
    } else if !policy.is_empty() {
        out.invalid("spec.externalTrafficPolicy", policy, "may only be set for externally-accessible services");
    }
    let port = spec.health_check_node_port.unwrap_or_default();
    if !(is_balancer && policy == "Local") && port != 0 {
        let detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
        out.invalid("spec.healthCheckNodePort", port, detail);
    }
    if let Some(policy) = spec.internal_traffic_policy.as_deref() {
        out.one_of("spec.internalTrafficPolicy", policy, &["Cluster", "Local"]);
    }
    if let Some(distribution) = &spec.traffic_distribution {
        out.one_of("spec.trafficDistribution", distribution, &["PreferClose", "PreferSameZone", "PreferSameNode"]);
    }
}
