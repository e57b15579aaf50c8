//! The recorded rows.

use podlapse_model::{Kind, Object};
use serde_json::Value;

use super::*;
use crate::table::TableOptions;
use crate::{go_duration, human_duration, short_human_duration};

fn now() -> Time {
    serde_json::from_value("2026-06-15T12:00:00Z".into()).unwrap()
}

fn lines(file: &str) -> Vec<Value> {
    let path = format!("{}/../../tests/data/conformance/functions/printers/{file}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn row_json(row: &[Cell]) -> Value {
    row.iter()
        .map(|cell| match cell {
            Cell::Text(text) => Value::from(text.as_str()),
            Cell::Number(number) => Value::from(*number),
        })
        .collect()
}

fn pods(value: &Value) -> Vec<Object> {
    let pods = value.as_array().unwrap();
    pods.iter().map(|pod| Object::from_json(Kind::Pod, pod.clone()).unwrap()).collect()
}

#[test]
fn pod_rows_are_those_recorded() {
    for case in lines("pods") {
        let pod = Object::from_json(Kind::Pod, case["pod"].clone()).unwrap();
        assert_eq!(row_json(&row(&pod, &now())), case["row"], "{}", case["note"]);
    }
}

#[test]
fn rows_of_other_kinds_are_those_recorded() {
    for file in ["nodes", "events", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs"] {
        let cases = lines(file);
        let kind = *Kind::MODELLED.iter().find(|kind| cases[0]["kind"] == kind.name()).unwrap();
        let names: Vec<&str> = columns(kind).iter().map(|column| column.name).collect();
        assert_eq!(cases[0]["columns"], Value::from(names));
        let priority: Vec<u32> = columns(kind).iter().map(|column| column.wide.into()).collect();
        assert_eq!(cases[0]["priority"], Value::from(priority));
        for case in &cases[1..] {
            let object = Object::from_json(kind, case["object"].clone()).unwrap();
            assert_eq!(row_json(&row(&object, &now())), case["row"], "{case}");
        }
    }
}

#[test]
fn whole_tables_are_those_recorded() {
    for case in lines("pods_text") {
        let pods = pods(&case["pods"]);
        let pods: Vec<&Object> = pods.iter().collect();
        let print = |options| object_table(&pods, &options, &now());
        assert_eq!(print(TableOptions::default()), case["text"]);
        assert_eq!(print(TableOptions { wide: true, ..TableOptions::default() }), case["wide"]);
        assert_eq!(print(TableOptions { no_headers: true, ..TableOptions::default() }), case["noHeaders"]);
        assert_eq!(print(TableOptions { with_namespace: true, ..TableOptions::default() }), case["allNamespaces"]);
    }
}

#[test]
fn durations_are_those_recorded() {
    for case in lines("durations") {
        let ns = case["ns"].as_i64().unwrap();
        assert_eq!(human_duration(ns), case["human"], "{ns}");
        assert_eq!(short_human_duration(ns), case["short"], "{ns}");
        assert_eq!(go_duration(ns), case["go"], "{ns}");
    }
}

#[test]
fn a_claim_that_names_its_volume_has_a_capacity() {
    let claim = |volume: Option<&str>| {
        let json = serde_json::json!({"metadata": {"name": "c"}, "spec": {"volumeName": volume}, "status": {"phase": "Pending"}});
        row_json(&row(&Object::from_json(Kind::PersistentVolumeClaim, json).unwrap(), &now()))
    };
    assert_eq!(claim(Some("pv"))[3], "0");
    assert_eq!(claim(None)[3], "");
}
