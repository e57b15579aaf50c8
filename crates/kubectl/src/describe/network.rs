//! Services and EndpointSlices. Models `describeService`, `formatEndpointSlices` and `describeEndpointSliceV1`.

use std::sync::Arc;

use podlapse_model::api::core::v1::Service;
use podlapse_model::api::discovery::v1::{Endpoint, EndpointSlice};
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;

use super::metadata::{labels_and_annotations, name, or_unset};
use super::object::Around;
use super::writer::{Writer, put};
use crate::printers::format_labels;

/// How many endpoints are named.
const NAMED: usize = 3;

pub(super) fn service(w: &mut Writer, service: &Service, around: &Around<'_>) -> bool {
    let spec = service.spec.clone().unwrap_or_default();
    name(w, &service.metadata);
    labels_and_annotations(w, &service.metadata);
    put!(w, 0, "Selector:\t{}\n", format_labels(spec.selector.as_ref()));
    put!(w, 0, "Type:\t{}\n", spec.type_.as_deref().unwrap_or_default());
    if let Some(policy) = &spec.ip_family_policy {
        put!(w, 0, "IP Family Policy:\t{policy}\n");
    }
    let list = |list: &Option<Vec<String>>| list.clone().filter(|list| !list.is_empty()).map(|list| list.join(","));
    put!(w, 0, "IP Families:\t{}\n", list(&spec.ip_families).unwrap_or_else(|| "<none>".to_owned()));
    put!(w, 0, "IP:\t{}\n", spec.cluster_ip.as_deref().unwrap_or_default());
    put!(w, 0, "IPs:\t{}\n", list(&spec.cluster_ips).unwrap_or_else(|| "<none>".to_owned()));
    let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    for (title, value) in [
        ("External IPs", list(&spec.external_ips)),
        ("Desired LoadBalancer IP", text(&spec.load_balancer_ip)),
        ("External Name", text(&spec.external_name)),
    ] {
        if let Some(value) = value {
            put!(w, 0, "{title}:\t{value}\n");
        }
    }
    let balancer = service.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    let ingress: Vec<String> = balancer
        .iter()
        .flat_map(|balancer| balancer.ingress.iter().flatten())
        .map(|ingress| match (&ingress.ip, &ingress.ip_mode) {
            (Some(ip), Some(mode)) => format!("{ip} ({mode})"),
            (Some(ip), None) => ip.clone(),
            (None, _) => ingress.hostname.clone().unwrap_or_default(),
        })
        .collect();
    if !ingress.is_empty() {
        put!(w, 0, "LoadBalancer Ingress:\t{}\n", ingress.join(", "));
    }
    let slices = slices(service.metadata.namespace.as_deref(), service.metadata.name.as_deref(), around);
    for port in spec.ports.iter().flatten() {
        let protocol = port.protocol.as_deref().unwrap_or_default();
        let port_name = text(&port.name).unwrap_or_else(|| "<unset>".to_owned());
        put!(w, 0, "Port:\t{port_name}\t{}/{protocol}\n", port.port);
        match &port.target_port {
            Some(IntOrString::String(target)) => put!(w, 0, "TargetPort:\t{target}/{protocol}\n"),
            Some(IntOrString::Int(target)) => put!(w, 0, "TargetPort:\t{target}/{protocol}\n"),
            None => put!(w, 0, "TargetPort:\t0/{protocol}\n"),
        }
        if let Some(protocol) = &port.app_protocol {
            put!(w, 0, "AppProtocol:\t{protocol}\n");
        }
        if let Some(node_port) = port.node_port.filter(|port| *port != 0) {
            put!(w, 0, "NodePort:\t{port_name}\t{node_port}/{protocol}\n");
        }
        put!(w, 0, "Endpoints:\t{}\n", endpoints(&slices, port.name.as_deref().unwrap_or_default()));
    }
    put!(w, 0, "Session Affinity:\t{}\n", spec.session_affinity.as_deref().unwrap_or_default());
    for (title, value) in [
        ("External Traffic Policy", text(&spec.external_traffic_policy)),
        ("Internal Traffic Policy", spec.internal_traffic_policy.clone()),
        ("HealthCheck NodePort", spec.health_check_node_port.filter(|port| *port != 0).map(|port| port.to_string())),
        ("LoadBalancer Source Ranges", list(&spec.load_balancer_source_ranges)),
        ("Traffic Distribution", spec.traffic_distribution.clone()),
    ] {
        if let Some(value) = value {
            put!(w, 0, "{title}:\t{value}\n");
        }
    }
    true
}

/// The slices of a Service.
pub(super) fn slices<'a>(namespace: Option<&str>, service: Option<&str>, around: &Around<'a>) -> Vec<&'a EndpointSlice> {
    let is_of = |slice: &EndpointSlice| {
        let labels = slice.metadata.labels.as_ref();
        slice.metadata.namespace.as_deref() == namespace
            && labels.and_then(|labels| labels.get("kubernetes.io/service-name")).map(String::as_str) == service
    };
    around.store.all().map(Arc::as_ref).filter(|slice| is_of(slice)).collect()
}

/// `formatEndpointSlices`.
pub(super) fn endpoints(slices: &[&EndpointSlice], port_name: &str) -> String {
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let mut all: Vec<String> = Vec::new();
    // That there are more is told as soon as one comes by after those that are named, even one that is not ready.
    let mut has_more = false;
    for slice in slices {
        let ports = slice.ports.as_deref().unwrap_or_default();
        let address = |endpoint: &Endpoint| endpoint.addresses.first().cloned().unwrap_or_default();
        let is_ready = |endpoint: &Endpoint| endpoint.conditions.as_ref().and_then(|conditions| conditions.ready) != Some(false);
        let mut add = |endpoint: &Endpoint, text: String| {
            has_more |= NAMED <= all.len();
            if is_ready(endpoint) {
                all.push(text);
            }
        };
        if ports.is_empty() {
            slice.endpoints.iter().flatten().for_each(|endpoint| add(endpoint, address(endpoint)));
        }
        for port in ports.iter().filter(|port| port.name.as_deref().unwrap_or_default() == port_name) {
            for endpoint in slice.endpoints.iter().flatten() {
                let address = address(endpoint);
                let address = if address.contains(':') { format!("[{address}]") } else { address };
                add(endpoint, format!("{address}:{}", port.port.unwrap_or_default()));
            }
        }
    }
    match all.len() {
        count if has_more => format!("{} + {} more...", all[..NAMED].join(","), count - NAMED),
        _ => all.join(","),
    }
}

pub(super) fn endpoint_slice(w: &mut Writer, slice: &EndpointSlice) -> bool {
    name(w, &slice.metadata);
    labels_and_annotations(w, &slice.metadata);
    put!(w, 0, "AddressType:\t{}\n", slice.address_type);
    let ports = slice.ports.as_deref().unwrap_or_default();
    if ports.is_empty() {
        put!(w, 0, "Ports: <unset>\n");
    } else {
        put!(w, 0, "Ports:\n");
        put!(w, 1, "Name\tPort\tProtocol\n");
        put!(w, 1, "----\t----\t--------\n");
    }
    for port in ports {
        let named = port.name.clone().filter(|name| !name.is_empty());
        put!(w, 1, "{}\t{}\t{}\n", or_unset(named), or_unset(port.port), port.protocol.as_deref().unwrap_or_default());
    }
    let endpoints = slice.endpoints.as_deref().unwrap_or_default();
    put!(w, 0, "{}\n", if endpoints.is_empty() { "Endpoints: <none>" } else { "Endpoints:" });
    for endpoint in endpoints {
        let addresses = endpoint.addresses.join(", ");
        put!(w, 1, "- Addresses:\t{}\n", if addresses.is_empty() { "<none>" } else { &addresses });
        put!(w, 2, "Conditions:\n");
        put!(w, 3, "Ready:\t{}\n", or_unset(endpoint.conditions.as_ref().and_then(|conditions| conditions.ready)));
        put!(w, 2, "Hostname:\t{}\n", or_unset(endpoint.hostname.as_ref()));
        if let Some(target) = &endpoint.target_ref {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            put!(w, 2, "TargetRef:\t{}/{}\n", text(&target.kind), text(&target.name));
        }
        put!(w, 2, "NodeName:\t{}\n", or_unset(endpoint.node_name.as_ref()));
        put!(w, 2, "Zone:\t{}\n", or_unset(endpoint.zone.as_ref()));
    }
    true
}
