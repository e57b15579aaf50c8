//! What the API server finds wrong with an object, field by field.
//!
//! Each module models the validation of one part, in the order in which the server reports it. Where upstream walks a Go map
//! (labels, requests), its order is random; here it is alphabetical.

mod annotations;
mod container;
mod env;
mod error;
mod internal;
mod job;
mod limits;
mod metadata;
mod names;
mod others;
mod pod;
mod probe;
pub(crate) mod rbac;
mod resources;
mod scheduling;
mod security;
mod service;
mod storage;
mod unified;
mod update;
mod volume;
mod windows;
mod workload;

use podlapse_model::{Metadata, Object};

pub use error::{FieldError, FieldErrorKind};
pub use service::allocation::Taken;
pub use update::{Subresource, validate_status_update, validate_update};

use crate::rejection::Status;

/// What keeps a name from being a DNS label.
pub(crate) fn name_label_errors(name: &str) -> Vec<String> {
    names::label_errors(name)
}

/// What keeps a text from being the value of a label.
pub(crate) fn label_value_errors(value: &str) -> Vec<String> {
    names::label_value_errors(value)
}

/// Every field of a defaulted object that the API server would reject at its creation.
///
/// ```
/// let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app}]}\n";
/// let mut pod = podlapse_manifest::submit(text).entries.remove(0).outcome.unwrap();
/// podlapse_manifest::default_object(&mut pod);
/// let errors = podlapse_manifest::validate(&pod);
/// assert_eq!(errors[0].to_string(), "spec.containers[0].image: Required value");
/// ```
pub fn validate(object: &Object) -> Vec<FieldError> {
    let refused = validate_allocation(object, None, &Taken::NOTHING);
    if refused.is_empty() { validate_fields(object) } else { refused }
}

/// The same, of an object that is given what it asks for.
pub fn validate_fields(object: &Object) -> Vec<FieldError> {
    let mut out = error::Errors::default();
    match object {
        Object::Pod(pod) => pod::pod(pod, &mut out),
        Object::Deployment(deployment) => workload::deployment(deployment, &mut out),
        Object::ReplicaSet(replica_set) => workload::replica_set(replica_set, &mut out),
        Object::StatefulSet(stateful_set) => workload::stateful_set(stateful_set, &mut out),
        Object::DaemonSet(daemon_set) => workload::daemon_set(daemon_set, &mut out),
        Object::ReplicationController(controller) => workload::replication_controller(controller, &mut out),
        Object::Job(job) => job::job(job, &mut out),
        Object::CronJob(cron_job) => job::cron_job(cron_job, &mut out),
        Object::Unmodelled(other) => rbac::object(other, &mut out),
        Object::Namespace(_)
        | Object::Node(_)
        | Object::Secret(_)
        | Object::ConfigMap(_)
        | Object::ServiceAccount(_)
        | Object::Service(_)
        | Object::Event(_)
        | Object::PersistentVolume(_)
        | Object::PersistentVolumeClaim(_)
        | Object::LimitRange(_)
        | Object::ResourceQuota(_)
        | Object::StorageClass(_)
        | Object::PriorityClass(_)
        | Object::RuntimeClass(_)
        | Object::PodDisruptionBudget(_)
        | Object::ControllerRevision(_)
        | Object::Lease(_)
        | Object::EndpointSlice(_)
        | Object::CSINode(_) => others::any(object, &mut out),
    }
    out.list
}

/// The API server's answer to an object with these errors; `None` when there are none.
pub fn invalid(object: &Object, errors: &[FieldError]) -> Option<Status> {
    let (kind, group) = if let Object::Unmodelled(other) = object {
        (other.kind.as_str(), other.api_version.split_once('/').map_or("", |(group, _)| group))
    } else {
        (object.kind().name(), object.kind().group())
    };
    let name = object.name();
    (!errors.is_empty()).then(|| error::invalid_status(kind, group, name, errors))
}

/// The API server's answer to an object with this scale (`ValidateScale` of `pkg/apis/autoscaling/validation`); `None` when there is
/// nothing wrong with it.
pub fn invalid_scale(object: &Object) -> Option<Status> {
    let mut out = error::Errors::default();
    let replicas = object.part(&["spec", "replicas"]).and_then(|replicas| replicas.as_i64());
    out.non_negative("spec.replicas", replicas.unwrap_or_default());
    let name = object.metadata().name.as_deref().unwrap_or_default();
    (!out.list.is_empty()).then(|| error::invalid_status("Scale", "autoscaling", name, &out.list))
}

/// What a new or updated object asks for that cannot be given, as a Service's address that another one has.
pub fn validate_allocation(object: &Object, old: Option<&Object>, taken: &Taken<'_>) -> Vec<FieldError> {
    let mut out = error::Errors::default();
    let service = |object: &Object| if let Object::Service(service) = object { Some(service.clone()) } else { None };
    if let Some(new) = service(object) {
        service::allocation::check(&new, old.and_then(service).as_deref(), taken, &mut out);
    }
    out.list
}
