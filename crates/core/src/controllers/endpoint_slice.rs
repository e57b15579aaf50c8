//! EndpointSlices: the addresses of the Pods behind a Service.
//!
//! Models `pkg/controller/endpointslice/endpointslice_controller.go` `syncService` and `k8s.io/endpointslice` `reconcile`,
//! `podToEndpoint` (v1.36). Not modelled: hints, IPv6, ports that differ between Pods.

use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::{ObjectReference, Pod, Service, ServicePort};
use podlapse_model::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;
use podlapse_model::{Kind, Metadata, Object, Selector};

use super::owned::{controller_reference, is_over, pods_in, ready_since};
use super::{Plan, View};
use crate::store::Request;

const SERVICE_NAME: &str = "kubernetes.io/service-name";
/// A slice holds at most so many endpoints; `--max-endpoints-per-slice`.
const MAX_ENDPOINTS: usize = 100;
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
    let namespace = service.namespace();
    let no_labels = Default::default();
    let is_selected = |pod: &&Arc<Pod>| selector.matches(pod.metadata.labels.as_ref().unwrap_or(&no_labels)) && !is_over(pod);
    let pods: Vec<&Arc<Pod>> = pods_in(view.store, namespace).filter(is_selected).collect();
    let publishes_all = spec.publish_not_ready_addresses == Some(true);
    let endpoints: Vec<Endpoint> = pods.iter().filter_map(|pod| endpoint(service, pod, publishes_all, view)).collect();
    let ports = ports(spec.ports.as_deref().unwrap_or_default(), &pods);
    let owned: Vec<&Arc<EndpointSlice>> = view.store.all_in(Some(namespace)).filter(|slice| is_of(slice, service)).collect();
    let new = |endpoints: Vec<Endpoint>, metadata: ObjectMeta| EndpointSlice {
        address_type: "IPv4".to_owned(),
        endpoints: Some(endpoints),
        metadata,
        ports: Some(ports.clone()),
    };
    let held: Vec<&[Endpoint]> = owned.iter().map(|slice| slice.endpoints.as_deref().unwrap_or_default()).collect();
    let mut shared = share_out(&held, endpoints);
    let added = shared.split_off(owned.len());
    // A Service has one slice at least; others that are empty go.
    let is_last = shared.iter().all(Vec::is_empty) && added.is_empty();
    for (at, (slice, endpoints)) in owned.iter().zip(shared).enumerate() {
        let updated = new(endpoints, slice.metadata.clone());
        if updated.endpoints.as_ref().is_some_and(Vec::is_empty) && !(is_last && at == 0) {
            let object = Object::EndpointSlice(Arc::clone(slice));
            plan.send(Request::delete(object.key(), object.uid()));
        } else if updated != ***slice {
            plan.send(Request::Update(updated.into()));
        }
    }
    let missing = if owned.is_empty() && added.is_empty() { vec![Vec::new()] } else { added };
    for endpoints in missing {
        let name = service.name().to_owned();
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
        plan.send(Request::Create(new(endpoints, metadata).into()));
    }
    plan
}

/// The endpoints of each slice, those of new ones at the end: whoever is in a slice stays there, others fill first the slices that
/// change anyway, then the fullest that has room for all that are left, and then new ones (`reconcileByPortMapping`).
fn share_out(held: &[&[Endpoint]], wanted: Vec<Endpoint>) -> Vec<Vec<Endpoint>> {
    let is_same = |one: &Endpoint, other: &Endpoint| one.target_ref == other.target_ref && one.addresses == other.addresses;
    let mut left = wanted;
    let mut slices: Vec<Vec<Endpoint>> = Vec::new();
    let mut changes: Vec<bool> = Vec::new();
    for old in held {
        let mut kept = Vec::new();
        for endpoint in *old {
            if let Some(at) = left.iter().position(|new| is_same(new, endpoint)) {
                kept.push(left.remove(at));
            }
        }
        changes.push(kept != *old);
        slices.push(kept);
    }
    let room = |slice: &Vec<Endpoint>| MAX_ENDPOINTS.saturating_sub(slice.len());
    for (slice, _) in slices.iter_mut().zip(&changes).filter(|(_, changes)| **changes) {
        let taken = left.len().min(room(slice));
        slice.extend(left.drain(..taken));
    }
    if let Some(fullest) =
        slices.iter_mut().filter(|slice| !left.is_empty() && left.len() <= room(slice)).max_by_key(|slice| slice.len())
    {
        fullest.append(&mut left);
    }
    slices.extend(left.chunks(MAX_ENDPOINTS).map(<[Endpoint]>::to_vec));
    slices
}

/// Whether a slice holds endpoints of a Service.
pub(crate) fn is_of(slice: &EndpointSlice, service: &Service) -> bool {
    slice.label(SERVICE_NAME) == service.metadata.name.as_deref()
}

fn endpoint(service: &Service, pod: &Pod, publishes_all: bool, view: View<'_>) -> Option<Endpoint> {
    let spec = pod.spec.as_ref()?;
    let address = pod.status.as_ref()?.pod_ip.clone().filter(|address| !address.is_empty())?;
    let is_terminating = pod.metadata.deletion_timestamp.is_some();
    let serves = ready_since(pod).is_some();
    let node = spec.node_name.as_deref().and_then(|name| view.store.node(name));
    let zone = node.and_then(|node| node.label("topology.kubernetes.io/zone").map(str::to_owned));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints(numbers: std::ops::Range<usize>) -> Vec<Endpoint> {
        numbers.map(|number| Endpoint { addresses: vec![format!("10.0.0.{number}")], ..Endpoint::default() }).collect()
    }

    #[test]
    fn a_hundred_endpoints_fill_a_slice() {
        let sizes: Vec<usize> = share_out(&[], endpoints(0..250)).iter().map(Vec::len).collect();
        assert_eq!(sizes, [100, 100, 50]);
    }

    #[test]
    fn who_is_in_a_slice_stays_there() {
        let (one, other) = (endpoints(0..100), endpoints(100..150));
        let shared = share_out(&[&one, &other], endpoints(10..160));
        assert_eq!(shared.len(), 2);
        assert_eq!(shared[0][..90], one[10..]);
        assert_eq!((shared[0].len(), shared[1].len()), (100, 50));
    }
}
