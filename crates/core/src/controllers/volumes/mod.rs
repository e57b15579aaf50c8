//! Persistent volumes and the claims for them: who is bound to whom, what is made, what is thrown away.
//!
//! Models `pkg/controller/volume/{persistentvolume,pvcprotection,pvprotection,ephemeral}` (v1.36), and a provisioner for each CSI driver
//! that the cluster has as a `CSIDriver` object. A look asks for one write at a time; the change that it makes leads to the next look.
//! Not modelled: recycling, snapshots, growing, in-tree provisioners and migration, attaching.

mod claim;
mod ephemeral;
mod provision;
mod volume;

use std::sync::Arc;

use podlapse_model::api::core::v1::{PersistentVolume, PersistentVolumeClaim, Pod};
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::{Kind, Metadata, Object, ObjectKey, SimDuration};

use crate::events::EventType;
use crate::store::{Change, Request, Store};

/// Set by the controller on what it bound itself, which it may also undo.
const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
/// Says that the binding of a claim is complete.
const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
/// Names the provisioner that made a volume.
const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
/// Names the provisioner that is to make a claim's volume.
const STORAGE_PROVISIONER: &str = "volume.kubernetes.io/storage-provisioner";
const BETA_STORAGE_PROVISIONER: &str = "volume.beta.kubernetes.io/storage-provisioner";
/// Names the node that the scheduler chose for the claim's first Pod.
const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
const CLAIM_PROTECTION: &str = "kubernetes.io/pvc-protection";
const VOLUME_PROTECTION: &str = "kubernetes.io/pv-protection";
/// Keeps a volume until its provisioner has thrown away what is behind it.
const PROVISIONER_PROTECTION: &str = "external-provisioner.volume.kubernetes.io/finalizer";

/// How often every claim is looked at, although nothing changed (`PVClaimBinderSyncPeriod`).
pub(crate) const RESYNC_PERIOD: SimDuration = SimDuration::from_secs(15);

/// The controller that writes most of the events.
const BINDER: &str = "persistentvolume-controller";

/// What there is to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum VolumeKey {
    /// A claim.
    Claim(ObjectKey),
    /// A volume.
    Volume(ObjectKey),
    /// A Pod that has claims of its own (`ephemeral`).
    Ephemeral(ObjectKey),
    /// A claim whose volume has been made.
    Provisioned(ObjectKey),
}

/// Something to be told.
#[derive(Clone, Debug)]
pub(crate) struct VolumeEvent {
    /// By whom.
    pub(crate) component: &'static str,
    /// Whether all is well.
    pub(crate) event_type: EventType,
    /// In one word.
    pub(crate) reason: &'static str,
    /// In a sentence.
    pub(crate) message: String,
}

/// What follows from a look.
#[derive(Clone, Debug, Default)]
pub(crate) struct VolumeActs {
    /// What is asked of the API server.
    pub(crate) requests: Vec<Request>,
    /// What is told about the object.
    pub(crate) events: Vec<VolumeEvent>,
    /// Whether to look again at the next resync.
    pub(crate) resync: bool,
    /// What else is to be looked at, and how much later.
    pub(crate) then: Option<(VolumeKey, SimDuration)>,
}

impl VolumeActs {
    fn request(request: Request) -> VolumeActs {
        VolumeActs { requests: vec![request], ..VolumeActs::default() }
    }

    fn tell(&mut self, event_type: EventType, reason: &'static str, message: String) {
        self.events.push(VolumeEvent { component: BINDER, event_type, reason, message });
    }
}

/// At what it is looked.
#[derive(Clone, Copy)]
pub(crate) struct VolumeView<'a> {
    pub(crate) store: &'a Store,
}

impl<'a> VolumeView<'a> {
    fn claim(self, namespace: &str, name: &str) -> Option<&'a Arc<PersistentVolumeClaim>> {
        match self.store.get(&ObjectKey::new(Kind::PersistentVolumeClaim, namespace, name)) {
            Some(Object::PersistentVolumeClaim(claim)) => Some(claim),
            Some(_) | None => None,
        }
    }

    fn volume(self, name: &str) -> Option<&'a Arc<PersistentVolume>> {
        match self.store.get(&ObjectKey::new(Kind::PersistentVolume, "", name)) {
            Some(Object::PersistentVolume(volume)) => Some(volume),
            Some(_) | None => None,
        }
    }

    fn volumes(self) -> impl Iterator<Item = &'a Arc<PersistentVolume>> {
        let volume = |object: &'a Object| if let Object::PersistentVolume(volume) = object { Some(volume) } else { None };
        self.store.list(Kind::PersistentVolume).filter_map(volume)
    }
}

/// What is done about something.
pub(crate) fn sync(key: &VolumeKey, view: VolumeView<'_>) -> Option<(Object, VolumeActs)> {
    let (VolumeKey::Claim(of) | VolumeKey::Volume(of) | VolumeKey::Ephemeral(of) | VolumeKey::Provisioned(of)) = key;
    let object = view.store.get(of)?;
    let acts = match (key, object) {
        (VolumeKey::Claim(_), Object::PersistentVolumeClaim(claim)) => claim::sync(claim, view),
        (VolumeKey::Provisioned(_), Object::PersistentVolumeClaim(claim)) => provision::provisioned(claim, view),
        (VolumeKey::Volume(_), Object::PersistentVolume(volume)) => volume::sync(volume, view),
        (VolumeKey::Ephemeral(_), Object::Pod(pod)) => ephemeral::sync(pod, view),
        (VolumeKey::Claim(_) | VolumeKey::Volume(_) | VolumeKey::Ephemeral(_) | VolumeKey::Provisioned(_), _) => return None,
    };
    Some((object.clone(), acts))
}

/// What a change gives reason to look at.
pub(crate) fn concerned(change: &Change) -> Vec<VolumeKey> {
    if let Object::PersistentVolumeClaim(claim) = change.object() {
        return match &change.after {
            Some(_) => vec![VolumeKey::Claim(change.key.clone())],
            // The volume of a claim that has gone is released.
            None => volume_key(podlapse_model::claimed_volume(claim)).into_iter().collect(),
        };
    }
    if let Object::PersistentVolume(volume) = change.object() {
        let own = change.after.as_ref().map(|_| VolumeKey::Volume(change.key.clone()));
        let of = volume.spec.as_ref().and_then(|spec| spec.claim_ref.as_ref());
        let claim = of.map(|of| {
            let (namespace, name) = (of.namespace.as_deref().unwrap_or_default(), of.name.as_deref().unwrap_or_default());
            VolumeKey::Claim(ObjectKey::new(Kind::PersistentVolumeClaim, namespace, name))
        });
        return own.into_iter().chain(claim).collect();
    }
    if let Object::Pod(pod) = change.object() {
        return concerned_by_pod(pod, change);
    }
    Vec::new()
}

fn volume_key(name: &str) -> Option<VolumeKey> {
    (!name.is_empty()).then(|| VolumeKey::Volume(ObjectKey::new(Kind::PersistentVolume, "", name)))
}

/// A new Pod may need claims of its own, and one that has gone no longer uses any.
fn concerned_by_pod(pod: &Pod, change: &Change) -> Vec<VolumeKey> {
    let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    match (&change.before, &change.after) {
        (None, _) => {
            let mut volumes = volumes;
            let has_own = volumes.any(|volume| volume.ephemeral.is_some());
            has_own.then(|| VolumeKey::Ephemeral(change.key.clone())).into_iter().collect()
        }
        (Some(_), None) => {
            let claim = |name: &str| ObjectKey::new(Kind::PersistentVolumeClaim, change.key.namespace.as_str(), name);
            let names = volumes.filter_map(|volume| claim_name(pod, volume));
            names.map(|name| VolumeKey::Claim(claim(&name))).collect()
        }
        (Some(_), Some(_)) => Vec::new(),
    }
}

/// The claim that a volume of a Pod names.
fn claim_name(pod: &Pod, volume: &podlapse_model::api::core::v1::Volume) -> Option<String> {
    let own = || format!("{}-{}", pod.name(), volume.name);
    let named = volume.persistent_volume_claim.as_ref().map(|source| source.claim_name.clone());
    named.or_else(|| volume.ephemeral.as_ref().map(|_| own()))
}

fn annotate(metadata: &mut ObjectMeta, key: &str, value: &str) {
    metadata.annotations.get_or_insert_default().insert(key.to_owned(), value.to_owned());
}

/// The object's metadata without a finalizer, if it is being deleted and has it.
fn released(metadata: &ObjectMeta, finalizer: &str) -> Option<Vec<String>> {
    metadata.deletion_timestamp.as_ref()?;
    let finalizers = metadata.finalizers.as_ref().filter(|all| all.iter().any(|one| one == finalizer))?;
    Some(finalizers.iter().filter(|one| *one != finalizer).cloned().collect())
}

/// The phase of a volume; empty if it has none yet.
fn phase(volume: &PersistentVolume) -> &str {
    volume.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default()
}

/// The request that brings a volume to a phase; `None` if it is there.
fn into_phase(volume: &PersistentVolume, phase: &str, message: Option<String>) -> Option<Request> {
    if self::phase(volume) == phase {
        return None;
    }
    let mut volume = volume.clone();
    let status = volume.status.get_or_insert_default();
    status.phase = Some(phase.to_owned());
    status.message = message;
    Some(Request::UpdateStatus(volume.into()))
}
