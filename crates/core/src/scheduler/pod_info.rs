//! What the scheduler reads from a Pod, read once.
//!
//! Models `pkg/scheduler/framework` `PodInfo` (v1.36): requests, host ports, claims and affinity terms.

use std::fmt;
use std::sync::Arc;

use podlapse_model::api::core::v1::{Pod, PodSpec, Volume};
use podlapse_model::{Kind, Metadata, ObjectKey};

use super::class::{ClassId, PodClass};
use super::requests::Requests;

/// `namespace/name` of a Pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodKey {
    /// The namespace.
    pub namespace: Arc<str>,
    /// The name.
    pub name: Arc<str>,
}

impl PodKey {
    /// The key of a Pod.
    pub fn of(pod: &Pod) -> PodKey {
        PodKey { namespace: pod.namespace().into(), name: pod.name().into() }
    }

    /// The key in the store.
    pub fn object_key(&self) -> ObjectKey {
        ObjectKey::new(Kind::Pod, &self.namespace, &self.name)
    }
}

impl fmt::Display for PodKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// A port of the node that a container takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HostPort {
    /// The address; `0.0.0.0` is every one.
    pub(crate) ip: String,
    /// `TCP`, `UDP` or `SCTP`.
    pub(crate) protocol: String,
    /// The number.
    pub(crate) port: i32,
}

impl HostPort {
    /// Whether both cannot be on one node.
    pub(crate) fn conflicts(&self, other: &HostPort) -> bool {
        let every = "0.0.0.0";
        self.port == other.port
            && self.protocol == other.protocol
            && (self.ip == other.ip || self.ip == every || other.ip == every)
    }
}

/// A claim that a Pod's volume names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClaimRef {
    /// The claim's name.
    pub(crate) name: String,
    /// Whether the claim is made for this Pod alone (`ephemeral`).
    pub(crate) is_ephemeral: bool,
}

/// A Pod with what the plugins need of it.
#[derive(Clone, Debug)]
pub struct PodInfo {
    /// The Pod.
    pub pod: Arc<Pod>,
    /// Its key.
    pub key: PodKey,
    /// What it asks for.
    pub(crate) requests: Requests,
    /// The number of its class.
    pub(crate) class_id: ClassId,
    /// Its class.
    pub(crate) class: Arc<PodClass>,
    /// The ports it takes on its node.
    pub(crate) host_ports: Vec<HostPort>,
    /// The claims its volumes name.
    pub(crate) claims: Vec<ClaimRef>,
}

impl PodInfo {
    /// Reads a Pod whose class is known.
    pub(crate) fn new(pod: Arc<Pod>, class_id: ClassId, class: Arc<PodClass>) -> PodInfo {
        let key = PodKey::of(&pod);
        let requests = Requests::of(&pod);
        let host_ports = pod.spec.as_ref().map(host_ports).unwrap_or_default();
        let claims = volumes(&pod).iter().filter_map(|volume| claim(&key.name, volume)).collect();
        PodInfo { key, requests, class_id, class, host_ports, claims, pod }
    }

    /// Its spec.
    pub(crate) fn spec(&self) -> Option<&PodSpec> {
        self.pod.spec.as_ref()
    }

    /// `spec.priority`.
    pub fn priority(&self) -> i32 {
        priority(&self.pod)
    }

    /// `metadata.uid`.
    pub fn uid(&self) -> &str {
        self.pod.metadata.uid.as_deref().unwrap_or_default()
    }

    /// Whether it is being deleted.
    pub fn is_terminating(&self) -> bool {
        self.pod.metadata.deletion_timestamp.is_some()
    }

    /// `status.nominatedNodeName`; empty if there is none.
    pub fn nominated_node(&self) -> &str {
        nominated_node(&self.pod)
    }
}

/// `spec.priority` of a Pod, 0 if admission set none.
pub(crate) fn priority(pod: &Pod) -> i32 {
    pod.spec.as_ref().and_then(|spec| spec.priority).unwrap_or_default()
}

/// `status.nominatedNodeName` of a Pod; empty if there is none.
pub(crate) fn nominated_node(pod: &Pod) -> &str {
    pod.status.as_ref().and_then(|status| status.nominated_node_name.as_deref()).unwrap_or_default()
}

/// `spec.nodeName` of a Pod; empty if there is none.
pub(crate) fn node_name(pod: &Pod) -> &str {
    pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default()
}

/// The volumes of a Pod.
pub(crate) fn volumes(pod: &Pod) -> &[Volume] {
    pod.spec.as_ref().and_then(|spec| spec.volumes.as_deref()).unwrap_or_default()
}

fn claim(pod_name: &str, volume: &Volume) -> Option<ClaimRef> {
    match (&volume.persistent_volume_claim, &volume.ephemeral) {
        (Some(source), _) => Some(ClaimRef { name: source.claim_name.clone(), is_ephemeral: false }),
        (None, Some(_)) => Some(ClaimRef { name: format!("{pod_name}-{}", volume.name), is_ephemeral: true }),
        (None, None) => None,
    }
}

/// Ports of containers and sidecars; those of init containers that end are free again.
pub(crate) fn host_ports(spec: &PodSpec) -> Vec<HostPort> {
    let sidecars = spec.init_containers.iter().flatten().filter(|init| init.restart_policy.as_deref() == Some("Always"));
    let ports = spec.containers.iter().chain(sidecars).flat_map(|container| container.ports.iter().flatten());
    ports
        .filter_map(|port| {
            let number = port.host_port.filter(|number| *number > 0)?;
            let ip = port.host_ip.as_deref().filter(|ip| !ip.is_empty()).unwrap_or("0.0.0.0");
            let protocol = port.protocol.as_deref().filter(|protocol| !protocol.is_empty()).unwrap_or("TCP");
            Some(HostPort { ip: ip.to_owned(), protocol: protocol.to_owned(), port: number })
        })
        .collect()
}
