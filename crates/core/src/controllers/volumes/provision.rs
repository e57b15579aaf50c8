//! Volumes that are made for their claims.
//!
//! Models `pkg/controller/volume/persistentvolume/pv_controller.go` `provisionClaimOperationExternal` (v1.36), and of
//! `sig-storage-lib-external-provisioner` what it tells and makes. A provisioner runs where the cluster has the `CSIDriver` object of
//! its name; claims of other provisioners wait for ever, as they do in a cluster without the driver.

use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::{
    CSIPersistentVolumeSource, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PersistentVolume, PersistentVolumeClaim,
    VolumeNodeAffinity,
};
use podlapse_model::api::storage::v1::StorageClass;
use podlapse_model::{Kind, Metadata, Object, ObjectKey, SimDuration, claim_class};

use super::{
    BETA_STORAGE_PROVISIONER, PROVISIONED_BY, PROVISIONER_PROTECTION, SELECTED_NODE, STORAGE_PROVISIONER, VOLUME_PROTECTION,
    VolumeActs, VolumeEvent, VolumeKey, VolumeView, annotate, claim,
};
use crate::events::EventType;
use crate::store::Request;

/// How long a provisioner takes for a volume.
const TAKES: SimDuration = SimDuration::from_secs(2);
/// The component of a provisioner's events.
const PROVISIONER: &str = "external-provisioner";
const ZONE: &str = "topology.kubernetes.io/zone";

/// The class of a claim, if it exists.
pub(super) fn class<'a>(claim: &PersistentVolumeClaim, view: VolumeView<'a>) -> Option<&'a StorageClass> {
    match view.store.get(&ObjectKey::new(Kind::StorageClass, "", claim_class(claim))) {
        Some(Object::StorageClass(class)) => Some(class),
        Some(_) | None => None,
    }
}

/// Asks for the volume of a claim with a class.
pub(super) fn provision(claim: &Arc<PersistentVolumeClaim>, class: Option<&StorageClass>, view: VolumeView<'_>) -> VolumeActs {
    let mut acts = VolumeActs { resync: true, ..VolumeActs::default() };
    let Some(class) = class else {
        let message = format!("storageclass.storage.k8s.io \"{}\" not found", claim_class(claim));
        acts.tell(EventType::Warning, "ProvisioningFailed", message);
        return acts;
    };
    let provisioner = class.provisioner.as_str();
    if provisioner.starts_with("kubernetes.io/") {
        let message = format!("no volume plugin matched name: {provisioner}");
        acts.tell(EventType::Warning, "ProvisioningFailed", message);
        return acts;
    }
    if claim.annotation(STORAGE_PROVISIONER) != Some(provisioner) {
        let mut claim = PersistentVolumeClaim::clone(claim);
        annotate(&mut claim.metadata, BETA_STORAGE_PROVISIONER, provisioner);
        annotate(&mut claim.metadata, STORAGE_PROVISIONER, provisioner);
        acts.requests.push(Request::Update(claim.into()));
    } else if view.store.has_csi_driver(provisioner) {
        let name = claim::key(claim);
        acts.events.push(told(
            "Provisioning",
            format!("External provisioner is provisioning volume for claim \"{}/{}\"", name.namespace, name.name),
        ));
        acts.then = Some((VolumeKey::Provisioned(name), TAKES));
    }
    let message = format!(
        "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system \
         administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."
    );
    acts.tell(EventType::Normal, "ExternalProvisioning", message);
    acts
}

fn told(reason: &'static str, message: String) -> VolumeEvent {
    VolumeEvent { component: PROVISIONER, event_type: EventType::Normal, reason, message }
}

/// The volume is made.
pub(super) fn provisioned(claim: &Arc<PersistentVolumeClaim>, view: VolumeView<'_>) -> VolumeActs {
    let Some(class) = class(claim, view) else { return VolumeActs::default() };
    let name = format!("pvc-{}", claim.uid());
    if !podlapse_model::claimed_volume(claim).is_empty() || view.volume(&name).is_some() {
        return VolumeActs::default();
    }
    let mut acts = VolumeActs::request(Request::Create(volume(&name, claim, class, view).into()));
    acts.events.push(told("ProvisioningSucceeded", format!("Successfully provisioned volume {name}")));
    acts
}

fn volume(name: &str, claim: &PersistentVolumeClaim, class: &StorageClass, view: VolumeView<'_>) -> PersistentVolume {
    let mut volume = PersistentVolume::default();
    volume.metadata.name = Some(name.to_owned());
    volume.metadata.annotations = Some(BTreeMap::from([(PROVISIONED_BY.to_owned(), class.provisioner.clone())]));
    volume.metadata.finalizers = Some(vec![PROVISIONER_PROTECTION.to_owned(), VOLUME_PROTECTION.to_owned()]);
    let wanted = claim.spec.clone().unwrap_or_default();
    let spec = volume.spec.get_or_insert_default();
    spec.access_modes = wanted.access_modes;
    spec.capacity = wanted.resources.and_then(|resources| resources.requests);
    spec.claim_ref = Some(claim::reference(claim));
    spec.storage_class_name.clone_from(&class.metadata.name);
    spec.volume_mode = Some(wanted.volume_mode.unwrap_or_else(|| "Filesystem".to_owned()));
    spec.mount_options.clone_from(&class.mount_options);
    let policy = class.reclaim_policy.as_deref().unwrap_or("Delete");
    spec.persistent_volume_reclaim_policy = Some(policy.to_owned());
    spec.csi = Some(CSIPersistentVolumeSource {
        driver: class.provisioner.clone(),
        volume_handle: name.to_owned(),
        ..CSIPersistentVolumeSource::default()
    });
    spec.node_affinity = zone(claim, view).map(|zone| VolumeNodeAffinity {
        required: Some(NodeSelector {
            node_selector_terms: vec![NodeSelectorTerm {
                match_expressions: Some(vec![NodeSelectorRequirement {
                    key: ZONE.to_owned(),
                    operator: "In".to_owned(),
                    values: Some(vec![zone]),
                }]),
                ..NodeSelectorTerm::default()
            }],
        }),
    });
    volume
}

/// The zone of the node that the scheduler chose, if it has one.
fn zone(claim: &PersistentVolumeClaim, view: VolumeView<'_>) -> Option<String> {
    let node = view.store.node(claim.annotation(SELECTED_NODE)?)?;
    node.label(ZONE).map(str::to_owned)
}
