//! `functions/backoff`: how long containers and image pulls wait.

use std::sync::Arc;

use podlapse_core::cri::{ContainerId, SandboxId};
use podlapse_core::events::PodEvent;
use podlapse_core::kubelet::backoff::Backoff;
use podlapse_core::kubelet::container::key::{backoff_key, container_hash, pod_format};
use podlapse_core::kubelet::crash_loop::do_back_off;
use podlapse_core::kubelet::images::{After, Before, ImageLookup, ImagePulls, ImageRequest, PullPolicy, Pulled};
use podlapse_core::kubelet::runtime_status::{ContainerState, Exit, RuntimeContainer, RuntimeStatus};
use podlapse_model::api::core::v1::{Container, Pod, PodSpec};
use podlapse_model::{SimDuration, SimTime, with_default_tag};
use serde_json::{Value, json};

use super::runtime::{at, inputs_of_steps, seconds, text};
use super::typed;
use crate::lines::none_is_empty;
use crate::{Input, Lines, LinesTopic};

pub(super) fn topic() -> LinesTopic {
    let pull_inputs = &["note", "image", "policy", "present", "failures", "takes"];
    LinesTopic::new(
        "functions/backoff",
        vec![
            Lines::new("crashloop.jsonl", &["note", "late", "syncDelay"], crash_loop)
                .with_header()
                .with_embedded("log", |line| inputs_of_steps(line, "log", &["action", "t", "ran"])),
            Lines::new("flowcontrol.jsonl", &["kind"], flow_control)
                .with_embedded("ops", |line| inputs_of_steps(line, "ops", &["t", "op", "event"])),
            Lines::new("image_pull.jsonl", pull_inputs, image_pull)
                .with_embedded("log", |line| inputs_of_steps(line, "log", &["t"]))
                .compared_by(within_a_millisecond),
            Lines::new("keys.jsonl", &["container", "podFormat"], keys),
        ],
    )
}

/// Times may differ by a millisecond: the inputs are cut to it, and the times of events are not.
fn within_a_millisecond(expected: &Value, actual: &Value) -> Vec<String> {
    none_is_empty(expected, &adopt_near(expected, actual))
}

/// `actual` with the numbers of `expected` where both agree within a millisecond.
fn adopt_near(expected: &Value, actual: &Value) -> Value {
    match (expected, actual) {
        (Value::Number(a), Value::Number(b)) => {
            let near = a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| (a - b).abs() < 0.001_001);
            if near { expected.clone() } else { actual.clone() }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a.iter().zip(b).map(|(a, b)| adopt_near(a, b)).collect(),
        (Value::Object(_), Value::Object(fields)) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), adopt_near(&expected[name], value))).collect())
        }
        _ => actual.clone(),
    }
}

fn pod_with(name: &str, uid: &str, container: Container) -> Pod {
    let mut pod = Pod { spec: Some(PodSpec { containers: vec![container], ..PodSpec::default() }), ..Pod::default() };
    pod.metadata.name = Some(name.to_owned());
    pod.metadata.namespace = Some("default".to_owned());
    pod.metadata.uid = Some(uid.to_owned());
    pod
}

pub(super) fn event_json(event: &PodEvent) -> Value {
    json!({
        "field": event.field_path.as_deref().unwrap_or_default(),
        "type": event.event_type.as_str(),
        "reason": event.reason,
        "message": event.message,
    })
}

fn keys(input: &Input<'_>) -> Result<Value, String> {
    let container: Container = typed(input.get("container"))?;
    let (name, rest) = input.text("podFormat").split_once('_').unwrap_or_default();
    let uid = rest.trim_start_matches("default(").trim_end_matches(')');
    let pod = pod_with(name, uid, container.clone());
    if pod_format(&pod) != input.text("podFormat") {
        return Err(format!("the Pod is called {}", pod_format(&pod)));
    }
    Ok(json!({"backoffKey": backoff_key(&pod, &container), "hash": container_hash(&container)}))
}

fn flow_control(input: &Input<'_>) -> Result<Value, String> {
    let mut backoff = if input.text("kind") == "image" { Backoff::image_pull() } else { Backoff::crash_loop() };
    let mut ops = Vec::new();
    for op in input.get("ops").as_array().into_iter().flatten() {
        let (now, event) = (at(&op["t"]), at(&op["event"]));
        let mut entry = op.clone();
        match text(op, "op") {
            "next" => backoff.next("k", event, now),
            "gc" => backoff.collect_garbage(now),
            "isInBackOffSince" => entry["result"] = json!(backoff.is_in_backoff_since("k", event, now)),
            "isInBackOffSinceUpdate" => entry["result"] = json!(backoff.is_in_backoff_since_update("k", event)),
            other => return Err(format!("unknown operation {other}")),
        }
        entry["get"] = json!(backoff.get("k").as_secs());
        ops.push(entry);
    }
    Ok(json!({"ops": ops}))
}

fn crash_loop(input: &Input<'_>) -> Result<Value, String> {
    let container = Container { name: "x".to_owned(), image: Some("x".to_owned()), ..Container::default() };
    let pod = pod_with("y", "11111111-2222-3333-4444-555555555555", container.clone());
    let key = backoff_key(&pod, &container);
    let mut backoff = Backoff::crash_loop();
    let mut seen = RuntimeStatus::default();
    let mut log = Vec::new();
    for (index, step) in input.get("log").as_array().into_iter().flatten().enumerate() {
        let mut entry = step.clone();
        match text(step, "action") {
            "start" if index == 0 => entry["inBackOff"] = json!(false),
            "exit" => seen.containers = vec![exited(at(&step["t"]))],
            "sync" => {
                let wait = do_back_off(&pod, &container, &seen, &mut backoff, at(&step["t"]));
                entry["inBackOff"] = json!(wait.is_some());
                entry["backoff"] = json!(backoff.get(&key).as_secs());
                if let Some(wait) = wait {
                    entry["message"] = json!(wait.message);
                    entry["until"] = number(wait.until.as_nanos());
                    entry["events"] = json!([event_json(&wait.event)]);
                }
            }
            _ => {}
        }
        log.push(entry);
    }
    Ok(json!({"log": log}))
}

/// Seconds as the recording writes them, to the millisecond, and whole ones without a fraction.
fn number(ns: i64) -> Value {
    if ns % 1_000_000_000 == 0 { json!(ns / 1_000_000_000) } else { json!((ns as f64 / 1e6).round() / 1e3) }
}

fn exited(finished_at: SimTime) -> RuntimeContainer {
    let nothing: Arc<str> = "".into();
    let exit = Exit { started_at: None, finished_at, code: 1, reason: Arc::clone(&nothing), message: Arc::clone(&nothing) };
    RuntimeContainer {
        id: ContainerId("x".into()),
        name: "x".into(),
        state: ContainerState::Exited(exit),
        created_at: finished_at,
        restart_count: 0,
        hash: 0,
        image: Arc::clone(&nothing),
        image_id: Arc::clone(&nothing),
        image_ref: nothing,
        sandbox: SandboxId("sb".into()),
        user: None,
        stop_signal: None,
        mounts: Vec::new(),
    }
}

/// What the recording's scripted runtime answers.
fn pull_error(note: &str) -> &'static str {
    match note {
        "registry unavailable" => "RegistryUnavailable: connection refused",
        "signature" => "SignatureValidationFailed: bad",
        _ => {
            "rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/x:latest\": failed to resolve \
             reference \"docker.io/library/x:latest\": docker.io/library/x:latest: not found"
        }
    }
}

fn image_pull(input: &Input<'_>) -> Result<Value, String> {
    let image = input.text("image");
    let pod = pod_with("y", "u", Container { name: "x".to_owned(), ..Container::default() });
    let request = ImageRequest { pod: &pod, container: "x", image, policy: PullPolicy::parse(Some(input.text("policy"))) };
    let name_error = with_default_tag(image).err().map(|error| error.to_string());
    let took = SimDuration::from_nanos(seconds(input.get("takes")).unsigned_abs());
    let failures = input.get("failures").as_i64().unwrap_or_default();
    let (mut state, mut present, mut pulls) = (ImagePulls::default(), *input.get("present") == true, 0);
    let mut log = Vec::new();
    for step in input.get("log").as_array().into_iter().flatten() {
        let start = at(&step["t"]);
        let present_ref = if image == "inspectfail" {
            Err("rpc error: code = Unknown desc = broken")
        } else {
            Ok(present.then_some("sha256:abc"))
        };
        let lookup = ImageLookup { name_error: name_error.as_deref(), present: present_ref, must_attempt_pull: false };
        let mut end = start;
        let (image_ref, message, reason, events) = match state.before(&request, &lookup, start) {
            Before::Present { image_ref, event } => (image_ref.to_string(), event.message.clone(), None, vec![(start, event)]),
            Before::Refused { failure, message, event, .. } => (String::new(), message, Some(failure), vec![(start, event)]),
            Before::Pull { event } => {
                pulls += 1;
                end = start + took;
                let fails = failures < 0 || pulls <= failures;
                let outcome = if fails {
                    Err(pull_error(input.text("note")))
                } else {
                    Ok(Pulled { size: 4_194_304, took, took_with_waiting: took })
                };
                match state.after(&request, outcome, end) {
                    After::Pulled { event: pulled } => {
                        present = true;
                        ("sha256:abc".to_owned(), String::new(), None, vec![(start, event), (end, pulled)])
                    }
                    After::Failed { failure, message, event: failed, .. } => {
                        (String::new(), message, Some(failure), vec![(start, event), (end, failed)])
                    }
                }
            }
        };
        let events: Vec<Value> = events
            .iter()
            .map(|(when, event)| {
                let mut event = event_json(event);
                event["t"] = number(when.as_nanos());
                event
            })
            .collect();
        log.push(json!({
            "t": step["t"], "end": number(end.as_nanos()), "imageRef": image_ref, "message": message, "pulls": pulls,
            "reason": reason.map(|reason| reason.as_str()), "events": events,
        }));
    }
    Ok(json!({"log": log}))
}
