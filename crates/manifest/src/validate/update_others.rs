//! What may change in objects that are neither Pods nor controllers of Pods.
//!
//! Upstream: the `Validate*Update` functions of `pkg/apis/{core,storage,scheduling,node}/validation` (v1.36).

use podlapse_model::api::core::v1::{ConfigMap, PersistentVolumeClaim, PersistentVolumeClaimSpec, Secret};
use podlapse_model::api::storage::v1::StorageClass;
use podlapse_model::{Object, Quantity};

use super::error::Errors;
use super::internal::indented;
use super::others;
use super::unified::unified;
use super::update::immutable;

const FROZEN: &str = "field is immutable when `immutable` is set";

pub(super) fn update(new: &Object, old: &Object, out: &mut Errors) {
    match (new, old) {
        (Object::Secret(new), Object::Secret(old)) => secret(new, old, out),
        (Object::ConfigMap(new), Object::ConfigMap(old)) => config_map(new, old, out),
        (Object::PersistentVolumeClaim(new), Object::PersistentVolumeClaim(old)) => claim(new, old, out),
        (Object::StorageClass(new), Object::StorageClass(old)) => return storage_class(new, old, out),
        (Object::PriorityClass(new), Object::PriorityClass(old)) => {
            if new.value != old.value {
                out.forbidden("value", "may not be changed in an update.");
            }
            immutable(
                new.preemption_policy == old.preemption_policy,
                "preemptionPolicy",
                &podlapse_model::to_json(&new.preemption_policy),
                out,
            );
        }
        (Object::RuntimeClass(new), Object::RuntimeClass(old)) => {
            immutable(new.handler == old.handler, "handler", &new.handler, out);
        }
        (Object::ResourceQuota(new), Object::ResourceQuota(old)) => {
            let scopes = |spec: &Option<podlapse_model::api::core::v1::ResourceQuotaSpec>| {
                spec.as_ref().and_then(|spec| spec.scopes.clone())
            };
            let (new, old) = (scopes(&new.spec), scopes(&old.spec));
            immutable(new == old, "spec.scopes", &podlapse_model::to_json(&new), out);
        }
        _ => {}
    }
    if new.spec_differs(old) || !has_spec(new) {
        others::fields(new, out);
    }
}

/// Kinds whose fields stand in a specification, so that a difference there tells whether to look again.
const fn has_spec(object: &Object) -> bool {
    matches!(
        object,
        Object::Service(_)
            | Object::PersistentVolume(_)
            | Object::PersistentVolumeClaim(_)
            | Object::ResourceQuota(_)
            | Object::PodDisruptionBudget(_)
            | Object::Node(_)
            | Object::Namespace(_)
    )
}

fn frozen(is_frozen: Option<bool>, now: Option<bool>, fields: &[(&str, bool)], out: &mut Errors) {
    if is_frozen != Some(true) {
        return;
    }
    if now != Some(true) {
        out.forbidden("immutable", FROZEN);
    }
    for (field, _) in fields.iter().filter(|(_, is_same)| !is_same) {
        out.forbidden(field, FROZEN);
    }
}

fn secret(new: &Secret, old: &Secret, out: &mut Errors) {
    immutable(new.type_ == old.type_, "type", new.type_.as_deref().unwrap_or_default(), out);
    frozen(old.immutable, new.immutable, &[("data", new.data == old.data)], out);
}

fn config_map(new: &ConfigMap, old: &ConfigMap, out: &mut Errors) {
    let fields = [("data", new.data == old.data), ("binaryData", new.binary_data == old.binary_data)];
    frozen(old.immutable, new.immutable, &fields, out);
}

fn storage_class(new: &StorageClass, old: &StorageClass, out: &mut Errors) {
    for (field, is_same) in [
        ("parameters", new.parameters == old.parameters),
        ("provisioner", new.provisioner == old.provisioner),
        ("reclaimPolicy", new.reclaim_policy == old.reclaim_policy),
    ] {
        if !is_same {
            out.forbidden(field, &format!("updates to {field} are forbidden."));
        }
    }
    let mode = &podlapse_model::to_json(&new.volume_binding_mode);
    immutable(new.volume_binding_mode == old.volume_binding_mode, "volumeBindingMode", mode, out);
}

fn claim(new: &PersistentVolumeClaim, old: &PersistentVolumeClaim, out: &mut Errors) {
    let (Some(new_spec), Some(old_spec)) = (&new.spec, &old.spec) else { return };
    let is_bound = old.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Bound");
    let mut munged: PersistentVolumeClaimSpec = new_spec.clone();
    // The volume controller sets the name; requests grow; the attributes class changes.
    if old_spec.volume_name.as_deref().unwrap_or_default().is_empty() {
        munged.volume_name.clone_from(&old_spec.volume_name);
    }
    if is_bound {
        if let (Some(new), Some(old)) = (&mut munged.resources, &old_spec.resources) {
            new.requests.clone_from(&old.requests);
        }
        munged.volume_attributes_class_name.clone_from(&old_spec.volume_attributes_class_name);
    }
    if munged.storage_class_name.is_some() && old_spec.storage_class_name.is_none() {
        munged.storage_class_name = None;
    }
    let text = |spec: &PersistentVolumeClaimSpec| indented("ClaimSpec", &podlapse_model::to_json(spec));
    if munged != *old_spec {
        let rule = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        out.forbidden("spec", &format!("{rule}\n{}", unified(&text(old_spec), &text(&munged))));
    }
    let storage = |spec: &PersistentVolumeClaimSpec| {
        spec.resources.as_ref().and_then(|resources| resources.requests.as_ref()?.get("storage")).map(Quantity::of)
    };
    if let (Some(new), Some(old)) = (storage(new_spec), storage(old_spec))
        && new < old
    {
        out.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
    }
}
