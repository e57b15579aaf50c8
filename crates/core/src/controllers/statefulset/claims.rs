//! The claims of a StatefulSet's Pods.
//!
//! Models `pkg/controller/statefulset/stateful_pod_control.go` `createPersistentVolumeClaims`, `PodClaimIsStale`,
//! `UpdatePodClaimForRetentionPolicy` and `stateful_set_utils.go` `getPersistentVolumeClaims`, `updateStorage`,
//! `updateClaimOwnerRefForSetAndPod` (v1.36).

use std::sync::Arc;

use podlapse_model::api::apps::v1::{StatefulSet, StatefulSetSpec};
use podlapse_model::api::core::v1::{PersistentVolumeClaim, PersistentVolumeClaimVolumeSource, Pod, PodSpec, Volume};
use podlapse_model::apimachinery::pkg::apis::meta::v1::OwnerReference;
use podlapse_model::{Kind, Metadata, Object, ObjectKey};

use super::Sync;
use crate::controllers::owned::controller_reference;
use crate::controllers::{Act, Told};
use crate::events::EventType;
use crate::store::Request;

fn name(set: &StatefulSet, template: &PersistentVolumeClaim, ordinal: i32) -> String {
    let of = |name: &Option<String>| name.clone().unwrap_or_default();
    format!("{}-{}-{ordinal}", of(&template.metadata.name), of(&set.metadata.name))
}

fn templates<'a>(sync: &Sync<'a>) -> &'a [PersistentVolumeClaim] {
    sync.spec.volume_claim_templates.as_deref().unwrap_or_default()
}

fn stored<'a>(sync: &Sync<'a>, template: &PersistentVolumeClaim, ordinal: i32) -> Option<&'a Arc<PersistentVolumeClaim>> {
    let namespace = sync.set.namespace();
    let key = ObjectKey::new(Kind::PersistentVolumeClaim, namespace, &name(sync.set, template, ordinal));
    match sync.view.store.get(&key) {
        Some(Object::PersistentVolumeClaim(claim)) => Some(claim),
        Some(_) | None => None,
    }
}

/// Whether claims go when the set is deleted, and when the set no longer wants their Pod.
fn policy(sync: &Sync<'_>) -> (bool, bool) {
    let policy = sync.spec.persistent_volume_claim_retention_policy.as_ref();
    let deletes = |when: Option<&str>| when == Some("Delete");
    (
        deletes(policy.and_then(|policy| policy.when_deleted.as_deref())),
        deletes(policy.and_then(|policy| policy.when_scaled.as_deref())),
    )
}

/// Puts the claims of a Pod among its volumes, before all others.
pub(crate) fn mount(set: &StatefulSet, spec: &StatefulSetSpec, ordinal: i32, pod: &mut PodSpec) {
    let templates = spec.volume_claim_templates.as_deref().unwrap_or_default();
    if templates.is_empty() {
        return;
    }
    let volume = |template: &PersistentVolumeClaim| Volume {
        name: template.name().to_owned(),
        persistent_volume_claim: Some(PersistentVolumeClaimVolumeSource {
            claim_name: name(set, template, ordinal),
            read_only: None,
        }),
        ..Volume::default()
    };
    let mut volumes: Vec<Volume> = templates.iter().map(volume).collect();
    let own: Vec<String> = volumes.iter().map(|volume| volume.name.clone()).collect();
    volumes.extend(pod.volumes.take().into_iter().flatten().filter(|volume| !own.contains(&volume.name)));
    pod.volumes = Some(volumes);
}

/// Whether a claim still belongs to an earlier Pod of this name, with which it goes.
pub(crate) fn are_stale(sync: &Sync<'_>, ordinal: i32, pod: &str) -> bool {
    let (_, on_scale) = policy(sync);
    let is_of_pod = |owner: &OwnerReference| owner.kind == Kind::Pod.name() && owner.name == pod;
    on_scale
        && templates(sync)
            .iter()
            .filter_map(|template| stored(sync, template, ordinal))
            .any(|claim| claim.metadata.owner_references.iter().flatten().any(is_of_pod))
}

/// Creates the claims of a Pod that are missing. Whether the Pod, if it is to be created, can be.
pub(crate) fn create(sync: &mut Sync<'_>, ordinal: i32, pod: Option<&str>) -> bool {
    let set = sync.set.name().to_owned();
    let own_name = format!("{set}-{ordinal}");
    for template in templates(sync) {
        let claim_name = name(sync.set, template, ordinal);
        if let Some(claim) = stored(sync, template, ordinal) {
            if claim.metadata.deletion_timestamp.is_some() {
                if pod.is_some() {
                    let message =
                        format!("Create Pod {own_name} in StatefulSet {set} failed error: pvc {claim_name} is being deleted");
                    sync.plan.tell(EventType::Warning, "FailedCreate", message);
                }
                return false;
            }
            continue;
        }
        let mut claim = template.clone();
        claim.metadata.name = Some(claim_name.clone());
        claim.metadata.namespace.clone_from(&sync.set.metadata.namespace);
        let labels = claim.metadata.labels.get_or_insert_default();
        labels.extend(sync.spec.selector.match_labels.clone().unwrap_or_default());
        claim.status = None;
        if policy(sync).0 {
            claim.metadata.owner_references = Some(vec![controller_reference(Kind::StatefulSet, &sync.set.metadata)]);
        }
        let about = format!("Claim {claim_name} Pod {own_name} in StatefulSet {set} success");
        let done = Told::normal("SuccessfulCreate", format!("Create {about}"));
        let failed = format!("Create Claim {claim_name} for Pod {own_name} in StatefulSet {set} failed error: ");
        let refused = Told::warning("FailedCreate", failed);
        sync.plan.acts.push(Act::SendAndTell(Box::new(Request::Create(claim.into())), done, Some(refused)));
    }
    true
}

/// Gives the claims of a Pod the owners that the policy asks for: the set, or the Pod once the set no longer wants it.
pub(crate) fn update(sync: &mut Sync<'_>, ordinal: i32, condemned: Option<&Arc<Pod>>) {
    let (on_delete, on_scale) = policy(sync);
    let pod_name = format!("{}-{ordinal}", sync.set.name());
    for template in templates(sync) {
        let Some(claim) = stored(sync, template, ordinal) else { continue };
        let is_ours = |owner: &OwnerReference| {
            Some(&owner.uid) == sync.set.metadata.uid.as_ref() || (owner.kind == Kind::Pod.name() && owner.name == pod_name)
        };
        let mut owners: Vec<OwnerReference> =
            claim.metadata.owner_references.iter().flatten().filter(|owner| !is_ours(owner)).cloned().collect();
        match condemned.filter(|_| on_scale) {
            Some(pod) => owners.push(controller_reference(Kind::Pod, &pod.metadata)),
            None if on_delete => owners.push(controller_reference(Kind::StatefulSet, &sync.set.metadata)),
            None => {}
        }
        if owners != claim.metadata.owner_references.clone().unwrap_or_default() {
            let mut claim = PersistentVolumeClaim::clone(claim);
            claim.metadata.owner_references = (!owners.is_empty()).then_some(owners);
            sync.plan.send(Request::Update(claim.into()));
        }
    }
}
