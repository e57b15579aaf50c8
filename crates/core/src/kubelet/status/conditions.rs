//! The conditions of a Pod that the kubelet owns.
//!
//! Models `pkg/kubelet/status` `generate.go` and `pkg/kubelet/types` `PodConditionByKubelet` (v1.36).

use podlapse_model::api::core::v1::{Container, ContainerStatus, Pod, PodCondition, PodSpec, PodStatus};
use podlapse_model::is_sidecar;

use super::{Phase, StatusInputs, find_condition, restarts_all_containers};
use crate::kubelet::pod_actions::needs_sandbox;
use crate::kubelet::restart_policy::has_restart_all_rule;

/// A sandbox with its network exists.
const READY_TO_START: &str = "PodReadyToStartContainers";
/// The whole Pod is being restarted by a rule.
pub(in crate::kubelet) const ALL_RESTARTING: &str = "AllContainersRestarting";

/// Whether the kubelet alone writes conditions of this type.
pub fn is_kubelet_condition(condition_type: &str) -> bool {
    matches!(
        condition_type,
        "PodScheduled"
            | "Ready"
            | "Initialized"
            | "ContainersReady"
            | READY_TO_START
            | ALL_RESTARTING
            | "PodResizePending"
            | "PodResizeInProgress"
    )
}

/// What a condition says, without its times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) is_true: bool,
    pub(super) reason: Option<&'static str>,
    pub(super) message: Option<String>,
}

impl Verdict {
    const TRUE: Verdict = Verdict { is_true: true, reason: None, message: None };

    const fn unready(reason: &'static str) -> Verdict {
        Verdict { is_true: false, reason: Some(reason), message: None }
    }

    pub(super) fn condition(self, condition_type: &str, generation: Option<i64>) -> PodCondition {
        PodCondition {
            type_: condition_type.to_owned(),
            status: if self.is_true { "True" } else { "False" }.to_owned(),
            reason: self.reason.map(str::to_owned),
            message: self.message,
            observed_generation: generation,
            last_probe_time: None,
            last_transition_time: None,
        }
    }
}

/// The conditions of others as they are, then the kubelet's own.
pub(super) fn generate(
    inputs: &StatusInputs<'_>,
    spec: &PodSpec,
    status: &PodStatus,
    api: &PodStatus,
    old: &PodStatus,
) -> Vec<PodCondition> {
    let generation = generation(inputs.pod);
    let phase = status.phase.as_deref().and_then(Phase::parse);
    let all: Vec<&ContainerStatus> =
        status.init_container_statuses.iter().flatten().chain(status.container_statuses.iter().flatten()).collect();
    let mut conditions: Vec<PodCondition> =
        api.conditions.iter().flatten().filter(|condition| !is_kubelet_condition(&condition.type_)).cloned().collect();
    conditions.extend(inputs.resize.iter().cloned());
    let sandbox = Verdict { is_true: !needs_sandbox(spec, inputs.seen), reason: None, message: None };
    conditions.push(sandbox.condition(READY_TO_START, generation));
    conditions.push(initialized(spec, &all, phase, old).condition("Initialized", generation));
    conditions.push(ready(spec, &conditions, &all, phase).condition("Ready", generation));
    conditions.push(containers_ready(spec, &all, phase).condition("ContainersReady", generation));
    conditions.push(Verdict::TRUE.condition("PodScheduled", generation));
    if let Some(disruption) = disruption(inputs, old) {
        match conditions.iter_mut().find(|condition| condition.type_ == disruption.type_) {
            Some(condition) => *condition = disruption,
            None => conditions.push(disruption),
        }
    }
    if has_restart_all_rule(spec) {
        conditions.push(all_restarting(inputs, spec, old).condition(ALL_RESTARTING, None));
    }
    conditions
}

/// That the Pod is ended for the sake of others: what the kubelet said before, or says now.
fn disruption(inputs: &StatusInputs<'_>, old: &PodStatus) -> Option<PodCondition> {
    let before = find_condition(old.conditions.as_deref().unwrap_or_default(), "DisruptionTarget").cloned();
    before.or_else(|| {
        let message = inputs.eviction?.disruption.as_ref()?;
        let verdict = Verdict { is_true: true, reason: Some("TerminationByKubelet"), message: Some(message.to_string()) };
        Some(verdict.condition("DisruptionTarget", generation(inputs.pod)))
    })
}

/// Brings ContainersReady and Ready up to date after the readiness of a container has changed.
///
/// Models `pkg/kubelet/status` `SetContainerReadiness` (v1.36).
pub(super) fn refresh_ready_conditions(pod: &Pod, status: &mut PodStatus) {
    let Some(spec) = &pod.spec else { return };
    let lists = [&status.init_container_statuses, &status.container_statuses];
    let statuses: Vec<ContainerStatus> = lists.into_iter().flatten().flatten().cloned().collect();
    let statuses: Vec<&ContainerStatus> = statuses.iter().collect();
    let phase = status.phase.as_deref().and_then(Phase::parse);
    let conditions = status.conditions.get_or_insert_default();
    let generation = generation(pod);
    let fresh = [
        containers_ready(spec, &statuses, phase).condition("ContainersReady", generation),
        ready(spec, conditions, &statuses, phase).condition("Ready", generation),
    ];
    for condition in fresh {
        match conditions.iter_mut().find(|old| old.type_ == condition.type_) {
            Some(old) => *old = condition,
            None => conditions.push(condition),
        }
    }
}

/// Whether somebody else's condition opened or closed a readiness gate since the Pod was found ready or not
/// (`NeedToReconcilePodReadiness`).
pub(in crate::kubelet) fn needs_readiness(pod: &Pod) -> bool {
    let (Some(spec), Some(status)) = (&pod.spec, &pod.status) else { return false };
    if spec.readiness_gates.as_ref().is_none_or(Vec::is_empty) {
        return false;
    }
    let conditions = status.conditions.as_deref().unwrap_or_default();
    let lists = [&status.init_container_statuses, &status.container_statuses];
    let statuses: Vec<&ContainerStatus> = lists.into_iter().flatten().flatten().collect();
    let wanted = ready(spec, conditions, &statuses, status.phase.as_deref().and_then(Phase::parse));
    find_condition(conditions, "Ready")
        .is_some_and(|found| (found.status == "True") != wanted.is_true || found.message != wanted.message)
}

/// The generation of the spec that a status is made from.
pub(super) fn generation(pod: &Pod) -> Option<i64> {
    pod.metadata.generation.filter(|generation| *generation != 0)
}

fn find<'a>(statuses: &[&'a ContainerStatus], container: &Container) -> Option<&'a ContainerStatus> {
    statuses.iter().copied().find(|status| status.name == container.name)
}

fn initialized(spec: &PodSpec, statuses: &[&ContainerStatus], phase: Option<Phase>, old: &PodStatus) -> Verdict {
    let mut unknown = Vec::new();
    let mut incomplete = Vec::new();
    for container in spec.init_containers.iter().flatten() {
        match find(statuses, container) {
            None => unknown.push(container.name.as_str()),
            Some(status) => {
                let complete = if is_sidecar(container) { status.started == Some(true) } else { status.ready };
                if !complete {
                    incomplete.push(container.name.as_str());
                }
            }
        }
    }
    if phase == Some(Phase::Succeeded) && unknown.is_empty() {
        return Verdict { is_true: true, reason: Some("PodCompleted"), message: None };
    }
    // Initialisation is never taken back: not by a sidecar that restarts, nor by an init container that runs again.
    let was_initialized = find_condition(old.conditions.as_deref().unwrap_or_default(), "Initialized")
        .is_some_and(|condition| condition.status == "True");
    let any_started = spec.containers.iter().any(|container| {
        let state = find(statuses, container).and_then(|status| status.state.as_ref());
        state.is_some_and(|state| state.running.is_some() || state.terminated.is_some())
    });
    if was_initialized || any_started {
        return Verdict::TRUE;
    }
    verdict_of("ContainersNotInitialized", &[("unknown", unknown), ("incomplete", incomplete)])
}

pub(super) fn containers_ready(spec: &PodSpec, statuses: &[&ContainerStatus], phase: Option<Phase>) -> Verdict {
    let sidecars = spec.init_containers.iter().flatten().filter(|container| is_sidecar(container));
    let mut unknown = Vec::new();
    let mut unready = Vec::new();
    for container in sidecars.chain(&spec.containers) {
        match find(statuses, container) {
            None => unknown.push(container.name.as_str()),
            Some(status) if !status.ready => unready.push(container.name.as_str()),
            Some(_) => {}
        }
    }
    if phase == Some(Phase::Succeeded) && unknown.is_empty() {
        return Verdict::unready("PodCompleted");
    }
    if phase == Some(Phase::Failed) {
        return Verdict::unready("PodFailed");
    }
    verdict_of("ContainersNotReady", &[("unknown", unknown), ("unready", unready)])
}

fn ready(spec: &PodSpec, conditions: &[PodCondition], statuses: &[&ContainerStatus], phase: Option<Phase>) -> Verdict {
    let containers = containers_ready(spec, statuses, phase);
    if !containers.is_true {
        return containers;
    }
    let problems: Vec<String> = spec
        .readiness_gates
        .iter()
        .flatten()
        .filter_map(|gate| match find_condition(conditions, &gate.condition_type) {
            None => Some(format!("corresponding condition of pod readiness gate \"{}\" does not exist.", gate.condition_type)),
            Some(condition) if condition.status == "True" => None,
            Some(condition) => Some(format!(
                "the status of pod readiness gate \"{}\" is not \"True\", but {}",
                gate.condition_type, condition.status
            )),
        })
        .collect();
    if problems.is_empty() {
        return Verdict::TRUE;
    }
    Verdict { is_true: false, reason: Some("ReadinessGatesNotReady"), message: Some(problems.join(", ")) }
}

/// True from the exit that a rule answers until every run of the Pod has been removed.
fn all_restarting(inputs: &StatusInputs<'_>, spec: &PodSpec, old: &PodStatus) -> Verdict {
    let conditions = old.conditions.as_deref().unwrap_or_default();
    let was_restarting = find_condition(conditions, ALL_RESTARTING).is_some_and(|condition| condition.status == "True");
    if restarts_all_containers(spec, inputs.seen) || was_restarting && !inputs.seen.containers.is_empty() {
        Verdict {
            is_true: true,
            reason: Some("RestartAllContainersStarted"),
            message: Some("container exited with restart policy rule".to_owned()),
        }
    } else {
        Verdict { is_true: false, reason: None, message: None }
    }
}

fn verdict_of(reason: &'static str, problems: &[(&str, Vec<&str>)]) -> Verdict {
    let messages: Vec<String> = problems
        .iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| format!("containers with {what} status: [{}]", names.join(" ")))
        .collect();
    if messages.is_empty() {
        Verdict::TRUE
    } else {
        Verdict { is_true: false, reason: Some(reason), message: Some(messages.join(", ")) }
    }
}
