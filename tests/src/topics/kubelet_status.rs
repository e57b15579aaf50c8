//! `functions/kubelet_status`: the status that the kubelet makes from what it sees, and its phase.

use podlapse_core::kernel::WallClock;
use podlapse_core::kubelet::probe::results::{ProbeKind, ProbeResults};
use podlapse_core::kubelet::status::{CachedStatus, StartError, StartErrors, StatusInputs, generate_status, phase, set_status};
use podlapse_model::api::core::v1::{ContainerStatus, Pod, PodSpec};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::{Value, json};

use super::runtime::{at, list, runtime_status, seconds, set_probe_results, text};
use super::typed;
use crate::lines::none_is_empty;
use crate::{Input, Lines, LinesTopic};

pub(super) fn topic() -> LinesTopic {
    let inputs = &["note", "pod", "start", "steps"];
    LinesTopic::new(
        "functions/kubelet_status",
        vec![
            Lines::new("single.jsonl", inputs, statuses).compared_by(none_is_empty),
            Lines::new("lifecycles.jsonl", inputs, statuses).compared_by(none_is_empty),
            Lines::new("phase.jsonl", &["spec", "statuses", "podIsTerminal", "hasAnyActiveRegularContainerStarted"], phases),
        ],
    )
}

fn phases(input: &Input<'_>) -> Result<Value, String> {
    let pod = Pod { spec: Some(typed(input.get("spec"))?), ..Pod::default() };
    let statuses: Option<Vec<ContainerStatus>> = typed(input.get("statuses"))?;
    let started = *input.get("hasAnyActiveRegularContainerStarted") == true;
    let (phase, _) = phase(&pod, statuses.iter().flatten(), *input.get("podIsTerminal") == true, started);
    Ok(json!({"phase": phase.as_str()}))
}

fn statuses(input: &Input<'_>) -> Result<Value, String> {
    let mut pod: Pod = typed(input.get("pod"))?;
    let start: Time = typed(input.get("start"))?;
    let clock = WallClock { start_unix_ns: start.0.as_nanosecond() };
    let spec = pod.spec.clone().unwrap_or_default();
    let has_worker = |name: &str, kind: ProbeKind| has_probe(&spec, name, kind);
    let mut probes = ProbeResults::default();
    let mut cached: Option<CachedStatus> = None;
    let mut elapsed = 0;
    let mut out = Vec::new();
    for step in input.get("steps").as_array().into_iter().flatten() {
        elapsed += seconds(&step["advance"]);
        let now = at(&json!(elapsed as f64 / 1e9));
        if step["deleted"] == true {
            pod.metadata.deletion_timestamp.get_or_insert_with(|| clock.time(now));
        }
        let seen = runtime_status(&step["runtime"], &spec, now);
        set_probe_results(&mut probes, &step["probes"]);
        let old = cached.as_ref().map(|cached| cached.status.clone());
        let generated = generate_status(&StatusInputs {
            pod: &pod,
            old: old.as_ref(),
            seen: &seen,
            start_errors: &start_errors(step),
            probes: &probes,
            has_worker: &has_worker,
            pod_is_terminal: step["podIsTerminal"] == true,
            eviction: None,
            host_ips: &[],
            clock,
            found_before: None,
            resize: &[],
            actual: &|_| None,
        })
        .status;
        let update = set_status(&pod, cached.as_ref(), generated.clone(), clock, now);
        let changed = update.is_some();
        cached = update.or(cached);
        pod.status = cached.as_ref().map(|cached| cached.status.clone());
        out.push(json!({"now": clock.time(now), "generated": generated, "managed": pod.status, "changed": changed}));
    }
    Ok(json!({"out": out}))
}

fn start_errors(step: &Value) -> StartErrors {
    list(step, "reasonCache")
        .map(|entry| {
            let error = StartError { reason: text(entry, "reason").into(), message: text(entry, "message").into() };
            (text(entry, "container").into(), error)
        })
        .collect()
}

fn has_probe(spec: &PodSpec, name: &str, kind: ProbeKind) -> bool {
    let mut all = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    all.find(|container| container.name == name).is_some_and(|container| match kind {
        ProbeKind::Liveness => container.liveness_probe.is_some(),
        ProbeKind::Readiness => container.readiness_probe.is_some(),
        ProbeKind::Startup => container.startup_probe.is_some(),
    })
}
