//! `podlapse test`.

use crate::common::{podlapse, podlapse_with};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, image: nginx}]}\n";
const SIMULATION: &str = "---\napiVersion: podlapse.dev/v1alpha1\nkind: Simulation\nspec:\n  expect:\n";

fn scenario(expected: &str) -> String {
    format!("{POD}{SIMULATION}  - {expected}\n")
}

#[test]
fn what_comes_true_is_told_with_its_instant() {
    let ran = podlapse_with(&["test", "-", "--seeds", "3"], &scenario("{pod: we*, condition: Ready, within: 60s}"));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("  ok   Pod we* is Ready within 1m: at "), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("\n1 of 1 expectations hold\n"), "{}", ran.stdout);
}

#[test]
fn what_does_not_is_an_exit_code() {
    let text = scenario("{pod: web, never: {status: Running}}");
    let ran = podlapse_with(&["test", "-"], &text);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("  FAIL Pod web never shows Running: at "), "{}", ran.stdout);
    let tap = podlapse_with(&["test", "-", "-o", "tap"], &text).stdout;
    assert!(tap.starts_with("TAP version 14\n1..1\nnot ok 1 - "), "{tap}");
    let junit = podlapse_with(&["test", "-", "-o", "junit"], &text).stdout;
    assert!(junit.contains("failures=\"1\"") && junit.contains("<failure message=\"at "), "{junit}");
}

#[test]
fn a_scenario_without_expectations_is_a_wrong_input() {
    let ran = podlapse(&["test", "--example", "crash-loop"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("expects nothing"), "{}", ran.stderr);
}

#[test]
fn an_expectation_says_one_thing() {
    let ran = podlapse_with(&["test", "-"], &scenario("{pod: web, status: Running, condition: Ready}"));
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("an expectation has one of condition, status and never"), "{}", ran.stderr);
}
