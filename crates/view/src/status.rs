//! A Pod in one line, as `kubectl get pods` prints it.

use podlapse_model::api::core::v1::{ContainerStatus, Pod};

use crate::Tone;
use crate::lanes::state_word;

/// The columns of `kubectl get pods` that come from the Pod alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodStatus {
    /// READY, as in `1/2`.
    pub ready: String,
    /// STATUS.
    pub status: String,
    /// RESTARTS, without its age.
    pub restarts: u32,
    /// Whether condition Ready is True.
    pub is_ready: bool,
}

pub(crate) fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// The columns of a Pod.
pub(crate) fn pod_status(pod: &Pod) -> PodStatus {
    let empty = Vec::new();
    let status = pod.status.as_ref();
    let statuses = status.and_then(|status| status.container_statuses.as_ref()).unwrap_or(&empty);
    let total = pod.spec.as_ref().map_or(0, |spec| spec.containers.len());
    let ready = statuses.iter().filter(|status| status.ready).count();
    let mut word =
        status.and_then(|status| status.reason.clone().or(status.phase.clone())).unwrap_or_else(|| "Pending".to_owned());
    for status in statuses.iter().rev() {
        let Some(state) = &status.state else { continue };
        match state_word(state) {
            ("running", _) | (_, "") => {}
            (_, reason) => word = reason.to_owned(),
        }
    }
    if pod.metadata.deletion_timestamp.is_some() {
        word = "Terminating".to_owned();
    }
    PodStatus {
        ready: format!("{ready}/{total}"),
        status: word,
        restarts: statuses.iter().map(|status| u32::try_from(status.restart_count).unwrap_or(0)).sum(),
        is_ready: is_ready(pod),
    }
}

/// The look and name of a container's state.
pub(crate) fn container_tone(status: &ContainerStatus) -> (Tone, String) {
    let Some(state) = &status.state else { return (Tone::Waiting, String::new()) };
    match state_word(state) {
        ("running", _) if status.ready => (Tone::Ready, "running".to_owned()),
        ("running", _) => (Tone::Running, "running".to_owned()),
        ("terminated", reason) => (Tone::of_status(reason, false), reason.to_owned()),
        (_, reason) => (Tone::of_status(reason, false), reason.to_owned()),
    }
}
