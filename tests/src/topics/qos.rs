//! `functions/qos`: quality of service, requests and limits, out-of-memory scores.

use std::collections::BTreeMap;

use podlapse_model::api::core::v1::{Pod, PodSpec};
use podlapse_model::{QosClass, ResourceList, ResourceOptions, default_requests};
use podlapse_model::{oom_score_adjustment, pod_limits, pod_requests};
use serde_json::{Map, Value, json};

use super::typed;
use crate::{Input, Lines, LinesTopic};

pub(super) fn topic() -> LinesTopic {
    LinesTopic::new("functions/qos", vec![Lines::new("qos.jsonl", &["spec"], qos).with_embedded("capacities", capacities)])
}

/// Bytes of memory of the nodes that scores were recorded for.
fn capacities(line: &Map<String, Value>) -> Value {
    line.get("oomScoreAdj").and_then(Value::as_object).into_iter().flatten().map(|(capacity, _)| capacity.as_str()).collect()
}

fn texts(list: &ResourceList) -> BTreeMap<&str, String> {
    list.iter().map(|(name, quantity)| (name.as_str(), quantity.to_string())).collect()
}

fn qos(input: &Input<'_>) -> Result<Value, String> {
    let spec: PodSpec = typed(input.get("spec"))?;
    let pod = Pod { spec: Some(spec.clone()), ..Pod::default() };
    let plain = ResourceOptions::default();
    let requests = pod_requests(&pod, &plain);
    let non_missing = ResourceOptions { non_missing: default_requests(), ..plain.clone() };
    let containers: Vec<_> = spec.containers.iter().chain(spec.init_containers.iter().flatten()).collect();
    let scores_on = |capacity: i64| -> BTreeMap<&str, i64> {
        containers.iter().map(|container| (container.name.as_str(), oom_score_adjustment(&pod, container, capacity))).collect()
    };
    let capacities: Vec<String> = typed(input.get("capacities"))?;
    let number = |capacity: &String| capacity.parse::<i64>().map_err(|error| format!("capacity {capacity}: {error}"));
    let scores: BTreeMap<&String, _> =
        capacities.iter().map(|capacity| Ok((capacity, scores_on(number(capacity)?)))).collect::<Result<_, String>>()?;
    Ok(json!({
        "qosClass": QosClass::of(&spec).name(),
        "requests": texts(&requests),
        "limits": texts(&pod_limits(&pod, &plain)),
        "requestsExcludeOverhead": texts(&pod_requests(&pod, &ResourceOptions { exclude_overhead: true, ..plain.clone() })),
        "nonMissingRequests": texts(&pod_requests(&pod, &non_missing)),
        "oomScoreAdj": scores,
    }))
}
