//! Volumes, claims and their classes.
//!
//! Upstream: `ValidatePersistentVolumeSpec`, `ValidatePersistentVolumeClaimSpec` in `pkg/apis/core/validation/validation.go`, and
//! `pkg/apis/storage/validation`.

use podlapse_model::api::core::v1::{PersistentVolume, PersistentVolumeClaimSpec, PersistentVolumeSpec, TopologySelectorTerm};
use podlapse_model::api::storage::v1::StorageClass;
use podlapse_model::{Metadata, Quantity, SortedMap, SortedSet};
use serde_json::Value;

use super::error::{Errors, Shown};
use super::metadata::{label_key, label_selector};
use super::names::{label_errors, qualified_name_errors, subdomain_errors};
use super::scheduling::node_selector;
use super::volume::vendors;
use super::volume::{csi_driver, host_path, no_backsteps};

/// The most parameters of a class, and the most bytes of them.
const MAX_PARAMETERS: usize = 512;
const MAX_PARAMETERS_SIZE: usize = 256 * 1024;
const ACCESS_MODES: &[&str] = &["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
/// The sources of a volume in the order in which they are looked at.
const SOURCES: &[&str] = &[
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "glusterfs",
    "flocker",
    "nfs",
    "rbd",
    "quobyte",
    "cephfs",
    "iscsi",
    "cinder",
    "fc",
    "flexVolume",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "scaleIO",
    "local",
    "storageos",
    "csi",
];

fn access_modes(modes: &[String], path: &str, out: &mut Errors) {
    modes.iter().for_each(|mode| out.one_of(path, mode, ACCESS_MODES));
    let is_other = |mode: &String| mode != "ReadWriteOncePod" && ACCESS_MODES.contains(&mode.as_str());
    if modes.iter().any(|mode| mode == "ReadWriteOncePod") && modes.iter().any(is_other) {
        out.forbidden(path, "may not use ReadWriteOncePod with other access modes");
    }
}

fn positive(amount: &Quantity, path: &str, out: &mut Errors) {
    if amount.signum() <= 0 {
        out.invalid(path, &amount.to_string(), "must be greater than zero");
    }
}

fn class_and_mode(class: Option<&String>, mode: Option<&String>, path: &str, out: &mut Errors) {
    if let Some(class) = class.filter(|class| !class.is_empty()) {
        out.each(&format!("{path}.storageClassName"), class, subdomain_errors(class));
    }
    if let Some(mode) = mode {
        out.one_of(&format!("{path}.volumeMode"), mode, &["Block", "Filesystem"]);
    }
}

pub(super) fn claim_spec(spec: &PersistentVolumeClaimSpec, path: &str, out: &mut Errors) {
    let modes = spec.access_modes.as_deref().unwrap_or_default();
    let modes_path = format!("{path}.accessModes");
    if modes.is_empty() {
        out.required(&modes_path, "at least 1 access mode is required");
    }
    label_selector(spec.selector.as_ref(), &format!("{path}.selector"), out);
    access_modes(modes, &modes_path, out);
    let storage = spec.resources.as_ref().and_then(|resources| resources.requests.as_ref()?.get("storage"));
    let storage_path = format!("{path}.resources[storage]");
    match storage.map(Quantity::of) {
        None => out.required(&storage_path, ""),
        Some(amount) => positive(&amount, &storage_path, out),
    }
    class_and_mode(spec.storage_class_name.as_ref(), spec.volume_mode.as_ref(), path, out);
    data_sources(spec, path, out);
    if let Some(class) = spec.volume_attributes_class_name.as_ref().filter(|class| !class.is_empty()) {
        out.each(&format!("{path}.volumeAttributesClassName"), class, subdomain_errors(class));
    }
}

/// What a claim's volume is filled from.
fn data_sources(spec: &PersistentVolumeClaimSpec, path: &str, out: &mut Errors) {
    let source = spec.data_source.as_ref().map(|found| (found.api_group.as_deref(), found.kind.as_str(), found.name.as_str()));
    let reference =
        spec.data_source_ref.as_ref().map(|found| (found.api_group.as_deref(), found.kind.as_str(), found.name.as_str()));
    for (field, found) in [("dataSource", source), ("dataSourceRef", reference)] {
        let Some((group, kind, name)) = found else { continue };
        let path = format!("{path}.{field}");
        for (part, value) in [("name", name), ("kind", kind)] {
            if value.is_empty() {
                out.required(&format!("{path}.{part}"), "");
            }
        }
        match group.unwrap_or_default() {
            "" if kind != "PersistentVolumeClaim" => {
                out.invalid(&path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
            }
            "" => {}
            group => out.each(&format!("{path}.apiGroup"), group, subdomain_errors(group)),
        }
    }
    // A reference into another namespace is dropped before this (gate CrossNamespaceVolumeDataSource).
    if source.is_some() && reference.is_some() && source != reference {
        // Upstream shows a path, whose fields are its own.
        out.invalid(path, Shown("{}".to_owned()), "must match dataSourceRef");
    }
}

pub(super) fn persistent_volume(volume: &PersistentVolume, out: &mut Errors) {
    let empty = PersistentVolumeSpec::default();
    let spec = volume.spec.as_ref().unwrap_or(&empty);
    let modes = spec.access_modes.as_deref().unwrap_or_default();
    if modes.is_empty() {
        out.required("spec.accessModes", "");
    }
    access_modes(modes, "spec.accessModes", out);
    let capacity = spec.capacity.clone().unwrap_or_default();
    if capacity.is_empty() {
        out.required("spec.capacity", "");
    }
    if !capacity.contains_key("storage") || capacity.len() > 1 {
        out.not_supported("spec.capacity", &podlapse_model::to_json(&spec.capacity), &["storage"]);
    }
    for (name, amount) in &capacity {
        let path = format!("spec.capacity[{name}]");
        let amount = Quantity::of(amount);
        if amount.value() < 0 {
            out.invalid(&path, amount.value(), "must be a valid resource quantity");
        }
        positive(&amount, &path, out);
    }
    let policy = spec.persistent_volume_reclaim_policy.as_deref().unwrap_or_default();
    if !policy.is_empty() {
        out.one_of("spec.persistentVolumeReclaimPolicy", policy, &["Delete", "Recycle", "Retain"]);
    }
    if let Some(affinity) = &spec.node_affinity {
        match &affinity.required {
            Some(required) => node_selector(required, "spec.nodeAffinity.required", out),
            None => out.required("spec.nodeAffinity.required", "must specify required node constraints"),
        }
    }
    sources(spec, volume.name(), out);
    let is_root = spec.host_path.as_ref().is_some_and(|found| is_root(&found.path));
    if is_root && policy == "Recycle" {
        out.forbidden("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'");
    }
    class_and_mode(spec.storage_class_name.as_ref(), spec.volume_mode.as_ref(), "spec", out);
    if let Some(class) = &spec.volume_attributes_class_name {
        let path = "spec.volumeAttributesClassName";
        if class.is_empty() {
            out.required(path, "an empty string is disallowed");
        } else {
            out.each(path, class, subdomain_errors(class));
        }
        if spec.csi.is_none() {
            out.required("spec.csi", "has to be specified when using volumeAttributesClassName");
        }
    }
}

/// Whether a path is the root once it is cleaned.
fn is_root(path: &str) -> bool {
    let mut depth = 0_i32;
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => depth = (depth - 1).max(0),
            _ => depth += 1,
        }
    }
    path.starts_with('/') && depth == 0
}

fn sources(spec: &PersistentVolumeSpec, name: &str, out: &mut Errors) {
    let value: Value = podlapse_model::to_json(spec);
    let mut present = SOURCES.iter().filter(|name| value.get(**name).is_some());
    let Some(first) = present.next() else { return out.required("spec", "must specify a volume type") };
    one_source(spec, name, first, &value[*first], out);
    for extra in present {
        // This one counts beside others.
        if *extra == "flexVolume" {
            vendors::source(extra, &value[*extra], name, true, "spec.flexVolume", out);
            continue;
        }
        out.forbidden(&format!("spec.{}", vendors::extra_path(extra)), "may not specify more than 1 volume type");
    }
}

fn one_source(spec: &PersistentVolumeSpec, name: &str, source: &str, value: &Value, out: &mut Errors) {
    let text = |value: &str, path: &str, out: &mut Errors| {
        if value.is_empty() {
            out.required(path, "");
        }
    };
    if let Some(found) = &spec.host_path {
        host_path(found, "spec.hostPath", out);
    } else if let Some(nfs) = &spec.nfs {
        text(&nfs.server, "spec.nfs.server", out);
        text(&nfs.path, "spec.nfs.path", out);
        if !nfs.path.starts_with('/') {
            out.invalid("spec.nfs.path", &nfs.path, "must be an absolute path");
        }
    } else if let Some(local) = &spec.local {
        if local.path.is_empty() {
            out.required("spec.local.path", "");
        } else {
            no_backsteps(&local.path, "spec.local.path", out);
        }
        if spec.node_affinity.is_none() {
            out.required("spec.nodeAffinity", "Local volume requires node affinity");
        }
    } else if let Some(csi) = &spec.csi {
        csi_driver(&csi.driver, "spec.csi.driver", out);
        text(&csi.volume_handle, "spec.csi.volumeHandle", out);
        for field in ["controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef"] {
            if let Some(reference) = value.get(field) {
                secret_reference(reference, &format!("spec.csi.{field}"), out);
            }
        }
    } else {
        vendors::source(source, value, name, true, &format!("spec.{}", vendors::own_path(source)), out);
    }
}

/// A Secret and its namespace.
fn secret_reference(reference: &Value, path: &str, out: &mut Errors) {
    for (field, is_label) in [("name", false), ("namespace", true)] {
        let (path, value) = (format!("{path}.{field}"), reference.get(field).and_then(Value::as_str).unwrap_or_default());
        if value.is_empty() {
            out.required(&path, "");
        } else {
            out.each(&path, value, if is_label { label_errors(value) } else { subdomain_errors(value) });
        }
    }
}

pub(super) fn storage_class(class: &StorageClass, out: &mut Errors) {
    if class.provisioner.is_empty() {
        out.required("provisioner", "");
    } else {
        out.each("provisioner", &class.provisioner, qualified_name_errors(&class.provisioner.to_lowercase()));
    }
    parameters(class, out);
    if let Some(policy) = class.reclaim_policy.as_deref().filter(|policy| !policy.is_empty()) {
        out.one_of("reclaimPolicy", policy, &["Delete", "Retain"]);
    }
    match class.volume_binding_mode.as_deref() {
        None => out.required("volumeBindingMode", ""),
        Some(mode) => out.one_of("volumeBindingMode", mode, &["Immediate", "WaitForFirstConsumer"]),
    }
    let terms = class.allowed_topologies.as_deref().unwrap_or_default();
    for (at, term) in terms.iter().enumerate() {
        let path = format!("allowedTopologies[{at}].matchLabelExpressions");
        topology_term(term, &path, out);
        let own = as_sets(term);
        // Upstream compares with as many empty terms as there are terms, too.
        let empty = if own.is_empty() { terms.len() } else { 0 };
        let same = empty + terms[..at].iter().filter(|before| as_sets(before) == own).count();
        (0..same).for_each(|_| out.duplicate(&path, ""));
    }
}

/// What the provisioner is told.
fn parameters(class: &StorageClass, out: &mut Errors) {
    let Some(parameters) = &class.parameters else { return };
    if parameters.len() > MAX_PARAMETERS {
        return out.too_long("parameters", MAX_PARAMETERS);
    }
    if parameters.contains_key("") {
        out.invalid("parameters", "", "field can not be empty.");
    }
    if parameters.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>() > MAX_PARAMETERS_SIZE {
        out.too_long("parameters", MAX_PARAMETERS_SIZE);
    }
}

/// A term as the values of each of its keys.
fn as_sets(term: &TopologySelectorTerm) -> SortedMap<&str, SortedSet<&str>> {
    let requirements = term.match_label_expressions.iter().flatten();
    requirements.map(|requirement| (requirement.key.as_str(), requirement.values.iter().map(String::as_str).collect())).collect()
}

fn topology_term(term: &TopologySelectorTerm, path: &str, out: &mut Errors) {
    let mut keys = SortedSet::new();
    for (at, requirement) in term.match_label_expressions.iter().flatten().enumerate() {
        let child = |field: &str| format!("{path}[{at}].{field}");
        if requirement.values.is_empty() {
            out.required(&child("values"), "");
        }
        let mut values = SortedSet::new();
        for (value_at, value) in requirement.values.iter().enumerate() {
            if !values.insert(value) {
                out.duplicate(&child(&format!("values[{value_at}]")), value);
            }
        }
        label_key(&requirement.key, &child("key"), out);
        if !keys.insert(&requirement.key) {
            out.duplicate(&child("key"), &requirement.key);
        }
    }
}
