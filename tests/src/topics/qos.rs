//! `functions/qos`: quality of service, requests and limits, out-of-memory scores.

use std::collections::BTreeMap;

use podlapse_model::api::core::v1::{Pod, PodSpec};
use podlapse_model::{QosClass, ResourceList, ResourceOptions};
use podlapse_model::{non_missing_requests, oom_score_adjustment, pod_limits, pod_requests};
use serde_json::{Value, json};

use super::typed;
use crate::{Input, Lines, LinesTopic};

pub(super) fn topic() -> LinesTopic {
    LinesTopic::new("functions/qos", vec![Lines::new("qos.jsonl", &["spec"], qos)])
}

/// Bytes of memory of the nodes that scores were recorded for.
const CAPACITIES: [i64; 3] = [4 << 30, 32 << 30, 8_123_456_789];

fn texts(list: &ResourceList) -> BTreeMap<&str, String> {
    list.iter().map(|(name, quantity)| (name.as_str(), quantity.to_string())).collect()
}

fn qos(input: &Input<'_>) -> Result<Value, String> {
    let spec: PodSpec = typed(input.get("spec"))?;
    let pod = Pod { spec: Some(spec.clone()), ..Pod::default() };
    let plain = ResourceOptions::default();
    let requests = pod_requests(&pod, &plain);
    let non_missing = ResourceOptions { non_missing: non_missing_requests(&requests, &spec), ..plain.clone() };
    let containers: Vec<_> = spec.containers.iter().chain(spec.init_containers.iter().flatten()).collect();
    let scores = |capacity: i64| -> BTreeMap<&str, i64> {
        containers.iter().map(|container| (container.name.as_str(), oom_score_adjustment(&pod, container, capacity))).collect()
    };
    let scores: BTreeMap<String, _> = CAPACITIES.iter().map(|capacity| (capacity.to_string(), scores(*capacity))).collect();
    Ok(json!({
        "qosClass": QosClass::of(&spec).name(),
        "requests": texts(&requests),
        "limits": texts(&pod_limits(&pod, &plain)),
        "requestsExcludeOverhead": texts(&pod_requests(&pod, &ResourceOptions { exclude_overhead: true, ..plain.clone() })),
        "nonMissingRequests": texts(&pod_requests(&pod, &non_missing)),
        "oomScoreAdj": scores,
    }))
}
