//! Claims that are made for one Pod and go with it.
//!
//! Models `pkg/controller/volume/ephemeral` `handleVolume` (v1.36).

use podlapse_model::Metadata;
use podlapse_model::api::core::v1::{PersistentVolumeClaim, Pod};
use podlapse_model::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use super::{VolumeActs, VolumeEvent, VolumeView, claim_name};
use crate::events::EventType;
use crate::store::Request;

/// Creates the claims of a Pod that are missing.
pub(super) fn sync(pod: &Pod, view: VolumeView<'_>) -> VolumeActs {
    let mut acts = VolumeActs::default();
    if pod.metadata.deletion_timestamp.is_some() {
        return acts;
    }
    let namespace = pod.namespace().to_owned();
    for volume in pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten()) {
        let template = volume.ephemeral.as_ref().and_then(|source| source.volume_claim_template.as_ref());
        let Some((template, name)) = template.zip(claim_name(pod, volume)) else { continue };
        if let Some(claim) = view.claim(&namespace, &name) {
            let is_own =
                claim.metadata.owner_references.iter().flatten().any(|owner| Some(&owner.uid) == pod.metadata.uid.as_ref());
            if !is_own {
                acts.events.push(VolumeEvent {
                    component: "ephemeral_volume",
                    event_type: EventType::Warning,
                    reason: "FailedBinding",
                    message: format!(
                        "ephemeral volume {}: PVC {namespace}/{name} was not created for pod {namespace}/{} (pod is not owner)",
                        volume.name,
                        pod.name()
                    ),
                });
            }
            continue;
        }
        let given = template.metadata.clone().unwrap_or_default();
        let claim = PersistentVolumeClaim {
            metadata: ObjectMeta {
                name: Some(name),
                namespace: Some(namespace.clone()),
                labels: given.labels,
                annotations: given.annotations,
                owner_references: Some(vec![OwnerReference {
                    api_version: "v1".to_owned(),
                    kind: "Pod".to_owned(),
                    name: pod.name().to_owned(),
                    uid: pod.metadata.uid.clone().unwrap_or_default(),
                    controller: Some(true),
                    block_owner_deletion: Some(true),
                }]),
                ..ObjectMeta::default()
            },
            spec: Some(template.spec.clone()),
            ..PersistentVolumeClaim::default()
        };
        acts.requests.push(Request::Create(claim.into()));
    }
    acts
}
