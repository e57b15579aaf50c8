//! `pod_actions/actions.jsonl`.

use podlapse_model::SimTime;
use podlapse_model::api::core::v1::Pod;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::{Value, json};

use super::runtime::{runtime_status, set_probe_results};
use super::{check, lines};
use crate::kubelet::pod_actions::pod_actions;
use crate::kubelet::probe::results::ProbeResults;

fn outcome(line: &Value) -> (Value, Value) {
    let spec = serde_json::from_value(line["pod"]["spec"].clone()).unwrap();
    let mut pod = Pod { spec: Some(spec), ..Pod::default() };
    if line["pod"]["deleted"] == true {
        pod.metadata.deletion_timestamp = Some(Time(jiff::Timestamp::UNIX_EPOCH));
    }
    let seen = runtime_status(&line["runtime"], pod.spec.as_ref().unwrap(), SimTime::ZERO);
    let mut probes = ProbeResults::default();
    set_probe_results(&mut probes, line);
    let actions = pod_actions(&pod, &seen, &probes, line["restartAllContainers"] == true);
    let mut kills = actions.containers_to_kill.clone();
    kills.sort_by(|a, b| a.id.cmp(&b.id));
    let ours = json!({
        "killPod": actions.kill_pod,
        "createSandbox": actions.create_sandbox,
        "sandboxID": actions.sandbox_id.map_or(String::new(), |id| id.0.to_string()),
        "attempt": actions.attempt,
        "initContainersToStart": actions.init_containers_to_start,
        "containersToStart": actions.containers_to_start,
        "containersToKill": kills.iter().map(|kill| json!({
            "ID": &*kill.id.0, "Name": kill.name, "Message": kill.message, "Reason": kill.reason.as_str(),
        })).collect::<Vec<_>>(),
        "containersToReset": actions.containers_to_reset.iter().map(|reset| json!({
            "ID": &*reset.id.0, "Name": reset.name, "Kill": reset.kill,
        })).collect::<Vec<_>>(),
    });
    let mut recorded = line["actions"].clone();
    for field in ["initContainersToStart", "containersToStart", "containersToKill", "containersToReset"] {
        if recorded[field].is_null() {
            recorded[field] = json!([]);
        }
    }
    (ours, recorded)
}

#[test]
fn plans_are_those_recorded() {
    check("pod_actions", &lines("pod_actions/actions.jsonl"), outcome);
}
