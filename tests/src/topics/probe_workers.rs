//! The workers of `functions/probes`: a small kubelet around the real decisions, as the recorder had one around the real workers.
//!
//! Workers start 0.4 s before the container; a restart comes 1.1 s after an exit; a result reaches the status after 5 ms. Ticks of
//! the same moment come in any order, so a case has as many outcomes as these orders make.

use std::collections::BTreeMap;

use podlapse_core::cri::{ContainerId, CriError, ExecResult, GrpcCode, SandboxId, SandboxState};
use podlapse_core::kernel::WallClock;
use podlapse_core::kubelet::probe::outcome::{Answer, MAX_TRIES, exec_answer, judge};
use podlapse_core::kubelet::probe::results::{ProbeKind, ProbeResult, ProbeResults};
use podlapse_core::kubelet::probe::ticker::Ticker;
use podlapse_core::kubelet::probe::worker::{ProbeAction, ProbeSpec, ProbeView, ResultUpdate, Worker};
use podlapse_core::kubelet::restart_policy::should_restart;
use podlapse_core::kubelet::runtime_status::{ContainerState, Exit, RuntimeContainer, RuntimeStatus, SandboxStatus};
use podlapse_core::kubelet::status::{CachedStatus, StartErrors, StatusInputs, generate_status, set_status};
use podlapse_model::api::core::v1::{Container, Pod, PodSpec};
use podlapse_model::{SimDuration, SimTime};
use serde_json::{Value, json};

use super::runtime::{at, seconds, text};
use super::typed;
use crate::Input;

const WORKERS_LEAD: SimDuration = SimDuration::from_millis(400);
const RESTART_DELAY: SimDuration = SimDuration::from_millis(1_100);
const STATUS_DELAY: SimDuration = SimDuration::from_millis(5);
/// More outcomes than this are a fault of the case or of the search.
const MOST_ORDERS: usize = 20_000;
const KINDS: [ProbeKind; 3] = [ProbeKind::Liveness, ProbeKind::Readiness, ProbeKind::Startup];

pub(super) fn workers(input: &Input<'_>) -> Result<Value, String> {
    Ok(json!({"log": Node::run(input.get("case"))?}))
}

/// All orders in which simultaneous ticks can come.
pub(super) fn racy_workers(input: &Input<'_>) -> Result<Value, String> {
    let case = input.get("case");
    let end = at(&case["duration"]);
    // Nodes by what they look like, so that orders that make no difference are followed once.
    let mut running: BTreeMap<String, Node<'_>> = [(String::new(), Node { is_racy: true, ..Node::new(case)? })].into();
    let mut logs = Vec::new();
    while let Some(now) = running.values().filter_map(Node::next_at).filter(|now| *now < end).min() {
        let (due, mut others): (Vec<Node<'_>>, _) =
            running.into_values().fold((Vec::new(), BTreeMap::new()), |(mut due, mut others), node| {
                if node.next_at() == Some(now) {
                    due.push(node);
                } else {
                    others.insert(node.looks(), node);
                }
                (due, others)
            });
        for node in due {
            for next in node.orders() {
                others.insert(next.looks(), next);
            }
        }
        if MOST_ORDERS < others.len() {
            return Err(format!("more than {MOST_ORDERS} orders at {now:?}"));
        }
        running = others;
    }
    logs.extend(running.into_values().map(Node::sorted_log));
    Ok(json!({"logs": logs}))
}

#[derive(Clone, Debug)]
enum Event {
    Tick(ProbeKind),
    Look(ProbeKind),
    ProbeDone(ProbeKind, ContainerId, Answer),
    Start,
    Exit(ContainerId, i32),
    Sync,
    Delete,
}

#[derive(Clone, Debug)]
struct Probing {
    worker: Worker,
    ticker: Ticker,
}

#[derive(Clone, Debug)]
struct Node<'a> {
    case: &'a Value,
    is_racy: bool,
    pod: Pod,
    clock: WallClock,
    now: SimTime,
    queue: BTreeMap<(SimTime, u64), Event>,
    next_id: u64,
    probing: BTreeMap<ProbeKind, Probing>,
    results: ProbeResults,
    seen: RuntimeStatus,
    cached: Option<CachedStatus>,
    started_at: SimTime,
    killed: Option<ContainerId>,
    shown: Value,
    log: Vec<Value>,
}

impl<'a> Node<'a> {
    fn run(case: &'a Value) -> Result<Vec<Value>, String> {
        let mut node = Node::new(case)?;
        let end = at(&case["duration"]);
        while let Some(((when, _), event)) = node.queue.pop_first() {
            if end <= when {
                break;
            }
            node.now = when;
            node.handle(event);
        }
        Ok(node.sorted_log())
    }

    /// When the next event comes.
    fn next_at(&self) -> Option<SimTime> {
        self.queue.keys().next().map(|(when, _)| *when)
    }

    /// Everything that makes a difference later on, and the log so far.
    fn looks(&self) -> String {
        let mut events: Vec<String> = self.queue.iter().map(|((when, _), event)| format!("{when:?} {event:?}")).collect();
        events.sort();
        let log = self.clone().sorted_log();
        let state = (&self.probing, &self.results, &self.seen, &self.cached, &self.killed, &self.shown, self.started_at);
        format!("{events:?} {state:?} {log:?}")
    }

    /// This node after one of the events of the next moment, for each of them.
    fn orders(self) -> Vec<Self> {
        let Some(now) = self.next_at() else { return Vec::new() };
        let due: Vec<(SimTime, u64)> = self.queue.keys().take_while(|(when, _)| *when == now).copied().collect();
        due.into_iter()
            .filter_map(|key| {
                let mut node = self.clone();
                let event = node.queue.remove(&key)?;
                node.now = now;
                node.handle(event);
                Some(node)
            })
            .collect()
    }

    fn new(case: &'a Value) -> Result<Self, String> {
        let container: Container = typed(&case["container"])?;
        let spec = PodSpec {
            containers: vec![container.clone()],
            restart_policy: Some(text(case, "restartPolicy").to_owned()),
            ..PodSpec::default()
        };
        let mut pod = Pod { spec: Some(spec), ..Pod::default() };
        pod.metadata.uid = Some("u".to_owned());
        let now = SimTime::ZERO - WORKERS_LEAD;
        let sandbox = SandboxStatus {
            id: SandboxId("sb".into()),
            state: SandboxState::Ready,
            attempt: 0,
            ip: Some("10.244.0.5".into()),
            created_at: now,
        };
        let mut node = Node {
            case,
            is_racy: false,
            pod,
            clock: WallClock { start_unix_ns: 1_781_524_800_000_000_000 + i128::from(seconds(&case["phase"])) },
            now,
            queue: BTreeMap::new(),
            next_id: 0,
            probing: BTreeMap::new(),
            results: ProbeResults::default(),
            seen: RuntimeStatus { sandboxes: vec![sandbox], ..RuntimeStatus::default() },
            cached: None,
            started_at: SimTime::ZERO,
            killed: None,
            shown: Value::Null,
            log: Vec::new(),
        };
        node.sync();
        node.shown = Value::Null;
        node.log.clear();
        for kind in KINDS {
            let Some(spec) = ProbeSpec::of(&container, kind) else { continue };
            node.probing.insert(kind, Probing { worker: Worker::new(spec), ticker: Ticker::start(spec.period, now) });
        }
        for kind in KINDS {
            node.look(kind);
        }
        node.at(SimTime::ZERO, Event::Start);
        if case.get("exitAt").is_some() {
            node.at(at(&case["exitAt"]), Event::Exit(ContainerId("c1-0".into()), 0));
        }
        if case.get("deleteAt").is_some() {
            node.at(at(&case["deleteAt"]), Event::Delete);
        }
        Ok(node)
    }

    fn at(&mut self, when: SimTime, event: Event) {
        self.next_id += 1;
        self.queue.insert((when, self.next_id), event);
    }

    fn tell(&mut self, mut entry: Value) {
        entry["t"] = json!((self.now.as_secs_f64() * 1e3).round() / 1e3);
        self.log.push(entry);
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Start => self.start(),
            Event::Exit(id, code) => self.exit(&id, code),
            Event::Sync => self.sync(),
            Event::Delete => {
                self.tell(json!({"what": "StopLivenessAndStartup"}));
                self.probing.retain(|kind, _| *kind == ProbeKind::Readiness);
            }
            Event::Tick(kind) => {
                let now = self.now;
                if self.probing.get_mut(&kind).is_some_and(|probing| probing.ticker.tick(now)) {
                    // Something else may happen between the tick and the worker's look.
                    if self.is_racy { self.at(now, Event::Look(kind)) } else { self.look(kind) }
                }
            }
            Event::Look(kind) => self.look(kind),
            Event::ProbeDone(kind, id, answer) => self.probe_done(kind, &id, answer),
        }
    }

    fn start(&mut self) {
        let count = self.seen.containers.len() as u32;
        let id = ContainerId(format!("c1-{count}").into());
        self.tell(json!({"what": "start", "container": &*id.0}));
        self.started_at = self.now;
        self.seen.containers.insert(
            0,
            RuntimeContainer {
                id,
                name: "c1".into(),
                state: ContainerState::Running { started_at: self.now },
                created_at: self.now,
                restart_count: count,
                hash: 0,
                image: "c1".into(),
                image_id: "c1".into(),
                image_ref: "c1".into(),
                sandbox: SandboxId("sb".into()),
                user: None,
                stop_signal: None,
                mounts: Vec::new(),
            },
        );
        self.sync();
    }

    fn exit(&mut self, id: &ContainerId, code: i32) {
        let now = self.now;
        let Some(run) = self.seen.containers.iter_mut().find(|run| run.id == *id && run.is_running()) else { return };
        run.state = ContainerState::Exited(Exit {
            started_at: Some(self.started_at),
            finished_at: now,
            code,
            reason: if code == 0 { "Completed" } else { "Error" }.into(),
            message: "".into(),
        });
        self.tell(json!({"what": "exit", "container": &*id.0, "exitCode": code}));
        self.sync();
        let spec = self.pod.spec.clone().unwrap_or_default();
        if should_restart(&spec, &spec.containers[0], code) {
            self.at(now + RESTART_DELAY, Event::Start);
        }
    }

    /// The kubelet makes the status anew.
    fn sync(&mut self) {
        let old = self.cached.as_ref().map(|cached| cached.status.clone());
        let probing = &self.probing;
        let generated = generate_status(&StatusInputs {
            pod: &self.pod,
            old: old.as_ref(),
            seen: &self.seen,
            start_errors: &StartErrors::new(),
            probes: &self.results,
            has_worker: &|_, kind| probing.contains_key(&kind),
            pod_is_terminal: false,
            eviction: None,
            host_ips: &[],
            clock: self.clock,
            found_before: None,
            resize: &[],
            actual: &|_| None,
        });
        let update = set_status(&self.pod, self.cached.as_ref(), generated.status, self.clock, self.now);
        self.cached = update.or(self.cached.take());
        self.pod.status = self.cached.as_ref().map(|cached| cached.status.clone());
        self.show_status();
        if !generated.trigger_readiness.is_empty() {
            let now = self.now;
            if self.probing.get_mut(&ProbeKind::Readiness).is_some_and(|probing| probing.ticker.trigger(now)) {
                self.look(ProbeKind::Readiness);
            }
        }
    }

    fn show_status(&mut self) {
        let Some(status) = self.pod.status.clone() else { return };
        let Some(container) = status.container_statuses.iter().flatten().next() else { return };
        let ready = status.conditions.iter().flatten().find(|condition| condition.type_ == "Ready");
        let entry = json!({
            "what": "status", "phase": status.phase, "podReady": ready.map(|ready| ready.status.clone()),
            "ready": container.ready, "started": container.started, "restartCount": container.restart_count,
        });
        if self.shown != entry {
            self.shown = entry.clone();
            self.tell(entry);
        }
    }

    fn look(&mut self, kind: ProbeKind) {
        let spec = self.pod.spec.clone().unwrap_or_default();
        let Some(probing) = self.probing.get_mut(&kind) else { return };
        let view = ProbeView {
            pod: &spec,
            container: &spec.containers[0],
            is_init_container: false,
            status: self.pod.status.as_ref(),
            clock: self.clock,
            found_before: None,
        };
        let decision = probing.worker.decide(&view, self.now);
        for update in decision.updates {
            self.set_result(kind, &update);
        }
        match decision.action {
            ProbeAction::Run => self.probe(kind),
            ProbeAction::Wait(_) => self.done_looking(kind),
            ProbeAction::Stop => {
                if let Some(id) = self.probing.remove(&kind).and_then(|probing| probing.worker.container().cloned()) {
                    self.results.remove(kind, &id);
                }
            }
        }
    }

    fn done_looking(&mut self, kind: ProbeKind) {
        let now = self.now;
        let Some(probing) = self.probing.get_mut(&kind) else { return };
        if probing.ticker.done(now) {
            self.look(kind);
        } else {
            let next = probing.ticker.next_tick();
            self.at(next, Event::Tick(kind));
        }
    }

    /// Runs the probe's command, whose outcome is that of the window it starts in.
    fn probe(&mut self, kind: ProbeKind) {
        let Some(probing) = self.probing.get(&kind) else { return };
        let (timeout, id) = (probing.worker.spec().timeout, probing.worker.container().cloned());
        let Some(id) = id else { return };
        let since_start = self.now.since(self.started_at);
        let mut windows = self.case["outcomes"][kind.title().to_lowercase()].as_array().into_iter().flatten();
        let window = windows.rfind(|window| at(&window["from"]) <= SimTime::ZERO + since_start).cloned().unwrap_or_default();
        let error = text(&window, "error").to_owned();
        let tries = if error.is_empty() { 1 } else { MAX_TRIES };
        for _ in 0..tries {
            self.tell(json!({"what": "exec", "container": &*id.0, "probe": kind.title().to_lowercase()}));
        }
        let takes = SimDuration::from_nanos(seconds(&window["takes"]).unsigned_abs());
        let command = vec![kind.title().to_lowercase()];
        let exit_code = window["exitCode"].as_i64().unwrap_or_default() as i32;
        let (takes, answer) = if timeout < takes {
            (timeout, exec_answer(&command, timeout, Err(CriError::new(GrpcCode::DeadlineExceeded, ""))))
        } else if error.is_empty() {
            let output = text(&window, "output").to_owned();
            (takes, exec_answer(&command, timeout, Ok(ExecResult { exit_code, output, errors: String::new() })))
        } else {
            (takes, Answer::Error(error))
        };
        let event = Event::ProbeDone(kind, id, answer);
        if takes == SimDuration::ZERO { self.handle(event) } else { self.at(self.now + takes, event) }
    }

    fn probe_done(&mut self, kind: ProbeKind, id: &ContainerId, answer: Answer) {
        if !self.probing.contains_key(&kind) {
            return;
        }
        let judged = judge(kind, answer, &self.pod, "c1");
        if let Some(event) = &judged.event {
            let mut entry = super::backoff::event_json(event);
            entry["what"] = json!("event");
            self.tell(entry);
        }
        let update = judged.result.and_then(|result| self.probing.get_mut(&kind)?.worker.record(result));
        if let Some(update) = update {
            debug_assert_eq!(update.container, *id);
            self.set_result(kind, &update);
        }
        self.done_looking(kind);
    }

    fn set_result(&mut self, kind: ProbeKind, update: &ResultUpdate) {
        let Some(result) = update.result else {
            self.results.remove(kind, &update.container);
            return;
        };
        if !self.results.set(kind, &update.container, result) {
            return;
        }
        let word = match result {
            ProbeResult::Unknown => "UNKNOWN",
            ProbeResult::Success => "Success",
            ProbeResult::Failure => "Failure",
        };
        let id = update.container.clone();
        self.tell(json!({"what": "result", "container": &*id.0, "probe": kind.title().to_lowercase(), "result": word}));
        let kills = kind != ProbeKind::Readiness && result == ProbeResult::Failure;
        let runs = self.seen.container(&id).is_some_and(RuntimeContainer::is_running);
        if kills && runs && self.killed.as_ref() != Some(&id) {
            self.killed = Some(id.clone());
            self.tell(json!({"what": "kill", "container": &*id.0}));
            let takes = SimDuration::from_nanos(seconds(&self.case["killTime"]).unsigned_abs());
            self.at(self.now + takes, Event::Exit(id, 137));
        }
        // Results of one moment reach the status together.
        if !self.queue.values().any(|event| matches!(event, Event::Sync)) {
            self.at(self.now + STATUS_DELAY, Event::Sync);
        }
    }

    /// Entries of the same moment are sorted by kind in the recording.
    fn sorted_log(mut self) -> Vec<Value> {
        const ORDER: [&str; 7] = ["exit", "start", "exec", "result", "kill", "status", "event"];
        for entry in &mut self.log {
            if entry["t"].as_f64().is_some_and(|t| t.fract() == 0.0) {
                entry["t"] = json!(entry["t"].as_f64().unwrap_or_default() as i64);
            }
        }
        self.log.sort_by(|a, b| {
            let key = |entry: &Value| ORDER.iter().position(|word| *word == text(entry, "what"));
            let time = |entry: &Value| entry["t"].as_f64().unwrap_or_default();
            let probe = |entry: &Value| text(entry, "probe").to_owned();
            time(a).total_cmp(&time(b)).then_with(|| key(a).cmp(&key(b))).then_with(|| probe(a).cmp(&probe(b)))
        });
        self.log
    }
}
