//! The recorded descriptions.

use podlapse_model::api::coordination::v1::Lease;
use podlapse_model::api::core::v1::{Event, Node, Pod};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::{Value, json};

use super::*;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/conformance");

fn time(text: &str) -> Time {
    serde_json::from_value(text.into()).unwrap()
}

fn cases(file: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(format!("{DATA}/functions/describe/{file}.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn list<T: for<'de> serde::Deserialize<'de>>(value: &Value) -> Vec<T> {
    value.as_array().into_iter().flatten().map(|item| serde_json::from_value(item.clone()).unwrap()).collect()
}

#[test]
fn pods_are_described_as_recorded() {
    for case in cases("pods") {
        let pod: Pod = serde_json::from_value(case["pod"].clone()).unwrap();
        let events: Vec<Event> = list(&case["events"]);
        let text = describe_pod(&pod, &events.iter().collect::<Vec<_>>(), &time("2026-06-15T12:00:00Z"));
        assert_eq!(text, case["text"].as_str().unwrap());
    }
}

#[test]
fn nodes_are_described_as_recorded() {
    for case in cases("nodes") {
        let node: Node = serde_json::from_value(case["node"].clone()).unwrap();
        let mut pods: Vec<Pod> = list(&case["pods"]);
        podlapse_model::sort_by_key(&mut pods, |pod| (pod.metadata.namespace.clone(), pod.metadata.name.clone()));
        let lease: Lease = serde_json::from_value(json!({
            "spec": {"holderIdentity": "node-1", "renewTime": "2026-06-15T11:59:53Z"}
        }))
        .unwrap();
        let lease = (case["hasLease"] == true).then_some(&lease);
        let text = describe_node(&node, lease, &pods.iter().collect::<Vec<_>>(), &[], &time("2026-06-15T12:00:00Z"));
        assert_eq!(text, case["text"].as_str().unwrap());
    }
}

/// The last description in each recorded run, from the Pod as it was last seen. What is said of events is in the case above.
#[test]
fn the_pods_of_recorded_runs_are_described_as_at_their_end() {
    for folder in std::fs::read_dir(format!("{DATA}/traces")).unwrap() {
        let Ok(text) = std::fs::read_to_string(folder.unwrap().path().join("trace.json")) else { continue };
        let trace: Value = serde_json::from_str(&text).unwrap();
        for (name, description) in trace["final"]["describe"].as_object().into_iter().flatten() {
            let of_pod = |change: &&Value| {
                let metadata = &change["object"]["metadata"];
                let namespace = metadata["namespace"].as_str().unwrap();
                let own = metadata["name"].as_str().unwrap();
                if namespace == "default" { own == name } else { format!("{namespace}/{own}") == *name }
            };
            let changes: Vec<&Value> = trace["pods"].as_array().unwrap().iter().filter(of_pod).collect();
            let spec = |change: &&&Value| change["object"]["spec"]["containers"].is_array();
            let (Some(last), Some(whole)) = (changes.last(), changes.iter().rfind(spec)) else { continue };
            let mut object = last["object"].clone();
            object["spec"] = whole["object"]["spec"].clone();
            let pod: Pod = serde_json::from_value(object).unwrap();
            let now = Time(pod.metadata.creation_timestamp.clone().unwrap().0);
            assert_eq!(
                stable(&describe_pod(&pod, &[], &now)),
                stable(description.as_str().unwrap()),
                "{name} {:?}",
                trace["scenario"]
            );
        }
    }
}

/// The lines without the events, and without how long the Pod has been terminating.
fn stable(text: &str) -> Vec<String> {
    let text = text.split("\nEvents:").next().unwrap_or_default();
    text.lines().map(|line| line.split(" (lasts ").next().unwrap_or_default().trim().to_owned()).collect()
}

#[test]
fn sources_of_other_times_are_described_too() {
    let pod: Pod = serde_json::from_value(json!({
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"containers": [], "volumes": [
            {"name": "a", "iscsi": {"targetPortal": "10.0.0.1:3260", "iqn": "iqn.x", "lun": 3, "portals": ["p", "q"]}},
            {"name": "b", "fc": {"targetWWNs": ["x", "y"], "lun": 1}},
            {"name": "c", "cinder": {"volumeID": "v", "secretRef": {"name": "s"}}},
        ]},
    }))
    .unwrap();
    let text = describe_pod(&pod, &[], &time("2026-06-15T12:00:00Z"));
    let lines = |from: &str, count: usize| {
        let lines = text.lines().skip_while(|line| line.trim() != from).take(count);
        lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    let iscsi = lines("a:", 12);
    assert_eq!(iscsi[4..8], ["Lun: 3", "ISCSIInterface", "FSType:", "ReadOnly: false"]);
    assert_eq!(iscsi[8..], ["Portals: [p q]", "DiscoveryCHAPAuth: false", "SessionCHAPAuth: false", "SecretRef: nil"]);
    assert_eq!(lines("b:", 4)[1..], ["Type: FC (a Fibre Channel disk)", "TargetWWNs: x, y", "LUN: 1"]);
    assert_eq!(lines("c:", 6)[5], "SecretRef: &LocalObjectReference{Name:s,}");
}
