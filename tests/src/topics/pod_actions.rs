//! `functions/pod_actions`: what the kubelet plans to do with a Pod's sandbox and containers.

use podlapse_core::kernel::WallClock;
use podlapse_core::kubelet::pod_actions::pod_actions;
use podlapse_core::kubelet::probe::results::ProbeResults;
use podlapse_model::SimTime;
use podlapse_model::api::core::v1::Pod;
use serde_json::{Value, json};

use super::runtime::{runtime_status, set_probe_results};
use super::typed;
use crate::lines::none_is_empty;
use crate::{Input, Lines, LinesTopic};

pub(super) fn topic() -> LinesTopic {
    let inputs = &["note", "pod", "runtime", "probes", "restartAllContainers"];
    LinesTopic::new("functions/pod_actions", vec![Lines::new("actions.jsonl", inputs, actions).compared_by(none_is_empty)])
}

fn actions(input: &Input<'_>) -> Result<Value, String> {
    let mut pod = Pod { spec: Some(typed(&input.get("pod")["spec"])?), ..Pod::default() };
    if input.get("pod")["deleted"] == true {
        pod.metadata.deletion_timestamp = Some(WallClock { start_unix_ns: 0 }.time(SimTime::ZERO));
    }
    let spec = pod.spec.clone().unwrap_or_default();
    let seen = runtime_status(input.get("runtime"), &spec, SimTime::ZERO);
    let mut probes = ProbeResults::default();
    set_probe_results(&mut probes, input.get("probes"));
    let actions = pod_actions(&pod, &seen, &probes, *input.get("restartAllContainers") == true);
    let mut kills = actions.containers_to_kill.clone();
    // The kubelet keeps them in a map, which the recording sorts.
    kills.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(json!({"actions": {
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
    }}))
}
