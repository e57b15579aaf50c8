//! What is neither a Pod nor a controller of Pods.
//!
//! Upstream: `pkg/apis/{core,scheduling,policy,node}/validation`. Left out: the status of nodes.

use podlapse_model::api::core::v1::{ConfigMap, Node, NodeStatus, Secret};
use podlapse_model::api::node::v1::RuntimeClass;
use podlapse_model::api::policy::v1::PodDisruptionBudget;
use podlapse_model::api::scheduling::v1::PriorityClass;
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::{Kind, Metadata, Object, Quantity, SYSTEM_PRIORITY_CLASSES, SortedSet};

use super::error::Errors;
use super::internal::compact;
use super::metadata::{self, label_key, label_selector, labels, object_meta};
use super::names::{cidr_errors, config_key_errors, label_errors, label_value_errors, path_segment_errors, subdomain_errors};
use super::workload::{not_more_than_hundred_percent, positive_int_or_percent};
use super::{limits, resources, scheduling, service, storage};

pub(super) use super::storage::claim_spec;

/// Data of a Secret or ConfigMap, in bytes.
const MAX_DATA: usize = 1024 * 1024;
/// Higher priorities are the system's own.
const MAX_PRIORITY: i32 = 1_000_000_000;

/// Names of kinds that are not DNS subdomains.
fn name_rule(kind: Kind) -> fn(&str) -> Vec<String> {
    // Gate RelaxedServiceNameValidation: a Service's name may begin with a digit.
    if matches!(kind, Kind::Namespace | Kind::Service) { label_errors } else { subdomain_errors }
}

pub(super) fn any(object: &Object, out: &mut Errors) {
    let kind = object.kind();
    let metadata: &ObjectMeta = object.metadata();
    if kind == Kind::PodDisruptionBudget {
        // Only what is asked of every object, and of budgets only those without another error: `rest.BeforeCreate`.
        fields(object, out);
        if out.list.is_empty() {
            object_meta(metadata, true, path_segment_errors, "metadata", out);
        }
        return;
    }
    object_meta(metadata, kind.is_namespaced(), name_rule(kind), "metadata", out);
    fields(object, out);
}

/// Everything but the metadata.
pub(super) fn fields(object: &Object, out: &mut Errors) {
    match object {
        Object::PersistentVolumeClaim(claim) => {
            claim_spec(claim.spec.as_ref().unwrap_or(&Default::default()), "spec", out);
        }
        Object::PersistentVolume(volume) => storage::persistent_volume(volume, out),
        Object::StorageClass(class) => storage::storage_class(class, out),
        Object::Secret(secret) => secret_data(secret, out),
        Object::ConfigMap(config_map) => config_map_data(config_map, out),
        Object::Service(found) => service::service(found, out),
        Object::LimitRange(range) => limits::limit_range(range, out),
        Object::ResourceQuota(quota) => limits::resource_quota(quota, out),
        Object::PodDisruptionBudget(budget) => disruption_budget(budget, out),
        Object::PriorityClass(class) => priority_class(class, out),
        Object::RuntimeClass(class) => runtime_class(class, out),
        Object::Node(node) => self::node(node, out),
        Object::Namespace(namespace) => {
            for finalizer in namespace.spec.iter().flat_map(|spec| spec.finalizers.iter().flatten()) {
                metadata::finalizer(finalizer, "spec.finalizers", out);
            }
        }
        // Those with Pods have modules of their own; the rest has nothing but metadata, or is written by controllers alone.
        Object::Pod(_)
        | Object::Deployment(_)
        | Object::ReplicaSet(_)
        | Object::ReplicationController(_)
        | Object::StatefulSet(_)
        | Object::DaemonSet(_)
        | Object::Job(_)
        | Object::CronJob(_)
        | Object::ServiceAccount(_)
        | Object::Event(_)
        | Object::ControllerRevision(_)
        | Object::Lease(_)
        | Object::EndpointSlice(_)
        | Object::CSINode(_)
        | Object::Unmodelled(_) => {}
    }
}

fn config_map_data(config_map: &ConfigMap, out: &mut Errors) {
    let texts = config_map.data.iter().flatten().map(|(key, value)| ("data", key, value.len()));
    let bytes = config_map.binary_data.iter().flatten().map(|(key, value)| ("binaryData", key, value.0.len()));
    let mut size = 0;
    for (field, key, length) in texts.chain(bytes) {
        size += length;
        out.each(&format!("{field}[{key}]"), key, config_key_errors(key));
        if field == "data" && config_map.binary_data.as_ref().is_some_and(|data| data.contains_key(key)) {
            out.invalid(&format!("data[{key}]"), key, "duplicate of key present in binaryData");
        }
    }
    if size > MAX_DATA {
        out.too_long("", MAX_DATA);
    }
}

fn secret_data(secret: &Secret, out: &mut Errors) {
    let mut size = 0;
    for (key, value) in secret.data.iter().flatten() {
        size += value.0.len();
        out.each(&format!("data[{key}]"), key, config_key_errors(key));
    }
    if size > MAX_DATA {
        out.too_long("data", MAX_DATA);
    }
    let has = |key: &str| secret.data.as_ref().is_some_and(|data| data.contains_key(key));
    let needed: &[&str] = match secret.type_.as_deref().unwrap_or_default() {
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/basic-auth" => {
            if !has("username") && !has("password") {
                out.required("data[username]", "");
                out.required("data[password]", "");
            }
            &[]
        }
        "kubernetes.io/service-account-token" => {
            if secret.annotation("kubernetes.io/service-account.name").is_none_or(str::is_empty) {
                out.required("metadata.annotations[kubernetes.io/service-account.name]", "");
            }
            &[]
        }
        _ => &[],
    };
    for key in needed {
        match secret.data.as_ref().and_then(|data| data.get(*key)) {
            None => out.required(&format!("data[{key}]"), ""),
            Some(value) if *key == "ssh-privatekey" && value.0.is_empty() => out.required(&format!("data[{key}]"), ""),
            // The value is a secret, so that it is not shown.
            Some(value) if key.starts_with(".docker") => {
                if let Some(error) = json_error(&value.0) {
                    out.invalid(&format!("data[{key}]"), "<secret contents redacted>", &error);
                }
            }
            Some(_) => {}
        }
    }
}

/// Why Go cannot read bytes as a JSON object; `null` is as good as one.
fn json_error(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let kind = match crate::go_json::read_all(&text) {
        Err(problem) => return Some(problem),
        Ok(serde_json::Value::Null | serde_json::Value::Object(_)) => return None,
        Ok(serde_json::Value::Bool(_)) => "bool",
        Ok(serde_json::Value::Number(_)) => "number",
        Ok(serde_json::Value::String(_)) => "string",
        Ok(serde_json::Value::Array(_)) => "array",
    };
    Some(format!("json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"))
}

fn disruption_budget(budget: &PodDisruptionBudget, out: &mut Errors) {
    let Some(spec) = &budget.spec else { return };
    if spec.min_available.is_some() && spec.max_unavailable.is_some() {
        let shown = compact("DisruptionBudgetSpec", &podlapse_model::to_json(spec));
        out.invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set");
    }
    for (field, value) in [("minAvailable", &spec.min_available), ("maxUnavailable", &spec.max_unavailable)] {
        if let Some(value) = value {
            positive_int_or_percent(value, &format!("spec.{field}"), out);
            not_more_than_hundred_percent(value, &format!("spec.{field}"), out);
        }
    }
    label_selector(spec.selector.as_ref(), "spec.selector", out);
    if let Some(policy) = &spec.unhealthy_pod_eviction_policy {
        out.one_of("spec.unhealthyPodEvictionPolicy", policy, &["AlwaysAllow", "IfHealthyBudget"]);
    }
}

fn priority_class(class: &PriorityClass, out: &mut Errors) {
    let name = class.name();
    let value = class.value.unwrap_or_default();
    if name.starts_with("system-") {
        let own = SYSTEM_PRIORITY_CLASSES.iter().find(|class| class.name == name).map(|class| class.value);
        let error = match own {
            None => format!("{name} is not a known system priority class"),
            Some(own) if own != value => format!("value of {name} PriorityClass must be {own}"),
            Some(_) if class.global_default == Some(true) => format!("globalDefault of {name} PriorityClass must be false"),
            Some(_) => return,
        };
        let rule = "priority class names with 'system-' prefix are reserved for system use only. error: ";
        out.forbidden("metadata.name", &format!("{rule}{error}"));
    } else if value > MAX_PRIORITY {
        let detail = format!("maximum allowed value of a user defined priority is {MAX_PRIORITY}");
        out.forbidden("value", &detail);
    }
    if let Some(policy) = &class.preemption_policy {
        out.required_one_of("preemptionPolicy", policy, &["PreemptLowerPriority", "Never"]);
    }
}

fn runtime_class(class: &RuntimeClass, out: &mut Errors) {
    out.each("handler", &class.handler, label_errors(&class.handler));
    if let Some(fixed) = class.overhead.as_ref().and_then(|overhead| overhead.pod_fixed.as_ref()) {
        resources::overhead(fixed, "overhead.podFixed", out);
    }
    if let Some(found) = &class.scheduling {
        labels(found.node_selector.as_ref(), "scheduling.nodeSelector", out);
        scheduling::tolerations(found.tolerations.as_deref().unwrap_or_default(), "scheduling.tolerations", out);
    }
}

fn node(node: &Node, out: &mut Errors) {
    let mut seen = SortedSet::new();
    for (at, taint) in node.spec.iter().flat_map(|spec| spec.taints.iter().flatten()).enumerate() {
        // Upstream hangs the taints below the metadata.
        let path = format!("metadata.taints[{at}]");
        label_key(&taint.key, &format!("{path}.key"), out);
        let value = taint.value.as_deref().unwrap_or_default();
        let errors = label_value_errors(value);
        if !errors.is_empty() {
            out.invalid(&format!("{path}.value"), value, &errors.join(";"));
        }
        out.required_one_of(&format!("{path}.effect"), &taint.effect, &["NoSchedule", "PreferNoSchedule", "NoExecute"]);
        if !seen.insert((&taint.key, &taint.effect)) {
            let shown = compact("Taint", &podlapse_model::to_json(taint));
            out.duplicate_because(&path, shown, "taints must be unique by key and effect pair");
        }
    }
    let empty = NodeStatus::default();
    let status = node.status.as_ref().unwrap_or(&empty);
    for (field, list) in [("capacity", &status.capacity), ("allocatable", &status.allocatable)] {
        for (name, amount) in list.iter().flatten() {
            resources::quantity(name, &Quantity::of(amount), &format!("status.{field}.{name}"), out);
        }
    }
    pod_cidrs(node.spec.as_ref().and_then(|spec| spec.pod_cidrs.as_deref()).unwrap_or_default(), out);
}

/// The ranges of a node's Pods: one of each family at most.
fn pod_cidrs(ranges: &[String], out: &mut Errors) {
    const PATH: &str = "spec.podCIDRs";
    for (at, range) in ranges.iter().enumerate() {
        out.each(&format!("{PATH}[{at}]"), range, cidr_errors(range));
    }
    if ranges.len() < 2 {
        return;
    }
    let is_v6 = |range: &String| range.contains(':');
    let is_dual = ranges.iter().any(is_v6) && !ranges.iter().all(is_v6);
    if ranges.iter().all(|range| cidr_errors(range).is_empty()) && (!is_dual || ranges.len() > 2) {
        out.invalid(PATH, &serde_json::Value::from(ranges), "may specify no more than one CIDR for each IP family");
    }
}
