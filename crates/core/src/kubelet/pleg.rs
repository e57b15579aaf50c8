//! The pod life-cycle event generator.
//!
//! Models `pkg/kubelet/pleg/generic.go` (v1.36, gate `PLEGOnDemandRelist` on): once a second, and at once after a sync that did its
//! work, the runtime is listed; what changed since the last list becomes events, and the cache of what each Pod's containers do is
//! renewed. The list comes first and the status of each changed Pod a little later, so a container that ends in between is in the
//! cache as ended while the list still counts it as running.
//! A relist that would find nothing new is not simulated: its tick is armed when the runtime changed or somebody waits for it.

use podlapse_model::{SortedMap, SortedSet};
use std::sync::Arc;

use podlapse_model::api::core::v1::{Container, ContainerStatus, Pod};
use podlapse_model::{SimDuration, SimTime, Uid};

use super::crash_loop::resume;
use super::machine::{Kubelet, KubeletContext, KubeletOutput, KubeletTimer, Waiter};
use super::runtime_status::RuntimeStatus;
use crate::cri::{Call, ContainerId, ContainerState, RuntimePods, SandboxState};
use crate::kernel::{WallClock, next_tick};
use crate::why::{Fact, Rule};

/// A second, and the few milliseconds that a relist takes before the next second is counted.
const RELIST_PERIOD: SimDuration = SimDuration::from_millis(1_005);
/// From an event to the pod worker that the sync loop wakes.
const EVENT_LATENCY: SimDuration = SimDuration::from_millis(2);

/// What the last lists showed.
#[derive(Clone, Debug, Default)]
pub(super) struct Pleg {
    phase: SimDuration,
    records: SortedMap<Uid, SortedMap<Arc<str>, Listed>>,
    cache: SortedMap<Uid, Arc<RuntimeStatus>>,
    /// When the list behind the cache was asked for.
    cached_at: Option<SimTime>,
    listing_since: Option<SimTime>,
    wants_another: bool,
    /// Pods whose events have not reached the sync loop.
    events: SortedSet<Uid>,
    /// Pods in which a container ended.
    died: SortedSet<Uid>,
    /// The list that waits for the status of what changed.
    inspecting: Option<(SimTime, SortedSet<Uid>)>,
}

/// What a list said of a container or sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listed {
    Running,
    Exited,
    Unknown,
}

impl Pleg {
    pub(super) fn new(phase: SimDuration) -> Self {
        Pleg { phase, ..Pleg::default() }
    }

    pub(super) fn seen(&self, uid: &Uid) -> Arc<RuntimeStatus> {
        self.cache.get(uid).cloned().unwrap_or_default()
    }

    /// Whether the cache is newer than `time`; `tick` is the last one of the relist, which was not simulated if it found nothing.
    fn is_newer_than(&self, time: SimTime, tick: SimTime) -> bool {
        self.cached_at.is_some_and(|at| time <= at) || self.listing_since.is_none() && time <= tick
    }
}

impl Kubelet {
    /// Sees to it that the next tick relists.
    pub(super) fn arm_relist(&mut self, cx: &KubeletContext<'_>, out: &mut KubeletOutput) {
        let after = cx.now + SimDuration::from_nanos(1);
        out.arm(KubeletTimer::Relist, next_tick(after, self.started_at + self.pleg.phase, RELIST_PERIOD));
    }

    /// Asks the runtime for its list.
    pub(super) fn relist(&mut self, cx: &KubeletContext<'_>, out: &mut KubeletOutput) {
        if self.pleg.listing_since.is_some() {
            self.pleg.wants_another = true;
            return;
        }
        self.pleg.listing_since = Some(cx.now);
        self.call(Waiter::Relist, Call::ListPods, out);
    }

    /// Compares a list with the one before.
    pub(super) fn relisted(&mut self, cx: &mut KubeletContext<'_>, pods: &RuntimePods, out: &mut KubeletOutput) {
        let began = self.pleg.listing_since.unwrap_or(cx.now);
        let records = listed(pods);
        let before = std::mem::replace(&mut self.pleg.records, records);
        let uids: SortedSet<Uid> = self.pleg.records.keys().chain(before.keys()).cloned().collect();
        let changed: SortedSet<Uid> = uids.into_iter().filter(|uid| self.pleg.records.get(uid) != before.get(uid)).collect();
        for uid in &changed {
            self.turn_to(uid, out);
            let old = before.get(uid);
            for (id, state) in self.pleg.records.get(uid).into_iter().flatten() {
                if old.and_then(|old| old.get(id)) == Some(state) {
                    continue;
                }
                // That something is gone does not interest the pod worker (`isSyncPodWorthy`).
                self.pleg.events.insert(uid.clone());
                if *state == Listed::Exited {
                    self.pleg.died.insert(uid.clone());
                    report_exit(pods, id, out);
                }
            }
        }
        if changed.is_empty() {
            self.renewed(cx, began, out);
            return;
        }
        self.pleg.inspecting = Some((began, changed));
        self.call(Waiter::Inspect, Call::ListPods, out);
    }

    /// Renews the cache for the Pods that changed.
    pub(super) fn inspected(&mut self, cx: &mut KubeletContext<'_>, pods: &RuntimePods, out: &mut KubeletOutput) {
        let Some((began, changed)) = self.pleg.inspecting.take() else { return };
        for uid in &changed {
            self.update_cache(uid, pods);
        }
        self.renewed(cx, began, out);
    }

    fn renewed(&mut self, cx: &mut KubeletContext<'_>, began: SimTime, out: &mut KubeletOutput) {
        self.pleg.listing_since = None;
        self.pleg.cached_at = Some(began);
        if !self.pleg.events.is_empty() {
            out.arm(KubeletTimer::PlegEvents, cx.now + EVENT_LATENCY);
        }
        if std::mem::take(&mut self.pleg.wants_another) {
            self.relist(cx, out);
        }
        self.cache_renewed(cx, out);
    }

    /// Makes what the runtime has known from the start: this kubelet was at work before the run began.
    pub(crate) fn know(&mut self, pods: &RuntimePods) {
        self.pleg.records = listed(pods);
        let uids: Vec<Uid> = self.pleg.records.keys().cloned().collect();
        uids.iter().for_each(|uid| self.update_cache(uid, pods));
    }

    /// Makes the delay of a container known that has been restarted before the run began.
    pub(crate) fn resume_back_off(&mut self, wall: WallClock, pod: &Pod, container: &Container, status: &ContainerStatus) {
        resume(pod, container, status, &mut self.crash_backoff, wall);
    }

    /// Renews one Pod's entry in the cache.
    pub(super) fn update_cache(&mut self, uid: &Uid, pods: &RuntimePods) {
        let status = RuntimeStatus::of_pod(pods, uid, Some(&self.seen(uid)));
        self.pleg.cache.insert(uid.clone(), Arc::new(status));
    }

    /// Life-cycle events reach the sync loop: it wakes the Pods' workers and lets old dead containers go.
    pub(super) fn pleg_events(&mut self, cx: &mut KubeletContext<'_>, out: &mut KubeletOutput) {
        for uid in std::mem::take(&mut self.pleg.events) {
            self.wake_worker(cx, &uid, out);
            if self.pleg.died.remove(&uid) {
                self.remove_old_containers(&uid, out);
            }
        }
    }

    /// Keeps the newest dead run of each container (`podContainerDeletor`, `MaxPerPodContainerCount` 1).
    fn remove_old_containers(&mut self, uid: &Uid, out: &mut KubeletOutput) {
        let seen = self.seen(uid);
        let mut kept: SortedSet<Arc<str>> = SortedSet::new();
        let old: Vec<ContainerId> = seen
            .containers
            .iter()
            .filter(|run| run.exit().is_some() && !kept.insert(run.name.clone()))
            .map(|run| run.id.clone())
            .collect();
        for id in old {
            self.call(Waiter::Nobody, Call::RemoveContainer(id), out);
        }
    }

    /// Forgets a Pod that is gone.
    pub(super) fn forget_runtime_status(&mut self, uid: &Uid) {
        self.pleg.cache.remove(uid);
        self.pleg.died.remove(uid);
    }

    /// Whether the cache is newer than a moment (`GetNewerThan`).
    pub(super) fn is_cache_newer_than(&self, time: SimTime, now: SimTime) -> bool {
        let next = next_tick(now, self.started_at + self.pleg.phase, RELIST_PERIOD);
        let last = next.as_nanos().saturating_sub(i64::try_from(RELIST_PERIOD.as_nanos()).unwrap_or(0));
        self.pleg.is_newer_than(time, SimTime::from_nanos(last))
    }
}

fn listed(pods: &RuntimePods) -> SortedMap<Uid, SortedMap<Arc<str>, Listed>> {
    let mut records: SortedMap<Uid, SortedMap<Arc<str>, Listed>> = SortedMap::new();
    for sandbox in &pods.sandboxes {
        let state = match sandbox.state {
            SandboxState::Ready => Listed::Running,
            SandboxState::NotReady => Listed::Exited,
        };
        records.entry(sandbox.pod.clone()).or_default().insert(sandbox.id.0.clone(), state);
    }
    for container in &pods.containers {
        let state = match container.state {
            ContainerState::Running => Listed::Running,
            ContainerState::Exited => Listed::Exited,
            ContainerState::Created | ContainerState::Unknown => Listed::Unknown,
        };
        records.entry(container.pod.clone()).or_default().insert(container.id.0.clone(), state);
    }
    records
}

fn report_exit(pods: &RuntimePods, id: &Arc<str>, out: &mut KubeletOutput) {
    if let Some(container) = pods.containers.iter().find(|container| container.id.0 == *id) {
        let facts = [
            Fact::Container(container.name.clone()),
            Fact::ExitCode(container.exit_code),
            Fact::Word(container.reason.clone()),
            Fact::RestartCount(container.attempt),
        ];
        out.because(Rule::ContainerExited, facts);
    }
}
