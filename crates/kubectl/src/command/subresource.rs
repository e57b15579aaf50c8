//! The part of an object that `--subresource` names, for the verbs that change objects.

use podlapse_core::store::{ApiError, Reason, Request};
use podlapse_manifest::default_object;
use podlapse_model::{Kind, Object};

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

    fn is_served(self, object: &Object) -> bool {
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
