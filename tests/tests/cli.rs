//! The `conformance` program: what it prints and its exit codes.

// A test says by panicking what is wrong.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

/// A folder with the recordings of quantities alone; `spoil` may change them.
fn folder(name: &str, spoil: impl Fn(String) -> String) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/conformance/functions/quantities/sum.jsonl");
    fs::create_dir_all(folder.join("functions/quantities")).unwrap();
    let text: String = fs::read_to_string(source).unwrap().lines().take(3).map(|line| format!("{line}\n")).collect();
    fs::write(folder.join("functions/quantities/sum.jsonl"), spoil(text)).unwrap();
    folder
}

fn conformance(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_conformance")).arg(folder).args(arguments).output().unwrap()
}

#[test]
fn everything_passes_with_zero() {
    let output = conformance(&folder("whole", |text| text), &["--json"]);
    assert_eq!(output.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report, json!({"topics": {"functions/quantities": {"passed": 3, "total": 3, "failed": []}}}));
}

#[test]
fn a_spoilt_line_fails_alone_with_one() {
    let spoil = |text: String| text.replacen("\"sum\":\"", "\"sum\":\"1", 1) + "{\"in\":\n";
    let output = conformance(&folder("spoilt", spoil), &["--json", "--topic", "functions/quantities"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["topics"]["functions/quantities"], json!({"passed": 2, "total": 4, "failed": ["sum:1", "sum:4"]}));
}

#[test]
fn what_cannot_run_ends_with_two() {
    let whole = folder("usage", |text| text);
    assert_eq!(conformance(&whole, &["--topic", "functions/nonsense"]).status.code(), Some(2));
    assert_eq!(conformance(&whole, &["--nonsense"]).status.code(), Some(2));
    assert_eq!(conformance(Path::new("/nonexistent"), &[]).status.code(), Some(2));
}

#[test]
fn scores_only_rise() {
    let whole = folder("rise", |text| text);
    let spoilt = folder("fall", |text| text.replacen("\"sum\":\"", "\"sum\":\"1", 1));
    let scores = whole.join("scores.json");
    let scores = scores.to_str().unwrap();
    assert_eq!(conformance(&whole, &["--bless", scores]).status.code(), Some(0));
    assert_eq!(conformance(&whole, &["--check", scores]).status.code(), Some(0));
    let written = fs::read(scores).unwrap();
    let fallen = conformance(&spoilt, &["--bless", scores]);
    assert_eq!(fallen.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&fallen.stderr), "functions/quantities: sum:1 passed before\n");
    assert_eq!(fs::read(scores).unwrap(), written);
}
