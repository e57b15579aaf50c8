//! Changing what a running Pod asks for, through its subresource `resize`.
//!
//! Upstream: `ValidatePodResize` in `pkg/apis/core/validation/validation.go` (v1.36). Left out: nodes that cannot resize.

use std::collections::BTreeMap;

use podlapse_model::api::core::v1::{Container, Pod, PodSpec, ResourceRequirements};
use podlapse_model::{QosClass, is_sidecar};

use super::error::Errors;

const MUTABLE: &str = "only cpu and memory resources are mutable";
const MUTABLE_SIDECAR: &str = "only cpu and memory resources for sidecar containers are mutable";
const IMMUTABLE_INIT: &str = "resources for non-sidecar init containers are immutable";

pub(super) fn resize(new: &Pod, old: &Pod, out: &mut Errors) {
    let (Some(new_spec), Some(old_spec)) = (&new.spec, &old.spec) else { return };
    let is_mirror = old.metadata.annotations.as_ref().is_some_and(|all| all.contains_key("kubernetes.io/config.mirror"));
    let is_windows = old_spec.os.as_ref().is_some_and(|os| os.name == "windows");
    for (is_refused, detail) in [(is_mirror, "static pods cannot be resized"), (is_windows, "windows pods cannot be resized")] {
        if is_refused {
            out.list.clear();
            return out.forbidden("", detail);
        }
    }
    if new_spec.containers.len() != old_spec.containers.len() {
        return out.forbidden("spec", MUTABLE);
    }
    let class = QosClass::of(new_spec);
    if class != QosClass::of(old_spec) {
        let own = old.status.as_ref().and_then(|status| status.qos_class.as_deref()).unwrap_or_default();
        out.invalid("spec", own, "Pod QOS Class may not change as a result of resizing");
    }
    let (new_inits, old_inits) =
        (new_spec.init_containers.as_deref().unwrap_or_default(), old_spec.init_containers.as_deref().unwrap_or_default());
    let inits: Vec<(&Container, &Container)> = new_inits.iter().zip(old_inits).collect();
    for (at, (new, old)) in inits.iter().enumerate().filter(|(_, (_, old))| is_sidecar(old)) {
        removed(new, old, &format!("spec.initContainers[{at}].resources"), out);
    }
    for (at, (new, old)) in new_spec.containers.iter().zip(&old_spec.containers).enumerate() {
        removed(new, old, &format!("spec.containers[{at}].resources"), out);
    }
    for (new, old) in new_spec.containers.iter().zip(&old_spec.containers) {
        if munged(new, old) != *old {
            out.forbidden("spec", MUTABLE);
        }
    }
    for (new, old) in inits {
        let (seen, detail) = if is_sidecar(new) { (munged(new, old), MUTABLE_SIDECAR) } else { (new.clone(), IMMUTABLE_INIT) };
        if seen != *old {
            out.forbidden("spec", detail);
        }
    }
    let rest = PodSpec {
        containers: old_spec.containers.clone(),
        init_containers: old_spec.init_containers.clone(),
        resources: old_spec.resources.clone(),
        ..new_spec.clone()
    };
    if out.list.is_empty() && rest != *old_spec {
        out.forbidden("spec", MUTABLE);
    }
}

/// Requests and limits change, but do not go.
fn removed(new: &Container, old: &Container, path: &str, out: &mut Errors) {
    let empty = ResourceRequirements::default();
    let (new, old) = (new.resources.as_ref().unwrap_or(&empty), old.resources.as_ref().unwrap_or(&empty));
    for (field, new, old) in [("requests", &new.requests, &old.requests), ("limits", &new.limits, &old.limits)] {
        let has = |name: &String| new.as_ref().is_some_and(|list| list.contains_key(name));
        if old.iter().flatten().any(|(name, _)| !has(name)) {
            out.forbidden(&format!("{path}.{field}"), &format!("resource {field} cannot be removed"));
        }
    }
}

/// The container with the CPU and memory that it had.
fn munged(new: &Container, old: &Container) -> Container {
    let mut munged = new.clone();
    let (own, before) = (munged.resources.get_or_insert_default(), old.resources.clone().unwrap_or_default());
    for (own, before) in [(&mut own.requests, before.requests), (&mut own.limits, before.limits)] {
        let mut list: BTreeMap<_, _> = own.take().unwrap_or_default();
        list.retain(|name, _| name != "cpu" && name != "memory");
        list.extend(before.clone().into_iter().flatten().filter(|(name, _)| name == "cpu" || name == "memory"));
        *own = before.is_some().then_some(list);
    }
    if old.resources.is_none() && munged.resources == Some(ResourceRequirements::default()) {
        munged.resources = None;
    }
    munged
}
