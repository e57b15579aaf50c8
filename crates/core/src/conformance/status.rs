//! `kubelet_status/{single,lifecycles,phase}.jsonl`.

use podlapse_model::SimTime;
use podlapse_model::api::core::v1::{ContainerStatus, Pod, PodSpec, PodStatus};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::{Value, json};

use super::runtime::{list, runtime_status, seconds, set_probe_results, text};
use super::{check, lines};
use crate::kernel::WallClock;
use crate::kubelet::probe::results::{ProbeKind, ProbeResults};
use crate::kubelet::status::{PodResources, StartError, StartErrors, StatusInputs, generate_status, phase, set_status};

fn outcome(line: &Value) -> (Value, Value) {
    let mut pod: Pod = serde_json::from_value(line["pod"].clone()).unwrap();
    let start: Time = serde_json::from_value(line["start"].clone()).unwrap();
    let clock = WallClock { start_unix_ns: start.0.as_nanosecond() };
    let spec = pod.spec.clone().unwrap();
    let resources = PodResources { qos_class: "BestEffort".to_owned(), ..PodResources::default() };
    let mut probes = ProbeResults::default();
    let mut cached = None;
    let mut elapsed = 0;
    let mut ours = Vec::new();
    for step in list(line, "steps") {
        elapsed += seconds(&step["advance"]);
        let now = SimTime::from_nanos(elapsed);
        if step["deleted"] == true {
            pod.metadata.deletion_timestamp.get_or_insert_with(|| clock.time(now));
        }
        let seen = runtime_status(&step["runtime"], &spec, now);
        set_probe_results(&mut probes, step);
        let start_errors: StartErrors = list(step, "reasonCache")
            .map(|entry| {
                let error = StartError { reason: text(entry, "reason").into(), message: text(entry, "message").into() };
                (text(entry, "container").into(), error)
            })
            .collect();
        let has_worker = |name: &str, kind: ProbeKind| has_probe(&spec, name, kind);
        let old = cached.as_ref().map(|cached: &crate::kubelet::status::CachedStatus| cached.status.clone());
        let generated = generate_status(&StatusInputs {
            pod: &pod,
            old: old.as_ref(),
            seen: &seen,
            start_errors: &start_errors,
            probes: &probes,
            has_worker: &has_worker,
            pod_is_terminal: step["podIsTerminal"] == true,
            eviction: None,
            host_ips: &[],
            resources: &resources,
            clock,
        })
        .status;
        let update = set_status(&pod, cached.as_ref(), generated.clone(), clock, now);
        let changed = update.is_some();
        cached = update.or(cached);
        let managed = cached.as_ref().unwrap().status.clone();
        ours.push(json!({"generated": generated, "managed": managed, "changed": changed}));
        pod.status = Some(managed);
    }
    let recorded = list(line, "out").map(|out| {
        let status = |field: &str| serde_json::from_value::<PodStatus>(out[field].clone()).unwrap();
        json!({"generated": status("generated"), "managed": status("managed"), "changed": out["changed"]})
    });
    (json!(ours), json!(recorded.collect::<Vec<_>>()))
}

fn has_probe(spec: &PodSpec, name: &str, kind: ProbeKind) -> bool {
    let mut all = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    all.find(|container| container.name == name).is_some_and(|container| match kind {
        ProbeKind::Liveness => container.liveness_probe.is_some(),
        ProbeKind::Readiness => container.readiness_probe.is_some(),
        ProbeKind::Startup => container.startup_probe.is_some(),
    })
}

/// Only the places that differ, so that a failure can be read.
fn differences(outcome: (Value, Value)) -> (Value, Value) {
    fn walk(path: &str, a: &Value, b: &Value, out: &mut Vec<(String, Value, Value)>) {
        match (a, b) {
            (Value::Object(x), Value::Object(y)) => {
                let keys: std::collections::BTreeSet<&String> = x.keys().chain(y.keys()).collect();
                for key in keys {
                    walk(&format!("{path}.{key}"), &a[key], &b[key], out);
                }
            }
            (Value::Array(x), Value::Array(y)) if x.len() == y.len() => {
                for (index, (a, b)) in x.iter().zip(y).enumerate() {
                    walk(&format!("{path}[{index}]"), a, b, out);
                }
            }
            _ if a != b => out.push((path.to_owned(), a.clone(), b.clone())),
            _ => {}
        }
    }
    let mut out = Vec::new();
    walk("", &outcome.0, &outcome.1, &mut out);
    let ours: Vec<_> = out.iter().map(|(path, ours, _)| json!([path, ours])).collect();
    let recorded: Vec<_> = out.iter().map(|(path, _, recorded)| json!([path, recorded])).collect();
    (json!(ours), json!(recorded))
}

#[test]
fn single_statuses_are_those_recorded() {
    check("single", &lines("kubelet_status/single.jsonl"), |line| differences(outcome(line)));
}

#[test]
fn lifecycles_are_those_recorded() {
    check("lifecycles", &lines("kubelet_status/lifecycles.jsonl"), |line| differences(outcome(line)));
}

#[test]
fn phases_are_those_recorded() {
    check("phase", &lines("kubelet_status/phase.jsonl"), |line| {
        let pod = Pod { spec: Some(serde_json::from_value(line["spec"].clone()).unwrap()), ..Pod::default() };
        let statuses: Vec<ContainerStatus> = serde_json::from_value(line["statuses"].clone()).unwrap();
        let started = line["hasAnyActiveRegularContainerStarted"] == true;
        let (phase, _) = phase(&pod, statuses.iter(), line["podIsTerminal"] == true, started);
        (json!(phase.as_str()), line["phase"].clone())
    });
}
