//! What may change in an object that exists.
//!
//! Upstream: `ValidateObjectMetaUpdate` of `k8s.io/apimachinery/pkg/api/validation`, and `ValidatePodUpdate`, `ValidatePodResize`,
//! `ValidatePodEphemeralContainersUpdate` in `pkg/apis/core/validation/validation.go` (v1.36).

mod gated;
mod job_status;
mod others;
mod pod_status;
mod resize;
mod service;
mod status;
mod workload;

use std::collections::BTreeMap;

use podlapse_model::api::core::v1::{Container, EphemeralContainer, Pod, PodSpec, Toleration};
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::{MIRROR_POD, Object, is_mirror};
use serde_json::{Value, json};

use crate::app_armor;
use crate::validate::error::{Errors, FieldError, Shown};
use crate::validate::internal::indented;
use crate::validate::names::range;
use crate::validate::unified::unified;
use crate::validate::{metadata, pod, scheduling};

/// The part of an object's API that an update comes through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subresource {
    /// The object itself.
    #[default]
    None,
    /// `resize` of a Pod.
    Resize,
    /// `ephemeralcontainers` of a Pod.
    EphemeralContainers,
    /// `finalize` of a Namespace.
    Finalize,
}

const IMMUTABLE: &str = "field is immutable";

/// Every field of an updated object that the API server would reject.
pub fn validate_update(new: &Object, old: &Object, through: Subresource) -> Vec<FieldError> {
    let mut out = Errors::default();
    object_meta(new.metadata(), old.metadata(), &mut out);
    match (new, old) {
        (Object::Pod(new), Object::Pod(old)) => pod_update(new, old, through, &mut out),
        _ if workload::update(new, old, &mut out) => {}
        _ => others::update(new, old, &mut out),
    }
    out.list
}

/// Every field of an updated status that the API server would reject.
pub fn validate_status_update(new: &Object, old: &Object) -> Vec<FieldError> {
    let mut out = Errors::default();
    object_meta(new.metadata(), old.metadata(), &mut out);
    match (new, old) {
        (Object::Job(new), Object::Job(old)) => job_status::job_status(new, old, &mut out),
        _ => status::update(new, old, &mut out),
    }
    out.list
}

/// A field that may not change.
pub(super) fn immutable(is_same: bool, field: &str, value: impl Into<Shown>, out: &mut Errors) {
    if !is_same {
        out.invalid(field, value, IMMUTABLE);
    }
}

fn object_meta(new: &ObjectMeta, old: &ObjectMeta, out: &mut Errors) {
    if old.deletion_timestamp.is_some() {
        let known = old.finalizers.as_deref().unwrap_or_default();
        let added: Vec<&String> = new.finalizers.iter().flatten().filter(|finalizer| !known.contains(finalizer)).collect();
        if !added.is_empty() {
            let shown: Vec<String> = added.iter().map(|finalizer| podlapse_model::go_text::quote(finalizer)).collect();
            let detail = format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                shown.join(", ")
            );
            out.forbidden("metadata.finalizers", &detail);
        }
    }
    let uid = new.uid.as_deref().unwrap_or_default();
    immutable(new.uid == old.uid, "metadata.uid", uid, out);
    let time = podlapse_model::to_json(&new.deletion_timestamp);
    immutable(new.deletion_timestamp == old.deletion_timestamp, "metadata.deletionTimestamp", &time, out);
    if new.labels != old.labels {
        metadata::labels(new.labels.as_ref(), "metadata.labels", out);
    }
    if new.annotations != old.annotations {
        metadata::annotations(new.annotations.as_ref(), "metadata.annotations", out);
    }
    if new.owner_references != old.owner_references {
        metadata::owner_references(new, "metadata.ownerReferences", out);
    }
    if new.finalizers != old.finalizers {
        metadata::finalizers(new, "metadata.finalizers", out);
    }
}

fn spec_of(pod: &Pod) -> PodSpec {
    pod.spec.clone().unwrap_or_default()
}

fn pod_update(new: &Pod, old: &Pod, through: Subresource, out: &mut Errors) {
    if new.spec == old.spec && new.metadata.annotations == old.metadata.annotations {
        return;
    }
    let (new_spec, old_spec) = (spec_of(new), spec_of(old));
    pod::pod_metadata_and_spec(new, &new_spec, out);
    match through {
        Subresource::None | Subresource::Finalize => annotation_updates(&new.metadata, &old.metadata, out),
        Subresource::Resize => return resize::resize(new, old, out),
        Subresource::EphemeralContainers => return ephemeral(old, &new_spec, &old_spec, out),
    }
    for (field, new, old) in [
        ("spec.containers", new_spec.containers.as_slice(), old_spec.containers.as_slice()),
        (
            "spec.initContainers",
            new_spec.init_containers.as_deref().unwrap_or_default(),
            old_spec.init_containers.as_deref().unwrap_or_default(),
        ),
    ] {
        if new.len() != old.len() {
            return out.forbidden(field, "pod updates may not add or remove containers");
        }
    }
    if !active_deadline(new_spec.active_deadline_seconds, old_spec.active_deadline_seconds, out) {
        return;
    }
    only_added_tolerations(&new_spec, &old_spec, out);
    let old_gates = old_spec.scheduling_gates.as_deref().unwrap_or_default();
    for (at, gate) in new_spec.scheduling_gates.iter().flatten().enumerate().filter(|(_, gate)| !old_gates.contains(gate)) {
        let detail = format!("only deletion is allowed, but found new scheduling gate '{}'", gate.name);
        out.forbidden(&format!("spec.schedulingGates[{at}].name"), &detail);
    }
    if !old_gates.is_empty() {
        gated::check(&new_spec, &old_spec, out);
    }
    let munged = munged(new_spec, &old_spec);
    if let Some(difference) = difference(&old_spec, &munged) {
        let fields = "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only \
                      additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was \
                      previously negative)";
        out.forbidden("spec", &format!("pod updates may not change fields other than {fields}\n{difference}"));
    }
}

/// What `kubectl debug` added stays as it is.
fn ephemeral(old: &Pod, new_spec: &PodSpec, old_spec: &PodSpec, out: &mut Errors) {
    if is_mirror(old) {
        out.list.clear();
        return out.forbidden("", "static pods do not support ephemeral containers");
    }
    for before in old_spec.ephemeral_containers.iter().flatten() {
        let now = new_spec.ephemeral_containers.iter().flatten().rfind(|now| now.name == before.name);
        let text = |container: &EphemeralContainer| indented("EphemeralContainer", &podlapse_model::to_json(container));
        let what = format!("existing ephemeral containers {} may not be", podlapse_model::go_text::quote(&before.name));
        match now {
            None => out.forbidden("spec.ephemeralContainers", &format!("{what} removed\n")),
            Some(now) if now != before => {
                let difference = unified(&text(before), &text(now));
                out.forbidden("spec.ephemeralContainers", &format!("{what} changed\n{difference}"));
            }
            Some(_) => {}
        }
    }
}

/// Annotations that say what a Pod runs with, or that it only shows what runs.
fn annotation_updates(new: &ObjectMeta, old: &ObjectMeta, out: &mut Errors) {
    let empty = BTreeMap::new();
    let (new, old) = (new.annotations.as_ref().unwrap_or(&empty), old.annotations.as_ref().unwrap_or(&empty));
    let changed = old.iter().filter(|(key, value)| new.get(*key) != Some(value)).map(|(key, _)| (key, true));
    let added = new.keys().filter(|key| !old.contains_key(*key)).map(|key| (key, false));
    for (key, was_there) in changed.chain(added) {
        let what = match key.as_str() {
            MIRROR_POD => "mirror pod annotation",
            key if !key.starts_with(app_armor::ANNOTATION) => continue,
            _ => "AppArmor annotations",
        };
        let detail = if was_there { format!("may not remove or update {what}") } else { format!("may not add {what}") };
        out.forbidden(&format!("metadata.annotations[{key}]"), &detail);
    }
}

/// Only towards an earlier end. Whether to look on.
fn active_deadline(new: Option<i64>, old: Option<i64>, out: &mut Errors) -> bool {
    let path = "spec.activeDeadlineSeconds";
    match (new, old) {
        (Some(new), _) if !(0..=i64::from(i32::MAX)).contains(&new) => out.invalid(path, new, &range(0, i64::from(i32::MAX))),
        (Some(new), Some(old)) if old < new => out.invalid(path, new, "must be less than or equal to previous value"),
        (None, Some(_)) => {
            out.invalid(path, &Value::Null, "must not update from a positive integer to nil value");
            return true;
        }
        (Some(_) | None, _) => return true,
    }
    false
}

fn only_added_tolerations(new: &PodSpec, old: &PodSpec, out: &mut Errors) {
    let of = |spec: &PodSpec| -> Vec<Toleration> {
        let all = spec.tolerations.iter().flatten();
        all.map(|toleration| Toleration { toleration_seconds: None, ..toleration.clone() }).collect()
    };
    let kept = of(new);
    if of(old).iter().any(|toleration| !kept.contains(toleration)) {
        out.forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
    }
    scheduling::tolerations(new.tolerations.as_deref().unwrap_or_default(), "spec.tolerations", out);
}

/// The new specification with the old values of all that may change.
fn munged(mut new: PodSpec, old: &PodSpec) -> PodSpec {
    let images = |new: &mut [Container], old: &[Container]| {
        new.iter_mut().zip(old).for_each(|(new, old)| new.image.clone_from(&old.image));
    };
    images(&mut new.containers, &old.containers);
    images(new.init_containers.as_deref_mut().unwrap_or_default(), old.init_containers.as_deref().unwrap_or_default());
    new.active_deadline_seconds = old.active_deadline_seconds;
    new.scheduling_gates.clone_from(&old.scheduling_gates);
    new.tolerations.clone_from(&old.tolerations);
    if old.termination_grace_period_seconds.is_some_and(|seconds| seconds < 0) && new.termination_grace_period_seconds == Some(1)
    {
        new.termination_grace_period_seconds = old.termination_grace_period_seconds;
    }
    if old.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty()) {
        gated::munge(&mut new, old);
    }
    new
}

/// A specification with the fields of the host's namespaces where the internal struct has them: in the security context.
pub(super) fn internal_spec(spec: Option<&PodSpec>) -> Value {
    let mut value = podlapse_model::to_json(spec.unwrap_or(&PodSpec::default()));
    let mut context = value.get("securityContext").cloned().unwrap_or_else(|| json!({}));
    for field in ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"] {
        if let Some(found) = value.get(field) {
            context[field] = found.clone();
        }
    }
    value["securityContext"] = context;
    value
}

/// The lines in which two specifications differ; `None` when they say the same.
fn difference(old: &PodSpec, new: &PodSpec) -> Option<String> {
    let text = |spec: &PodSpec| indented("PodSpec", &internal_spec(Some(spec)));
    let (old, new) = (text(old), text(new));
    (old != new).then(|| unified(&old, &new))
}
