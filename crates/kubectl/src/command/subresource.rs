//! The part of an object that `--subresource` names, for the verbs that change objects.

use podlapse_core::store::{ApiError, Reason, Request};
use podlapse_manifest::{default_object, kept};
use podlapse_model::{Kind, Metadata, Object};
use serde_json::{Map, Value, json};

use super::batch::Plan;
use super::flags::Arguments;
use crate::printers::selector_text;

/// A part of an object with an address of its own in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    Status,
    Scale,
    Resize,
    EphemeralContainers,
    /// One that no kind has.
    Unknown,
}

/// Where the few kinds are kept whose place is older than their names.
const OLD_FOLDERS: &[(Kind, &str)] =
    &[(Kind::Node, "minions"), (Kind::Service, "services/specs"), (Kind::ReplicationController, "controllers")];

impl Part {
    pub(super) fn of(arguments: &Arguments) -> Part {
        match arguments.get("subresource") {
            None | Some("") => Part::Whole,
            Some("status") => Part::Status,
            Some("scale") => Part::Scale,
            Some("resize") => Part::Resize,
            Some("ephemeralcontainers") => Part::EphemeralContainers,
            Some(_) => Part::Unknown,
        }
    }

    /// Whether the object, as it is stored, has such a part.
    pub(super) fn is_served(self, object: &Object) -> bool {
        let kind = object.kind();
        match self {
            Part::Whole => true,
            Part::Status => object.part(&["status"]).is_some(),
            Part::Scale => matches!(kind, Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet | Kind::ReplicationController),
            Part::Resize | Part::EphemeralContainers => kind == Kind::Pod,
            Part::Unknown => false,
        }
    }

    /// Whether the object, as it is stored, has such a part; else the API server's answer is kept.
    pub(super) fn is_found(self, object: &Object, plan: &mut Plan) -> bool {
        let is_served = self.is_served(object);
        if !is_served {
            plan.report.refused(&Part::no_resource());
        }
        is_served
    }

    /// The API server's answer to a request for a part that a kind does not have.
    pub(super) fn no_resource() -> ApiError {
        ApiError::new(Reason::NotFound, "the server could not find the requested resource")
    }

    /// Whether a change is one of the object as it is stored; else the API server's answer.
    pub(super) fn conflict(object: &Object, live: &Object) -> Option<ApiError> {
        let (own, stored) = (&object.metadata().resource_version, &live.metadata().resource_version);
        let is_older = own.as_ref().is_some_and(|own| !own.is_empty()) && own != stored;
        is_older.then(|| ApiError::conflict(&live.key(), ApiError::MODIFIED))
    }

    /// As [`Part::conflict`], of an object that is replaced, which looks at the uid first.
    pub(super) fn other(object: &Object, live: &Object) -> Option<ApiError> {
        let (own, stored) = (object.uid(), live.uid());
        if own.as_str().is_empty() || own == stored {
            return Part::conflict(object, live);
        }
        let key = live.key();
        let folder = OLD_FOLDERS.iter().find(|(kind, _)| *kind == key.kind).map_or(key.kind.resource(), |(_, folder)| folder);
        let namespace = if key.namespace.as_str().is_empty() { String::new() } else { format!("{}/", key.namespace) };
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: /registry/{folder}/{namespace}{}, ResourceVersion: 0, AdditionalErrorMsg: \
             Precondition failed: UID in precondition: {own}, UID in object meta: {stored}",
            key.name
        );
        Some(ApiError::conflict(&key, why))
    }

    /// Asks for a changed part.
    pub(super) fn change(self, mut object: Object, done: &str, plan: &mut Plan) {
        let request: fn(Object) -> Request = match self {
            Part::Whole | Part::Unknown => return plan.update(object, done),
            Part::Scale => return plan.through(Request::Scale(object), scale_of, done),
            Part::Status => Request::ReplaceStatus,
            Part::Resize => Request::Resize,
            Part::EphemeralContainers => Request::UpdateEphemeralContainers,
        };
        object = kept(object);
        if self != Part::Status {
            default_object(&mut object);
        }
        plan.through(request(object), Object::clone, done);
    }
}

/// The scale of an object, which is an object of its own (`scaleFromDeployment` of `pkg/registry/apps/deployment/storage`).
pub(super) fn scale_of(object: &Object) -> Object {
    let whole = object.to_json();
    let kept = |field: &&str| whole["metadata"].get(*field).is_some();
    let metadata = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"].into_iter().filter(kept);
    let metadata: Map<String, Value> = metadata.map(|field| (field.to_owned(), whole["metadata"][field].clone())).collect();
    let count = |part: &str, none: i64| whole.pointer(part).and_then(Value::as_i64).unwrap_or(none);
    let (wanted, selector) = (count("/spec/replicas", 1), whole.pointer("/spec/selector").cloned().unwrap_or_default());
    let selector = if object.kind() == Kind::ReplicationController { json!({"matchLabels": selector}) } else { selector };
    let selector = selector_text(selector);
    let mut scale = json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": {},
        "status": {"replicas": count("/status/replicas", 0)},
    });
    if wanted != 0 {
        scale["spec"]["replicas"] = wanted.into();
    }
    if !selector.is_empty() {
        scale["status"]["selector"] = selector.into();
    }
    Object::from_json(Kind::Unmodelled, scale).expect("its metadata are those of an object")
}
