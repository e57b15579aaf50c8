//! One event: taken from the queue, handled, and its effects carried out in order.

use std::sync::Arc;

use podlapse_model::simulation::ActionKind;
use podlapse_model::{ObjectKey, SimDuration, SimTime};

use super::client::{CommandId, REQUEST_LATENCY};
use super::event::{Event, Timer};
use super::timeline::{CommandRecord, LogRecord};
use super::world::World;
use super::{Step, StepId};
use crate::client::{ClientView, CommandLine, ExecCall, ExecEnd, Outcome, Turn, kubelet_address};
use crate::cri::{Call, ContainerId, Reply};
use crate::kubelet::{KubeletContext, KubeletEvent, KubeletOutput};
use crate::runtime::{RuntimeContext, RuntimeEvent, RuntimeOutput, RuntimeTimer};
use crate::store::{ApiContext, ApiError, Applied, Request, apply};
use crate::why::{Fact, Rule, Why};

/// How long a call or an answer is on its way between kubelet and runtime.
const SOCKET_LATENCY: SimDuration = SimDuration::from_millis(1);

impl World {
    /// Does the next event. What it changed or explained becomes a step; an event without effect for the eye does not.
    pub(super) fn step(&mut self) -> Option<Option<Step>> {
        let (key, queued) = self.queue.pop_first()?;
        self.now = key.at;
        let mut step = Step {
            id: StepId(self.next_step),
            cause: queued.cause,
            at: key.at,
            actor: queued.event.actor(),
            changes: Vec::new(),
            why: Vec::new(),
            calls: Vec::new(),
            logs: Vec::new(),
            decisions: Vec::new(),
            queue: Vec::new(),
            command: None,
        };
        self.pushed.clear();
        self.handle(queued.event, &mut step);
        let is_noteworthy = !step.changes.is_empty()
            || !step.why.is_empty()
            || !step.calls.is_empty()
            || !step.logs.is_empty()
            || !step.queue.is_empty()
            || step.command.is_some();
        if !is_noteworthy {
            return Some(None);
        }
        self.next_step += 1;
        let id = step.id;
        for key in std::mem::take(&mut self.pushed) {
            if let Some(queued) = self.queue.get_mut(&key) {
                queued.cause = Some(id);
            }
        }
        Some(Some(step))
    }

    fn handle(&mut self, event: Event, step: &mut Step) {
        match event {
            Event::Command(line) => self.begin_command(&line, step),
            Event::Request(id) => self.send_request(id, step),
            Event::Resume(id) => self.resume(id, step),
            Event::Ran(id, end) => self.ran(id, end, step),
            Event::Action(action) => self.act(action, step),
            Event::Controller(key) => self.control(key, step),
            Event::Nodes(event) => self.nodes_event(event, step),
            Event::Volumes(key) => self.control_volumes(key, step),
            Event::Scheduler(event) => self.schedule(event, step),
            Event::Kubelet(node, event) => self.kubelet(&node, event, step),
            Event::Runtime(node, event) => self.runtime(&node, event, step),
        }
    }

    /// Carries out a request and tells the watchers.
    pub(super) fn request(&mut self, request: Request, step: &mut Step) -> Result<Applied, ApiError> {
        self.request_and_warn(request, step).0
    }

    /// As `request`, with what the API server warns of.
    fn request_and_warn(&mut self, request: Request, step: &mut Step) -> (Result<Applied, ApiError>, Vec<String>) {
        let mut cx =
            ApiContext { now: self.now, wall: self.wall, random: &mut self.random, warnings: Vec::new(), is_trial: false };
        let result = apply(&mut self.store, request, &mut cx);
        let warnings = cx.warnings;
        if let Ok(applied) = &result {
            for change in applied.charges.iter().chain(&applied.change) {
                self.watch(change, step.cause);
                step.changes.push(change.clone());
            }
        }
        (result, warnings)
    }

    pub(super) fn kubelet(&mut self, node: &Arc<str>, event: KubeletEvent, step: &mut Step) {
        let Some(kubelet) = self.kubelets.get_mut(node) else { return };
        let mut out = KubeletOutput::default();
        let mut cx = KubeletContext { now: self.now, wall: self.wall, store: &self.store, random: &mut self.random };
        Arc::make_mut(kubelet).handle(&mut cx, event, &mut out);
        step.why.append(&mut out.why);
        for request in out.requests {
            // A refusal reaches the real kubelet's log only: the object has gone or is another one.
            let _ = self.request(request, step);
        }
        for (id, call) in out.calls {
            self.push(self.now + SOCKET_LATENCY, Event::Runtime(node.clone(), RuntimeEvent::Call { id, call }), step.cause);
        }
        for (timer, at) in out.timers {
            let name = Timer::Kubelet(node.clone(), timer.clone());
            match at {
                Some(at) => {
                    self.arm(name, at.max(self.now), Event::Kubelet(node.clone(), KubeletEvent::Timer(timer)), step.cause)
                }
                None => {
                    self.queue.cancel(&name);
                }
            }
        }
        if out.powers_off {
            self.switch_node(node, false, true, step);
        }
    }

    fn runtime(&mut self, node: &Arc<str>, event: RuntimeEvent, step: &mut Step) {
        let Some(runtime) = self.runtimes.get_mut(node) else { return };
        if matches!(event, RuntimeEvent::Call { .. }) && !self.nodes.has_runtime(node) {
            return;
        }
        let mut out = RuntimeOutput::default();
        let shared = self.shared.clone();
        let mut cx = RuntimeContext { now: self.now, wall: self.wall, random: &mut self.random, world: &shared };
        Arc::make_mut(runtime).handle(&mut cx, event, &mut out);
        step.calls.append(&mut out.calls);
        for (key, line) in out.logs {
            self.logs.push(key.clone(), line.clone());
            step.logs.push(LogRecord { key, line });
        }
        for (after, id, reply) in out.replies {
            let event = match (CommandId::of_call(id), reply) {
                // The streams of a command do not go through the CRI's calls, which would name a code.
                (Some(command), Reply::Exec(end)) => Event::Ran(command, end.map_err(|error| error.message)),
                (Some(_), _) => continue,
                (None, reply) => Event::Kubelet(node.clone(), KubeletEvent::Reply { id, reply }),
            };
            self.push(self.now + after + SOCKET_LATENCY, event, step.cause);
        }
        for (container, pid, request) in out.asked {
            self.connect(node, container, pid, &request, step.cause);
        }
        self.arm_runtime(node, out.timers, step.cause);
        let told = [(out.has_changed, KubeletEvent::RuntimeChanged), (out.uses_resources, KubeletEvent::ResourcesUsed)];
        for (_, event) in told.into_iter().filter(|(is_so, _)| *is_so) {
            self.push(self.now, Event::Kubelet(node.clone(), event), step.cause);
        }
    }

    /// Arms what a runtime waits for.
    pub(super) fn arm_runtime(&mut self, node: &Arc<str>, timers: Vec<(SimTime, RuntimeTimer)>, cause: Option<StepId>) {
        for (at, timer) in timers {
            let name = Timer::Runtime(node.clone(), timer.clone());
            self.arm(name, at.max(self.now), Event::Runtime(node.clone(), RuntimeEvent::Timer(timer)), cause);
        }
    }

    fn begin_command(&mut self, line: &CommandLine, step: &mut Step) {
        self.renew_signs(self.now);
        let command = self.language.start(line);
        step.why.push(Why { rule: Rule::UserAction, facts: vec![Fact::Message(line.line.clone())] });
        let id = self.client.add(line, self.now, command);
        // The workload reaches the API server at t = 0 by definition; any other command needs a moment to start.
        let is_workload = id == CommandId(0) && self.now == SimTime::ZERO;
        let delay = if is_workload {
            SimDuration::ZERO
        } else {
            let (min, max) = (SimDuration::from_millis(90), SimDuration::from_millis(190));
            self.random.between(crate::kernel::Purpose::ClientLatency, "", min, max).value
        };
        self.push(self.now + delay, Event::Resume(id), Some(step.id));
    }

    fn resume(&mut self, id: CommandId, step: &mut Step) {
        let Some(mut running) = self.client.running.remove(&id) else { return };
        running.is_waiting = false;
        let answers = std::mem::take(&mut running.answers);
        let warnings = std::mem::take(&mut running.warnings);
        let view = ClientView { store: &self.store, now: self.now, wall: self.wall, logs: &self.logs, warnings: &warnings };
        match running.command.resume(&view, answers) {
            Turn::Ask(requests) => {
                running.requests = requests.into();
                let event = if running.requests.is_empty() { Event::Resume(id) } else { Event::Request(id) };
                self.client.running.insert(id, running);
                self.push(self.now, event, step.cause);
            }
            Turn::Wait { until } => {
                running.is_waiting = true;
                self.client.running.insert(id, running);
                if let Some(at) = until {
                    self.arm(Timer::Command(id), at.max(self.now), Event::Resume(id), step.cause);
                }
            }
            Turn::Exec(call) => {
                self.client.running.insert(id, running);
                self.exec(id, &call, step.cause);
            }
            Turn::Done(outcome) => {
                step.command = Some(CommandRecord {
                    line: Some(running.line),
                    typed_at: running.typed_at,
                    took: self.now.since(running.typed_at),
                    outcome,
                    index: id.0,
                });
            }
        }
    }

    /// Runs a process in a container for a command.
    pub(super) fn exec(&mut self, id: CommandId, call: &ExecCall, cause: Option<StepId>) {
        let found = self.store.pod(&call.namespace, &call.pod).and_then(|pod| {
            let status = pod.status.as_ref()?;
            let all = [&status.container_statuses, &status.init_container_statuses, &status.ephemeral_container_statuses];
            let mut statuses = all.into_iter().flat_map(|list| list.iter().flatten());
            let container = statuses.find(|status| status.name == call.container)?.container_id.as_deref()?;
            let node = pod.spec.as_ref()?.node_name.as_deref()?;
            let container = ContainerId(container.trim_start_matches("containerd://").into());
            // The kubelet looks among the containers that run.
            let runs = self.runtimes.get(node).is_some_and(|runtime| runtime.runs(&container));
            (runs || !self.logs.is_served(node)).then(|| (Arc::<str>::from(node), container))
        });
        let Some((node, container)) = found else {
            let end = Err(format!("container not found ({:?})", call.container));
            self.push(self.now + REQUEST_LATENCY, Event::Ran(id, end), cause);
            return;
        };
        if !self.logs.is_served(&node) {
            let at = kubelet_address(&self.store, &node);
            let end = Err(format!("error dialing backend: dial tcp {at}: connect: connection refused"));
            self.push(self.now + REQUEST_LATENCY, Event::Ran(id, end), cause);
            return;
        }
        let (command, stdin) = (call.command.clone(), call.stdin.clone());
        let call = Call::Exec { id: container, command, stdin };
        self.push(self.now + REQUEST_LATENCY, Event::Runtime(node, RuntimeEvent::Call { id: id.call(), call }), cause);
    }

    fn ran(&mut self, id: CommandId, end: ExecEnd, step: &mut Step) {
        match self.client.running.get_mut(&id) {
            Some(running) => {
                running.command.ran(end);
                self.resume(id, step);
            }
            None if id == CommandId::LOOK => self.client.looked = Some(end),
            None => {}
        }
    }

    fn send_request(&mut self, id: CommandId, step: &mut Step) {
        let request = self.client.running.get_mut(&id).and_then(|running| running.requests.pop_front());
        let Some(request) = request else { return };
        let (rule, key) = describe(&request);
        let (result, mut warnings) = self.request_and_warn(request, step);
        step.why.push(Why {
            rule: if result.is_ok() { rule } else { Rule::RequestRejected },
            facts: key.map(Fact::Object).into_iter().collect(),
        });
        let Some(running) = self.client.running.get_mut(&id) else { return };
        running.warnings.append(&mut warnings);
        running.answers.push(result.map(|applied| applied.object));
        let is_last = running.requests.is_empty();
        let event = if is_last { Event::Resume(id) } else { Event::Request(id) };
        self.push(self.now + REQUEST_LATENCY, event, Some(step.id));
    }

    /// What happens to the cluster from outside of Kubernetes.
    fn act(&mut self, action: ActionKind, step: &mut Step) {
        step.why.push(Why { rule: Rule::UserAction, facts: Vec::new() });
        step.command = Some(CommandRecord {
            line: None,
            typed_at: self.now,
            took: SimDuration::ZERO,
            outcome: Outcome::default(),
            index: self.client.next_index(),
        });
        match action {
            ActionKind::Image(image) => Arc::make_mut(&mut self.shared).registries.put(image),
            ActionKind::Kill { pod, namespace, container, signal } => {
                let event = RuntimeEvent::Signal {
                    pod: (namespace.as_str().into(), pod.as_str().into()),
                    container: container.map(|name| Arc::from(name.as_str())),
                    signal: signal.as_str().into(),
                };
                let node =
                    self.store.pod(&namespace, &pod).and_then(|pod| pod.spec.as_ref()?.node_name.as_deref().map(Arc::from));
                if let Some(node) = node {
                    self.signal(node, event, step);
                }
            }
            ActionKind::Network { node, ready } => self.switch_network(&node, ready, step),
            ActionKind::Node { name, up: false, shutdown, .. } if !shutdown.is_empty() && self.nodes.has_runtime(&name) => {
                self.push(self.now, Event::Kubelet(name.as_str().into(), KubeletEvent::Shutdown(shutdown)), Some(step.id));
            }
            ActionKind::Node { name, up, reboot, .. } => self.switch_node(&name, up, reboot, step),
            ActionKind::StaticPod { node, file, manifest } => {
                self.write_file(&node.as_str().into(), file.as_str().into(), manifest.map(Into::into), step);
            }
            ActionKind::Kubectl { .. } => {}
        }
    }
}

/// The rule and the object of a request.
fn describe(request: &Request) -> (Rule, Option<ObjectKey>) {
    match request {
        Request::Create(object) => (Rule::ObjectCreated, Some(object.key())),
        Request::Update(object)
        | Request::Scale(object)
        | Request::Resize(object)
        | Request::UpdateEphemeralContainers(object)
        | Request::Finalize(object)
        | Request::UpdateStatus(object)
        | Request::ReplaceStatus(object) => (Rule::UserAction, Some(object.key())),
        Request::DryRun(request) => describe(request),
        Request::PatchPodStatus { key, .. } | Request::Bind { key, .. } => (Rule::UserAction, Some(key.clone())),
        Request::Delete { key, .. } | Request::Evict { key, .. } => (Rule::DeletionRequested, Some(key.clone())),
    }
}
