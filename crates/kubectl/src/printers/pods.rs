//! The row of a Pod: READY, STATUS, RESTARTS and the rest.
//!
//! Models `printPod` of `pkg/printers/internalversion/printers.go` (v1.36). STATUS is no field of a Pod: it is worked out from
//! the phase, the status' reason, the scheduling gates, the init containers, the containers and the deletion time, each
//! overruling the ones before. [`StatusSource`] says which of them decided.

use podlapse_model::Metadata;
use podlapse_model::api::core::v1::{ContainerStatus, Pod, PodStatus};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;

use super::{cells, shown, wide};
use crate::duration::{age, human_duration, since};
use crate::table::{Cell, Column};

/// The columns of Pods.
pub(super) const COLUMNS: &[Column] = &[
    shown("Name"),
    shown("Ready"),
    shown("Status"),
    shown("Restarts"),
    shown("Age"),
    wide("IP"),
    wide("Node"),
    wide("Nominated Node"),
    wide("Readiness Gates"),
];

/// What `kubectl get pods -o wide` shows of a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodRow {
    /// NAME.
    pub name: String,
    /// READY, as in `1/2`.
    pub ready: String,
    /// STATUS.
    pub status: String,
    /// What decided [`PodRow::status`].
    pub status_source: StatusSource,
    /// The number in RESTARTS.
    pub restarts: i64,
    /// RESTARTS as printed, as in `3 (12s ago)`.
    pub restarts_cell: String,
    /// AGE.
    pub age: String,
    /// IP, or `<none>`.
    pub ip: String,
    /// NODE, or `<none>`.
    pub node: String,
    /// NOMINATED NODE, or `<none>`.
    pub nominated_node: String,
    /// READINESS GATES, as in `0/1`, or `<none>`.
    pub readiness_gates: String,
}

/// Which part of the Pod the STATUS was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusSource {
    /// `status.phase`.
    Phase,
    /// `status.reason`.
    Reason,
    /// The PodScheduled condition says that scheduling gates hold the Pod back.
    SchedulingGate,
    /// An init container that has not finished.
    InitContainer {
        /// Its place in `status.initContainerStatuses`.
        index: usize,
        /// What of it is shown.
        cause: ContainerCause,
    },
    /// A container; of several that wait or have ended, the first; a failed one before those that have completed.
    Container {
        /// Its place in `status.containerStatuses`.
        index: usize,
        /// What of it is shown.
        cause: ContainerCause,
    },
    /// Some containers have completed, one still runs; the Ready condition chooses between `Running` and `NotReady`.
    RunningBesideCompleted,
    /// The Pod is being deleted and its node is lost.
    NodeLost,
    /// The Pod is being deleted.
    Deletion,
}

/// What of a container's state is shown as STATUS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerCause {
    /// The reason why it waits.
    WaitingReason,
    /// The reason of its end.
    TerminatedReason,
    /// The signal that ended it, as no reason is known.
    Signal,
    /// Its exit code, as neither a reason nor a signal is known.
    ExitCode,
    /// How many init containers are done.
    Progress,
}

/// The row of a Pod at the instant `now`.
///
/// ```
/// use podlapse_model::api::core::v1::Pod;
/// use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
/// let pod: Pod = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "web", "creationTimestamp": "2026-01-01T00:00:00Z"},
///     "spec": {"containers": [{"name": "app"}]},
///     "status": {"phase": "Pending"},
/// })).unwrap();
/// let now: Time = serde_json::from_value("2026-01-01T00:00:07Z".into()).unwrap();
/// let row = podlapse_kubectl::pod_row(&pod, &now);
/// assert_eq!((row.ready.as_str(), row.status.as_str(), row.age.as_str()), ("0/1", "Pending", "7s"));
/// ```
pub fn pod_row(pod: &Pod, now: &Time) -> PodRow {
    let empty = PodStatus::default();
    let status = pod.status.as_ref().unwrap_or(&empty);
    let mut cells = Counts { total: containers_to_be_ready(pod), ..Counts::default() };
    let (mut reason, mut source) = from_pod_itself(status);
    let initializing = init_containers(pod, status, &mut cells);
    let is_initializing = initializing.is_some();
    if let Some((text, init_source)) = initializing {
        (reason, source) = (text, init_source);
    }
    if !is_initializing || condition_is_true(status, "Initialized") {
        containers(status, &mut cells, &mut reason, &mut source);
    }
    if pod.metadata.deletion_timestamp.is_some() {
        if status.reason.as_deref() == Some("NodeLost") {
            (reason, source) = ("Unknown".to_owned(), StatusSource::NodeLost);
        } else if !matches!(status.phase.as_deref(), Some("Succeeded" | "Failed")) {
            (reason, source) = ("Terminating".to_owned(), StatusSource::Deletion);
        }
    }
    let restarts_cell = match &cells.last_restart {
        Some(at) if cells.restarts != 0 => format!("{} ({} ago)", cells.restarts, human_duration(since(at, now))),
        Some(_) | None => cells.restarts.to_string(),
    };
    PodRow {
        name: pod.name().to_owned(),
        ready: format!("{}/{}", cells.ready, cells.total),
        status: reason,
        status_source: source,
        restarts: cells.restarts,
        restarts_cell,
        age: age(pod.metadata.creation_timestamp.as_ref(), now),
        ip: super::format::or_none(pod_ip(status)),
        node: super::format::or_none(pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref())),
        nominated_node: super::format::or_none(status.nominated_node_name.as_deref()),
        readiness_gates: readiness_gates(pod, status),
    }
}

/// The cells of [`COLUMNS`].
pub(super) fn row(pod: &Pod, now: &Time) -> Vec<Cell<'static>> {
    let row = pod_row(pod, now);
    cells![row.name, row.ready, row.status, row.restarts_cell, row.age, row.ip, row.node, row.nominated_node, row.readiness_gates]
}

/// The numbers of READY and RESTARTS while they are counted.
#[derive(Default)]
struct Counts {
    total: usize,
    ready: usize,
    restarts: i64,
    last_restart: Option<Time>,
    /// The restarts of sidecars, which go on counting once the Pod is initialized.
    sidecar_restarts: i64,
    last_sidecar_restart: Option<Time>,
}

fn containers_to_be_ready(pod: &Pod) -> usize {
    let Some(spec) = &pod.spec else { return 0 };
    let sidecars = spec.init_containers.iter().flatten().filter(|c| c.restart_policy.as_deref() == Some("Always"));
    spec.containers.len() + sidecars.count()
}

fn from_pod_itself(status: &PodStatus) -> (String, StatusSource) {
    let gated = status
        .conditions
        .iter()
        .flatten()
        .any(|condition| condition.type_ == "PodScheduled" && condition.reason.as_deref() == Some("SchedulingGated"));
    if gated {
        return ("SchedulingGated".to_owned(), StatusSource::SchedulingGate);
    }
    match status.reason.as_deref() {
        Some(reason) if !reason.is_empty() => (reason.to_owned(), StatusSource::Reason),
        Some(_) | None => (status.phase.clone().unwrap_or_default(), StatusSource::Phase),
    }
}

/// Counts the init containers up to the first unfinished one, and says what that one shows.
fn init_containers(pod: &Pod, status: &PodStatus, counts: &mut Counts) -> Option<(String, StatusSource)> {
    let specs = pod.spec.as_ref().and_then(|spec| spec.init_containers.as_deref()).unwrap_or_default();
    for (index, container) in status.init_container_statuses.iter().flatten().enumerate() {
        let is_sidecar =
            specs.iter().rev().find(|c| c.name == container.name).is_some_and(|c| c.restart_policy.as_deref() == Some("Always"));
        counts.restarts += i64::from(container.restart_count);
        later(&mut counts.last_restart, container);
        if is_sidecar {
            counts.sidecar_restarts += i64::from(container.restart_count);
            later(&mut counts.last_sidecar_restart, container);
        }
        let state = container.state.as_ref();
        let terminated = state.and_then(|state| state.terminated.as_ref());
        if terminated.is_some_and(|terminated| terminated.exit_code == 0) {
            continue;
        }
        if is_sidecar && container.started == Some(true) {
            counts.ready += usize::from(container.ready);
            continue;
        }
        let (text, cause) = match (ended(container), waiting_reason(container)) {
            (Some((text, cause)), _) => (text, cause),
            (None, Some(reason)) if reason != "PodInitializing" => (reason.to_owned(), ContainerCause::WaitingReason),
            (None, _) => (format!("{index}/{}", specs.len()), ContainerCause::Progress),
        };
        return Some((format!("Init:{text}"), StatusSource::InitContainer { index, cause }));
    }
    None
}

/// Counts the containers; those that wait or have ended give their reason, the first one last.
fn containers(status: &PodStatus, counts: &mut Counts, reason: &mut String, source: &mut StatusSource) {
    counts.restarts = counts.sidecar_restarts;
    counts.last_restart = counts.last_sidecar_restart.take();
    let mut has_running = false;
    let mut failure = None;
    for (index, container) in status.container_statuses.as_deref().unwrap_or_default().iter().enumerate().rev() {
        counts.restarts += i64::from(container.restart_count);
        later(&mut counts.last_restart, container);
        if let Some(waiting) = waiting_reason(container) {
            *reason = waiting.to_owned();
            *source = StatusSource::Container { index, cause: ContainerCause::WaitingReason };
        } else if let Some((text, cause)) = ended(container) {
            *reason = text;
            *source = StatusSource::Container { index, cause };
            if has_failed(container) {
                failure = Some((reason.clone(), source.clone()));
            }
        } else if container.ready && container.state.as_ref().is_some_and(|state| state.running.is_some()) {
            has_running = true;
            counts.ready += 1;
        }
    }
    if reason == "Completed" {
        (*reason, *source) = match failure {
            _ if has_running && condition_is_true(status, "Ready") => {
                ("Running".to_owned(), StatusSource::RunningBesideCompleted)
            }
            Some(failure) => failure,
            None if has_running => ("NotReady".to_owned(), StatusSource::RunningBesideCompleted),
            None => return,
        };
    }
}

fn has_failed(container: &ContainerStatus) -> bool {
    container.state.as_ref().and_then(|state| state.terminated.as_ref()).is_some_and(|terminated| terminated.exit_code != 0)
}

fn waiting_reason(container: &ContainerStatus) -> Option<&str> {
    container.state.as_ref()?.waiting.as_ref()?.reason.as_deref().filter(|reason| !reason.is_empty())
}

/// What a terminated container shows.
fn ended(container: &ContainerStatus) -> Option<(String, ContainerCause)> {
    let terminated = container.state.as_ref()?.terminated.as_ref()?;
    Some(match (terminated.reason.as_deref().unwrap_or_default(), terminated.signal.unwrap_or_default()) {
        ("", 0) => (format!("ExitCode:{}", terminated.exit_code), ContainerCause::ExitCode),
        ("", signal) => (format!("Signal:{signal}"), ContainerCause::Signal),
        (reason, _) => (reason.to_owned(), ContainerCause::TerminatedReason),
    })
}

/// Keeps the later end of the runs before the present ones.
fn later(last: &mut Option<Time>, container: &ContainerStatus) {
    let ended = container.last_state.as_ref().and_then(|state| state.terminated.as_ref()).and_then(|t| t.finished_at.as_ref());
    if let Some(ended) = ended
        && last.as_ref().is_none_or(|last| last < ended)
    {
        *last = Some(ended.clone());
    }
}

fn condition_is_true(status: &PodStatus, kind: &str) -> bool {
    status.conditions.iter().flatten().find(|condition| condition.type_ == kind).is_some_and(|c| c.status == "True")
}

fn pod_ip(status: &PodStatus) -> Option<&str> {
    match status.pod_ips.as_deref() {
        Some([first, ..]) => Some(&first.ip),
        Some([]) | None => status.pod_ip.as_deref(),
    }
}

fn readiness_gates(pod: &Pod, status: &PodStatus) -> String {
    let gates = pod.spec.as_ref().and_then(|spec| spec.readiness_gates.as_deref()).unwrap_or_default();
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let open = gates.iter().filter(|gate| condition_is_true(status, &gate.condition_type)).count();
    format!("{open}/{}", gates.len())
}
