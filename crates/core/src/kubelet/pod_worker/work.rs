//! The loop of a worker: an update wakes it, it syncs, and it comes back after a while.
//!
//! Models `pkg/kubelet/pod_workers.go` `podWorkerLoop`, `startPodSync` and `completeWork` (v1.36).

use podlapse_model::{SimDuration, SortedMap, SortedSet, Uid};
use std::collections::VecDeque;
use std::sync::Arc;

use super::{Activity, Completion, Phase, Stage, Sync, SyncError};
use crate::kernel::Purpose;
use crate::kubelet::machine::{Kubelet, KubeletContext, KubeletOutput, KubeletTimer};
use crate::kubelet::status::StartError;
use crate::why::Fact;

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

impl Kubelet {
    /// An update for a worker: it syncs as soon as it can.
    pub(in crate::kubelet) fn wake_worker(&mut self, cx: &KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        if worker.phase == Phase::Finished || self.preempting.contains_key(uid) {
            return;
        }
        worker.note_update();
        self.rouse(cx, uid, out);
    }

    /// The worker begins as soon as it can: with the update that waits, or once more with the last one.
    fn rouse(&mut self, cx: &KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        if self.preempting.contains_key(uid) {
            return;
        }
        let Some(worker) = self.workers.get_mut(uid).filter(|worker| matches!(worker.activity, Activity::Idle)) else { return };
        worker.activity = Activity::Waking;
        out.arm(KubeletTimer::Worker(uid.clone()), cx.now + WAKE_LATENCY);
    }

    /// Takes a worker further: a sync begins, or the one that runs goes on.
    pub(in crate::kubelet) fn advance(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        match worker.activity {
            Activity::Syncing(_) => self.sync_timer(cx, uid, out),
            Activity::Idle | Activity::Waking | Activity::WaitingForCache => {
                // What to work on is settled before the wait for the cache.
                if let Some(update) = worker.pending.clone().filter(|_| !matches!(worker.activity, Activity::WaitingForCache)) {
                    worker.active = update;
                }
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
    pub(in crate::kubelet) fn cache_renewed(&mut self, cx: &mut KubeletContext<'_>, out: &mut KubeletOutput) {
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
        worker.pending = None;
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
            image_volumes: SortedMap::new(),
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
    pub(in crate::kubelet) fn complete(
        &mut self,
        cx: &mut KubeletContext<'_>,
        uid: &Uid,
        completion: Completion,
        out: &mut KubeletOutput,
    ) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let Activity::Syncing(sync) = std::mem::replace(&mut worker.activity, Activity::Idle) else { return };
        worker.last_sync_ended_at = Some(cx.now);
        let is_finished = worker.phase == Phase::Finished;
        let is_pending = worker.pending.is_some();
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
            self.rouse(cx, uid, out);
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
    pub(in crate::kubelet) fn forget_pod(&mut self, uid: &Uid) {
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
