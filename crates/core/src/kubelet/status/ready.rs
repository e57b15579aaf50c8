//! Which containers have started and which are ready.
//!
//! Models `pkg/kubelet/prober` `UpdatePodStatus`, `isContainerStarted` and `setReadyStateOnKubeletRestart` (v1.36, gate
//! ChangeContainerStatusOnKubeletRestart off).

use podlapse_model::api::core::v1::{ContainerStatus, PodSpec, PodStatus};
use podlapse_model::{is_pod_ready, is_sidecar};

use super::StatusInputs;
use crate::kubelet::probe::results::{ProbeKind, ProbeResult};
use crate::kubelet::runtime_status::parse_status_id;

/// Fills in `started` and `ready` and names the containers whose readiness probe is to run at once.
pub(super) fn update(inputs: &StatusInputs<'_>, spec: &PodSpec, status: &mut PodStatus) -> Vec<String> {
    let mut triggers = Vec::new();
    for container in status.container_statuses.iter_mut().flatten() {
        update_container(inputs, container, &mut triggers);
    }
    for container in status.init_container_statuses.iter_mut().flatten() {
        let sidecar = spec.init_containers.iter().flatten().any(|init| init.name == container.name && is_sidecar(init));
        if sidecar {
            update_container(inputs, container, &mut triggers);
        } else {
            container.started = Some(has_started(inputs, container));
            let ended = container.state.as_ref().and_then(|state| state.terminated.as_ref());
            container.ready |= ended.is_some_and(|end| end.exit_code == 0);
        }
    }
    triggers
}

fn update_container(inputs: &StatusInputs<'_>, container: &mut ContainerStatus, triggers: &mut Vec<String>) {
    let started = has_started(inputs, container);
    container.started = Some(started);
    if !started {
        return;
    }
    let succeeded = result(inputs, ProbeKind::Readiness, container) == Some(ProbeResult::Success);
    let has_worker = (inputs.has_worker)(&container.name, ProbeKind::Readiness);
    container.ready = succeeded || !has_worker;
    if !container.ready {
        triggers.push(container.name.clone());
    }
    if !succeeded && was_found(inputs, container) {
        keep_readiness(inputs, container);
    }
}

/// Whether the container ran before the kubelet did.
fn was_found(inputs: &StatusInputs<'_>, container: &ContainerStatus) -> bool {
    let running = container.state.as_ref().and_then(|state| state.running.as_ref());
    let started_at = running.and_then(|running| running.started_at.as_ref()).map(|time| inputs.clock.sim_time(time));
    started_at.zip(inputs.found_before).is_some_and(|(started_at, before)| started_at < before)
}

/// A container that the kubelet found running stays as ready as its Pod is until its probe says otherwise.
fn keep_readiness(inputs: &StatusInputs<'_>, container: &mut ContainerStatus) {
    container.ready |= result(inputs, ProbeKind::Readiness, container).is_none();
    let spec = inputs.pod.spec.as_ref();
    let mut containers = spec.into_iter().flat_map(|spec| spec.containers.iter().chain(spec.init_containers.iter().flatten()));
    let is_probed = containers.any(|known| known.name == container.name && known.readiness_probe.is_some());
    container.ready &= !is_probed || is_pod_ready(inputs.pod);
}

fn has_started(inputs: &StatusInputs<'_>, container: &ContainerStatus) -> bool {
    if container.state.as_ref().is_none_or(|state| state.running.is_none()) {
        return false;
    }
    match result(inputs, ProbeKind::Startup, container) {
        Some(result) => result == ProbeResult::Success,
        None if had_started(inputs, container) => true,
        None => !(inputs.has_worker)(&container.name, ProbeKind::Startup),
    }
}

/// Whether the status before says that the container had started. It may speak of another run: one that was ended and started anew in
/// one sync is told as started until its startup probe looks (kubernetes/kubernetes#141155, not mended in v1.36).
fn had_started(inputs: &StatusInputs<'_>, container: &ContainerStatus) -> bool {
    let Some(old) = inputs.old.or(inputs.pod.status.as_ref()) else { return false };
    let mut runs = old.container_statuses.iter().chain(&old.init_container_statuses).flatten();
    runs.any(|run| run.name == container.name && run.started == Some(true))
}

fn result(inputs: &StatusInputs<'_>, kind: ProbeKind, container: &ContainerStatus) -> Option<ProbeResult> {
    let id = parse_status_id(container.container_id.as_deref()?)?;
    inputs.probes.get(kind, &id)
}
