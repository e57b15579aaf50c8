//! EndpointSlices: the addresses of the Pods behind a Service.
//!
//! Models `pkg/controller/endpointslice/endpointslice_controller.go` `syncService` and `k8s.io/endpointslice` `reconcile`,
//! `podToEndpoint` (v1.36). Not modelled: more than one slice for a Service, hints, IPv6.

use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::{ObjectReference, Pod, Service, ServicePort};
use podlapse_model::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;
use podlapse_model::{Kind, Object, Selector};

use super::owned::{controller_reference, is_over, pods_in, ready_since};
use super::{Plan, View};
use crate::store::Request;

pub(crate) const SERVICE_NAME: &str = "kubernetes.io/service-name";
const MANAGED_BY: (&str, &str) = ("endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io");

/// What a Service needs.
pub(crate) fn sync(service: &Arc<Service>, view: View<'_>) -> Plan {
    let mut plan = Plan::default();
    let Some(spec) = &service.spec else { return plan };
    let Some(selector) = spec.selector.as_ref().filter(|selector| !selector.is_empty()) else { return plan };
    if spec.type_.as_deref() == Some("ExternalName") || service.metadata.deletion_timestamp.is_some() {
        return plan;
    }
    let selector = Selector::of_set(selector);
    let namespace = service.metadata.namespace.as_deref().unwrap_or_default();
    let no_labels = Default::default();
    let is_selected = |pod: &&Arc<Pod>| selector.matches(pod.metadata.labels.as_ref().unwrap_or(&no_labels)) && !is_over(pod);
    let pods: Vec<&Arc<Pod>> = pods_in(view.store, namespace).filter(is_selected).collect();
    let publishes_all = spec.publish_not_ready_addresses == Some(true);
    let endpoints: Vec<Endpoint> = pods.iter().filter_map(|pod| endpoint(service, pod, publishes_all, view)).collect();
    let ports = ports(spec.ports.as_deref().unwrap_or_default(), &pods);
    let slices = view
        .store
        .list(Kind::EndpointSlice)
        .filter_map(|object| if let Object::EndpointSlice(slice) = object { Some(slice) } else { None });
    let owned = slices.into_iter().find(|slice| is_of(slice, service));
    let new = |metadata: ObjectMeta| EndpointSlice {
        address_type: "IPv4".to_owned(),
        endpoints: Some(endpoints.clone()),
        metadata,
        ports: Some(ports.clone()),
    };
    match owned {
        Some(slice) => {
            let updated = new(slice.metadata.clone());
            if updated != **slice {
                plan.send(Request::Update(updated.into()));
            }
        }
        None => {
            let name = service.metadata.name.clone().unwrap_or_default();
            let mut labels: BTreeMap<String, String> = service.metadata.labels.clone().unwrap_or_default();
            labels.insert(SERVICE_NAME.to_owned(), name.clone());
            labels.insert(MANAGED_BY.0.to_owned(), MANAGED_BY.1.to_owned());
            let metadata = ObjectMeta {
                generate_name: Some(format!("{name}-")),
                namespace: service.metadata.namespace.clone(),
                labels: Some(labels),
                owner_references: Some(vec![controller_reference(Kind::Service, &service.metadata)]),
                ..ObjectMeta::default()
            };
            plan.send(Request::Create(new(metadata).into()));
        }
    }
    plan
}

fn is_of(slice: &EndpointSlice, service: &Service) -> bool {
    let label = slice.metadata.labels.as_ref().and_then(|labels| labels.get(SERVICE_NAME));
    slice.metadata.namespace == service.metadata.namespace && label == service.metadata.name.as_ref()
}

fn endpoint(service: &Service, pod: &Pod, publishes_all: bool, view: View<'_>) -> Option<Endpoint> {
    let spec = pod.spec.as_ref()?;
    let address = pod.status.as_ref()?.pod_ip.clone().filter(|address| !address.is_empty())?;
    let is_terminating = pod.metadata.deletion_timestamp.is_some();
    let serves = ready_since(pod).is_some();
    let node = spec.node_name.as_deref().and_then(|name| view.store.node(name));
    let zone = node.and_then(|node| node.metadata.labels.as_ref()?.get("topology.kubernetes.io/zone").cloned());
    let is_named = spec.subdomain.is_some() && spec.subdomain == service.metadata.name;
    Some(Endpoint {
        addresses: vec![address],
        conditions: Some(EndpointConditions {
            ready: Some(publishes_all || (serves && !is_terminating)),
            serving: Some(serves),
            terminating: Some(is_terminating),
        }),
        hostname: spec.hostname.clone().filter(|_| is_named),
        node_name: spec.node_name.clone(),
        target_ref: Some(ObjectReference {
            kind: Some(Kind::Pod.name().to_owned()),
            name: pod.metadata.name.clone(),
            namespace: pod.metadata.namespace.clone(),
            uid: pod.metadata.uid.clone(),
            ..ObjectReference::default()
        }),
        zone,
        ..Endpoint::default()
    })
}

/// The ports behind those of a Service; one with a name is looked up in the Pods.
fn ports(wanted: &[ServicePort], pods: &[&Arc<Pod>]) -> Vec<EndpointPort> {
    let named = |name: &str| {
        let containers = pods.iter().filter_map(|pod| pod.spec.as_ref()).flat_map(|spec| &spec.containers);
        let mut ports = containers.flat_map(|container| container.ports.iter().flatten());
        ports.find(|port| port.name.as_deref() == Some(name)).map(|port| port.container_port)
    };
    let port = |port: &ServicePort| {
        let number = match &port.target_port {
            Some(IntOrString::Int(number)) => Some(*number),
            Some(IntOrString::String(name)) => Some(named(name)?),
            None => Some(port.port),
        };
        Some(EndpointPort {
            app_protocol: port.app_protocol.clone(),
            name: Some(port.name.clone().unwrap_or_default()),
            port: number,
            protocol: port.protocol.clone(),
        })
    };
    wanted.iter().filter_map(port).collect()
}
