//! What a log of the runtime's socket would show.

use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Metadata, SimDuration, SimTime};

use super::container::Container;
use crate::cri::CriError;

/// A call as a log of the runtime's socket would show it.
#[derive(Clone, Debug, PartialEq)]
pub struct CallRecord {
    /// When it ended.
    pub at: SimTime,
    /// How long it took.
    pub took: SimDuration,
    /// Its name, as in `PullImage`; `(exit)` is the end of a container.
    pub call: &'static str,
    /// The Pod's namespace and name; empty where it has none.
    pub pod: (Arc<str>, Arc<str>),
    /// The container; empty where it has none.
    pub container: Arc<str>,
    /// Its attempt.
    pub attempt: u32,
    /// Image, command or exit reason, as the call has it.
    pub detail: Arc<str>,
    /// Exit code, for ends and commands.
    pub exit_code: Option<i32>,
    /// The error it ended with.
    pub error: Option<Arc<str>>,
}

/// The Pod's namespace and name.
pub(super) fn pod_name(pod: &Pod) -> (Arc<str>, Arc<str>) {
    let metadata = &pod.metadata;
    (metadata.namespace().into(), metadata.name().into())
}

/// A call that is about a Pod.
pub(super) fn record(at: SimTime, call: &'static str, pod: &Pod, error: Option<&CriError>) -> CallRecord {
    CallRecord {
        at,
        took: SimDuration::ZERO,
        call,
        pod: pod_name(pod),
        container: "".into(),
        attempt: 0,
        detail: "".into(),
        exit_code: None,
        error: error.map(|error| error.to_string().into()),
    }
}

/// A call that is about a container.
pub(super) fn container_record(at: SimTime, call: &'static str, container: &Container, error: Option<&CriError>) -> CallRecord {
    CallRecord {
        container: container.status.name.clone(),
        attempt: container.status.attempt,
        ..record(at, call, &container.pod, error)
    }
}
