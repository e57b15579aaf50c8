//! What can be asked of the API server, and how it refuses.

use std::fmt;
use std::sync::Arc;

use podlapse_manifest::Status;
use podlapse_model::api::core::v1::PodStatus;
use podlapse_model::{Kind, Object, ObjectKey, Uid};

/// A request to the API server. Objects arrive decoded, defaulted and validated; admission happens in the store.
#[derive(Clone, Debug)]
pub enum Request {
    /// Stores a new object.
    Create(Object),
    /// Replaces all of an object but its status.
    Update(Object),
    /// Replaces what a Pod asks for, through its subresource `resize`.
    Resize(Object),
    /// Replaces how many Pods an object wants, through its subresource `scale`: the object is as it is to be.
    Scale(Object),
    /// Replaces a Pod's ephemeral containers, through its subresource `ephemeralcontainers`.
    UpdateEphemeralContainers(Object),
    /// Replaces what holds a Namespace, through its subresource `finalize`.
    Finalize(Object),
    /// Replaces an object's status, as a component does that has an older version of the rest.
    UpdateStatus(Object),
    /// Replaces an object's status through its subresource `status`, and of its metadata what comes through there too.
    ReplaceStatus(Object),
    /// Does as if, and leaves nothing behind.
    DryRun(Box<Request>),
    /// The kubelet's patch of a Pod's status.
    PatchPodStatus {
        /// Which Pod.
        key: ObjectKey,
        /// The Pod that the status belongs to; another one of that name is left alone.
        uid: Uid,
        /// The whole new status.
        status: Box<PodStatus>,
    },
    /// Assigns a Pod to a node.
    Bind {
        /// Which Pod.
        key: ObjectKey,
        /// The node's name.
        node: String,
    },
    /// Deletes an object.
    Delete {
        /// Which.
        key: ObjectKey,
        /// Only if it is still this one.
        uid: Option<Uid>,
        /// Seconds of grace; `None`: the object's own.
        grace_seconds: Option<i64>,
        /// What becomes of the objects that it owns.
        propagation: Propagation,
    },
    /// Deletes a Pod if the disruption budgets that cover it allow that (the `eviction` subresource).
    Evict {
        /// Which Pod.
        key: ObjectKey,
        /// Seconds of grace; `None`: the Pod's own.
        grace_seconds: Option<i64>,
    },
}

/// What becomes of the objects that a deleted object owns (`propagationPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Propagation {
    /// They are deleted after it.
    #[default]
    Background,
    /// They are deleted before it.
    Foreground,
    /// They stay, without an owner.
    Orphan,
}

impl Request {
    /// The deletion that a controller asks for: of this very object, with its own grace, and in the background.
    ///
    /// ```
    /// use podlapse_core::store::{Propagation, Request};
    /// use podlapse_model::{Kind, ObjectKey};
    /// let request = Request::delete(ObjectKey::new(Kind::Pod, "default", "web"), "1".into());
    /// assert!(matches!(request, Request::Delete { propagation: Propagation::Background, .. }));
    /// ```
    pub fn delete(key: ObjectKey, uid: Uid) -> Self {
        Request::Delete { key, uid: Some(uid), grace_seconds: None, propagation: Propagation::Background }
    }

    /// Deletes an object without any grace, whichever object of that name it is where no uid is given.
    pub fn delete_now(key: ObjectKey, uid: Option<Uid>) -> Self {
        Request::Delete { key, uid, grace_seconds: Some(0), propagation: Propagation::Background }
    }
}

/// Why the API server refuses, as `status.reason` spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is no such object.
    NotFound,
    /// There already is such an object.
    AlreadyExists,
    /// The object changed, or is another one.
    Conflict,
    /// Admission forbids it.
    Forbidden,
    /// A field is wrong.
    Invalid,
    /// The request makes no sense.
    BadRequest,
    /// It cannot be granted now.
    TooManyRequests,
    /// The API server does not know how to go on.
    InternalError,
}

impl Reason {
    /// The word in `Error from server (WORD)`.
    pub const fn word(self) -> &'static str {
        match self {
            Reason::NotFound => "NotFound",
            Reason::AlreadyExists => "AlreadyExists",
            Reason::Conflict => "Conflict",
            Reason::Forbidden => "Forbidden",
            Reason::Invalid => "Invalid",
            Reason::BadRequest => "BadRequest",
            Reason::TooManyRequests => "TooManyRequests",
            Reason::InternalError => "InternalError",
        }
    }
}

/// A refusal of the API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The class.
    pub reason: Reason,
    /// The text, as in `pods "web" not found`.
    pub message: String,
    /// What is wrong with each field, where that is the reason.
    pub invalid: Option<Arc<Status>>,
}

impl ApiError {
    /// A refusal in the server's words.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        ApiError { reason, message: message.into(), invalid: None }
    }

    /// Fields that validation rejects.
    pub fn invalid(status: Status) -> Self {
        ApiError { reason: Reason::Invalid, message: status.message.clone(), invalid: Some(Arc::new(status)) }
    }

    /// `pods "web" not found`.
    ///
    /// ```
    /// use podlapse_core::store::ApiError;
    /// use podlapse_model::{Kind, ObjectKey};
    /// let error = ApiError::not_found(&ObjectKey::new(Kind::Pod, "default", "web"));
    /// assert_eq!(error.to_string(), "pods \"web\" not found");
    /// ```
    pub fn not_found(key: &ObjectKey) -> Self {
        ApiError::new(Reason::NotFound, format!("{} not found", qualified(key)))
    }

    /// `pods "web" already exists`.
    pub fn already_exists(key: &ObjectKey) -> Self {
        ApiError::new(Reason::AlreadyExists, format!("{} already exists", qualified(key)))
    }

    /// `Operation cannot be fulfilled on pods "web": ...`.
    ///
    /// ```
    /// use podlapse_core::store::{ApiError, Reason};
    /// use podlapse_model::{Kind, ObjectKey};
    /// let error = ApiError::conflict(&ObjectKey::new(Kind::Deployment, "default", "web"), ApiError::MODIFIED);
    /// assert!(error.reason == Reason::Conflict && error.message.starts_with("Operation cannot be fulfilled on deployments.apps \"web\": the"));
    /// ```
    pub fn conflict(key: &ObjectKey, why: impl fmt::Display) -> Self {
        ApiError::new(Reason::Conflict, format!("Operation cannot be fulfilled on {}: {why}", qualified(key)))
    }

    /// What is wrong with a change of an older version of the object.
    pub const MODIFIED: &str = "the object has been modified; please apply your changes to the latest version and try again";

    /// Whether nothing can be created because the namespace is on its way out (`NamespaceTerminatingCause`).
    pub(crate) fn is_of_terminating_namespace(&self) -> bool {
        self.reason == Reason::Forbidden && self.message.ends_with("because it is being terminated")
    }

    /// `pods "web" is forbidden: ...`.
    pub fn forbidden(key: &ObjectKey, why: impl fmt::Display) -> Self {
        ApiError::new(Reason::Forbidden, format!("{} is forbidden: {why}", qualified(key)))
    }
}

/// The resource with its group and the name, as in `deployments.apps "web"`.
fn qualified(key: &ObjectKey) -> String {
    match (key.kind.group(), key.name.as_str().split_once('/')) {
        // The name of what is not modelled begins with its resource.
        (_, Some((resource, name))) if key.kind == Kind::Unmodelled => format!("{resource} \"{name}\""),
        ("", _) => format!("{} \"{}\"", key.kind.resource(), key.name),
        (group, _) => format!("{}.{group} \"{}\"", key.kind.resource(), key.name),
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}
