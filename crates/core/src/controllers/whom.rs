//! Whom a change concerns: the event handlers with which each controller fills its work queue.
//!
//! Models the `add`, `update` and `delete` handlers of `pkg/controller` (v1.36).

use podlapse_model::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta, OwnerReference};
use podlapse_model::{Kind, Labels, Metadata, Object, ObjectKey, Selector, Uid};

use super::component_of;
use super::daemonset::cares;
use super::owned::controller_of;
use crate::store::{Change, FOREGROUND_FINALIZER, ORPHAN_FINALIZER, Store, budgets_of};

/// The objects whose controllers look again after a change of another one.
pub(crate) fn concerned(change: &Change, store: &Store) -> Vec<ObjectKey> {
    let mut keys = owners(change);
    if change.key.kind == Kind::Node {
        keys.extend(daemon_sets(change, store));
    }
    if let Object::ReplicaSet(set) = change.object()
        && controller_of(&set.metadata).is_none()
    {
        keys.extend(selecting(&[Kind::Deployment], &set.metadata, store));
    }
    if let Object::Pod(pod) = change.object() {
        if controller_of(&pod.metadata).is_none() {
            let kinds = [Kind::ReplicaSet, Kind::StatefulSet, Kind::DaemonSet, Kind::ReplicationController];
            keys.extend(selecting(&kinds, &pod.metadata, store));
        }
        keys.extend(budgets_of(store, pod).into_iter().map(|budget| Object::PodDisruptionBudget(budget).key()));
        keys.extend(selecting(&[Kind::Service], &pod.metadata, store));
    }
    keys
}

/// The controllers of an object before and after its change.
fn owners(change: &Change) -> Vec<ObjectKey> {
    let mut owners = Vec::new();
    for object in change.before.iter().chain(&change.after) {
        let metadata = object.metadata();
        let Some(owner) = controller_of(metadata) else { continue };
        let kind = Kind::MODELLED.iter().find(|kind| component_of(**kind).is_some() && kind.name() == owner.kind);
        let Some(kind) = kind else { continue };
        let key = ObjectKey::new(*kind, metadata.namespace(), &owner.name);
        if !owners.contains(&key) {
            owners.push(key);
        }
    }
    owners
}

/// The DaemonSets to which a node is something else than before.
fn daemon_sets(change: &Change, store: &Store) -> Vec<ObjectKey> {
    let node = |object: &Option<Object>| if let Some(Object::Node(node)) = object { Some(node.clone()) } else { None };
    let (before, after) = (node(&change.before), node(&change.after));
    let cares = |object: &&Object| {
        if let Object::DaemonSet(set) = object { cares(set, before.as_deref(), after.as_deref()) } else { false }
    };
    store.list(Kind::DaemonSet).filter(cares).map(Object::key).collect()
}

/// The objects that could take one in which nobody controls.
fn selecting(kinds: &[Kind], orphan: &ObjectMeta, store: &Store) -> Vec<ObjectKey> {
    let no_labels = Labels::new();
    let labels = orphan.labels.as_ref().unwrap_or(&no_labels);
    let selects = |object: &&Object| {
        let by_labels = if let Object::ReplicationController(set) = object {
            set.spec.as_ref().and_then(|spec| spec.selector.as_ref())
        } else if let Object::Service(service) = object {
            service.spec.as_ref().and_then(|spec| spec.selector.as_ref())
        } else {
            None
        };
        let selector = match by_labels.filter(|labels| !labels.is_empty()) {
            Some(labels) => Selector::of_set(labels),
            None => Selector::of_label_selector(selector_of(object)).unwrap_or(Selector::nothing()),
        };
        object.metadata().namespace == orphan.namespace && selector.matches(labels)
    };
    kinds.iter().flat_map(|kind| store.list(*kind)).filter(selects).map(Object::key).collect()
}

fn selector_of(object: &Object) -> Option<&LabelSelector> {
    if let Object::ReplicaSet(set) = object {
        set.spec.as_ref().map(|spec| &spec.selector)
    } else if let Object::Deployment(deployment) = object {
        deployment.spec.as_ref().map(|spec| &spec.selector)
    } else if let Object::StatefulSet(set) = object {
        set.spec.as_ref().map(|spec| &spec.selector)
    } else if let Object::DaemonSet(set) = object {
        set.spec.as_ref().map(|spec| &spec.selector)
    } else {
        None
    }
}

/// The namespace that may lack something that every namespace has.
pub(crate) fn unsupplied(change: &Change) -> Option<ObjectKey> {
    let key = &change.key;
    let is_new = change.before.is_none() && key.kind == Kind::Namespace;
    let is_supply = (key.kind == Kind::ServiceAccount && key.name.as_str() == "default")
        || (key.kind == Kind::ConfigMap && key.name.as_str() == "kube-root-ca.crt");
    if is_new {
        Some(key.clone())
    } else if is_supply && change.after.is_none() {
        Some(ObjectKey::new(Kind::Namespace, "", key.namespace.as_str()))
    } else {
        None
    }
}

/// The owners that have gone, of which the object tells.
pub(crate) fn lost_owners(change: &Change, store: &Store) -> Vec<Uid> {
    let is_owned_by =
        |object: &Object, uid: &str| object.metadata().owner_references.iter().flatten().any(|owner| owner.uid == uid);
    match (&change.before, &change.after) {
        (_, None) => {
            let uid = change.object().uid();
            let is_missed = store.iter().any(|(_, object)| is_owned_by(object, uid.as_str()));
            is_missed.then_some(uid).into_iter().collect()
        }
        // Whoever comes after its owner has gone is found as well.
        (None, Some(object)) => {
            let owners = object.metadata().owner_references.iter().flatten();
            let namespace = object.namespace();
            owners.filter(|owner| !is_there(owner, namespace, store)).map(|owner| owner.uid.as_str().into()).collect()
        }
        (Some(_), Some(_)) => Vec::new(),
    }
}

/// Whether an owner exists. It is looked for by its name first, as there may be many thousands of objects.
fn is_there(owner: &OwnerReference, namespace: &str, store: &Store) -> bool {
    let is_it = |object: &Object| object.metadata().uid.as_deref() == Some(&owner.uid);
    let kinds = Kind::MODELLED.iter().filter(|kind| kind.name() == owner.kind);
    let mut keys = kinds.flat_map(|kind| [namespace, ""].map(|namespace| ObjectKey::new(*kind, namespace, &owner.name)));
    keys.any(|key| store.get(&key).is_some_and(is_it)) || store.iter().any(|(_, object)| is_it(object))
}

/// The objects that wait for what they own before they go, and may not have to any more.
pub(crate) fn waiting_owners(change: &Change, store: &Store) -> Vec<ObjectKey> {
    let waits = |object: &Object| {
        let metadata = object.metadata();
        let is_ours = |finalizer: &String| finalizer == FOREGROUND_FINALIZER || finalizer == ORPHAN_FINALIZER;
        metadata.deletion_timestamp.is_some() && metadata.finalizers.iter().flatten().any(is_ours)
    };
    let owners = |object: &Option<Object>| -> Vec<String> {
        let owners = object.iter().flat_map(|object| object.metadata().owner_references.iter().flatten());
        owners.map(|owner| owner.uid.clone()).collect()
    };
    let kept = owners(&change.after);
    let mut uids = owners(&change.before);
    uids.retain(|uid| !kept.contains(uid));
    let owns = |object: &Object| object.metadata().uid.as_deref().is_some_and(|uid| uids.iter().any(|own| own == uid));
    let is_it = |key: &ObjectKey| change.after.is_some() && *key == change.key;
    if uids.is_empty() && !change.after.as_ref().is_some_and(waits) {
        return Vec::new();
    }
    let concerned = store.iter().filter(|(key, object)| waits(object) && (is_it(key) || owns(object)));
    concerned.map(|(key, _)| key.clone()).collect()
}
