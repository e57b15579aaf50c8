//! The rows of the storage kinds.
//!
//! Models `printPersistentVolume`, `printPersistentVolumeClaim`, `printStorageClass` and `printCSINode`.

use podlapse_model::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use podlapse_model::api::storage::v1::{CSINode, StorageClass};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Metadata, Quantity, claim_class, is_default_class, volume_class};

use super::format::name;
use super::{cells, shown, wide};
use crate::duration::age;
use crate::table::{Cell, Column};

pub(super) const PERSISTENT_VOLUME: &[Column] = &[
    shown("Name"),
    shown("Capacity"),
    shown("Access Modes"),
    shown("Reclaim Policy"),
    shown("Status"),
    shown("Claim"),
    shown("StorageClass"),
    shown("VolumeAttributesClass"),
    shown("Reason"),
    shown("Age"),
    wide("VolumeMode"),
];

pub(super) const PERSISTENT_VOLUME_CLAIM: &[Column] = &[
    shown("Name"),
    shown("Status"),
    shown("Volume"),
    shown("Capacity"),
    shown("Access Modes"),
    shown("StorageClass"),
    shown("VolumeAttributesClass"),
    shown("Age"),
    wide("VolumeMode"),
];

pub(super) const STORAGE_CLASS: &[Column] = &[
    shown("Name"),
    shown("Provisioner"),
    shown("ReclaimPolicy"),
    shown("VolumeBindingMode"),
    shown("AllowVolumeExpansion"),
    shown("Age"),
];

pub(super) const CSI_NODE: &[Column] = &[shown("Name"), shown("Drivers"), shown("Age")];

pub(super) fn volume_row(volume: &PersistentVolume, now: &Time) -> Vec<Cell<'static>> {
    let spec = volume.spec.clone().unwrap_or_default();
    let status = volume.status.clone().unwrap_or_default();
    let claim = spec
        .claim_ref
        .as_ref()
        .map(|claim| format!("{}/{}", claim.namespace.as_deref().unwrap_or_default(), claim.name.as_deref().unwrap_or_default()));
    let phase = status.phase.unwrap_or_default();
    cells![
        name(&volume.metadata),
        spec.capacity
            .and_then(|capacity| capacity.get("storage").cloned())
            .map_or_else(|| "0".to_owned(), |quantity| Quantity::of(&quantity).to_string()),
        access_modes(spec.access_modes.as_deref()),
        spec.persistent_volume_reclaim_policy.unwrap_or_default(),
        if volume.metadata.deletion_timestamp.is_some() { "Terminating".to_owned() } else { phase },
        claim.unwrap_or_default(),
        volume_class(volume).to_owned(),
        spec.volume_attributes_class_name.unwrap_or_else(|| "<unset>".to_owned()),
        status.reason.unwrap_or_default(),
        age(volume.metadata.creation_timestamp.as_ref(), now),
        spec.volume_mode.unwrap_or_else(|| "<unset>".to_owned()),
    ]
}

pub(super) fn claim_row(claim: &PersistentVolumeClaim, now: &Time) -> Vec<Cell<'static>> {
    let spec = claim.spec.clone().unwrap_or_default();
    let status = claim.status.clone().unwrap_or_default();
    let is_bound = spec.volume_name.as_deref().is_some_and(|volume| !volume.is_empty());
    // A claim that names its volume has a capacity, if only that of none.
    let capacity = status.capacity.and_then(|capacity| capacity.get("storage").cloned());
    let capacity = capacity.map_or_else(|| "0".to_owned(), |quantity| Quantity::of(&quantity).to_string());
    let phase = status.phase.unwrap_or_default();
    cells![
        name(&claim.metadata),
        if claim.metadata.deletion_timestamp.is_some() { "Terminating".to_owned() } else { phase },
        spec.volume_name.unwrap_or_default(),
        if is_bound { capacity } else { String::new() },
        access_modes(status.access_modes.as_deref().filter(|_| is_bound)),
        claim_class(claim).to_owned(),
        spec.volume_attributes_class_name.unwrap_or_else(|| "<unset>".to_owned()),
        age(claim.metadata.creation_timestamp.as_ref(), now),
        spec.volume_mode.unwrap_or_else(|| "<unset>".to_owned()),
    ]
}

pub(super) fn class_row(class: &StorageClass, now: &Time) -> Vec<Cell<'static>> {
    let name = class.name().to_owned();
    cells![
        if is_default_class(class) { format!("{name} (default)") } else { name },
        class.provisioner.as_str(),
        class.reclaim_policy.as_deref().unwrap_or("Delete"),
        class.volume_binding_mode.as_deref().unwrap_or("Immediate"),
        if class.allow_volume_expansion == Some(true) { "true" } else { "false" },
        age(class.metadata.creation_timestamp.as_ref(), now),
    ]
}

pub(super) fn csi_node_row(node: &CSINode, now: &Time) -> Vec<Cell<'static>> {
    cells![name(&node.metadata), node.spec.drivers.len(), age(node.metadata.creation_timestamp.as_ref(), now)]
}

/// `GetAccessModesAsString`: the short forms, in an order of their own and each once.
pub(crate) fn access_modes(modes: Option<&[String]>) -> String {
    let has = |mode: &str| modes.is_some_and(|modes| modes.iter().any(|given| given == mode));
    let short = [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    short.iter().filter(|(mode, _)| has(mode)).map(|(_, short)| *short).collect::<Vec<_>>().join(",")
}
