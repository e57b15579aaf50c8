//! Whether the kubelet takes a Pod that was assigned to its node.
//!
//! Models `pkg/kubelet/sysctl` `Admit`, `pkg/kubelet/lifecycle/predicate.go` `predicateAdmitHandler.Admit` and `pkg/scheduler`
//! `AdmissionCheck` (v1.36): kernel parameters, operating system, resources, node affinity, ports, taints. Not modelled: topology and
//! device managers; nodes enforce AppArmor.

use podlapse_model::api::core::v1::{Node, Pod, PodSpec};
use podlapse_model::go_text::quote;
use podlapse_model::{
    Metadata, Quantity, RequiredNodeAffinity, ResourceList, ResourceOptions, find_untolerated, pod_requests, resource_list,
};

use super::container_spec::is_static;
use super::eviction::is_critical;

/// Why a Pod is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// As in `OutOfcpu` or `NodeAffinity`.
    pub(super) reason: String,
    /// The sentence, without `Pod was rejected: `.
    pub(super) message: String,
}

/// A resource of which the node has too little for a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shortage {
    /// Its name.
    pub(super) resource: String,
    /// What the Pod requests.
    pub(super) requested: i64,
    /// What others use.
    pub(super) used: i64,
    /// What the node has for Pods.
    pub(super) capacity: i64,
}

impl Shortage {
    /// How much would have to be freed.
    pub(super) fn amount(&self) -> i64 {
        self.requested.saturating_sub(self.capacity.saturating_sub(self.used))
    }

    /// How the Pod is refused for it.
    pub(super) fn refusal(&self) -> Refusal {
        let Shortage { resource, requested, used, capacity } = self;
        let amounts = format!("requested: {requested}, used: {used}, capacity: {capacity}");
        Refusal {
            reason: format!("OutOf{resource}"),
            message: format!("Node didn't have enough resource: {resource}, {amounts}"),
        }
    }
}

/// The resources that every node counts, in the order in which they are checked.
const COUNTED: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

/// Whether a node with `others` on it can take a Pod; the first reason if not. What the node lacks for a critical Pod does not count as
/// a reason: others may make room.
pub(super) fn admit<'a>(node: &Node, pod: &Pod, others: impl Iterator<Item = &'a Pod> + Clone) -> Result<Vec<Shortage>, Refusal> {
    let Some(spec) = &pod.spec else { return Ok(Vec::new()) };
    sysctls(spec)?;
    operating_system(spec)?;
    let shortages = shortages(node, pod, others.clone());
    if let Some(first) = shortages.first().filter(|_| !is_critical(pod)) {
        return Err(first.refusal());
    }
    predicates(node, pod, spec, others)?;
    Ok(shortages)
}

fn predicates<'a>(node: &Node, pod: &Pod, spec: &PodSpec, others: impl Iterator<Item = &'a Pod>) -> Result<(), Refusal> {
    let predicate =
        |name: &str, why: &str| Err(Refusal { reason: name.to_owned(), message: format!("Predicate {name} failed: {why}") });
    let labels = node.metadata.labels.clone().unwrap_or_default();
    let node_name = node.name();
    if !RequiredNodeAffinity::of(spec).matches(node_name, &labels).unwrap_or(false) {
        return predicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
    }
    let wanted = host_ports(spec);
    if others
        .filter_map(|other| other.spec.as_ref())
        .flat_map(host_ports)
        .any(|taken| wanted.iter().any(|port| collide(port, &taken)))
    {
        return predicate("NodePorts", "node(s) didn't have free ports for the requested pod ports");
    }
    let taints = node.spec.as_ref().and_then(|spec| spec.taints.as_deref()).unwrap_or_default();
    let tolerations = spec.tolerations.as_deref().unwrap_or_default();
    // A taint that only keeps the scheduler away does not concern the kubelet.
    if !is_static(pod) && find_untolerated(taints, tolerations, |taint| taint.effect == "NoExecute").is_some() {
        return predicate("TaintToleration", "node(s) had taints that the pod didn't tolerate");
    }
    Ok(())
}

/// Only kernel parameters that cannot harm other Pods are allowed.
fn sysctls(spec: &PodSpec) -> Result<(), Refusal> {
    const SAFE: &[&str] = &[
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    ];
    let names = spec.security_context.iter().flat_map(|context| context.sysctls.iter().flatten());
    let mut names = names.map(|sysctl| sysctl.name.replace('/', "."));
    match names.find(|name| !SAFE.contains(&name.as_str())) {
        Some(name) => Err(Refusal {
            reason: "SysctlForbidden".to_owned(),
            message: format!("forbidden sysctl: {} not allowlisted", quote(&name)),
        }),
        None => Ok(()),
    }
}

/// Nodes run Linux.
fn operating_system(spec: &PodSpec) -> Result<(), Refusal> {
    let refuse = |reason: &str, message: &str| Err(Refusal { reason: reason.to_owned(), message: message.to_owned() });
    let wanted = spec.node_selector.as_ref().and_then(|selector| selector.get("kubernetes.io/os"));
    if wanted.is_some_and(|os| os != "linux") {
        let message = "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label";
        return refuse("PodOSSelectorNodeLabelDoesNotMatch", message);
    }
    if spec.os.as_ref().is_some_and(|os| os.name != "linux") {
        return refuse("PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS");
    }
    Ok(())
}

/// What a node with `others` on it lacks for a Pod.
pub(super) fn shortages<'a>(node: &Node, pod: &Pod, others: impl Iterator<Item = &'a Pod> + Clone) -> Vec<Shortage> {
    let mut shortages = Vec::new();
    let mut note = |resource: &str, requested: i64, used: i64, capacity: i64| {
        if 0 < requested && capacity.saturating_sub(used) < requested {
            shortages.push(Shortage { resource: resource.to_owned(), requested, used, capacity });
        }
    };
    let allocatable = resource_list(node.status.as_ref().and_then(|status| status.allocatable.as_ref()));
    let options = ResourceOptions::default();
    let requested = pod_requests(pod, &options);
    let mut used = ResourceList::new();
    for other in others.clone() {
        podlapse_model::add_resources(&mut used, &pod_requests(other, &options));
    }
    if let Some(capacity) = allocatable.get("pods").map(Quantity::value) {
        let count = i64::try_from(others.count()).unwrap_or(i64::MAX);
        note("pods", 1, count, capacity);
    }
    // An extended resource that the node does not know at all is its device plugin's affair.
    let extended = requested.keys().map(String::as_str).filter(|name| !COUNTED.contains(name) && allocatable.contains_key(*name));
    for name in COUNTED.into_iter().chain(extended) {
        let amount = |list: &ResourceList| list.get(name).map_or(0, |quantity| units(name, quantity));
        note(name, amount(&requested), amount(&used), amount(&allocatable));
    }
    shortages
}

/// Thousandths for CPU, whole units for the rest.
pub(super) fn units(name: &str, quantity: &Quantity) -> i64 {
    if name == "cpu" { quantity.milli_value() } else { quantity.value() }
}

/// Protocol, address and number of each host port.
fn host_ports(spec: &PodSpec) -> Vec<(String, String, i32)> {
    let ports = spec.containers.iter().flat_map(|container| container.ports.iter().flatten());
    let taken = ports.filter(|port| port.host_port.is_some_and(|number| 0 < number));
    taken
        .map(|port| {
            let protocol = port.protocol.clone().unwrap_or_else(|| "TCP".to_owned());
            let address = port.host_ip.clone().filter(|ip| !ip.is_empty()).unwrap_or_else(|| "0.0.0.0".to_owned());
            (protocol, address, port.host_port.unwrap_or(0))
        })
        .collect()
}

fn collide(one: &(String, String, i32), two: &(String, String, i32)) -> bool {
    one.0 == two.0 && one.2 == two.2 && (one.1 == two.1 || one.1 == "0.0.0.0" || two.1 == "0.0.0.0")
}
