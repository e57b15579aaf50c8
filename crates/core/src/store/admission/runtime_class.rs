//! What a RuntimeClass adds to the Pods that name it.
//!
//! Models `plugin/pkg/admission/runtimeclass` `Admit` (v1.36): overhead, node selector and tolerations.

use podlapse_model::api::core::v1::Pod;
use podlapse_model::api::node::v1::RuntimeClass;
use podlapse_model::{Kind, Object, ObjectKey};

use super::Attributes;
use crate::store::{ApiError, Store};

/// Adds overhead and scheduling of the Pod's class.
pub(super) fn set_overhead(store: &Store, pod: &mut Pod, key: &ObjectKey) -> Result<(), ApiError> {
    let Some(spec) = &mut pod.spec else { return Ok(()) };
    let Some(name) = spec.runtime_class_name.clone() else { return Ok(()) };
    let Some(Object::RuntimeClass(class)) = store.get(&ObjectKey::new(Kind::RuntimeClass, "", &name)) else {
        return Err(ApiError::forbidden(key, format!("pod rejected: RuntimeClass \"{name}\" not found")));
    };
    if let Some(overhead) = &class.overhead {
        let fixed = overhead.pod_fixed.clone().unwrap_or_default();
        if spec.overhead.as_ref().is_some_and(|own| !own.is_empty() && *own != fixed) {
            let why = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";
            return Err(ApiError::forbidden(key, why));
        }
        spec.overhead = Some(fixed);
    }
    set_scheduling(class, pod, key)
}

/// Overhead comes from a class alone.
pub(super) fn check_overhead(store: &Store, attributes: Attributes<'_>) -> Result<(), ApiError> {
    let (Object::Pod(pod), None) = (attributes.object, attributes.old) else { return Ok(()) };
    let Some(spec) = pod.spec.as_ref().filter(|spec| spec.overhead.as_ref().is_some_and(|overhead| !overhead.is_empty())) else {
        return Ok(());
    };
    let class = store.get(&ObjectKey::new(Kind::RuntimeClass, "", spec.runtime_class_name.as_deref().unwrap_or_default()));
    if let Some(Object::RuntimeClass(class)) = class
        && class.overhead.is_some()
    {
        return Ok(());
    }
    let why = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead";
    Err(ApiError::forbidden(attributes.key, why))
}

fn set_scheduling(class: &RuntimeClass, pod: &mut Pod, key: &ObjectKey) -> Result<(), ApiError> {
    let (Some(scheduling), Some(spec)) = (&class.scheduling, &mut pod.spec) else { return Ok(()) };
    for (label, value) in scheduling.node_selector.iter().flatten() {
        let own = spec.node_selector.get_or_insert_default();
        if own.get(label).is_some_and(|own| own != value) {
            let why = format!(
                "conflict: runtimeClass.scheduling.nodeSelector[{label}] = {value}; pod.spec.nodeSelector[{label}] = {}",
                own[label]
            );
            return Err(ApiError::forbidden(key, why));
        }
        own.insert(label.clone(), value.clone());
    }
    for toleration in scheduling.tolerations.iter().flatten() {
        let own = spec.tolerations.get_or_insert_default();
        if !own.contains(toleration) {
            own.push(toleration.clone());
        }
    }
    Ok(())
}
