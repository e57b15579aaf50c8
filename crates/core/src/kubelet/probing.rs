//! Probe workers at work: tickers, calls to containers, and what a result sets off.
//!
//! Models `pkg/kubelet/prober` `manager.AddPod`, `worker.run`, `prober.probe` and of `pkg/kubelet/kubelet.go` `syncLoopIteration` the
//! probe updates (v1.36): a liveness or startup failure wakes the Pod's worker, a readiness or startup result goes into the status.

use podlapse_model::SortedMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::{Container, Pod, Probe};
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;
use podlapse_model::{SimDuration, SimTime, Uid};

use super::container::hook::{connect_refused_at_node, get_refused_at_node, port};
use super::container_spec::container_spec;
use super::machine::{Kubelet, KubeletContext, KubeletOutput, KubeletTimer, Waiter};
use super::probe::outcome::{Answer, MAX_TRIES, exec_answer, grpc_answer, http_answer, http_url, judge, tcp_answer};
use super::probe::results::{ProbeKind, ProbeResult};
use super::probe::ticker::{Ticker, start_jitter_bound};
use super::probe::worker::{ProbeAction, ProbeSpec, ProbeView, ResultUpdate, Worker, handler};
use super::status::{CachedStatus, set_container_readiness, set_container_startup};
use crate::cri::{Call, ContainerId, Dial, Reply};
use crate::kernel::{Purpose, WallClock};
use crate::why::{Fact, Rule};

/// Which worker.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProbeKey {
    /// The Pod.
    pub pod: Uid,
    /// The container.
    pub container: Arc<str>,
    /// The probe.
    pub kind: ProbeKind,
}

/// The workers of a node.
#[derive(Clone, Debug, Default)]
pub(super) struct ProbeWorkers {
    workers: SortedMap<ProbeKey, Prober>,
}

#[derive(Clone, Debug)]
struct Prober {
    pod: Arc<Pod>,
    worker: Worker,
    ticker: Option<Ticker>,
    /// Whether it was triggered before its first look.
    is_triggered: bool,
    asked: Option<Asked>,
    tries: u32,
}

/// A probe on its way.
#[derive(Clone, Debug)]
enum Asked {
    Exec { command: Vec<String> },
    Http { url: String, address: String },
    Tcp { address: String },
    Grpc { address: String },
}

/// Writes a probe's result into a kept status, if that is news.
type SetFlag = fn(&Pod, &CachedStatus, &ContainerId, bool, WallClock, SimTime) -> Option<CachedStatus>;

const KINDS: [ProbeKind; 3] = [ProbeKind::Startup, ProbeKind::Readiness, ProbeKind::Liveness];

impl ProbeWorkers {
    /// Whether a container's probe has a worker.
    pub(super) fn has_worker(&self, pod: &Uid, container: &str, kind: ProbeKind) -> bool {
        self.workers.contains_key(&ProbeKey { pod: pod.clone(), container: container.into(), kind })
    }

    fn of_pod(&self, pod: &Uid) -> Vec<ProbeKey> {
        self.workers.keys().filter(|key| key.pod == *pod).cloned().collect()
    }
}

impl Kubelet {
    /// Starts the workers of a Pod's probes that have none.
    pub(super) fn add_probes(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, pod: &Arc<Pod>, out: &mut KubeletOutput) {
        let Some(spec) = &pod.spec else { return };
        let sidecars = spec.init_containers.iter().flatten().filter(|container| podlapse_model::is_sidecar(container));
        for container in spec.containers.iter().chain(sidecars) {
            for kind in KINDS {
                let key = ProbeKey { pod: uid.clone(), container: container.name.as_str().into(), kind };
                let Some(numbers) = ProbeSpec::of(container, kind).filter(|_| !self.probes.workers.contains_key(&key)) else {
                    continue;
                };
                let bound = start_jitter_bound(numbers.period, cx.now.since(self.started_at));
                let delay =
                    cx.random.between(Purpose::ProbeStart, &format!("{uid}/{}", container.name), SimDuration::ZERO, bound);
                let prober = Prober {
                    pod: pod.clone(),
                    worker: Worker::new(numbers),
                    ticker: None,
                    is_triggered: false,
                    asked: None,
                    tries: 0,
                };
                self.probes.workers.insert(key.clone(), prober);
                out.arm(KubeletTimer::Probe(key), cx.now + delay.value);
            }
        }
    }

    /// A Pod that is being stopped is probed for readiness alone.
    pub(super) fn stop_liveness_and_startup_probes(&mut self, uid: &Uid, out: &mut KubeletOutput) {
        for key in self.probes.of_pod(uid) {
            match key.kind {
                ProbeKind::Liveness | ProbeKind::Startup => self.remove_prober(&key, out),
                ProbeKind::Readiness => {}
            }
        }
    }

    /// A Pod that has stopped is not probed.
    pub(super) fn remove_probes(&mut self, uid: &Uid, out: &mut KubeletOutput) {
        for key in self.probes.of_pod(uid) {
            self.remove_prober(&key, out);
        }
    }

    fn remove_prober(&mut self, key: &ProbeKey, out: &mut KubeletOutput) {
        let removed = self.probes.workers.remove(key);
        if let Some(container) = removed.as_ref().and_then(|prober| prober.worker.container()) {
            self.results.remove(key.kind, container);
        }
        out.timers.push((KubeletTimer::Probe(key.clone()), None));
    }

    /// A started container that is not ready is probed out of turn.
    pub(super) fn trigger_readiness(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, container: &str, out: &mut KubeletOutput) {
        let key = ProbeKey { pod: uid.clone(), container: container.into(), kind: ProbeKind::Readiness };
        let Some(prober) = self.probes.workers.get_mut(&key) else { return };
        // The channel keeps one trigger for a worker that has not begun.
        prober.is_triggered |= prober.ticker.is_none();
        if prober.ticker.as_mut().is_some_and(|ticker| ticker.trigger(cx.now)) {
            // The worker is another goroutine: it looks when the status that woke it is kept.
            out.arm(KubeletTimer::Probe(key), cx.now);
        }
    }

    /// A worker's ticker, or its trigger.
    pub(super) fn probe_tick(&mut self, cx: &mut KubeletContext<'_>, key: &ProbeKey, out: &mut KubeletOutput) {
        let Some(prober) = self.probes.workers.get_mut(key) else { return };
        let period = prober.worker.spec().period;
        let looks = match &mut prober.ticker {
            Some(ticker) if ticker.next_tick() <= cx.now => ticker.tick(cx.now),
            // A trigger has marked the ticker as busy already.
            Some(_) => true,
            None => {
                let mut ticker = Ticker::start(period, cx.now);
                if prober.is_triggered {
                    ticker.trigger(cx.now);
                }
                prober.ticker = Some(ticker);
                true
            }
        };
        if looks {
            self.look(cx, key, out);
        }
        self.arm_probe(cx.now, key, out);
    }

    fn arm_probe(&self, now: SimTime, key: &ProbeKey, out: &mut KubeletOutput) {
        if let Some(ticker) = self.probes.workers.get(key).and_then(|prober| prober.ticker) {
            out.arm(KubeletTimer::Probe(key.clone()), ticker.next_tick().max(now));
        }
    }

    /// The worker looks: it runs the probe, waits or ends.
    fn look(&mut self, cx: &mut KubeletContext<'_>, key: &ProbeKey, out: &mut KubeletOutput) {
        let status = self.statuses.current(&key.pod).cloned();
        let found_before = Some(self.found_before());
        let Some(prober) = self.probes.workers.get_mut(key) else { return };
        let pod = prober.pod.clone();
        let (Some(spec), Some(container)) = (&pod.spec, container_spec(&pod, &key.container)) else { return };
        let is_init_container = spec.init_containers.iter().flatten().any(|init| init.name == container.name);
        let view = ProbeView { pod: spec, container, is_init_container, status: status.as_ref(), clock: cx.wall, found_before };
        let decision = prober.worker.decide(&view, cx.now);
        prober.tries = 0;
        for update in decision.updates {
            self.set_result(cx, key, &update, out);
        }
        match decision.action {
            ProbeAction::Run => self.run_probe(cx, key, out),
            ProbeAction::Wait(_) => self.look_ended(cx, key, out),
            ProbeAction::Stop => self.remove_prober(key, out),
        }
    }

    fn look_ended(&mut self, cx: &mut KubeletContext<'_>, key: &ProbeKey, out: &mut KubeletOutput) {
        let Some(ticker) = self.probes.workers.get_mut(key).and_then(|prober| prober.ticker.as_mut()) else { return };
        if ticker.done(cx.now) {
            self.look(cx, key, out);
        }
        self.arm_probe(cx.now, key, out);
    }

    fn run_probe(&mut self, cx: &mut KubeletContext<'_>, key: &ProbeKey, out: &mut KubeletOutput) {
        // On the host's network the sandbox has no address of its own, and the Pod's is the host's.
        let own = self.seen(&key.pod).ips.first().filter(|ip| !ip.is_empty()).cloned();
        let host = own.or_else(|| self.host_ips(cx.store).into_iter().next()).unwrap_or_default();
        let Some(prober) = self.probes.workers.get_mut(key) else { return };
        let pod = prober.pod.clone();
        let timeout = prober.worker.spec().timeout;
        let Some(id) = prober.worker.container().cloned() else { return };
        let Some(container) = container_spec(&pod, &key.container) else { return };
        let Some(probe) = handler(container, key.kind) else { return };
        let get = probe.http_get.as_ref().map(|get| get_refused_at_node(&pod, &key.container, get));
        let connect = || probe.tcp_socket.as_ref().and_then(|socket| connect_refused_at_node(&pod, &key.container, socket));
        let asked = match get.unwrap_or_else(connect) {
            Some(refused) => Err(Answer::Failure(refused)),
            None => ask(container, probe, &host, &id, timeout),
        };
        match asked {
            Ok((asked, call)) => {
                prober.asked = Some(asked);
                self.call(Waiter::Probe(key.clone()), call, out);
            }
            Err(answer) => self.judge_probe(cx, key, answer, out),
        }
    }

    /// The container answered, or did not.
    pub(super) fn probe_reply(&mut self, cx: &mut KubeletContext<'_>, key: &ProbeKey, reply: Reply, out: &mut KubeletOutput) {
        let Some(prober) = self.probes.workers.get_mut(key) else { return };
        let timeout = prober.worker.spec().timeout;
        let Some(asked) = prober.asked.take() else { return };
        let answer = match (asked, reply) {
            (Asked::Exec { command }, Reply::Exec(result)) => exec_answer(&command, timeout, result),
            (Asked::Http { url, address }, Reply::Dial(result)) => http_answer(&url, &address, result),
            (Asked::Tcp { address }, Reply::Dial(result)) => tcp_answer(&address, result),
            (Asked::Grpc { address }, Reply::Dial(result)) => grpc_answer(&address, timeout, result),
            (Asked::Exec { .. } | Asked::Http { .. } | Asked::Tcp { .. } | Asked::Grpc { .. }, _) => return,
        };
        prober.tries += 1;
        // A probe that could not be run is tried again at once.
        if matches!(answer, Answer::Error(_)) && prober.tries < MAX_TRIES {
            self.run_probe(cx, key, out);
            return;
        }
        self.judge_probe(cx, key, answer, out);
    }

    fn judge_probe(&mut self, cx: &mut KubeletContext<'_>, key: &ProbeKey, answer: Answer, out: &mut KubeletOutput) {
        let Some(prober) = self.probes.workers.get_mut(key) else { return };
        let pod = prober.pod.clone();
        let judged = judge(key.kind, answer, &pod, &key.container);
        let update = judged.result.and_then(|result| prober.worker.record(result));
        let numbers = *prober.worker.spec();
        if let Some(result) = judged.result {
            let (rule, want) = match result {
                ProbeResult::Success => (Rule::ProbeSucceeded, numbers.success_threshold),
                ProbeResult::Failure | ProbeResult::Unknown => (Rule::ProbeFailed, numbers.failure_threshold),
            };
            // The worker counts anew once a threshold is reached.
            let have = prober.worker.result_run();
            let have = if have == 0 { want } else { have.min(want) };
            let facts = [Fact::Container(key.container.clone()), Fact::Word(key.kind.title().into()), Fact::Count { have, want }];
            out.because(rule, facts);
        }
        if let Some(event) = judged.event {
            self.event(cx, &pod, event, out);
        }
        if let Some(update) = update {
            self.set_result(cx, key, &update, out);
        }
        self.look_ended(cx, key, out);
    }

    /// A result is set; what is news reaches the sync loop.
    fn set_result(&mut self, cx: &mut KubeletContext<'_>, key: &ProbeKey, update: &ResultUpdate, out: &mut KubeletOutput) {
        let Some(result) = update.result else {
            self.results.remove(key.kind, &update.container);
            return;
        };
        if !self.results.set(key.kind, &update.container, result) {
            return;
        }
        let is_success = result == ProbeResult::Success;
        let set = match key.kind {
            ProbeKind::Liveness if is_success || result == ProbeResult::Unknown => return,
            ProbeKind::Liveness => None,
            ProbeKind::Readiness => Some(set_container_readiness as SetFlag),
            ProbeKind::Startup => Some(set_container_startup as SetFlag),
        };
        if let Some(set) = set {
            let set = |pod: &Pod, cached: &CachedStatus| set(pod, cached, &update.container, is_success, cx.wall, cx.now);
            self.change_status(cx, &key.pod, set, out);
        }
        self.wake_worker(cx, &key.pod, out);
    }
}

/// The call that a probe makes.
fn ask(
    container: &Container,
    probe: &Probe,
    host: &str,
    id: &ContainerId,
    timeout: SimDuration,
) -> Result<(Asked, Call), Answer> {
    let number = |wanted: &IntOrString| port(container, wanted).map_err(Answer::Error);
    let dial = |request| Call::Dial { id: id.clone(), request, timeout };
    if let Some(exec) = &probe.exec {
        let command = exec.command.clone().unwrap_or_default();
        return Ok((Asked::Exec { command: command.clone() }, Call::ExecSync { id: id.clone(), command, timeout }));
    }
    if let Some(get) = &probe.http_get {
        let port = number(&get.port)?;
        let https = get.scheme.as_deref() == Some("HTTPS");
        let address = format!("{}:{port}", get.host.as_deref().filter(|host| !host.is_empty()).unwrap_or(host));
        let path = get.path.as_deref().unwrap_or("/");
        let url = http_url(https, &address, path);
        return Ok((Asked::Http { url, address }, dial(Dial::Http { port, path: path.to_owned(), https })));
    }
    if let Some(socket) = &probe.tcp_socket {
        let port = number(&socket.port)?;
        let address = format!("{}:{port}", socket.host.as_deref().filter(|host| !host.is_empty()).unwrap_or(host));
        return Ok((Asked::Tcp { address }, dial(Dial::Tcp { port })));
    }
    let grpc = probe.grpc.as_ref();
    let port = grpc.and_then(|grpc| u16::try_from(grpc.port).ok()).unwrap_or(0);
    let service = grpc.and_then(|grpc| grpc.service.clone()).unwrap_or_default();
    let address = format!("{host}:{port}");
    Ok((Asked::Grpc { address }, dial(Dial::Grpc { port, service })))
}
