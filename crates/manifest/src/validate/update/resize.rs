//! Changing what a running Pod asks for, through its subresource `resize`.
//!
//! Upstream: `ValidatePodResize` in `pkg/apis/core/validation/validation.go` (v1.36). Left out: nodes that cannot resize.

use std::collections::BTreeMap;

use podlapse_model::api::core::v1::{Container, Pod, PodSpec, ResourceRequirements};
use podlapse_model::{QosClass, is_mirror, is_sidecar};

use crate::validate::error::Errors;

const MUTABLE: &str = "only cpu and memory resources are mutable";

pub(super) fn resize(new: &Pod, old: &Pod, out: &mut Errors) {
    let (Some(new_spec), Some(old_spec)) = (&new.spec, &old.spec) else { return };
    let is_mirror = is_mirror(old);
    let is_windows = old_spec.os.as_ref().is_some_and(|os| os.name == "windows");
    for (is_refused, detail) in [(is_mirror, "static pods cannot be resized"), (is_windows, "windows pods cannot be resized")] {
        if is_refused {
            out.list.clear();
            return out.forbidden("", detail);
        }
    }
    let class = QosClass::of(new_spec);
    if class != QosClass::of(old_spec) {
        let own = old.status.as_ref().and_then(|status| status.qos_class.as_deref()).unwrap_or_default();
        out.invalid("spec", own, "Pod QOS Class may not change as a result of resizing");
    }
    of_the_whole(new_spec, old_spec, out);
    let before = out.list.len();
    let inits = |spec: &PodSpec| spec.init_containers.clone().unwrap_or_default();
    let (new_inits, old_inits) = (inits(new_spec), inits(old_spec));
    same_containers(&new_spec.containers, &old_spec.containers, "containers", out);
    same_containers(&new_inits, &old_inits, "initContainers", out);
    if out.list.len() > before {
        return;
    }
    for (field, new, old) in
        [("initContainers", &new_inits, &old_inits), ("containers", &new_spec.containers, &old_spec.containers)]
    {
        for (at, (new, old)) in new.iter().zip(old).enumerate() {
            removed(new.resources.as_ref(), old.resources.as_ref(), "resource", &format!("spec.{field}[{at}].resources"), out);
        }
    }
    for (new, old) in new_spec.containers.iter().zip(&old_spec.containers) {
        if munged(new, old) != *old {
            out.forbidden("spec", MUTABLE);
        }
    }
    for (at, (new, old)) in new_inits.iter().zip(&old_inits).enumerate() {
        init_container(new, old, &format!("spec.initContainers[{at}]"), out);
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

/// What the Pod asks for as a whole (`validatePodLevelResourcesResize`).
fn of_the_whole(new: &PodSpec, old: &PodSpec, out: &mut Errors) {
    let is_set = |found: &Option<ResourceRequirements>| {
        let lists = found.iter().flat_map(|found| [&found.requests, &found.limits]);
        lists.flatten().any(|list| !list.is_empty())
    };
    if !is_set(&new.resources) && !is_set(&old.resources) {
        return;
    }
    if old.resources.is_some() && new.resources.is_none() {
        return out.forbidden("spec.resources", "pod-level resources cannot be removed");
    }
    if old.resources.is_some() {
        removed(new.resources.as_ref(), old.resources.as_ref(), "pod-level resource", "spec.resources", out);
    }
    if with_former_amounts(new.resources.clone(), old.resources.as_ref()) != old.resources {
        out.forbidden("spec", "only cpu and memory resources are mutable at pod-level");
    }
}

/// Containers keep their number, order and names.
fn same_containers(new: &[Container], old: &[Container], field: &str, out: &mut Errors) {
    if new.len() != old.len() {
        return out.forbidden(&format!("spec.{field}"), &format!("{field} may not be added or removed on resize"));
    }
    for (at, _) in new.iter().zip(old).enumerate().filter(|(_, (new, old))| new.name != old.name) {
        out.forbidden(&format!("spec.{field}[{at}].name"), &format!("{field} may not be renamed or reordered on resize"));
    }
}

/// Init containers are resized too (gate InPlacePodVerticalScalingInitContainers), but not by starting them again.
fn init_container(new: &Container, old: &Container, path: &str, out: &mut Errors) {
    if munged(new, old) != *old {
        out.forbidden(path, "only cpu and memory resources for init or sidecar containers are mutable");
    }
    let policies = new.resize_policy.iter().flatten().filter(|policy| policy.restart_policy == "RestartContainer").count();
    if new != old && !is_sidecar(new) {
        let detail = "non-sidecar init containers with a resize policy of RestartContainer cannot be resized";
        (0..policies).for_each(|_| out.forbidden(path, detail));
    }
}

/// Requests and limits change, but do not go.
fn removed(new: Option<&ResourceRequirements>, old: Option<&ResourceRequirements>, what: &str, path: &str, out: &mut Errors) {
    let empty = ResourceRequirements::default();
    let (new, old) = (new.unwrap_or(&empty), old.unwrap_or(&empty));
    for (field, new, old) in [("requests", &new.requests, &old.requests), ("limits", &new.limits, &old.limits)] {
        let has = |name: &String| new.as_ref().is_some_and(|list| list.contains_key(name));
        if old.iter().flatten().any(|(name, _)| !has(name)) {
            out.forbidden(&format!("{path}.{field}"), &format!("{what} {field} cannot be removed"));
        }
    }
}

/// The container with the CPU and memory that it had, and without claims: one that has some cannot be resized.
fn munged(new: &Container, old: &Container) -> Container {
    let mut munged = new.clone();
    munged.resources = with_former_amounts(new.resources.clone(), old.resources.as_ref());
    if let Some(resources) = &mut munged.resources {
        resources.claims = None;
    }
    munged
}

/// What is asked for, with the former CPU and memory; nothing where nothing was and nothing is left.
fn with_former_amounts(new: Option<ResourceRequirements>, old: Option<&ResourceRequirements>) -> Option<ResourceRequirements> {
    let mut munged = new.unwrap_or_default();
    let before = old.cloned().unwrap_or_default();
    for (own, before) in [(&mut munged.requests, before.requests), (&mut munged.limits, before.limits)] {
        let mut list: BTreeMap<_, _> = own.take().unwrap_or_default();
        list.retain(|name, _| name != "cpu" && name != "memory");
        let has_own = !list.is_empty();
        list.extend(before.clone().into_iter().flatten().filter(|(name, _)| name == "cpu" || name == "memory"));
        *own = (before.is_some() || has_own).then_some(list);
    }
    (old.is_some() || munged != ResourceRequirements::default()).then_some(munged)
}
