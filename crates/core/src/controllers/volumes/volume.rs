//! A volume: free, bound, released or thrown away.
//!
//! Models `pkg/controller/volume/persistentvolume/pv_controller.go` `syncVolume` and `reclaimVolume`, and
//! `pkg/controller/volume/pvprotection` (v1.36).

use std::sync::Arc;

use podlapse_model::api::core::v1::PersistentVolume;
use podlapse_model::{Metadata, Object, Uid, claimed_volume};

use super::{
    BOUND_BY_CONTROLLER, PROVISIONED_BY, PROVISIONER_PROTECTION, VOLUME_PROTECTION, VolumeActs, VolumeView, claim, into_phase,
    phase, released,
};
use crate::events::EventType;
use crate::store::Request;

/// What is done about a volume.
pub(super) fn sync(volume: &Arc<PersistentVolume>, view: VolumeView<'_>) -> VolumeActs {
    if let Some(left) = released(&volume.metadata, VOLUME_PROTECTION)
        && phase(volume) != "Bound"
    {
        let mut volume = PersistentVolume::clone(volume);
        volume.metadata.finalizers = Some(left);
        return VolumeActs::request(Request::Update(volume.into()));
    }
    let of = volume.spec.as_ref().and_then(|spec| spec.claim_ref.as_ref());
    let is_claimed = of.is_some_and(|of| of.uid.as_deref().is_some_and(|uid| !uid.is_empty()));
    let next = match claim::of_volume(volume, view) {
        _ if !is_claimed => into_phase(volume, "Available", None),
        None if claim::is_given_up(volume) => return reclaim(volume, view),
        None => into_phase(volume, "Released", None),
        Some(claim) => match claimed_volume(claim) {
            // The claim's own look goes on with the binding.
            "" => None,
            name if Some(name) == volume.metadata.name.as_deref() => into_phase(volume, "Bound", None),
            _ => Some(unbind(volume)),
        },
    };
    VolumeActs { requests: next.into_iter().collect(), ..VolumeActs::default() }
}

/// The claim has another volume: this one is free again, or stays kept for the name if the user wrote it there.
fn unbind(volume: &PersistentVolume) -> Request {
    let mut volume = volume.clone();
    let is_ours = volume.annotation(BOUND_BY_CONTROLLER).is_some();
    if let Some(annotations) = &mut volume.metadata.annotations {
        annotations.remove(BOUND_BY_CONTROLLER);
    }
    let spec = volume.spec.get_or_insert_default();
    match &mut spec.claim_ref {
        Some(of) if !is_ours => of.uid = None,
        Some(_) | None => spec.claim_ref = None,
    }
    Request::Update(volume.into())
}

/// The claim has gone: what becomes of the volume is written in it.
fn reclaim(volume: &Arc<PersistentVolume>, view: VolumeView<'_>) -> VolumeActs {
    let spec = volume.spec.as_ref();
    let policy = spec.and_then(|spec| spec.persistent_volume_reclaim_policy.as_deref());
    if policy != Some("Delete") || phase(volume) == "Failed" || volume.metadata.deletion_timestamp.is_some() {
        return VolumeActs::default();
    }
    let name = volume.name().to_owned();
    if let Some(provisioner) = volume.annotation(PROVISIONED_BY) {
        // Without its provisioner nobody throws the volume away.
        return if view.store.has_csi_driver(provisioner) { throw_away(volume) } else { VolumeActs::default() };
    }
    let why = match spec.and_then(|spec| spec.host_path.as_ref()) {
        Some(source) if source.path.strip_prefix("/tmp/").is_some_and(|rest| !rest.is_empty()) => return throw_away(volume),
        Some(source) => format!("host_path deleter only supports /tmp/.+ but received provided {}", source.path),
        None => format!("error getting deleter volume plugin for volume \"{name}\": no deletable volume plugin matched"),
    };
    let mut acts = VolumeActs::default();
    acts.requests.extend(into_phase(volume, "Failed", Some(why.clone())));
    acts.tell(EventType::Warning, "VolumeFailedDelete", why);
    acts
}

fn throw_away(volume: &Arc<PersistentVolume>) -> VolumeActs {
    let object = Object::PersistentVolume(volume.clone());
    let mut free = PersistentVolume::clone(volume);
    if let Some(finalizers) = &mut free.metadata.finalizers {
        finalizers.retain(|finalizer| finalizer != PROVISIONER_PROTECTION);
    }
    let uid: Uid = object.uid();
    let delete = Request::delete(object.key(), uid);
    VolumeActs { requests: vec![Request::Update(free.into()), delete], ..VolumeActs::default() }
}
