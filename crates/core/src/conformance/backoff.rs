//! `backoff/{keys,flowcontrol,crashloop}.jsonl`.

use std::sync::Arc;

use podlapse_model::SimTime;
use podlapse_model::api::core::v1::{Container, Pod, PodSpec};
use serde_json::{Value, json};

use super::runtime::{list, seconds, text};
use super::{check, lines};
use crate::events::PodEvent;
use crate::kubelet::backoff::Backoff;
use crate::kubelet::container_key::{backoff_key, container_hash, pod_format};
use crate::kubelet::crash_loop::do_back_off;
use crate::kubelet::runtime_status::{ContainerState, Exit, RuntimeContainer, RuntimeStatus};

fn at(value: &Value) -> SimTime {
    SimTime::from_nanos(seconds(value))
}

pub(super) fn events_json(events: &[PodEvent]) -> Vec<Value> {
    events
        .iter()
        .map(|event| {
            json!({
                "field": event.field_path.as_deref().unwrap_or_default(),
                "type": event.event_type.as_str(),
                "reason": event.reason,
                "message": event.message,
            })
        })
        .collect()
}

pub(super) fn named_pod(name: &str, uid: &str, container: Container) -> Pod {
    let mut pod = Pod { spec: Some(PodSpec { containers: vec![container], ..PodSpec::default() }), ..Pod::default() };
    pod.metadata.name = Some(name.to_owned());
    pod.metadata.namespace = Some("default".to_owned());
    pod.metadata.uid = Some(uid.to_owned());
    pod
}

#[test]
fn keys_and_hashes_are_those_recorded() {
    check("backoff/keys", &lines("backoff/keys.jsonl"), |line| {
        let container: Container = serde_json::from_value(line["container"].clone()).unwrap();
        let format = text(line, "podFormat");
        let (name, _) = format.split_once('_').unwrap();
        let pod = named_pod(name, "uid-1", container.clone());
        let ours = json!([backoff_key(&pod, &container), container_hash(&container), pod_format(&pod)]);
        (ours, json!([line["backoffKey"], line["hash"], line["podFormat"]]))
    });
}

#[test]
fn delays_are_those_recorded() {
    check("backoff/flowcontrol", &lines("backoff/flowcontrol.jsonl"), |line| {
        let mut backoff = if line["kind"] == "image" { Backoff::image_pull() } else { Backoff::crash_loop() };
        let mut ours = Vec::new();
        for op in list(line, "ops") {
            let (now, event) = (at(&op["t"]), at(&op["event"]));
            let mut entry = op.clone();
            match text(op, "op") {
                "next" => backoff.next("k", event, now),
                "gc" => backoff.collect_garbage(now),
                "isInBackOffSince" => entry["result"] = json!(backoff.is_in_backoff_since("k", event, now)),
                "isInBackOffSinceUpdate" => entry["result"] = json!(backoff.is_in_backoff_since_update("k", event)),
                other => panic!("unknown operation {other}"),
            }
            entry["get"] = json!(backoff.get("k").as_secs());
            ours.push(entry);
        }
        (json!(ours), line["ops"].clone())
    });
}

#[test]
fn restarts_wait_as_recorded() {
    check("backoff/crashloop", &lines("backoff/crashloop.jsonl")[1..], |line| {
        let container = Container { name: "x".to_owned(), image: Some("x".to_owned()), ..Container::default() };
        let pod = named_pod("y", "11111111-2222-3333-4444-555555555555", container.clone());
        let key = backoff_key(&pod, &container);
        let mut backoff = Backoff::crash_loop();
        let mut seen = RuntimeStatus::default();
        let (mut ours, mut recorded) = (Vec::new(), Vec::new());
        for entry in list(line, "log") {
            match text(entry, "action") {
                "exit" => seen.containers = vec![exited(at(&entry["t"]))],
                "sync" => {
                    let wait = do_back_off(&pod, &container, &seen, &mut backoff, at(&entry["t"]));
                    ours.push(match &wait {
                        Some(wait) => json!({
                            "inBackOff": true,
                            "backoff": backoff.get(&key).as_secs(),
                            "message": wait.message,
                            "until": wait.until.as_nanos(),
                            "events": events_json(std::slice::from_ref(&wait.event)),
                        }),
                        None => json!({"inBackOff": false, "backoff": backoff.get(&key).as_secs()}),
                    });
                    let mut expected = entry.clone();
                    let fields = expected.as_object_mut().unwrap();
                    fields.retain(|field, _| !matches!(field.as_str(), "action" | "t"));
                    if let Some(until) = fields.get_mut("until") {
                        *until = json!(seconds(until));
                    }
                    recorded.push(expected);
                }
                _ => {}
            }
        }
        (json!(ours), json!(recorded))
    });
}

fn exited(finished_at: SimTime) -> RuntimeContainer {
    let nothing: Arc<str> = "".into();
    RuntimeContainer {
        id: crate::cri::ContainerId("x".into()),
        name: "x".into(),
        state: ContainerState::Exited(Exit {
            started_at: None,
            finished_at,
            code: 1,
            reason: nothing.clone(),
            message: nothing.clone(),
        }),
        created_at: finished_at,
        restart_count: 0,
        hash: 0,
        image: nothing.clone(),
        image_id: nothing.clone(),
        image_ref: nothing,
        sandbox: crate::cri::SandboxId("sb".into()),
        user: None,
        stop_signal: None,
        mounts: Vec::new(),
    }
}
