//! The sync of a Pod that is to run.
//!
//! Models `pkg/kubelet/kubelet.go` `SyncPod` and `pkg/kubelet/kuberuntime/kuberuntime_manager.go` `SyncPod` (v1.36): status first, then
//! network, volumes, probes, and the steps that `pod_actions` plans.

use podlapse_model::api::core::v1::Pod;
use podlapse_model::{SimDuration, Uid};

use super::kill::Kill;
use super::{Activity, Completion, Stage, StartKind, Step, SyncError};
use crate::cri::{Call, Reply};
use crate::events::{EventType, PodEvent};
use crate::kubelet::images::pull_secrets::missing_pull_secrets;
use crate::kubelet::machine::{Kubelet, KubeletContext, KubeletOutput, KubeletTimer, Waiter};
use crate::kubelet::pod_actions::{PodActions, pod_actions};
use crate::kubelet::runtime_status::RuntimeStatus;
use crate::kubelet::status::ALL_RESTARTING;
use crate::kubelet::volumes::Readiness;
use crate::why::{Fact, Rule};

/// `podAttachAndMountTimeout`.
const MOUNT_TIMEOUT: SimDuration = SimDuration::from_secs(123);
/// `podAttachAndMountRetryInterval`.
const MOUNT_POLL: SimDuration = SimDuration::from_millis(300);
const NETWORK_NOT_READY: &str = "network is not ready: container runtime network not ready: NetworkReady=false \
                                 reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized";

impl Kubelet {
    /// Begins a sync.
    pub(super) fn sync_pod(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        let (pod, seen) = (sync.pod.clone(), sync.seen.clone());
        self.finish_resize(cx, uid, &pod, out);
        let phase = self.set_status(cx, uid, &pod, &seen, false, out);
        self.arm_deadline(cx, uid, out);
        if matches!(phase.as_str(), "Succeeded" | "Failed") {
            out.because(Rule::PodFinished, [Fact::Word(phase.as_str().into())]);
            self.terminate(cx, uid, None, out);
            self.complete(cx, uid, Completion::PhaseEnded, out);
            return;
        }
        let is_host_network = pod.spec.as_ref().and_then(|spec| spec.host_network).unwrap_or(false);
        if !self.is_network_ready && !is_host_network {
            out.because(Rule::NetworkNotReady, []);
            self.event(cx, &pod, PodEvent::pod(EventType::Warning, "NetworkNotReady", NETWORK_NOT_READY.to_owned()), out);
            self.fail(uid, SyncError::Network);
            self.complete(cx, uid, Completion::Done, out);
            return;
        }
        self.reconcile_mirror(cx, &pod, out);
        self.refresh_volumes(cx, uid, &pod, out);
        if self.volumes.is_ready(uid) {
            self.volumes_ready(cx, uid, out);
            return;
        }
        if let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) {
            sync.stage = Stage::Volumes { deadline: cx.now + MOUNT_TIMEOUT };
        }
        out.arm(KubeletTimer::Volumes(uid.clone()), cx.now + MOUNT_POLL);
    }

    /// Looks again whether a Pod's volumes are there (`WaitForAttachAndMount`, `WaitForUnmount`).
    pub(in crate::kubelet) fn poll_volumes(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        let Stage::Volumes { deadline } = sync.stage else { return };
        let pod = sync.pod.clone();
        if sync.is_cancelled {
            self.complete(cx, uid, Completion::Done, out);
            return;
        }
        self.process_claims(cx, uid, out);
        match self.volumes.readiness(cx.store, uid) {
            Readiness::Ready => self.volumes_ready(cx, uid, out),
            Readiness::Failed { message } => {
                out.because(Rule::VolumesNotReady, [Fact::Message(message.as_str().into())]);
                let message = format!("Unable to attach or mount volumes: {message}");
                self.event(cx, &pod, PodEvent::pod(EventType::Warning, "FailedMount", message), out);
                self.fail(uid, SyncError::Other);
                self.complete(cx, uid, Completion::Done, out);
            }
            // A wait that runs out is an error without an event: the failed mounts have told already.
            Readiness::Waiting { message } if deadline <= cx.now => {
                out.because(Rule::VolumesNotReady, [Fact::Message(message.as_str().into())]);
                self.fail(uid, SyncError::Other);
                self.complete(cx, uid, Completion::Done, out);
            }
            Readiness::Waiting { .. } => out.arm(KubeletTimer::Volumes(uid.clone()), cx.now + MOUNT_POLL),
        }
    }

    /// The volumes are mounted: probes are added and the plan is made.
    fn volumes_ready(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        let (pod, seen) = (sync.pod.clone(), sync.seen.clone());
        let missing = missing_pull_secrets(cx.store, &pod);
        if !missing.is_empty() {
            let message = format!(
                "Unable to retrieve some image pull secrets ({}); attempting to pull the image may not succeed.",
                missing.join(", ")
            );
            self.event(cx, &pod, PodEvent::pod(EventType::Warning, "FailedToRetrieveImagePullSecret", message), out);
        }
        self.add_probes(cx, uid, &pod, out);
        let restart_all = self.is_restarting_all(uid);
        let mut actions = pod_actions(&pod, &seen, &self.results, restart_all);
        let mut resized = Vec::new();
        if restart_all {
            self.keep_logs(uid, &actions, &seen);
        } else {
            resized = self.plan_resizes(uid, &pod, &seen, &mut actions);
        }
        if let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) {
            sync.stage = Stage::Ready;
            let mut steps = steps(&actions, sync);
            // Other resources are seen at the next relist: they are no reason for one.
            sync.has_acted = !steps.is_empty();
            if !resized.is_empty() {
                let kills = steps.iter().take_while(|step| matches!(step, Step::Kill(_))).count();
                steps.insert(kills, Step::Resize(resized));
            }
            // Images of volumes are looked at in every sync, and that alone is no reason for a relist either.
            let starts = steps.iter().position(|step| matches!(step, Step::Start(..))).unwrap_or(steps.len());
            steps.splice(starts..starts, image_volumes(&pod).map(|index| Step::Start(StartKind::ImageVolume, index)));
            sync.steps = steps.into();
            if actions.create_sandbox {
                sync.pod_ips.clear();
            }
        }
        if actions.create_sandbox && actions.sandbox_id.is_some() {
            let message = "Pod sandbox changed, it will be killed and re-created.".to_owned();
            self.event(cx, &pod, PodEvent::pod(EventType::Normal, "SandboxChanged", message), out);
        }
        self.run_steps(cx, uid, out);
    }

    /// Whether a rule has asked to start the whole Pod afresh.
    fn is_restarting_all(&self, uid: &Uid) -> bool {
        let conditions = self.statuses.current(uid).and_then(|status| status.conditions.as_ref());
        conditions.into_iter().flatten().any(|condition| condition.type_ == ALL_RESTARTING && condition.status == "True")
    }

    /// Runs that are removed to start the Pod afresh leave their logs, from which the next run learns its number. The Pod is looked
    /// at again as soon as they are gone.
    fn keep_logs(&mut self, uid: &Uid, actions: &PodActions, seen: &RuntimeStatus) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        for reset in &actions.containers_to_reset {
            if let Some(run) = seen.container(&reset.id) {
                let kept = worker.kept_logs.entry(run.name.clone()).or_default();
                *kept = run.restart_count.max(*kept);
            }
        }
        if !actions.containers_to_reset.is_empty() {
            worker.note_update();
        }
    }

    /// Does the next steps until one has to wait.
    pub(in crate::kubelet) fn run_steps(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        loop {
            let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
            if !matches!(sync.stage, Stage::Ready) {
                return;
            }
            let Some(step) = sync.steps.pop_front() else {
                self.complete(cx, uid, Completion::Done, out);
                return;
            };
            self.do_step(cx, uid, step, out);
        }
    }

    fn do_step(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, step: Step, out: &mut KubeletOutput) {
        match step {
            Step::Kill(kills) => self.begin_kills(cx, uid, kills, out),
            Step::StopSandbox(id) => {
                self.set_stage(uid, Stage::StoppingSandbox);
                self.call(Waiter::Worker(uid.clone()), Call::StopPodSandbox(id), out);
            }
            Step::Remove(id) => {
                self.call(Waiter::Nobody, Call::RemoveContainer(id), out);
            }
            Step::CreateSandbox { attempt } => {
                let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
                sync.stage = Stage::CreatingSandbox;
                let pod = sync.pod.clone();
                self.call(Waiter::Worker(uid.clone()), Call::RunPodSandbox { pod, attempt }, out);
            }
            Step::Resize(names) => {
                let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
                let pod = sync.pod.clone();
                self.update_resources(uid, &pod, &names, out);
            }
            Step::Start(kind, index) => self.start_container(cx, uid, kind, index, out),
            Step::Stopped => self.pod_stopped(cx, uid, out),
        }
    }

    /// The runtime answers a sync.
    pub(in crate::kubelet) fn sync_reply(
        &mut self,
        cx: &mut KubeletContext<'_>,
        uid: &Uid,
        reply: Reply,
        out: &mut KubeletOutput,
    ) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let Activity::Syncing(sync) = &mut worker.activity else { return };
        match std::mem::replace(&mut sync.stage, Stage::Ready) {
            Stage::CreatingSandbox => self.sandbox_created(cx, uid, reply, out),
            Stage::Starting(starting) => self.start_reply(cx, uid, *starting, reply, out),
            Stage::InspectingEnd => {
                self.end_inspected(cx, uid, reply, out);
                return;
            }
            Stage::StoppingSandbox | Stage::Ready => {}
            stage @ (Stage::Volumes { .. } | Stage::Killing | Stage::Unmounting) => sync.stage = stage,
        }
        self.run_steps(cx, uid, out);
    }

    fn sandbox_created(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, reply: Reply, out: &mut KubeletOutput) {
        let Reply::Sandbox(result) = reply else { return };
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        let pod = sync.pod.clone();
        match result {
            Ok(sandbox) => {
                sync.pod_ips = if sandbox.ip.is_empty() { Vec::new() } else { vec![sandbox.ip.clone()] };
                sync.sandbox = Some(sandbox.id);
                out.because(Rule::SandboxCreated, [Fact::Word(sandbox.ip)]);
                self.sandbox_ready(cx, uid, &pod, out);
            }
            Err(error) => {
                sync.steps.clear();
                sync.errors.push(SyncError::Other);
                let message = format!("Failed to create pod sandbox: {error}");
                out.because(Rule::SandboxFailed, [Fact::Message(message.as_str().into())]);
                self.event(cx, &pod, PodEvent::pod(EventType::Warning, "FailedCreatePodSandBox", message), out);
            }
        }
    }

    pub(super) fn set_stage(&mut self, uid: &Uid, stage: Stage) {
        if let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) {
            sync.stage = stage;
        }
    }

    pub(super) fn fail(&mut self, uid: &Uid, error: SyncError) {
        if let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) {
            sync.errors.push(error);
        }
    }

    /// The Pod is to be stopped: a sync that waits for volumes gives up. Calls to the runtime go on to their end.
    pub(super) fn cancel_sync(&mut self, cx: &KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        if matches!(sync.stage, Stage::Volumes { .. }) {
            sync.is_cancelled = true;
            out.arm(KubeletTimer::Volumes(uid.clone()), cx.now);
        }
    }
}

/// The places of volumes that are images.
fn image_volumes(pod: &Pod) -> impl Iterator<Item = usize> {
    let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    volumes.enumerate().filter(|(_, volume)| volume.image.is_some()).map(|(index, _)| index)
}

/// The steps of a plan, in the order in which the kubelet takes them.
fn steps(actions: &PodActions, sync: &super::Sync) -> Vec<Step> {
    let mut steps = Vec::new();
    if actions.kill_pod {
        let running: Vec<Kill> = sync.seen.containers.iter().filter(|run| run.is_running()).map(Kill::of_pod).collect();
        if !running.is_empty() {
            steps.push(Step::Kill(running));
        }
        steps.extend(sync.seen.sandboxes.iter().map(|sandbox| Step::StopSandbox(sandbox.id.clone())));
        if actions.create_sandbox {
            // Initialisation begins anew in the new sandbox (`purgeInitContainers`).
            let init = sync.pod.spec.iter().flat_map(|spec| spec.init_containers.iter().flatten());
            let runs = init.flat_map(|container| sync.seen.containers.iter().filter(|run| *run.name == *container.name));
            steps.extend(runs.map(|run| Step::Remove(run.id.clone())));
        }
    } else {
        steps.extend(actions.containers_to_kill.iter().map(|kill| Step::Kill(vec![Kill::of_container(kill)])));
    }
    for reset in &actions.containers_to_reset {
        if reset.kill {
            steps.push(Step::Kill(vec![Kill::of_reset(reset)]));
        }
        steps.push(Step::Remove(reset.id.clone()));
    }
    if actions.create_sandbox {
        steps.push(Step::CreateSandbox { attempt: actions.attempt });
    }
    let starts = [
        (StartKind::Ephemeral, &actions.ephemeral_containers_to_start),
        (StartKind::Init, &actions.init_containers_to_start),
        (StartKind::Regular, &actions.containers_to_start),
    ];
    for (kind, indexes) in starts {
        steps.extend(indexes.iter().map(|&index| Step::Start(kind, index)));
    }
    steps
}
