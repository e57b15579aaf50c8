//! The worker of one probe of one container.
//!
//! Models `pkg/kubelet/prober` `worker.doProbe` (v1.36), cut at the probe itself: [`Worker::decide`] says whether to run it now,
//! [`Worker::record`] what its outcome changes. When the worker looks again is the [`super::ticker::Ticker`]'s part.

use podlapse_model::api::core::v1::{Container, ContainerStatus, PodSpec, PodStatus, Probe};
use podlapse_model::{SimDuration, SimTime, is_sidecar};

use super::results::{ProbeKind, ProbeResult};
use crate::cri::ContainerId;
use crate::kernel::WallClock;
use crate::kubelet::restart_policy::should_restart;
use crate::kubelet::runtime_status::parse_status_id;
use crate::kubelet::status::Phase;

/// The numbers of a probe, with the API's defaults where the spec has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeSpec {
    /// Which probe it is.
    pub kind: ProbeKind,
    /// Whole seconds since the container's start before the first run.
    pub initial_delay_seconds: i64,
    /// How often it runs.
    pub period: SimDuration,
    /// How long one run may take.
    pub timeout: SimDuration,
    /// Successes in a row that count as success.
    pub success_threshold: u32,
    /// Failures in a row that count as failure.
    pub failure_threshold: u32,
}

impl ProbeSpec {
    /// The probe of this kind that `container` has.
    pub fn of(container: &Container, kind: ProbeKind) -> Option<ProbeSpec> {
        let probe = handler(container, kind)?;
        let at_least_one = |value: Option<i32>, default: u32| {
            value.and_then(|value| u32::try_from(value).ok()).filter(|value| *value != 0).unwrap_or(default)
        };
        Some(ProbeSpec {
            kind,
            initial_delay_seconds: i64::from(probe.initial_delay_seconds.unwrap_or(0)),
            period: SimDuration::from_secs(u64::from(at_least_one(probe.period_seconds, 10))),
            timeout: SimDuration::from_secs(u64::from(at_least_one(probe.timeout_seconds, 1))),
            success_threshold: at_least_one(probe.success_threshold, 1),
            failure_threshold: at_least_one(probe.failure_threshold, 3),
        })
    }
}

/// What the probe of this kind does.
pub fn handler(container: &Container, kind: ProbeKind) -> Option<&Probe> {
    match kind {
        ProbeKind::Liveness => container.liveness_probe.as_ref(),
        ProbeKind::Readiness => container.readiness_probe.as_ref(),
        ProbeKind::Startup => container.startup_probe.as_ref(),
    }
}

/// What a worker sees when it looks.
#[derive(Clone, Copy, Debug)]
pub struct ProbeView<'a> {
    /// The Pod's spec.
    pub pod: &'a PodSpec,
    /// The container, regular or init.
    pub container: &'a Container,
    /// Whether it is an init container.
    pub is_init_container: bool,
    /// The status that the kubelet keeps of the Pod.
    pub status: Option<&'a PodStatus>,
    /// For the timestamps in it.
    pub clock: WallClock,
    /// Containers that started before then ran before this kubelet did, and keep what their status says.
    pub found_before: Option<SimTime>,
}

/// A result that the worker sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultUpdate {
    /// The run it is about.
    pub container: ContainerId,
    /// Its result; `None` forgets it.
    pub result: Option<ProbeResult>,
}

/// What a worker does when it looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeDecision {
    /// Results to set before anything else, in this order.
    pub updates: Vec<ResultUpdate>,
    /// What follows.
    pub action: ProbeAction,
}

/// Whether the probe runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProbeAction {
    /// It runs now.
    Run,
    /// The worker looks again at the next tick.
    Wait(WaitReason),
    /// The worker ends.
    Stop,
}

/// Why a probe does not run now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WaitReason {
    /// The kubelet keeps no status of the Pod yet.
    NoStatus,
    /// The container has not been created.
    NoContainer,
    /// It failed, or has started, and waits for the next run of the container.
    OnHold,
    /// The container does not run.
    NotRunning,
    /// `initialDelaySeconds` have not passed.
    InitialDelay,
    /// The startup probe has already succeeded.
    AlreadyStarted,
    /// The startup probe has not succeeded yet.
    NotStarted,
}

/// The memory of one worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    spec: ProbeSpec,
    container: Option<ContainerId>,
    on_hold: bool,
    last_result: Option<ProbeResult>,
    result_run: u32,
}

impl Worker {
    /// A worker that has not looked yet.
    pub const fn new(spec: ProbeSpec) -> Self {
        Worker { spec, container: None, on_hold: false, last_result: None, result_run: 0 }
    }

    /// The numbers of its probe.
    pub const fn spec(&self) -> &ProbeSpec {
        &self.spec
    }

    /// The run of the container that it probes.
    pub const fn container(&self) -> Option<&ContainerId> {
        self.container.as_ref()
    }

    /// How many equal outcomes in a row it has seen.
    pub const fn result_run(&self) -> u32 {
        self.result_run
    }

    /// What to do at `now`.
    pub fn decide(&mut self, view: &ProbeView<'_>, now: SimTime) -> ProbeDecision {
        let mut updates = Vec::new();
        let action = self.look(view, now, &mut updates);
        ProbeDecision { updates, action }
    }

    fn look(&mut self, view: &ProbeView<'_>, now: SimTime, updates: &mut Vec<ResultUpdate>) -> ProbeAction {
        let Some(status) = view.status else { return ProbeAction::Wait(WaitReason::NoStatus) };
        if status.phase.as_deref().and_then(Phase::parse).is_some_and(Phase::is_terminal) {
            return ProbeAction::Stop;
        }
        let Some((container, id)) = find(status, &view.container.name) else {
            return ProbeAction::Wait(WaitReason::NoContainer);
        };
        if self.container.as_ref() != Some(&id) {
            updates.extend(self.container.take().map(|container| ResultUpdate { container, result: None }));
            let running = container.state.as_ref().and_then(|state| state.running.as_ref());
            let started_at = running.and_then(|running| running.started_at.as_ref()).map(|time| view.clock.sim_time(time));
            let was_found = started_at.zip(view.found_before).is_some_and(|(started_at, before)| started_at < before);
            if !was_found {
                updates.push(ResultUpdate { container: id.clone(), result: Some(initial_result(self.spec.kind)) });
            }
            self.container = Some(id.clone());
            self.on_hold = false;
        }
        if self.on_hold {
            return ProbeAction::Wait(WaitReason::OnHold);
        }
        let state = container.state.clone().unwrap_or_default();
        let Some(running) = state.running else {
            updates.push(ResultUpdate { container: id, result: Some(ProbeResult::Failure) });
            let comes_back = state.terminated.is_none_or(|end| {
                should_restart(view.pod, view.container, end.exit_code) || view.is_init_container && is_sidecar(view.container)
            });
            return if comes_back { ProbeAction::Wait(WaitReason::NotRunning) } else { ProbeAction::Stop };
        };
        let started_at = running.started_at.as_ref().map_or(now, |time| view.clock.sim_time(time));
        if i64::try_from(now.since(started_at).as_secs()).unwrap_or(i64::MAX) < self.spec.initial_delay_seconds {
            return ProbeAction::Wait(WaitReason::InitialDelay);
        }
        match (container.started == Some(true), self.spec.kind) {
            // The worker goes on looking, because the container may be started again.
            (true, ProbeKind::Startup) => ProbeAction::Wait(WaitReason::AlreadyStarted),
            (false, ProbeKind::Liveness | ProbeKind::Readiness) => ProbeAction::Wait(WaitReason::NotStarted),
            (true, ProbeKind::Liveness | ProbeKind::Readiness) | (false, ProbeKind::Startup) => ProbeAction::Run,
        }
    }

    /// What the outcome of a run changes; an outcome that is no result (the probe could not be run) changes nothing.
    pub fn record(&mut self, outcome: ProbeResult) -> Option<ResultUpdate> {
        if self.last_result == Some(outcome) {
            self.result_run = self.result_run.saturating_add(1);
        } else {
            self.last_result = Some(outcome);
            self.result_run = 1;
        }
        let threshold = match outcome {
            ProbeResult::Failure => self.spec.failure_threshold,
            ProbeResult::Success => self.spec.success_threshold,
            ProbeResult::Unknown => 0,
        };
        if self.result_run < threshold {
            return None;
        }
        let holds = match self.spec.kind {
            ProbeKind::Liveness => outcome == ProbeResult::Failure,
            ProbeKind::Readiness => false,
            ProbeKind::Startup => true,
        };
        if holds {
            self.on_hold = true;
            self.result_run = 0;
        }
        self.container.clone().map(|container| ResultUpdate { container, result: Some(outcome) })
    }
}

/// What counts before the first run.
const fn initial_result(kind: ProbeKind) -> ProbeResult {
    match kind {
        ProbeKind::Liveness => ProbeResult::Success,
        ProbeKind::Readiness => ProbeResult::Failure,
        ProbeKind::Startup => ProbeResult::Unknown,
    }
}

/// The status of a container that has been created, and its id.
fn find<'a>(status: &'a PodStatus, name: &str) -> Option<(&'a ContainerStatus, ContainerId)> {
    [&status.container_statuses, &status.init_container_statuses].into_iter().find_map(|list| {
        let container = list.iter().flatten().find(|container| container.name == name)?;
        Some((container, parse_status_id(container.container_id.as_deref()?)?))
    })
}
