//! Starting one container.
//!
//! Models `pkg/kubelet/kuberuntime/kuberuntime_container.go` `startContainer` and the `start` helper of `kuberuntime_manager.go`
//! `SyncPod` (v1.36): crash back-off, image, configuration, create, start, postStart hook. Not modelled: PreCreateContainer hooks.

use std::sync::Arc;

use podlapse_model::api::core::v1::{Container, Pod, Volume};
use podlapse_model::{ImageReference, SimDuration, SimTime, Uid, is_sidecar};

use super::kill::Kill;
use super::{Stage, StartKind, Step, SyncError};
use crate::cri::{Call, ContainerConfig, ContainerId, ImageOnNode, Reply, VolumeFiles};
use crate::events::{EventType, PodEvent};
use crate::kubelet::container::container_config;
use crate::kubelet::container::env_file::env_files;
use crate::kubelet::container::hook::{HookCall, NO_TIMEOUT, failure, hook_call};
use crate::kubelet::container_spec::{as_container, container_spec};
use crate::kubelet::crash_loop::do_back_off;
use crate::kubelet::images::pull_secrets::{PullSecret, secrets_for};
use crate::kubelet::images::{After, Before, ImageLookup, ImageRequest, PullPolicy, Pulled};
use crate::kubelet::machine::{Kubelet, KubeletContext, KubeletOutput, KubeletTimer, Waiter};
use crate::kubelet::status::StartError;
use crate::why::{Fact, Rule};

/// A container on its way to running.
#[derive(Clone, Debug)]
pub(in crate::kubelet) struct Starting {
    kind: StartKind,
    index: usize,
    name: Arc<str>,
    stage: StartStage,
}

/// What it waits for.
#[derive(Clone, Debug)]
enum StartStage {
    /// Whether the image is on the node.
    Image,
    /// Its turn: one pull at a time.
    PullQueue { since: SimTime },
    /// The pull, with these credentials.
    Pulling { since: SimTime, began: SimTime, secrets: Vec<PullSecret> },
    /// The files that its variables come from.
    Files { image: ImageOnNode },
    /// The container being created.
    Creating,
    /// The container being started.
    Running { id: ContainerId },
    /// The postStart hook.
    PostStart { id: ContainerId },
}

impl Kubelet {
    /// Begins to start a container, unless it has to wait after a crash.
    pub(super) fn start_container(
        &mut self,
        cx: &mut KubeletContext<'_>,
        uid: &Uid,
        kind: StartKind,
        index: usize,
        out: &mut KubeletOutput,
    ) {
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        let (pod, seen) = (sync.pod.clone(), sync.seen.clone());
        let Some(container) = container_at(&pod, kind, index) else { return };
        let name: Arc<str> = match kind {
            StartKind::ImageVolume => volume_at(&pod, index).map_or("", |volume| volume.name.as_str()).into(),
            StartKind::Ephemeral | StartKind::Init | StartKind::Regular => container.name.as_str().into(),
        };
        if let Some(wait) = do_back_off(&pod, &container, &seen, &mut self.crash_backoff, cx.now) {
            let exit = seen.newest(&name).and_then(|run| run.exit());
            out.because(
                Rule::CrashLoopBackOff,
                [
                    Fact::Container(name.clone()),
                    Fact::ExitCode(exit.map_or(0, |exit| exit.code)),
                    Fact::Backoff { from: wait.since, to: wait.until, cap: self.crash_backoff.max() },
                ],
            );
            self.event(cx, &pod, wait.event, out);
            self.start_failed(uid, kind, name, "CrashLoopBackOff", wait.message, SyncError::BackOff(wait.until));
            return;
        }
        if let Some(exit) = seen.newest(&name).and_then(|run| run.exit()) {
            let policy = pod.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref()).unwrap_or("Always");
            let facts = [Fact::Container(name.clone()), Fact::ExitCode(exit.code), Fact::Word(policy.into())];
            out.because(Rule::ContainerRestarted, facts);
        }
        let image: Arc<str> = container.image.as_deref().unwrap_or_default().into();
        let starting = Starting { kind, index, name, stage: StartStage::Image };
        if let Some((reason, message)) = self.missing_image_volume(uid, &container) {
            self.not_started(cx, uid, &starting, &pod, reason, (reason, message), out);
            return;
        }
        self.call(Waiter::Worker(uid.clone()), Call::ImageStatus { image }, out);
        self.set_stage(uid, Stage::Starting(Box::new(starting)));
    }

    /// Why a volume that is an image cannot be mounted into a container, if one cannot be (`toKubeContainerImageVolumes`).
    fn missing_image_volume(&mut self, uid: &Uid, container: &Container) -> Option<(&'static str, String)> {
        let sync = self.workers.get_mut(uid)?.sync()?;
        let mounts = container.volume_mounts.iter().flatten();
        mounts.filter_map(|mount| sync.image_volumes.get(mount.name.as_str()).cloned()).next_back()
    }

    /// An answer for a container that is being started.
    pub(super) fn start_reply(
        &mut self,
        cx: &mut KubeletContext<'_>,
        uid: &Uid,
        starting: Starting,
        reply: Reply,
        out: &mut KubeletOutput,
    ) {
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        let (pod, ip) = (sync.pod.clone(), sync.pod_ips.first().cloned().unwrap_or_default());
        let Some(container) = container_at(&pod, starting.kind, starting.index) else { return };
        match (&starting.stage, reply) {
            (StartStage::Image, Reply::Image(found)) => self.image_known(cx, uid, starting, &pod, &container, found, out),
            (StartStage::Pulling { since, began, secrets }, Reply::Pulled(result)) => {
                let (took, took_with_waiting) = (cx.now.since(*began), cx.now.since(*since));
                self.next_pull(cx, uid, out);
                let request = image_request(&pod, &container);
                if let Ok(pulled) = &result {
                    let secret = pulled.opened_by.and_then(|index| secrets.get(index));
                    self.pull_records.record(request.image, &pulled.image.digest, secret);
                }
                let outcome = result.as_ref().map(|pulled| Pulled { size: pulled.image.size, took, took_with_waiting });
                let shown = outcome.as_ref().err().map(|error| error.shown()).unwrap_or_default();
                let outcome = outcome.map_err(|_| shown.as_str());
                match self.image_pulls.after(&request, outcome, cx.now) {
                    After::Pulled { event } => {
                        self.arm_image_list(cx, out);
                        out.because(Rule::ImagePulled, [Fact::Image(request.image.into()), Fact::Takes(took)]);
                        self.event(cx, &pod, event, out);
                        if let Ok(pulled) = result {
                            self.create_container(cx, uid, starting, &pod, &container, &pulled.image, out);
                        }
                    }
                    After::Failed { failure, message, event, delay } => {
                        let facts =
                            [Fact::Image(request.image.into()), Fact::Message(message.as_str().into()), Fact::Takes(delay)];
                        out.because(Rule::ImagePullFailed, facts);
                        self.event(cx, &pod, event, out);
                        self.not_started(cx, uid, &starting, &pod, failure.as_str(), (failure.as_str(), message), out);
                    }
                }
            }
            (StartStage::Files { image }, Reply::Files(files)) => {
                let image = image.clone();
                self.create_with_files(cx, uid, starting, &pod, &container, &image, &files, out);
            }
            (StartStage::Creating, Reply::Created(result)) => match result {
                Ok(id) => {
                    out.because(Rule::ContainerCreated, [Fact::Container(starting.name.clone())]);
                    self.tell(cx, &pod, &starting.name, EventType::Normal, "Created", "Container created".to_owned(), out);
                    self.call(Waiter::Worker(uid.clone()), Call::StartContainer(id.clone()), out);
                    self.set_starting(uid, starting, StartStage::Running { id });
                }
                Err(error) => {
                    let why = (Rule::ContainerStartFailed, "CreateContainerError");
                    self.call_failed(cx, uid, &starting, &pod, why, error.message, out);
                }
            },
            (StartStage::Running { id }, Reply::Done(result)) => {
                let id = id.clone();
                match result {
                    Ok(()) => {
                        out.because(Rule::ContainerStarted, [Fact::Container(starting.name.clone())]);
                        self.runs_with(uid, &container);
                        self.tell(cx, &pod, &starting.name, EventType::Normal, "Started", "Container started".to_owned(), out);
                        self.post_start(cx, uid, starting, &pod, &container, id, out);
                    }
                    Err(error) => {
                        let why = (Rule::ContainerStartFailed, "RunContainerError");
                        self.call_failed(cx, uid, &starting, &pod, why, error.message, out);
                    }
                }
            }
            (StartStage::PostStart { id }, reply) => {
                let id = id.clone();
                let hook = container.lifecycle.as_ref().and_then(|lifecycle| lifecycle.post_start.as_ref());
                let failure = hook.and_then(|hook| failure(&pod, &container.name, hook, &reply, &ip));
                self.post_start_ended(cx, uid, starting, &pod, id, failure, out);
            }
            (StartStage::Image | StartStage::PullQueue { .. } | StartStage::Pulling { .. }, _)
            | (StartStage::Files { .. } | StartStage::Creating | StartStage::Running { .. }, _) => {}
        }
    }

    /// Whether the image is there is known: it is used, pulled, or waited for.
    #[expect(clippy::too_many_arguments, reason = "the pieces of one start, passed on by value")]
    fn image_known(
        &mut self,
        cx: &mut KubeletContext<'_>,
        uid: &Uid,
        starting: Starting,
        pod: &Arc<Pod>,
        container: &Container,
        found: Option<ImageOnNode>,
        out: &mut KubeletOutput,
    ) {
        let request = image_request(pod, container);
        let name_error = ImageReference::parse(request.image).err().map(|error| error.to_string());
        let present = found.as_ref().map(|image| &*image.digest);
        let must_attempt_pull = present.is_some_and(|image_ref| {
            let secrets = secrets_for(cx.store, pod, request.image);
            self.pull_records.must_attempt(request.image, image_ref, &secrets)
        });
        let lookup = ImageLookup { name_error: name_error.as_deref(), present: Ok(present), must_attempt_pull };
        match self.image_pulls.before(&request, &lookup, cx.now) {
            Before::Present { event, .. } => {
                let policy = container.image_pull_policy.as_deref().unwrap_or("IfNotPresent");
                out.because(Rule::ImagePresent, [Fact::Image(request.image.into()), Fact::Word(policy.into())]);
                self.event(cx, pod, event, out);
                if let Some(image) = found {
                    self.create_container(cx, uid, starting, pod, container, &image, out);
                }
            }
            Before::Refused { failure, message, event, wait } => {
                let rule = match failure {
                    crate::kubelet::images::ImageFailure::ImagePullBackOff => Rule::ImagePullBackOff,
                    crate::kubelet::images::ImageFailure::ErrImageNeverPull => Rule::ImageNeverPulled,
                    crate::kubelet::images::ImageFailure::InvalidImageName
                    | crate::kubelet::images::ImageFailure::ImageInspectError
                    | crate::kubelet::images::ImageFailure::ErrImagePull
                    | crate::kubelet::images::ImageFailure::RegistryUnavailable
                    | crate::kubelet::images::ImageFailure::SignatureValidationFailed => Rule::ImageNameInvalid,
                };
                let span = wait.map(|(from, to)| Fact::Backoff { from, to, cap: SimDuration::from_secs(300) });
                out.because(rule, [Fact::Image(request.image.into())].into_iter().chain(span));
                self.event(cx, pod, event, out);
                self.not_started(cx, uid, &starting, pod, failure.as_str(), (failure.as_str(), message), out);
            }
            Before::Pull { event } => {
                out.because(Rule::ImagePulling, [Fact::Image(request.image.into())]);
                self.event(cx, pod, event, out);
                self.pull_queue.push_back(uid.clone());
                self.set_starting(uid, starting, StartStage::PullQueue { since: cx.now });
                if self.pull_queue.front() == Some(uid) {
                    self.begin_pull(cx, uid, out);
                }
            }
        }
    }

    /// It is this Pod's turn to pull.
    fn begin_pull(&mut self, cx: &KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        let pod = sync.pod.clone();
        let Stage::Starting(starting) = &mut sync.stage else { return };
        let StartStage::PullQueue { since } = starting.stage else { return };
        let Some(container) = container_at(&pod, starting.kind, starting.index) else { return };
        let mut starting = Starting::clone(starting);
        let image = container.image.as_deref().unwrap_or_default();
        let secrets = secrets_for(cx.store, &pod, image);
        let auths = secrets.iter().map(|secret| secret.auth.clone()).collect();
        let call = Call::PullImage { image: image.into(), auths, pod: uid.clone() };
        self.call(Waiter::Worker(uid.clone()), call, out);
        starting.stage = StartStage::Pulling { since, began: cx.now, secrets };
        self.set_stage(uid, Stage::Starting(Box::new(starting)));
    }

    /// A pull is over: the next in line begins (`SerializeImagePulls`).
    pub(super) fn next_pull(&mut self, cx: &KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let was_first = self.pull_queue.front() == Some(uid);
        self.pull_queue.retain(|waiting| waiting != uid);
        if let Some(next) = self.pull_queue.front().cloned().filter(|_| was_first) {
            self.begin_pull(cx, &next, out);
        }
    }

    /// Creates the container, once the files that its variables come from were read.
    #[expect(clippy::too_many_arguments, reason = "the pieces of one start, passed on by value")]
    fn create_container(
        &mut self,
        cx: &mut KubeletContext<'_>,
        uid: &Uid,
        starting: Starting,
        pod: &Arc<Pod>,
        container: &Container,
        image: &ImageOnNode,
        out: &mut KubeletOutput,
    ) {
        if starting.kind == StartKind::ImageVolume {
            return;
        }
        let files = env_files(container);
        if files.is_empty() {
            self.create_with_files(cx, uid, starting, pod, container, image, &VolumeFiles::new(), out);
            return;
        }
        self.call(Waiter::Worker(uid.clone()), Call::ReadVolumes { pod: uid.clone(), files }, out);
        self.set_starting(uid, starting, StartStage::Files { image: image.clone() });
    }

    #[expect(clippy::too_many_arguments, reason = "the pieces of one start, passed on by value")]
    fn create_with_files(
        &mut self,
        cx: &mut KubeletContext<'_>,
        uid: &Uid,
        starting: Starting,
        pod: &Arc<Pod>,
        container: &Container,
        image: &ImageOnNode,
        files: &VolumeFiles,
        out: &mut KubeletOutput,
    ) {
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        let (ips, sandbox) = (sync.pod_ips.clone(), sync.sandbox.clone());
        let last = sync.seen.newest(&container.name).map(|run| run.restart_count);
        let kept = self.workers.get(uid).and_then(|worker| worker.kept_logs.get(&*starting.name).copied());
        let attempt = last.or(kept).map_or(0, |count| count + 1);
        match container_config(cx.store, pod, container, &ips, attempt, image, files) {
            Ok(config) => {
                let config: Arc<ContainerConfig> = Arc::new(config);
                if let Some(sandbox) = sandbox {
                    let call = Call::CreateContainer { sandbox, pod: pod.clone(), config };
                    self.call(Waiter::Worker(uid.clone()), call, out);
                    self.set_starting(uid, starting, StartStage::Creating);
                }
            }
            Err(message) => {
                let why = (Rule::ContainerConfigFailed, "CreateContainerConfigError");
                self.call_failed(cx, uid, &starting, pod, why, message, out);
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the pieces of one start, passed on by value")]
    fn post_start(
        &mut self,
        cx: &mut KubeletContext<'_>,
        uid: &Uid,
        starting: Starting,
        pod: &Arc<Pod>,
        container: &Container,
        id: ContainerId,
        out: &mut KubeletOutput,
    ) {
        let hook = container.lifecycle.as_ref().and_then(|lifecycle| lifecycle.post_start.as_ref());
        match hook.map(|hook| hook_call(pod, &container.name, &id, hook, NO_TIMEOUT)) {
            Some(HookCall::Call(call)) => {
                self.call(Waiter::Worker(uid.clone()), call, out);
                self.set_starting(uid, starting, StartStage::PostStart { id });
            }
            Some(HookCall::Sleep(span)) => {
                out.arm(KubeletTimer::Worker(uid.clone()), cx.now + span);
                self.set_starting(uid, starting, StartStage::PostStart { id });
            }
            Some(HookCall::Impossible(error)) => self.post_start_ended(cx, uid, starting, pod, id, Some(error), out),
            None => self.started(uid, starting.name),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the pieces of one start, passed on by value")]
    fn post_start_ended(
        &mut self,
        cx: &mut KubeletContext<'_>,
        uid: &Uid,
        starting: Starting,
        pod: &Arc<Pod>,
        id: ContainerId,
        failure: Option<String>,
        out: &mut KubeletOutput,
    ) {
        let Some(failure) = failure else {
            self.started(uid, starting.name);
            return;
        };
        out.because(Rule::HookFailed, [Fact::Container(starting.name.clone()), Fact::Word("postStart".into())]);
        let message = "PostStartHook failed".to_owned();
        self.tell(cx, pod, &starting.name, EventType::Warning, "FailedPostStartHook", message, out);
        if let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) {
            sync.steps.push_front(Step::Kill(vec![Kill::of_failed_hook(id, starting.name.clone())]));
        }
        self.start_failed(uid, starting.kind, starting.name, "PostStartHookError", failure, SyncError::Other);
    }

    /// Time has passed for a container that is being started: a hook's sleep is over, or the sync was cancelled.
    pub(super) fn start_timer(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        let Stage::Starting(starting) = &sync.stage else { return };
        let (starting, pod) = (Starting::clone(starting), sync.pod.clone());
        match &starting.stage {
            StartStage::PostStart { id } => {
                let id = id.clone();
                sync.stage = Stage::Ready;
                self.post_start_ended(cx, uid, starting, &pod, id, None, out);
            }
            StartStage::Image
            | StartStage::PullQueue { .. }
            | StartStage::Pulling { .. }
            | StartStage::Files { .. }
            | StartStage::Creating
            | StartStage::Running { .. } => return,
        }
        self.run_steps(cx, uid, out);
    }

    fn started(&mut self, uid: &Uid, name: Arc<str>) {
        if let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) {
            sync.tried.push((name, None));
        }
    }

    /// The runtime, or what it is asked for, does not let a container start.
    #[expect(clippy::too_many_arguments, reason = "the pieces of one start, passed on by value")]
    fn call_failed(
        &mut self,
        cx: &KubeletContext<'_>,
        uid: &Uid,
        starting: &Starting,
        pod: &Arc<Pod>,
        (rule, reason): (Rule, &'static str),
        message: String,
        out: &mut KubeletOutput,
    ) {
        out.because(
            rule,
            [Fact::Container(starting.name.clone()), Fact::Word(reason.into()), Fact::Message(message.as_str().into())],
        );
        self.not_started(cx, uid, starting, pod, &message.clone(), (reason, message), out);
    }

    /// Tells why a container was not started, and remembers it for the status.
    #[expect(clippy::too_many_arguments, reason = "the pieces of one start, passed on by value")]
    fn not_started(
        &mut self,
        cx: &KubeletContext<'_>,
        uid: &Uid,
        starting: &Starting,
        pod: &Arc<Pod>,
        told: &str,
        (reason, message): (&'static str, String),
        out: &mut KubeletOutput,
    ) {
        if starting.kind == StartKind::ImageVolume {
            // The containers that mount it tell of it.
            if let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) {
                sync.image_volumes.insert(starting.name.clone(), (reason, message));
            }
            return;
        }
        self.tell(cx, pod, &starting.name, EventType::Warning, "Failed", format!("Error: {told}"), out);
        self.start_failed(uid, starting.kind, starting.name.clone(), reason, message, SyncError::Other);
    }

    /// A container was not started: the next ones are tried all the same, unless it is an init container, which they wait for.
    fn start_failed(
        &mut self,
        uid: &Uid,
        kind: StartKind,
        name: Arc<str>,
        reason: &'static str,
        message: String,
        error: SyncError,
    ) {
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        let is_sidecar =
            container_spec(&sync.pod, &name).is_some_and(|container| kind == StartKind::Init && is_sidecar(container));
        sync.errors.push(error);
        sync.tried.push((name, Some(StartError { reason: reason.into(), message: message.into() })));
        if kind == StartKind::Init && !is_sidecar {
            sync.steps.retain(|step| !matches!(step, Step::Start(..)));
        }
    }

    #[expect(clippy::too_many_arguments, reason = "an event's parts")]
    fn tell(
        &mut self,
        cx: &KubeletContext<'_>,
        pod: &Arc<Pod>,
        container: &str,
        event_type: EventType,
        reason: &'static str,
        message: String,
        out: &mut KubeletOutput,
    ) {
        self.event(cx, pod, PodEvent::container(pod, container, event_type, reason, message), out);
    }

    fn set_starting(&mut self, uid: &Uid, starting: Starting, stage: StartStage) {
        self.set_stage(uid, Stage::Starting(Box::new(Starting { stage, ..starting })));
    }
}

fn image_request<'a>(pod: &'a Pod, container: &'a Container) -> ImageRequest<'a> {
    ImageRequest {
        pod,
        container: &container.name,
        image: container.image.as_deref().unwrap_or_default(),
        policy: PullPolicy::parse(container.image_pull_policy.as_deref()),
    }
}

fn volume_at(pod: &Pod, index: usize) -> Option<&Volume> {
    pod.spec.as_ref()?.volumes.as_ref()?.get(index)
}

/// A container by its place; an ephemeral one, or a volume that is an image, as the container it stands for.
fn container_at(pod: &Pod, kind: StartKind, index: usize) -> Option<Container> {
    let spec = pod.spec.as_ref()?;
    match kind {
        StartKind::Regular => spec.containers.get(index).cloned(),
        StartKind::Init => spec.init_containers.as_ref()?.get(index).cloned(),
        StartKind::Ephemeral => spec.ephemeral_containers.as_ref()?.get(index).map(as_container),
        StartKind::ImageVolume => {
            let source = volume_at(pod, index)?.image.as_ref()?;
            Some(Container {
                image: source.reference.clone(),
                image_pull_policy: source.pull_policy.clone(),
                ..Container::default()
            })
        }
    }
}
