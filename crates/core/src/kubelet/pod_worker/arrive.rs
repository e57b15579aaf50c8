//! Pods that come to a node, change and leave it.
//!
//! Models `pkg/kubelet/kubelet.go` `HandlePodAdditions`, `HandlePodUpdates`, `HandlePodRemoves` and `rejectPod`,
//! `pkg/kubelet/config` `checkAndUpdatePod`, and `pkg/kubelet/pod_workers.go` `calculateEffectiveGracePeriod` (v1.36).

use std::sync::Arc;

use podlapse_model::api::core::v1::{Pod, PodStatus};
use podlapse_model::{Metadata, Object, SimDuration, Uid, is_mirror};

use super::{Phase, Worker};
use crate::events::{EventType, PodEvent};
use crate::kubelet::admission::{Refusal, Shortage, admit};
use crate::kubelet::eviction::EVICTED;
use crate::kubelet::machine::{Kubelet, KubeletContext, KubeletOutput};
use crate::kubelet::preemption::victims;
use crate::kubelet::shutdown::NOT_ADMITTED;
use crate::kubelet::status::needs_readiness;
use crate::store::Change;
use crate::why::{Fact, Rule};

impl Kubelet {
    /// A Pod of this node changed in the API (`HandlePodAdditions`, `HandlePodUpdates`, `HandlePodRemoves`).
    pub(in crate::kubelet) fn pod_changed(&mut self, cx: &mut KubeletContext<'_>, change: Change, out: &mut KubeletOutput) {
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
    pub(in crate::kubelet) fn pod_arrived(
        &mut self,
        cx: &mut KubeletContext<'_>,
        uid: &Uid,
        pod: Arc<Pod>,
        out: &mut KubeletOutput,
    ) {
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
    pub(in crate::kubelet) fn admitted(
        &mut self,
        cx: &mut KubeletContext<'_>,
        uid: &Uid,
        pod: &Arc<Pod>,
        out: &mut KubeletOutput,
    ) {
        self.grant(uid, pod);
        // Of a Pod that was over before, nothing is mounted any more.
        if self.workers.get(uid).is_some_and(|worker| worker.phase != Phase::Terminated) {
            self.volumes.add_pod(cx, uid, pod, out);
        }
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
        let (reason, message) = NOT_ADMITTED;
        let refused = match self.pressure_refusal(pod) {
            _ if self.shutdown.is_some() => Err(Refusal { reason: reason.to_owned(), message: message.to_owned() }),
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
    pub(in crate::kubelet) fn pod_left(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
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
            Phase::Terminating { grace_seconds } => *grace_seconds = Some(effective(*grace_seconds)),
            Phase::Terminated | Phase::Finished => {}
        }
    }

    /// Ends the Pod's syncing phase.
    pub(in crate::kubelet) fn terminate(
        &mut self,
        cx: &KubeletContext<'_>,
        uid: &Uid,
        grace_seconds: Option<i64>,
        out: &mut KubeletOutput,
    ) {
        let Some(worker) = self.workers.get_mut(uid).filter(|worker| worker.phase == Phase::Syncing) else { return };
        worker.phase = Phase::Terminating { grace_seconds };
        let own = worker.pod.spec.as_ref().and_then(|spec| spec.termination_grace_period_seconds).unwrap_or_default();
        let grace = SimDuration::from_secs(grace_seconds.unwrap_or(own).unsigned_abs());
        out.because(Rule::PodTerminating, [Fact::Grace(grace)]);
        self.cancel_sync(cx, uid, out);
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
