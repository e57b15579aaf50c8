//! What may become of the status of objects other than Jobs, through the subresource `status`.
//!
//! Upstream: the `Validate*StatusUpdate` functions of `pkg/apis/{core,apps,policy}/validation`, and `ValidateConditions` of
//! `k8s.io/apimachinery/pkg/apis/meta/v1/validation` (v1.36). Statuses are read as JSON, which takes the least code. That of a Pod has a
//! module of its own.

use podlapse_model::part::{items, text};
use podlapse_model::{Kind, Object, Quantity};
use serde_json::Value;

use super::pod_status;
use crate::validate::error::Errors;
use crate::validate::internal::compact;
use crate::validate::names::{condition_reason_errors, ip_errors, qualified_name_errors, subdomain_errors};
use crate::validate::{limits, others};

/// The longest reason and message of a condition.
const MAX_REASON: usize = 1024;
const MAX_MESSAGE: usize = 32 * 1024;

/// Checks an update of a status.
pub(super) fn update(new: &Object, old: &Object, out: &mut Errors) {
    let part = |object: &Object, name: &str| object.part(&[name]).unwrap_or_default();
    let (status, before) = (&part(new, "status"), &part(old, "status"));
    match new.kind() {
        Kind::Pod => pod_status::update(status, before, &part(old, "spec"), out),
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
        Kind::PersistentVolumeClaim => {
            amounts(status, "capacity", whole, out);
            resizes(status, out);
        }
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
        out.each(&format!("{path}type"), kind, qualified_name_errors(kind));
        out.one_of(&format!("{path}status"), text(condition, "status"), &["False", "True", "Unknown"]);
        if count(condition, "observedGeneration") < 0 {
            let generation = count(condition, "observedGeneration");
            out.invalid(&format!("{path}observedGeneration"), generation, "must be greater than or equal to zero");
        }
        // A time that is not given is the first one that there is.
        if matches!(text(condition, "lastTransitionTime"), "" | "1970-01-01T00:00:00Z") {
            out.required(&format!("{path}lastTransitionTime"), "must be set");
        }
        if reason.is_empty() {
            out.required(&format!("{path}reason"), "must be set");
        } else {
            out.each(&format!("{path}reason"), reason, condition_reason_errors(reason));
        }
        for (field, limit) in [("reason", MAX_REASON), ("message", MAX_MESSAGE)] {
            if limit < text(condition, field).len() {
                out.too_long(&format!("{path}{field}"), limit);
            }
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

/// What a claim is being resized to, and how far that is.
fn resizes(status: &Value, out: &mut Errors) {
    const STATUSES: &str = "status.allocatedResourceStatuses";
    const AMOUNTS: &str = "status.allocatedResources";
    const STEPS: &[&str] = &[
        "ControllerResizeInProgress",
        "ControllerResizeInfeasible",
        "NodeResizeInProgress",
        "NodeResizeInfeasible",
        "NodeResizePending",
    ];
    for (name, step) in status.get("allocatedResourceStatuses").and_then(Value::as_object).into_iter().flatten() {
        claim_resource(name, STATUSES, out);
        if !step.as_str().is_some_and(|step| STEPS.contains(&step)) {
            out.not_supported(STATUSES, name, STEPS);
        }
    }
    for (name, amount) in status.get("allocatedResources").and_then(Value::as_object).into_iter().flatten() {
        let Ok(amount) = Quantity::parse(amount.as_str().unwrap_or_default()) else { continue };
        if claim_resource(name, AMOUNTS, out) {
            whole(name, &amount, &format!("{AMOUNTS}[{name}]"), out);
        }
    }
}

/// Whether a claim may speak of a resource (`validatePersistentVolumeClaimResourceKey`).
fn claim_resource(name: &str, path: &str, out: &mut Errors) -> bool {
    let errors = qualified_name_errors(name);
    let is_native = !name.contains('/') || name.contains("kubernetes.io/");
    let is_foreign = errors.is_empty() && is_native && name != "storage";
    let is_sound = errors.is_empty() && !is_foreign;
    out.each(path, name, errors);
    if is_foreign {
        out.not_supported(path, name, &["storage"]);
    }
    is_sound
}
