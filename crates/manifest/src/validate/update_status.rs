//! What may become of the status of objects other than Jobs, through the subresource `status`.
//!
//! Upstream: the `Validate*StatusUpdate` functions of `pkg/apis/{core,apps,policy}/validation`, and `ValidateConditions` of
//! `k8s.io/apimachinery/pkg/apis/meta/v1/validation` (v1.36). Left out: users and devices of containers, resource claims.

use podlapse_model::api::core::v1::{
    ContainerStatus, LoadBalancerIngress, Namespace, PersistentVolumeClaim, Pod, PodSpec, ResourceQuota, Service,
};
use podlapse_model::api::policy::v1::PodDisruptionBudget;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Condition;
use podlapse_model::{Object, Quantity, is_sidecar};
use serde_json::Value;

use super::error::Errors;
use super::internal::compact;
use super::names::{condition_reason_errors, ip_errors, label_key_errors, qualified_name_errors, subdomain_errors};
use super::update::immutable;
use super::{limits, others, resources};

/// The longest reason and the longest message of a condition.
const MAX_REASON: usize = 1024;
const MAX_MESSAGE: usize = 32 * 1024;

/// Checks an update of a status.
pub(super) fn update(new: &Object, old: &Object, out: &mut Errors) {
    match (new, old) {
        (Object::Pod(new), Object::Pod(old)) => pod(new, old, out),
        (Object::Node(node), _) => {
            others::fields(new, out);
            let addresses = node.status.as_ref().and_then(|status| status.addresses.as_deref()).unwrap_or_default();
            for (at, address) in addresses.iter().enumerate().filter(|(at, address)| addresses[..*at].contains(address)) {
                let shown = compact("NodeAddress", &podlapse_model::to_json(address));
                out.duplicate(&format!("status.addresses[{at}]"), shown);
            }
        }
        (Object::Namespace(new), _) => namespace(new, out),
        (Object::Service(new), _) => service(new, out),
        (Object::ResourceQuota(new), _) => quota(new, out),
        (Object::PersistentVolumeClaim(new), _) => claim(new, out),
        (Object::PodDisruptionBudget(new), _) => budget(new, out),
        _ => counts(new, old, out),
    }
}

/// The counts of a controller: those that are not negative, those that are no more than `replicas`, and how those that are available
/// are told to be no more than those that are ready.
struct Counts {
    fields: &'static str,
    parts: &'static str,
    ready: &'static str,
}

const BELOW_READY: &str = "cannot be greater than readyReplicas";
const DEPLOYMENT: Counts = Counts {
    fields: "observedGeneration replicas updatedReplicas readyReplicas availableReplicas unavailableReplicas terminatingReplicas \
             collisionCount",
    parts: "updatedReplicas readyReplicas availableReplicas",
    ready: BELOW_READY,
};
const REPLICA_SET: Counts = Counts {
    fields: "replicas fullyLabeledReplicas readyReplicas availableReplicas terminatingReplicas observedGeneration",
    parts: "fullyLabeledReplicas readyReplicas availableReplicas",
    ready: BELOW_READY,
};
const STATEFUL_SET: Counts = Counts {
    fields: "replicas readyReplicas currentReplicas updatedReplicas availableReplicas observedGeneration collisionCount",
    parts: "readyReplicas currentReplicas updatedReplicas availableReplicas",
    ready: "cannot be greater than status.readyReplicas",
};
const DAEMON_SET: Counts = Counts {
    fields: "currentNumberScheduled numberMisscheduled desiredNumberScheduled numberReady observedGeneration updatedNumberScheduled \
             numberAvailable numberUnavailable collisionCount",
    parts: "",
    ready: "",
};
const BUDGET: &str = "disruptionsAllowed currentHealthy desiredHealthy expectedPods";

fn count(status: &Value, field: &str) -> i64 {
    status.get(field).and_then(Value::as_i64).unwrap_or_default()
}

fn non_negative(status: &Value, fields: &str, out: &mut Errors) {
    for field in fields.split_whitespace() {
        out.non_negative(&format!("status.{field}"), count(status, field));
    }
}

fn counts(new: &Object, old: &Object, out: &mut Errors) {
    let rules = match new {
        Object::Deployment(_) => DEPLOYMENT,
        Object::ReplicaSet(_) | Object::ReplicationController(_) => REPLICA_SET,
        Object::StatefulSet(_) => STATEFUL_SET,
        Object::DaemonSet(_) => DAEMON_SET,
        _ => return,
    };
    let status = |object: &Object| object.part(&["status"]).unwrap_or_default();
    let (new, old) = (status(new), status(old));
    non_negative(&new, rules.fields, out);
    for field in rules.parts.split_whitespace() {
        if count(&new, "replicas") < count(&new, field) {
            out.invalid(&format!("status.{field}"), count(&new, field), "cannot be greater than status.replicas");
        }
    }
    let available = count(&new, "availableReplicas");
    if !rules.ready.is_empty() && count(&new, "readyReplicas") < available {
        out.invalid("status.availableReplicas", available, rules.ready);
    }
    let collisions = count(&new, "collisionCount");
    if collisions < count(&old, "collisionCount") {
        out.invalid("status.collisionCount", collisions, "cannot be decremented");
    }
}

fn budget(new: &PodDisruptionBudget, out: &mut Errors) {
    let Some(status) = &new.status else { return };
    conditions(status.conditions.as_deref().unwrap_or_default(), "status.conditions", out);
    non_negative(&podlapse_model::to_json(status), BUDGET, out);
}

fn conditions(conditions: &[Condition], path: &str, out: &mut Errors) {
    for (at, condition) in conditions.iter().enumerate() {
        let child = |field: &str| format!("{path}[{at}].{field}");
        if conditions[..at].iter().any(|other| other.type_ == condition.type_) {
            out.duplicate(&child("type"), &condition.type_);
        }
        out.each(&child("type"), &condition.type_, label_key_errors(&condition.type_));
        out.one_of(&child("status"), &condition.status, &["False", "True", "Unknown"]);
        let generation = condition.observed_generation.unwrap_or_default();
        if generation < 0 {
            out.invalid(&child("observedGeneration"), generation, "must be greater than or equal to zero");
        }
        if condition.reason.is_empty() {
            out.required(&child("reason"), "must be set");
        } else {
            out.each(&child("reason"), &condition.reason, condition_reason_errors(&condition.reason));
            if condition.reason.len() > MAX_REASON {
                out.too_long(&child("reason"), MAX_REASON);
            }
        }
        if condition.message.len() > MAX_MESSAGE {
            out.too_long(&child("message"), MAX_MESSAGE);
        }
    }
}

fn namespace(new: &Namespace, out: &mut Errors) {
    let phase = new.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default();
    let (wanted, is) = match new.metadata.deletion_timestamp {
        None => ("Active", "empty"),
        Some(_) => ("Terminating", "not empty"),
    };
    if phase != wanted {
        out.invalid("status.Phase", phase, &format!("may only be '{wanted}' if `deletionTimestamp` is {is}"));
    }
}

/// Where a load balancer can be reached (`ValidateLoadBalancerStatus`).
fn service(new: &Service, out: &mut Errors) {
    const PATH: &str = "status.loadBalancer.ingress";
    let status = new.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    let ingress: &[LoadBalancerIngress] = status.and_then(|status| status.ingress.as_deref()).unwrap_or_default();
    let kind = new.spec.as_ref().and_then(|spec| spec.type_.as_deref());
    if kind != Some("LoadBalancer") && !ingress.is_empty() {
        return out.forbidden(PATH, "may only be used when `spec.type` is LoadBalancer");
    }
    for (at, point) in ingress.iter().enumerate() {
        let child = |field: &str| format!("{PATH}[{at}].{field}");
        let (ip, host) = (point.ip.as_deref().unwrap_or_default(), point.hostname.as_deref().unwrap_or_default());
        if !ip.is_empty() {
            out.each(&child("ip"), ip, ip_errors(ip));
        }
        match (&point.ip_mode, ip.is_empty()) {
            (Some(_), true) => out.forbidden(&child("ipMode"), "may not be specified when `ip` is not set"),
            (Some(mode), false) => out.one_of(&child("ipMode"), mode, &["Proxy", "VIP"]),
            (None, _) => {}
        }
        if !host.is_empty() {
            out.each(&child("hostname"), host, subdomain_errors(host));
            if ip_errors(host).is_empty() {
                out.invalid(&child("hostname"), host, "must be a DNS name, not an IP address");
            }
        }
    }
}

fn quota(new: &ResourceQuota, out: &mut Errors) {
    let Some(status) = &new.status else { return };
    for (field, list) in [("hard", &status.hard), ("used", &status.used)] {
        for (name, amount) in list.iter().flatten() {
            limits::quota_amount(name, &Quantity::of(amount), &format!("status.{field}[{name}]"), out);
        }
    }
}

fn claim(new: &PersistentVolumeClaim, out: &mut Errors) {
    const STATUSES: &[&str] = &[
        "ControllerResizeInProgress",
        "ControllerResizeInfeasible",
        "NodeResizeInProgress",
        "NodeResizeInfeasible",
        "NodeResizePending",
    ];
    let Some(status) = &new.status else { return };
    let is_sound = |amount: &Quantity, path: &str, out: &mut Errors| {
        let value = amount.value();
        if value < 0 {
            out.invalid(path, value, "must be a valid resource quantity");
        }
        0 <= value
    };
    for (name, amount) in status.capacity.iter().flatten() {
        is_sound(&Quantity::of(amount), &format!("status.capacity[{name}]"), out);
    }
    for value in status.allocated_resource_statuses.iter().flatten().map(|(_, value)| value) {
        out.one_of("status.allocatedResourceStatus", value, STATUSES);
    }
    for (name, amount) in status.allocated_resources.iter().flatten() {
        let (amount, path) = (Quantity::of(amount), format!("status.allocatedResources[{name}]"));
        if is_sound(&amount, &path, out) {
            resources::quantity("storage", &amount, &path, out);
        }
    }
}

fn pod(new: &Pod, old: &Pod, out: &mut Errors) {
    let empty = Default::default();
    let (status, before) = (new.status.as_ref().unwrap_or(&empty), old.status.as_ref().unwrap_or(&empty));
    for (at, condition) in status.conditions.iter().flatten().enumerate() {
        if !matches!(condition.type_.as_str(), "PodScheduled" | "Ready" | "Initialized") {
            // Upstream hangs the conditions below the metadata.
            let path = format!("metadata.conditions[{at}].Type");
            out.each(&path, &condition.type_, qualified_name_errors(&condition.type_));
        }
    }
    let nominated = status.nominated_node_name.as_deref().unwrap_or_default();
    if !nominated.is_empty() && status.nominated_node_name != before.nominated_node_name {
        out.each("status.nominatedNodeName", nominated, subdomain_errors(nominated));
    }
    let class = status.qos_class.as_deref().unwrap_or_default();
    immutable(status.qos_class == before.qos_class, "status.qosClass", class, out);
    let no_spec = PodSpec::default();
    let spec = old.spec.as_ref().unwrap_or(&no_spec);
    for (field, new, old, part) in [
        ("containerStatuses", &status.container_statuses, &before.container_statuses, Part::Container),
        ("initContainerStatuses", &status.init_container_statuses, &before.init_container_statuses, Part::Init),
        (
            "ephemeralContainerStatuses",
            &status.ephemeral_container_statuses,
            &before.ephemeral_container_statuses,
            Part::Ephemeral,
        ),
    ] {
        let (new, old) = (new.as_deref().unwrap_or_default(), old.as_deref().unwrap_or_default());
        transitions(new, old, part, spec, &format!("status.{field}"), out);
    }
    let ips: Vec<&str> = status.pod_ips.iter().flatten().map(|ip| ip.ip.as_str()).collect();
    addresses(&ips, "podIPs", out);
    let ips: Vec<&str> = status.host_ips.iter().flatten().map(|ip| ip.ip.as_str()).collect();
    addresses(&ips, "hostIPs", out);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Container,
    Init,
    Ephemeral,
}

/// A container that ended for good does not run again (`ValidateContainerStateTransition` and its sisters).
fn transitions(new: &[ContainerStatus], old: &[ContainerStatus], part: Part, spec: &PodSpec, path: &str, out: &mut Errors) {
    for (at, before) in old.iter().enumerate() {
        let Some(end) = before.state.as_ref().and_then(|state| state.terminated.as_ref()) else { continue };
        let containers = match part {
            Part::Container => spec.containers.as_slice(),
            Part::Init => spec.init_containers.as_deref().unwrap_or_default(),
            Part::Ephemeral => &[],
        };
        let container = containers.iter().find(|container| container.name == before.name);
        let own = container.and_then(|container| container.restart_policy.as_deref()).or(spec.restart_policy.as_deref());
        let restarts = match own.filter(|_| part != Part::Ephemeral) {
            Some("Always") => true,
            Some("OnFailure") => end.exit_code != 0,
            Some(_) | None => false,
        };
        // Rules may say otherwise.
        let has_rules = container.is_some_and(|container| container.restart_policy_rules.is_some() || is_sidecar(container));
        let runs = |status: &&ContainerStatus| {
            status.name == before.name && status.state.as_ref().is_none_or(|state| state.terminated.is_none())
        };
        if restarts || has_rules {
            continue;
        }
        for _ in new.iter().filter(runs) {
            out.forbidden(&format!("{path}[{at}].state"), "may not be transitioned to non-terminated state");
        }
    }
}

/// One address of each family at most.
fn addresses(ips: &[&str], field: &str, out: &mut Errors) {
    let path = format!("status.{field}");
    for (at, ip) in ips.iter().enumerate() {
        out.each(&format!("{path}[{at}]"), ip, ip_errors(ip));
    }
    if ips.len() < 2 {
        return;
    }
    let shown = Value::from_iter(ips.iter().map(|ip| serde_json::json!({"IP": ip})));
    let is_v6 = |ip: &&str| ip.contains(':');
    if ips.len() > 2 || ips.iter().any(is_v6) == ips.iter().all(is_v6) {
        out.invalid(&path, &shown, "may specify no more than one IP for each IP family");
    }
    for (at, ip) in ips.iter().enumerate().filter(|(at, ip)| ips[..*at].contains(ip)) {
        out.duplicate(&format!("{path}[{at}]"), &serde_json::json!({"IP": ip}));
    }
}
