//! `functions/describe`: `kubectl describe` of Pods and Nodes.

use podlapse_kubectl::{describe_node, describe_pod};
use podlapse_model::api::coordination::v1::Lease;
use podlapse_model::api::core::v1::{Event, Node, Pod};
use serde_json::{Value, json};

use super::printers::{NOW, time};
use super::typed;
use crate::{Input, Lines, LinesTopic};

pub(super) fn topic() -> LinesTopic {
    let pods = Lines::new("pods.jsonl", &["pod", "events"], pod);
    let nodes = Lines::new("nodes.jsonl", &["node", "pods", "hasLease"], node);
    LinesTopic::new("functions/describe", vec![pods, nodes])
}

fn pod(input: &Input<'_>) -> Result<Value, String> {
    let pod: Pod = typed(input.get("pod"))?;
    let events: Vec<Event> = typed::<Option<Vec<Event>>>(input.get("events"))?.unwrap_or_default();
    Ok(json!({"text": describe_pod(&pod, &events.iter().collect::<Vec<_>>(), &time(NOW)?)}))
}

/// The recorded API listed the Pods by namespace and name, and held a lease of seven seconds ago where it held one.
fn node(input: &Input<'_>) -> Result<Value, String> {
    let node: Node = typed(input.get("node"))?;
    let mut pods: Vec<Pod> = typed::<Option<Vec<Pod>>>(input.get("pods"))?.unwrap_or_default();
    pods.sort_by_key(|pod| (pod.metadata.namespace.clone(), pod.metadata.name.clone()));
    let lease: Lease =
        typed(&json!({"spec": {"holderIdentity": node.metadata.name, "renewTime": "2026-06-15T11:59:53.000000Z"}}))?;
    let lease = (input.get("hasLease") == &Value::Bool(true)).then_some(&lease);
    Ok(json!({"text": describe_node(&node, lease, &pods.iter().collect::<Vec<_>>(), &[], &time(NOW)?)}))
}
