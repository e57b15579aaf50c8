//! The part of an object that `--subresource` names, for the verbs that change objects.

use podlapse_core::store::{ApiError, Reason, Request};
use podlapse_manifest::default_object;
use podlapse_model::{Kind, Metadata, Object};

use super::batch::Plan;
use super::flags::Arguments;

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
            let message = "the server could not find the requested resource".to_owned();
            plan.report.refused(&ApiError::new(Reason::NotFound, message));
        }
        is_served
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

    /// Asks for a changed part; `title` is what kubectl calls the answer, where it is not the object.
    pub(super) fn change(self, mut object: Object, title: Option<String>, done: &str, plan: &mut Plan) {
        let request: fn(Object) -> Request = match self {
            Part::Whole | Part::Unknown => return plan.update(object, done),
            Part::Scale => return plan.through(Request::Update(object), title, done),
            Part::Status => Request::UpdateStatus,
            Part::Resize => Request::Resize,
            Part::EphemeralContainers => Request::UpdateEphemeralContainers,
        };
        if self != Part::Status {
            default_object(&mut object);
        }
        plan.through(request(object), title, done);
    }
}
