//! Autoscalers. Models `describeHorizontalPodAutoscalerV2`.

use podlapse_model::{Quantity, Unmodelled};
use serde_json::Value;

use super::metadata::{head, labels_and_annotations, name, rfc1123};
use super::others::or;
use super::writer::{Writer, put};
use crate::printers::autoscaler_metrics;
use crate::printers::others::{list, text};

pub(super) fn describe(w: &mut Writer, scaler: &Unmodelled) {
    let value = &scaler.value;
    let kind = text(value, "/spec/scaleTargetRef/kind");
    let number = |path: &str| value.pointer(path).and_then(Value::as_i64);
    name(w, &scaler.metadata);
    labels_and_annotations(w, &scaler.metadata);
    put!(w, 0, "CreationTimestamp:\t{}\n", rfc1123(scaler.metadata.creation_timestamp.as_ref()));
    put!(w, 0, "Reference:\t{kind}/{}\n", text(value, "/spec/scaleTargetRef/name"));
    put!(w, 0, "Metrics:\t( current / target )\n");
    for (index, each) in autoscaler_metrics(value).iter().enumerate() {
        metric(w, each, list(value, "/status/currentMetrics").get(index));
    }
    put!(w, 0, "Min replicas:\t{}\n", number("/spec/minReplicas").unwrap_or(1));
    put!(w, 0, "Max replicas:\t{}\n", number("/spec/maxReplicas").unwrap_or_default());
    if let Some(given) = value.pointer("/spec/behavior") {
        put!(w, 0, "Behavior:\n");
        behavior(w, "Scale Up", given.get("scaleUp"));
        behavior(w, "Scale Down", given.get("scaleDown"));
    }
    let count = |path: &str| number(path).unwrap_or_default();
    put!(w, 0, "{kind} pods:\t{} current / {} desired\n", count("/status/currentReplicas"), count("/status/desiredReplicas"));
    let conditions = list(value, "/status/conditions");
    if !conditions.is_empty() {
        put!(w, 0, "Conditions:\n");
        head(w, 1, "Type\tStatus\tReason\tMessage");
    }
    for condition in conditions {
        let part = |path: &str| text(condition, path);
        put!(w, 1, "{}\t{}\t{}\t{}\n", part("/type"), part("/status"), part("/reason"), part("/message"));
    }
}

fn amount(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "<nil>".to_owned(),
        Some(Value::String(text)) => Quantity::parse(text).map_or_else(|_| text.clone(), |quantity| quantity.to_string()),
        Some(number) => number.to_string(),
    }
}

fn metric(w: &mut Writer, metric: &Value, current: Option<&Value>) {
    let (field, is_resource) = match text(metric, "/type") {
        "External" => ("external", false),
        "Pods" => ("pods", false),
        "Object" => ("object", false),
        "Resource" => ("resource", true),
        "ContainerResource" => ("containerResource", true),
        other => {
            put!(w, 1, "<unknown metric type {other:?}>\n");
            return;
        }
    };
    let source = &metric[field];
    let held = current.and_then(|current| current.get(field)).map(|held| &held["current"]);
    let title = source.pointer("/metric/name").and_then(Value::as_str).unwrap_or_default();
    let by_average = source.pointer("/target/averageValue").is_some();
    let key = if by_average || field == "pods" { "averageValue" } else { "value" };
    let (now, wanted) = if is_resource && !by_average {
        let share = held.and_then(|held| held.get("averageUtilization"));
        let now = share.map(|share| format!("{share}% ({})", amount(held.and_then(|held| held.get("averageValue")))));
        let wanted = source.pointer("/target/averageUtilization").map(|share| format!("{share}%"));
        (now, wanted.unwrap_or_else(|| "<auto>".to_owned()))
    } else {
        let is_told = |held: &&Value| field != "external" || key != "averageValue" || held.get(key).is_some();
        (held.filter(is_told).map(|held| amount(held.get(key))), amount(source["target"].get(key)))
    };
    let now = now.unwrap_or_else(|| "<unknown>".to_owned());
    let by = if by_average { "(target average value)" } else { "(target value)" };
    let named = text(source, "/name");
    let share = if by_average { "" } else { "  (as a percentage of request)" };
    match field {
        "external" => put!(w, 1, "{title:?} {by}:\t{now} / {wanted}\n"),
        "pods" => put!(w, 1, "{title:?} on pods:\t{now} / {wanted}\n"),
        "object" => {
            let (kind, of) = (text(source, "/describedObject/kind"), text(source, "/describedObject/name"));
            put!(w, 1, "{title:?} on {kind}/{of} {by}:\t{now} / {wanted}\n");
        }
        "resource" => put!(w, 1, "resource {named} on pods{share}:\t{now} / {wanted}\n"),
        _ => {
            let container = text(source, "/container");
            put!(w, 1, "resource {named} of container {container:?} on pods{share}:\t{now} / {wanted}\n");
        }
    }
}

/// `printDirectionBehavior`.
fn behavior(w: &mut Writer, direction: &str, rules: Option<&Value>) {
    let Some(rules) = rules else { return };
    put!(w, 1, "{direction}:\n");
    if let Some(seconds) = rules.get("stabilizationWindowSeconds") {
        put!(w, 2, "Stabilization Window: {seconds} seconds\n");
    }
    let policies = list(rules, "/policies");
    if !policies.is_empty() {
        put!(w, 2, "Select Policy: {}\n", or(text(rules, "/selectPolicy"), "Max"));
        put!(w, 2, "Policies:\n");
    }
    for policy in policies {
        let (value, period) = (&policy["value"], &policy["periodSeconds"]);
        put!(w, 3, "- Type: {}\tValue: {value}\tPeriod: {period} seconds\n", text(policy, "/type"));
    }
}
