//! The rows of a Service and of an EndpointSlice. Models `printService` and `printEndpointSlice`.

use podlapse_model::SortedSet;

use podlapse_model::api::core::v1::{Service, ServiceSpec};
use podlapse_model::api::discovery::v1::EndpointSlice;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;

use super::format::{format_labels, name};
use super::{cells, shown, wide};
use crate::duration::age;
use crate::table::{Cell, Column};

pub(super) const SERVICE: &[Column] =
    &[shown("Name"), shown("Type"), shown("Cluster-IP"), shown("External-IP"), shown("Port(s)"), shown("Age"), wide("Selector")];

pub(super) const ENDPOINT_SLICE: &[Column] =
    &[shown("Name"), shown("AddressType"), shown("Ports"), shown("Endpoints"), shown("Age")];

/// How many ports or endpoints of a slice are named.
const NAMED: usize = 3;

pub(super) fn service_row(service: &Service, now: &Time) -> Vec<Cell<'static>> {
    let spec = service.spec.clone().unwrap_or_default();
    let cluster_ip = spec.cluster_ips.iter().flatten().next().or(spec.cluster_ip.as_ref());
    cells![
        name(&service.metadata),
        spec.type_.as_deref().unwrap_or_default(),
        super::format::or_none(cluster_ip.map(String::as_str)),
        external_ip(service, &spec),
        ports(&spec),
        age(service.metadata.creation_timestamp.as_ref(), now),
        format_labels(spec.selector.as_ref()),
    ]
}

fn external_ip(service: &Service, spec: &ServiceSpec) -> String {
    let external = spec.external_ips.clone().unwrap_or_default();
    match spec.type_.as_deref() {
        Some("ClusterIP" | "NodePort") if external.is_empty() => "<none>".to_owned(),
        Some("ClusterIP" | "NodePort") => external.join(","),
        Some("LoadBalancer") => {
            let ingress = service.status.iter().filter_map(|s| s.load_balancer.as_ref()).flat_map(|l| l.ingress.iter().flatten());
            let addresses: SortedSet<String> = ingress.filter_map(|i| i.ip.clone().or_else(|| i.hostname.clone())).collect();
            let all: Vec<String> = addresses.into_iter().chain(external).collect();
            if all.is_empty() { "<pending>".to_owned() } else { all.join(",") }
        }
        Some("ExternalName") => spec.external_name.clone().unwrap_or_default(),
        Some(_) | None => "<unknown>".to_owned(),
    }
}

fn ports(spec: &ServiceSpec) -> String {
    let pieces: Vec<String> = spec
        .ports
        .iter()
        .flatten()
        .map(|port| {
            let protocol = port.protocol.as_deref().unwrap_or_default();
            match port.node_port.unwrap_or_default() {
                0 => format!("{}/{protocol}", port.port),
                node_port => format!("{}:{node_port}/{protocol}", port.port),
            }
        })
        .collect();
    super::format::or_none(Some(&pieces.join(",")))
}

pub(super) fn endpoint_slice_row(slice: &EndpointSlice, now: &Time) -> Vec<Cell<'static>> {
    let ports = slice.ports.iter().flatten().map(|port| match (port.port, &port.name) {
        (Some(number), _) => number.to_string(),
        (None, Some(name)) => name.clone(),
        (None, None) => "*".to_owned(),
    });
    let addresses = slice.endpoints.iter().flatten().flat_map(|endpoint| endpoint.addresses.iter().cloned());
    cells![
        name(&slice.metadata),
        slice.address_type.as_str(),
        first_few(ports.collect()),
        first_few(addresses.collect()),
        age(slice.metadata.creation_timestamp.as_ref(), now),
    ]
}

/// `listWithMoreString`.
fn first_few(items: Vec<String>) -> String {
    match items.len() {
        0 => "<unset>".to_owned(),
        count if count <= NAMED => items.join(","),
        count => format!("{} + {} more...", items[..NAMED].join(","), count - NAMED),
    }
}
