//! Stopping containers.
//!
//! Models `pkg/kubelet/kuberuntime/kuberuntime_container.go` `killContainer`, `killContainersWithSyncResult` and
//! `setTerminationGracePeriod`, and `kuberuntime_termination_order.go` (v1.36): all containers of a Pod that is stopped begin
//! together with their hooks; a sidecar then waits, within its grace, until the containers have ended and the sidecar after it. A kill
//! that has begun is not hurried: a shorter grace counts for the next one.

use podlapse_model::SortedSet;
use std::sync::Arc;

use podlapse_model::api::core::v1::{Container, LifecycleHandler, Pod};
use podlapse_model::{SimDuration, SimTime, Uid, is_sidecar};

use super::Stage;
use crate::cri::{Call, CallId, ContainerId, Reply};
use crate::events::{EventType, PodEvent};
use crate::kubelet::container::hook::{HookCall, NO_TIMEOUT, failure, hook_call};
use crate::kubelet::container_spec::container_spec;
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
    /// Seconds until SIGKILL, hook and turn included.
    grace_seconds: i64,
    /// Whether it waits for the containers that have to end before it.
    waits_for_turn: bool,
    stage: KillStage,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KillStage {
    Planned,
    PreStop { since: SimTime },
    Turn { since: SimTime },
    Stopping,
}

impl Kill {
    fn new(id: ContainerId, name: Arc<str>, reason: Option<KillReason>, message: String) -> Self {
        let message = if message.is_empty() { format!("Stopping container {name}") } else { message };
        Kill { id, name, reason, message, grace_seconds: 0, waits_for_turn: false, stage: KillStage::Planned }
    }

    /// One run of a Pod that is stopped as a whole.
    pub(super) fn of_pod(run: &RuntimeContainer) -> Self {
        Kill { waits_for_turn: true, ..Kill::new(run.id.clone(), run.name.clone(), None, String::new()) }
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
    /// Begins to stop runs side by side.
    pub(super) fn begin_kills(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, kills: Vec<Kill>, out: &mut KubeletOutput) {
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        if kills.is_empty() {
            return;
        }
        sync.stage = Stage::Killing;
        sync.ending = kills.iter().map(|kill| kill.name.clone()).collect();
        let (pod, grace) = (sync.pod.clone(), sync.grace_override);
        for mut kill in kills {
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
                None => self.take_turn(cx, uid, kill, out),
            }
        }
    }

    fn begin_pre_stop(
        &mut self,
        cx: &KubeletContext<'_>,
        uid: &Uid,
        mut kill: Kill,
        pod: &Arc<Pod>,
        hook: &LifecycleHandler,
        out: &mut KubeletOutput,
    ) {
        kill.stage = KillStage::PreStop { since: cx.now };
        let grace = SimDuration::from_secs(kill.grace_seconds.unsigned_abs());
        // The hook goes on when its time is up, until its container is gone.
        let (id, ends) = match hook_call(pod, &kill.name, &kill.id, hook, NO_TIMEOUT) {
            HookCall::Call(call) => (self.call(Waiter::Kill(uid.clone()), call, out), grace),
            HookCall::Sleep(span) => (self.next_id(), span.min(grace)),
            HookCall::Impossible(_) => {
                self.pre_stop_failed(cx, pod, &kill.name, out);
                self.take_turn(cx, uid, kill, out);
                return;
            }
        };
        out.arm(KubeletTimer::Kill(uid.clone(), id), cx.now + ends);
        if let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) {
            sync.kills.insert(id, kill);
        }
    }

    /// Stops a run, or has it wait for those that end before it.
    fn take_turn(&mut self, cx: &KubeletContext<'_>, uid: &Uid, mut kill: Kill, out: &mut KubeletOutput) {
        let sync = self.workers.get_mut(uid).and_then(|worker| worker.sync());
        let has_to_wait = sync.is_some_and(|sync| kill.waits_for_turn && has_to_wait(&sync.pod, &sync.ending, &kill.name));
        if !has_to_wait || kill.grace_seconds <= 0 {
            self.stop(uid, kill, out);
            return;
        }
        let grace = SimDuration::from_secs(kill.grace_seconds.unsigned_abs());
        kill.stage = KillStage::Turn { since: cx.now };
        let id = self.next_id();
        out.arm(KubeletTimer::Kill(uid.clone(), id), cx.now + grace);
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
                self.pre_stop_reply(cx, &pod, &kill.name, &reply, out);
                self.time_passed(cx, uid, kill, since, out);
            }
            KillStage::Stopping | KillStage::Planned | KillStage::Turn { .. } => self.stopped(cx, uid, &kill.name, out),
        }
    }

    /// A run has stopped: those that waited for it go on, and after the last one the sync does.
    fn stopped(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, name: &str, out: &mut KubeletOutput) {
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        sync.ending.remove(name);
        let (pod, ending) = (sync.pod.clone(), &sync.ending);
        let next: Vec<(CallId, SimTime)> = sync
            .kills
            .iter()
            .filter_map(|(id, kill)| match kill.stage {
                KillStage::Turn { since } if !has_to_wait(&pod, ending, &kill.name) => Some((*id, since)),
                KillStage::Turn { .. } | KillStage::Planned | KillStage::PreStop { .. } | KillStage::Stopping => None,
            })
            .collect();
        for (id, since) in next {
            out.timers.push((KubeletTimer::Kill(uid.clone(), id), None));
            let kill = self.workers.get_mut(uid).and_then(|worker| worker.sync()?.kills.remove(&id));
            if let Some(kill) = kill {
                self.time_passed(cx, uid, kill, since, out);
            }
        }
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        if sync.kills.is_empty() {
            sync.stage = Stage::Ready;
            self.run_steps(cx, uid, out);
        }
    }

    /// What a preStop hook came to; nobody may wait for it any more.
    pub(in crate::kubelet) fn pre_stop_reply(
        &mut self,
        cx: &KubeletContext<'_>,
        pod: &Arc<Pod>,
        container: &str,
        reply: &Reply,
        out: &mut KubeletOutput,
    ) {
        let hook = container_spec(pod, container).and_then(|spec| spec.lifecycle.as_ref()?.pre_stop.as_ref());
        if hook.is_some_and(|hook| failure(pod, container, hook, reply, "").is_some()) {
            self.pre_stop_failed(cx, pod, container, out);
        }
    }

    /// The event says no more, because the hook's output may hold secrets.
    fn pre_stop_failed(&mut self, cx: &KubeletContext<'_>, pod: &Arc<Pod>, container: &str, out: &mut KubeletOutput) {
        out.because(Rule::HookFailed, [Fact::Container(container.into()), Fact::Word("preStop".into())]);
        let message = "PreStopHook failed".to_owned();
        let event = PodEvent::container(pod, container, EventType::Warning, "FailedPreStopHook", message);
        self.event(cx, pod, event, out);
    }

    /// A hook's sleep is over, or the time of a hook or of a turn is up.
    pub(in crate::kubelet) fn kill_timer(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, id: CallId, out: &mut KubeletOutput) {
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        let Some(kill) = sync.kills.remove(&id) else { return };
        let pod = sync.pod.clone();
        match kill.stage {
            KillStage::PreStop { since } => {
                // The hook itself goes on until its container is gone.
                self.wait_instead(id, Waiter::LatePreStop(pod, kill.name.clone()));
                self.time_passed(cx, uid, kill, since, out);
            }
            KillStage::Turn { since } => self.time_passed(cx, uid, kill, since, out),
            KillStage::Stopping | KillStage::Planned => {}
        }
    }

    /// The time that a hook or a turn took is taken off the grace period, in whole seconds.
    fn time_passed(&mut self, cx: &KubeletContext<'_>, uid: &Uid, mut kill: Kill, since: SimTime, out: &mut KubeletOutput) {
        kill.grace_seconds -= i64::try_from(cx.now.since(since).as_secs()).unwrap_or(i64::MAX);
        match kill.stage {
            KillStage::PreStop { .. } => self.take_turn(cx, uid, kill, out),
            KillStage::Turn { .. } | KillStage::Planned | KillStage::Stopping => self.stop(uid, kill, out),
        }
    }
}

/// Whether a sidecar has to wait: for the Pod's own containers, and for the sidecar that comes after it in the spec.
fn has_to_wait(pod: &Pod, ending: &SortedSet<Arc<str>>, name: &str) -> bool {
    let Some(spec) = &pod.spec else { return false };
    let mut sidecars = spec.init_containers.iter().flatten().filter(|container| is_sidecar(container));
    if !sidecars.any(|container| container.name == name) {
        return false;
    }
    // The search above has left the iterator behind the sidecar itself.
    let next = sidecars.next();
    spec.containers.iter().chain(next).any(|container| ending.contains(container.name.as_str()))
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
