//! What is neither a Pod nor a controller of Pods.
//!
//! Upstream: `pkg/apis/{core,storage,scheduling,policy,node}/validation`. Left out: the rules of Services beyond their ports, of
//! sources of PersistentVolumes, and of Nodes beyond their names.

use podlapse_model::api::core::v1::{
    LimitRange, PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec, ResourceQuota, Secret, Service,
};
use podlapse_model::api::policy::v1::PodDisruptionBudget;
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;
use podlapse_model::{Kind, Object, Quantity};

use super::error::Errors;
use super::metadata::{label_selector, object_meta};
use super::names::{config_key_errors, label_errors, port_name_errors, port_number_errors, subdomain_errors};
use super::resources::{quantity, resource_name};

const ACCESS_MODES: &[&str] = &["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
/// Data of a Secret or ConfigMap, in bytes.
const MAX_DATA: usize = 1024 * 1024;

/// Names of kinds that are not DNS subdomains.
fn name_rule(kind: Kind) -> fn(&str) -> Vec<String> {
    match kind {
        // Gate RelaxedServiceNameValidation: a Service's name may begin with a digit.
        Kind::Namespace | Kind::Service => label_errors,
        _ => subdomain_errors,
    }
}

pub(super) fn any(object: &Object, out: &mut Errors) {
    let kind = object.kind();
    let metadata: &ObjectMeta = object.metadata();
    object_meta(metadata, kind.is_namespaced(), name_rule(kind), "metadata", out);
    fields(object, out);
}

/// Everything but the metadata.
pub(super) fn fields(object: &Object, out: &mut Errors) {
    match object {
        Object::PersistentVolumeClaim(claim) => persistent_volume_claim(claim, out),
        Object::PersistentVolume(volume) => persistent_volume(volume, out),
        Object::Secret(secret) => secret_data(secret, out),
        Object::ConfigMap(config_map) => {
            let texts = config_map.data.iter().flatten().map(|(key, value)| ("data", key, value.len()));
            let bytes = config_map.binary_data.iter().flatten().map(|(key, value)| ("binaryData", key, value.0.len()));
            let mut size = 0;
            for (field, key, length) in texts.chain(bytes) {
                size += length;
                out.each(&format!("{field}[{key}]"), key, config_key_errors(key));
            }
            if size > MAX_DATA {
                out.too_long("", MAX_DATA);
            }
        }
        Object::Service(service) => service_spec(service, out),
        Object::LimitRange(limits) => limit_range(limits, out),
        Object::ResourceQuota(quota) => resource_quota(quota, out),
        Object::PodDisruptionBudget(budget) => disruption_budget(budget, out),
        _ => {}
    }
}

fn persistent_volume_claim(claim: &PersistentVolumeClaim, out: &mut Errors) {
    claim_spec(claim.spec.as_ref().unwrap_or(&PersistentVolumeClaimSpec::default()), "spec", out);
}

pub(super) fn claim_spec(spec: &PersistentVolumeClaimSpec, path: &str, out: &mut Errors) {
    let modes = spec.access_modes.as_deref().unwrap_or_default();
    let modes_path = format!("{path}.accessModes");
    if modes.is_empty() {
        out.required(&modes_path, "at least 1 access mode is required");
    }
    label_selector(spec.selector.as_ref(), &format!("{path}.selector"), out);
    modes.iter().for_each(|mode| out.one_of(&modes_path, mode, ACCESS_MODES));
    if modes.len() > 1 && modes.iter().any(|mode| mode == "ReadWriteOncePod") {
        out.forbidden(&modes_path, "may not use ReadWriteOncePod with other access modes");
    }
    let storage = spec.resources.as_ref().and_then(|resources| resources.requests.as_ref()?.get("storage"));
    let storage_path = format!("{path}.resources[storage]");
    match storage.map(Quantity::of) {
        None => out.required(&storage_path, ""),
        Some(amount) => {
            resource_name("storage", &storage_path, out);
            positive(&amount, &storage_path, out);
        }
    }
    if let Some(class) = spec.storage_class_name.as_deref().filter(|class| !class.is_empty()) {
        out.each(&format!("{path}.storageClassName"), class, subdomain_errors(class));
    }
    if let Some(mode) = &spec.volume_mode {
        out.one_of(&format!("{path}.volumeMode"), mode, &["Block", "Filesystem"]);
    }
}

fn positive(amount: &Quantity, path: &str, out: &mut Errors) {
    if amount.signum() <= 0 {
        out.invalid(path, &amount.to_string(), "must be greater than zero");
    }
}

fn persistent_volume(volume: &PersistentVolume, out: &mut Errors) {
    let Some(spec) = &volume.spec else { return };
    let modes = spec.access_modes.as_deref().unwrap_or_default();
    if modes.is_empty() {
        out.required("spec.accessModes", "");
    }
    modes.iter().for_each(|mode| out.one_of("spec.accessModes", mode, ACCESS_MODES));
    if modes.len() > 1 && modes.iter().any(|mode| mode == "ReadWriteOncePod") {
        out.forbidden("spec.accessModes", "may not use ReadWriteOncePod with other access modes");
    }
    let capacity = spec.capacity.clone().unwrap_or_default();
    if capacity.is_empty() {
        out.required("spec.capacity", "");
    }
    if !capacity.contains_key("storage") || capacity.len() > 1 {
        let names: Vec<&str> = capacity.keys().map(String::as_str).collect();
        let shown = crate::go_text::json(&podlapse_model::to_json(&capacity));
        if !names.is_empty() {
            out.not_supported("spec.capacity", super::error::Shown(shown), &["storage"]);
        }
    }
    for (name, amount) in &capacity {
        let path = format!("spec.capacity[{name}]");
        resource_name(name, &path, out);
        positive(&Quantity::of(amount), &path, out);
    }
    if let Some(policy) = spec.persistent_volume_reclaim_policy.as_deref().filter(|policy| !policy.is_empty()) {
        out.one_of("spec.persistentVolumeReclaimPolicy", policy, &["Delete", "Recycle", "Retain"]);
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
    let has = |key: &str| {
        secret.data.as_ref().is_some_and(|data| data.contains_key(key))
            || secret.string_data.as_ref().is_some_and(|data| data.contains_key(key))
    };
    let needed: &[&str] = match secret.type_.as_deref().unwrap_or_default() {
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        _ => &[],
    };
    for key in needed.iter().filter(|key| !has(key)) {
        out.required(&format!("data[{key}]"), "");
    }
}

fn service_spec(service: &Service, out: &mut Errors) {
    let Some(spec) = &service.spec else { return };
    let kind = spec.type_.as_deref().unwrap_or_default();
    let ports = spec.ports.as_deref().unwrap_or_default();
    let is_headless = spec.cluster_ip.as_deref() == Some("None");
    if ports.is_empty() && !is_headless && kind != "ExternalName" {
        out.required("spec.ports", "");
    }
    let mut names = podlapse_model::SortedSet::new();
    for (at, port) in ports.iter().enumerate() {
        let child = |field: &str| format!("spec.ports[{at}].{field}");
        let name = port.name.as_deref().unwrap_or_default();
        if name.is_empty() {
            if ports.len() > 1 {
                out.required(&child("name"), "");
            }
        } else {
            out.each(&child("name"), name, label_errors(name));
            if !names.insert(name) {
                out.duplicate(&child("name"), name);
            }
        }
        for message in port_number_errors(i64::from(port.port)) {
            out.invalid(&child("port"), port.port, &message);
        }
        out.required_one_of(&child("protocol"), port.protocol.as_deref().unwrap_or_default(), &["SCTP", "TCP", "UDP"]);
        match &port.target_port {
            Some(IntOrString::Int(number)) => {
                for message in port_number_errors(i64::from(*number)) {
                    out.invalid(&child("targetPort"), *number, &message);
                }
            }
            Some(IntOrString::String(name)) => out.each(&child("targetPort"), name, port_name_errors(name)),
            None => {}
        }
    }
    super::metadata::labels(spec.selector.as_ref(), "spec.selector", out);
    let affinity = spec.session_affinity.as_deref().unwrap_or_default();
    out.required_one_of("spec.sessionAffinity", affinity, &["ClientIP", "None"]);
    out.required_one_of("spec.type", kind, &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
}

fn limit_range(limits: &LimitRange, out: &mut Errors) {
    let mut types = podlapse_model::SortedSet::new();
    for (at, item) in limits.spec.iter().flat_map(|spec| spec.limits.iter()).enumerate() {
        let path = format!("spec.limits[{at}]");
        if !types.insert(&item.type_) {
            out.duplicate(&format!("{path}.type"), &item.type_);
        }
        for (field, list) in
            [("max", &item.max), ("min", &item.min), ("default", &item.default), ("defaultRequest", &item.default_request)]
        {
            for (name, amount) in list.iter().flatten() {
                resource_name(name, &format!("{path}.{field}[{name}]"), out);
                quantity(name, &Quantity::of(amount), &format!("{path}.{field}[{name}]"), out);
            }
        }
        for (name, min) in item.min.iter().flatten() {
            let (low, high) = (Quantity::of(min), item.max.as_ref().and_then(|max| max.get(name)).map(Quantity::of));
            if let Some(high) = high.filter(|high| low > *high) {
                let detail = format!("min value {low} is greater than max value {high}");
                out.invalid(&format!("{path}.min[{name}]"), &low.to_string(), &detail);
            }
        }
    }
}

fn resource_quota(quota: &ResourceQuota, out: &mut Errors) {
    for (name, amount) in quota.spec.iter().flat_map(|spec| spec.hard.iter().flatten()) {
        let path = format!("spec.hard[{name}]");
        let is_count = name.starts_with("count/");
        if !is_count {
            resource_name(name, &path, out);
        }
        quantity(name, &Quantity::of(amount), &path, out);
    }
}

fn disruption_budget(budget: &PodDisruptionBudget, out: &mut Errors) {
    let Some(spec) = &budget.spec else { return };
    if spec.min_available.is_some() && spec.max_unavailable.is_some() {
        let shown = podlapse_model::to_json(spec);
        out.invalid("spec", &shown, "minAvailable and maxUnavailable cannot be both set");
    }
    label_selector(spec.selector.as_ref(), "spec.selector", out);
}
