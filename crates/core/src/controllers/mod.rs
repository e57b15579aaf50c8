//! The controllers of the control plane, as far as the engine runs them.

use podlapse_model::Kind;

pub(crate) mod node_lifecycle;

/// Whether a controller of the engine acts on objects of this kind. The others with a spec to be fulfilled are stored and shown, and
/// nothing comes of them.
///
/// ```
/// use podlapse_model::Kind;
/// assert!(podlapse_core::is_acted_upon(Kind::Pod));
/// ```
pub const fn is_acted_upon(kind: Kind) -> bool {
    match kind {
        Kind::Deployment
        | Kind::ReplicaSet
        | Kind::ReplicationController
        | Kind::StatefulSet
        | Kind::DaemonSet
        | Kind::Job
        | Kind::CronJob
        | Kind::PersistentVolumeClaim
        | Kind::Unmodelled => false,
        Kind::Namespace
        | Kind::Node
        | Kind::Pod
        | Kind::Secret
        | Kind::ConfigMap
        | Kind::ServiceAccount
        | Kind::Service
        | Kind::Event
        | Kind::PersistentVolume
        | Kind::LimitRange
        | Kind::ResourceQuota
        | Kind::StorageClass
        | Kind::PriorityClass
        | Kind::RuntimeClass
        | Kind::PodDisruptionBudget
        | Kind::ControllerRevision
        | Kind::Lease
        | Kind::EndpointSlice
        | Kind::CSINode => true,
    }
}
