//! The API server: what a request does to the stored objects.
//!
//! Models `staging/src/k8s.io/apiserver/pkg/registry` (`rest.BeforeCreate`, `rest.BeforeDelete`, `store.Delete`) and the Pod's
//! strategy and bindings in `pkg/registry/core/pod`. Requests arrive decoded; what a new object leaves open is filled in, it is
//! admitted, its fields are validated, and it is admitted once more. Not modelled: optimistic locking.

use std::sync::Arc;

use podlapse_manifest::{
    Subresource, default_object, early_warnings, invalid, invalid_scale, is_counted, prepare_for_create, prepare_for_ephemeral,
    prepare_for_resize, prepare_for_update, prepare_metadata_with_status, prepare_status, update_warnings, validate_fields,
    validate_status_update, validate_update, warnings,
};
use podlapse_model::api::apps::v1::DaemonSet;
use podlapse_model::api::core::v1::{Pod, PodCondition};
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::{Kind, Metadata, Object, ObjectKey, SimDuration, SimTime, Uid};

use super::admission::Attributes;
use super::eviction::evict;
use super::{ApiError, Change, Propagation, Reason, Request, Store, admission, service_address};
use crate::kernel::{Random, WallClock};

/// What a Pod learns of its node's place when it is bound (`plugin/pkg/admission/podtopologylabels`).
const TOPOLOGY_LABELS: [&str; 2] = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"];

/// Holds an owner until what it owns has gone.
pub(crate) const FOREGROUND_FINALIZER: &str = "foregroundDeletion";
/// Holds an owner until what it owned is free of it.
pub(crate) const ORPHAN_FINALIZER: &str = "orphan";
/// How often a DaemonSet's template was changed, and once more.
pub(crate) const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// When and with what chance a request is carried out.
#[derive(Debug)]
pub struct ApiContext<'a> {
    /// When it is.
    pub now: SimTime,
    /// What the clock on the wall says then.
    pub wall: WallClock,
    /// For uids and generated names.
    pub random: &'a mut Random,
    /// What the API server warns of while it carries the request out.
    pub warnings: Vec<String>,
    /// Whether it only says what it would do.
    pub is_trial: bool,
}

/// A request that was carried out.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The object as it is now, or as it was when it left.
    pub object: Object,
    /// What changed; a request that changes nothing is answered all the same.
    pub change: Option<Change>,
    /// What was written before it: the quotas that count the object; the budget that its eviction costs, and its condition.
    pub charges: Vec<Change>,
}

/// Carries a request out.
///
/// # Errors
/// The API server's refusal; the store is then as it was.
pub fn apply(store: &mut Store, request: Request, cx: &mut ApiContext<'_>) -> Result<Applied, ApiError> {
    match request {
        Request::Create(object) => create(store, object, cx),
        Request::Update(object) => update(store, object, Subresource::None, cx),
        Request::Scale(object) => scale(store, object, cx),
        Request::Resize(object) => update(store, object, Subresource::Resize, cx),
        Request::Finalize(object) => update(store, object, Subresource::Finalize, cx),
        Request::UpdateEphemeralContainers(object) => update(store, object, Subresource::EphemeralContainers, cx),
        Request::DryRun(request) => {
            let was_trial = std::mem::replace(&mut cx.is_trial, true);
            let tried = apply(&mut store.clone(), *request, cx);
            cx.is_trial = was_trial;
            let applied = tried?;
            Ok(Applied { change: None, charges: Vec::new(), ..applied })
        }
        Request::UpdateStatus(object) => update_status(store, object, false, cx),
        Request::ReplaceStatus(object) => update_status(store, object, true, cx),
        Request::PatchPodStatus { key, uid, status } => {
            let pod = pod(store, &key)?;
            if pod.metadata.uid.as_deref() != Some(uid.as_str()) {
                return Err(ApiError::not_found(&key));
            }
            let pod = Pod { status: Some(*status), ..Pod::clone(pod) };
            Ok(put(store, pod.into(), cx))
        }
        Request::Bind { key, node } => bind(store, &key, node, cx),
        Request::Delete { key, uid, grace_seconds, propagation } => {
            let object = store.get(&key).ok_or_else(|| ApiError::not_found(&key))?;
            admission::immortal_namespace(&key)?;
            if uid.is_some_and(|uid| uid != object.uid()) {
                return Err(ApiError::new(Reason::Conflict, format!("the UID of {key} is another one")));
            }
            Ok(delete(store, object.clone(), grace_seconds, propagation, cx))
        }
        Request::Evict { key, grace_seconds } => {
            let mut done: Option<Applied> = None;
            for write in evict(store, &key, grace_seconds, cx)? {
                let before = done.take().into_iter().flat_map(|applied| applied.charges.into_iter().chain(applied.change));
                let before: Vec<Change> = before.collect();
                let applied = apply(store, write, cx)?;
                done = Some(Applied { charges: before.into_iter().chain(applied.charges).collect(), ..applied });
            }
            done.ok_or_else(|| ApiError::not_found(&key))
        }
    }
}

/// Kinds that only parts of the cluster write, which write them soundly.
const fn is_internal(kind: Kind) -> bool {
    matches!(kind, Kind::Event | Kind::Lease | Kind::EndpointSlice | Kind::ControllerRevision | Kind::CSINode)
}

fn create(store: &mut Store, mut object: Object, cx: &mut ApiContext<'_>) -> Result<Applied, ApiError> {
    default_object(&mut object);
    let mut key = object.key();
    if let (None, Some(prefix)) = (&object.metadata().name, object.metadata().generate_name.clone()) {
        key.name = prefix.as_str().into();
        admission::admit(store, &mut object, &key, cx)?;
        object.metadata_mut().name = Some(format!("{prefix}{}", cx.random.name_suffix(&prefix, 5)));
        key = object.key();
    } else {
        admission::admit(store, &mut object, &key, cx)?;
    }
    cx.warnings.extend(early_warnings(&object));
    let uid = Uid::from(cx.random.uid(&key.to_string()).as_str());
    prepare_for_create(&mut object, &uid, cx.wall.time(cx.now).0);
    if !is_internal(key.kind) {
        if let Some(refused) = service_address::refusal(store, &object, None, cx.is_trial) {
            return Err(refused);
        }
        if let Some(status) = invalid(&object, &validate_fields(&object)) {
            return Err(ApiError::invalid(status));
        }
        cx.warnings.extend(warnings(&object));
        service_address::allocate(store, &mut object, None, cx);
    }
    let charged =
        admission::validate(store, Attributes { key: &key, object: &object, old: None, through: Subresource::None }, cx)?;
    if store.get(&key).is_some() {
        return Err(ApiError::already_exists(&key));
    }
    let charges = charged.into_iter().filter_map(|quota| store.put(cx.now, quota)).collect();
    Ok(Applied { charges, ..put(store, object, cx) })
}

fn update(store: &mut Store, mut object: Object, through: Subresource, cx: &mut ApiContext<'_>) -> Result<Applied, ApiError> {
    let key = object.key();
    let before = store.get(&key).ok_or_else(|| ApiError::not_found(&key))?.clone();
    object.keep_status_of(&before);
    match through {
        Subresource::None => keep_finalizers(&mut object, &before),
        Subresource::Finalize => {}
        Subresource::Resize => {
            admission::admit_resize(store, &mut object);
            prepare_for_resize(&mut object, &before);
        }
        Subresource::EphemeralContainers => prepare_for_ephemeral(&mut object, &before),
    }
    if !is_internal(key.kind) {
        prepare_for_update(&mut object, &before);
        service_address::allocate(store, &mut object, Some(&before), cx);
        if let Some(refused) = service_address::refusal(store, &object, Some(&before), cx.is_trial) {
            return Err(refused);
        }
        if let Some(status) = invalid(&object, &validate_update(&object, &before, through)) {
            return Err(ApiError::invalid(status));
        }
    }
    let is_new_generation = is_new_generation(&object, &before);
    if !is_internal(key.kind) {
        cx.warnings = update_warnings(&object, &before, is_new_generation);
    }
    let charged = admission::validate(store, Attributes { key: &key, object: &object, old: Some(&before), through }, cx)?;
    let (old, new) = (before.metadata(), object.metadata_mut());
    new.uid.clone_from(&old.uid);
    new.creation_timestamp.clone_from(&old.creation_timestamp);
    new.deletion_timestamp.clone_from(&old.deletion_timestamp);
    new.deletion_grace_period_seconds = old.deletion_grace_period_seconds;
    new.generation = old.generation.map(|generation| generation + i64::from(is_new_generation));
    if let (Object::DaemonSet(old), Object::DaemonSet(new)) = (&before, &mut object) {
        count_template(old, Arc::make_mut(new));
    }
    if is_released(&object) {
        let change = store.remove(cx.now, object.clone());
        return Ok(Applied { object, change, charges: Vec::new() });
    }
    let charges = charged.into_iter().filter_map(|quota| store.put(cx.now, quota)).collect();
    Ok(Applied { charges, ..put(store, object, cx) })
}

/// Models `scaleUpdatedObjectInfo` of `pkg/registry/apps/deployment/storage` and its sisters.
fn scale(store: &mut Store, object: Object, cx: &mut ApiContext<'_>) -> Result<Applied, ApiError> {
    if let Some(status) = invalid_scale(&object) {
        return Err(ApiError::invalid(status));
    }
    let key = object.key();
    let before = store.get(&key).ok_or_else(|| ApiError::not_found(&key))?;
    let (own, stored) = (object.uid(), before.uid());
    if !own.as_str().is_empty() && own != stored {
        let why = format!("Precondition failed: UID in precondition: {own}, UID in object meta: {stored}");
        let refused = ApiError::conflict(&key, why);
        let message = refused.message.replacen(key.kind.resource(), &format!("{}/scale", key.kind.resource()), 1);
        return Err(ApiError { message, ..refused });
    }
    update(store, object, Subresource::None, cx)
}

/// Whether an update is one that controllers have to look at. What is noted at a Deployment is noted at its ReplicaSets too.
fn is_new_generation(new: &Object, old: &Object) -> bool {
    let notes = |object: &Object| object.metadata().annotations.clone().unwrap_or_default();
    let is_other_spec = new.spec_differs(old) || (is_counted(new) && new.part(&["spec"]) != old.part(&["spec"]));
    is_other_spec || (new.kind() == Kind::Deployment && notes(new) != notes(old))
}

/// Whether nothing holds an object any longer that is to be deleted (`ShouldDeleteDuringUpdate`).
fn is_released(object: &Object) -> bool {
    let metadata = object.metadata();
    metadata.deletion_timestamp.is_some()
        && metadata.finalizers.as_ref().is_none_or(Vec::is_empty)
        && metadata.deletion_grace_period_seconds.unwrap_or(0) == 0
        && !holds_namespace(object)
}

fn update_status(store: &mut Store, object: Object, is_whole: bool, cx: &mut ApiContext<'_>) -> Result<Applied, ApiError> {
    let key = object.key();
    let before = store.get(&key).ok_or_else(|| ApiError::not_found(&key))?;
    let mut after = before.clone();
    after.keep_status_of(&object);
    if is_whole {
        prepare_metadata_with_status(&mut after, object.metadata());
    }
    prepare_status(&mut after, before, cx.wall.time(cx.now).0);
    if let Some(status) = invalid(&after, &validate_status_update(&after, before)) {
        return Err(ApiError::invalid(status));
    }
    if is_whole && is_released(&after) {
        let change = store.remove(cx.now, after.clone());
        return Ok(Applied { object: after, change, charges: Vec::new() });
    }
    Ok(put(store, after, cx))
}

fn bind(store: &mut Store, key: &ObjectKey, node: String, cx: &mut ApiContext<'_>) -> Result<Applied, ApiError> {
    let mut pod = Pod::clone(pod(store, key)?);
    if pod.metadata.deletion_timestamp.is_some() {
        let message = format!("pod {} is being deleted, cannot be assigned to a host", key.name);
        return Err(ApiError::new(Reason::Conflict, message));
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
        return Err(ApiError::new(Reason::Conflict, message));
    }
    spec.node_name = Some(node);
    let status = pod.status.get_or_insert_default();
    // `ClearingNominatedNodeNameAfterBinding`
    status.nominated_node_name = None;
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

/// A DaemonSet counts its templates (`daemonSetStrategy.PrepareForUpdate`).
fn count_template(old: &DaemonSet, new: &mut DaemonSet) {
    let template = |set: &DaemonSet| set.spec.as_ref().map(|spec| spec.template.clone());
    let annotated = |set: &DaemonSet| set.annotation(TEMPLATE_GENERATION)?.parse::<i64>().ok();
    let generation = annotated(old).unwrap_or(1) + i64::from(template(old) != template(new));
    new.metadata.annotations.get_or_insert_default().insert(TEMPLATE_GENERATION.to_owned(), generation.to_string());
}

/// What holds a namespace changes through its subresource `finalize` alone (`namespaceStrategy.PrepareForUpdate`).
fn keep_finalizers(new: &mut Object, old: &Object) {
    if let (Object::Namespace(new), Object::Namespace(old)) = (new, old) {
        let finalizers = old.spec.as_ref().and_then(|spec| spec.finalizers.clone());
        Arc::make_mut(new).spec.get_or_insert_default().finalizers = finalizers;
    }
}

/// A namespace stays until its content has gone, which `spec.finalizers` says.
fn holds_namespace(object: &Object) -> bool {
    let Object::Namespace(namespace) = object else { return false };
    namespace.spec.as_ref().is_some_and(|spec| spec.finalizers.as_ref().is_some_and(|finalizers| !finalizers.is_empty()))
}

/// The finalizers that a propagation policy calls for (`deletionFinalizersForGarbageCollection`).
fn set_propagation(metadata: &mut ObjectMeta, propagation: Propagation) {
    let finalizers = metadata.finalizers.get_or_insert_default();
    finalizers.retain(|finalizer| finalizer != ORPHAN_FINALIZER && finalizer != FOREGROUND_FINALIZER);
    match propagation {
        Propagation::Background => {}
        Propagation::Foreground => finalizers.push(FOREGROUND_FINALIZER.to_owned()),
        Propagation::Orphan => finalizers.push(ORPHAN_FINALIZER.to_owned()),
    }
    metadata.finalizers = metadata.finalizers.take().filter(|finalizers| !finalizers.is_empty());
}

/// An object leaves. A Pod, which has a grace, is written once more with a grace of nothing (`updateForGracefulDeletionAndFinalizers`).
fn leave(store: &mut Store, object: Object, cx: &ApiContext<'_>) -> Applied {
    let last = if object.kind() == Kind::Pod { store.put(cx.now, object.clone()) } else { None };
    let object = last.as_ref().and_then(|change| change.after.clone()).unwrap_or(object);
    let change = store.remove(cx.now, object.clone());
    Applied { object, change, charges: last.into_iter().collect() }
}

/// Deletes at once, or marks for graceful deletion (`rest.BeforeDelete`; `podStrategy.CheckGracefulDelete`).
fn delete(
    store: &mut Store,
    mut object: Object,
    grace_seconds: Option<i64>,
    propagation: Propagation,
    cx: &mut ApiContext<'_>,
) -> Applied {
    let grace_seconds = grace_seconds.map(not_negative);
    let pending = object.metadata().deletion_grace_period_seconds.filter(|_| object.metadata().deletion_timestamp.is_some());
    if let Some(pending) = pending.map(not_negative).filter(|pending| *pending > 0) {
        // A deletion that is under way can only be made shorter.
        let Some(grace) = grace_seconds.filter(|grace| *grace < pending) else {
            return Applied { object, change: None, charges: Vec::new() };
        };
        let metadata = object.metadata_mut();
        let since = metadata.deletion_timestamp.as_ref().map_or(cx.now, |at| cx.wall.sim_time(at));
        let sooner = since - SimDuration::from_secs(pending.abs_diff(grace));
        // It never ends in the past: of a grace that is over, the least is left that is still graceful.
        let grace = if sooner < cx.now { grace.min(1) } else { grace };
        metadata.deletion_timestamp = Some(cx.wall.time(sooner.max(cx.now)));
        metadata.deletion_grace_period_seconds = Some(grace);
        let stays = grace > 0 || has_finalizers(&object);
        return if stays { put(store, object, cx) } else { leave(store, object, cx) };
    }
    let is_first = object.metadata().deletion_timestamp.is_none();
    let grace = if let Object::Pod(pod) = &object { pod_grace(pod, grace_seconds) } else { 0 };
    set_propagation(object.metadata_mut(), propagation);
    if grace == 0 && !has_finalizers(&object) && !holds_namespace(&object) {
        if object.kind() == Kind::Pod && is_first {
            let metadata = object.metadata_mut();
            metadata.deletion_timestamp = Some(cx.wall.time(cx.now));
            metadata.deletion_grace_period_seconds = Some(0);
            metadata.generation = metadata.generation.map(|generation| generation + 1);
        }
        return leave(store, object, cx);
    }
    if is_first {
        let metadata = object.metadata_mut();
        let span = SimDuration::from_secs(grace.unsigned_abs());
        metadata.deletion_timestamp = Some(cx.wall.time(cx.now + span));
        metadata.deletion_grace_period_seconds = Some(grace);
        metadata.generation = metadata.generation.map(|generation| generation + 1);
    }
    if let Object::Namespace(namespace) = &mut object {
        Arc::make_mut(namespace).status.get_or_insert_default().phase = Some("Terminating".to_owned());
    }
    put(store, object, cx)
}

fn has_finalizers(object: &Object) -> bool {
    object.metadata().finalizers.as_ref().is_some_and(|finalizers| !finalizers.is_empty())
}

/// A Pod that no kubelet has, or that is over, needs no grace.
fn pod_grace(pod: &Pod, asked: Option<i64>) -> i64 {
    let spec = pod.spec.as_ref();
    let is_assigned = spec.and_then(|spec| spec.node_name.as_deref()).is_some_and(|name| !name.is_empty());
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    let own = spec.and_then(|spec| spec.termination_grace_period_seconds).unwrap_or(30);
    match phase {
        Some("Succeeded" | "Failed") => 0,
        Some(_) | None if !is_assigned => 0,
        Some(_) | None => asked.unwrap_or_else(|| not_negative(own)),
    }
}

/// A negative grace counts as a second.
fn not_negative(grace: i64) -> i64 {
    if grace < 0 { 1 } else { grace }
}

fn pod<'a>(store: &'a Store, key: &ObjectKey) -> Result<&'a Arc<Pod>, ApiError> {
    store.pod(key.namespace.as_str(), key.name.as_str()).ok_or_else(|| ApiError::not_found(key))
}

fn put(store: &mut Store, object: Object, cx: &ApiContext<'_>) -> Applied {
    let change = store.put(cx.now, object.clone());
    let object = change.as_ref().and_then(|change| change.after.clone()).unwrap_or(object);
    Applied { object, change, charges: Vec::new() }
}
