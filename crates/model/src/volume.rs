//! Which persistent volume a claim may have.
//!
//! Models `k8s.io/component-helpers/storage/volume` `FindMatchingVolume`, `IsVolumeBoundToClaim`, `GetPersistentVolumeClaimClass` and
//! `CheckNodeAffinity` (v1.36), which the scheduler and the persistent-volume controller share. Not modelled: VolumeAttributesClass.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use k8s_openapi::api::storage::v1::StorageClass;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::{Labels, Metadata, NodeSelector, Quantity, Selector, SortedSet};

/// The annotation that said the class before there was a field for it; it still wins.
const BETA_CLASS: &str = "volume.beta.kubernetes.io/storage-class";
/// The annotations of a class that claims get which name none, of now and of before.
const IS_DEFAULT_CLASS: [&str; 2] =
    ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
/// Says that the binding of a claim is complete.
const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";

/// The class that a field names, unless the old annotation does; empty if none.
pub fn storage_class<'a>(metadata: &'a ObjectMeta, field: Option<&'a str>) -> &'a str {
    metadata.annotation(BETA_CLASS).or(field).unwrap_or_default()
}

/// The class that a claim asks for; empty if none.
pub fn claim_class(claim: &PersistentVolumeClaim) -> &str {
    storage_class(&claim.metadata, claim.spec.as_ref().and_then(|spec| spec.storage_class_name.as_deref()))
}

/// The class that a volume is of; empty if none.
pub fn volume_class(volume: &PersistentVolume) -> &str {
    storage_class(&volume.metadata, volume.spec.as_ref().and_then(|spec| spec.storage_class_name.as_deref()))
}

/// Whether claims that name no class get this one.
pub fn is_default_class(class: &StorageClass) -> bool {
    IS_DEFAULT_CLASS.iter().any(|key| class.annotation(key) == Some("true"))
}

/// How much a claim asks for.
pub fn requested_storage(claim: &PersistentVolumeClaim) -> Quantity {
    let quantity = || claim.spec.as_ref()?.resources.as_ref()?.requests.as_ref()?.get("storage").map(Quantity::of);
    quantity().unwrap_or(Quantity::ZERO)
}

/// How much a volume holds.
pub fn volume_capacity(volume: &PersistentVolume) -> Quantity {
    let quantity = || volume.spec.as_ref()?.capacity.as_ref()?.get("storage").map(Quantity::of);
    quantity().unwrap_or(Quantity::ZERO)
}

/// The volume that a claim names; empty if none.
pub fn claimed_volume(claim: &PersistentVolumeClaim) -> &str {
    claim.spec.as_ref().and_then(|spec| spec.volume_name.as_deref()).unwrap_or_default()
}

/// Whether a claim has its volume, both sides agreeing.
pub fn is_fully_bound(claim: &PersistentVolumeClaim) -> bool {
    !claimed_volume(claim).is_empty() && has_bind_completed(claim)
}

/// Whether the binding of a claim was completed once, whatever became of it.
pub fn has_bind_completed(claim: &PersistentVolumeClaim) -> bool {
    claim.annotation(BIND_COMPLETED).is_some()
}

/// Whether a volume is bound to this claim, or kept for it.
pub fn is_bound_to(volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> bool {
    let Some(of) = volume.spec.as_ref().and_then(|spec| spec.claim_ref.as_ref()) else { return false };
    let is_same_uid = of.uid.as_deref().is_none_or(|uid| uid.is_empty() || Some(uid) == claim.metadata.uid.as_deref());
    of.name == claim.metadata.name && of.namespace == claim.metadata.namespace && is_same_uid
}

/// Whether both are file systems, or both block devices.
pub fn has_same_mode(volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> bool {
    let offered = volume.spec.as_ref().and_then(|spec| spec.volume_mode.as_deref());
    let wanted = claim.spec.as_ref().and_then(|spec| spec.volume_mode.as_deref());
    offered.unwrap_or("Filesystem") == wanted.unwrap_or("Filesystem")
}

/// Whether a volume offers every access mode that a claim wants.
pub fn has_access_modes(volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> bool {
    let offered = volume.spec.as_ref().and_then(|spec| spec.access_modes.as_deref()).unwrap_or_default();
    claim.spec.iter().flat_map(|spec| spec.access_modes.iter().flatten()).all(|mode| offered.contains(mode))
}

/// Whether a volume's node affinity admits a node with these labels. Terms about the node's name do not count.
pub fn is_reachable(volume: &PersistentVolume, node: &Labels) -> bool {
    let affinity = volume.spec.as_ref().and_then(|spec| spec.node_affinity.as_ref());
    let required = affinity.and_then(|affinity| affinity.required.as_ref());
    required.is_none_or(|required| NodeSelector::new(required).matches("", node).unwrap_or(false))
}

/// For whom a volume is looked for.
#[derive(Clone, Copy, Debug)]
pub enum Seeker<'a> {
    /// The scheduler, for a Pod on a node with these labels.
    Node(&'a Labels),
    /// The controller; a claim whose class waits for a Pod gets only what is kept for it.
    Controller {
        /// Whether the class waits.
        is_delayed: bool,
    },
}

/// The volume that is kept for the claim, else the smallest that is free, large enough and fits.
///
/// ```
/// use std::sync::Arc;
/// use podlapse_model::{Seeker, matching_volume};
/// let size = |name: &str, size: &str| serde_json::from_value(serde_json::json!({
///     "metadata": {"name": name}, "status": {"phase": "Available"},
///     "spec": {"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"]}
/// })).map(Arc::new).unwrap();
/// let volumes = [size("large", "9Gi"), size("small", "1Gi"), size("right", "3Gi")];
/// let claim = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "data"},
///     "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}
/// })).unwrap();
/// let found = matching_volume(&claim, volumes.iter(), Seeker::Controller { is_delayed: false }, &Default::default());
/// assert_eq!(found.unwrap().metadata.name.as_deref(), Some("right"));
/// ```
pub fn matching_volume<'a>(
    claim: &PersistentVolumeClaim,
    volumes: impl Iterator<Item = &'a Arc<PersistentVolume>>,
    seeker: Seeker<'_>,
    taken: &SortedSet<&str>,
) -> Option<&'a Arc<PersistentVolume>> {
    let wanted = requested_storage(claim);
    let selector = claim.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    let selector = selector.map(|selector| Selector::of_label_selector(Some(selector)).unwrap_or(Selector::nothing()));
    let no_labels = Labels::new();
    let mut smallest: Option<(Quantity, &Arc<PersistentVolume>)> = None;
    for volume in volumes {
        let size = volume_capacity(volume);
        let is_kept = is_bound_to(volume, claim);
        let is_for_other = !is_kept && volume.spec.as_ref().is_some_and(|spec| spec.claim_ref.is_some());
        let is_out = taken.contains(volume.name())
            || is_for_other
            || size < wanted
            || !has_same_mode(volume, claim)
            || volume.metadata.deletion_timestamp.is_some();
        if is_out {
            continue;
        }
        let is_near = match seeker {
            Seeker::Node(labels) => is_reachable(volume, labels),
            Seeker::Controller { .. } => true,
        };
        if is_kept {
            return is_near.then_some(volume);
        }
        if matches!(seeker, Seeker::Controller { is_delayed: true }) {
            continue;
        }
        let is_available = volume.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Available");
        let labels = volume.metadata.labels.as_ref().unwrap_or(&no_labels);
        let fits = is_available
            && selector.as_ref().is_none_or(|selector| selector.matches(labels))
            && volume_class(volume) == claim_class(claim)
            && is_near
            && has_access_modes(volume, claim);
        if fits && smallest.as_ref().is_none_or(|(least, _)| size < *least) {
            smallest = Some((size, volume));
        }
    }
    smallest.map(|(_, volume)| volume)
}
