//! Pod workers: one state machine for each Pod, from its arrival to its last trace.
//!
//! Models `pkg/kubelet/pod_workers.go` (v1.36): a worker syncs, then terminates, then is terminated; one sync at a time, the latest
//! update waits; after a sync it comes back by `completeWork`.

mod kill;
mod start_container;
mod sync_pod;
mod terminate;

use podlapse_model::{SortedMap, SortedSet};
use std::collections::VecDeque;
use std::sync::Arc;

use podlapse_model::api::core::v1::{Pod, PodStatus};
use podlapse_model::{Object, SimDuration, SimTime, Uid};

use self::kill::Kill;
use self::start_container::Starting;
use super::admission::{Refusal, Shortage, admit};
use super::eviction::EVICTED;
use super::machine::{Kubelet, KubeletContext, KubeletOutput, KubeletTimer};
use super::preemption::victims;
use super::runtime_status::RuntimeStatus;
use super::static_pods::is_mirror;
use super::status::{Eviction, StartError, needs_readiness};
use crate::cri::{CallId, ContainerId, SandboxId};
use crate::events::{EventType, PodEvent};
use crate::kernel::Purpose;
use crate::store::Change;
use crate::why::{Fact, Rule};

/// After an error that names no time (`backOffPeriod`).
const BACK_OFF_PERIOD: SimDuration = SimDuration::from_secs(10);
/// After a good sync (`syncFrequency`), and the most that a known back-off is waited for.
const RESYNC_INTERVAL: SimDuration = SimDuration::from_secs(60);
/// While the network is not ready (`backOffOnTransientErrorPeriod`).
const TRANSIENT_BACK_OFF: SimDuration = SimDuration::from_secs(1);
/// `workerResyncIntervalJitterFactor` and `workerBackOffPeriodJitterFactor`, in percent.
const JITTER_PERCENT: u64 = 50;
/// From an update to the sync it causes.
const WAKE_LATENCY: SimDuration = SimDuration::from_millis(3);

/// The worker of one Pod.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    /// The Pod as the latest update brought it.
    pub(super) pod: Arc<Pod>,
    pub(super) phase: Phase,
    /// Something arrived that the current sync does not know.
    pub(super) is_pending: bool,
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
            pod,
            phase: Phase::Syncing,
            is_pending: false,
            activity: Activity::Idle,
            last_sync_ended_at: None,
            eviction: None,
            is_gone: false,
            kept_logs: SortedMap::new(),
        }
    }

    /// The sync in progress.
    pub(super) fn sync(&mut self) -> Option<&mut Sync> {
        match &mut self.activity {
            Activity::Syncing(sync) => Some(sync),
            Activity::Idle | Activity::Waking | Activity::WaitingForCache => None,
        }
    }
}

impl Kubelet {
    /// A Pod of this node changed in the API (`HandlePodAdditions`, `HandlePodUpdates`, `HandlePodRemoves`).
    pub(super) fn pod_changed(&mut self, cx: &mut KubeletContext<'_>, change: Change, out: &mut KubeletOutput) {
        if !self.watches_pods {
            return;
        }
        if let Object::Pod(pod) = change.object()
            && is_mirror(pod)
        {
            self.mirror_changed(cx, &change, out);
            return;
        }
        let uid = change.object().uid();
        let Some(Object::Pod(pod)) = change.after else {
            self.pod_left(cx, &uid, out);
            return;
        };
        self.pod_arrived(cx, &uid, pod, out);
    }

    /// A Pod of this node is new or changed.
    pub(super) fn pod_arrived(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, pod: Arc<Pod>, out: &mut KubeletOutput) {
        self.statuses.observe(uid, &pod);
        let Some(worker) = self.workers.get_mut(uid) else {
            let mut worker = Worker::new(pod.clone());
            // A Pod that was over before this kubelet began is not stopped once more.
            let is_over = pod.status.as_ref().and_then(|status| status.phase.as_deref()).is_some_and(is_final);
            if is_over && !self.seen(uid).any_running() {
                worker.phase = Phase::Terminated;
            }
            self.workers.insert(uid.clone(), worker);
            if !self.refuse(cx, uid, &pod, out) && !self.preempting.contains_key(uid) {
                self.admitted(cx, uid, &pod, out);
            }
            return;
        };
        // A change of status alone is the kubelet's own doing, or that of one who opens a readiness gate.
        let is_news = is_other_config(&worker.pod, &pod) || needs_readiness(&pod);
        worker.pod = pod;
        self.begin_termination_if_deleted(cx, uid, out);
        if is_news {
            self.wake_worker(cx, uid, out);
            self.resize(cx, uid, out);
        }
    }

    /// A new Pod begins.
    pub(super) fn admitted(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, pod: &Arc<Pod>, out: &mut KubeletOutput) {
        self.grant(uid, pod);
        self.volumes.add_pod(cx, uid, pod, out);
        self.begin_termination_if_deleted(cx, uid, out);
        self.wake_worker(cx, uid, out);
    }

    /// Refuses a new Pod that the node cannot take (`rejectPod`).
    fn refuse(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, pod: &Arc<Pod>, out: &mut KubeletOutput) -> bool {
        let is_new = pod.metadata.deletion_timestamp.is_none()
            && pod.status.as_ref().and_then(|status| status.phase.as_deref()).is_none_or(|phase| phase == "Pending");
        let Some(node) = cx.store.node(&self.node).filter(|_| is_new) else { return false };
        // A Pod that has ended needs nothing any more (`filterOutInactivePods`).
        let has_ended = |uid: &Uid| self.statuses.current(uid).and_then(|status| status.phase.as_deref()).is_some_and(is_final);
        let counts = |worker: &Worker| worker.phase != Phase::Finished && !worker.is_gone;
        let others = self.workers.iter().filter(|(other, worker)| *other != uid && counts(worker) && !has_ended(other));
        let others: Vec<(Uid, Arc<Pod>)> = others.map(|(uid, worker)| (uid.clone(), self.granted(uid, &worker.pod))).collect();
        let refused = match self.pressure_refusal(pod) {
            Some(message) => Err(Refusal { reason: EVICTED.to_owned(), message }),
            None => admit(node, pod, others.iter().map(|(_, pod)| pod.as_ref())),
        };
        let refusal = match refused.and_then(|shortages| make_room(pod, &others, &shortages)) {
            Ok(victims) => {
                self.preempt(cx, uid, victims, out);
                return false;
            }
            Err(refusal) => refusal,
        };
        if let Some(worker) = self.workers.get_mut(uid) {
            worker.phase = Phase::Finished;
        }
        out.because(
            Rule::PodNotAdmitted,
            [Fact::Word(refusal.reason.as_str().into()), Fact::Message(refusal.message.as_str().into())],
        );
        let status = PodStatus {
            phase: Some("Failed".to_owned()),
            reason: Some(refusal.reason.clone()),
            message: Some(format!("Pod was rejected: {}", refusal.message)),
            qos_class: pod.status.as_ref().and_then(|status| status.qos_class.clone()),
            ..PodStatus::default()
        };
        self.keep_status(cx, uid, pod, status, out);
        let event = PodEvent::pod(EventType::Warning, refusal.reason, refusal.message);
        self.event(cx, pod, event, out);
        true
    }

    /// A Pod left the API, or its file the manifest folder.
    pub(super) fn pod_left(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        worker.is_gone = true;
        match worker.phase {
            Phase::Syncing | Phase::Terminating { .. } => {
                self.delete(cx, uid, out);
                self.wake_worker(cx, uid, out);
            }
            Phase::Terminated => {}
            Phase::Finished => self.forget_pod(uid),
        }
    }

    fn begin_termination_if_deleted(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        if self.workers.get(uid).is_some_and(|worker| worker.pod.metadata.deletion_timestamp.is_some()) {
            self.delete(cx, uid, out);
        }
    }

    /// The Pod was deleted, or left the API: its grace can only become less, and is never nothing (`calculateEffectiveGracePeriod`).
    fn delete(&mut self, cx: &KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let asked = worker.pod.metadata.deletion_grace_period_seconds;
        let own = worker.pod.spec.as_ref().and_then(|spec| spec.termination_grace_period_seconds);
        let effective = |before: Option<i64>| {
            let least = asked.into_iter().chain(before).min();
            least.filter(|grace| *grace != 0).or(own).unwrap_or_default().max(1)
        };
        match &mut worker.phase {
            Phase::Syncing => {
                let grace = effective(None);
                self.terminate(cx, uid, Some(grace), out);
            }
            Phase::Terminating { grace_seconds } => {
                *grace_seconds = Some(effective(*grace_seconds));
                worker.is_pending = true;
            }
            Phase::Terminated | Phase::Finished => {}
        }
    }

    /// Ends the Pod's syncing phase.
    pub(super) fn terminate(&mut self, cx: &KubeletContext<'_>, uid: &Uid, grace_seconds: Option<i64>, out: &mut KubeletOutput) {
        let Some(worker) = self.workers.get_mut(uid).filter(|worker| worker.phase == Phase::Syncing) else { return };
        worker.phase = Phase::Terminating { grace_seconds };
        worker.is_pending = true;
        let own = worker.pod.spec.as_ref().and_then(|spec| spec.termination_grace_period_seconds).unwrap_or_default();
        let grace = SimDuration::from_secs(grace_seconds.unwrap_or(own).unsigned_abs());
        out.because(Rule::PodTerminating, [Fact::Grace(grace)]);
        self.cancel_sync(cx, uid, out);
    }

    /// An update for a worker: it syncs as soon as it can.
    pub(super) fn wake_worker(&mut self, cx: &KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        if worker.phase == Phase::Finished || self.preempting.contains_key(uid) {
            return;
        }
        worker.is_pending = true;
        if matches!(worker.activity, Activity::Idle) {
            worker.activity = Activity::Waking;
            out.arm(KubeletTimer::Worker(uid.clone()), cx.now + WAKE_LATENCY);
        }
    }

    /// Takes a worker further: a sync begins, or the one that runs goes on.
    pub(super) fn advance(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        match worker.activity {
            Activity::Syncing(_) => self.sync_timer(cx, uid, out),
            Activity::Idle | Activity::Waking | Activity::WaitingForCache => {
                let since = worker.last_sync_ended_at;
                if since.is_some_and(|at| !self.is_cache_newer_than(at, cx.now)) {
                    if let Some(worker) = self.workers.get_mut(uid) {
                        worker.activity = Activity::WaitingForCache;
                    }
                    self.arm_relist(cx, out);
                    return;
                }
                if !self.may_start(uid) {
                    self.wait_to_start(cx, uid, out);
                    return;
                }
                self.begin_sync(cx, uid, out);
            }
        }
    }

    /// A Pod that may not start yet comes back after a while.
    fn wait_to_start(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        if let Some(worker) = self.workers.get_mut(uid) {
            worker.activity = Activity::Idle;
        }
        let wait = cx.random.jitter(Purpose::PodWorkerRequeue, uid.as_str(), BACK_OFF_PERIOD, JITTER_PERCENT).value;
        self.enqueue(uid, cx.now + wait, out);
    }

    /// The cache is newer: those who waited for it begin.
    pub(super) fn cache_renewed(&mut self, cx: &mut KubeletContext<'_>, out: &mut KubeletOutput) {
        let waiting: Vec<Uid> = self
            .workers
            .iter()
            .filter(|(_, worker)| matches!(worker.activity, Activity::WaitingForCache))
            .map(|(uid, _)| uid.clone())
            .collect();
        for uid in waiting {
            self.turn_to(&uid, out);
            self.advance(cx, &uid, out);
        }
    }

    fn begin_sync(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let seen = self.seen(uid);
        let Some(pod) = self.workers.get(uid).map(|worker| self.granted(uid, &worker.pod)) else { return };
        let Some(worker) = self.workers.get_mut(uid) else { return };
        worker.is_pending = false;
        let phase = worker.phase.clone();
        let grace_override = match phase {
            Phase::Terminating { grace_seconds } => grace_seconds,
            Phase::Syncing | Phase::Terminated | Phase::Finished => None,
        };
        worker.activity = Activity::Syncing(Box::new(Sync {
            pod,
            pod_ips: seen.ips.clone(),
            sandbox: seen.sandboxes.first().map(|sandbox| sandbox.id.clone()),
            seen,
            stage: Stage::Ready,
            steps: VecDeque::new(),
            kills: SortedMap::new(),
            ending: SortedSet::new(),
            grace_override,
            errors: Vec::new(),
            tried: Vec::new(),
            is_cancelled: false,
            has_acted: false,
        }));
        match phase {
            Phase::Syncing => self.sync_pod(cx, uid, out),
            Phase::Terminating { .. } => self.sync_terminating_pod(cx, uid, out),
            Phase::Terminated => self.sync_terminated_pod(cx, uid, out),
            Phase::Finished => self.complete(cx, uid, Completion::Done, out),
        }
    }

    /// The sync is over (`completeWork`).
    pub(super) fn complete(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, completion: Completion, out: &mut KubeletOutput) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let Activity::Syncing(sync) = std::mem::replace(&mut worker.activity, Activity::Idle) else { return };
        worker.last_sync_ended_at = Some(cx.now);
        let is_finished = worker.phase == Phase::Finished;
        let is_pending = worker.is_pending;
        self.remember_start_errors(uid, sync.tried);
        if is_finished {
            return;
        }
        let again = match completion {
            Completion::PhaseEnded => SimDuration::ZERO,
            Completion::Done => self.requeue_after(cx, uid, &sync.errors, out),
        };
        self.enqueue(uid, cx.now + again, out);
        if sync.has_acted && sync.errors.is_empty() {
            self.relist(cx, out);
        }
        // A new phase is an update by itself (`requeueLastPodUpdate`).
        if is_pending || completion == Completion::PhaseEnded {
            self.wake_worker(cx, uid, out);
        }
    }

    fn requeue_after(
        &self,
        cx: &mut KubeletContext<'_>,
        uid: &Uid,
        errors: &[SyncError],
        out: &mut KubeletOutput,
    ) -> SimDuration {
        let soonest = errors.iter().filter_map(|error| match error {
            SyncError::BackOff(until) => Some(*until),
            SyncError::Network | SyncError::Other => None,
        });
        let base = if errors.is_empty() {
            RESYNC_INTERVAL
        } else if errors.contains(&SyncError::Network) {
            TRANSIENT_BACK_OFF
        } else {
            soonest.min().map_or(BACK_OFF_PERIOD, |until| until.since(cx.now).min(RESYNC_INTERVAL))
        };
        let draw = cx.random.jitter(Purpose::PodWorkerRequeue, uid.as_str(), base, JITTER_PERCENT);
        if !errors.is_empty() && !out.why.is_empty() {
            let fact = Fact::Drawn { value: draw.value, min: draw.min, max: draw.max };
            out.why.iter_mut().for_each(|why| why.facts.push(fact.clone()));
        }
        draw.value
    }

    /// Remembers why containers could not be started, for the next status (`reasonCache`).
    fn remember_start_errors(&mut self, uid: &Uid, tried: Vec<(Arc<str>, Option<StartError>)>) {
        let errors = self.start_errors.entry(uid.clone()).or_default();
        for (container, error) in tried {
            match error {
                Some(error) => errors.insert(container, error),
                None => errors.remove(&container),
            };
        }
    }

    /// Forgets all of a Pod that is gone.
    pub(super) fn forget_pod(&mut self, uid: &Uid) {
        self.workers.remove(uid);
        self.work_queue.remove(uid);
        self.forget_runtime_status(uid);
        self.preempting.remove(uid);
        self.allocations.remove(uid);
        self.start_errors.remove(uid);
        self.statuses.forget(uid);
        self.volumes.forget(uid);
    }
}

/// The Pods that make room for one that the node lacks something for.
fn make_room(pod: &Pod, others: &[(Uid, Arc<Pod>)], shortages: &[Shortage]) -> Result<Vec<Uid>, Refusal> {
    victims(pod, others, shortages).map_err(|error| Refusal {
        reason: "UnexpectedAdmissionError".to_owned(),
        message: format!("Unexpected error while attempting to recover from admission failure: {error}"),
    })
}

/// Whether a phase is the last one.
fn is_final(phase: &str) -> bool {
    matches!(phase, "Succeeded" | "Failed")
}

/// Whether an update is more than a change of status (`podconfig.checkAndUpdatePod`).
fn is_other_config(before: &Pod, after: &Pod) -> bool {
    before.spec != after.spec
        || before.metadata.labels != after.metadata.labels
        || before.metadata.annotations != after.metadata.annotations
        || before.metadata.deletion_timestamp != after.metadata.deletion_timestamp
        || before.metadata.deletion_grace_period_seconds != after.metadata.deletion_grace_period_seconds
}
