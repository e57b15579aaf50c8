//! A claim: bound to a volume, or told why not.
//!
//! Models `pkg/controller/volume/persistentvolume/pv_controller.go` `syncClaim` with `bind`, `index.go` `findByClaim`, and
//! `pkg/controller/volume/pvcprotection` (v1.36).

use std::sync::Arc;

use podlapse_model::api::core::v1::{ObjectReference, PersistentVolume, PersistentVolumeClaim};
use podlapse_model::{
    Kind, Metadata, Object, ObjectKey, Seeker, SortedMap, SortedSet, claim_class, claimed_volume, has_access_modes,
    has_bind_completed, has_same_mode, is_bound_to, matching_volume, requested_storage, volume_capacity, volume_class,
};

use super::{
    BIND_COMPLETED, BOUND_BY_CONTROLLER, CLAIM_PROTECTION, SELECTED_NODE, VolumeActs, VolumeView, annotate, claim_name,
    into_phase, phase, provision, released,
};
use crate::events::EventType;
use crate::store::Request;

/// What is done about a claim.
pub(super) fn sync(claim: &Arc<PersistentVolumeClaim>, view: VolumeView<'_>) -> VolumeActs {
    if let Some(left) = released(&claim.metadata, CLAIM_PROTECTION)
        && !is_in_use(claim, view)
    {
        let mut claim = PersistentVolumeClaim::clone(claim);
        claim.metadata.finalizers = Some(left);
        return VolumeActs::request(Request::Update(claim.into()));
    }
    match (has_bind_completed(claim), claimed_volume(claim)) {
        (true, name) => sync_bound(claim, name, view),
        (false, "") => sync_unbound(claim, view),
        (false, name) => sync_named(claim, name, view),
    }
}

/// Whether a Pod that has a node uses the claim.
fn is_in_use(claim: &PersistentVolumeClaim, view: VolumeView<'_>) -> bool {
    let uses = |object: &Object| {
        let Object::Pod(pod) = object else { return false };
        let Some(spec) = pod.spec.as_ref().filter(|_| pod.metadata.namespace == claim.metadata.namespace) else { return false };
        let has_node = spec.node_name.as_deref().is_some_and(|name| !name.is_empty());
        has_node && spec.volumes.iter().flatten().any(|volume| claim_name(pod, volume) == claim.metadata.name)
    };
    view.store.list(Kind::Pod).any(uses)
}

/// A claim that leaves the choice to the controller.
fn sync_unbound(claim: &Arc<PersistentVolumeClaim>, view: VolumeView<'_>) -> VolumeActs {
    let class = provision::class(claim, view);
    let is_delayed = class.is_some_and(|class| class.volume_binding_mode.as_deref() == Some("WaitForFirstConsumer"));
    if let Some(volume) = best_match(claim, is_delayed, view) {
        return bind(claim, volume);
    }
    let has_node = claim.annotation(SELECTED_NODE).is_some();
    let mut acts = VolumeActs { resync: true, ..VolumeActs::default() };
    if is_delayed && !has_node {
        let (reason, message) = waiting(claim, view);
        acts.tell(EventType::Normal, reason, message);
    } else if !claim_class(claim).is_empty() {
        return provision::provision(claim, class, view);
    } else {
        let message = "no persistent volumes available for this claim and no storage class is set";
        acts.tell(EventType::Normal, "FailedBinding", message.to_owned());
    }
    acts.requests.extend(into_claim_phase(claim, "Pending"));
    acts
}

/// What is said of a claim that waits for its first Pod.
fn waiting(claim: &PersistentVolumeClaim, view: VolumeView<'_>) -> (&'static str, String) {
    let waits = |object: &Object| {
        let Object::Pod(pod) = object else { return None };
        let spec = pod.spec.as_ref().filter(|_| pod.metadata.namespace == claim.metadata.namespace)?;
        let is_waiting = spec.node_name.as_deref().is_none_or(str::is_empty) && pod.metadata.deletion_timestamp.is_none();
        let uses = spec.volumes.iter().flatten().any(|volume| claim_name(pod, volume) == claim.metadata.name);
        (is_waiting && uses).then(|| pod.name().to_owned())
    };
    let names: Vec<String> = view.store.list(Kind::Pod).filter_map(waits).collect();
    match names.as_slice() {
        [] => ("WaitForFirstConsumer", "waiting for first consumer to be created before binding".to_owned()),
        [name] => ("WaitForPodScheduled", format!("waiting for pod {name} to be scheduled")),
        names => ("WaitForPodScheduled", format!("waiting for pods {} to be scheduled", names.join(","))),
    }
}

/// Volumes that offer fewer access modes are tried first, and of those the smallest.
fn best_match<'a>(claim: &PersistentVolumeClaim, is_delayed: bool, view: VolumeView<'a>) -> Option<&'a Arc<PersistentVolume>> {
    let mut by_modes: SortedMap<(usize, Vec<String>), Vec<&Arc<PersistentVolume>>> = SortedMap::new();
    for volume in view.volumes().filter(|volume| has_access_modes(volume, claim)) {
        let mut modes = volume.spec.as_ref().and_then(|spec| spec.access_modes.clone()).unwrap_or_default();
        podlapse_model::sort(&mut modes);
        by_modes.entry((modes.len(), modes)).or_default().push(volume);
    }
    let seeker = Seeker::Controller { is_delayed };
    by_modes.into_values().find_map(|volumes| matching_volume(claim, volumes.into_iter(), seeker, &SortedSet::new()))
}

/// A claim that names its volume, but is not bound to it yet.
fn sync_named(claim: &Arc<PersistentVolumeClaim>, name: &str, view: VolumeView<'_>) -> VolumeActs {
    let mut acts = VolumeActs { resync: true, ..VolumeActs::default() };
    match view.volume(name) {
        Some(volume) if is_bound_to(volume, claim) => return bind(claim, volume),
        Some(volume) if volume.spec.as_ref().is_some_and(|spec| spec.claim_ref.is_some()) => {
            let message = format!("volume \"{name}\" already bound to a different claim.");
            acts.tell(EventType::Warning, "FailedBinding", message);
        }
        Some(volume) => match mismatch(volume, claim) {
            None => return bind(claim, volume),
            Some(why) => {
                acts.tell(EventType::Warning, "VolumeMismatch", format!("Cannot bind to requested volume \"{name}\": {why}"));
            }
        },
        None => {}
    }
    acts.requests.extend(into_claim_phase(claim, "Pending"));
    acts
}

/// Why a volume does not satisfy a claim that asks for it (`checkVolumeSatisfyClaim`).
fn mismatch(volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> Option<&'static str> {
    if volume.metadata.deletion_timestamp.is_some() {
        Some("the volume is marked for deletion")
    } else if volume_capacity(volume) < requested_storage(claim) {
        Some("requested PV is too small")
    } else if volume_class(volume) != claim_class(claim) {
        Some("storageClassName does not match")
    } else if !has_same_mode(volume, claim) {
        Some("incompatible volumeMode")
    } else if !has_access_modes(volume, claim) {
        Some("incompatible accessMode")
    } else {
        None
    }
}

/// A claim that was bound once.
fn sync_bound(claim: &Arc<PersistentVolumeClaim>, name: &str, view: VolumeView<'_>) -> VolumeActs {
    let lost = |reason, message: &str| {
        let mut acts = VolumeActs::default();
        if let Some(request) = into_claim_phase(claim, "Lost") {
            acts.requests.push(request);
            acts.tell(EventType::Warning, reason, message.to_owned());
        }
        acts
    };
    if name.is_empty() {
        return lost("ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!");
    }
    let Some(volume) = view.volume(name) else {
        return lost("ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
    };
    let of = volume.spec.as_ref().and_then(|spec| spec.claim_ref.as_ref());
    if of.is_none_or(|of| of.uid == claim.metadata.uid) {
        return bind(claim, volume);
    }
    lost("ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly")
}

/// The next write of those that bind both to each other: the volume and its phase, then the claim and its phase.
fn bind(claim: &Arc<PersistentVolumeClaim>, volume: &Arc<PersistentVolume>) -> VolumeActs {
    let requests = bind_volume(claim, volume)
        .or_else(|| into_phase(volume, "Bound", None))
        .or_else(|| bind_claim(claim, volume))
        .or_else(|| bound_status(claim, volume));
    VolumeActs { requests: requests.into_iter().collect(), ..VolumeActs::default() }
}

fn bind_volume(claim: &PersistentVolumeClaim, volume: &PersistentVolume) -> Option<Request> {
    let of = volume.spec.as_ref().and_then(|spec| spec.claim_ref.as_ref());
    if of.is_some_and(|of| of.uid == claim.metadata.uid) {
        return None;
    }
    let mut volume = volume.clone();
    if of.is_none() {
        annotate(&mut volume.metadata, BOUND_BY_CONTROLLER, "yes");
    }
    volume.spec.get_or_insert_default().claim_ref = Some(reference(claim));
    Some(Request::Update(volume.into()))
}

/// The claim as a volume refers to it.
pub(super) fn reference(claim: &PersistentVolumeClaim) -> ObjectReference {
    ObjectReference {
        kind: Some("PersistentVolumeClaim".to_owned()),
        api_version: Some("v1".to_owned()),
        namespace: claim.metadata.namespace.clone(),
        name: claim.metadata.name.clone(),
        uid: claim.metadata.uid.clone(),
        resource_version: claim.metadata.resource_version.clone(),
        ..ObjectReference::default()
    }
}

fn bind_claim(claim: &PersistentVolumeClaim, volume: &PersistentVolume) -> Option<Request> {
    let is_named = claim.spec.as_ref().is_some_and(|spec| spec.volume_name == volume.metadata.name);
    if is_named && has_bind_completed(claim) {
        return None;
    }
    let mut claim = claim.clone();
    if !is_named {
        annotate(&mut claim.metadata, BOUND_BY_CONTROLLER, "yes");
        claim.spec.get_or_insert_default().volume_name.clone_from(&volume.metadata.name);
    }
    annotate(&mut claim.metadata, BIND_COMPLETED, "yes");
    Some(Request::Update(claim.into()))
}

fn bound_status(claim: &PersistentVolumeClaim, volume: &PersistentVolume) -> Option<Request> {
    let mut claim = claim.clone();
    let before = claim.status.clone();
    let status = claim.status.get_or_insert_default();
    status.phase = Some("Bound".to_owned());
    if let Some(spec) = &volume.spec {
        status.access_modes.clone_from(&spec.access_modes);
        status.capacity.clone_from(&spec.capacity);
    }
    (claim.status != before).then(|| Request::UpdateStatus(claim.into()))
}

/// The request that brings a claim to a phase without a volume; `None` if it is there.
fn into_claim_phase(claim: &PersistentVolumeClaim, phase: &str) -> Option<Request> {
    if claim.status.as_ref().is_some_and(|status| status.phase.as_deref() == Some(phase)) {
        return None;
    }
    let mut claim = claim.clone();
    let status = claim.status.get_or_insert_default();
    status.phase = Some(phase.to_owned());
    (status.access_modes, status.capacity) = (None, None);
    Some(Request::UpdateStatus(claim.into()))
}

/// The claim that a volume is bound to or kept for, if it still exists.
pub(super) fn of_volume<'a>(volume: &PersistentVolume, view: VolumeView<'a>) -> Option<&'a Arc<PersistentVolumeClaim>> {
    let of = volume.spec.as_ref()?.claim_ref.as_ref()?;
    let claim = view.claim(of.namespace.as_deref().unwrap_or_default(), of.name.as_deref().unwrap_or_default())?;
    (claim.metadata.uid == of.uid).then_some(claim)
}

/// Whether a volume is in a phase in which nobody waits for it any more.
pub(super) fn is_given_up(volume: &PersistentVolume) -> bool {
    matches!(phase(volume), "Released" | "Failed")
}

/// The key of a claim.
pub(super) fn key(claim: &PersistentVolumeClaim) -> ObjectKey {
    let (namespace, name) = (claim.metadata.namespace.as_deref(), claim.metadata.name.as_deref());
    ObjectKey::new(Kind::PersistentVolumeClaim, namespace.unwrap_or_default(), name.unwrap_or_default())
}
