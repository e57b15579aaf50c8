//! What the API server makes when it starts: the Service `kubernetes` with its one endpoint, and the system's priority classes.
//!
//! Models `pkg/controlplane/controller/kubernetesservice/controller.go` `UpdateKubernetesService`,
//! `pkg/controlplane/reconcilers/endpointsadapter.go` and `pkg/registry/scheduling/rest/storage_scheduling.go` (v1.36), for one API server
//! with the ranges and ports of kubeadm. Left out: that a Service which is deleted or changed is put right after ten seconds.

use std::collections::BTreeMap;

use podlapse_model::api::core::v1::{Service, ServicePort, ServiceSpec};
use podlapse_model::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use podlapse_model::api::scheduling::v1::PriorityClass;
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;
use podlapse_model::{Object, SYSTEM_PRIORITY_CLASSES, SystemPriorityClass};

/// The first address of the usual range.
const SERVICE_ADDRESS: &str = "10.96.0.1";
const SERVICE_PORT: i32 = 443;
/// Nodes have the addresses after it.
pub(super) const HOST_ADDRESS: &str = "192.168.0.10";
const HOST_PORT: i32 = 6443;

fn metadata(labels: &[(&str, &str)]) -> ObjectMeta {
    ObjectMeta {
        name: Some("kubernetes".to_owned()),
        namespace: Some("default".to_owned()),
        labels: Some(labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()),
        ..ObjectMeta::default()
    }
}

fn system_class(class: SystemPriorityClass) -> Object {
    let SystemPriorityClass { name, value, description } = class;
    let class = PriorityClass {
        metadata: ObjectMeta { name: Some(name.to_owned()), generation: Some(1), ..ObjectMeta::default() },
        value: Some(value),
        description: Some(description.to_owned()),
        preemption_policy: Some("PreemptLowerPriority".to_owned()),
        ..PriorityClass::default()
    };
    class.into()
}

/// The Service, its endpoint, and the classes.
pub(super) fn objects() -> Vec<Object> {
    let port = ServicePort {
        name: Some("https".to_owned()),
        port: SERVICE_PORT,
        protocol: Some("TCP".to_owned()),
        target_port: Some(IntOrString::Int(HOST_PORT)),
        ..ServicePort::default()
    };
    let spec = ServiceSpec {
        cluster_ip: Some(SERVICE_ADDRESS.to_owned()),
        cluster_ips: Some(vec![SERVICE_ADDRESS.to_owned()]),
        ip_families: Some(vec!["IPv4".to_owned()]),
        ip_family_policy: Some("SingleStack".to_owned()),
        ports: Some(vec![port]),
        session_affinity: Some("None".to_owned()),
        type_: Some("ClusterIP".to_owned()),
        ..ServiceSpec::default()
    };
    let service = Service {
        metadata: metadata(&[("component", "apiserver"), ("provider", "kubernetes")]),
        spec: Some(spec),
        ..Service::default()
    };
    let endpoint = Endpoint {
        addresses: vec![HOST_ADDRESS.to_owned()],
        conditions: Some(EndpointConditions { ready: Some(true), ..EndpointConditions::default() }),
        ..Endpoint::default()
    };
    let slice = EndpointSlice {
        address_type: "IPv4".to_owned(),
        endpoints: Some(vec![endpoint]),
        metadata: metadata(&[("kubernetes.io/service-name", "kubernetes")]),
        ports: Some(vec![EndpointPort {
            name: Some("https".to_owned()),
            port: Some(HOST_PORT),
            protocol: Some("TCP".to_owned()),
            ..EndpointPort::default()
        }]),
    };
    let mut objects = vec![service.into(), slice.into()];
    objects.extend(SYSTEM_PRIORITY_CLASSES.map(system_class));
    objects
}
