//! The network of the cluster: its names, its Services, its Pods.
//!
//! Models CoreDNS's plugin `kubernetes` (names of Services, of their Pods, and of Pods by their address) and what kube-proxy makes of the
//! address of a Service: one of its ready Pods by lot, a refused connection where it has none. Left out: session affinity, network
//! policies, IPv6, and everything beyond the cluster, whose names do not resolve.

use std::sync::Arc;

use podlapse_model::api::core::v1::{Node, Service, ServicePort};
use podlapse_model::api::discovery::v1::{Endpoint, EndpointPort, EndpointSlice};
use podlapse_model::{Kind, Metadata, Object, ObjectKey, SimDuration};
use podlapse_shell::{Pid, Reply, Request};

use super::StepId;
use super::api_server::HOST_ADDRESS;
use super::event::Event;
use super::world::World;
use crate::controllers::endpoint_slice::is_of;
use crate::cri::{ContainerId, Dial, DialResult};
use crate::kernel::Purpose;
use crate::runtime::{Place, RuntimeEvent};
use crate::store::Store;

/// How long question and answer are on their way.
const LATENCY: SimDuration = SimDuration::from_millis(1);
/// A connection that takes longer than this does not come about.
const NEVER: SimDuration = SimDuration::from_secs(86_400);
/// How often a name may stand for another one.
const HOPS: u32 = 8;
const DOMAIN: &str = ".cluster.local";
/// The Service of the cluster's DNS, which answers whether or not the scenario has it.
const DNS: (&str, &str) = ("kube-dns.kube-system.svc", "10.96.0.10");

impl World {
    /// Answers what a process asks of the network; where no packet comes back, it hears nothing.
    pub(super) fn connect(
        &mut self,
        node: &Arc<str>,
        container: ContainerId,
        pid: Pid,
        request: &Request,
        cause: Option<StepId>,
    ) {
        let answer = match request {
            Request::Resolve { names } => {
                Some((Reply::Addresses(names.iter().map(|name| addresses(&self.store, name, HOPS)).collect()), SimDuration::ZERO))
            }
            Request::Connect { address, port } => self.dial(node, &container, address, *port, None),
            Request::Get { address, port, path } => self.dial(node, &container, address, *port, Some(path)),
            // A runtime knows the ports of its networks.
            Request::Bind { .. } => None,
        };
        if let Some((reply, takes)) = answer {
            let event = RuntimeEvent::Answer { container, pid, reply };
            self.push(self.now + LATENCY + takes, Event::Runtime(node.clone(), event), cause);
        }
    }

    fn dial(
        &mut self,
        node: &Arc<str>,
        container: &ContainerId,
        address: &str,
        port: u16,
        path: Option<&String>,
    ) -> Option<(Reply, SimDuration)> {
        let dial = |port: u16| match path {
            Some(path) => Dial::Http { port, path: path.clone(), https: false },
            None => Dial::Tcp { port },
        };
        let is_own = address.starts_with("127.") || address == "::1";
        let (result, takes) = if is_own {
            self.runtimes.get(node)?.dial(Place::Of(container), &dial(port), NEVER, self.now)?
        } else {
            match service_at(&self.store, address, port) {
                Some(Behind::Nobody) => (DialResult::Refused, SimDuration::ZERO),
                Some(Behind::NoPort) => return None,
                Some(Behind::Pods(pods)) => {
                    let lot = self.random.below(Purpose::Endpoint, address, u64::try_from(pods.len()).unwrap_or(1));
                    let (address, port) = &pods[usize::try_from(lot).unwrap_or_default()];
                    self.dial_pod(address, &dial(*port))?
                }
                None => self.dial_pod(address, &dial(port))?,
            }
        };
        let reply = match result {
            DialResult::Connected | DialResult::NotTls | DialResult::Grpc(_) => Reply::Done,
            DialResult::Http { status, body } => Reply::Http { status, body },
            DialResult::Refused => Reply::Refused,
            DialResult::TimedOut => return None,
        };
        Some((reply, takes))
    }

    /// A connection to the address of a Pod, of a node, or of the API server.
    fn dial_pod(&self, address: &str, dial: &Dial) -> Option<(DialResult, SimDuration)> {
        if address == HOST_ADDRESS {
            return Some((DialResult::Connected, SimDuration::ZERO));
        }
        for (name, runtime) in &self.runtimes {
            if !self.nodes.has_runtime(name) {
                continue;
            }
            let is_host = self.store.node(name).is_some_and(|node| has_address(node, address));
            let place = if is_host { Place::Host } else { Place::Address(address) };
            let answer = runtime.dial(place, dial, NEVER, self.now);
            if answer.is_some() {
                return answer;
            }
        }
        None
    }
}

fn has_address(node: &Node, address: &str) -> bool {
    let addresses = node.status.as_ref().and_then(|status| status.addresses.as_deref()).unwrap_or_default();
    addresses.iter().any(|found| found.address == address)
}

/// Who is behind the address of a Service.
enum Behind {
    /// It has no such port.
    NoPort,
    Nobody,
    Pods(Vec<(String, u16)>),
}

/// The ready endpoints of a Service, each with its ports.
fn ready<'a>(store: &'a Store, service: &Service) -> Vec<(&'a Endpoint, &'a [EndpointPort])> {
    let mut found = Vec::new();
    for slice in store.all_in::<EndpointSlice>(Some(service.namespace())) {
        if !is_of(slice, service) {
            continue;
        }
        for endpoint in slice.endpoints.as_deref().unwrap_or_default() {
            if endpoint.conditions.as_ref().and_then(|conditions| conditions.ready) != Some(false) {
                found.push((endpoint, slice.ports.as_deref().unwrap_or_default()));
            }
        }
    }
    found
}

/// The Service that has this address, if any, or that has this port on every node.
fn service_at(store: &Store, address: &str, port: u16) -> Option<Behind> {
    let is_node = store.all::<Node>().any(|node| has_address(node, address));
    let port = i32::from(port);
    for service in store.all::<Service>() {
        let Some(spec) = &service.spec else { continue };
        let is_own = spec.cluster_ip.as_deref() == Some(address);
        let is_meant = |found: &&ServicePort| if is_own { found.port == port } else { is_node && found.node_port == Some(port) };
        let Some(wanted) = spec.ports.as_deref().unwrap_or_default().iter().find(is_meant) else {
            if is_own {
                return Some(Behind::NoPort);
            }
            continue;
        };
        let mut pods = Vec::new();
        for (endpoint, ports) in ready(store, service) {
            let is_wanted = |port: &&EndpointPort| port.name.as_deref() == Some(wanted.name.as_deref().unwrap_or_default());
            let port = ports.iter().find(is_wanted).and_then(|port| u16::try_from(port.port?).ok());
            if let (Some(address), Some(port)) = (endpoint.addresses.first(), port) {
                pods.push((address.clone(), port));
            }
        }
        return Some(if pods.is_empty() { Behind::Nobody } else { Behind::Pods(pods) });
    }
    None
}

/// The addresses of a full name; a Service may stand for another name, and that for another, so many times.
fn addresses(store: &Store, name: &str, hops: u32) -> Vec<String> {
    let Some(inside) = name.strip_suffix(DOMAIN) else { return Vec::new() };
    let labels: Vec<&str> = inside.split('.').collect();
    let (pod, name, namespace) = match labels.as_slice() {
        [name, namespace, "svc"] => (None, *name, *namespace),
        [pod, name, namespace, "svc"] => (Some(*pod), *name, *namespace),
        // Whether there is such a Pod is not asked (`pods insecure`).
        [address, _, "pod"] => return vec![address.replace('-', ".")],
        _ => return Vec::new(),
    };
    let Some(Object::Service(service)) = store.get(&ObjectKey::new(Kind::Service, namespace, name)) else {
        return if inside == DNS.0 { vec![DNS.1.to_owned()] } else { Vec::new() };
    };
    let spec = service.spec.as_ref();
    match spec.and_then(|spec| spec.cluster_ip.as_deref()).filter(|address| *address != "None") {
        Some(address) if pod.is_none() => return vec![address.to_owned()],
        Some(_) | None => {}
    }
    if let Some(other) = spec.and_then(|spec| spec.external_name.as_deref()) {
        return hops.checked_sub(1).map_or(Vec::new(), |hops| addresses(store, other, hops));
    }
    // The Pods themselves: all, or the one that is called so, by its host name or by its address.
    let mut found = Vec::new();
    for (endpoint, _) in ready(store, service) {
        let Some(address) = endpoint.addresses.first() else { continue };
        let own = endpoint.hostname.clone().unwrap_or_else(|| address.replace('.', "-"));
        if pod.is_none_or(|pod| pod == own) {
            found.push(address.clone());
        }
    }
    found
}
