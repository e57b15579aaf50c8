//! `podlapse schedule -f`: Pods scheduled at once, against the recorded decisions of a real kube-scheduler.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::{podlapse, podlapse_with};

fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/conformance/scheduling")
}

/// The order in which several extended resources are short is not defined.
fn normal(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(normal);
            if items.iter().all(|item| item.as_str().is_some_and(|text| text.starts_with("Insufficient "))) {
                items.sort_by_key(Value::to_string);
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(normal),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn json_is_what_was_recorded_of_a_real_scheduler() {
    let mut names: Vec<PathBuf> = fs::read_dir(recordings()).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    names.sort();
    let (hand_made, random): (Vec<_>, Vec<_>) =
        names.into_iter().partition(|path| !path.file_stem().unwrap().to_string_lossy().starts_with("random-"));
    // Every case goes through the conformance runner; a process for each of the random ones would add only time.
    for path in hand_made.into_iter().chain(random.into_iter().step_by(20)) {
        let ran = podlapse(&["schedule", "-f", path.to_str().unwrap(), "-o", "json"]);
        assert_eq!(ran.code, 0, "{}: {}", path.display(), ran.stderr);
        let mut printed: Value = serde_json::from_str(&ran.stdout).unwrap();
        let mut recorded: Value = serde_json::from_str(&fs::read_to_string(path.with_extension("json")).unwrap()).unwrap();
        normal(&mut printed);
        normal(&mut recorded);
        assert_eq!(printed, recorded, "{}", path.display());
    }
}

#[test]
fn a_cluster_without_nodes_is_an_answer() {
    let ran = podlapse(&["schedule", "-f", recordings().join("no-nodes.yaml").to_str().unwrap()]);
    assert!(ran.stdout.contains("Unschedulable: no nodes available to schedule pods"), "{}", ran.stdout);
    assert_eq!(ran.code, 0);
}

#[test]
fn an_error_names_its_line() {
    let ran = podlapse_with(
        &["schedule", "-f", "-"],
        "apiVersion: v1\nkind: Node\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Podd\n",
    );
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with("stdin:6:1: "), "{}", ran.stderr);
}

/// A cluster of many nodes and Pods.
fn large(nodes: usize, pods: usize) -> String {
    let mut text = String::new();
    for index in 0..nodes {
        text.push_str(&format!(
            "apiVersion: v1\nkind: Node\nmetadata: {{name: n{index}, labels: {{kubernetes.io/hostname: n{index}}}}}\nstatus: {{allocatable: {{cpu: '8', memory: 16Gi, pods: '110'}}}}\n---\n"
        ));
    }
    for index in 0..pods {
        text.push_str(&format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p{index}, labels: {{app: a{}}}}}\nspec: {{containers: [{{name: c, image: nginx, resources: {{requests: {{cpu: 100m}}}}}}]}}\n---\n",
            index % 50
        ));
    }
    text
}

#[test]
fn many_pods_on_many_nodes_get_an_answer_without_tables() {
    let ran = podlapse_with(&["schedule", "-f", "-", "-o", "json"], &large(1_000, 300));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&printed["nodes"], &printed["pending"]), (&1_000.into(), &300.into()));
    assert!(printed["assigned"].as_object().unwrap().values().all(Value::is_string));
    assert!(printed.get("attempts").is_none());
}
