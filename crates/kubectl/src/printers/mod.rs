//! The rows of `kubectl get`, one module for each kind.
//!
//! Models `pkg/printers/internalversion/printers.go` (v1.36), which runs in the API server: the columns of each kind and the
//! cells of an object. Kinds that the API server knows no columns for have their name and age, as custom resources do.

mod autoscalers;
mod cronjobs;
mod daemonsets;
mod deployments;
mod events;
mod format;
pub(crate) use autoscalers::autoscaler_metrics;
pub(crate) use format::{format_labels, selector_text};
pub(crate) use storage::access_modes;
mod jobs;
mod metadata;
pub(crate) mod nodes;
mod objects;
pub(crate) mod others;
pub(crate) mod pods;
mod policy;
mod replicasets;
mod services;
mod statefulsets;
mod storage;

use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Kind, Object};

use crate::table::{Cell, Column};

pub use objects::{object_headers, object_line, object_table};

/// A column that is always shown.
const fn shown(name: &'static str) -> Column {
    Column { name, wide: false }
}

/// A column of `-o wide`.
const fn wide(name: &'static str) -> Column {
    Column { name, wide: true }
}

/// Cells from values of differing types.
macro_rules! cells {
    ($($cell:expr),* $(,)?) => { vec![$($crate::table::Cell::from($cell)),*] };
}
use cells;

/// The columns of a kind, those of `-o wide` included.
pub fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Pod => pods::COLUMNS,
        Kind::Node => nodes::COLUMNS,
        Kind::Event => events::COLUMNS,
        Kind::Deployment => deployments::COLUMNS,
        Kind::ReplicaSet | Kind::ReplicationController => replicasets::COLUMNS,
        Kind::StatefulSet => statefulsets::COLUMNS,
        Kind::DaemonSet => daemonsets::COLUMNS,
        Kind::Job => jobs::COLUMNS,
        Kind::CronJob => cronjobs::COLUMNS,
        Kind::Service => services::SERVICE,
        Kind::EndpointSlice => services::ENDPOINT_SLICE,
        Kind::Namespace => metadata::NAMESPACE,
        Kind::ConfigMap => metadata::CONFIG_MAP,
        Kind::Secret => metadata::SECRET,
        Kind::ControllerRevision => metadata::CONTROLLER_REVISION,
        Kind::Lease => metadata::LEASE,
        Kind::PersistentVolume => storage::PERSISTENT_VOLUME,
        Kind::PersistentVolumeClaim => storage::PERSISTENT_VOLUME_CLAIM,
        Kind::StorageClass => storage::STORAGE_CLASS,
        Kind::CSINode => storage::CSI_NODE,
        Kind::PriorityClass => policy::PRIORITY_CLASS,
        Kind::RuntimeClass => policy::RUNTIME_CLASS,
        Kind::PodDisruptionBudget => policy::POD_DISRUPTION_BUDGET,
        Kind::LimitRange => policy::LIMIT_RANGE,
        Kind::ResourceQuota => policy::RESOURCE_QUOTA,
        Kind::ServiceAccount | Kind::Unmodelled => metadata::ANY,
    }
}

/// The cells of an object, one for each of [`columns`], at the instant `now`.
pub fn row<'a>(object: &'a Object, now: &Time) -> Vec<Cell<'a>> {
    match object {
        Object::Pod(pod) => pods::row(pod, now),
        Object::Node(node) => nodes::row(node, now),
        Object::Event(event) => events::row(event, now, true),
        Object::Deployment(deployment) => deployments::row(deployment, now),
        Object::ReplicaSet(set) => replicasets::row(set, now),
        Object::ReplicationController(controller) => replicasets::controller_row(controller, now),
        Object::StatefulSet(set) => statefulsets::row(set, now),
        Object::DaemonSet(set) => daemonsets::row(set, now),
        Object::Job(job) => jobs::row(job, now),
        Object::CronJob(job) => cronjobs::row(job, now),
        Object::Service(service) => services::service_row(service, now),
        Object::EndpointSlice(slice) => services::endpoint_slice_row(slice, now),
        Object::Namespace(namespace) => metadata::namespace_row(namespace, now),
        Object::ConfigMap(map) => metadata::config_map_row(map, now),
        Object::Secret(secret) => metadata::secret_row(secret, now),
        Object::ServiceAccount(account) => metadata::service_account_row(account, now),
        Object::ControllerRevision(revision) => metadata::controller_revision_row(revision, now),
        Object::Lease(lease) => metadata::lease_row(lease, now),
        Object::PersistentVolume(volume) => storage::volume_row(volume, now),
        Object::PersistentVolumeClaim(claim) => storage::claim_row(claim, now),
        Object::StorageClass(class) => storage::class_row(class, now),
        Object::CSINode(node) => storage::csi_node_row(node, now),
        Object::PriorityClass(class) => policy::priority_class_row(class, now),
        Object::RuntimeClass(class) => policy::runtime_class_row(class, now),
        Object::PodDisruptionBudget(budget) => policy::budget_row(budget, now),
        Object::LimitRange(range) => policy::limit_range_row(range),
        Object::ResourceQuota(quota) => policy::quota_row(quota, now),
        Object::Unmodelled(object) => others::row(object, now),
    }
}

#[cfg(test)]
mod tests;
