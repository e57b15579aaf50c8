//! The runtime's view and the probe results as the corpora write them.

use podlapse_model::api::core::v1::PodSpec;
use podlapse_model::{SimDuration, SimTime};
use serde_json::Value;

use podlapse_core::cri::{ContainerId, SandboxId, SandboxState};
use podlapse_core::kubelet::container::key::container_hash;
use podlapse_core::kubelet::probe::results::{ProbeKind, ProbeResult, ProbeResults};
use podlapse_core::kubelet::runtime_status::{ContainerState, Exit, RuntimeContainer, RuntimeStatus, SandboxStatus};

pub(crate) fn list<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    value.get(field).and_then(Value::as_array).into_iter().flatten()
}

pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// The list `field` of a line, each entry with those of its fields that are inputs.
pub(crate) fn inputs_of_steps(line: &serde_json::Map<String, Value>, field: &str, inputs: &[&str]) -> Value {
    let steps = line.get(field).and_then(Value::as_array).into_iter().flatten();
    let only_inputs = |step: &Value| {
        let fields = step.as_object().into_iter().flatten().filter(|(name, _)| inputs.contains(&name.as_str()));
        Value::Object(fields.map(|(name, value)| (name.clone(), value.clone())).collect())
    };
    steps.map(only_inputs).collect()
}

/// The moment that many seconds after the start.
pub(crate) fn at(value: &Value) -> SimTime {
    SimTime::from_nanos(seconds(value))
}

/// Seconds as nanoseconds, to the microsecond: the recordings hold rounding errors below that.
pub(crate) fn seconds(value: &Value) -> i64 {
    (value.as_f64().unwrap_or_default() * 1e6).round() as i64 * 1_000
}

fn ago(run: &Value, field: &str, now: SimTime) -> SimTime {
    SimTime::from_nanos(now.as_nanos() - seconds(&run[field]))
}

pub(crate) fn runtime_status(value: &Value, spec: &PodSpec, now: SimTime) -> RuntimeStatus {
    let sandboxes: Vec<SandboxStatus> = list(value, "sandboxes")
        .map(|sandbox| SandboxStatus {
            id: SandboxId(text(sandbox, "id").into()),
            state: if sandbox["ready"] == true { SandboxState::Ready } else { SandboxState::NotReady },
            attempt: sandbox["attempt"].as_u64().unwrap_or_default() as u32,
            ip: Some(text(sandbox, "ip").into()).filter(|ip: &std::sync::Arc<str>| !ip.is_empty()),
            created_at: now - SimDuration::from_secs(100),
        })
        .collect();
    let newest_ready = sandboxes.iter().find(|sandbox| sandbox.state == SandboxState::Ready).map(|sandbox| sandbox.id.clone());
    let containers =
        list(value, "containers").map(|run| container(run, spec, newest_ready.as_ref().map(|id| &*id.0), now)).collect();
    let ips = sandboxes.first().filter(|sandbox| sandbox.state == SandboxState::Ready).and_then(|sandbox| sandbox.ip.clone());
    RuntimeStatus { sandboxes, containers, ips: ips.into_iter().collect() }
}

fn container(run: &Value, spec: &PodSpec, sandbox: Option<&str>, now: SimTime) -> RuntimeContainer {
    let name = text(run, "name");
    let wanted = spec.containers.iter().chain(spec.init_containers.iter().flatten()).find(|container| container.name == name);
    let started_at = (text(run, "state") != "created" && run["startedAgo"] != 0).then(|| ago(run, "startedAgo", now));
    let state = match text(run, "state") {
        "created" => ContainerState::Created,
        "running" => ContainerState::Running { started_at: ago(run, "startedAgo", now) },
        "exited" => ContainerState::Exited(Exit {
            started_at,
            finished_at: ago(run, "finishedAgo", now),
            code: run["exitCode"].as_i64().unwrap_or_default() as i32,
            reason: text(run, "reason").into(),
            message: text(run, "message").into(),
        }),
        _ => ContainerState::Unknown { started_at },
    };
    let hash = wanted.map_or(0, container_hash);
    let image = wanted.and_then(|container| container.image.as_deref()).unwrap_or_default();
    RuntimeContainer {
        id: ContainerId(text(run, "id").into()),
        name: name.into(),
        state,
        created_at: ago(run, "createdAgo", now),
        restart_count: run["restartCount"].as_i64().unwrap_or_default() as u32,
        hash: if run["hashChanged"] == true { hash.wrapping_add(1) } else { hash },
        image: format!("docker.io/library/{image}").into(),
        image_id: format!("docker.io/library/{name}@sha256:{name}").into(),
        image_ref: format!("docker.io/library/{name}@sha256:{name}").into(),
        sandbox: SandboxId(run.get("sandbox").and_then(Value::as_str).or(sandbox).unwrap_or_default().into()),
        user: None,
        stop_signal: None,
        mounts: Vec::new(),
    }
}

pub(crate) fn set_probe_results(results: &mut ProbeResults, value: &Value) {
    for probe in value.as_array().into_iter().flatten() {
        let kind = match text(probe, "probe") {
            "liveness" => ProbeKind::Liveness,
            "readiness" => ProbeKind::Readiness,
            _ => ProbeKind::Startup,
        };
        let result = match text(probe, "result") {
            "Success" => ProbeResult::Success,
            "Failure" => ProbeResult::Failure,
            _ => ProbeResult::Unknown,
        };
        results.set(kind, &ContainerId(text(probe, "container").into()), result);
    }
}
