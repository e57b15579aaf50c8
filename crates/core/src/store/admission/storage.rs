//! Claims and volumes: the default class, protection of what is in use, and growing.
//!
//! Models `plugin/pkg/admission/storage/{storageclass/setdefault,storageobjectinuseprotection,persistentvolume/resize}` (v1.36).

use std::sync::Arc;

use podlapse_model::api::core::v1::PersistentVolumeClaim;
use podlapse_model::api::storage::v1::StorageClass;
use podlapse_model::{Kind, Metadata, Object, ObjectKey, Quantity, is_default_class};

use super::Attributes;
use crate::store::{ApiError, Store};

const CLASS_ANNOTATION: &str = "volume.beta.kubernetes.io/storage-class";

/// Gives a claim that names no class the default one: the youngest, and of those the first by name.
pub(super) fn default_class(store: &Store, claim: &mut PersistentVolumeClaim) {
    let is_annotated = claim.annotation(CLASS_ANNOTATION).is_some();
    let Some(spec) = &mut claim.spec else { return };
    if spec.storage_class_name.is_some() || is_annotated {
        return;
    }
    let youth = |class: &&Arc<StorageClass>| {
        let created = class.metadata.creation_timestamp.as_ref().map(|time| time.0);
        (created, std::cmp::Reverse(class.name().to_owned()))
    };
    if let Some(class) = store.all().filter(|class| is_default_class(class)).max_by_key(youth) {
        spec.storage_class_name.clone_from(&class.metadata.name);
    }
}

/// A claim or volume stays until nobody uses it.
pub(super) fn protect(object: &mut Object) {
    const FINALIZERS: [(Kind, &str); 2] =
        [(Kind::PersistentVolumeClaim, "kubernetes.io/pvc-protection"), (Kind::PersistentVolume, "kubernetes.io/pv-protection")];
    let Some((_, finalizer)) = FINALIZERS.iter().find(|(kind, _)| *kind == object.kind()) else { return };
    let finalizers = object.metadata_mut().finalizers.get_or_insert_default();
    if !finalizers.iter().any(|known| known == finalizer) {
        finalizers.push((*finalizer).to_owned());
    }
}

fn requested(claim: &PersistentVolumeClaim) -> Option<Quantity> {
    let resources = claim.spec.as_ref()?.resources.as_ref()?;
    resources.requests.as_ref()?.get("storage").map(Quantity::of)
}

/// A claim may grow if its class lets it.
pub(super) fn check_resize(store: &Store, attributes: Attributes<'_>) -> Result<(), ApiError> {
    let (Object::PersistentVolumeClaim(claim), Some(Object::PersistentVolumeClaim(old))) = (attributes.object, attributes.old)
    else {
        return Ok(());
    };
    let (Some(wanted), Some(given)) = (requested(claim), requested(old)) else { return Ok(()) };
    if wanted <= given {
        return Ok(());
    }
    let is_bound = old.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Bound");
    if !is_bound {
        return Err(ApiError::forbidden(attributes.key, "Only bound persistent volume claims can be expanded"));
    }
    let class = claim.spec.as_ref().and_then(|spec| spec.storage_class_name.as_deref()).unwrap_or_default();
    if let Some(Object::StorageClass(class)) = store.get(&ObjectKey::new(Kind::StorageClass, "", class))
        && class.allow_volume_expansion == Some(true)
    {
        return Ok(());
    }
    let why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
    Err(ApiError::forbidden(attributes.key, why))
}
