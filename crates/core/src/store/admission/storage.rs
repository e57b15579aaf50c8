//! Claims and volumes: the default class, protection of what is in use, and growing.
//!
//! Models `plugin/pkg/admission/storage/{storageclass/setdefault,storageobjectinuseprotection,persistentvolume/resize}` (v1.36).

use podlapse_model::api::core::v1::PersistentVolumeClaim;
use podlapse_model::{Kind, Object, ObjectKey, Quantity};

use super::Attributes;
use crate::store::{ApiError, Store};

const IS_DEFAULT: &str = "storageclass.kubernetes.io/is-default-class";
const IS_DEFAULT_BETA: &str = "storageclass.beta.kubernetes.io/is-default-class";
const CLASS_ANNOTATION: &str = "volume.beta.kubernetes.io/storage-class";

/// Gives a claim that names no class the default one: the youngest, and of those the first by name.
pub(super) fn default_class(store: &Store, claim: &mut PersistentVolumeClaim) {
    let has_annotation =
        claim.metadata.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(CLASS_ANNOTATION));
    let Some(spec) = &mut claim.spec else { return };
    if spec.storage_class_name.is_some() || has_annotation {
        return;
    }
    let is_default = |object: &&Object| {
        let annotations = object.metadata().annotations.as_ref();
        let is_set = |key: &str| annotations.and_then(|annotations| annotations.get(key)).is_some_and(|value| value == "true");
        is_set(IS_DEFAULT) || is_set(IS_DEFAULT_BETA)
    };
    let youth = |object: &&Object| {
        let created = object.metadata().creation_timestamp.as_ref().map(|time| time.0);
        (created, std::cmp::Reverse(object.metadata().name.clone()))
    };
    if let Some(class) = store.list(Kind::StorageClass).filter(is_default).max_by_key(youth) {
        spec.storage_class_name.clone_from(&class.metadata().name);
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
