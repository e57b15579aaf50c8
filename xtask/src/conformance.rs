//! The recordings of Kubernetes: how many the engine reproduces, and that it never becomes fewer.

use crate::process::Step;

/// The recordings.
const DATA: &str = "tests/data/conformance";

/// What is reproduced, topic by topic.
const SCORES: &str = "tests/scores.json";

/// Runs every recorded case; fails when one that passed before does not.
pub(crate) fn check() -> Result<(), String> {
    runner().args(["--check", SCORES]).run()
}

/// Records the score, unless it is lower than the committed one.
pub(crate) fn bless() -> Result<(), String> {
    runner().args(["--bless", SCORES]).run()
}

fn runner() -> Step {
    let cargo = Step::cargo().args(["run", "--locked", "--profile", "ci", "--package", "podlapse-tests", "--bin", "conformance"]);
    cargo.args(["--", DATA])
}
