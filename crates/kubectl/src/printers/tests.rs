//! The recorded rows.

use podlapse_model::api::core::v1::Event;
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
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

fn row_json(row: &[Cell<'_>]) -> Value {
    row.iter()
        .map(|cell| match cell {
            Cell::Text(text) => Value::from(text.as_ref()),
            Cell::Joined(texts) => Value::from(texts.concat()),
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

#[test]
fn amounts_are_canonical_and_what_is_left_out_is_what_the_server_fills_in() {
    let rows = |kind, json: Value| row_json(&row(&Object::from_json(kind, json).unwrap(), &now()));
    let volume = serde_json::json!({"metadata": {"name": "v"}, "spec": {"capacity": {"storage": "1024Mi"}}});
    assert_eq!(rows(Kind::PersistentVolume, volume)[1], "1Gi");
    let quota = serde_json::json!({"metadata": {"name": "q"}, "status": {"hard": {"limits.cpu": "2000m", "pods": "3"}}});
    assert_eq!(rows(Kind::ResourceQuota, quota), serde_json::json!(["q", "pods: 0/3", "limits.cpu: 0/2", "<unknown>"]));
    let account = serde_json::json!({"metadata": {"name": "a"}, "secrets": [{"name": "token"}]});
    assert_eq!(rows(Kind::ServiceAccount, account), serde_json::json!(["a", "<unknown>"]));
    let class = serde_json::json!({"metadata": {"name": "c"}, "provisioner": "x"});
    assert_eq!(rows(Kind::StorageClass, class), serde_json::json!(["c", "x", "Delete", "Immediate", "false", "<unknown>"]));
}

#[test]
fn kinds_that_are_only_kept_have_their_own_columns() {
    let line = |json: Value| {
        let object = Object::from_json(Kind::Unmodelled, json).unwrap();
        object_table(&[&object], &TableOptions::default(), &now())
    };
    let class = serde_json::json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "nginx",
        "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}}, "spec": {"controller": "k8s.io/ingress-nginx"}});
    assert_eq!(
        line(class),
        "NAME              CONTROLLER             PARAMETERS   AGE\nnginx (default)   k8s.io/ingress-nginx   <none>       <unknown>\n"
    );
    let scaler = serde_json::json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "w"},
        "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "w"}, "maxReplicas": 3, "metrics": [
            {"type": "External", "external": {"metric": {"name": "q"}, "target": {"averageValue": "5"}}},
            {"type": "ContainerResource", "containerResource": {"name": "cpu", "target": {"averageUtilization": 60}}}]}});
    let expected = "NAME   REFERENCE      TARGETS                                 MINPODS   MAXPODS   REPLICAS   AGE\n\
                    w      Deployment/w   <unknown>/5 (avg), cpu: <unknown>/60%   1         3         0          <unknown>\n";
    assert_eq!(line(scaler), expected);
    let claim = serde_json::json!({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "metadata": {"name": "c"},
        "status": {"allocation": {}, "reservedFor": [{"name": "p"}]}});
    assert_eq!(line(claim), "NAME   STATE                AGE\nc      allocated,reserved   <unknown>\n");
    let policy = serde_json::json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "p"}, "spec": {"validations": [{}, {}], "paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}}});
    assert_eq!(line(policy), "NAME   VALIDATIONS   PARAMKIND      AGE\np      2             v1/ConfigMap   <unknown>\n");
}

#[test]
fn the_kind_stands_before_the_name_wherever_that_is_shown() {
    let event = Event {
        metadata: ObjectMeta { name: Some("web.1".to_owned()), ..ObjectMeta::default() },
        reason: Some("Pulled".to_owned()),
        ..Event::default()
    };
    let line = |wide: bool| {
        let options = TableOptions { wide, with_kind: true, ..TableOptions::default() };
        object_line(&event.clone().into(), &options, &now())
    };
    assert!(line(false).iter().all(|cell| !cell.contains('/') || cell == "/"), "{:?}", line(false));
    assert_eq!(line(true).last().unwrap(), "event/web.1");
}
