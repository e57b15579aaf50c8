//! Runs that a plan stops, and what is said of them.

use crate::cri::ContainerId;
use crate::kubelet::runtime_status::RuntimeContainer;

/// A run to stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerToKill {
    /// The run.
    pub id: ContainerId,
    /// Its container.
    pub name: String,
    /// Why.
    pub reason: KillReason,
    /// The message of its event `Killing`.
    pub message: String,
}

/// Why a run is stopped while its Pod goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KillReason {
    /// Its spec changed.
    DefinitionChanged,
    /// Its liveness probe failed.
    LivenessProbe,
    /// Its startup probe failed.
    StartupProbe,
    /// The runtime does not know whether it runs.
    Unknown,
}

impl KillReason {
    /// The kubelet's word for it, which is empty for a changed spec.
    pub const fn as_str(self) -> &'static str {
        match self {
            KillReason::DefinitionChanged => "",
            KillReason::LivenessProbe => "LivenessProbe",
            KillReason::StartupProbe => "StartupProbe",
            KillReason::Unknown => "Unknown",
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            KillReason::DefinitionChanged => "definition changed",
            KillReason::LivenessProbe => "failed liveness probe",
            KillReason::StartupProbe => "failed startup probe",
            KillReason::Unknown => "is in \"unknown\" state, try killing it before restart",
        }
    }
}

pub(super) fn container(run: &RuntimeContainer, reason: KillReason, restart: bool) -> ContainerToKill {
    let intent = if restart { ", will be restarted" } else { "" };
    with_message(run, reason, format!("Container {} {}{intent}", run.name, reason.sentence()))
}

pub(super) fn unknown_container(run: &RuntimeContainer) -> ContainerToKill {
    with_message(run, KillReason::Unknown, format!("Container {}", KillReason::Unknown.sentence()))
}

pub(super) fn init_container(run: &RuntimeContainer, reason: KillReason) -> ContainerToKill {
    with_message(run, reason, format!("Init container {} {}", run.name, reason.sentence()))
}

pub(super) fn unknown_init_container(run: &RuntimeContainer) -> ContainerToKill {
    with_message(run, KillReason::Unknown, format!("Init container {}", KillReason::Unknown.sentence()))
}

fn with_message(run: &RuntimeContainer, reason: KillReason, message: String) -> ContainerToKill {
    ContainerToKill { id: run.id.clone(), name: run.name.to_string(), reason, message }
}
