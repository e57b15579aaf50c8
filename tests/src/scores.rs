//! The committed scores, which may only rise.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::Report;

/// The committed outcome of a topic.
pub struct Score {
    passed: usize,
    total: usize,
    failed: BTreeSet<String>,
}

/// Reads committed scores; none at all where the file does not exist.
///
/// # Errors
/// A file that is not what [`write`] writes.
pub fn read(path: &Path) -> Result<BTreeMap<String, Score>, String> {
    let fault = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let text = fs::read_to_string(path).map_err(|error| fault(&error))?;
    let json: Value = serde_json::from_str(&text).map_err(|error| fault(&error))?;
    let topics = json["topics"].as_object().ok_or_else(|| fault(&"no topics"))?;
    let count = |topic: &Value, field: &str| topic[field].as_u64().map_or(0, |count| count as usize);
    let names =
        |topic: &Value| topic["failed"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let score = |topic: &Value| Score { passed: count(topic, "passed"), total: count(topic, "total"), failed: names(topic) };
    Ok(topics.iter().map(|(name, topic)| (name.clone(), score(topic))).collect())
}

/// Writes the report as the scores to be held from now on. A topic in which nothing passes is written without names.
///
/// # Errors
/// A file that cannot be written.
pub fn write(path: &Path, report: &Report) -> Result<(), String> {
    let mut json = report.to_json();
    for topic in json["topics"].as_object_mut().into_iter().flat_map(|topics| topics.values_mut()) {
        if topic["passed"] == 0 {
            topic["failed"] = json!([]);
        }
    }
    let text = serde_json::to_string_pretty(&json).expect("a report is plain JSON");
    fs::write(path, text + "\n").map_err(|error| format!("{}: {error}", path.display()))
}

/// What is worse in the report than in the scores: cases that passed and now fail, topics that lost cases.
pub fn falls(scores: &BTreeMap<String, Score>, report: &Report) -> Vec<String> {
    let mut falls = Vec::new();
    for (name, topic) in &report.topics {
        let Some(score) = scores.get(name).filter(|score| score.passed > 0) else { continue };
        let fallen = topic.failures.iter().filter(|failure| !score.failed.contains(&failure.name));
        falls.extend(fallen.map(|failure| format!("{name}: {} passed before", failure.name)));
        if topic.total < score.total {
            falls.push(format!("{name}: {} cases, {} before", topic.total, score.total));
        }
    }
    falls
}
