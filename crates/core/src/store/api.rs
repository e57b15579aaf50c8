//! The API server: what a request does to the stored objects.
//!
//! Models `staging/src/k8s.io/apiserver/pkg/registry` (`rest.BeforeCreate`, `rest.BeforeDelete`, `store.Delete`) and the Pod's
//! strategy and bindings in `pkg/registry/core/pod`. Requests arrive decoded, defaulted and validated. Not modelled: optimistic
//! locking, dry runs, propagation policies.

use std::sync::Arc;

use podlapse_model::api::batch::v1::Job;
use podlapse_model::api::core::v1::{Pod, PodCondition, PodStatus};
use podlapse_model::{Kind, Object, ObjectKey, QosClass, SimDuration, SimTime};

use super::{ApiError, Change, Reason, Request, Store, admission};
use crate::kernel::{Random, WallClock};

/// What a Pod learns of its node's place when it is bound (`plugin/pkg/admission/podtopologylabels`).
const TOPOLOGY_LABELS: [&str; 2] = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"];

/// When and with what chance a request is carried out.
#[derive(Debug)]
pub struct ApiContext<'a> {
    /// When it is.
    pub now: SimTime,
    /// What the clock on the wall says then.
    pub wall: WallClock,
    /// For uids and generated names.
    pub random: &'a mut Random,
}

/// A request that was carried out.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The object as it is now, or as it was when it left.
    pub object: Object,
    /// What changed; a request that changes nothing is answered all the same.
    pub change: Option<Change>,
}

/// Carries a request out.
///
/// # Errors
/// The API server's refusal; the store is then as it was.
pub fn apply(store: &mut Store, request: Request, cx: &mut ApiContext<'_>) -> Result<Applied, ApiError> {
    match request {
        Request::Create(object) => create(store, object, cx),
        Request::Update(object) => update(store, object, cx),
        Request::UpdateStatus(object) => update_status(store, object, cx),
        Request::PatchPodStatus { key, uid, status } => {
            let pod = pod(store, &key)?;
            if pod.metadata.uid.as_deref() != Some(uid.as_str()) {
                return Err(ApiError::not_found(&key));
            }
            let pod = Pod { status: Some(*status), ..Pod::clone(pod) };
            Ok(put(store, pod.into(), cx))
        }
        Request::Bind { key, node } => bind(store, &key, node, cx),
        Request::Delete { key, uid, grace_seconds } => {
            let object = store.get(&key).ok_or_else(|| ApiError::not_found(&key))?;
            if uid.is_some_and(|uid| uid != object.uid()) {
                return Err(ApiError { reason: Reason::Conflict, message: format!("the UID of {key} is another one") });
            }
            Ok(delete(store, object.clone(), grace_seconds, cx))
        }
    }
}

fn create(store: &mut Store, mut object: Object, cx: &mut ApiContext<'_>) -> Result<Applied, ApiError> {
    let metadata = object.metadata_mut();
    if metadata.name.is_none()
        && let Some(prefix) = &metadata.generate_name
    {
        metadata.name = Some(format!("{prefix}{}", cx.random.name_suffix(prefix, 5)));
    }
    let key = object.key();
    admission::namespace_lifecycle(store, &key)?;
    if let Object::Pod(pod) = &mut object {
        let pod = Arc::make_mut(pod);
        admission::service_account(store, pod, cx.random)?;
        admission::priority(store, pod)?;
        admission::default_toleration_seconds(pod);
        pod.status = Some(PodStatus {
            phase: Some("Pending".to_owned()),
            qos_class: pod.spec.as_ref().map(|spec| QosClass::of(spec).name().to_owned()),
            conditions: gated_condition(pod, cx),
            ..PodStatus::default()
        });
    }
    if store.get(&key).is_some() {
        return Err(ApiError::already_exists(&key));
    }
    let metadata = object.metadata_mut();
    metadata.uid = Some(cx.random.uid(&key.to_string()));
    metadata.creation_timestamp = Some(cx.wall.time(cx.now));
    metadata.generation = has_generation(key.kind).then_some(1);
    metadata.deletion_timestamp = None;
    if let Object::Job(job) = &mut object {
        generate_selector(Arc::make_mut(job));
    }
    Ok(put(store, object, cx))
}

/// A Job selects its Pods by its own uid, unless the user selects (`pkg/registry/batch/job/strategy.go generateSelector`).
fn generate_selector(job: &mut Job) {
    let (name, uid) = (job.metadata.name.clone().unwrap_or_default(), job.metadata.uid.clone().unwrap_or_default());
    let Some(spec) = job.spec.as_mut().filter(|spec| spec.manual_selector != Some(true)) else { return };
    let labels = spec.template.metadata.get_or_insert_default().labels.get_or_insert_default();
    for prefix in ["", "batch.kubernetes.io/"] {
        labels.insert(format!("{prefix}controller-uid"), uid.clone());
        labels.insert(format!("{prefix}job-name"), name.clone());
    }
    let selector = spec.selector.get_or_insert_default().match_labels.get_or_insert_default();
    selector.insert("batch.kubernetes.io/controller-uid".to_owned(), uid);
}

/// A Pod with scheduling gates says so from the start (`pkg/registry/core/pod/strategy.go applySchedulingGatedCondition`).
fn gated_condition(pod: &Pod, cx: &ApiContext<'_>) -> Option<Vec<PodCondition>> {
    let gates = pod.spec.as_ref().and_then(|spec| spec.scheduling_gates.as_ref());
    gates.is_some_and(|gates| !gates.is_empty()).then(|| {
        vec![PodCondition {
            type_: "PodScheduled".to_owned(),
            status: "False".to_owned(),
            reason: Some("SchedulingGated".to_owned()),
            message: Some("Scheduling is blocked due to non-empty scheduling gates".to_owned()),
            last_transition_time: Some(cx.wall.time(cx.now)),
            ..PodCondition::default()
        }]
    })
}

fn update(store: &mut Store, mut object: Object, cx: &mut ApiContext<'_>) -> Result<Applied, ApiError> {
    let key = object.key();
    let before = store.get(&key).ok_or_else(|| ApiError::not_found(&key))?.clone();
    object.keep_status_of(&before);
    let is_other_spec = object.spec_differs(&before);
    let (old, new) = (before.metadata(), object.metadata_mut());
    new.uid.clone_from(&old.uid);
    new.creation_timestamp.clone_from(&old.creation_timestamp);
    new.deletion_timestamp.clone_from(&old.deletion_timestamp);
    new.deletion_grace_period_seconds = old.deletion_grace_period_seconds;
    new.generation = old.generation.map(|generation| generation + i64::from(is_other_spec));
    let is_released = new.deletion_timestamp.is_some()
        && new.finalizers.as_ref().is_none_or(Vec::is_empty)
        && new.deletion_grace_period_seconds.unwrap_or(0) == 0;
    if is_released {
        let change = store.remove(cx.now, object.clone());
        return Ok(Applied { object, change });
    }
    Ok(put(store, object, cx))
}

fn update_status(store: &mut Store, object: Object, cx: &mut ApiContext<'_>) -> Result<Applied, ApiError> {
    let key = object.key();
    let mut after = store.get(&key).ok_or_else(|| ApiError::not_found(&key))?.clone();
    after.keep_status_of(&object);
    Ok(put(store, after, cx))
}

fn bind(store: &mut Store, key: &ObjectKey, node: String, cx: &mut ApiContext<'_>) -> Result<Applied, ApiError> {
    let mut pod = Pod::clone(pod(store, key)?);
    if pod.metadata.deletion_timestamp.is_some() {
        let message = format!("pod {} is being deleted, cannot be assigned to a host", key.name);
        return Err(ApiError { reason: Reason::Conflict, message });
    }
    if let Some(labels) = store.node(&node).and_then(|node| node.metadata.labels.as_ref()) {
        for key in TOPOLOGY_LABELS {
            if let Some(value) = labels.get(key) {
                pod.metadata.labels.get_or_insert_default().insert(key.to_owned(), value.clone());
            }
        }
    }
    let spec = pod.spec.get_or_insert_default();
    if let Some(current) = spec.node_name.as_ref().filter(|name| !name.is_empty()) {
        let message = format!("pod {} is already assigned to node \"{current}\"", key.name);
        return Err(ApiError { reason: Reason::Conflict, message });
    }
    spec.node_name = Some(node);
    let status = pod.status.get_or_insert_default();
    let conditions = status.conditions.get_or_insert_default();
    conditions.retain(|condition| condition.type_ != "PodScheduled");
    conditions.push(PodCondition {
        type_: "PodScheduled".to_owned(),
        status: "True".to_owned(),
        last_transition_time: Some(cx.wall.time(cx.now)),
        ..PodCondition::default()
    });
    Ok(put(store, pod.into(), cx))
}

/// Deletes at once, or marks for graceful deletion (`rest.BeforeDelete`; `podStrategy.CheckGracefulDelete`).
fn delete(store: &mut Store, mut object: Object, grace_seconds: Option<i64>, cx: &mut ApiContext<'_>) -> Applied {
    let grace = if let Object::Pod(pod) = &object { pod_grace(pod, grace_seconds) } else { 0 };
    let has_finalizers = object.metadata().finalizers.as_ref().is_some_and(|finalizers| !finalizers.is_empty());
    if grace == 0 && !has_finalizers {
        if object.kind() == Kind::Pod {
            let metadata = object.metadata_mut();
            metadata.deletion_timestamp.get_or_insert_with(|| cx.wall.time(cx.now));
            metadata.deletion_grace_period_seconds = Some(0);
        }
        let change = store.remove(cx.now, object.clone());
        return Applied { object, change };
    }
    let metadata = object.metadata_mut();
    let is_sooner = metadata.deletion_grace_period_seconds.is_none_or(|pending| grace < pending);
    if metadata.deletion_timestamp.is_some() && !is_sooner {
        return Applied { object, change: None };
    }
    let span = SimDuration::from_secs(grace.unsigned_abs());
    metadata.deletion_timestamp = Some(cx.wall.time(cx.now + span));
    metadata.deletion_grace_period_seconds = Some(grace);
    metadata.generation = metadata.generation.map(|generation| generation + 1);
    put(store, object, cx)
}

/// A Pod that no kubelet has, or that is over, needs no grace.
fn pod_grace(pod: &Pod, asked: Option<i64>) -> i64 {
    let spec = pod.spec.as_ref();
    let is_assigned = spec.and_then(|spec| spec.node_name.as_deref()).is_some_and(|name| !name.is_empty());
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    let own = spec.and_then(|spec| spec.termination_grace_period_seconds).unwrap_or(30);
    let grace = asked.unwrap_or(own);
    match phase {
        Some("Succeeded" | "Failed") => 0,
        Some(_) | None if !is_assigned => 0,
        Some(_) | None if grace < 0 => 1,
        Some(_) | None => grace,
    }
}

fn pod<'a>(store: &'a Store, key: &ObjectKey) -> Result<&'a Arc<Pod>, ApiError> {
    store.pod(key.namespace.as_str(), key.name.as_str()).ok_or_else(|| ApiError::not_found(key))
}

fn put(store: &mut Store, object: Object, cx: &ApiContext<'_>) -> Applied {
    let change = store.put(cx.now, object.clone());
    let object = change.as_ref().and_then(|change| change.after.clone()).unwrap_or(object);
    Applied { object, change }
}

/// Kinds whose spec is counted by `metadata.generation`.
const fn has_generation(kind: Kind) -> bool {
    match kind {
        Kind::Pod
        | Kind::PodDisruptionBudget
        | Kind::ReplicationController
        | Kind::Deployment
        | Kind::ReplicaSet
        | Kind::StatefulSet
        | Kind::DaemonSet
        | Kind::Job
        | Kind::CronJob
        | Kind::EndpointSlice => true,
        Kind::Namespace
        | Kind::Node
        | Kind::Secret
        | Kind::ConfigMap
        | Kind::ServiceAccount
        | Kind::Service
        | Kind::Event
        | Kind::PersistentVolume
        | Kind::PersistentVolumeClaim
        | Kind::LimitRange
        | Kind::ResourceQuota
        | Kind::StorageClass
        | Kind::PriorityClass
        | Kind::RuntimeClass
        | Kind::ControllerRevision
        | Kind::Lease
        | Kind::CSINode
        | Kind::Unmodelled => false,
    }
}
