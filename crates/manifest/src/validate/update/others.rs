//! What may change in objects that are neither Pods nor controllers of Pods.
//!
//! Upstream: the `Validate*Update` functions of `pkg/apis/{core,storage,scheduling,node}/validation` (v1.36).

use podlapse_model::api::core::v1::{
    ConfigMap, Node, NodeSpec, PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec, ResourceQuota, Secret,
};
use podlapse_model::api::storage::v1::StorageClass;
use podlapse_model::{Metadata, Object, Quantity, SortedSet};
use serde_json::Value;

use super::immutable;
use super::service;
use crate::validate::error::Errors;
use crate::validate::internal::{compact, indented};
use crate::validate::others;
use crate::validate::rbac;
use crate::validate::unified::unified;

const FROZEN: &str = "field is immutable when `immutable` is set";

pub(super) fn update(new: &Object, old: &Object, out: &mut Errors) {
    let sound = |out: &mut Errors| {
        if new.spec_differs(old) || !has_spec(new) {
            others::fields(new, out);
        }
    };
    match (new, old) {
        // What may change is looked at before the fields,
        (Object::Secret(new), Object::Secret(old)) => secret(new, old, out),
        (Object::ConfigMap(new), Object::ConfigMap(old)) => config_map(new, old, out),
        (Object::Service(new), Object::Service(old)) => service::update(new, old, out),
        // after them,
        (Object::RuntimeClass(new), Object::RuntimeClass(old)) => {
            sound(out);
            return immutable(new.handler == old.handler, "handler", &new.handler, out);
        }
        (Object::StorageClass(new), Object::StorageClass(old)) => {
            sound(out);
            return storage_class(new, old, out);
        }
        (Object::PersistentVolumeClaim(new), Object::PersistentVolumeClaim(old)) => {
            sound(out);
            return claim(new, old, out);
        }
        (Object::PersistentVolume(new), Object::PersistentVolume(old)) => {
            sound(out);
            return volume(new, old, out);
        }
        (Object::Node(new), Object::Node(old)) => {
            sound(out);
            return node(new, old, out);
        }
        (Object::ResourceQuota(new), Object::ResourceQuota(old)) => {
            sound(out);
            return quota(new, old, out);
        }
        // or instead of them.
        (Object::PriorityClass(new), Object::PriorityClass(old)) => {
            if new.value != old.value {
                out.forbidden("value", "may not be changed in an update.");
            }
            let policy = podlapse_model::to_json(&new.preemption_policy);
            return immutable(new.preemption_policy == old.preemption_policy, "preemptionPolicy", &policy, out);
        }
        (Object::Namespace(_), _) => return,
        (Object::Unmodelled(new), Object::Unmodelled(old)) => return rbac::update(new, old, out),
        _ => {}
    }
    sound(out);
}

fn quota(new: &ResourceQuota, old: &ResourceQuota, out: &mut Errors) {
    let scopes = |quota: &ResourceQuota| quota.spec.as_ref().and_then(|spec| spec.scopes.clone());
    let sorted = |quota: &ResourceQuota| scopes(quota).unwrap_or_default().into_iter().collect::<SortedSet<String>>();
    immutable(sorted(new) == sorted(old), "spec.scopes", &podlapse_model::to_json(&scopes(new)), out);
}

fn node(new: &Node, old: &Node, out: &mut Errors) {
    let (Some(new), Some(old)) = (&new.spec, &old.spec) else { return };
    let cidrs = |spec: &NodeSpec| spec.pod_cidrs.clone().unwrap_or_default();
    let is_set = |id: &Option<String>| id.as_ref().is_some_and(|id| !id.is_empty());
    for (field, name, is_fixed) in [
        ("podCIDRs", "podCIDR", !cidrs(old).is_empty() && cidrs(new) != cidrs(old)),
        ("providerID", "providerID", is_set(&old.provider_id) && new.provider_id != old.provider_id),
    ] {
        if is_fixed {
            let detail = format!("node updates may not change {name} except from \"\" to valid");
            out.forbidden(&format!("spec.{field}"), &detail);
        }
    }
}

fn volume(new: &PersistentVolume, old: &PersistentVolume, out: &mut Errors) {
    let (Some(new_spec), Some(old_spec)) = (&new.spec, &old.spec) else { return };
    let (new, mut old) = (podlapse_model::to_json(new_spec), podlapse_model::to_json(old_spec));
    // A secret for growing may be added.
    let expand = "controllerExpandSecretRef";
    if let (Some(new), Some(csi)) = (new.get("csi"), old.get_mut("csi").and_then(Value::as_object_mut))
        && let (Some(reference), None) = (new.get(expand), csi.get(expand))
    {
        csi.insert(expand.to_owned(), reference.clone());
    }
    let text = |value: &Value| indented("VolumeSource", value);
    if text(&new) != text(&old) {
        let rule = "spec.persistentvolumesource is immutable after creation";
        out.forbidden("spec.persistentvolumesource", &format!("{rule}\n{}", unified(&text(&old), &text(&new))));
    }
    let mode = podlapse_model::to_json(&new_spec.volume_mode);
    immutable(new_spec.volume_mode == old_spec.volume_mode, "volumeMode", &mode, out);
    if old_spec.node_affinity.is_some() && new_spec.node_affinity != old_spec.node_affinity {
        let shown = compact("VolumeNodeAffinity", &podlapse_model::to_json(&new_spec.node_affinity));
        out.invalid("nodeAffinity", shown, "field is immutable, except for updating from beta label to GA");
    }
    if old_spec.volume_attributes_class_name.is_some() && new_spec.volume_attributes_class_name.is_none() {
        out.forbidden("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden");
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
    let mut before = old_spec.clone();
    let mut munged: PersistentVolumeClaimSpec = new_spec.clone();
    // The volume controller sets the name; a class comes later; requests grow; the attributes class changes.
    if old_spec.volume_name.as_deref().unwrap_or_default().is_empty() {
        before.volume_name.clone_from(&new_spec.volume_name);
    }
    claim_class(new, old, &mut munged, out);
    if is_bound {
        let former = old_spec.resources.as_ref().and_then(|resources| resources.requests.as_ref()?.get("storage"));
        let requests = munged.resources.as_mut().and_then(|resources| resources.requests.as_mut());
        if let (Some(requests), Some(former)) = (requests, former) {
            requests.insert("storage".to_owned(), former.clone());
        }
        munged.volume_attributes_class_name.clone_from(&old_spec.volume_attributes_class_name);
    }
    let text = |spec: &PersistentVolumeClaimSpec| indented("ClaimSpec", &podlapse_model::to_json(spec));
    if munged != before {
        let rule = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        out.forbidden("spec", &format!("{rule}\n{}", unified(&text(&before), &text(&munged))));
    }
    let storage = |spec: &PersistentVolumeClaimSpec| {
        spec.resources.as_ref().and_then(|resources| resources.requests.as_ref()?.get("storage")).map(Quantity::of)
    };
    let capacity = old.status.as_ref().and_then(|status| status.capacity.as_ref()?.get("storage")).map(Quantity::of);
    if let (Some(new), Some(old)) = (storage(new_spec), storage(old_spec))
        && new < old
        && new <= capacity.unwrap_or_default()
    {
        out.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
    }
    let mode = podlapse_model::to_json(&new_spec.volume_mode);
    immutable(new_spec.volume_mode == old_spec.volume_mode, "volumeMode", &mode, out);
    let has_class = old.status.as_ref().is_some_and(|status| status.current_volume_attributes_class_name.is_some());
    if !has_class || new_spec.volume_attributes_class_name == old_spec.volume_attributes_class_name {
        return;
    }
    let what = match new_spec.volume_attributes_class_name.as_deref() {
        None => "nil",
        Some("") => "empty string",
        Some(_) => return,
    };
    let rule = "is forbidden when status.currentVolumeAttributesClassName is not nil";
    out.forbidden("spec.volumeAttributesClassName", &format!("update to {what} {rule}"));
}

/// A claim without a class gets one, which agrees with its annotation; the annotation stays.
fn claim_class(
    new: &PersistentVolumeClaim,
    old: &PersistentVolumeClaim,
    munged: &mut PersistentVolumeClaimSpec,
    out: &mut Errors,
) {
    const ANNOTATION: &str = "volume.beta.kubernetes.io/storage-class";
    let class = |claim: &PersistentVolumeClaim| claim.spec.as_ref().and_then(|spec| spec.storage_class_name.clone());
    let annotation = |claim: &PersistentVolumeClaim| claim.annotation(ANNOTATION).map(str::to_owned);
    let (is_open, class) = (class(old).is_none(), class(new));
    let (now, before) = (annotation(new), annotation(old));
    let is_moved = is_open && before.is_some() && class == before && (now.is_none() || now == before);
    if is_moved || (is_open && class.is_some() && (before.is_none() || class == before)) {
        munged.storage_class_name = None;
    }
    let now = now.unwrap_or_default();
    immutable(is_moved || now == before.unwrap_or_default(), &format!("metadata.annotations.{ANNOTATION}"), &now, out);
}
