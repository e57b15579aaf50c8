//! The runtime's state machine: calls in, answers out.

use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;
use podlapse_model::simulation::SimulationSpec;
use podlapse_model::{Metadata, SimDuration, SimTime, SortedMap, Uid};
use podlapse_shell::{Pid, Reply as NetworkReply, Request, Stream, VolumeId, Volumes};

use super::container::Container;
use super::exit::Exit;
use super::image_store::{Registries, normalised};
use super::matching::Subject;
use super::place::Place;
use super::program::Program;
use super::pull::{PullOutcome, pull};
use super::record::{CallRecord, container_record, pod_name, record};
use super::sandbox::{Addresses, Failures};
use super::text;
use crate::client::{LogKey, LogLine};
use crate::cri::{
    Call, CallId, ContainerId, CriError, DialResult, ExecResult, ImageOnNode, PulledImage, Reply, RuntimePods, SandboxId,
    SandboxState, SandboxStatus,
};
use crate::kernel::{Purpose, Random, WallClock};

/// By how much two pulls of one image differ at most.
const PULL_JITTER: SimDuration = SimDuration::from_millis(4);
/// How long an answer of the runtime is on its way.
pub(super) const LATENCY: SimDuration = SimDuration::from_millis(2);
/// The lines of output that can stand in for a termination message.
const FALLBACK_LINES: usize = 80;

/// What is the same on all nodes.
#[derive(Clone, Debug)]
pub struct World {
    /// Behaviours and sandbox rules.
    pub spec: Arc<SimulationSpec>,
    /// What the registries hold.
    pub registries: Registries,
}

/// With what a runtime handles an event.
#[derive(Debug)]
pub struct RuntimeContext<'a> {
    /// When it is.
    pub now: SimTime,
    /// What the clock on the wall says then.
    pub wall: WallClock,
    /// For ids.
    pub random: &'a mut Random,
    /// What is the same on all nodes.
    pub world: &'a World,
}

/// What happens to a runtime.
#[derive(Clone, Debug)]
pub enum RuntimeEvent {
    /// The kubelet calls.
    Call {
        /// To be repeated in the answer.
        id: CallId,
        /// What it wants.
        call: Call,
    },
    /// A timer went off.
    Timer(RuntimeTimer),
    /// What the network says to a process that has asked.
    Answer {
        /// Its container.
        container: ContainerId,
        /// Its number there.
        pid: Pid,
        /// The answer.
        reply: NetworkReply,
    },
    /// Somebody outside of Kubernetes sends a signal to a container's first process.
    Signal {
        /// The Pod's namespace and name.
        pod: (Arc<str>, Arc<str>),
        /// The container; `None`: the first one that runs.
        container: Option<Arc<str>>,
        /// OOM, KILL, TERM, SEGV, ABRT, ...
        signal: Arc<str>,
    },
}

/// The timers of a runtime.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuntimeTimer {
    /// Something in a container is due.
    Container(ContainerId),
    /// A pull is through.
    Pull(CallId),
}

/// What a runtime did.
#[derive(Clone, Debug, Default)]
pub struct RuntimeOutput {
    /// Answers, each with the time it needs.
    pub replies: Vec<(SimDuration, CallId, Reply)>,
    /// Timers to arm.
    pub timers: Vec<(SimTime, RuntimeTimer)>,
    /// What containers wrote.
    pub logs: Vec<(LogKey, LogLine)>,
    /// What processes want of the network.
    pub asked: Vec<(ContainerId, Pid, Request)>,
    /// Calls that ended, for the record.
    pub calls: Vec<CallRecord>,
    /// Whether the state of any sandbox or container changed.
    pub has_changed: bool,
    /// Whether a container began to use something that the kubelet watches.
    pub uses_resources: bool,
}

/// containerd on one node.
#[derive(Clone, Debug)]
pub struct Runtime {
    pub(super) node: Arc<str>,
    addresses: Addresses,
    failures: Failures,
    pub(super) images: SortedMap<Arc<str>, ImageOnNode>,
    pub(super) pulls: SortedMap<CallId, (SimTime, Arc<str>, PullOutcome)>,
    pub(super) sandboxes: SortedMap<SandboxId, SandboxStatus>,
    pub(super) containers: SortedMap<ContainerId, Container>,
    /// Creations by Pod and container, which the scenario's runs count.
    pub(super) creations: SortedMap<(Uid, Arc<str>), u32>,
    pub(super) volumes: Volumes,
    /// The directory of each Pod's volume.
    pub(super) mounted: SortedMap<(Uid, String), VolumeId>,
}

impl Runtime {
    /// The runtime of a node with its preloaded images. `index` counts the nodes from 1.
    pub fn new(node: &str, index: u32, registries: &Registries) -> Self {
        Runtime {
            node: node.into(),
            addresses: Addresses::new(index),
            failures: Failures::default(),
            images: registries.preloaded_on(node),
            pulls: SortedMap::new(),
            sandboxes: SortedMap::new(),
            containers: SortedMap::new(),
            creations: SortedMap::new(),
            volumes: Volumes::default(),
            mounted: SortedMap::new(),
        }
    }

    /// The images that the node holds.
    pub fn images(&self) -> impl Iterator<Item = &ImageOnNode> {
        self.images.values()
    }

    /// Handles one event.
    pub fn handle(&mut self, cx: &mut RuntimeContext<'_>, event: RuntimeEvent, out: &mut RuntimeOutput) {
        match event {
            RuntimeEvent::Call { id, call } => self.call(cx, id, call, out),
            RuntimeEvent::Timer(RuntimeTimer::Container(id)) => self.run_container(cx, &id, out),
            RuntimeEvent::Timer(RuntimeTimer::Pull(id)) => self.finish_pull(cx, id, out),
            RuntimeEvent::Answer { container: id, pid, reply } => {
                if let Some(container) = self.containers.get_mut(&id) {
                    container.answer(pid, reply);
                    self.run_container(cx, &id, out);
                }
            }
            RuntimeEvent::Signal { pod, container, signal } => {
                let found = self.containers.iter().find(|(_, candidate)| {
                    let in_pod = self.sandboxes.get(&candidate.status.sandbox).is_some_and(|sandbox| sandbox.pod_name == pod);
                    candidate.is_running() && in_pod && container.as_ref().is_none_or(|name| candidate.status.name == *name)
                });
                if let Some((id, _)) = found {
                    let id = id.clone();
                    self.end_container(cx, &id, Exit::by_signal(&signal), out);
                }
            }
        }
    }

    fn call(&mut self, cx: &mut RuntimeContext<'_>, id: CallId, call: Call, out: &mut RuntimeOutput) {
        match call {
            Call::ListPods => out.replies.push((LATENCY, id, Reply::Pods(self.pods()))),
            Call::Usages => out.replies.push((LATENCY, id, Reply::Usages(self.usages(cx.now)))),
            Call::RunPodSandbox { pod, attempt } => {
                let result = self.run_pod_sandbox(cx, &pod, attempt);
                out.has_changed |= result.is_ok();
                out.calls.push(record(cx.now, "RunPodSandbox", &pod, result.as_ref().err()));
                out.replies.push((LATENCY, id, Reply::Sandbox(result)));
            }
            Call::ImageStatus { image } => {
                let found = normalised(&image).and_then(|name| self.images.get(name.as_str()).cloned());
                out.replies.push((LATENCY, id, Reply::Image(found)));
            }
            Call::PullImage { image, auths, pod: _ } => {
                let mut outcome = pull(&cx.world.registries, &image, &auths);
                outcome.takes =
                    outcome.takes + cx.random.between(Purpose::PullLatency, &image, SimDuration::ZERO, PULL_JITTER).value;
                out.timers.push((cx.now + outcome.takes, RuntimeTimer::Pull(id)));
                self.pulls.insert(id, (cx.now, image, outcome));
            }
            Call::CreateContainer { sandbox, pod, config } => {
                let result = self.create_container(cx, sandbox, &pod, &config);
                out.has_changed |= result.is_ok();
                out.calls.push(CallRecord {
                    container: config.name.clone(),
                    attempt: config.attempt,
                    detail: config.image.clone(),
                    ..record(cx.now, "CreateContainer", &pod, result.as_ref().err())
                });
                out.replies.push((LATENCY, id, Reply::Created(result)));
            }
            Call::StartContainer(container) => {
                let result = self.start_container(cx, &container, out);
                if let Some(found) = self.containers.get(&container) {
                    out.calls.push(container_record(cx.now, "StartContainer", found, result.as_ref().err()));
                }
                out.has_changed = true;
                out.replies.push((LATENCY, id, Reply::Done(result)));
            }
            Call::UpdateContainerResources { id: container, memory_limit } => {
                if let Some(program) = self.containers.get_mut(&container).and_then(|found| found.program.as_mut()) {
                    program.limit_memory(cx.now, memory_limit);
                }
                self.run_container(cx, &container, out);
                out.replies.push((LATENCY, id, Reply::Done(Ok(()))));
            }
            Call::StopContainer { id: container, timeout } => self.stop_container(cx, id, &container, timeout, out),
            Call::StopPodSandbox(sandbox) => {
                self.stop_sandbox(cx, &sandbox, out);
                out.replies.push((LATENCY, id, Reply::Done(Ok(()))));
            }
            Call::FillVolume { pod, volume, host_path, files } => {
                let directory = match &host_path {
                    Some(path) => VolumeId(format!("host:{path}").into()),
                    None => VolumeId(format!("{pod}/{volume}").into()),
                };
                self.volumes.create(directory.clone());
                // A directory of the node keeps what others have left in it.
                if host_path.is_none() {
                    self.volumes.fill(
                        &directory,
                        files.iter().map(|(path, file)| (path.as_str(), file.data.clone(), file.is_executable)),
                        cx.now,
                    );
                }
                self.mounted.insert((pod, volume), directory);
                out.replies.push((LATENCY, id, Reply::Done(Ok(()))));
            }
            Call::ReadVolumes { pod, files } => {
                let read = |file: (String, String)| {
                    let volume = self.mounted.get(&(pod.clone(), file.0.clone()));
                    let data = volume.and_then(|volume| self.volumes.read(volume, &file.1));
                    (file, data)
                };
                out.replies.push((LATENCY, id, Reply::Files(files.into_iter().map(read).collect())));
            }
            Call::RemoveContainer(container) => {
                if let Some(gone) = self.containers.remove(&container) {
                    out.calls.push(container_record(cx.now, "RemoveContainer", &gone, None));
                    out.has_changed = true;
                }
                out.replies.push((LATENCY, id, Reply::Done(Ok(()))));
            }
            Call::RemovePodSandbox(sandbox) => {
                out.has_changed |= self.sandboxes.remove(&sandbox).is_some();
                self.containers.retain(|_, container| container.status.sandbox != sandbox);
                out.replies.push((LATENCY, id, Reply::Done(Ok(()))));
            }
            Call::ExecSync { id: container, command, timeout } => {
                self.exec(cx, id, &container, (command, ""), Some(timeout), out);
            }
            Call::Exec { id: container, command, stdin } => self.exec(cx, id, &container, (command, &stdin), None, out),
            Call::Dial { id: container, request, timeout } => {
                let (result, takes) = self
                    .dial(Place::Of(&container), &request, timeout, cx.now)
                    .unwrap_or((DialResult::Refused, SimDuration::ZERO));
                out.replies.push((takes + LATENCY, id, Reply::Dial(result)));
            }
        }
    }

    /// Whether a container runs.
    pub fn runs(&self, id: &ContainerId) -> bool {
        self.containers.get(id).is_some_and(Container::is_running)
    }

    /// Everything on the node.
    pub fn pods(&self) -> RuntimePods {
        RuntimePods {
            sandboxes: self.sandboxes.values().cloned().collect(),
            containers: self.containers.values().map(|container| container.status.clone()).collect(),
            images: self.images.clone(),
        }
    }

    fn run_pod_sandbox(&mut self, cx: &mut RuntimeContext<'_>, pod: &Pod, attempt: u32) -> Result<SandboxStatus, CriError> {
        let uid = pod.uid();
        let (namespace, name) = pod_name(pod);
        let id = self.new_id(cx, &uid);
        let subject = Subject { namespace: &namespace, pod: &name, container: "", image: "", node: &self.node };
        if let Some(error) = self.failures.next(&cx.world.spec.sandbox, &uid, subject) {
            return Err(text::sandbox_error(&id, error));
        }
        let is_host_network = pod.spec.as_ref().and_then(|spec| spec.host_network).unwrap_or(false);
        let ip = if is_host_network { "".into() } else { self.free_address() };
        let status = SandboxStatus {
            id: SandboxId(id.into()),
            pod: uid,
            pod_name: (namespace, name),
            state: SandboxState::Ready,
            attempt,
            created_at: cx.now,
            ip,
        };
        self.sandboxes.insert(status.id.clone(), status.clone());
        Ok(status)
    }

    /// An id that nothing on the node has, what was there before the run included.
    pub(super) fn new_id(&self, cx: &mut RuntimeContext<'_>, pod: &Uid) -> String {
        loop {
            let id = cx.random.container_id(pod.as_str());
            let is_taken = self.containers.contains_key(&ContainerId(id.as_str().into()))
                || self.sandboxes.contains_key(&SandboxId(id.as_str().into()));
            if !is_taken {
                return id;
            }
        }
    }

    /// An address that no Pod of the node has; when all are taken, one of them.
    fn free_address(&mut self) -> Arc<str> {
        let mut address = self.addresses.allocate();
        for _ in 0..Addresses::COUNT {
            if !self.sandboxes.values().any(|sandbox| sandbox.ip == address) {
                break;
            }
            address = self.addresses.allocate();
        }
        address
    }

    fn finish_pull(&mut self, cx: &RuntimeContext<'_>, id: CallId, out: &mut RuntimeOutput) {
        let Some((began, image, outcome)) = self.pulls.remove(&id) else { return };
        if let Ok(PulledImage { image, .. }) = &outcome.result {
            self.images.insert(image.name.clone(), image.clone());
        }
        out.calls.push(CallRecord {
            took: cx.now.since(began),
            detail: image,
            ..record(cx.now, "PullImage", &Pod::default(), outcome.result.as_ref().err())
        });
        out.replies.push((LATENCY, id, Reply::Pulled(outcome.result)));
    }

    /// Lets a container's processes do what is due, and arms the timer for what comes next.
    pub(super) fn run_container(&mut self, cx: &mut RuntimeContext<'_>, id: &ContainerId, out: &mut RuntimeOutput) {
        let Some(container) = self.containers.get_mut(id).filter(|container| container.is_running()) else { return };
        let mut lines = Vec::new();
        let (mut sent, mut asked) = (Vec::new(), Vec::new());
        let mut world = podlapse_shell::World {
            fs: &mut container.files,
            volumes: &mut self.volumes,
            asked: Some(&mut asked),
            epoch_unix_ns: i64::try_from(cx.wall.start_unix_ns).unwrap_or_default(),
            sent: &mut sent,
        };
        let exit = container.program.as_mut().and_then(|program| program.poll(cx.now, &mut world, &mut lines));
        let key = LogKey {
            pod: container.status.pod.clone(),
            container: container.status.name.clone(),
            attempt: container.status.attempt,
        };
        for line in lines {
            let line = LogLine { at: line.at, is_stderr: line.stream == Stream::Stderr, text: line.text.into() };
            if FALLBACK_LINES <= container.tail.len() {
                container.tail.pop_front();
            }
            container.tail.push_back(line.text.clone());
            out.logs.push((key.clone(), line));
        }
        let mut answered = Vec::new();
        container.execs.retain_mut(|exec| {
            let mut lines = Vec::new();
            let ended = exec.process.poll(cx.now, &mut world, &mut lines);
            for line in lines {
                let is_error = exec.timeout.is_none() && line.stream == Stream::Stderr;
                let text = if is_error { &mut exec.errors } else { &mut exec.output };
                text.push_str(&line.text);
                text.push('\n');
            }
            if let Some(code) = ended {
                let (output, errors) = (std::mem::take(&mut exec.output), std::mem::take(&mut exec.errors));
                answered.push((exec.call, Ok(ExecResult { exit_code: code, output, errors })));
                return false;
            }
            match exec.timeout.filter(|timeout| *timeout <= cx.now.since(exec.started_at)) {
                Some(timeout) => {
                    answered.push((exec.call, Err(text::exec_timeout(timeout))));
                    false
                }
                None => true,
            }
        });
        out.replies.extend(answered.into_iter().map(|(call, result)| (LATENCY, call, Reply::Exec(result))));
        if container.take_signals(cx.now, sent) {
            out.timers.push((cx.now, RuntimeTimer::Container(id.clone())));
        }
        let is_killed = container.kill_at.is_some_and(|at| at <= cx.now);
        for (pid, request) in asked {
            match request {
                Request::Bind { port } => self.bind(id, pid, port, cx.now),
                request @ (Request::Resolve { .. } | Request::Connect { .. } | Request::Get { .. }) => {
                    out.asked.push((id.clone(), pid, request))
                }
            }
        }
        self.watch_usage(id, out);
        match exit {
            Some(exit) => self.end_container(cx, id, exit, out),
            None if is_killed => self.end_container(cx, id, Exit::with_code(137), out),
            None => {
                if let Some(at) = self.containers.get(id).and_then(wake_at) {
                    out.timers.push((at, RuntimeTimer::Container(id.clone())));
                }
            }
        }
    }
}

/// When something in a container is due next.
fn wake_at(container: &Container) -> Option<SimTime> {
    let main = container.program.as_ref().and_then(Program::wake_at);
    let execs =
        container.execs.iter().flat_map(|exec| [exec.process.wake_at(), exec.timeout.map(|timeout| exec.started_at + timeout)]);
    main.into_iter().chain(container.kill_at).chain(execs.flatten()).min()
}
