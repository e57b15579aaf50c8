//! The tables of the API's structs read and write what serde does.
#![allow(clippy::unwrap_used, reason = "all of this is test code")]

use std::path::Path;

use podlapse_model::api::{apps, batch, coordination, core, discovery, node, policy, scheduling, storage};
use podlapse_model::{ApiValue, from_json, to_json};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

#[track_caller]
fn same<T: ApiValue + DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(value: &Value) {
    match (serde_json::from_value::<T>(value.clone()), from_json::<T>(value.clone())) {
        (Ok(by_serde), Ok(by_table)) => {
            assert_eq!(by_serde, by_table);
            assert_eq!(serde_json::to_value(&by_serde).unwrap(), to_json(&by_table));
            // The order of fields in a text is that of their names too.
            assert_eq!(serde_json::to_string(&by_serde).unwrap().len(), to_json(&by_table).to_string().len());
        }
        (Err(_), Err(_)) => {}
        (by_serde, by_table) => panic!("{by_serde:?}\n{by_table:?}\n{value}"),
    }
}

/// Compares every object within `value`; returns how many there were.
fn compare(value: &Value) -> usize {
    let within: usize = match value {
        Value::Array(values) => values.iter().map(compare).sum(),
        Value::Object(fields) => fields.values().map(compare).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    };
    let (Some(version), Some(kind)) = (value["apiVersion"].as_str(), value["kind"].as_str()) else { return within };
    match (version, kind) {
        ("v1", "Pod") => same::<core::v1::Pod>(value),
        ("v1", "Node") => same::<core::v1::Node>(value),
        ("v1", "Event") => same::<core::v1::Event>(value),
        ("v1", "Secret") => same::<core::v1::Secret>(value),
        ("v1", "ConfigMap") => same::<core::v1::ConfigMap>(value),
        ("v1", "Namespace") => same::<core::v1::Namespace>(value),
        ("v1", "Service") => same::<core::v1::Service>(value),
        ("v1", "ServiceAccount") => same::<core::v1::ServiceAccount>(value),
        ("v1", "PersistentVolume") => same::<core::v1::PersistentVolume>(value),
        ("v1", "PersistentVolumeClaim") => same::<core::v1::PersistentVolumeClaim>(value),
        ("v1", "LimitRange") => same::<core::v1::LimitRange>(value),
        ("v1", "ResourceQuota") => same::<core::v1::ResourceQuota>(value),
        ("v1", "ReplicationController") => same::<core::v1::ReplicationController>(value),
        ("apps/v1", "Deployment") => same::<apps::v1::Deployment>(value),
        ("apps/v1", "ReplicaSet") => same::<apps::v1::ReplicaSet>(value),
        ("apps/v1", "StatefulSet") => same::<apps::v1::StatefulSet>(value),
        ("apps/v1", "DaemonSet") => same::<apps::v1::DaemonSet>(value),
        ("apps/v1", "ControllerRevision") => same::<apps::v1::ControllerRevision>(value),
        ("batch/v1", "Job") => same::<batch::v1::Job>(value),
        ("batch/v1", "CronJob") => same::<batch::v1::CronJob>(value),
        ("coordination.k8s.io/v1", "Lease") => same::<coordination::v1::Lease>(value),
        ("discovery.k8s.io/v1", "EndpointSlice") => same::<discovery::v1::EndpointSlice>(value),
        ("node.k8s.io/v1", "RuntimeClass") => same::<node::v1::RuntimeClass>(value),
        ("policy/v1", "PodDisruptionBudget") => same::<policy::v1::PodDisruptionBudget>(value),
        ("scheduling.k8s.io/v1", "PriorityClass") => same::<scheduling::v1::PriorityClass>(value),
        ("storage.k8s.io/v1", "StorageClass") => same::<storage::v1::StorageClass>(value),
        ("storage.k8s.io/v1", "CSINode") => same::<storage::v1::CSINode>(value),
        (_, _) => return within,
    }
    within + 1
}

fn compare_folder(folder: &Path) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            count += compare_folder(&path);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            count += serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).map_or(0, |value| compare(&value));
        }
    }
    count
}

#[test]
fn every_recorded_object_is_read_and_written_as_by_serde() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data");
    assert!(1_000 < compare_folder(&folder));
}

#[test]
fn times_and_bytes_are_written_as_by_serde() {
    for time in
        ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.999999999Z", "1969-12-31T23:59:59.5Z", "2026-02-03T04:05:06+07:00", "x"]
    {
        let value = serde_json::json!({
            "data": {"a": "aGk=", "b": null},
            "metadata": {"name": "s", "creationTimestamp": time, "managedFields": [{"fieldsV1": {"f:a": {}}, "time": time}]},
        });
        same::<core::v1::Secret>(&value);
        same::<coordination::v1::Lease>(&serde_json::json!({"spec": {"acquireTime": time, "renewTime": time}}));
    }
    same::<core::v1::Secret>(&serde_json::json!({"data": {"a": "*"}}));
    same::<core::v1::ServicePort>(&serde_json::json!({"port": 80, "targetPort": "http"}));
    same::<core::v1::ServicePort>(&serde_json::json!({"port": 80, "targetPort": 3_000_000_000_i64}));
    same::<core::v1::ResourceRequirements>(&serde_json::json!({"limits": {"cpu": 1, "memory": "1Gi", "x": 1.5}}));
}
