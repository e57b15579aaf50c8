//! `functions/selectors`: selectors of labels, node affinity, tolerations.

use podlapse_model::api::core::v1::{Affinity, NodeAffinity, NodeSelector as ApiNodeSelector, PodSpec};
use podlapse_model::api::core::v1::{PreferredSchedulingTerm, Taint, Toleration};
use podlapse_model::apimachinery::pkg::apis::meta::v1::LabelSelector;
use podlapse_model::{ComparisonOperators, Labels, NodeSelector, PreferredNodeAffinity, RequiredNodeAffinity};
use podlapse_model::{Selector, SelectorError, tolerates};
use serde_json::{Value, json};

use super::typed;
use crate::{Input, Lines, LinesTopic};

pub(super) fn topic() -> LinesTopic {
    LinesTopic::new(
        "functions/selectors",
        vec![
            Lines::new("parse_string.jsonl", &["selector"], parse_string),
            Lines::new("label_selector.jsonl", &["selector"], label_selector),
            Lines::new("node_affinity.jsonl", &["nodeSelector", "required"], node_affinity).with_header(),
            Lines::new("node_preferred.jsonl", &["terms"], node_preferred),
            Lines::new("tolerations.jsonl", &["toleration"], tolerations).with_header(),
        ],
    )
}

/// The labels that selectors were tried on.
fn label_sets() -> Vec<Labels> {
    let sets: [&[(&str, &str)]; 9] = [
        &[],
        &[("app", "web")],
        &[("app", "web"), ("tier", "front")],
        &[("app", "db"), ("env", "prod")],
        &[("env", "")],
        &[("n", "5")],
        &[("app", "x"), ("n", "10")],
        &[("n", "abc")],
        &[("a.b/c", "d")],
    ];
    sets.iter().map(|set| set.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()).collect()
}

fn matches(selector: &Selector) -> Vec<Value> {
    label_sets().iter().map(|labels| json!({"labels": labels, "match": selector.matches(labels)})).collect()
}

fn parse_string(input: &Input<'_>) -> Result<Value, String> {
    Ok(match Selector::parse(input.text("selector")) {
        Ok(selector) => json!({"error": null, "string": selector.to_string(), "matches": matches(&selector)}),
        Err(error) => json!({"error": error.to_string()}),
    })
}

fn label_selector(input: &Input<'_>) -> Result<Value, String> {
    let selector: Option<LabelSelector> = typed(input.get("selector"))?;
    let format = Selector::format_label_selector(selector.as_ref());
    Ok(match Selector::of_label_selector(selector.as_ref()) {
        Ok(selector) => {
            json!({"error": null, "format": format, "string": selector.to_string(), "matches": matches(&selector)})
        }
        Err(error) => json!({"error": error.to_string(), "format": format}),
    })
}

/// The nodes of node_affinity.jsonl, which node_preferred.jsonl was recorded with too.
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
    let header = json!({"nodes": [
        {"name": "n0", "labels": {}},
        {"name": "n1", "labels": {"zone": "a", "disk": "ssd"}},
        {"name": "n2", "labels": {"zone": "b", "cores": "8"}},
        {"name": "n3", "labels": {"zone": "c", "cores": "16", "gpu": ""}},
        {"name": "n4", "labels": {"cores": "abc", "kubernetes.io/hostname": "n4"}},
    ]});
    Ok(match PreferredNodeAffinity::new(&terms) {
        Ok(preferred) => {
            let scores: Vec<i64> = nodes(&header)?.iter().map(|(name, labels)| preferred.score(name, labels)).collect();
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
