//! The statuses of containers.
//!
//! Models `pkg/kubelet` `convertToAPIContainerStatuses` (v1.36): defaults, then what the runtime knows, then start errors.

use podlapse_model::api::core::v1::{
    Container, ContainerState as ApiState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting,
    ContainerStatus, ContainerUser, LinuxContainerUser, PodSpec, PodStatus, VolumeMountStatus,
};
use podlapse_model::is_sidecar;

use super::conditions::ALL_RESTARTING;
use super::{StatusInputs, find_condition};
use crate::kubelet::container_spec::as_container;
use crate::kubelet::restart_policy::{RestartPolicy, should_be_started};
use crate::kubelet::runtime_status::{ContainerState, RuntimeContainer, status_id};

/// The reason of a container that was removed so that its whole Pod starts afresh.
pub(super) const RESTARTING_ALL: &str = "RestartingAllContainers";
const RESTARTING_ALL_MESSAGE: &str = "The container is removed because RestartAllContainers in place";
/// The reason of a container that vanished.
pub(super) const STATUS_UNKNOWN: &str = "ContainerStatusUnknown";
const VANISHED: &str = "The container could not be located when the pod was deleted.  The container used to be Running";
pub(super) const NOT_LOCATED: &str = "The container could not be located when the pod was terminated";
const FORGOTTEN_INIT: &str =
    "Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally";
/// The exit code that stands for an unknown one: that of a process that was killed.
pub(super) const UNKNOWN_EXIT_CODE: i32 = 137;

#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    Regular,
    Init,
    Ephemeral,
}

/// The statuses of the Pod's own containers, by name.
pub(super) fn regular(inputs: &StatusInputs<'_>, spec: &PodSpec, old: &PodStatus) -> Vec<ContainerStatus> {
    let mut statuses = convert(inputs, spec, &spec.containers, old.container_statuses.as_deref(), old, List::Regular);
    podlapse_model::sort_by(&mut statuses, |a, b| a.name.cmp(&b.name));
    statuses
}

/// The statuses of init containers, in the order of the spec.
pub(super) fn init(inputs: &StatusInputs<'_>, spec: &PodSpec, old: &PodStatus) -> Vec<ContainerStatus> {
    let containers = spec.init_containers.as_deref().unwrap_or_default();
    convert(inputs, spec, containers, old.init_container_statuses.as_deref(), old, List::Init)
}

/// The statuses of ephemeral containers, by name.
pub(super) fn ephemeral(inputs: &StatusInputs<'_>, spec: &PodSpec, old: &PodStatus) -> Vec<ContainerStatus> {
    let containers: Vec<Container> = spec.ephemeral_containers.iter().flatten().map(as_container).collect();
    let mut statuses = convert(inputs, spec, &containers, old.ephemeral_container_statuses.as_deref(), old, List::Ephemeral);
    podlapse_model::sort_by(&mut statuses, |a, b| a.name.cmp(&b.name));
    statuses
}

fn convert(
    inputs: &StatusInputs<'_>,
    spec: &PodSpec,
    containers: &[Container],
    old_statuses: Option<&[ContainerStatus]>,
    old: &PodStatus,
    list: List,
) -> Vec<ContainerStatus> {
    let has_init_containers = spec.init_containers.as_ref().is_some_and(|list| !list.is_empty());
    let restarting_all = find_condition(old.conditions.as_deref().unwrap_or_default(), ALL_RESTARTING)
        .is_some_and(|condition| condition.status == "True");
    containers
        .iter()
        .map(|container| {
            let old = old_statuses.unwrap_or_default().iter().find(|status| status.name == container.name);
            let mut runs = inputs.seen.containers.iter().filter(|run| *run.name == *container.name);
            let mut status = match runs.next() {
                Some(run) => {
                    let mut status = from_run(inputs, container, run);
                    if let Some(old) = old {
                        remember(spec, &mut status, run, old);
                    }
                    if let Some(earlier) = runs.next() {
                        status.last_state = from_run(inputs, container, earlier).state;
                    }
                    status
                }
                None => {
                    let default_reason = if has_init_containers { "PodInitializing" } else { "ContainerCreating" };
                    without_run(inputs, spec, container, old, restarting_all, default_reason, list)
                }
            };
            apply_start_error(inputs, spec, container, &mut status, list);
            status.last_state.get_or_insert_default();
            status
        })
        .collect()
}

/// Keeps what the last status knew and the runtime has forgotten: an earlier end, and restarts that it did not count.
fn remember(spec: &PodSpec, status: &mut ContainerStatus, run: &RuntimeContainer, old: &ContainerStatus) {
    let old_state = old.state.clone().unwrap_or_default();
    let restarted = old_state.terminated.is_some() && run.is_running();
    let vanished = old_state.running.is_some() && matches!(run.state, ContainerState::Unknown { .. });
    let known = old.restart_count.saturating_add(i32::from(restarted || vanished));
    status.restart_count = status.restart_count.max(known);
    let end = || ended_unseen(STATUS_UNKNOWN, NOT_LOCATED, UNKNOWN_EXIT_CODE);
    let stays_ended = vanished && RestartPolicy::of_pod(spec) == RestartPolicy::Never;
    if stays_ended {
        status.state = Some(end());
    }
    status.last_state = if vanished && !stays_ended {
        Some(end())
    } else if old_state.terminated.is_some() && old.container_id != status.container_id {
        Some(old_state)
    } else {
        old.last_state.clone()
    };
}

/// The status of a container that the runtime does not know.
fn without_run(
    inputs: &StatusInputs<'_>,
    spec: &PodSpec,
    container: &Container,
    old: Option<&ContainerStatus>,
    restarting_all: bool,
    default_reason: &str,
    list: List,
) -> ContainerStatus {
    let ended = old.filter(|old| old.state.as_ref().is_some_and(|state| state.terminated.is_some()));
    let mut status = ended.cloned().unwrap_or_else(|| ContainerStatus {
        name: container.name.clone(),
        image: container.image.clone().unwrap_or_default(),
        state: Some(waiting(Some(default_reason), None)),
        restart_count: old.map_or(0, |old| old.restart_count),
        last_state: old.and_then(|old| old.last_state.clone()),
        volume_mounts: volume_mounts(container),
        ..ContainerStatus::default()
    });
    let old_state = old.and_then(|old| old.state.clone()).unwrap_or_default();
    if restarting_all && (old_state.running.is_some() || old_state.terminated.is_some()) {
        status.state = Some(waiting(Some(RESTARTING_ALL), Some(RESTARTING_ALL_MESSAGE)));
        status.last_state = Some(ended_unseen(RESTARTING_ALL, RESTARTING_ALL_MESSAGE, UNKNOWN_EXIT_CODE));
        status.restart_count += 1;
        return status;
    }
    if ended.is_some() {
        return status;
    }
    let ended_before = status.last_state.as_ref().is_some_and(|last| last.terminated.is_some());
    if old_state.running.is_some() && !ended_before {
        // It ran and is gone, so it has ended, whatever its exit code was.
        status.last_state = Some(ended_unseen(STATUS_UNKNOWN, VANISHED, UNKNOWN_EXIT_CODE));
        if inputs.pod.metadata.deletion_timestamp.is_none() {
            status.restart_count += 1;
        }
    }
    if list == List::Init && is_forgotten(inputs, spec, container) {
        status.state = Some(ended_unseen("Completed", FORGOTTEN_INIT, 0));
    }
    status
}

/// Whether an init container has done its part, since regular containers exist, and was removed from the runtime.
fn is_forgotten(inputs: &StatusInputs<'_>, spec: &PodSpec, container: &Container) -> bool {
    let regular_seen = spec
        .containers
        .iter()
        .any(|regular| inputs.seen.newest(&regular.name).is_some_and(|run| !matches!(run.state, ContainerState::Unknown { .. })));
    regular_seen && !is_sidecar(container) && inputs.seen.newest(&container.name).is_none()
}

/// The status of a run.
fn from_run(inputs: &StatusInputs<'_>, container: &Container, run: &RuntimeContainer) -> ContainerStatus {
    let clock = inputs.clock;
    let id = status_id(&run.id);
    let state = match &run.state {
        ContainerState::Running { started_at } => {
            ApiState { running: Some(ContainerStateRunning { started_at: Some(clock.time(*started_at)) }), ..ApiState::default() }
        }
        // A container that is in an unknown state counts as one that does not run.
        ContainerState::Created | ContainerState::Unknown { .. } => waiting(None, None),
        ContainerState::Exited(exit) => ApiState {
            terminated: Some(ContainerStateTerminated {
                container_id: Some(id.clone()),
                exit_code: exit.code,
                finished_at: Some(clock.time(exit.finished_at)),
                message: not_empty(&exit.message),
                reason: not_empty(&exit.reason),
                signal: None,
                started_at: exit.started_at.map(|at| clock.time(at)),
            }),
            ..ApiState::default()
        },
    };
    let resources = container.resources.clone().unwrap_or_default();
    ContainerStatus {
        name: container.name.clone(),
        image: run.image.to_string(),
        image_id: run.image_ref.to_string(),
        container_id: Some(id),
        restart_count: i32::try_from(run.restart_count).unwrap_or(i32::MAX),
        state: Some(state),
        allocated_resources: resources.requests.clone().filter(|requests| !requests.is_empty()),
        resources: Some((inputs.actual)(&container.name).filter(|_| run.is_running()).unwrap_or(resources)),
        user: run.user.as_ref().map(|user| ContainerUser {
            linux: Some(LinuxContainerUser {
                uid: user.uid,
                gid: user.gid,
                supplemental_groups: (!user.supplemental_groups.is_empty()).then(|| user.supplemental_groups.clone()),
            }),
        }),
        stop_signal: run.stop_signal.as_ref().map(|signal| signal.to_string()),
        volume_mounts: volume_mounts(container),
        ..ContainerStatus::default()
    }
}

/// A container that has to be started again waits, for the reason its last start failed.
fn apply_start_error(inputs: &StatusInputs<'_>, spec: &PodSpec, container: &Container, status: &mut ContainerStatus, list: List) {
    let Some(error) = inputs.start_errors.get(&*container.name) else { return };
    let completed_init = list == List::Init
        && inputs.seen.newest(&container.name).and_then(RuntimeContainer::exit).is_some_and(|exit| exit.code == 0);
    let state = status.state.clone().unwrap_or_default();
    let forgotten = list == List::Init
        && is_forgotten(inputs, spec, container)
        && state.terminated.is_some_and(|end| end.message.as_deref() == Some(FORGOTTEN_INIT));
    if completed_init || forgotten || !should_be_started(inputs.pod, spec, container, inputs.seen) {
        return;
    }
    let state = waiting(Some(&error.reason), Some(&error.message));
    let previous = status.state.replace(state);
    if let Some(previous) = previous.filter(|previous| previous.terminated.is_some()) {
        status.last_state = Some(previous);
    }
}

fn waiting(reason: Option<&str>, message: Option<&str>) -> ApiState {
    ApiState {
        waiting: Some(ContainerStateWaiting { reason: reason.and_then(not_empty), message: message.and_then(not_empty) }),
        ..ApiState::default()
    }
}

/// An end that nobody saw, without times.
pub(super) fn ended_unseen(reason: &str, message: &str, exit_code: i32) -> ApiState {
    ApiState {
        terminated: Some(ContainerStateTerminated {
            exit_code,
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            ..ContainerStateTerminated::default()
        }),
        ..ApiState::default()
    }
}

fn not_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn volume_mounts(container: &Container) -> Option<Vec<VolumeMountStatus>> {
    let mounts: Vec<VolumeMountStatus> = container
        .volume_mounts
        .iter()
        .flatten()
        .map(|mount| {
            let read_only = mount.read_only == Some(true);
            VolumeMountStatus {
                mount_path: mount.mount_path.clone(),
                name: mount.name.clone(),
                read_only: read_only.then_some(true),
                // The simulated runtime does not mount read-only recursively.
                recursive_read_only: read_only.then(|| "Disabled".to_owned()),
                ..VolumeMountStatus::default()
            }
        })
        .collect();
    (!mounts.is_empty()).then_some(mounts)
}
