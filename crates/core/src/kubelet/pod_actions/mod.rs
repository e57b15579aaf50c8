//! What has to be done so that a Pod's sandbox and containers become what its spec asks for.
//!
//! Models `pkg/kubelet/kuberuntime` `computePodActions` and `pkg/kubelet/kuberuntime/util` `PodSandboxChanged` (v1.36). Not modelled:
//! in-place resizing of containers.

mod init_containers;
mod kill;

pub use kill::{ContainerToKill, KillReason};

use podlapse_model::api::core::v1::{Pod, PodSpec};

use super::container::key::container_hash;
use super::probe::results::{ProbeKind, ProbeResult, ProbeResults};
use super::restart_policy::{RestartPolicy, should_be_started};
use super::runtime_status::{ContainerState, RuntimeContainer, RuntimeStatus};
use crate::cri::{ContainerId, SandboxId, SandboxState};

/// The plan for one sync of a Pod. Indexes are places in the lists of the spec.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodActions {
    /// Everything of the Pod is stopped first: its containers, then its sandbox.
    pub kill_pod: bool,
    /// Then a sandbox is created.
    pub create_sandbox: bool,
    /// The newest sandbox: the one that is used, or the one that is replaced.
    pub sandbox_id: Option<SandboxId>,
    /// The number of the sandbox in use or to be created.
    pub attempt: u32,
    /// Why the sandbox cannot be used.
    pub sandbox_change: Option<SandboxChange>,
    /// Init containers to start, in this order.
    pub init_containers_to_start: Vec<usize>,
    /// Containers to start, in this order.
    pub containers_to_start: Vec<usize>,
    /// Ephemeral containers to start, before all others.
    pub ephemeral_containers_to_start: Vec<usize>,
    /// Runs to stop when the Pod is not killed as a whole.
    pub containers_to_kill: Vec<ContainerToKill>,
    /// Runs to remove, so that the whole Pod starts afresh.
    pub containers_to_reset: Vec<ContainerToReset>,
}

/// Why a sandbox is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SandboxChange {
    /// There is none.
    Missing,
    /// More than one claims to be ready.
    SeveralReady,
    /// The newest one is not ready.
    NotReady,
    /// The newest one has no address.
    NoAddress,
}

/// A run that is removed when all containers of a Pod are restarted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerToReset {
    /// The run.
    pub id: ContainerId,
    /// Its container.
    pub name: String,
    /// Whether it has to be stopped before.
    pub kill: bool,
}

/// The plan for `pod` as the runtime and the probes show it. `restart_all` is set while a rule `RestartAllContainers` is carried out.
pub fn pod_actions(pod: &Pod, seen: &RuntimeStatus, probes: &ProbeResults, restart_all: bool) -> PodActions {
    let Some(spec) = pod.spec.as_ref() else { return PodActions::default() };
    let (sandbox_change, attempt, sandbox_id) = sandbox_change(spec, seen);
    let mut actions = PodActions {
        kill_pod: sandbox_change.is_some(),
        create_sandbox: sandbox_change.is_some(),
        sandbox_id,
        attempt,
        sandbox_change,
        ..PodActions::default()
    };
    if restart_all {
        actions.containers_to_reset = containers_to_reset(spec, seen);
        return actions;
    }
    if actions.create_sandbox {
        start_afresh(spec, seen, &mut actions);
        return actions;
    }
    actions.ephemeral_containers_to_start = spec
        .ephemeral_containers
        .iter()
        .flatten()
        .enumerate()
        .filter(|(_, container)| seen.newest(&container.name).is_none())
        .map(|(index, _)| index)
        .collect();
    let initialized = init_containers::init_container_actions(spec, seen, probes, &mut actions);
    if !actions.kill_pod && initialized {
        container_actions(pod, spec, seen, probes, &mut actions);
    }
    actions
}

/// Whether a sandbox has to be created before containers can start.
pub fn needs_sandbox(spec: &PodSpec, seen: &RuntimeStatus) -> bool {
    sandbox_change(spec, seen).0.is_some()
}

/// Whether the sandbox has to be replaced, the number of the one to use, and the newest one's id.
fn sandbox_change(spec: &PodSpec, seen: &RuntimeStatus) -> (Option<SandboxChange>, u32, Option<SandboxId>) {
    let Some(newest) = seen.sandboxes.first() else { return (Some(SandboxChange::Missing), 0, None) };
    let ready = seen.sandboxes.iter().filter(|sandbox| sandbox.state == SandboxState::Ready).count();
    let host_network = spec.host_network == Some(true);
    let change = if 1 < ready {
        Some(SandboxChange::SeveralReady)
    } else if newest.state != SandboxState::Ready {
        Some(SandboxChange::NotReady)
    } else if !host_network && newest.ip.as_deref().unwrap_or_default().is_empty() {
        Some(SandboxChange::NoAddress)
    } else {
        None
    };
    let attempt = if change.is_some() { newest.attempt.saturating_add(1) } else { newest.attempt };
    (change, attempt, Some(newest.id.clone()))
}

/// Every known run of every container, in the order of the spec.
fn containers_to_reset(spec: &PodSpec, seen: &RuntimeStatus) -> Vec<ContainerToReset> {
    spec.containers
        .iter()
        .chain(spec.init_containers.iter().flatten())
        .flat_map(|container| seen.containers.iter().filter(|run| *run.name == *container.name))
        .map(|run| ContainerToReset { id: run.id.clone(), name: run.name.to_string(), kill: run.exit().is_none() })
        .collect()
}

/// The plan when a new sandbox is wanted: everything starts from the beginning, unless the Pod is done.
fn start_afresh(spec: &PodSpec, seen: &RuntimeStatus, actions: &mut PodActions) {
    // A Pod without any container yet failed to get its first sandbox, so that is tried again whatever the policy.
    if RestartPolicy::of_pod(spec) == RestartPolicy::Never && actions.attempt != 0 && !seen.containers.is_empty() {
        actions.create_sandbox = false;
        return;
    }
    let to_start: Vec<usize> = spec
        .containers
        .iter()
        .enumerate()
        .filter(|(_, container)| {
            // The runs of the old sandbox are lost, so even a container that is never restarted runs again.
            let succeeded = seen.newest(&container.name).and_then(RuntimeContainer::exit).is_some_and(|exit| exit.code == 0);
            !(succeeded && RestartPolicy::of_container(spec, container) == RestartPolicy::OnFailure)
        })
        .map(|(index, _)| index)
        .collect();
    let has_initialized = spec.containers.iter().any(|container| seen.newest(&container.name).is_some());
    if to_start.is_empty() && has_initialized {
        actions.create_sandbox = false;
        return;
    }
    if spec.init_containers.iter().flatten().next().is_some() {
        actions.init_containers_to_start = vec![0];
    } else {
        actions.containers_to_start = to_start;
    }
}

/// Plans the Pod's own containers; the Pod is killed when none runs on and none starts.
fn container_actions(pod: &Pod, spec: &PodSpec, seen: &RuntimeStatus, probes: &ProbeResults, actions: &mut PodActions) {
    let mut keep_count = 0;
    for (index, container) in spec.containers.iter().enumerate() {
        let running = seen.newest(&container.name).filter(|run| run.is_running());
        let Some(run) = running else {
            if should_be_started(pod, spec, container, seen) {
                actions.containers_to_start.push(index);
                let unknown = seen.newest(&container.name).filter(|run| matches!(run.state, ContainerState::Unknown { .. }));
                actions.containers_to_kill.extend(unknown.map(kill::unknown_container));
            }
            continue;
        };
        let Some(reason) = kill_reason(run, container_hash(container), probes) else {
            keep_count += 1;
            continue;
        };
        let restart =
            reason == KillReason::DefinitionChanged || RestartPolicy::of_container(spec, container) != RestartPolicy::Never;
        if restart {
            actions.containers_to_start.push(index);
        }
        actions.containers_to_kill.push(kill::container(run, reason, restart));
    }
    if keep_count == 0 && actions.containers_to_start.is_empty() {
        actions.kill_pod = true;
        // Sidecars alone do not keep a Pod alive.
        actions.init_containers_to_start.clear();
    }
}

/// Why a running container has to be stopped, if it has to be.
fn kill_reason(run: &RuntimeContainer, wanted_hash: u64, probes: &ProbeResults) -> Option<KillReason> {
    let failed = |kind| probes.get(kind, &run.id) == Some(ProbeResult::Failure);
    if run.hash != wanted_hash {
        Some(KillReason::DefinitionChanged)
    } else if failed(ProbeKind::Liveness) {
        Some(KillReason::LivenessProbe)
    } else if failed(ProbeKind::Startup) {
        Some(KillReason::StartupProbe)
    } else {
        None
    }
}
