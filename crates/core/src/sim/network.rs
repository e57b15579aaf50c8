//! The network of the cluster: its names, its Services, its Pods.
//!
//! Models CoreDNS's plugin `kubernetes` (names of Services, of their Pods, and of Pods by their address) and what kube-proxy makes of the
//! address of a Service: one of its ready Pods by lot, a refused connection where it has none. Left out: session affinity, network
//! policies, IPv6, and everything beyond the cluster, whose names do not resolve.

use std::sync::Arc;

use podlapse_model::api::core::v1::{Pod, Service};
use podlapse_model::api::discovery::v1::{Endpoint, EndpointSlice};
use podlapse_model::{Kind, Metadata, Object, ObjectKey, SimDuration};
use podlapse_shell::{Pid, Reply, Request};

use super::StepId;
use super::api_server::HOST_ADDRESS;
use super::event::Event;
use super::world::World;
use crate::controllers::endpoint_slice::SERVICE_NAME;
use crate::cri::{ContainerId, Dial, DialResult};
use crate::kernel::Purpose;
use crate::runtime::{Place, RuntimeEvent};
use crate::store::Store;

/// How long question and answer are on their way.
const LATENCY: SimDuration = SimDuration::from_millis(1);
/// A connection that takes longer than this does not come about.
const NEVER: SimDuration = SimDuration::from_secs(86_400);
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
                Some((Reply::Addresses(names.iter().map(|name| addresses(&self.store, name)).collect()), SimDuration::ZERO))
            }
            Request::Connect { address, port } => self.dial(node, &container, address, *port, |port| Dial::Tcp { port }),
            Request::Get { address, port, path } => {
                let dial = |port| Dial::Http { port, path: path.clone(), https: false };
                self.dial(node, &container, address, *port, dial)
            }
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
        dial: impl Fn(u16) -> Dial,
    ) -> Option<(Reply, SimDuration)> {
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
        let at = |node: &Arc<str>| {
            self.store
                .node(node)?
                .status
                .as_ref()?
                .addresses
                .as_ref()?
                .iter()
                .map(|found| found.address.clone())
                .find(|found| found == address)
        };
        self.runtimes.iter().filter(|(name, _)| self.nodes.has_runtime(name)).find_map(|(name, runtime)| {
            let place = if at(name).is_some() { Place::Host } else { Place::Address(address) };
            runtime.dial(place, dial, NEVER, self.now)
        })
    }
}

/// Who is behind the address of a Service.
enum Behind {
    /// It has no such port.
    NoPort,
    Nobody,
    Pods(Vec<(String, u16)>),
}

fn slices<'a>(store: &'a Store, service: &'a Service) -> impl Iterator<Item = &'a Arc<EndpointSlice>> {
    let is_of = move |slice: &&Arc<EndpointSlice>| slice.label(SERVICE_NAME) == Some(service.name());
    store.all_in(Some(service.namespace())).filter(is_of)
}

fn is_ready(endpoint: &&Endpoint) -> bool {
    endpoint.conditions.as_ref().and_then(|conditions| conditions.ready) != Some(false)
}

/// The Service that has this address, if any, or that has this port on every node.
fn service_at(store: &Store, address: &str, port: u16) -> Option<Behind> {
    let is_node = || {
        let mut nodes = store.all::<podlapse_model::api::core::v1::Node>();
        nodes.any(|node| {
            node.status.iter().flat_map(|status| status.addresses.iter().flatten()).any(|found| found.address == address)
        })
    };
    let mut found = None;
    for service in store.all::<Service>() {
        let Some(spec) = &service.spec else { continue };
        let ports = spec.ports.as_deref().unwrap_or_default();
        let wanted = if spec.cluster_ip.as_deref() == Some(address) {
            ports.iter().find(|found| found.port == i32::from(port))
        } else {
            match ports.iter().find(|found| found.node_port == Some(i32::from(port))) {
                Some(port) if is_node() => Some(port),
                Some(_) | None => continue,
            }
        };
        let Some(wanted) = wanted else { return Some(Behind::NoPort) };
        let mut pods = Vec::new();
        for slice in slices(store, service) {
            let mut ports = slice.ports.iter().flatten();
            let name = wanted.name.as_deref().unwrap_or_default();
            let port = ports.find(|port| port.name.as_deref().unwrap_or_default() == name).and_then(|port| port.port);
            let Some(port) = port.and_then(|port| u16::try_from(port).ok()) else { continue };
            let ready = slice.endpoints.iter().flatten().filter(is_ready);
            pods.extend(ready.filter_map(|endpoint| Some((endpoint.addresses.first()?.clone(), port))));
        }
        found = Some(if pods.is_empty() { Behind::Nobody } else { Behind::Pods(pods) });
    }
    found
}

/// The addresses of a full name.
fn addresses(store: &Store, name: &str) -> Vec<String> {
    let Some(inside) = name.strip_suffix(DOMAIN) else { return Vec::new() };
    let labels: Vec<&str> = inside.split('.').collect();
    let service = |namespace: &str, name: &str| match store.get(&ObjectKey::new(Kind::Service, namespace, name)) {
        Some(Object::Service(service)) => Some(service),
        Some(_) | None => None,
    };
    match labels.as_slice() {
        [name, namespace, "svc"] => {
            let Some(spec) = service(namespace, name).and_then(|service| service.spec.as_ref()) else {
                let is_dns = inside == DNS.0;
                return is_dns.then(|| DNS.1.to_owned()).into_iter().collect();
            };
            match spec.cluster_ip.as_deref() {
                Some("None") => pods_of(store, service(namespace, name), None),
                Some(address) => vec![address.to_owned()],
                None => spec.external_name.as_ref().map(|name| addresses(store, name)).unwrap_or_default(),
            }
        }
        [pod, name, namespace, "svc"] => pods_of(store, service(namespace, name), Some(pod)),
        [address, namespace, "pod"] => {
            let address = address.replace('-', ".");
            let mut pods = store.all_in::<Pod>(Some(namespace));
            let is_there = pods.any(|pod| pod.status.as_ref().and_then(|status| status.pod_ip.as_deref()) == Some(&address));
            is_there.then_some(address).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The Pods of a Service without an address of its own, or the one that is called so: by its host name or by its address.
fn pods_of(store: &Store, service: Option<&Arc<Service>>, called: Option<&str>) -> Vec<String> {
    let endpoints = service.into_iter().flat_map(|service| slices(store, service));
    let ready = endpoints.flat_map(|slice| slice.endpoints.iter().flatten()).filter(is_ready);
    let is_called = |endpoint: &&Endpoint| {
        let address = endpoint.addresses.first().map(|address| address.replace('.', "-"));
        called.is_none_or(|name| endpoint.hostname.clone().or(address).is_some_and(|own| own == name))
    };
    ready.filter(is_called).flat_map(|endpoint| endpoint.addresses.clone()).collect()
}
