//! What goes with its owners.
//!
//! Models `pkg/controller/garbagecollector/garbagecollector.go` `attemptToDeleteItem`, `processDeletingDependentsItem` and
//! `orphanDependents` (v1.36). Not modelled: circles of owners, references to objects of another namespace. The Pods of a Job that has
//! gone are released here, which in a real cluster the Job controller does (`syncOrphanPod`).

use podlapse_model::apimachinery::pkg::apis::meta::v1::OwnerReference;
use podlapse_model::{Kind, Metadata, Object, ObjectKey, Uid};

use super::job::TRACKING_FINALIZER;
use super::{Plan, View};
use crate::store::{FOREGROUND_FINALIZER, ORPHAN_FINALIZER, Propagation, Request};

/// Deletes what an object that has gone leaves behind; where other owners are left only the reference is taken out.
pub(crate) fn collect(gone: &Uid, view: View<'_>) -> Plan {
    let mut plan = Plan::default();
    for (key, object) in dependents(gone, view) {
        attempt_to_delete(key, object, view, &mut plan);
    }
    plan
}

/// Lets an object go that waits for what it owns: once that has gone, or once it is nobody's.
pub(crate) fn dependents_of(owner: &ObjectKey, view: View<'_>) -> Plan {
    let mut plan = Plan::default();
    let Some(object) = view.store.get(owner).filter(|object| object.metadata().deletion_timestamp.is_some()) else { return plan };
    let uid = object.uid();
    if has_finalizer(object, ORPHAN_FINALIZER) {
        for (_, dependent) in dependents(&uid, view) {
            let free = without_owners(dependent, |owner| owner.uid == uid.as_str());
            let is_of_job = object.kind() == Kind::Job && dependent.kind() == Kind::Pod;
            plan.send(Request::Update(if is_of_job { without_finalizer(&free, TRACKING_FINALIZER) } else { free }));
        }
        plan.send(Request::Update(without_finalizer(object, ORPHAN_FINALIZER)));
        return plan;
    }
    if !has_finalizer(object, FOREGROUND_FINALIZER) {
        return plan;
    }
    let blocks = |owner: &OwnerReference| owner.uid == uid.as_str() && owner.block_owner_deletion == Some(true);
    let mut is_blocked = false;
    for (key, dependent) in dependents(&uid, view) {
        is_blocked |= dependent.metadata().owner_references.iter().flatten().any(blocks);
        attempt_to_delete(key, dependent, view, &mut plan);
    }
    if !is_blocked {
        plan.send(Request::Update(without_finalizer(object, FOREGROUND_FINALIZER)));
    }
    plan
}

fn attempt_to_delete(key: &ObjectKey, object: &Object, view: View<'_>, plan: &mut Plan) {
    let owner_of = |reference: &OwnerReference| {
        view.store
            .iter()
            .map(|(_, object)| object)
            .find(|object| object.metadata().uid.as_deref() == Some(reference.uid.as_str()))
    };
    let is_going = |owner: &Object| owner.metadata().deletion_timestamp.is_some() && has_finalizer(owner, FOREGROUND_FINALIZER);
    let is_solid = |reference: &OwnerReference| owner_of(reference).is_some_and(|owner| !is_going(owner));
    let references = object.metadata().owner_references.as_deref().unwrap_or_default();
    if references.iter().any(is_solid) {
        plan.send(Request::Update(without_owners(object, |reference| !is_solid(reference))));
        return;
    }
    let is_tracked = has_finalizer(object, TRACKING_FINALIZER);
    if key.kind == Kind::Pod && is_tracked && references.iter().any(|reference| owner_of(reference).is_none()) {
        plan.send(Request::Update(without_finalizer(object, TRACKING_FINALIZER)));
    }
    if object.metadata().deletion_timestamp.is_some() {
        return;
    }
    let uid = object.uid();
    let is_waited_for = references.iter().any(|reference| owner_of(reference).is_some_and(is_going));
    let propagation = if is_waited_for && dependents(&uid, view).next().is_some() {
        Propagation::Foreground
    } else if has_finalizer(object, ORPHAN_FINALIZER) {
        Propagation::Orphan
    } else if has_finalizer(object, FOREGROUND_FINALIZER) {
        Propagation::Foreground
    } else {
        Propagation::Background
    };
    plan.send(Request::Delete { key: key.clone(), uid: Some(uid), grace_seconds: None, propagation });
}

fn dependents<'a>(owner: &'a Uid, view: View<'a>) -> impl Iterator<Item = (&'a ObjectKey, &'a Object)> {
    let is_owned = move |object: &Object| {
        let owners = object.metadata().owner_references.as_deref().unwrap_or_default();
        owners.iter().any(|reference| reference.uid == owner.as_str())
    };
    view.store.iter().filter(move |(_, object)| is_owned(object))
}

fn has_finalizer(object: &Object, name: &str) -> bool {
    object.metadata().finalizers.iter().flatten().any(|finalizer| finalizer == name)
}

fn without_finalizer(object: &Object, name: &str) -> Object {
    let mut object = object.clone();
    object.metadata_mut().finalizers.get_or_insert_default().retain(|finalizer| finalizer != name);
    object
}

fn without_owners(object: &Object, is_out: impl Fn(&OwnerReference) -> bool) -> Object {
    let mut object = object.clone();
    object.metadata_mut().owner_references.get_or_insert_default().retain(|reference| !is_out(reference));
    object
}
