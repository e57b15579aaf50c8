//! What may become of the status of objects other than Jobs, through the subresource `status`.
//!
//! Upstream: the `Validate*StatusUpdate` functions of `pkg/apis/{core,apps,policy}/validation`, and `ValidateConditions` of
//! `k8s.io/apimachinery/pkg/apis/meta/v1/validation` (v1.36). Left out: addresses, users and devices of a Pod, its resource claims, and
//! what a claim is being resized to. Statuses are read as JSON, which takes the least code.

use podlapse_model::part::{items, text};
use podlapse_model::{Kind, Object, Quantity};
use serde_json::Value;

use super::error::Errors;
use super::internal::compact;
use super::names::{condition_reason_errors, ip_errors, label_key_errors, qualified_name_errors, subdomain_errors};
use super::update::immutable;
use super::{limits, others};

/// Checks an update of a status.
pub(super) fn update(new: &Object, old: &Object, out: &mut Errors) {
    let part = |object: &Object, name: &str| object.part(&[name]).unwrap_or_default();
    let (status, before) = (&part(new, "status"), &part(old, "status"));
    match new.kind() {
        Kind::Pod => pod(status, before, &part(old, "spec"), out),
        Kind::Node => {
            others::fields(new, out);
            node(status, out);
        }
        Kind::Namespace => namespace(text(status, "phase"), new.metadata().deletion_timestamp.is_some(), out),
        Kind::Service => service(status, text(&part(new, "spec"), "type"), out),
        Kind::ResourceQuota => {
            amounts(status, "hard", limits::quota_amount, out);
            amounts(status, "used", limits::quota_amount, out);
        }
        Kind::PersistentVolumeClaim => amounts(status, "capacity", whole, out),
        Kind::PodDisruptionBudget => {
            conditions(items(status, "conditions"), out);
            non_negative(status, BUDGET, out);
        }
        Kind::Deployment => counts(status, before, &DEPLOYMENT, out),
        Kind::ReplicaSet | Kind::ReplicationController => counts(status, before, &REPLICA_SET, out),
        Kind::StatefulSet => counts(status, before, &STATEFUL_SET, out),
        Kind::DaemonSet => counts(status, before, &DAEMON_SET, out),
        // Jobs have a module of their own; the rest has no status, or none with rules.
        Kind::Job
        | Kind::CronJob
        | Kind::PersistentVolume
        | Kind::Secret
        | Kind::ConfigMap
        | Kind::ServiceAccount
        | Kind::Event
        | Kind::LimitRange
        | Kind::StorageClass
        | Kind::PriorityClass
        | Kind::RuntimeClass
        | Kind::ControllerRevision
        | Kind::Lease
        | Kind::EndpointSlice
        | Kind::CSINode
        | Kind::Unmodelled => {}
    }
}

fn count(status: &Value, field: &str) -> i64 {
    status.get(field).and_then(Value::as_i64).unwrap_or_default()
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

fn non_negative(status: &Value, fields: &str, out: &mut Errors) {
    for field in fields.split(' ') {
        out.non_negative(&format!("status.{field}"), count(status, field));
    }
}

fn counts(new: &Value, old: &Value, rules: &Counts, out: &mut Errors) {
    non_negative(new, rules.fields, out);
    let mut no_more = |field: &str, most: &str, detail: &str| {
        if count(new, most) < count(new, field) {
            out.invalid(&format!("status.{field}"), count(new, field), detail);
        }
    };
    for field in rules.parts.split(' ') {
        no_more(field, "replicas", "cannot be greater than status.replicas");
    }
    if !rules.ready.is_empty() {
        no_more("availableReplicas", "readyReplicas", rules.ready);
    }
    let collisions = count(new, "collisionCount");
    if collisions < count(old, "collisionCount") {
        out.invalid("status.collisionCount", collisions, "cannot be decremented");
    }
}

fn conditions(conditions: &[Value], out: &mut Errors) {
    for (at, condition) in conditions.iter().enumerate() {
        let path = format!("status.conditions[{at}].");
        let (kind, reason) = (text(condition, "type"), text(condition, "reason"));
        if conditions[..at].iter().any(|other| text(other, "type") == kind) {
            out.duplicate(&format!("{path}type"), kind);
        }
        out.each(&format!("{path}type"), kind, label_key_errors(kind));
        out.one_of(&format!("{path}status"), text(condition, "status"), &["False", "True", "Unknown"]);
        if reason.is_empty() {
            out.required(&format!("{path}reason"), "must be set");
        } else {
            out.each(&format!("{path}reason"), reason, condition_reason_errors(reason));
        }
    }
}

fn node(status: &Value, out: &mut Errors) {
    let addresses = items(status, "addresses");
    for (at, address) in addresses.iter().enumerate() {
        if addresses[..at].contains(address) {
            out.duplicate(&format!("status.addresses[{at}]"), compact("NodeAddress", address));
        }
    }
}

fn namespace(phase: &str, is_leaving: bool, out: &mut Errors) {
    let (wanted, is) = if is_leaving { ("Terminating", "not empty") } else { ("Active", "empty") };
    if phase != wanted {
        out.invalid("status.Phase", phase, &format!("may only be '{wanted}' if `deletionTimestamp` is {is}"));
    }
}

/// Where a load balancer can be reached (`ValidateLoadBalancerStatus`).
fn service(status: &Value, kind: &str, out: &mut Errors) {
    const PATH: &str = "status.loadBalancer.ingress";
    let ingress = items(status.get("loadBalancer").unwrap_or(&Value::Null), "ingress");
    if kind != "LoadBalancer" && !ingress.is_empty() {
        return out.forbidden(PATH, "may only be used when `spec.type` is LoadBalancer");
    }
    for (at, point) in ingress.iter().enumerate() {
        let child = |field: &str| format!("{PATH}[{at}].{field}");
        let (ip, host, mode) = (text(point, "ip"), text(point, "hostname"), text(point, "ipMode"));
        if !ip.is_empty() {
            out.each(&child("ip"), ip, ip_errors(ip));
            out.one_of(&child("ipMode"), mode, &["Proxy", "VIP"]);
        } else if !mode.is_empty() {
            out.forbidden(&child("ipMode"), "may not be specified when `ip` is not set");
        }
        if !host.is_empty() {
            out.each(&child("hostname"), host, subdomain_errors(host));
            if ip_errors(host).is_empty() {
                out.invalid(&child("hostname"), host, "must be a DNS name, not an IP address");
            }
        }
    }
}

fn amounts(status: &Value, field: &str, check: fn(&str, &Quantity, &str, &mut Errors), out: &mut Errors) {
    for (name, amount) in status.get(field).and_then(Value::as_object).into_iter().flatten() {
        if let Ok(amount) = Quantity::parse(amount.as_str().unwrap_or_default()) {
            check(name, &amount, &format!("status.{field}[{name}]"), out);
        }
    }
}

/// `validateBasicResource`.
fn whole(_: &str, amount: &Quantity, path: &str, out: &mut Errors) {
    if amount.value() < 0 {
        out.invalid(path, amount.value(), "must be a valid resource quantity");
    }
}

fn pod(status: &Value, before: &Value, spec: &Value, out: &mut Errors) {
    for (at, condition) in items(status, "conditions").iter().enumerate() {
        let kind = text(condition, "type");
        if !matches!(kind, "PodScheduled" | "Ready" | "Initialized") {
            // Upstream hangs the conditions below the metadata.
            out.each(&format!("metadata.conditions[{at}].Type"), kind, qualified_name_errors(kind));
        }
    }
    let nominated = text(status, "nominatedNodeName");
    if !nominated.is_empty() && nominated != text(before, "nominatedNodeName") {
        out.each("status.nominatedNodeName", nominated, subdomain_errors(nominated));
    }
    let class = text(status, "qosClass");
    immutable(class == text(before, "qosClass"), "status.qosClass", class, out);
    for (field, containers) in
        [("containerStatuses", "containers"), ("initContainerStatuses", "initContainers"), ("ephemeralContainerStatuses", "")]
    {
        let policy = if containers.is_empty() { "Never" } else { text(spec, "restartPolicy") };
        transitions(items(status, field), items(before, field), (items(spec, containers), policy), field, out);
    }
}

/// A container that ended for good does not run again (`ValidateContainerStateTransition` and its sisters).
fn transitions(new: &[Value], old: &[Value], (containers, policy): (&[Value], &str), field: &str, out: &mut Errors) {
    for (at, before) in old.iter().enumerate() {
        let Some(end) = before.pointer("/state/terminated") else { continue };
        let name = text(before, "name");
        let container = containers.iter().find(|container| text(container, "name") == name).unwrap_or(&Value::Null);
        let own = text(container, "restartPolicy");
        let restarts = match if own.is_empty() { policy } else { own } {
            "Always" => true,
            "OnFailure" => count(end, "exitCode") != 0,
            // Rules may say otherwise.
            _ => !items(container, "restartPolicyRules").is_empty(),
        };
        if restarts {
            continue;
        }
        for now in new.iter().filter(|now| text(now, "name") == name) {
            if now.pointer("/state/terminated").is_none() {
                out.forbidden(&format!("status.{field}[{at}].state"), "may not be transitioned to non-terminated state");
            }
        }
    }
}
