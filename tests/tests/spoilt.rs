//! A recording that is spoilt anywhere fails.

// A test says by panicking what is wrong.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use podlapse_tests::{Case, topics};
use serde_json::Value;

/// Every value that differs from `value` in one place.
fn spoilt(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![Value::from("spoilt")],
        Value::Bool(flag) => vec![Value::Bool(!flag)],
        Value::Number(number) => vec![number.as_i64().map_or_else(|| Value::from(0.123), |n| Value::from(!n))],
        Value::String(text) => vec![Value::from(format!("{text}~"))],
        Value::Array(elements) if elements.is_empty() => vec![Value::from(vec!["spoilt"])],
        Value::Array(elements) => {
            let spoil = |at: usize| {
                let elements = elements.clone();
                spoilt(&elements[at]).into_iter().map(move |value| {
                    let mut changed = elements.clone();
                    changed[at] = value;
                    Value::Array(changed)
                })
            };
            (0..elements.len()).flat_map(spoil).chain([Value::Array(elements[1..].to_vec())]).collect()
        }
        Value::Object(fields) => {
            let mut all = Vec::new();
            for (key, value) in fields {
                for changed in spoilt(value) {
                    let mut fields = fields.clone();
                    fields.insert(key.clone(), changed);
                    all.push(Value::Object(fields));
                }
            }
            all
        }
    }
}

fn passes(case: &dyn Case) -> bool {
    case.actual().is_ok_and(|actual| case.expected().is_ok_and(|expected| case.differences(&expected, &actual).is_empty()))
}

/// At most this many cases of a topic are spoilt, spread over all of them.
const SAMPLE: usize = 60;

#[test]
fn every_place_of_an_output_is_compared() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/conformance");
    for topic in topics::all(&data).unwrap().iter().filter(|topic| topic.name().starts_with("functions/")) {
        let cases = topic.cases(&data).unwrap();
        for case in
            cases.iter().step_by(cases.len().div_ceil(SAMPLE)).filter(|case| !case.has_alternatives() && passes(case.as_ref()))
        {
            let actual = case.actual().unwrap();
            for spoilt in spoilt(&case.expected().unwrap()) {
                let differences = case.differences(&spoilt, &actual);
                assert!(!differences.is_empty(), "{} {}: {spoilt} passes for {actual}", topic.name(), case.name());
            }
        }
    }
}
