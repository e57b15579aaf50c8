//! Owners and what they own.
//!
//! Models `pkg/controller/controller_utils.go` `GetPodFromTemplate`, `FilterActivePods` and
//! `pkg/controller/controller_ref_manager.go` (v1.36).

use std::sync::Arc;

use podlapse_model::api::core::v1::{Pod, PodTemplateSpec};
use podlapse_model::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference, Time};
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;
use podlapse_model::{Kind, Metadata, Modelled, ObjectKey, Selector, SimDuration, SimTime, Uid};

use super::statefulset::ordinal;
use super::{Plan, View};
use crate::kernel::WallClock;
use crate::store::{Request, Store};

/// The reference by which an object names its controller.
pub(crate) fn controller_reference(kind: Kind, owner: &ObjectMeta) -> OwnerReference {
    OwnerReference {
        api_version: kind.api_version().to_owned(),
        kind: kind.name().to_owned(),
        name: owner.name.clone().unwrap_or_default(),
        uid: owner.uid.clone().unwrap_or_default(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    }
}

/// The controller of an object.
pub(crate) fn controller_of(metadata: &ObjectMeta) -> Option<&OwnerReference> {
    metadata.owner_references.iter().flatten().find(|owner| owner.controller == Some(true))
}

/// Whether the owner controls the object.
pub(crate) fn is_controlled_by(metadata: &ObjectMeta, owner: &ObjectMeta) -> bool {
    controller_of(metadata).is_some_and(|reference| Some(reference.uid.as_str()) == owner.uid.as_deref())
}

/// The Pod that a template describes.
pub(crate) fn pod_from_template(kind: Kind, owner: &ObjectMeta, template: &PodTemplateSpec) -> Pod {
    let given = template.metadata.clone().unwrap_or_default();
    Pod {
        metadata: ObjectMeta {
            generate_name: Some(format!("{}-", owner.name.as_deref().unwrap_or_default())),
            namespace: owner.namespace.clone(),
            labels: given.labels,
            annotations: given.annotations,
            finalizers: given.finalizers,
            owner_references: Some(vec![controller_reference(kind, owner)]),
            ..ObjectMeta::default()
        },
        spec: template.spec.clone(),
        status: None,
    }
}

/// The Pods of an owner, which takes in those that it selects and that nobody controls, and lets go those that it does not select.
pub(crate) fn claim_pods(kind: Kind, owner: &ObjectMeta, selector: &Selector, view: View<'_>, plan: &mut Plan) -> Vec<Arc<Pod>> {
    let mut claimed = Vec::new();
    let is_going = owner.deletion_timestamp.is_some();
    for pod in pods_in(view.store, owner.namespace.as_deref().unwrap_or_default()) {
        if kind == Kind::StatefulSet && ordinal(owner, pod).is_none() {
            continue;
        }
        let is_selected = selector.matches(pod.metadata.labels.as_ref().unwrap_or(&Default::default()));
        let controller = controller_of(&pod.metadata);
        match controller {
            Some(_) if is_controlled_by(&pod.metadata, owner) => {
                if is_selected {
                    claimed.push(pod.clone());
                } else if !is_going {
                    let mut pod = Pod::clone(pod);
                    pod.metadata.owner_references.get_or_insert_default().retain(|other| Some(&other.uid) != owner.uid.as_ref());
                    plan.send(Request::Update(pod.into()));
                }
            }
            Some(_) => {}
            None if is_selected && !is_going && pod.metadata.deletion_timestamp.is_none() && is_active(pod) => {
                let mut pod = Pod::clone(pod);
                pod.metadata.owner_references.get_or_insert_default().push(controller_reference(kind, owner));
                plan.send(Request::Update(pod.clone().into()));
                claimed.push(Arc::new(pod));
            }
            None => {}
        }
    }
    claimed
}

/// The Pods of a namespace.
pub(crate) fn pods_in<'a>(store: &'a Store, namespace: &'a str) -> impl Iterator<Item = &'a Arc<Pod>> {
    store.all_in(Some(namespace))
}

/// The phase of a Pod; empty where it has none.
pub(crate) fn phase(pod: &Pod) -> &str {
    pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default()
}

/// Whether a Pod is over.
pub(crate) fn is_over(pod: &Pod) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}

/// Whether a Pod is neither over nor on its way out.
pub(crate) fn is_active(pod: &Pod) -> bool {
    !is_over(pod) && pod.metadata.deletion_timestamp.is_none()
}

/// Since when a Pod is ready.
pub(crate) fn ready_since(pod: &Pod) -> Option<Option<&Time>> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    let ready = conditions.iter().find(|condition| condition.type_ == "Ready" && condition.status == "True")?;
    Some(ready.last_transition_time.as_ref())
}

/// When a Pod is, or becomes, available: it has then been ready for the given seconds (`podutil.IsPodAvailable`).
pub(crate) fn available_at(pod: &Pod, min_ready_seconds: i32, wall: WallClock) -> Option<SimTime> {
    let since = ready_since(pod)?;
    let span = SimDuration::from_secs(u64::try_from(min_ready_seconds).unwrap_or(0));
    match since {
        _ if min_ready_seconds == 0 => Some(SimTime::from_nanos(i64::MIN)),
        Some(since) => Some(wall.sim_time(since) + span),
        None => None,
    }
}

/// The key and the uid of a Pod.
pub(crate) fn pod_identity(pod: &Pod) -> (ObjectKey, Uid) {
    (pod.key(), pod.uid())
}

/// A hash in letters that spell no words (`rand.SafeEncodeString` of its decimal digits).
pub(crate) fn safe_encode(hash: u32) -> String {
    const ALPHANUMS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    hash.to_string().bytes().map(|digit| char::from(ALPHANUMS[usize::from(digit) % ALPHANUMS.len()])).collect()
}

/// A number or a share of `of` (`intstr.GetScaledValueFromIntOrPercent`).
pub(crate) fn scaled(value: Option<&IntOrString>, of: i32, rounds_up: bool) -> i32 {
    match value {
        None => 0,
        Some(IntOrString::Int(number)) => *number,
        Some(IntOrString::String(text)) => {
            let percent: i64 = text.strip_suffix('%').and_then(|number| number.parse().ok()).unwrap_or(0);
            let product = percent.saturating_mul(i64::from(of));
            let share = if rounds_up { product.saturating_add(99).div_euclid(100) } else { product.div_euclid(100) };
            i32::try_from(share).unwrap_or(i32::MAX)
        }
    }
}
