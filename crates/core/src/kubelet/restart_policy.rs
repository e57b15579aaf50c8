//! Whether a container that ended is started again.
//!
//! Models `pkg/api/v1/pod` `ContainerShouldRestart`, and `pkg/kubelet/container`
//! `ShouldContainerBeRestarted` (v1.36, gates `ContainerRestartRules` and
//! `RestartAllContainersOnContainerExits` on). An unknown policy counts as `Always`, which is what the API defaults to.

use podlapse_model::api::core::v1::{Container, Pod, PodSpec};

use super::runtime_status::{ContainerState, RuntimeStatus};

/// When a container that ended is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartPolicy {
    /// Whatever its exit code.
    Always,
    /// When its exit code is not zero.
    OnFailure,
    /// Not at all.
    Never,
}

/// What a rule of `restartPolicyRules` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleAction {
    /// The container is started again.
    Restart,
    /// Every container of the Pod is started again.
    RestartAllContainers,
}

impl RestartPolicy {
    fn parse(text: &str) -> RestartPolicy {
        match text {
            "Never" => RestartPolicy::Never,
            "OnFailure" => RestartPolicy::OnFailure,
            _ => RestartPolicy::Always,
        }
    }

    /// `spec.restartPolicy`.
    pub fn of_pod(spec: &PodSpec) -> RestartPolicy {
        spec.restart_policy.as_deref().map_or(RestartPolicy::Always, RestartPolicy::parse)
    }

    /// The policy that holds for `container`: its own, else the Pod's.
    pub fn of_container(spec: &PodSpec, container: &Container) -> RestartPolicy {
        container.restart_policy.as_deref().map_or_else(|| RestartPolicy::of_pod(spec), RestartPolicy::parse)
    }

    fn restarts(self, exit_code: i32) -> bool {
        match self {
            RestartPolicy::Always => true,
            RestartPolicy::OnFailure => exit_code != 0,
            RestartPolicy::Never => false,
        }
    }
}

/// The action of the first rule that covers `exit_code`. Rules count only beside the container's own policy.
pub fn matching_rule(container: &Container, exit_code: i32) -> Option<RuleAction> {
    container.restart_policy.as_ref()?;
    let rule = container.restart_policy_rules.iter().flatten().find(|rule| {
        rule.exit_codes.as_ref().is_some_and(|codes| {
            let listed = codes.values.iter().flatten().any(|code| *code == exit_code);
            match codes.operator.as_str() {
                "In" => listed,
                "NotIn" => !listed,
                _ => false,
            }
        })
    })?;
    match rule.action.as_str() {
        "Restart" => Some(RuleAction::Restart),
        "RestartAllContainers" => Some(RuleAction::RestartAllContainers),
        _ => None,
    }
}

/// Whether any container has a rule that restarts the whole Pod.
pub fn has_restart_all_rule(spec: &PodSpec) -> bool {
    spec.containers.iter().chain(spec.init_containers.iter().flatten()).any(|container| {
        container.restart_policy.is_some()
            && container.restart_policy_rules.iter().flatten().any(|rule| rule.action == "RestartAllContainers")
    })
}

/// Whether `container` is started again after it ended with `exit_code`.
pub fn should_restart(spec: &PodSpec, container: &Container, exit_code: i32) -> bool {
    matching_rule(container, exit_code).is_some() || RestartPolicy::of_container(spec, container).restarts(exit_code)
}

/// Whether a container that does not run now has to be started.
pub fn should_be_started(pod: &Pod, spec: &PodSpec, container: &Container, seen: &RuntimeStatus) -> bool {
    if pod.metadata.deletion_timestamp.is_some() {
        return false;
    }
    let Some(status) = seen.newest(&container.name) else { return true };
    match &status.state {
        ContainerState::Running { .. } => false,
        ContainerState::Created | ContainerState::Unknown { .. } => true,
        ContainerState::Exited(exit) => should_restart(spec, container, exit.code),
    }
}
