//! The controllers of the control plane, as far as the engine runs them.
//!
//! Each workload controller is a function from an owner, what the store holds and the time to a [`Plan`]: what is asked of the API
//! server, in order, and when to look again. Models `pkg/controller` (v1.36); since a look at the store is never stale here, the
//! expectations with which the real controllers bridge the lag of their caches have no counterpart.

pub(crate) mod autoscaler;
pub(crate) mod cronjob;
pub(crate) mod daemonset;
pub(crate) mod deployment;
pub(crate) mod disruption;
pub(crate) mod endpoint_slice;
pub(crate) mod garbage;
pub(crate) mod job;
pub(crate) mod namespace;
pub(crate) mod node_lifecycle;
pub(crate) mod node_taints;
pub(crate) mod owned;
pub(crate) mod pod_condition;
pub(crate) mod pod_gc;
pub(crate) mod pod_ranks;
pub(crate) mod replicaset;
pub(crate) mod resource_quota;
pub(crate) mod revisions;
pub(crate) mod statefulset;
pub(crate) mod taint_eviction;
pub(crate) mod volumes;
pub(crate) mod whom;
pub(crate) mod zones;

use podlapse_model::api::batch::v1::{CronJob, Job};
use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Kind, Object, ObjectKey, SimDuration, SimTime, SortedMap, Uid};

use self::job::backoff::JobBackoff;
use crate::events::EventType;
use crate::kernel::WallClock;
use crate::store::{Request, Store};

/// What a controller looks after.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ControllerKey {
    /// An object, by the controller of its kind.
    Workload(ObjectKey),
    /// What an object that has gone leaves behind.
    Garbage(Uid),
    /// What a namespace has from the start.
    Supplies(ObjectKey),
    /// What an object owns that waits for it before it goes.
    Dependents(ObjectKey),
    /// That more than one disruption budget is for a Pod.
    Budgets(ObjectKey),
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
    /// Asks for something and tells of it if it is granted, and if not with the reason and the words before the refusal.
    SendAndTell(Box<Request>, Told, Option<Told>),
    /// Creates a Job of a CronJob, tells of it, and writes the CronJob with the Job among its active ones.
    StartJob(Box<Job>, Box<CronJob>),
    /// Tells something about the owner.
    Tell(EventType, &'static str, String),
}

/// What is told of an owner.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// Whether all is well.
    pub(crate) event_type: EventType,
    /// In one word.
    pub(crate) reason: &'static str,
    /// In a sentence.
    pub(crate) message: String,
}

impl Told {
    pub(crate) fn normal(reason: &'static str, message: String) -> Self {
        Told { event_type: EventType::Normal, reason, message }
    }

    pub(crate) fn warning(reason: &'static str, message: String) -> Self {
        Told { event_type: EventType::Warning, reason, message }
    }
}

/// What follows from a look.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// What to do, in order.
    pub(crate) acts: Vec<Act>,
    /// When to look again although nothing changed.
    pub(crate) requeue_at: Option<SimTime>,
    /// What is remembered from now on, if that is something else than before.
    pub(crate) memory: Option<Memory>,
}

/// What a controller remembers of an owner and writes nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    /// The failures of a Job's Pods.
    pub(crate) job: JobBackoff,
    /// When the last failed Pod of a DaemonSet was deleted from each node.
    pub(crate) failed_pods: SortedMap<String, FailedPods>,
    /// When an autoscaler is looked at next.
    pub(crate) autoscaler_due: Option<SimTime>,
}

/// The back-off of a node whose Pods fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FailedPods {
    /// For this generation of the owner.
    pub(crate) generation: i64,
    /// Since when.
    pub(crate) at: SimTime,
    /// How long the next one stays.
    pub(crate) delay: SimDuration,
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
    /// What is remembered of the owner.
    pub(crate) memory: Option<&'a Memory>,
    /// The refusal that ended the last attempt to create Pods for this owner.
    pub(crate) refusal: Option<&'a str>,
}

/// The name under which the controller of an object writes its events; `None` for what no controller here looks after.
pub(crate) fn component(object: &Object) -> Option<&'static str> {
    if let Object::Unmodelled(other) = object {
        return autoscaler::is_autoscaler(other).then_some("horizontal-pod-autoscaler");
    }
    component_of(object.kind())
}

/// The same of a kind that is modelled.
pub(crate) fn component_of(kind: Kind) -> Option<&'static str> {
    const COMPONENTS: [(Kind, &str); 11] = [
        (Kind::ReplicaSet, "replicaset-controller"),
        (Kind::ReplicationController, "replication-controller"),
        (Kind::DaemonSet, "daemonset-controller"),
        (Kind::CronJob, "cronjob-controller"),
        (Kind::Deployment, "deployment-controller"),
        (Kind::Job, "job-controller"),
        (Kind::StatefulSet, "statefulset-controller"),
        (Kind::ResourceQuota, "resourcequota-controller"),
        (Kind::PodDisruptionBudget, "controllermanager"),
        (Kind::Service, "endpoint-slice-controller"),
        (Kind::Namespace, "namespace-controller"),
    ];
    COMPONENTS.iter().find(|(of, _)| *of == kind).map(|(_, component)| *component)
}

/// Whether the controller of a kind creates Pods.
pub(crate) fn creates_pods(kind: Kind) -> bool {
    [Kind::ReplicaSet, Kind::ReplicationController, Kind::StatefulSet, Kind::DaemonSet, Kind::Job].contains(&kind)
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
    } else if let Object::PodDisruptionBudget(budget) = owner {
        disruption::sync(budget, view)
    } else if let Object::ReplicationController(controller) = owner {
        replicaset::sync_controller(controller, view)
    } else if let Object::DaemonSet(set) = owner {
        daemonset::sync(set, view)
    } else if let Object::CronJob(cron_job) = owner {
        cronjob::sync(cron_job, view)
    } else if let Object::Service(service) = owner {
        endpoint_slice::sync(service, view)
    } else if let Object::Namespace(namespace) = owner {
        namespace::sync(namespace, view)
    } else if let Object::Unmodelled(other) = owner {
        autoscaler::sync(other, view)
    } else {
        Plan::default()
    }
}

/// A count as Kubernetes writes it: zero is left out.
pub(crate) fn count(value: i32) -> Option<i32> {
    (value != 0).then_some(value)
}
