//! What goes with its owners.
//!
//! Models `pkg/controller/garbagecollector/garbagecollector.go` `attemptToDeleteItem` for background deletion (v1.36). Not modelled:
//! foreground deletion and orphaning, which no request can ask for. The Pods of a Job that has gone are released here, which in a
//! real cluster the Job controller does (`syncOrphanPod`).

use podlapse_model::{Kind, Object, Uid};

use super::job::TRACKING_FINALIZER;
use super::{Plan, View};
use crate::store::Request;

/// Deletes the objects of which the last owner has gone; where others are left only the reference is taken out.
pub(crate) fn collect(gone: &Uid, view: View<'_>) -> Plan {
    let mut plan = Plan::default();
    let is_there = |uid: &str| view.store.iter().any(|(_, object)| object.metadata().uid.as_deref() == Some(uid));
    for (key, object) in view.store.iter() {
        let owners = object.metadata().owner_references.as_deref().unwrap_or_default();
        if !owners.iter().any(|owner| owner.uid == gone.as_str()) {
            continue;
        }
        if owners.iter().any(|owner| is_there(&owner.uid)) {
            let mut object: Object = object.clone();
            object.metadata_mut().owner_references.get_or_insert_default().retain(|owner| owner.uid != gone.as_str());
            plan.send(Request::Update(object));
            continue;
        }
        let is_tracked = object.metadata().finalizers.iter().flatten().any(|finalizer| finalizer == TRACKING_FINALIZER);
        if key.kind == Kind::Pod && is_tracked {
            let mut released: Object = object.clone();
            released.metadata_mut().finalizers.get_or_insert_default().retain(|finalizer| finalizer != TRACKING_FINALIZER);
            plan.send(Request::Update(released));
        }
        if object.metadata().deletion_timestamp.is_none() {
            plan.send(Request::Delete { key: key.clone(), uid: Some(object.uid()), grace_seconds: None });
        }
    }
    plan
}
