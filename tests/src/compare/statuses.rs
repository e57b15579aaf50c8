//! The statuses that each Pod went through.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::mask::{mask_value, pod_key};
use super::names::Names;
use super::read::{Broken, list, object, optional, optional_text, required, text, time};
use super::{FLICKER, Fault, edge};

/// A status from some time on.
pub(super) struct Status {
    at: f64,
    text: String,
    facts: Value,
}

pub(super) fn read(trace: &Value, names: &Names) -> Result<BTreeMap<String, Vec<Status>>, Broken> {
    let mut all = BTreeMap::<String, Vec<Status>>::new();
    for change in list(trace, "pods")? {
        let pod = required(change, "object")?;
        let metadata = required(pod, "metadata")?;
        let key = pod_key(optional_text(metadata, "namespace")?, text(metadata, "name")?, names);
        let facts = facts(pod, names)?;
        let status = Status { at: time(change)?, text: facts.to_string(), facts };
        let series = all.entry(key).or_default();
        if series.last().is_none_or(|last| last.text != status.text) {
            series.push(status);
        }
    }
    Ok(all)
}

/// The facts of a Pod's status that must be equal.
fn facts(pod: &Value, names: &Names) -> Result<Value, Broken> {
    let status = object(pod, "status")?;
    let mut conditions = Vec::new();
    for condition in list(status, "conditions")? {
        let reason = optional_text(condition, "reason")?.unwrap_or_default();
        conditions.push((
            text(condition, "type")?,
            text(condition, "status")?,
            reason,
            mask_value(condition.get("message"), names),
        ));
    }
    conditions.sort();
    let containers = |field: &str| -> Result<Vec<Value>, Broken> {
        list(status, field)?.iter().map(|status| container(status, names)).collect()
    };
    let is_set = |value: &Value| value.as_str().is_none_or(|text| !text.is_empty());
    Ok(json!({
        "phase": status["phase"],
        "reason": status["reason"],
        "message": mask_value(status.get("message"), names),
        "qosClass": status["qosClass"],
        "nominatedNodeName": status["nominatedNodeName"],
        "conditions": conditions,
        "initContainerStatuses": containers("initContainerStatuses")?,
        "containerStatuses": containers("containerStatuses")?,
        "nodeName": object(pod, "spec")?["nodeName"],
        "terminating": optional(&pod["metadata"], "deletionTimestamp").is_some_and(is_set),
    }))
}

fn container(status: &Value, names: &Names) -> Result<Value, Broken> {
    let state = |field: &str| {
        let (kind, detail) = status[field].as_object()?.iter().next()?;
        Some(json!([kind, detail["reason"], detail["exitCode"], detail["signal"], mask_value(detail.get("message"), names)]))
    };
    let name = required(status, "name")?;
    Ok(json!([name, status["ready"], status["started"], status["restartCount"], state("state"), state("lastState")]))
}

pub(super) fn compare(
    a: &BTreeMap<String, Vec<Status>>,
    b: &BTreeMap<String, Vec<Status>>,
    (end_a, end_b): (f64, f64),
    faults: &mut Vec<Fault>,
) {
    for pod in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
        let of = |side: &'_ BTreeMap<String, Vec<Status>>| side.get(pod).map_or(0, Vec::len);
        debug_assert!(of(a) + of(b) > 0);
        let (left, right) = (a.get(pod).map_or(&[][..], Vec::as_slice), b.get(pod).map_or(&[][..], Vec::as_slice));
        missing(pod, left, right, end_a, "real", faults);
        missing(pod, right, left, end_b, "simulated", faults);
    }
}

/// Statuses of one side, lasting and not at the edge, that the other never had.
fn missing(pod: &str, series: &[Status], others: &[Status], end: f64, who: &str, faults: &mut Vec<Fault>) {
    let texts: BTreeSet<&str> = others.iter().map(|status| status.text.as_str()).collect();
    for (at, status) in series.iter().enumerate() {
        let until = series.get(at + 1).map_or(end, |next| next.at);
        if !texts.contains(status.text.as_str()) && until - status.at >= FLICKER && status.at <= edge(end) {
            let text = format!("{pod}: {who} at {:.1} s: {}", status.at, closest(&status.facts, others));
            faults.push(Fault::new("statuses", pod, text));
        }
    }
}

/// The fields in which the most similar of the others differs.
fn closest(facts: &Value, others: &[Status]) -> String {
    let fields = facts.as_object().into_iter().flatten();
    let differing = |other: &Status| -> Vec<String> {
        let fields = fields.clone().filter(|(field, value)| other.facts[field.as_str()] != **value);
        fields.map(|(field, value)| format!("{field}: {value} but {}", other.facts[field.as_str()])).collect()
    };
    match others.iter().map(differing).min_by_key(Vec::len) {
        Some(fields) => fields.join("; "),
        None => "no status at all on the other side".to_owned(),
    }
}

/// Whether both sides ended with the same status long enough before the end that the descriptions must agree.
pub(super) fn settled_alike(a: Option<&Vec<Status>>, b: Option<&Vec<Status>>, (end_a, end_b): (f64, f64)) -> bool {
    match (a.and_then(|a| a.last()), b.and_then(|b| b.last())) {
        (Some(a), Some(b)) => a.text == b.text && a.at <= end_a - 10.0 && b.at <= end_b - 10.0,
        (Some(_), None) | (None, Some(_) | None) => false,
    }
}
