//! Ending a node's Pods in order before its machine goes off.
//!
//! Models `pkg/kubelet/nodeshutdown/nodeshutdown_manager.go` `killPods`, `groupByPriority` and `Admit`, and of
//! `nodeshutdown_manager_linux.go` `processShutdownEvent` (v1.36): the node says at once that it is shutting down and takes no Pod any
//! more; the Pods of the lowest priority end first, each group in its own time at most.

use podlapse_model::api::core::v1::Pod;
use podlapse_model::simulation::ShutdownGroup;
use podlapse_model::{SimDuration, SimTime, Uid};

use super::machine::{Kubelet, KubeletContext, KubeletOutput, KubeletTimer};
use super::pod_worker::Phase;
use super::status::Eviction;
use crate::events::{EventType, PodEvent};
use crate::why::{Fact, Rule};

const REASON: &str = "Terminated";
const MESSAGE: &str = "Pod was terminated in response to imminent node shutdown.";
/// What the Ready condition of the node says.
pub(super) const SHUTTING_DOWN: &str = "node is shutting down";
/// Why a Pod is refused: reason and message.
pub(super) const NOT_ADMITTED: (&str, &str) = ("NodeShutdown", "Pod was rejected as the node is shutting down.");
/// What the machine needs until it is off, once the kubelet no longer holds it up.
const OFF_IN: SimDuration = SimDuration::from_secs(1);

/// A shutdown in progress.
#[derive(Clone, Debug)]
pub(super) struct Shutdown {
    /// The groups that are still to come, by priority.
    groups: Vec<(ShutdownGroup, Vec<Uid>)>,
    /// The Pods that are waited for, and until when; `None` once all have had their time.
    current: Option<(Vec<Uid>, SimTime)>,
}

impl Kubelet {
    /// The machine is about to go off.
    pub(super) fn begin_shutdown(&mut self, cx: &mut KubeletContext<'_>, groups: &[ShutdownGroup], out: &mut KubeletOutput) {
        if self.shutdown.is_some() || groups.is_empty() {
            return;
        }
        let mut groups: Vec<(ShutdownGroup, Vec<Uid>)> = groups.iter().map(|group| (*group, Vec::new())).collect();
        podlapse_model::sort_by(&mut groups, |one, other| one.0.priority.cmp(&other.0.priority));
        for (uid, worker) in self.workers.iter().filter(|(_, worker)| worker.phase == Phase::Syncing) {
            let index = group_of(&groups, &worker.pod);
            groups[index].1.push(uid.clone());
        }
        self.shutdown = Some(Shutdown { groups, current: None });
        let message = "Shutdown manager detected shutdown event".to_owned();
        self.tell_of_node(cx, PodEvent::pod(EventType::Normal, "Shutdown", message), out);
        self.report_node(cx, false, out);
        self.next_group(cx, out);
    }

    /// Ends the Pods of the next group that has any; after the last one the machine goes off.
    fn next_group(&mut self, cx: &mut KubeletContext<'_>, out: &mut KubeletOutput) {
        let Some(shutdown) = &mut self.shutdown else { return };
        let next = shutdown.groups.iter().position(|(_, pods)| !pods.is_empty());
        let Some(next) = next else {
            shutdown.current = None;
            out.arm(KubeletTimer::Shutdown, cx.now + OFF_IN);
            return;
        };
        let (group, pods) = shutdown.groups.drain(..=next).next_back().expect("the position is one of a group");
        let until = cx.now + group.period;
        shutdown.current = Some((pods.clone(), until));
        out.arm(KubeletTimer::Shutdown, until);
        let most = i64::try_from(group.period.as_secs()).unwrap_or(i64::MAX);
        for uid in pods {
            let Some(worker) = self.workers.get_mut(&uid) else { continue };
            worker.eviction = Some(Eviction { reason: REASON.into(), message: MESSAGE.into(), disruption: Some(MESSAGE.into()) });
            let own = worker.pod.spec.as_ref().and_then(|spec| spec.termination_grace_period_seconds);
            self.turn_to(&uid, out);
            out.because(Rule::PodTerminating, [Fact::Message(MESSAGE.into())]);
            self.terminate(cx, &uid, Some(own.map_or(most, |own| own.min(most))), out);
            self.wake_worker(cx, &uid, out);
        }
    }

    /// A Pod has let go of its volumes, or the time of a group is up.
    pub(super) fn go_on_with_shutdown(&mut self, cx: &mut KubeletContext<'_>, out: &mut KubeletOutput) {
        let Some(Shutdown { current: Some((pods, until)), .. }) = &self.shutdown else { return };
        let has_ended = |uid: &Uid| self.workers.get(uid).is_none_or(|worker| worker.phase == Phase::Finished);
        if *until <= cx.now || pods.iter().all(has_ended) {
            self.next_group(cx, out);
        }
    }

    /// The time of a group is up, or the machine goes off.
    pub(super) fn shutdown_timer(&mut self, cx: &mut KubeletContext<'_>, out: &mut KubeletOutput) {
        match &self.shutdown {
            Some(shutdown) if shutdown.current.is_none() => out.powers_off = true,
            Some(_) | None => self.go_on_with_shutdown(cx, out),
        }
    }
}

/// The group of a Pod: the highest whose priority is not above the Pod's, else the lowest.
fn group_of(groups: &[(ShutdownGroup, Vec<Uid>)], pod: &Pod) -> usize {
    let priority = pod.spec.as_ref().and_then(|spec| spec.priority).unwrap_or_default();
    groups.iter().rposition(|(group, _)| group.priority <= priority).unwrap_or_default()
}
