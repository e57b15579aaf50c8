//! Events: what components tell about objects.

mod correlator;
mod lru;
mod recorder;

use std::borrow::Cow;
use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;

pub use correlator::{Correlator, Observed, Occurrence, Verdict};
pub use recorder::{EventRecorder, Recorded};

/// Whether something is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventType {
    /// It is.
    Normal,
    /// It is not.
    Warning,
}

impl EventType {
    /// As the object has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            EventType::Normal => "Normal",
            EventType::Warning => "Warning",
        }
    }
}

/// An event about a Pod or one of its containers, before the recorder counts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodEvent {
    /// The part of the Pod, as in `spec.containers{app}`; `None` for the Pod itself.
    pub field_path: Option<Arc<str>>,
    /// Whether it is bad news.
    pub event_type: EventType,
    /// The word for it, as in `BackOff`.
    pub reason: Cow<'static, str>,
    /// The sentence.
    pub message: String,
}

impl PodEvent {
    /// An event about the Pod itself.
    pub fn pod(event_type: EventType, reason: impl Into<Cow<'static, str>>, message: String) -> Self {
        PodEvent { field_path: None, event_type, reason: reason.into(), message }
    }

    /// An event about the container called `name`.
    ///
    /// Models `pkg/kubelet/container` `GenerateContainerRef` and `fieldPath`: a container that the spec does not name gets an event
    /// about its Pod.
    pub fn container(
        pod: &Pod,
        name: &str,
        event_type: EventType,
        reason: impl Into<Cow<'static, str>>,
        message: String,
    ) -> Self {
        PodEvent { field_path: field_path(pod, name), event_type, reason: reason.into(), message }
    }
}

fn field_path(pod: &Pod, name: &str) -> Option<Arc<str>> {
    let spec = pod.spec.as_ref()?;
    let list = if spec.containers.iter().any(|container| container.name == name) {
        "containers"
    } else if spec.init_containers.iter().flatten().any(|container| container.name == name) {
        "initContainers"
    } else if spec.ephemeral_containers.iter().flatten().any(|container| container.name == name) {
        "ephemeralContainers"
    } else {
        return None;
    };
    Some(format!("spec.{list}{{{name}}}").into())
}
