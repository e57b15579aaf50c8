//! Which init containers to start or stop, and whether the Pod's own containers may start.
//!
//! Models `pkg/kubelet/kuberuntime` `computeInitContainerActions` (v1.36). The list is read backwards, because finished init
//! containers may have been removed from the runtime: the last one that is known tells how far initialisation got.

use podlapse_model::api::core::v1::{Container, PodSpec};
use podlapse_model::is_sidecar;

use super::{PodActions, kill};
use crate::kubelet::container::key::container_hash;
use crate::kubelet::pod_actions::KillReason;
use crate::kubelet::probe::results::{ProbeKind, ProbeResult, ProbeResults};
use crate::kubelet::restart_policy::should_restart;
use crate::kubelet::runtime_status::{ContainerState, Exit, RuntimeContainer, RuntimeStatus};

/// What one init container asks for.
enum Verdict {
    /// Nothing to do but wait for it.
    Wait,
    /// It is to be started (again).
    Start,
    /// This run is to be stopped, then it is started again.
    Replace(KillReason),
    /// It has done its part; the next one may start.
    Initialized,
    /// As before, and this run is to be replaced.
    InitializedAndReplace(KillReason),
    /// The Pod cannot be initialised any more.
    PodFails,
}

/// Plans the init containers and says whether initialisation is complete.
pub(super) fn init_container_actions(
    spec: &PodSpec,
    seen: &RuntimeStatus,
    probes: &ProbeResults,
    actions: &mut PodActions,
) -> bool {
    let init_containers = spec.init_containers.as_deref().unwrap_or_default();
    if init_containers.is_empty() {
        return true;
    }
    let mut pod_has_initialized = spec.containers.iter().any(|container| {
        // An ended container may be left from an earlier sandbox, so it proves nothing.
        seen.newest(&container.name)
            .is_some_and(|run| matches!(run.state, ContainerState::Created | ContainerState::Running { .. }))
    });
    let mut previously_initialized = pod_has_initialized;
    let mut to_start = Vec::new();
    for (index, container) in init_containers.iter().enumerate().rev() {
        let Some(run) = seen.newest(&container.name) else {
            if previously_initialized && is_sidecar(container) {
                to_start.push(index);
            }
            continue;
        };
        if previously_initialized && !is_sidecar(container) {
            continue;
        }
        let verdict = verdict(spec, container, run, probes);
        if matches!(verdict, Verdict::Initialized | Verdict::InitializedAndReplace(_)) {
            if index + 1 == init_containers.len() {
                pod_has_initialized = true;
            } else if !previously_initialized {
                to_start.push(index + 1);
            }
        }
        match verdict {
            Verdict::Wait | Verdict::Initialized => {}
            Verdict::Start => to_start.push(index),
            Verdict::Replace(reason) | Verdict::InitializedAndReplace(reason) => {
                let unknown = reason == KillReason::Unknown;
                actions.containers_to_kill.push(if unknown {
                    kill::unknown_init_container(run)
                } else {
                    kill::init_container(run, reason)
                });
                to_start.push(index);
            }
            Verdict::PodFails => {
                actions.kill_pod = true;
                actions.init_containers_to_start.clear();
                return false;
            }
        }
        previously_initialized = true;
    }
    if !previously_initialized {
        to_start.push(0);
    }
    to_start.reverse();
    actions.init_containers_to_start = to_start;
    pod_has_initialized
}

fn verdict(spec: &PodSpec, container: &Container, run: &RuntimeContainer, probes: &ProbeResults) -> Verdict {
    let sidecar = is_sidecar(container);
    match &run.state {
        // Creating and starting is one step, so a container that stays created failed to start.
        ContainerState::Created => Verdict::Start,
        ContainerState::Running { .. } if sidecar => running_sidecar(container, run, probes),
        ContainerState::Running { .. } => Verdict::Wait,
        ContainerState::Exited(_) if sidecar => Verdict::Start,
        ContainerState::Exited(exit) if !has_failed(exit) => Verdict::Initialized,
        ContainerState::Exited(exit) if should_restart(spec, container, exit.code) => Verdict::Start,
        ContainerState::Exited(_) => Verdict::PodFails,
        ContainerState::Unknown { .. } if sidecar || should_restart(spec, container, 0) => Verdict::Replace(KillReason::Unknown),
        ContainerState::Unknown { .. } => Verdict::PodFails,
    }
}

fn running_sidecar(container: &Container, run: &RuntimeContainer, probes: &ProbeResults) -> Verdict {
    if container.startup_probe.is_some() {
        match probes.get(ProbeKind::Startup, &run.id) {
            Some(ProbeResult::Success) => {}
            Some(ProbeResult::Failure) => return Verdict::Replace(KillReason::StartupProbe),
            Some(ProbeResult::Unknown) | None => return Verdict::Wait,
        }
    }
    let liveness_failed =
        container.liveness_probe.is_some() && probes.get(ProbeKind::Liveness, &run.id) == Some(ProbeResult::Failure);
    if run.hash != container_hash(container) {
        Verdict::InitializedAndReplace(KillReason::DefinitionChanged)
    } else if liveness_failed {
        Verdict::InitializedAndReplace(KillReason::LivenessProbe)
    } else {
        Verdict::Initialized
    }
}

/// Whether an ended init container did not do its part.
fn has_failed(exit: &Exit) -> bool {
    exit.code != 0 || &*exit.reason == "OOMKilled"
}
