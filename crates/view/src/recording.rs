//! Recordings of a real cluster as histories, so that views are tested against what was really printed.

use podlapse_model::SortedMap;

use podlapse_core::store::{Change, Revision};
use podlapse_model::{Kind, Object, ObjectKey, SimDuration, SimTime};
use serde_json::{Value, json};

use crate::{Call, History, Moment};

/// What a recorded trace holds, and the history of its Pods and events.
pub(crate) struct Recording {
    pub(crate) trace: Value,
    pub(crate) history: History,
}

fn time(value: &Value) -> SimTime {
    SimTime::from_nanos((value.as_f64().unwrap() * 1e9) as i64)
}

/// The recording of that name.
pub(crate) fn recording(name: &str) -> Recording {
    let path = format!("{}/../../tests/data/conformance/traces/{name}/trace.json", env!("CARGO_MANIFEST_DIR"));
    let trace: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut objects: Vec<(SimTime, Object, bool)> = Vec::new();
    let mut specs: SortedMap<ObjectKey, Value> = SortedMap::new();
    for pod in trace["pods"].as_array().unwrap() {
        let mut value = pod["object"].clone();
        let metadata = &value["metadata"];
        let key = ObjectKey::new(Kind::Pod, metadata["namespace"].as_str().unwrap(), metadata["name"].as_str().unwrap());
        // A recording holds what a watch event changed; the spec stands in the first one.
        match specs.get(&key) {
            Some(spec) if value["spec"]["containers"].is_null() => value["spec"] = spec.clone(),
            Some(_) | None => {
                specs.insert(key, value["spec"].clone());
            }
        }
        objects.push((time(&pod["t"]), Object::from_json(Kind::Pod, value).unwrap(), pod["type"] == "DELETED"));
    }
    for event in trace["events"].as_array().unwrap() {
        let (kind, name) = event["object"].as_str().unwrap().split_once('/').unwrap();
        let value = json!({
            "metadata": {"name": event["event"], "namespace": "default"}, "type": event["type"], "reason": event["reason"],
            "message": event["message"], "count": event["count"], "reportingComponent": event["source"],
            "involvedObject": {"kind": kind, "name": name, "namespace": "default", "fieldPath": event["field"]}
        });
        objects.push((time(&event["t"]), Object::from_json(Kind::Event, value).unwrap(), false));
    }
    podlapse_model::sort_by_key(&mut objects, |(at, ..)| *at);
    let mut last: SortedMap<ObjectKey, Object> = SortedMap::new();
    let moments = objects.into_iter().enumerate().map(|(index, (at, object, is_deleted))| {
        let (id, key) = (index as u64, object.key());
        let before = last.insert(key.clone(), object.clone());
        let change = Change { revision: Revision(id), at, key, before, after: Some(object).filter(|_| !is_deleted) };
        Moment { id, cause: id.checked_sub(1), at, changes: vec![change], ..Moment::default() }
    });
    let mut moments: Vec<Moment> = moments.collect();
    for call in trace["cri"].as_array().unwrap().iter().filter(|call| call["call"] == "PullImage") {
        let took = SimDuration::from_nanos((call["took"].as_f64().unwrap() * 1e9) as u64);
        let pull = Call {
            name: "PullImage".to_owned(),
            pod: Some(ObjectKey::new(Kind::Pod, "default", call["pod"].as_str().unwrap())),
            container: None,
            about: call["image"].as_str().unwrap().to_owned(),
            took: Some(took),
            error: call["error"].as_str().map(str::to_owned),
        };
        let at = time(&call["t"]) + took;
        moments.push(Moment { id: moments.len() as u64, at, calls: vec![pull], ..Moment::default() });
    }
    let start: podlapse_model::apimachinery::pkg::apis::meta::v1::Time = serde_json::from_value(trace["t0"].clone()).unwrap();
    let history =
        History { start_time_unix_ns: start.0.as_nanosecond(), end: time(&trace["duration"]), moments, ..History::default() };
    Recording { trace, history }
}
