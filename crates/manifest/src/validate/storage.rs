//! Volumes, claims and their classes.
//!
//! Upstream: `ValidatePersistentVolumeSpec`, `ValidatePersistentVolumeClaimSpec` in `pkg/apis/core/validation/validation.go`, and
//! `pkg/apis/storage/validation`. Left out: the sources of single vendors beyond there being one, and data sources.

use podlapse_model::Quantity;
use podlapse_model::api::core::v1::{PersistentVolume, PersistentVolumeClaimSpec, PersistentVolumeSpec};
use podlapse_model::api::storage::v1::StorageClass;
use serde_json::Value;

use super::error::Errors;
use super::metadata::label_selector;
use super::names::{qualified_name_errors, subdomain_errors};
use super::resources::resource_name;
use super::scheduling::node_selector;
use super::volume::{host_path, no_backsteps};

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
        resource_name(name, &path, out);
        positive(&Quantity::of(amount), &path, out);
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
    sources(spec, out);
    let is_root = spec.host_path.as_ref().is_some_and(|found| found.path == "/");
    if is_root && policy == "Recycle" {
        out.forbidden("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'");
    }
    class_and_mode(spec.storage_class_name.as_ref(), spec.volume_mode.as_ref(), "spec", out);
}

fn sources(spec: &PersistentVolumeSpec, out: &mut Errors) {
    let value: Value = podlapse_model::to_json(spec);
    let mut present = SOURCES.iter().filter(|name| value.get(**name).is_some());
    if present.next().is_none() {
        return out.required("spec", "must specify a volume type");
    }
    for extra in present {
        out.forbidden(&format!("spec.{extra}"), "may not specify more than 1 volume type");
    }
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
        text(&csi.driver, "spec.csi.driver", out);
        text(&csi.volume_handle, "spec.csi.volumeHandle", out);
    }
}

pub(super) fn storage_class(class: &StorageClass, out: &mut Errors) {
    if class.provisioner.is_empty() {
        out.required("provisioner", "");
    } else {
        out.each("provisioner", &class.provisioner, qualified_name_errors(&class.provisioner.to_lowercase()));
    }
    if class.parameters.as_ref().is_some_and(|parameters| parameters.contains_key("")) {
        out.invalid("parameters", "", "field can not be empty.");
    }
    if let Some(policy) = class.reclaim_policy.as_deref().filter(|policy| !policy.is_empty()) {
        out.one_of("reclaimPolicy", policy, &["Delete", "Retain"]);
    }
    match class.volume_binding_mode.as_deref() {
        None => out.required("volumeBindingMode", ""),
        Some(mode) => out.one_of("volumeBindingMode", mode, &["Immediate", "WaitForFirstConsumer"]),
    }
}
