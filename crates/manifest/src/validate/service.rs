//! Services.
//!
//! Upstream: `ValidateService` in `pkg/apis/core/validation/validation.go`, and the range of node ports in
//! `pkg/registry/core/service/portallocator`. Left out: the families of addresses, and what is taken by another Service.

use podlapse_model::SortedSet;
use podlapse_model::api::core::v1::{Service, ServicePort, ServiceSpec};
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::json;

use super::error::Errors;
use super::internal::compact;
use super::names::{ip_errors, label_errors, port_name_errors, port_number_errors, qualified_name_errors, subdomain_errors};

/// The port of the kubelet, which may not be shadowed.
const KUBELET_PORT: i32 = 10_250;
/// The longest that a client may stick to a backend, in seconds.
const MAX_AFFINITY_SECONDS: i32 = 86_400;

pub(super) fn service(service: &Service, out: &mut Errors) {
    let Some(spec) = &service.spec else { return };
    let kind = spec.type_.as_deref().unwrap_or_default();
    let ports = spec.ports.as_deref().unwrap_or_default();
    let is_headless = spec.cluster_ip.as_deref() == Some("None");
    if ports.is_empty() && !is_headless && kind != "ExternalName" {
        out.required("spec.ports", "");
    }
    by_type(spec, kind, ports, is_headless, out);
    let mut names = SortedSet::new();
    for (at, port) in ports.iter().enumerate() {
        service_port(port, ports.len() > 1, &mut names, &format!("spec.ports[{at}]"), out);
    }
    super::metadata::labels(spec.selector.as_ref(), "spec.selector", out);
    session_affinity(spec, out);
    for (at, ip) in spec.external_ips.iter().flatten().enumerate() {
        out.each(&format!("spec.externalIPs[{at}]"), ip, ip_errors(ip));
    }
    out.required_one_of("spec.type", kind, &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
    duplicate_ports(kind, ports, out);
    traffic(spec, kind, out);
    if out.list.is_empty() {
        node_port_range(ports, out);
    }
}

fn by_type(spec: &ServiceSpec, kind: &str, ports: &[ServicePort], is_headless: bool, out: &mut Errors) {
    match kind {
        "LoadBalancer" | "NodePort" => {
            for (at, port) in ports.iter().enumerate().filter(|(_, port)| kind == "LoadBalancer" && port.port == KUBELET_PORT) {
                let detail = format!("may not expose port {KUBELET_PORT} externally since it is used by kubelet");
                out.invalid(&format!("spec.ports[{at}]"), port.port, &detail);
            }
            if is_headless {
                out.invalid("spec.clusterIPs[0]", "None", &format!("may not be set to 'None' for {kind} services"));
            }
        }
        "ExternalName" => {
            if spec.cluster_ip.as_deref().is_some_and(|ip| !ip.is_empty()) {
                out.forbidden("spec.clusterIPs", "may not be set for ExternalName services");
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
    let affinity = spec.session_affinity.as_deref().unwrap_or_default();
    out.required_one_of("spec.sessionAffinity", affinity, &["ClientIP", "None"]);
    let seconds = spec.session_affinity_config.as_ref().and_then(|config| config.client_ip.as_ref()?.timeout_seconds);
    if affinity == "ClientIP" {
        match seconds {
            None => out.required("spec.sessionAffinityConfig", "when session affinity type is ClientIP"),
            Some(seconds) if !(1..=MAX_AFFINITY_SECONDS).contains(&seconds) => {
                let detail = format!("must be greater than 0 and less than {MAX_AFFINITY_SECONDS}");
                out.invalid("spec.sessionAffinityConfig.clientIP.timeoutSeconds", seconds, &detail);
            }
            Some(_) => {}
        }
    }
}

fn duplicate_ports(kind: &str, ports: &[ServicePort], out: &mut Errors) {
    let (mut node_ports, mut own) = (SortedSet::new(), SortedSet::new());
    for (at, port) in ports.iter().enumerate() {
        let path = format!("spec.ports[{at}]");
        let node_port = port.node_port.unwrap_or_default();
        if node_port == 0 {
            continue;
        }
        if kind == "ClusterIP" {
            out.forbidden(&format!("{path}.nodePort"), "may not be used when `type` is 'ClusterIP'");
        }
        if !node_ports.insert((port.protocol.as_deref(), node_port)) {
            out.duplicate(&format!("{path}.nodePort"), node_port);
        }
    }
    for (at, port) in ports.iter().enumerate() {
        if !own.insert((port.protocol.as_deref(), port.port)) {
            let key = json!({"protocol": port.protocol, "port": port.port});
            out.duplicate(&format!("spec.ports[{at}]"), compact("ServicePort", &key));
        }
    }
}

fn traffic(spec: &ServiceSpec, kind: &str, out: &mut Errors) {
    let is_external = matches!(kind, "NodePort" | "LoadBalancer") || (kind == "ClusterIP" && spec.external_ips.is_some());
    if let Some(policy) = spec.external_traffic_policy.as_deref().filter(|policy| !policy.is_empty()) {
        if is_external {
            out.one_of("spec.externalTrafficPolicy", policy, &["Cluster", "Local"]);
        } else {
            let detail = "may only be set for externally-accessible services";
            out.invalid("spec.externalTrafficPolicy", policy, detail);
        }
    }
    if let Some(policy) = spec.internal_traffic_policy.as_deref() {
        out.one_of("spec.internalTrafficPolicy", policy, &["Cluster", "Local"]);
    }
    if kind != "LoadBalancer" {
        for (field, is_set) in [
            ("allocateLoadBalancerNodePorts", spec.allocate_load_balancer_node_ports.is_some()),
            ("loadBalancerClass", spec.load_balancer_class.is_some()),
        ] {
            if is_set {
                out.forbidden(&format!("spec.{field}"), "may only be used when `type` is 'LoadBalancer'");
            }
        }
    }
}

/// What the allocator says, which looks at a Service that is otherwise sound.
fn node_port_range(ports: &[ServicePort], out: &mut Errors) {
    for (at, port) in ports.iter().enumerate() {
        let Some(number) = port.node_port.filter(|number| *number != 0 && !(30_000..=32_767).contains(number)) else { continue };
        let detail = "provided port is not in the valid range. The range of valid ports is 30000-32767";
        out.invalid(&format!("spec.ports[{at}].nodePort"), number, detail);
    }
}
