//! The controllers of the control plane, as far as the engine runs them.
//!
//! Each workload controller is a function from an owner, what the store holds and the time to a [`Plan`]: what is asked of the API
//! server, in order, and when to look again. Models `pkg/controller` (v1.36); since a look at the store is never stale here, the
//! expectations with which the real controllers bridge the lag of their caches have no counterpart.

pub(crate) mod deployment;
pub(crate) mod deployment_rollout;
pub(crate) mod deployment_status;
pub(crate) mod garbage;
pub(crate) mod job;
pub(crate) mod job_policy;
pub(crate) mod node_lifecycle;
pub(crate) mod owned;
pub(crate) mod pod_ranks;
pub(crate) mod replicaset;
pub(crate) mod resource_quota;
pub(crate) mod statefulset;

use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Kind, Object, ObjectKey, SimTime, Uid};

use crate::events::EventType;
use crate::kernel::WallClock;
use crate::store::{Request, Store};

/// What a controller looks after.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ControllerKey {
    /// A workload, by the controller of its kind.
    Workload(ObjectKey),
    /// What an object that has gone leaves behind.
    Garbage(Uid),
}

/// Something that a controller does.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Creates Pods, the batches doubling until one fails, and tells of each.
    CreatePods(Vec<Pod>),
    /// Deletes a Pod and tells of it.
    DeletePod(ObjectKey, Uid),
    /// Asks for something else.
    Send(Box<Request>),
    /// Asks for something and tells of it if it is granted.
    SendAndTell(Box<Request>, EventType, &'static str, String),
    /// Tells something about the owner.
    Tell(EventType, &'static str, String),
}

/// What follows from a look.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// What to do, in order.
    pub(crate) acts: Vec<Act>,
    /// When to look again although nothing changed.
    pub(crate) requeue_at: Option<SimTime>,
}

impl Plan {
    pub(crate) fn send(&mut self, request: Request) {
        self.acts.push(Act::Send(Box::new(request)));
    }

    pub(crate) fn tell(&mut self, event_type: EventType, reason: &'static str, message: String) {
        self.acts.push(Act::Tell(event_type, reason, message));
    }

    pub(crate) fn requeue(&mut self, at: Option<SimTime>) {
        self.requeue_at = match (self.requeue_at, at) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
}

/// What a controller looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    /// When.
    pub(crate) now: SimTime,
    /// What the clock on the wall says then.
    pub(crate) wall: WallClock,
    /// All objects.
    pub(crate) store: &'a Store,
    /// The refusal that ended the last attempt to create Pods for this owner.
    pub(crate) refusal: Option<&'a str>,
}

/// The name under which the controller of a kind writes its events; `None` for what no controller here looks after.
pub(crate) fn component(kind: Kind) -> Option<&'static str> {
    const COMPONENTS: [(Kind, &str); 5] = [
        (Kind::ReplicaSet, "replicaset-controller"),
        (Kind::Deployment, "deployment-controller"),
        (Kind::Job, "job-controller"),
        (Kind::StatefulSet, "statefulset-controller"),
        (Kind::ResourceQuota, "resourcequota-controller"),
    ];
    COMPONENTS.iter().find(|(of, _)| *of == kind).map(|(_, component)| *component)
}

/// What the controller of an owner does about it.
pub(crate) fn sync(owner: &Object, view: View<'_>) -> Plan {
    if let Object::ReplicaSet(set) = owner {
        replicaset::sync(set, view)
    } else if let Object::Deployment(deployment) = owner {
        deployment::sync(deployment, view)
    } else if let Object::Job(job) = owner {
        job::sync(job, view)
    } else if let Object::StatefulSet(set) = owner {
        statefulset::sync(set, view)
    } else if let Object::ResourceQuota(quota) = owner {
        resource_quota::sync(quota, view)
    } else {
        Plan::default()
    }
}

/// A count as Kubernetes writes it: zero is left out.
pub(crate) fn count(value: i32) -> Option<i32> {
    (value != 0).then_some(value)
}

/// Whether a controller of the engine acts on objects of this kind. The others with a spec to be fulfilled are stored and shown, and
/// nothing comes of them.
///
/// ```
/// use podlapse_model::Kind;
/// assert!(podlapse_core::is_acted_upon(Kind::Pod));
/// ```
pub const fn is_acted_upon(kind: Kind) -> bool {
    match kind {
        Kind::ReplicationController | Kind::DaemonSet | Kind::CronJob | Kind::PersistentVolumeClaim | Kind::Unmodelled => false,
        Kind::Namespace
        | Kind::Node
        | Kind::Pod
        | Kind::Secret
        | Kind::ConfigMap
        | Kind::ServiceAccount
        | Kind::Service
        | Kind::Event
        | Kind::Deployment
        | Kind::StatefulSet
        | Kind::Job
        | Kind::ReplicaSet
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
