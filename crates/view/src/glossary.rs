//! The words that Kubernetes gives as reasons, each with an example that comes to it.

use crate::Tell;

/// Where a reason stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermGroup {
    /// `state.waiting.reason` of a container.
    Waiting,
    /// `state.terminated.reason` of a container.
    Terminated,
    /// The reason of a condition, or the phase's.
    Condition,
    /// The reason of an event.
    Event,
    /// Nowhere any more.
    Gone,
}

impl TermGroup {
    /// Every group, in the order of the glossary.
    pub const ALL: [TermGroup; 5] =
        [TermGroup::Waiting, TermGroup::Terminated, TermGroup::Condition, TermGroup::Event, TermGroup::Gone];

    /// Its name in translations.
    pub const fn slug(self) -> &'static str {
        match self {
            TermGroup::Waiting => "waiting",
            TermGroup::Terminated => "terminated",
            TermGroup::Condition => "condition",
            TermGroup::Event => "event",
            TermGroup::Gone => "gone",
        }
    }
}

/// A reason. What it means is the message `term-` with its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// The word.
    pub name: &'static str,
    /// Where it stands.
    pub group: TermGroup,
    /// An example that comes to it, and the moment of that.
    pub example: Option<(&'static str, Tell)>,
}

const fn waiting(name: &'static str, example: &'static str) -> Term {
    Term { name, group: TermGroup::Waiting, example: Some((example, Tell::Reason(name))) }
}

const fn event(name: &'static str, example: &'static str) -> Term {
    Term { name, group: TermGroup::Event, example: Some((example, Tell::Event(name))) }
}

const fn condition(name: &'static str, example: &'static str) -> Term {
    Term { name, group: TermGroup::Condition, example: Some((example, Tell::Condition(name))) }
}

const fn terminated(name: &'static str, example: &'static str) -> Term {
    Term { name, group: TermGroup::Terminated, example: Some((example, Tell::Reason(name))) }
}

const fn without_example(name: &'static str, group: TermGroup) -> Term {
    Term { name, group, example: None }
}

/// The glossary, by group and in the order of a Pod's life.
pub const TERMS: &[Term] = &[
    waiting("PodInitializing", "init-and-sidecar"),
    waiting("ContainerCreating", "nginx"),
    waiting("ErrImagePull", "image-not-found"),
    waiting("ImagePullBackOff", "image-not-found"),
    waiting("InvalidImageName", "image-name-invalid"),
    waiting("ErrImageNeverPull", "pull-policies"),
    without_example("RegistryUnavailable", TermGroup::Waiting),
    without_example("ImageInspectError", TermGroup::Waiting),
    waiting("CreateContainerConfigError", "config-missing"),
    waiting("CreateContainerError", "create-error"),
    without_example("PreStartHookError", TermGroup::Waiting),
    waiting("RunContainerError", "command-missing"),
    waiting("PostStartHookError", "post-start-fails"),
    waiting("CrashLoopBackOff", "crash-loop"),
    terminated("Completed", "phases"),
    terminated("Error", "crash-loop"),
    terminated("OOMKilled", "oom-killed"),
    condition("Unschedulable", "too-little-cpu"),
    condition("SchedulingGated", "scheduling-gates"),
    condition("ContainersNotInitialized", "init-fails"),
    condition("ContainersNotReady", "readiness"),
    condition("PodCompleted", "phases"),
    event("FailedScheduling", "too-little-cpu"),
    event("Preempted", "preemption"),
    event("FailedMount", "secret-missing"),
    event("NetworkNotReady", "network-not-ready"),
    event("FailedCreatePodSandBox", "sandbox-fails"),
    event("BackOff", "crash-loop"),
    event("Unhealthy", "liveness-exec"),
    event("Killing", "graceful-delete"),
    event("NodeNotReady", "node-down"),
    event("TaintManagerEviction", "no-execute"),
    without_example("NetworkPluginNotReady", TermGroup::Condition),
    without_example("DockerDaemonNotReady", TermGroup::Gone),
];
