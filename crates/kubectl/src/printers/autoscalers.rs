//! The cells of an autoscaler. Models `printHorizontalPodAutoscaler`.

use serde_json::{Value, json};

use super::others::{list, or_none, text};

pub(super) fn reference(value: &Value) -> String {
    format!("{}/{}", text(value, "/spec/scaleTargetRef/kind"), text(value, "/spec/scaleTargetRef/name"))
}

/// The metrics of an autoscaler as the API server holds them: those of the old version are one of the new, and without any it is the
/// processor at four fifths.
pub(crate) fn autoscaler_metrics(value: &Value) -> Vec<Value> {
    match value.pointer("/spec/metrics").and_then(Value::as_array) {
        Some(metrics) if !metrics.is_empty() => metrics.clone(),
        Some(_) | None => {
            let share = value.pointer("/spec/targetCPUUtilizationPercentage").and_then(Value::as_i64).unwrap_or(80);
            let target = json!({"type": "Utilization", "averageUtilization": share});
            vec![json!({"type": "Resource", "resource": {"name": "cpu", "target": target}})]
        }
    }
}

/// `formatHPAMetrics`; nobody measures them here unless the status says otherwise.
pub(super) fn metrics(value: &Value) -> String {
    const NAMED: usize = 2;
    let current = list(value, "/status/currentMetrics");
    let amount = |value: Option<&Value>, is_percent: bool, none: &str| match value {
        None | Some(Value::Null) => none.to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(number) => format!("{number}{}", if is_percent { "%" } else { "" }),
    };
    let each = |(index, metric): (usize, &Value)| {
        let (source, field) = match text(metric, "/type") {
            "Resource" => ("resource", true),
            "ContainerResource" => ("containerResource", true),
            "Pods" => ("pods", false),
            "Object" => ("object", false),
            "External" => ("external", false),
            _ => return "<unknown type>".to_owned(),
        };
        let target = &metric[source]["target"];
        let held = current.get(index).map_or(&Value::Null, |held| &held[source]["current"]);
        let by_value = target.get("averageValue").is_some();
        let key = match (by_value, field) {
            (true, _) => "averageValue",
            (false, true) => "averageUtilization",
            (false, false) => "value",
        };
        let none = if field && !by_value { "<auto>" } else { "<unknown>" };
        let (now, wanted) = (amount(held.get(key), field, "<unknown>"), amount(target.get(key), field, none));
        match (field, by_value && source != "pods") {
            (true, _) => format!("{}: {now}/{wanted}", text(metric, &format!("/{source}/name"))),
            (false, true) => format!("{now}/{wanted} (avg)"),
            (false, false) => format!("{now}/{wanted}"),
        }
    };
    let all: Vec<String> = autoscaler_metrics(value).iter().enumerate().map(each).collect();
    match all.len() {
        count if NAMED < count => format!("{} + {} more...", all[..NAMED].join(", "), count - NAMED),
        _ => or_none(&all, ", "),
    }
}
