//! Pod workers: one state machine for each Pod, from its arrival to its last trace.
//!
//! Models `pkg/kubelet/pod_workers.go` (v1.36): a worker syncs, then terminates, then is terminated; one sync at a time, the latest
//! update waits; after a sync it comes back by `completeWork`.

mod arrive;
mod kill;
mod start_container;
mod sync_pod;
mod terminate;
mod work;

use podlapse_model::{SortedMap, SortedSet};
use std::collections::VecDeque;
use std::sync::Arc;

use podlapse_model::SimTime;
use podlapse_model::api::core::v1::Pod;

use self::kill::Kill;
use self::start_container::Starting;
use super::runtime_status::RuntimeStatus;
use super::status::{Eviction, StartError};
use crate::cri::{CallId, ContainerId, SandboxId};

/// The worker of one Pod.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    /// The Pod as the API has it (`podManager`).
    pub(super) pod: Arc<Pod>,
    /// The Pod as the update brought it that is worked on: what the API says of its status may be newer (`activeUpdate`).
    pub(super) active: Arc<Pod>,
    /// The Pod as an update brought it that the current sync does not know (`pendingUpdate`).
    pub(super) pending: Option<Arc<Pod>>,
    pub(super) phase: Phase,
    pub(super) activity: Activity,
    pub(super) last_sync_ended_at: Option<SimTime>,
    /// That the kubelet ends it for the sake of others.
    pub(super) eviction: Option<Eviction>,
    /// Whether the Pod left the API before it was stopped.
    pub(super) is_gone: bool,
    /// The highest restart count of runs that were removed and left their logs.
    pub(super) kept_logs: SortedMap<Arc<str>, u32>,
}

/// How far a Pod's life on this node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It is being made what its spec says.
    Syncing,
    /// It is being stopped.
    Terminating {
        /// Seconds of grace for all its containers; `None` when each has its own, because the Pod is over.
        grace_seconds: Option<i64>,
    },
    /// Everything has stopped; what is left is cleaned up.
    Terminated,
    /// Nothing is left.
    Finished,
}

/// What a worker is at.
#[derive(Clone, Debug)]
pub(super) enum Activity {
    /// Nothing.
    Idle,
    /// An update is on its way to the worker.
    Waking,
    /// The cache has to be newer than the last sync (`GetNewerThan`).
    WaitingForCache,
    /// A sync.
    Syncing(Box<Sync>),
}

/// A sync in progress.
#[derive(Clone, Debug)]
pub(super) struct Sync {
    pub(super) pod: Arc<Pod>,
    pub(super) seen: Arc<RuntimeStatus>,
    pub(super) stage: Stage,
    pub(super) steps: VecDeque<Step>,
    pub(super) kills: SortedMap<CallId, Kill>,
    /// The containers of those in `kills` that have not stopped.
    pub(super) ending: SortedSet<Arc<str>>,
    /// The grace of everything that this sync stops, whatever the spec says.
    pub(super) grace_override: Option<i64>,
    pub(super) sandbox: Option<SandboxId>,
    pub(super) pod_ips: Vec<Arc<str>>,
    pub(super) errors: Vec<SyncError>,
    /// Containers that were tried, with what went wrong (`PodSyncResult`).
    pub(super) tried: Vec<(Arc<str>, Option<StartError>)>,
    pub(super) is_cancelled: bool,
    /// Volumes whose images could not be had, with the reason and the message for the containers that mount them.
    pub(super) image_volumes: SortedMap<Arc<str>, (&'static str, String)>,
    /// Whether anything was done to make the Pod what its spec says.
    pub(super) has_acted: bool,
}

/// Where a sync stands.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    /// Volumes are not mounted.
    Volumes {
        /// When the wait is given up.
        deadline: SimTime,
    },
    /// The next step begins.
    Ready,
    /// Containers are being stopped.
    Killing,
    /// The sandbox is being stopped.
    StoppingSandbox,
    /// The sandbox is being created.
    CreatingSandbox,
    /// A container is being started.
    Starting(Box<Starting>),
    /// The runtime is asked how the containers ended.
    InspectingEnd,
    /// Volumes are being unmounted.
    Unmounting,
}

/// One step of a sync.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Stop these runs side by side.
    Kill(Vec<Kill>),
    /// Stop a sandbox.
    StopSandbox(SandboxId),
    /// Remove a run.
    Remove(ContainerId),
    /// Create a sandbox.
    CreateSandbox {
        /// Its number.
        attempt: u32,
    },
    /// Let running containers go on with other resources.
    Resize(Vec<String>),
    /// Start a container.
    Start(StartKind, usize),
    /// Everything has stopped.
    Stopped,
}

/// Which list of the spec a container stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StartKind {
    /// `ephemeralContainers`.
    Ephemeral,
    /// `initContainers`.
    Init,
    /// `containers`.
    Regular,
    /// `volumes`: not a container, but its image is pulled like one's.
    ImageVolume,
}

/// Why a sync failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SyncError {
    /// A crash back-off ends then.
    BackOff(SimTime),
    /// The network is not ready.
    Network,
    /// Anything else.
    Other,
}

/// What a sync came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Completion {
    /// The Pod goes on.
    Done,
    /// The next phase begins.
    PhaseEnded,
}

impl Worker {
    fn new(pod: Arc<Pod>) -> Self {
        Worker {
            active: pod.clone(),
            pod,
            pending: None,
            phase: Phase::Syncing,
            activity: Activity::Idle,
            last_sync_ended_at: None,
            eviction: None,
            is_gone: false,
            kept_logs: SortedMap::new(),
        }
    }

    /// Something other than the API's status changed.
    pub(super) fn note_update(&mut self) {
        self.pending = Some(self.pod.clone());
    }

    /// The sync in progress.
    pub(super) fn sync(&mut self) -> Option<&mut Sync> {
        match &mut self.activity {
            Activity::Syncing(sync) => Some(sync),
            Activity::Idle | Activity::Waking | Activity::WaitingForCache => None,
        }
    }
}
