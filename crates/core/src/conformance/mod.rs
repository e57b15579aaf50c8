//! The recorded corpora against the decisions: each adapter reads the input fields of a line and gives what the decision says.

mod backoff;
mod images;
mod pod_actions;
mod runtime;
mod status;

use std::path::Path;

use serde_json::Value;

/// The lines of a corpus.
fn lines(topic: &str) -> Vec<Value> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/conformance/functions");
    let text = std::fs::read_to_string(Path::new(root).join(topic)).expect("the corpus is part of the repository");
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

/// Compares every line's outcome with what was recorded and tells of the first few that differ.
fn check(topic: &str, lines: &[Value], outcome: impl Fn(&Value) -> (Value, Value)) {
    let mut wrong = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let (ours, recorded) = outcome(line);
        if ours != recorded {
            wrong.push(format!("line {}: {}\n  ours     {ours}\n  recorded {recorded}", index + 1, line["note"]));
        }
    }
    let shown: Vec<&str> = wrong.iter().take(6).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{topic}: {} of {} differ\n{}", wrong.len(), lines.len(), shown.join("\n"));
}
