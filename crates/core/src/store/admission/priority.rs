//! A Pod's priority comes from its class.
//!
//! Models `plugin/pkg/admission/priority` `admitPod` and `validatePriorityClass` (v1.36).

use podlapse_model::api::core::v1::Pod;
use podlapse_model::api::scheduling::v1::PriorityClass;
use podlapse_model::{Kind, Metadata, Object, ObjectKey, SYSTEM_PRIORITY_CLASSES};

use super::Attributes;
use crate::store::{ApiError, Store};

const DEFAULT_POLICY: &str = "PreemptLowerPriority";

/// Fills in priority and preemption policy.
pub fn priority(store: &Store, pod: &mut Pod) -> Result<(), ApiError> {
    let key = super::pod_key(pod);
    let Some(spec) = pod.spec.as_mut() else { return Ok(()) };
    let name = spec.priority_class_name.clone().filter(|name| !name.is_empty());
    let class = match name.as_deref() {
        Some(name) => Some(
            class(store, name)
                .ok_or_else(|| ApiError::forbidden(&key, format!("no PriorityClass with name {name} was found")))?,
        ),
        None => global_default(store),
    };
    let (class_name, value, policy) = class.unwrap_or_else(|| (String::new(), 0, DEFAULT_POLICY.to_owned()));
    if spec.priority.is_some_and(|given| given != value) {
        let why = format!(
            "the integer value of priority ({}) must not be provided in pod spec; priority admission controller computed {value} \
             from the given PriorityClass name",
            spec.priority.unwrap_or_default()
        );
        return Err(ApiError::forbidden(&key, why));
    }
    if !class_name.is_empty() {
        spec.priority_class_name = Some(class_name);
    }
    spec.priority = Some(value);
    if let Some(given) = spec.preemption_policy.as_ref().filter(|given| **given != policy) {
        let why = format!(
            "the string value of PreemptionPolicy ({given}) must not be provided in pod spec; priority admission controller computed \
             {policy} from the given PriorityClass name"
        );
        return Err(ApiError::forbidden(&key, why));
    }
    spec.preemption_policy = Some(policy);
    Ok(())
}

/// There is one class at most for Pods that name none (`validatePriorityClass`).
pub(super) fn check_default(store: &Store, attributes: Attributes<'_>) -> Result<(), ApiError> {
    let Object::PriorityClass(class) = attributes.object else { return Ok(()) };
    if class.global_default != Some(true) {
        return Ok(());
    }
    let other = global_default(store).map(|(name, _, _)| name).filter(|name| *name != attributes.key.name.as_str());
    match other {
        Some(name) => {
            let why = format!("PriorityClass {name} is already marked as default. Only one default can exist");
            Err(ApiError::forbidden(attributes.key, why))
        }
        None => Ok(()),
    }
}

fn class(store: &Store, name: &str) -> Option<(String, i32, String)> {
    if let Some(Object::PriorityClass(class)) = store.get(&ObjectKey::new(Kind::PriorityClass, "", name)) {
        let policy = class.preemption_policy.clone().unwrap_or_else(|| DEFAULT_POLICY.to_owned());
        return Some((name.to_owned(), class.value.unwrap_or(0), policy));
    }
    let system = SYSTEM_PRIORITY_CLASSES.iter().find(|class| class.name == name)?;
    Some((name.to_owned(), system.value, DEFAULT_POLICY.to_owned()))
}

/// The class for Pods that name none; the lowest, should there be several.
fn global_default(store: &Store) -> Option<(String, i32, String)> {
    let classes = store.all::<PriorityClass>();
    let class = classes.filter(|class| class.global_default == Some(true)).min_by_key(|class| class.value.unwrap_or(0))?;
    let policy = class.preemption_policy.clone().unwrap_or_else(|| DEFAULT_POLICY.to_owned());
    Some((class.name().to_owned(), class.value.unwrap_or(0), policy))
}
