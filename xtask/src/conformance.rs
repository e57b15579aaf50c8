//! The recordings of real clusters: how many the engine reproduces, and that it never becomes fewer.

use std::path::Path;

use serde_json::Value;

use crate::process::Step;
use crate::workspace;

/// What was reached, as the conformance runner prints it.
const SCORES: &str = "tests/scores.json";

/// The recordings.
const DATA: &str = "tests/data/conformance";

/// Runs every recorded case and compares the score with the committed one.
pub(crate) fn check() -> Result<(), String> {
    let measured = measure()?;
    let committed = parse(&workspace::read(Path::new(SCORES))?)?;
    print(&measured);
    let losses = losses(&committed, &measured);
    if losses.is_empty() {
        if measured != committed {
            println!("    the committed scores differ: `cargo xtask bless` records the progress");
        }
        return Ok(());
    }
    Err(format!("conformance fell below {SCORES}:\n    {}", losses.join("\n    ")))
}

/// Records the score, unless it is lower than the committed one.
pub(crate) fn bless() -> Result<(), String> {
    let measured = measure()?;
    print(&measured);
    if let Ok(text) = workspace::read(Path::new(SCORES)) {
        let losses = losses(&parse(&text)?, &measured);
        if !losses.is_empty() {
            return Err(format!("scores may only rise:\n    {}", losses.join("\n    ")));
        }
    }
    let text = serde_json::to_string_pretty(&measured).expect("a JSON value can be written");
    workspace::write(Path::new(SCORES), &format!("{text}\n"))
}

fn measure() -> Result<Value, String> {
    let run = Step::cargo().args([
        "run",
        "--quiet",
        "--locked",
        "--profile",
        "ci",
        "--package",
        "podlapse-tests",
        "--bin",
        "conformance",
    ]);
    parse(&run.args(["--", DATA, "--json"]).output()?)
}

fn parse(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("the conformance scores are not JSON: {error}"))
}

fn topics(scores: &Value) -> impl Iterator<Item = (&String, &Value)> {
    scores["topics"].as_object().into_iter().flatten()
}

fn print(scores: &Value) {
    for (topic, score) in topics(scores) {
        println!("    {topic:<28} {:>5} of {:>5}", score["passed"], score["total"]);
    }
}

/// Each topic whose score fell, with the cases that were passed before.
fn losses(committed: &Value, measured: &Value) -> Vec<String> {
    let failed = |scores: &Value| -> Vec<String> {
        scores["failed"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut losses = Vec::new();
    for (topic, before) in topics(committed) {
        let after = &measured["topics"][topic];
        let (old, new) = (before["passed"].as_u64().unwrap_or(0), after["passed"].as_u64().unwrap_or(0));
        if new < old {
            let known = failed(before);
            let fresh: Vec<String> = failed(after).into_iter().filter(|name| !known.contains(name)).collect();
            losses.push(format!("{topic}: {new} instead of {old}; newly failing: {}", fresh.join(", ")));
        }
    }
    losses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lower_score_names_what_is_lost() {
        let before = serde_json::json!({"topics": {"traces": {"passed": 2, "total": 3, "failed": ["c"]}}});
        let after = serde_json::json!({"topics": {"traces": {"passed": 1, "total": 3, "failed": ["b", "c"]}}});
        assert_eq!(losses(&before, &after), ["traces: 1 instead of 2; newly failing: b"]);
        assert!(losses(&after, &before).is_empty());
    }

    #[test]
    fn a_topic_that_vanished_is_lost() {
        let before = serde_json::json!({"topics": {"traces": {"passed": 1, "total": 1, "failed": []}}});
        assert_eq!(losses(&before, &serde_json::json!({"topics": {}})).len(), 1);
    }
}
