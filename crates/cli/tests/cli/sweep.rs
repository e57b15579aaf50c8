//! `podlapse sweep`.

use serde_json::Value;

use crate::common::podlapse;

const VARY: &str = "spec/containers/0/livenessProbe/failureThreshold=3,10";

#[test]
fn every_value_has_its_distribution() {
    let ran = podlapse(&["sweep", "--example", "task-slow-start", "--seeds", "4", "--vary", VARY]);
    let lines: Vec<Vec<&str>> = ran.stdout.lines().skip(2).map(|line| line.split_whitespace().take(2).collect()).collect();
    assert_eq!(lines, [["FAILURETHRESHOLD", "REACHED"], ["3", "0/4"], ["10", "4/4"]]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}

#[test]
fn runs_are_told_one_by_one_and_always_alike() {
    let csv =
        || podlapse(&["sweep", "--example", "crash-loop", "--seeds", "3", "--until", "CrashLoopBackOff", "-o", "csv"]).stdout;
    let lines = csv();
    assert_eq!(lines, csv());
    assert_eq!(lines.lines().count(), 4);
    assert!(lines.starts_with("seed,reached,end\n1,"), "{lines}");
    let json = podlapse(&["sweep", "--example", "nginx", "--seeds", "2", "-o", "json"]).stdout;
    let told: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(told["settings"][0]["runs"].as_array().unwrap().len(), 2);
}

#[test]
fn a_place_that_is_not_there_is_told() {
    let nowhere = podlapse(&["sweep", "--example", "nginx", "--vary", "spec/containers/7/image=a"]);
    assert_eq!(nowhere.stderr, "podlapse: --vary: there is no place for spec/containers/7/image in the text\n");
    assert_eq!(nowhere.code, 2);
    let never = podlapse(&["sweep", "--example", "crash-loop", "--seeds", "1", "--until", "Evicted", "--for", "1m"]);
    assert_eq!(never.code, 1);
}
