//! The statuses that the kubelet keeps and sends.
//!
//! Models `pkg/kubelet/status` `SetPodStatus`, `SetContainerReadiness`, `SetContainerStartup`, `TerminatePod`,
//! `isPodStatusByKubeletEqual` and `mergePodStatus` (v1.36): transition times, what counts as a change, and what goes into the API.

use podlapse_model::api::core::v1::{ContainerStatus, Pod, PodCondition, PodSpec, PodStatus};
use podlapse_model::{SimTime, is_sidecar};

use super::conditions::{self, is_kubelet_condition};
use super::containers::{NOT_LOCATED, STATUS_UNKNOWN, UNKNOWN_EXIT_CODE, ended_unseen};
use super::{Phase, find_condition};
use crate::cri::ContainerId;
use crate::kernel::WallClock;
use crate::kubelet::container_spec::is_static;
use crate::kubelet::restart_policy::{RestartPolicy, has_restart_all_rule, should_restart};
use crate::kubelet::runtime_status::status_id;

/// The longest termination messages of a Pod together, in bytes.
const MESSAGES_LIMIT: usize = 12 * 1024;
/// Conditions whose transition times the kubelet keeps.
const TIMED: [&str; 9] = [
    "ContainersReady",
    "Ready",
    "Initialized",
    "PodReadyToStartContainers",
    "PodScheduled",
    conditions::ALL_RESTARTING,
    "DisruptionTarget",
    "PodResizePending",
    "PodResizeInProgress",
];

/// The status of a Pod as the kubelet keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct CachedStatus {
    /// The status.
    pub status: PodStatus,
    /// Counts the changes; what was sent is remembered by it.
    pub version: u64,
    /// Whether nothing of the Pod runs any more, so that it may leave the API.
    pub pod_is_finished: bool,
}

/// Keeps `new` as the status of `pod`: the changed entry, or `None` when nothing of note changed.
pub fn set_status(
    pod: &Pod,
    cached: Option<&CachedStatus>,
    mut new: PodStatus,
    clock: WallClock,
    now: SimTime,
) -> Option<CachedStatus> {
    new.observed_generation = conditions::generation(pod);
    update(pod, cached, new, pod.metadata.deletion_timestamp.is_some(), false, clock, now)
}

/// Notes that a run of a container is ready or not, as its readiness probe found; the Pod's conditions follow.
pub fn set_container_readiness(
    pod: &Pod,
    cached: &CachedStatus,
    container: &ContainerId,
    is_ready: bool,
    clock: WallClock,
    now: SimTime,
) -> Option<CachedStatus> {
    let mut status = cached.status.clone();
    let found = find_by_id(&mut status, container).filter(|found| found.ready != is_ready)?;
    found.ready = is_ready;
    conditions::refresh_ready_conditions(pod, &mut status);
    update(pod, Some(cached), status, false, false, clock, now)
}

/// Notes that a run of a container has started or not, as its startup probe found.
pub fn set_container_startup(
    pod: &Pod,
    cached: &CachedStatus,
    container: &ContainerId,
    has_started: bool,
    clock: WallClock,
    now: SimTime,
) -> Option<CachedStatus> {
    let mut status = cached.status.clone();
    let found = find_by_id(&mut status, container).filter(|found| found.started != Some(has_started))?;
    found.started = Some(has_started);
    update(pod, Some(cached), status, false, false, clock, now)
}

fn find_by_id<'a>(status: &'a mut PodStatus, container: &ContainerId) -> Option<&'a mut ContainerStatus> {
    let id = status_id(container);
    let lists = [&mut status.container_statuses, &mut status.init_container_statuses, &mut status.ephemeral_container_statuses];
    lists.into_iter().flatten().flatten().find(|found| found.container_id.as_ref() == Some(&id))
}

/// Ends the status of `pod`, none of whose containers runs any more: containers that are not known to have ended count as lost, and
/// the phase is a final one.
pub fn terminate_pod(pod: &Pod, cached: Option<&CachedStatus>, clock: WallClock, now: SimTime) -> Option<CachedStatus> {
    let mut status = cached.map(|cached| cached.status.clone()).or_else(|| pod.status.clone()).unwrap_or_default();
    if has_initialized(pod) {
        for container in status.container_statuses.iter_mut().flatten() {
            mark_lost(container);
        }
    }
    if let Some(init_containers) = &mut status.init_container_statuses {
        let started = init_containers.iter().rposition(|container| !waits(container) || last_end(container).is_some());
        for container in init_containers.iter_mut().take(started.map_or(0, |last| last + 1)) {
            mark_lost(container);
        }
    }
    let phase = status.phase.as_deref().and_then(Phase::parse);
    // A static Pod may be started again under the same uid.
    if !phase.is_some_and(Phase::is_terminal) && !is_static(pod) {
        status.phase = Some(Phase::Failed.as_str().to_owned());
    }
    update(pod, cached, status, true, true, clock, now)
}

fn update(
    pod: &Pod,
    cached: Option<&CachedStatus>,
    mut new: PodStatus,
    force: bool,
    pod_is_finished: bool,
    clock: WallClock,
    now: SimTime,
) -> Option<CachedStatus> {
    let empty_spec = PodSpec::default();
    let empty_status = PodStatus::default();
    let spec = pod.spec.as_ref().unwrap_or(&empty_spec);
    let old = cached.map(|cached| &cached.status).or(pod.status.as_ref()).unwrap_or(&empty_status);
    if leaves_final_state(spec, old, &new) {
        return None;
    }
    for condition_type in TIMED {
        set_transition_time(&mut new, old, condition_type, clock, now);
    }
    new.start_time = old.start_time.clone().or(new.start_time).or_else(|| Some(clock.time(now)));
    cut_messages(spec, &mut new);
    if !force && cached.is_some_and(|cached| is_equal(&cached.status, &new)) {
        return None;
    }
    Some(CachedStatus {
        status: new,
        version: cached.map_or(0, |cached| cached.version) + 1,
        pod_is_finished: pod_is_finished || cached.is_some_and(|cached| cached.pod_is_finished),
    })
}

/// Whether a container that has ended for good would be said to live again; such a status is dropped.
fn leaves_final_state(spec: &PodSpec, old: &PodStatus, new: &PodStatus) -> bool {
    if has_restart_all_rule(spec) || RestartPolicy::of_pod(spec) == RestartPolicy::Always {
        return false;
    }
    let leaves = |old: &[ContainerStatus], new: &[ContainerStatus], restarts: &dyn Fn(&str, i32) -> bool| {
        old.iter().any(|before| {
            end(before).is_some_and(|code| !restarts(&before.name, code))
                && new.iter().any(|after| after.name == before.name && end(after).is_none())
        })
    };
    let regular = |name: &str, code: i32| {
        spec.containers.iter().any(|container| container.name == name && should_restart(spec, container, code))
    };
    let init = |name: &str, code: i32| {
        spec.init_containers
            .iter()
            .flatten()
            .any(|container| container.name == name && (is_sidecar(container) || should_restart(spec, container, code)))
    };
    let list = |statuses: &Option<Vec<ContainerStatus>>| statuses.clone().unwrap_or_default();
    leaves(&list(&old.container_statuses), &list(&new.container_statuses), &regular)
        || leaves(&list(&old.init_container_statuses), &list(&new.init_container_statuses), &init)
}

fn end(container: &ContainerStatus) -> Option<i32> {
    container.state.as_ref()?.terminated.as_ref().map(|end| end.exit_code)
}

fn last_end(container: &ContainerStatus) -> Option<i32> {
    container.last_state.as_ref()?.terminated.as_ref().map(|end| end.exit_code)
}

fn waits(container: &ContainerStatus) -> bool {
    container.state.as_ref().is_some_and(|state| state.waiting.is_some())
}

fn set_transition_time(new: &mut PodStatus, old: &PodStatus, condition_type: &str, clock: WallClock, now: SimTime) {
    let before = find_condition(old.conditions.as_deref().unwrap_or_default(), condition_type);
    let Some(condition) = new.conditions.iter_mut().flatten().find(|condition| condition.type_ == condition_type) else { return };
    condition.last_transition_time = match before {
        Some(before) if before.status == condition.status => before.last_transition_time.clone(),
        Some(_) | None => Some(clock.time(now)),
    };
}

/// Keeps each termination message within the container's share.
fn cut_messages(spec: &PodSpec, status: &mut PodStatus) {
    let count = spec.containers.len()
        + spec.init_containers.as_ref().map_or(0, Vec::len)
        + spec.ephemeral_containers.as_ref().map_or(0, Vec::len);
    let limit = MESSAGES_LIMIT / count.max(1);
    let lists = [&mut status.container_statuses, &mut status.init_container_statuses, &mut status.ephemeral_container_statuses];
    for container in lists.into_iter().flatten().flatten() {
        for state in [&mut container.state, &mut container.last_state] {
            let message = state.as_mut().and_then(|state| state.terminated.as_mut()).and_then(|end| end.message.as_mut());
            if let Some(message) = message.filter(|message| limit < message.len()) {
                let cut = (0..=limit).rev().find(|at| message.is_char_boundary(*at)).unwrap_or(0);
                message.truncate(cut);
            }
        }
    }
}

/// Whether two statuses say the same, as far as the kubelet is concerned.
fn is_equal(old: &PodStatus, new: &PodStatus) -> bool {
    let of_kubelet = |condition: &&PodCondition| is_kubelet_condition(&condition.type_) || condition.type_ == "DisruptionTarget";
    let new_conditions = new.conditions.as_deref().unwrap_or_default();
    let same_conditions = old.conditions.iter().flatten().filter(of_kubelet).all(|before| {
        find_condition(new_conditions, &before.type_).is_some_and(|after| {
            after.status == before.status && after.message == before.message && after.reason == before.reason
        })
    });
    let mut old = old.clone();
    old.conditions.clone_from(&new.conditions);
    same_conditions && old == *new
}

fn mark_lost(container: &mut ContainerStatus) {
    if end(container).is_none() {
        container.state = Some(ended_unseen(STATUS_UNKNOWN, NOT_LOCATED, UNKNOWN_EXIT_CODE));
    }
}

/// Whether the Pod's own containers have ever been due, as far as the API knows.
fn has_initialized(pod: &Pod) -> bool {
    let (Some(spec), Some(status)) = (&pod.spec, &pod.status) else { return true };
    let init_containers = spec.init_containers.as_deref().unwrap_or_default();
    if init_containers.is_empty() {
        return true;
    }
    if status.container_statuses.iter().flatten().any(|container| last_end(container).is_some() || !waits(container)) {
        return true;
    }
    let last = status.init_container_statuses.as_ref().and_then(|statuses| {
        let index = statuses.len().checked_sub(1)?;
        Some((init_containers.get(index)?, &statuses[index]))
    });
    last.is_some_and(|(container, status)| {
        if is_sidecar(container) {
            status.state.as_ref().is_some_and(|state| state.running.is_some()) && status.started == Some(true)
        } else {
            last_end(status) == Some(0) || end(status) == Some(0)
        }
    })
}

/// What is written to the API: the kubelet's status beside what others own in `api`. While containers may still run, a final phase is
/// held back.
pub fn merge_status(pod: &Pod, api: &PodStatus, mut new: PodStatus, could_have_running_containers: bool) -> PodStatus {
    let is_final = |phase: &Option<String>| phase.as_deref().and_then(Phase::parse).is_some_and(Phase::is_terminal);
    let ends = !is_final(&api.phase) && is_final(&new.phase);
    let mut merged: Vec<PodCondition> =
        api.conditions.iter().flatten().filter(|condition| !is_kubelet_condition(&condition.type_)).cloned().collect();
    for condition in new.conditions.take().into_iter().flatten() {
        if is_kubelet_condition(&condition.type_) {
            merged.push(condition);
        } else if condition.type_ == "DisruptionTarget" && ends && !could_have_running_containers {
            match merged.iter_mut().find(|other| other.type_ == condition.type_) {
                Some(other) => *other = condition,
                None => merged.push(condition),
            }
        }
    }
    new.conditions = (!merged.is_empty()).then_some(merged);
    new.resource_claim_statuses.clone_from(&api.resource_claim_statuses);
    if ends && could_have_running_containers {
        new.phase.clone_from(&api.phase);
        new.reason.clone_from(&api.reason);
        new.message.clone_from(&api.message);
    }
    if is_final(&new.phase) {
        make_unready(pod, &mut new);
    }
    new
}

/// A Pod that has ended is not ready, even where the conditions lag behind.
fn make_unready(pod: &Pod, status: &mut PodStatus) {
    let reason = if status.phase.as_deref() == Some("Succeeded") { "PodCompleted" } else { "PodFailed" };
    let conditions = status.conditions.get_or_insert_default();
    let is_true = |condition: &&mut PodCondition| {
        matches!(condition.type_.as_str(), "Ready" | "ContainersReady") && condition.status == "True"
    };
    for condition in conditions.iter_mut().filter(is_true) {
        condition.status = "False".to_owned();
        condition.reason = Some(reason.to_owned());
        condition.message = None;
        condition.observed_generation = conditions::generation(pod);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: WallClock = WallClock { start_unix_ns: 0 };

    fn pod(spec: serde_json::Value, status: serde_json::Value) -> Pod {
        serde_json::from_value(serde_json::json!({"metadata": {"name": "p", "generation": 1}, "spec": spec, "status": status}))
            .unwrap()
    }

    #[test]
    fn a_final_phase_is_held_back_while_containers_may_run() {
        let pod = pod(serde_json::json!({"containers": []}), serde_json::json!({"phase": "Running"}));
        let api = pod.status.clone().unwrap();
        let new = PodStatus { phase: Some("Failed".to_owned()), ..PodStatus::default() };
        assert_eq!(merge_status(&pod, &api, new.clone(), true).phase.as_deref(), Some("Running"));
        assert_eq!(merge_status(&pod, &api, new, false).phase.as_deref(), Some("Failed"));
    }

    #[test]
    fn a_terminated_pod_has_no_container_that_still_waits() {
        let spec = serde_json::json!({"containers": [{"name": "a"}]});
        let status = serde_json::json!({"phase": "Pending", "containerStatuses": [
            {"name": "a", "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": {"waiting": {}}}]});
        let ended = terminate_pod(&pod(spec, status), None, CLOCK, SimTime::ZERO).unwrap();
        assert!(ended.pod_is_finished);
        assert_eq!(ended.status.phase.as_deref(), Some("Failed"));
        assert_eq!(ended.status.container_statuses.iter().flatten().map(end).collect::<Vec<_>>(), [Some(137)]);
    }

    #[test]
    fn an_unready_container_makes_its_pod_unready() {
        let spec = serde_json::json!({"containers": [{"name": "a"}]});
        let status = serde_json::json!({"phase": "Running", "containerStatuses": [
            {"name": "a", "image": "", "imageID": "", "ready": true, "restartCount": 0, "containerID": "containerd://x"}]});
        let pod = pod(spec, status.clone());
        let cached = CachedStatus { status: serde_json::from_value(status).unwrap(), version: 1, pod_is_finished: false };
        let id = ContainerId("x".into());
        assert_eq!(set_container_readiness(&pod, &cached, &id, true, CLOCK, SimTime::ZERO), None);
        let changed = set_container_readiness(&pod, &cached, &id, false, CLOCK, SimTime::ZERO).unwrap();
        let ready = find_condition(changed.status.conditions.as_deref().unwrap(), "Ready").unwrap();
        assert_eq!(ready.message.as_deref(), Some("containers with unready status: [a]"));
        assert_eq!(changed.version, 2);
    }
}
