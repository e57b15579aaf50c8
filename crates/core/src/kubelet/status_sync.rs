//! Statuses on their way to the API server.
//!
//! Models `pkg/kubelet/status/status_manager.go` `syncBatch`, `syncPod` and `canBeDeleted` (v1.36): a changed status is sent at once,
//! one Pod after the other; what changed again in the meantime goes out in its latest version. What a status says is decided in
//! `status`.

use podlapse_model::SortedMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::{Node, Pod, PodCondition, PodStatus};
use podlapse_model::{SimDuration, SimTime, Uid};

use super::allocation::Allocation;
use super::container_spec::is_static;
use super::deadline;
use super::machine::{Kubelet, KubeletContext, KubeletOutput, KubeletTimer};
use super::pod_worker::Phase;
use super::probe::results::ProbeKind;
use super::runtime_status::RuntimeStatus;
use super::status::{CachedStatus, Eviction, StatusInputs, generate_status, merge_status, set_status, terminate_pod};
use crate::events::{EventType, PodEvent};
use crate::kernel::next_tick;
use crate::store::{Propagation, Request, Store};
use crate::why::{Fact, Rule};

/// From one round over all statuses to the next (`syncPeriod`).
const SYNC_PERIOD: SimDuration = SimDuration::from_secs(10);
/// How long before its own start a container must have started to count as found, in nanoseconds.
const RESTART_GRACE_NS: i64 = 10_000_000_000;
/// A read and a patch of one Pod.
const WRITE_LATENCY: SimDuration = SimDuration::from_millis(9);

/// What the status manager keeps.
#[derive(Clone, Debug, Default)]
pub(super) struct StatusSync {
    pods: SortedMap<Uid, Entry>,
    /// When the next one is written.
    armed_at: Option<SimTime>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// The Pod as the API has it.
    pod: Arc<Pod>,
    cached: Option<CachedStatus>,
    written: u64,
    is_delete_sent: bool,
    /// What shows a static Pod in the API.
    mirror: Option<Arc<Pod>>,
    /// The mirror that was written last.
    written_to: Option<String>,
}

impl StatusSync {
    /// The Pod as the API has it.
    pub(super) fn observe(&mut self, uid: &Uid, pod: &Arc<Pod>) {
        match self.pods.get_mut(uid) {
            Some(entry) => entry.pod = pod.clone(),
            None => {
                let entry =
                    Entry { pod: pod.clone(), cached: None, written: 0, is_delete_sent: false, mirror: None, written_to: None };
                self.pods.insert(uid.clone(), entry);
            }
        }
    }

    /// The status that the kubelet set last.
    pub(super) fn current(&self, uid: &Uid) -> Option<&PodStatus> {
        self.pods.get(uid)?.cached.as_ref().map(|cached| &cached.status)
    }

    /// What shows a static Pod in the API, if anything does.
    pub(super) fn set_mirror(&mut self, uid: &Uid, mirror: Option<Arc<Pod>>) {
        if let Some(entry) = self.pods.get_mut(uid) {
            entry.mirror = mirror;
        }
    }

    /// Forgets a Pod.
    pub(super) fn forget(&mut self, uid: &Uid) {
        self.pods.remove(uid);
    }
}

impl Kubelet {
    /// The addresses of this node, also while its object is gone (`getNodeAnyWay`).
    pub(super) fn host_ips(&self, store: &Store) -> Vec<Arc<str>> {
        addresses(store.node(&self.node).unwrap_or(&self.machine))
    }

    /// Generates a Pod's status and keeps it. Returns its phase.
    pub(super) fn set_status(
        &mut self,
        cx: &mut KubeletContext<'_>,
        uid: &Uid,
        pod: &Arc<Pod>,
        seen: &RuntimeStatus,
        pod_is_terminal: bool,
        out: &mut KubeletOutput,
    ) -> String {
        let eviction = self.is_past_deadline(cx, uid, pod).then(|| {
            out.because(Rule::DeadlineExceeded, [Fact::Message(deadline::MESSAGE.into())]);
            let event = PodEvent::pod(EventType::Normal, deadline::REASON, deadline::MESSAGE.to_owned());
            self.event(cx, pod, event, out);
            Eviction { reason: deadline::REASON.into(), message: deadline::MESSAGE.into(), disruption: None }
        });
        let eviction = eviction.or_else(|| self.workers.get(uid)?.eviction.clone());
        let api = self.statuses.pods.get(uid).map_or_else(|| pod.clone(), |entry| entry.pod.clone());
        let start_errors = self.start_errors.get(uid).cloned().unwrap_or_default();
        let host_ips = self.host_ips(cx.store);
        let resize = self.allocations.get(uid).map(Allocation::conditions).unwrap_or_default();
        let probes = &self.probes;
        let has_worker = |container: &str, kind: ProbeKind| probes.has_worker(uid, container, kind);
        // The spec is the one that is synced, the status the one that the API has.
        let subject = Pod { status: api.status.clone(), ..Pod::clone(pod) };
        let generated = generate_status(&StatusInputs {
            pod: &subject,
            old: self.statuses.current(uid),
            seen,
            start_errors: &start_errors,
            probes: &self.results,
            has_worker: &has_worker,
            pod_is_terminal,
            eviction: eviction.as_ref(),
            host_ips: &host_ips,
            clock: cx.wall,
            found_before: Some(self.found_before()),
            resize: &resize,
            actual: &|container| self.allocations.get(uid)?.actual(container).cloned(),
        });
        let phase = generated.status.phase.clone().unwrap_or_default();
        for container in generated.trigger_readiness {
            self.trigger_readiness(cx, uid, &container, out);
        }
        self.keep_status(cx, uid, &subject, generated.status, out);
        phase
    }

    /// Whether the Pod has run longer than it may (`pastActiveDeadline`).
    fn is_past_deadline(&self, cx: &KubeletContext<'_>, uid: &Uid, pod: &Pod) -> bool {
        let started = self.statuses.current(uid).or(pod.status.as_ref()).and_then(|status| status.start_time.as_ref());
        started.and_then(|started| deadline::deadline_after(pod, started, cx.wall)).is_some_and(|ends| ends <= cx.now)
    }

    /// Keeps a status and has it written if it says something new.
    pub(super) fn keep_status(
        &mut self,
        cx: &KubeletContext<'_>,
        uid: &Uid,
        pod: &Pod,
        status: PodStatus,
        out: &mut KubeletOutput,
    ) {
        let Some(entry) = self.statuses.pods.get_mut(uid) else { return };
        if let Some(changed) = set_status(pod, entry.cached.as_ref(), status, cx.wall, cx.now) {
            entry.cached = Some(changed);
            self.arm_statuses(cx, out);
        }
    }

    /// Changes the status that is kept, as probe results do, and has it written if that is news.
    pub(super) fn change_status(
        &mut self,
        cx: &KubeletContext<'_>,
        uid: &Uid,
        change: impl FnOnce(&Pod, &CachedStatus) -> Option<CachedStatus>,
        out: &mut KubeletOutput,
    ) {
        let Some(entry) = self.statuses.pods.get_mut(uid) else { return };
        if let Some(changed) = entry.cached.as_ref().and_then(|cached| change(&entry.pod, cached)) {
            entry.cached = Some(changed);
            self.arm_statuses(cx, out);
        }
    }

    /// The sandbox is there: the Pod can start containers (`OnPodSandboxReady`).
    pub(super) fn sandbox_ready(&mut self, cx: &KubeletContext<'_>, uid: &Uid, pod: &Arc<Pod>, out: &mut KubeletOutput) {
        let generation = pod.metadata.generation;
        let set = |pod: &Pod, cached: &CachedStatus| {
            let mut status = cached.status.clone();
            let conditions = status.conditions.get_or_insert_default();
            let ready = PodCondition {
                type_: "PodReadyToStartContainers".to_owned(),
                status: "True".to_owned(),
                observed_generation: generation,
                ..PodCondition::default()
            };
            match conditions.iter_mut().find(|condition| condition.type_ == ready.type_) {
                Some(condition) => *condition = ready,
                None => conditions.push(ready),
            }
            set_status(pod, Some(cached), status, cx.wall, cx.now)
        };
        self.change_status(cx, uid, set, out);
    }

    /// Nothing of the Pod runs any more (`TerminatePod`).
    pub(super) fn finish_status(&mut self, cx: &KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(entry) = self.statuses.pods.get_mut(uid) else { return };
        // Whether it was initialized is read from the update that is worked on, not from what the API says by now.
        let pod = self.workers.get(uid).map_or_else(|| entry.pod.clone(), |worker| worker.active.clone());
        if let Some(changed) = terminate_pod(&pod, entry.cached.as_ref(), cx.wall, cx.now) {
            entry.cached = Some(changed);
        }
        self.arm_statuses(cx, out);
    }

    fn arm_statuses(&mut self, cx: &KubeletContext<'_>, out: &mut KubeletOutput) {
        self.arm_statuses_at(cx.now + WRITE_LATENCY, out);
    }

    fn arm_statuses_at(&mut self, at: SimTime, out: &mut KubeletOutput) {
        if self.statuses.armed_at.is_none_or(|planned| at < planned) {
            self.statuses.armed_at = Some(at);
            out.arm(KubeletTimer::Statuses, at);
        }
    }

    /// The API shows a static Pod in another mirror. Its status goes there with the next change of any status, or with the next round
    /// over all of them.
    pub(super) fn show_status_in(
        &mut self,
        cx: &KubeletContext<'_>,
        uid: &Uid,
        mirror: Option<Arc<Pod>>,
        out: &mut KubeletOutput,
    ) {
        self.statuses.set_mirror(uid, mirror);
        if self.statuses.pods.get(uid).is_some_and(Entry::is_due) {
            self.arm_statuses_at(next_tick(cx.now, self.started_at, SYNC_PERIOD), out);
        }
    }

    /// Writes the next status, and deletes a Pod of which nothing is left.
    pub(super) fn write_statuses(&mut self, cx: &mut KubeletContext<'_>, out: &mut KubeletOutput) {
        self.statuses.armed_at = None;
        let next = self.statuses.pods.iter().find(|(_, entry)| entry.is_due()).map(|(uid, _)| uid.clone());
        let Some(uid) = next else { return };
        let could_run = self.could_have_running_containers(&uid);
        let Some(entry) = self.statuses.pods.get_mut(&uid) else { return };
        let key = podlapse_model::Object::Pod(entry.pod.clone()).key();
        let shown_in = entry.mirror.as_ref().and_then(|mirror| mirror.metadata.uid.clone());
        entry.written_to.clone_from(&shown_in);
        let uid = shown_in.map_or(uid, |mirror| mirror.as_str().into());
        // The status manager reads the Pod afresh before it writes.
        let current = cx
            .store
            .pod(key.namespace.as_str(), key.name.as_str())
            .filter(|pod| pod.metadata.uid.as_deref() == Some(uid.as_str()));
        if let (Some(cached), Some(current)) = (&entry.cached, current) {
            let api = current.status.clone().unwrap_or_default();
            let status = merge_status(current, &api, cached.status.clone(), could_run);
            entry.written = cached.version;
            if status != api {
                let phase = status.phase.as_deref().unwrap_or_default();
                out.because(Rule::StatusGenerated, [Fact::Object(key.clone()), Fact::Word(phase.into())]);
                out.requests.push(Request::PatchPodStatus { key: key.clone(), uid: uid.clone(), status: Box::new(status) });
            }
            let is_finished = cached.pod_is_finished;
            if is_finished && current.metadata.deletion_timestamp.is_some() && !entry.is_delete_sent {
                entry.is_delete_sent = true;
                out.because(Rule::ObjectRemoved, [Fact::Object(key.clone())]);
                out.requests.push(Request::Delete {
                    key,
                    uid: Some(uid.clone()),
                    grace_seconds: Some(0),
                    propagation: Propagation::Background,
                });
            }
        } else {
            entry.written = entry.cached.as_ref().map_or(0, |cached| cached.version);
        }
        if self.statuses.pods.values().any(Entry::is_due) {
            self.arm_statuses(cx, out);
        }
    }

    /// Containers that started before then ran before this kubelet did (`kubeletRestartGracePeriod`).
    pub(super) fn found_before(&self) -> SimTime {
        SimTime::from_nanos(self.started_at.as_nanos().saturating_sub(RESTART_GRACE_NS))
    }

    fn could_have_running_containers(&self, uid: &Uid) -> bool {
        self.workers.get(uid).is_some_and(|worker| match worker.phase {
            Phase::Syncing | Phase::Terminating { .. } => true,
            Phase::Terminated | Phase::Finished => false,
        })
    }
}

impl Entry {
    fn is_due(&self) -> bool {
        let Some(cached) = &self.cached else { return false };
        if is_static(&self.pod) {
            let Some(mirror) = &self.mirror else { return false };
            return self.written < cached.version || self.written_to != mirror.metadata.uid;
        }
        let can_go = cached.pod_is_finished && self.pod.metadata.deletion_timestamp.is_some() && !self.is_delete_sent;
        self.written < cached.version || can_go
    }
}

/// The addresses of a node that Pods see.
pub(super) fn host_ips(store: &Store, node: &str) -> Vec<Arc<str>> {
    store.node(node).map(|node| addresses(node)).unwrap_or_default()
}

fn addresses(node: &Node) -> Vec<Arc<str>> {
    let addresses = node.status.as_ref().and_then(|status| status.addresses.as_ref());
    let internal = addresses.into_iter().flatten().filter(|address| address.type_ == "InternalIP");
    internal.map(|address| Arc::from(address.address.as_str())).collect()
}
