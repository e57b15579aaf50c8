//! The runtime's state machine: calls in, answers out.

use podlapse_model::SortedMap;
use std::collections::VecDeque;
use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;
use podlapse_model::simulation::SimulationSpec;
use podlapse_model::{SimDuration, SimTime, Uid};
use podlapse_shell::{FileSystem, NoNetwork, Pid, Process, Start, Stream, VolumeId, Volumes};

use super::container::{Container, Exec};
use super::exit::Exit;
use super::image_store::{Registries, normalised};
use super::matching::Subject;
use super::program::{Interpreted, Program, Script, behavior, habit, is_open};
use super::pull::{PullOutcome, pull};
use super::sandbox::{Addresses, Failures};
use super::{dial, text};
use crate::client::{LogKey, LogLine};
use crate::cri::{
    Call, CallId, ContainerConfig, ContainerId, ContainerState, ContainerStatus, CriError, ExecResult, GrpcCode, ImageOnNode,
    PulledImage, Reply, RuntimePods, SandboxId, SandboxState, SandboxStatus,
};
use crate::kernel::{Purpose, Random, WallClock};

/// By how much two pulls of one image differ at most.
const PULL_JITTER: SimDuration = SimDuration::from_millis(4);
/// How long an answer of the runtime is on its way.
const LATENCY: SimDuration = SimDuration::from_millis(2);
/// The first process number of commands beside a container's own.
const EXEC_PIDS: u32 = 10_000;
/// The lines and bytes of output that can stand in for a termination message.
const FALLBACK_LINES: usize = 80;
const FALLBACK_LIMIT: usize = 2048;
/// The most that the kubelet reads of a termination message, in bytes.
const TERMINATION_MESSAGE_LIMIT: usize = 4096;

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
    /// Calls that ended, for the record.
    pub calls: Vec<CallRecord>,
    /// Whether the state of any sandbox or container changed.
    pub has_changed: bool,
    /// Whether a container began of whose memory something is known.
    pub uses_memory: bool,
}

/// A call as a log of the runtime's socket would show it.
#[derive(Clone, Debug, PartialEq)]
pub struct CallRecord {
    /// When it ended.
    pub at: SimTime,
    /// How long it took.
    pub took: SimDuration,
    /// Its name, as in `PullImage`; `(exit)` is the end of a container.
    pub call: &'static str,
    /// The Pod's namespace and name; empty where it has none.
    pub pod: (Arc<str>, Arc<str>),
    /// The container; empty where it has none.
    pub container: Arc<str>,
    /// Its attempt.
    pub attempt: u32,
    /// Image, command or exit reason, as the call has it.
    pub detail: Arc<str>,
    /// Exit code, for ends and commands.
    pub exit_code: Option<i32>,
    /// The error it ended with.
    pub error: Option<Arc<str>>,
}

/// containerd on one node.
#[derive(Clone, Debug)]
pub struct Runtime {
    node: Arc<str>,
    addresses: Addresses,
    failures: Failures,
    images: SortedMap<Arc<str>, ImageOnNode>,
    pub(super) pulls: SortedMap<CallId, (SimTime, Arc<str>, PullOutcome)>,
    pub(super) sandboxes: SortedMap<SandboxId, SandboxStatus>,
    pub(super) containers: SortedMap<ContainerId, Container>,
    /// Creations by Pod and container, which the scenario's runs count.
    creations: SortedMap<(Uid, Arc<str>), u32>,
    volumes: Volumes,
    /// The directory of each Pod's volume.
    mounted: SortedMap<(Uid, String), VolumeId>,
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

    /// Handles one event.
    pub fn handle(&mut self, cx: &mut RuntimeContext<'_>, event: RuntimeEvent, out: &mut RuntimeOutput) {
        match event {
            RuntimeEvent::Call { id, call } => self.call(cx, id, call, out),
            RuntimeEvent::Timer(RuntimeTimer::Container(id)) => self.run_container(cx, &id, out),
            RuntimeEvent::Timer(RuntimeTimer::Pull(id)) => self.finish_pull(cx, id, out),
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
            Call::MemoryUsage => {
                let usages = self.containers.values().filter_map(|container| container.memory_usage(cx.now)).collect();
                out.replies.push((LATENCY, id, Reply::Memory(usages)));
            }
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
                    self.volumes.fill(&directory, files.iter().map(|(path, bytes)| (path.as_str(), bytes.clone())), cx.now);
                }
                self.mounted.insert((pod, volume), directory);
                out.replies.push((LATENCY, id, Reply::Done(Ok(()))));
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
                let sandbox = self.containers.get(&container).map(|found| found.status.sandbox.clone());
                let in_pod = self.containers.values().filter(|candidate| Some(&candidate.status.sandbox) == sandbox.as_ref());
                let (result, takes) = dial::dial(in_pod, &request, timeout, cx.now);
                out.replies.push((takes + LATENCY, id, Reply::Dial(result)));
            }
        }
    }

    fn pods(&self) -> RuntimePods {
        RuntimePods {
            sandboxes: self.sandboxes.values().cloned().collect(),
            containers: self.containers.values().map(|container| container.status.clone()).collect(),
            images: self.images.clone(),
        }
    }

    fn run_pod_sandbox(&mut self, cx: &mut RuntimeContext<'_>, pod: &Pod, attempt: u32) -> Result<SandboxStatus, CriError> {
        let uid: Uid = pod.metadata.uid.as_deref().unwrap_or_default().into();
        let (namespace, name) = pod_name(pod);
        let id = cx.random.container_id(uid.as_str());
        let subject = Subject { namespace: &namespace, pod: &name, container: "", image: "", node: &self.node };
        if let Some(error) = self.failures.next(&cx.world.spec.sandbox, &uid, subject) {
            return Err(text::sandbox_error(&id, error));
        }
        let is_host_network = pod.spec.as_ref().and_then(|spec| spec.host_network).unwrap_or(false);
        let ip = if is_host_network { "".into() } else { self.addresses.allocate() };
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

    fn create_container(
        &mut self,
        cx: &mut RuntimeContext<'_>,
        sandbox: SandboxId,
        pod: &Arc<Pod>,
        config: &Arc<ContainerConfig>,
    ) -> Result<ContainerId, CriError> {
        let Some(home) = self.sandboxes.get(&sandbox) else {
            return Err(text::no_container(&sandbox.0));
        };
        let uid = home.pod.clone();
        let (namespace, name) = home.pod_name.clone();
        let count = self.creations.entry((uid.clone(), config.name.clone())).or_default();
        let creation = *count;
        *count += 1;
        let subject =
            Subject { namespace: &namespace, pod: &name, container: &config.name, image: &config.image, node: &self.node };
        let run = behavior(&cx.world.spec.behaviors, subject, creation);
        if let Some(error) = run.as_ref().and_then(|run| run.create_error.as_ref()) {
            return Err(text::create_error(error));
        }
        let id = ContainerId(cx.random.container_id(uid.as_str()).into());
        let mut files = FileSystem::new();
        for mount in &config.mounts {
            if let Some(volume) = self.mounted.get(&(uid.clone(), mount.volume.clone())) {
                files.mount(&mount.path, volume.clone(), &mount.sub_path, mount.read_only);
            }
        }
        let image = normalised(&config.image).unwrap_or_else(|| config.image.to_string());
        let user = config.run_as_user.unwrap_or(0);
        let status = ContainerStatus {
            id: id.clone(),
            sandbox,
            pod: uid,
            name: config.name.clone(),
            state: ContainerState::Created,
            created_at: cx.now,
            started_at: None,
            finished_at: None,
            exit_code: 0,
            reason: "".into(),
            message: "".into(),
            attempt: config.attempt,
            hash: config.hash,
            image: image.into(),
            image_ref: config.image_ref.clone(),
            user: (user, 0),
        };
        let container = Container {
            status,
            pod: pod.clone(),
            config: config.clone(),
            run,
            program: None,
            files,
            tail: VecDeque::new(),
            stopping: Vec::new(),
            kill_at: None,
            execs: Vec::new(),
        };
        self.containers.insert(id.clone(), container);
        Ok(id)
    }

    fn start_container(
        &mut self,
        cx: &mut RuntimeContext<'_>,
        id: &ContainerId,
        out: &mut RuntimeOutput,
    ) -> Result<(), CriError> {
        let Some(container) = self.containers.get_mut(id) else {
            return Err(text::no_container(&id.0));
        };
        if let Some(error) = container.run.as_ref().and_then(|run| run.start_error.as_ref()) {
            // containerd keeps the container that it could not start, as one that ended with 128.
            let failure = text::start_error(error);
            container.end(cx.now, Exit { code: 128, reason: "StartError".into() }, failure.message.clone());
            return Err(failure);
        }
        container.status.state = ContainerState::Running;
        container.status.started_at = Some(cx.now);
        container.program = Some(program(container, cx));
        out.uses_memory |= container.run.as_ref().is_some_and(|run| !run.memory.is_empty());
        self.run_container(cx, id, out);
        Ok(())
    }

    /// Lets a container's processes do what is due, and arms the timer for what comes next.
    fn run_container(&mut self, cx: &mut RuntimeContext<'_>, id: &ContainerId, out: &mut RuntimeOutput) {
        let Some(container) = self.containers.get_mut(id).filter(|container| container.is_running()) else { return };
        let mut lines = Vec::new();
        let mut sent = Vec::new();
        let mut world = podlapse_shell::World {
            fs: &mut container.files,
            volumes: &mut self.volumes,
            network: &mut NoNetwork,
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
        let is_killed = container.kill_at.is_some_and(|at| at <= cx.now);
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

    fn end_container(&mut self, cx: &RuntimeContext<'_>, id: &ContainerId, exit: Exit, out: &mut RuntimeOutput) {
        let Some(container) = self.containers.get_mut(id) else { return };
        let message = termination_message(container, &self.volumes, exit.code);
        for exec in std::mem::take(&mut container.execs) {
            let error = CriError::new(GrpcCode::Unknown, "failed to exec in container: container is not running");
            out.replies.push((LATENCY, exec.call, Reply::Exec(Err(error))));
        }
        container.end(cx.now, exit, message);
        for call in std::mem::take(&mut container.stopping) {
            out.replies.push((LATENCY, call, Reply::Done(Ok(()))));
        }
        out.calls.push(CallRecord {
            detail: container.status.reason.clone(),
            exit_code: Some(container.status.exit_code),
            ..container_record(cx.now, "(exit)", container, None)
        });
        out.has_changed = true;
    }

    fn stop_container(
        &mut self,
        cx: &mut RuntimeContext<'_>,
        call: CallId,
        id: &ContainerId,
        timeout: SimDuration,
        out: &mut RuntimeOutput,
    ) {
        let Some(container) = self.containers.get_mut(id) else {
            out.replies.push((LATENCY, call, Reply::Done(Ok(()))));
            return;
        };
        out.calls.push(container_record(cx.now, "StopContainer", container, None));
        match container.status.state {
            ContainerState::Running => {
                container.stopping.push(call);
                let kill_at = cx.now + timeout;
                container.kill_at = Some(container.kill_at.map_or(kill_at, |planned| planned.min(kill_at)));
                if let Some(program) = &mut container.program {
                    program.terminate(cx.now);
                }
                self.run_container(cx, id, out);
            }
            ContainerState::Created => {
                container.end(cx.now, Exit::with_code(137), String::new());
                out.has_changed = true;
                out.replies.push((LATENCY, call, Reply::Done(Ok(()))));
            }
            ContainerState::Exited | ContainerState::Unknown => out.replies.push((LATENCY, call, Reply::Done(Ok(())))),
        }
    }

    fn stop_sandbox(&mut self, cx: &RuntimeContext<'_>, sandbox: &SandboxId, out: &mut RuntimeOutput) {
        let inside: Vec<ContainerId> = self
            .containers
            .values()
            .filter(|container| container.status.sandbox == *sandbox && container.is_running())
            .map(|container| container.status.id.clone())
            .collect();
        for id in inside {
            self.end_container(cx, &id, Exit::with_code(137), out);
        }
        if let Some(found) = self.sandboxes.get_mut(sandbox) {
            found.state = SandboxState::NotReady;
            found.ip = "".into();
            out.has_changed = true;
            let mut call = record(cx.now, "StopPodSandbox", &Pod::default(), None);
            call.pod = found.pod_name.clone();
            out.calls.push(call);
        }
    }

    fn exec(
        &mut self,
        cx: &mut RuntimeContext<'_>,
        call: CallId,
        id: &ContainerId,
        (command, stdin): (Vec<String>, &str),
        timeout: Option<SimDuration>,
        out: &mut RuntimeOutput,
    ) {
        let Some(container) = self.containers.get_mut(id).filter(|container| container.is_running()) else {
            out.replies.push((LATENCY, call, Reply::Exec(Err(text::no_container(&id.0)))));
            return;
        };
        if let Some((takes, result)) = scripted_exec(container, &command, timeout, cx.now) {
            out.replies.push((takes + LATENCY, call, Reply::Exec(result)));
            return;
        }
        let hostname = container.pod.metadata.name.clone().unwrap_or_default();
        let pid = Pid(EXEC_PIDS + 1_000 * u32::try_from(container.execs.len()).unwrap_or(0));
        let start = Start { argv: &command, env: &container.config.env, cwd: "/", pid, hostname: &hostname, stdin };
        match Process::start(&start) {
            Ok(process) => {
                let process = Interpreted::new(process, cx.now);
                let exec = Exec { call, process, started_at: cx.now, timeout, output: String::new(), errors: String::new() };
                container.execs.push(exec);
                self.run_container(cx, id, out);
            }
            Err(_) => {
                let program = command.first().cloned().unwrap_or_default();
                let exec_id = cx.random.container_id(&id.0);
                out.replies.push((LATENCY, call, Reply::Exec(Err(text::exec_missing(&exec_id, &program)))));
            }
        }
    }
}

/// The program of a container that starts now.
fn program(container: &mut Container, cx: &RuntimeContext<'_>) -> Program {
    let config = container.config.clone();
    if container.run.is_none() {
        let image = normalised(&config.image).and_then(|name| cx.world.registries.find(&name).cloned());
        let (entrypoint, cmd) = image.map_or((Vec::new(), Vec::new()), |image| (image.entrypoint.clone(), image.cmd.clone()));
        // A command in the Pod replaces the image's entrypoint and its arguments, arguments in the Pod only those.
        let words: Vec<String> = match (config.command.is_empty(), config.args.is_empty()) {
            (false, _) => config.command.iter().chain(&config.args).cloned().collect(),
            (true, false) => entrypoint.iter().chain(&config.args).cloned().collect(),
            (true, true) => entrypoint.into_iter().chain(cmd).collect(),
        };
        let hostname = container.pod.metadata.name.clone().unwrap_or_default();
        let directory = if config.working_dir.is_empty() { "/" } else { &config.working_dir };
        let start = Start { argv: &words, env: &config.env, cwd: directory, pid: Pid(1), hostname: &hostname, stdin: "" };
        if let Ok(process) = Process::start(&start) {
            return Program::Interpreted(Interpreted::new(process, cx.now));
        }
        container.run = Some(Arc::new(cx.world.spec.catalogue.then(|| habit(&config.image)).flatten().unwrap_or_default()));
    }
    let run = container.run.clone().unwrap_or_default();
    Program::Scripted(Script::start(run, cx.now, config.memory_limit))
}

/// The outcome of a command that the scenario describes.
fn scripted_exec(
    container: &Container,
    command: &[String],
    timeout: Option<SimDuration>,
    now: SimTime,
) -> Option<(SimDuration, Result<ExecResult, CriError>)> {
    let joined = command.join(" ");
    let is_shell = command.len() == 3 && command[0].ends_with("sh") && command[1] == "-c";
    let line = if is_shell { command[2].as_str() } else { joined.as_str() };
    let run = container.run.as_ref()?;
    let is_meant = |wanted: &str| wanted == joined || wanted == line;
    let outcome = run.exec.iter().find(|exec| is_meant(&exec.command) && is_open(exec.window, container.since(), now))?;
    if let Some(timeout) = timeout.filter(|timeout| *timeout <= outcome.takes) {
        return Some((timeout, Err(text::exec_timeout(timeout))));
    }
    let result = ExecResult { exit_code: outcome.exit_code, output: outcome.output.clone(), errors: String::new() };
    Some((outcome.takes, Ok(result)))
}

/// The end of what the behaviour says, or of what lies at `terminationMessagePath` (`getTerminationMessage`).
fn termination_message(container: &Container, volumes: &Volumes, exit_code: i32) -> String {
    let scripted = container.run.as_ref().and_then(|run| run.termination_message.clone());
    let read = || container.files.read(volumes, &container.config.termination_message_path).unwrap_or_default();
    let written = scripted.map_or_else(read, |message| message.into_bytes().into());
    let end = &written[written.len().saturating_sub(TERMINATION_MESSAGE_LIMIT)..];
    let mut text = String::from_utf8_lossy(end).into_owned();
    if text.is_empty() && exit_code != 0 && container.config.falls_back_to_logs {
        text = container.tail.iter().map(|line| format!("{line}\n")).collect();
        let from = text.len().saturating_sub(FALLBACK_LIMIT);
        let from = (from..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(from);
        return text.split_off(from);
    }
    text
}

/// When something in a container is due next.
fn wake_at(container: &Container) -> Option<SimTime> {
    let main = container.program.as_ref().and_then(Program::wake_at);
    let execs =
        container.execs.iter().flat_map(|exec| [exec.process.wake_at(), exec.timeout.map(|timeout| exec.started_at + timeout)]);
    main.into_iter().chain(container.kill_at).chain(execs.flatten()).min()
}

fn pod_name(pod: &Pod) -> (Arc<str>, Arc<str>) {
    let metadata = &pod.metadata;
    (metadata.namespace.as_deref().unwrap_or_default().into(), metadata.name.as_deref().unwrap_or_default().into())
}

fn record(at: SimTime, call: &'static str, pod: &Pod, error: Option<&CriError>) -> CallRecord {
    CallRecord {
        at,
        took: SimDuration::ZERO,
        call,
        pod: pod_name(pod),
        container: "".into(),
        attempt: 0,
        detail: "".into(),
        exit_code: None,
        error: error.map(|error| error.to_string().into()),
    }
}

fn container_record(at: SimTime, call: &'static str, container: &Container, error: Option<&CriError>) -> CallRecord {
    CallRecord {
        container: container.status.name.clone(),
        attempt: container.status.attempt,
        ..record(at, call, &container.pod, error)
    }
}
