//! A Pod's phase.
//!
//! Models `pkg/kubelet` `getPhase` and `pkg/kubelet/container` `HasAnyActiveRegularContainerStarted` (v1.36).

use podlapse_model::api::core::v1::{Container, ContainerStateTerminated, ContainerStatus, Pod, PodSpec};
use podlapse_model::is_sidecar;

use crate::kubelet::container_spec::is_static;
use crate::kubelet::restart_policy::should_restart;
use crate::kubelet::runtime_status::{ContainerState, RuntimeStatus};

use super::containers::RESTARTING_ALL;

/// Where a Pod is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Not all containers have been started yet.
    Pending,
    /// All have been started, and at least one runs or will run again.
    Running,
    /// All have ended well and none will be started again.
    Succeeded,
    /// All have ended, at least one not well, and none will be started again.
    Failed,
}

/// Why a Pod has its phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PhaseReason {
    /// Init containers have not done their part.
    Initializing,
    /// An init container failed and is not started again.
    InitializationFailed,
    /// A container has not been started yet.
    ContainersNotStarted,
    /// At least one container runs.
    ContainersRunning,
    /// All containers have ended, and at least one is started again.
    ContainersRestarting,
    /// All containers ended with exit code zero.
    AllSucceeded,
    /// All containers ended, one with another exit code, and none is started again.
    SomeFailed,
    /// It ended earlier.
    AlreadyEnded,
    /// The kubelet ends it.
    Evicted,
}

impl Phase {
    /// As the status has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Phase::Pending => "Pending",
            Phase::Running => "Running",
            Phase::Succeeded => "Succeeded",
            Phase::Failed => "Failed",
        }
    }

    /// The phase that a status spells out.
    pub fn parse(text: &str) -> Option<Phase> {
        [Phase::Pending, Phase::Running, Phase::Succeeded, Phase::Failed].into_iter().find(|phase| phase.as_str() == text)
    }

    /// Whether a Pod never leaves it.
    pub const fn is_terminal(self) -> bool {
        match self {
            Phase::Pending | Phase::Running => false,
            Phase::Succeeded | Phase::Failed => true,
        }
    }
}

#[derive(Default)]
struct Counts {
    pending_init: u32,
    pending_sidecars: u32,
    init_failed_for_good: bool,
    unknown: u32,
    running: u32,
    waiting: u32,
    stopped: u32,
    succeeded: u32,
    restartable: u32,
}

/// The phase that follows from the states of all containers.
pub fn phase<'a>(
    pod: &Pod,
    statuses: impl Iterator<Item = &'a ContainerStatus> + Clone,
    pod_is_terminal: bool,
    any_regular_container_started: bool,
) -> (Phase, PhaseReason) {
    let empty = PodSpec::default();
    let spec = pod.spec.as_ref().unwrap_or(&empty);
    let find = |container: &Container| statuses.clone().find(|status| status.name == container.name);
    let mut counts = Counts::default();
    for container in spec.init_containers.iter().flatten() {
        if is_sidecar(container) {
            counts.sidecar(find(container));
        } else {
            counts.init_container(spec, container, find(container));
        }
    }
    for container in &spec.containers {
        counts.container(spec, container, find(container));
    }
    counts.phase(pod_is_terminal && !is_static(pod), any_regular_container_started)
}

/// Whether a regular container has been started in the newest sandbox, from what the runtime knows.
pub(super) fn any_regular_container_started(spec: &PodSpec, seen: &RuntimeStatus) -> bool {
    let Some(sandbox) = seen.sandboxes.first() else { return false };
    seen.containers.iter().any(|run| {
        run.sandbox == sandbox.id
            && spec.containers.iter().any(|container| container.name == *run.name)
            && matches!(run.state, ContainerState::Running { .. } | ContainerState::Exited(_))
    })
}

impl Counts {
    fn init_container(&mut self, spec: &PodSpec, container: &Container, status: Option<&ContainerStatus>) {
        let state = status.and_then(|status| status.state.as_ref());
        let ended = state.and_then(|state| state.terminated.as_ref());
        let waits = state.is_some_and(|state| state.waiting.is_some());
        let last =
            status.and_then(|status| status.last_state.as_ref()).and_then(|last| last.terminated.as_ref()).filter(|_| waits);
        match ended.or(last) {
            Some(end) if end.exit_code != 0 => self.init_failed_for_good |= !restarts(spec, container, end),
            Some(_) => {}
            None => self.pending_init += 1,
        }
    }

    fn sidecar(&mut self, status: Option<&ContainerStatus>) {
        let Some(status) = status else {
            self.unknown += 1;
            return;
        };
        let state = status.state.clone().unwrap_or_default();
        if state.running.is_some() {
            if status.started != Some(true) {
                self.pending_sidecars += 1;
            }
            self.running += 1;
        } else if state.terminated.is_some() {
            // An ended sidecar has no part in the phase.
        } else if state.waiting.is_some() {
            if status.last_state.as_ref().is_none_or(|last| last.terminated.is_none()) {
                self.pending_sidecars += 1;
                self.waiting += 1;
            }
        } else {
            self.pending_sidecars += 1;
            self.unknown += 1;
        }
    }

    fn container(&mut self, spec: &PodSpec, container: &Container, status: Option<&ContainerStatus>) {
        let Some(status) = status else {
            self.unknown += 1;
            return;
        };
        let state = status.state.clone().unwrap_or_default();
        let last = status.last_state.as_ref().and_then(|last| last.terminated.as_ref());
        if state.running.is_some() {
            self.running += 1;
        } else if let Some(end) = &state.terminated {
            self.stopped += 1;
            self.succeeded += u32::from(end.exit_code == 0);
            self.restartable += u32::from(restarts(spec, container, end));
        } else if state.waiting.is_some() {
            if let Some(end) = last {
                self.stopped += 1;
                self.restartable += u32::from(restarts(spec, container, end));
            } else {
                self.waiting += 1;
            }
        } else {
            self.unknown += 1;
        }
    }

    fn phase(&self, pod_is_terminal: bool, any_regular_container_started: bool) -> (Phase, PhaseReason) {
        // Sidecars that are down do not take a Pod back that has been initialized before.
        let initializing = 0 < self.pending_init || 0 < self.pending_sidecars && !any_regular_container_started;
        if self.init_failed_for_good {
            (Phase::Failed, PhaseReason::InitializationFailed)
        } else if initializing {
            (Phase::Pending, PhaseReason::Initializing)
        } else if 0 < self.waiting {
            (Phase::Pending, PhaseReason::ContainersNotStarted)
        } else if 0 < self.running && self.unknown == 0 {
            (Phase::Running, PhaseReason::ContainersRunning)
        } else if self.running == 0 && 0 < self.stopped && self.unknown == 0 {
            self.stopped_phase(pod_is_terminal)
        } else {
            (Phase::Pending, PhaseReason::ContainersNotStarted)
        }
    }

    fn stopped_phase(&self, pod_is_terminal: bool) -> (Phase, PhaseReason) {
        if !pod_is_terminal && 0 < self.restartable {
            (Phase::Running, PhaseReason::ContainersRestarting)
        } else if self.stopped == self.succeeded {
            (Phase::Succeeded, PhaseReason::AllSucceeded)
        } else {
            (Phase::Failed, PhaseReason::SomeFailed)
        }
    }
}

/// Whether a container that ended so is started again. One that was removed so that the whole Pod starts afresh always is.
fn restarts(spec: &PodSpec, container: &Container, end: &ContainerStateTerminated) -> bool {
    end.reason.as_deref() == Some(RESTARTING_ALL) || should_restart(spec, container, end.exit_code)
}
