//! What the containers of a Pod have written, as far as the kubelet still has it.
//!
//! Models which run `kubectl logs` and `kubectl logs --previous` read: `pkg/kubelet` `validateContainerLogStatus`. A node keeps the
//! last dead container beside the running one, and the output of earlier ones is gone.

use podlapse_core::LogRecord;
use podlapse_model::api::core::v1::{ContainerState, ContainerStateTerminated};
use podlapse_model::{Metadata, Object, ObjectKey, SimTime};
use serde::Serialize;

use crate::RunView;

/// A line that a container wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogLineView {
    /// When.
    #[serde(serialize_with = "crate::time::seconds")]
    pub at: SimTime,
    /// Whether to standard error.
    pub is_stderr: bool,
    /// Its text.
    pub text: String,
}

/// The output of one run of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogRun {
    /// How often the container had been started before it.
    pub attempt: u32,
    /// Whether `kubectl logs` prints it.
    pub is_current: bool,
    /// Whether `kubectl logs --previous` prints it.
    pub is_previous: bool,
    /// Exit code and reason of its end, if it has ended.
    pub end: Option<(i32, String)>,
    /// Its lines.
    pub lines: Vec<LogLineView>,
}

/// The output of a container: the run before the last, if there was one, and the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContainerLogs {
    /// The container.
    pub name: String,
    /// Whether it is an init container.
    pub is_init: bool,
    /// Its runs, in order.
    pub runs: Vec<LogRun>,
}

impl RunView {
    /// The output of a Pod's containers at an instant, `moment` being the last one before it.
    pub fn logs(&self, key: &ObjectKey, moment: usize, at: SimTime) -> Vec<ContainerLogs> {
        let Some(object @ Object::Pod(pod)) = self.object(key, moment) else { return Vec::new() };
        let Some(spec) = &pod.spec else { return Vec::new() };
        let uid = object.uid();
        let written: Vec<&LogRecord> = self.history().logs.iter().filter(|log| log.key.pod == uid && log.line.at <= at).collect();
        let status = pod.status.clone().unwrap_or_default();
        let init = spec.init_containers.iter().flatten().map(|container| (container, true));
        let containers = init.chain(spec.containers.iter().map(|container| (container, false)));
        let logs = containers.map(|(container, is_init)| {
            let statuses = if is_init { &status.init_container_statuses } else { &status.container_statuses };
            let found = statuses.iter().flatten().find(|status| status.name == container.name);
            let count = found.map_or(0, |status| u32::try_from(status.restart_count).unwrap_or(0));
            let state = found.and_then(|status| status.state.as_ref());
            let ended = |state: Option<&ContainerState>| state.and_then(|state| state.terminated.as_ref()).map(end);
            let last = ended(found.and_then(|status| status.last_state.as_ref()));
            let has_run = state.is_some_and(|state| state.running.is_some() || state.terminated.is_some());
            // While a container waits for its next start, both commands read the run that ended.
            let of = |attempt: u32, is_current: bool, is_previous: bool, end: Option<(i32, String)>| LogRun {
                attempt,
                is_current,
                is_previous,
                end,
                lines: lines(&written, &container.name, attempt),
            };
            let runs = match (has_run, last) {
                (true, None) => vec![of(count, true, false, ended(state))],
                (true, last) => vec![of(count.saturating_sub(1), false, true, last), of(count, true, false, ended(state))],
                (false, Some(last)) => vec![of(count, true, true, Some(last))],
                (false, None) => Vec::new(),
            };
            ContainerLogs { name: container.name.clone(), is_init, runs }
        });
        logs.collect()
    }
}

fn end(terminated: &ContainerStateTerminated) -> (i32, String) {
    (terminated.exit_code, terminated.reason.clone().unwrap_or_default())
}

fn lines(written: &[&LogRecord], container: &str, attempt: u32) -> Vec<LogLineView> {
    let own = written.iter().filter(|log| *log.key.container == *container && log.key.attempt == attempt);
    own.map(|log| LogLineView { at: log.line.at, is_stderr: log.line.is_stderr, text: log.line.text.to_string() }).collect()
}
