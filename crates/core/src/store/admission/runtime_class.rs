//! What a RuntimeClass adds to the Pods that name it.
//!
//! Models `plugin/pkg/admission/runtimeclass` `Admit` (v1.36): overhead, node selector and tolerations.

use podlapse_model::api::core::v1::{Pod, Toleration};
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
    let own = spec.tolerations.iter().flatten();
    let all: Vec<Toleration> = own.chain(scheduling.tolerations.iter().flatten()).cloned().collect();
    if !all.is_empty() {
        spec.tolerations = Some(merged(&all));
    }
    Ok(())
}

/// Tolerations without those that another one covers (`pkg/util/tolerations` `MergeTolerations`).
fn merged(all: &[Toleration]) -> Vec<Toleration> {
    let mut kept: Vec<Toleration> = Vec::new();
    for (at, toleration) in all.iter().enumerate() {
        let is_covered = kept.iter().any(|known| covers(known, toleration))
            || all[at + 1..].iter().any(|later| later != toleration && covers(later, toleration));
        if !is_covered {
            kept.push(toleration.clone());
        }
    }
    kept
}

/// Whether `wide` tolerates all that `narrow` does.
fn covers(wide: &Toleration, narrow: &Toleration) -> bool {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let operator = text(&wide.operator);
    if wide == narrow {
        return true;
    }
    if text(&wide.key) != text(&narrow.key) && !(text(&wide.key).is_empty() && operator == "Exists") {
        return false;
    }
    if text(&wide.effect) != text(&narrow.effect) && !text(&wide.effect).is_empty() {
        return false;
    }
    if text(&wide.effect) == "NoExecute"
        && let Some(most) = wide.toleration_seconds
        && narrow.toleration_seconds.is_none_or(|seconds| seconds > most)
    {
        return false;
    }
    match operator.as_str() {
        "" | "Equal" => text(&narrow.operator) == "Equal" && text(&narrow.value) == text(&wide.value),
        "Exists" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toleration(key: &str, operator: &str, effect: &str) -> Toleration {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Toleration { key: text(key), operator: text(operator), effect: text(effect), ..Toleration::default() }
    }

    #[test]
    fn the_wider_toleration_stays() {
        let narrow = toleration("gpu", "Equal", "NoSchedule");
        let wide = toleration("gpu", "Exists", "");
        let other = toleration("disk", "Exists", "NoSchedule");
        assert_eq!(merged(&[narrow.clone(), other.clone(), wide.clone()]), [other.clone(), wide.clone()]);
        assert_eq!(merged(&[wide.clone(), narrow, wide.clone(), other.clone()]), [wide, other]);
    }
}
