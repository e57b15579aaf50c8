//! Stopping containers.
//!
//! Models `pkg/kubelet/kuberuntime/kuberuntime_container.go` `killContainer`, `killContainersWithSyncResult` and
//! `setTerminationGracePeriod` (v1.36), and `kuberuntime_termination_order.go`: the containers of a Pod that is stopped end side by
//! side, its sidecars after them in reverse order.

use std::collections::VecDeque;
use std::sync::Arc;

use podlapse_model::api::core::v1::{Container, LifecycleHandler, Pod};
use podlapse_model::{SimDuration, SimTime, Uid};

use super::{Activity, Phase, Stage};
use crate::cri::{Call, CallId, ContainerId, Reply};
use crate::events::{EventType, PodEvent};
use crate::kubelet::hook::{HookCall, failure, hook_call};
use crate::kubelet::machine::{Kubelet, KubeletContext, KubeletOutput, KubeletTimer, Waiter};
use crate::kubelet::pod_actions::{ContainerToKill, ContainerToReset, KillReason};
use crate::kubelet::runtime_status::RuntimeContainer;
use crate::why::{Fact, Rule};

/// `minimumGracePeriodInSeconds`.
const MINIMUM_GRACE_SECONDS: i64 = 2;

/// A container that is being stopped.
#[derive(Clone, Debug)]
pub(in crate::kubelet) struct Kill {
    id: ContainerId,
    name: Arc<str>,
    reason: Option<KillReason>,
    message: String,
    /// Seconds until SIGKILL, hook included.
    grace_seconds: i64,
    stage: KillStage,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KillStage {
    Planned,
    PreStop { since: SimTime },
    Stopping,
}

impl Kill {
    fn new(id: ContainerId, name: Arc<str>, reason: Option<KillReason>, message: String) -> Self {
        let message = if message.is_empty() { format!("Stopping container {name}") } else { message };
        Kill { id, name, reason, message, grace_seconds: 0, stage: KillStage::Planned }
    }

    /// One run of a Pod that is stopped as a whole.
    pub(super) fn of_pod(run: &RuntimeContainer) -> Self {
        Kill::new(run.id.clone(), run.name.clone(), None, String::new())
    }

    /// A run that a plan stops.
    pub(super) fn of_container(kill: &ContainerToKill) -> Self {
        Kill::new(kill.id.clone(), kill.name.as_str().into(), Some(kill.reason), kill.message.clone())
    }

    /// A run whose postStart hook failed.
    pub(super) fn of_failed_hook(id: ContainerId, name: Arc<str>) -> Self {
        Kill::new(id, name, None, "FailedPostStartHook".to_owned())
    }

    /// A run that is stopped to start the whole Pod afresh.
    pub(super) fn of_reset(reset: &ContainerToReset) -> Self {
        Kill::new(reset.id.clone(), reset.name.as_str().into(), None, String::new())
    }
}

impl Kubelet {
    /// Begins to stop runs, sidecars after the others.
    pub(super) fn begin_kills(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, kills: Vec<Kill>, out: &mut KubeletOutput) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let grace = match &worker.phase {
            Phase::Terminating { grace_seconds, .. } => Some(*grace_seconds),
            Phase::Syncing | Phase::Terminated | Phase::Finished => None,
        };
        let Some(sync) = worker.sync() else { return };
        sync.stage = Stage::Killing;
        sync.kills_next = in_order(&sync.pod, kills);
        self.next_kills(cx, uid, grace, out);
    }

    /// Begins with the next group, or goes on with the sync.
    fn next_kills(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, grace: Option<i64>, out: &mut KubeletOutput) {
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        let pod = sync.pod.clone();
        let Some(group) = sync.kills_next.pop_front() else {
            sync.stage = Stage::Ready;
            return;
        };
        for mut kill in group {
            let container = container_spec(&pod, &kill.name);
            kill.grace_seconds = grace.unwrap_or_else(|| grace_seconds(&pod, container, kill.reason));
            out.because(
                Rule::ContainerKilled,
                [
                    Fact::Container(kill.name.clone()),
                    Fact::Grace(SimDuration::from_secs(kill.grace_seconds.max(MINIMUM_GRACE_SECONDS).unsigned_abs())),
                    Fact::Message(kill.message.as_str().into()),
                ],
            );
            let event = PodEvent::container(&pod, &kill.name, EventType::Normal, "Killing", kill.message.clone());
            self.event(cx, &pod, event, out);
            let hook = container.and_then(|container| container.lifecycle.as_ref()?.pre_stop.as_ref());
            match hook.filter(|_| 0 < kill.grace_seconds) {
                Some(hook) => self.begin_pre_stop(cx, uid, kill, &pod, hook, out),
                None => self.stop(uid, kill, out),
            }
        }
    }

    fn begin_pre_stop(
        &mut self,
        cx: &KubeletContext<'_>,
        uid: &Uid,
        mut kill: Kill,
        pod: &Pod,
        hook: &LifecycleHandler,
        out: &mut KubeletOutput,
    ) {
        kill.stage = KillStage::PreStop { since: cx.now };
        let grace = SimDuration::from_secs(kill.grace_seconds.unsigned_abs());
        let (id, ends) = match hook_call(pod, &kill.name, &kill.id, hook, grace) {
            HookCall::Call(call) => (self.call(Waiter::Kill(uid.clone()), call, out), grace),
            HookCall::Sleep(span) => (self.next_id(), span.min(grace)),
            HookCall::Nothing => (self.next_id(), SimDuration::ZERO),
        };
        out.arm(KubeletTimer::Kill(uid.clone(), id), cx.now + ends);
        if let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) {
            sync.kills.insert(id, kill);
        }
    }

    fn stop(&mut self, uid: &Uid, mut kill: Kill, out: &mut KubeletOutput) {
        kill.stage = KillStage::Stopping;
        let timeout = SimDuration::from_secs(kill.grace_seconds.max(MINIMUM_GRACE_SECONDS).unsigned_abs());
        let id = self.call(Waiter::Kill(uid.clone()), Call::StopContainer { id: kill.id.clone(), timeout }, out);
        if let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) {
            sync.kills.insert(id, kill);
        }
    }

    /// The hook answered, or the container has stopped.
    pub(in crate::kubelet) fn kill_reply(
        &mut self,
        cx: &mut KubeletContext<'_>,
        uid: &Uid,
        id: CallId,
        reply: Reply,
        out: &mut KubeletOutput,
    ) {
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        let Some(kill) = sync.kills.remove(&id) else { return };
        let pod = sync.pod.clone();
        match kill.stage {
            KillStage::PreStop { since } => {
                out.timers.push((KubeletTimer::Kill(uid.clone(), id), None));
                let hook = container_spec(&pod, &kill.name).and_then(|spec| spec.lifecycle.as_ref()?.pre_stop.as_ref());
                if hook.is_some_and(|hook| failure(&pod, &kill.name, hook, &reply).is_some()) {
                    out.because(Rule::HookFailed, [Fact::Container(kill.name.clone()), Fact::Word("preStop".into())]);
                    let message = "PreStopHook failed".to_owned();
                    let event = PodEvent::container(&pod, &kill.name, EventType::Warning, "FailedPreStopHook", message);
                    self.event(cx, &pod, event, out);
                }
                self.pre_stop_ended(cx, uid, kill, since, out);
            }
            KillStage::Stopping | KillStage::Planned => {
                let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
                if sync.kills.is_empty() {
                    let grace = self.workers.get(uid).and_then(|worker| match worker.phase {
                        Phase::Terminating { grace_seconds, .. } => Some(grace_seconds),
                        Phase::Syncing | Phase::Terminated | Phase::Finished => None,
                    });
                    self.next_kills(cx, uid, grace, out);
                    self.run_steps(cx, uid, out);
                }
            }
        }
    }

    /// A hook's sleep is over, or its time is up.
    pub(in crate::kubelet) fn kill_timer(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, id: CallId, out: &mut KubeletOutput) {
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        let Some(kill) = sync.kills.remove(&id) else { return };
        self.forget_call(id);
        if let KillStage::PreStop { since } = kill.stage {
            self.pre_stop_ended(cx, uid, kill, since, out);
        }
    }

    /// The hook's time is taken off the grace period.
    fn pre_stop_ended(&mut self, cx: &KubeletContext<'_>, uid: &Uid, mut kill: Kill, since: SimTime, out: &mut KubeletOutput) {
        kill.grace_seconds -= cx.now.since(since).as_secs() as i64;
        self.stop(uid, kill, out);
    }

    /// The Pod gets less grace than before: runs that are being stopped get a new, shorter timeout.
    pub(super) fn shorten_kills(&mut self, uid: &Uid, grace_seconds: i64, out: &mut KubeletOutput) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let Activity::Syncing(sync) = &mut worker.activity else { return };
        let kills = std::mem::take(&mut sync.kills);
        for (id, mut kill) in kills {
            out.timers.push((KubeletTimer::Kill(uid.clone(), id), None));
            self.forget_call(id);
            kill.grace_seconds = grace_seconds;
            self.stop(uid, kill, out);
        }
    }
}

/// Groups of runs, each begun when the one before has stopped.
fn in_order(pod: &Pod, kills: Vec<Kill>) -> VecDeque<Vec<Kill>> {
    let sidecars: Vec<&str> = pod
        .spec
        .iter()
        .flat_map(|spec| spec.init_containers.iter().flatten())
        .filter(|container| container.restart_policy.as_deref() == Some("Always"))
        .map(|container| container.name.as_str())
        .collect();
    let (late, first): (Vec<Kill>, Vec<Kill>) = kills.into_iter().partition(|kill| sidecars.contains(&&*kill.name));
    let mut groups: VecDeque<Vec<Kill>> = VecDeque::new();
    if !first.is_empty() {
        groups.push_back(first);
    }
    let mut late: Vec<Kill> = late;
    late.sort_by_key(|kill| std::cmp::Reverse(sidecars.iter().position(|name| *name == &*kill.name)));
    groups.extend(late.into_iter().map(|kill| vec![kill]));
    groups
}

/// The grace of a container that is stopped while its Pod goes on, or whose deletion says how much there is.
fn grace_seconds(pod: &Pod, container: Option<&Container>, reason: Option<KillReason>) -> i64 {
    if let Some(grace) = pod.metadata.deletion_grace_period_seconds {
        return grace;
    }
    let probe = container.and_then(|container| match reason {
        Some(KillReason::LivenessProbe) => container.liveness_probe.as_ref(),
        Some(KillReason::StartupProbe) => container.startup_probe.as_ref(),
        Some(KillReason::DefinitionChanged | KillReason::Unknown) | None => None,
    });
    let own = pod.spec.as_ref().and_then(|spec| spec.termination_grace_period_seconds);
    probe.and_then(|probe| probe.termination_grace_period_seconds).or(own).unwrap_or(MINIMUM_GRACE_SECONDS)
}

/// The container of that name in the spec.
pub(in crate::kubelet) fn container_spec<'a>(pod: &'a Pod, name: &str) -> Option<&'a Container> {
    let spec = pod.spec.as_ref()?;
    spec.containers.iter().chain(spec.init_containers.iter().flatten()).find(|container| container.name == name)
}
