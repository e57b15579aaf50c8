//! `functions/selectors`: selectors of labels, node affinity, tolerations.

use podlapse_model::api::core::v1::{Affinity, NodeAffinity, NodeSelector as ApiNodeSelector, PodSpec};
use podlapse_model::api::core::v1::{PreferredSchedulingTerm, Taint, Toleration};
use podlapse_model::apimachinery::pkg::apis::meta::v1::LabelSelector;
use podlapse_model::{ComparisonOperators, Labels, NodeSelector, PreferredNodeAffinity, RequiredNodeAffinity};
use podlapse_model::{Selector, SelectorError, tolerates};
use serde_json::{Map, Value, json};

use super::typed;
use crate::{Input, Lines, LinesTopic};

pub(super) fn topic() -> LinesTopic {
    LinesTopic::new(
        "functions/selectors",
        vec![
            Lines::new("parse_string.jsonl", &["selector"], parse_string).with_embedded("labels", label_sets),
            Lines::new("label_selector.jsonl", &["selector"], label_selector).with_embedded("labels", label_sets),
            Lines::new("node_affinity.jsonl", &["nodeSelector", "required"], node_affinity).with_header(),
            Lines::new("node_preferred.jsonl", &["terms"], node_preferred).with_header_of("node_affinity.jsonl"),
            Lines::new("tolerations.jsonl", &["toleration"], tolerations).with_header(),
        ],
    )
}

/// The labels that a selector was tried on.
fn label_sets(line: &Map<String, Value>) -> Value {
    line.get("matches").and_then(Value::as_array).into_iter().flatten().map(|tried| tried["labels"].clone()).collect()
}

fn matches(selector: &Selector, input: &Input<'_>) -> Result<Vec<Value>, String> {
    let sets: Vec<Labels> = typed(input.get("labels"))?;
    Ok(sets.iter().map(|labels| json!({"labels": labels, "match": selector.matches(labels)})).collect())
}

fn parse_string(input: &Input<'_>) -> Result<Value, String> {
    Ok(match Selector::parse(input.text("selector")) {
        Ok(selector) => json!({"error": null, "string": selector.to_string(), "matches": matches(&selector, input)?}),
        Err(error) => json!({"error": error.to_string()}),
    })
}

fn label_selector(input: &Input<'_>) -> Result<Value, String> {
    let selector: Option<LabelSelector> = typed(input.get("selector"))?;
    let format = Selector::format_label_selector(selector.as_ref());
    Ok(match Selector::of_label_selector(selector.as_ref()) {
        Ok(selector) => {
            json!({"error": null, "format": format, "string": selector.to_string(), "matches": matches(&selector, input)?})
        }
        Err(error) => json!({"error": error.to_string(), "format": format}),
    })
}

fn nodes(header: &Value) -> Result<Vec<(String, Labels)>, String> {
    let nodes = header["nodes"].as_array().ok_or("no nodes")?;
    let node = |node: &Value| Ok((typed(&node["name"])?, typed(&node["labels"])?));
    nodes.iter().map(node).collect()
}

fn error_or_null(error: Option<SelectorError>) -> Value {
    error.map_or(Value::Null, |error| error.to_string().into())
}

fn node_affinity(input: &Input<'_>) -> Result<Value, String> {
    // A list of terms that is null is an empty one.
    let mut required = input.get("required").clone();
    if required.is_object() && required["nodeSelectorTerms"].is_null() {
        required["nodeSelectorTerms"] = json!([]);
    }
    let required: Option<ApiNodeSelector> = typed(&required)?;
    let parse_error = error_or_null(required.as_ref().and_then(|required| NodeSelector::new(required).error()));
    let affinity = NodeAffinity { required_during_scheduling_ignored_during_execution: required, ..NodeAffinity::default() };
    let affinity = RequiredNodeAffinity::of(&PodSpec {
        node_selector: typed(input.get("nodeSelector"))?,
        affinity: Some(Affinity { node_affinity: Some(affinity), ..Affinity::default() }),
        ..PodSpec::default()
    });
    let outcome = |(name, labels): &(String, Labels)| {
        let matched = affinity.matches(name, labels);
        json!({"node": name, "match": matched == Ok(true), "error": error_or_null(matched.err())})
    };
    let matches: Vec<Value> = nodes(input.header)?.iter().map(outcome).collect();
    Ok(json!({"parseError": parse_error, "matches": matches}))
}

fn node_preferred(input: &Input<'_>) -> Result<Value, String> {
    let terms: Vec<PreferredSchedulingTerm> = typed(input.get("terms"))?;
    Ok(match PreferredNodeAffinity::new(&terms) {
        Ok(preferred) => {
            let scores: Vec<i64> = nodes(input.header)?.iter().map(|(name, labels)| preferred.score(name, labels)).collect();
            json!({"error": null, "scores": scores})
        }
        Err(error) => json!({"error": error.to_string()}),
    })
}

fn tolerations(input: &Input<'_>) -> Result<Value, String> {
    let taints: Vec<Taint> = typed(&input.header["taints"])?;
    let toleration: Toleration = typed(input.get("toleration"))?;
    let all = |operators| taints.iter().map(|taint| tolerates(&toleration, taint, operators)).collect::<Vec<bool>>();
    Ok(json!({
        "tolerates": all(ComparisonOperators::Off),
        "toleratesWithComparisonOperators": all(ComparisonOperators::On),
    }))
}
