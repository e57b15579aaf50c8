//! `backoff/image_pull.jsonl`.

use podlapse_model::{SimDuration, SimTime};
use podlapse_model::api::core::v1::Container;
use serde_json::{Value, json};

use super::backoff::{events_json, named_pod};
use super::runtime::{list, seconds, text};
use super::{check, lines};
use crate::kubelet::images::{After, Before, ImageLookup, ImagePulls, ImageRequest, PullPolicy, Pulled};

const NOT_FOUND: &str = "rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/x:latest\": failed to \
    resolve reference \"docker.io/library/x:latest\": docker.io/library/x:latest: not found";
const BAD_NAME: &str =
    "couldn't parse image name \"NGINX:!!\": invalid reference format: repository name (library/NGINX) must be lowercase";

#[test]
fn pulls_go_as_recorded() {
    check("backoff/image_pull", &lines("backoff/image_pull.jsonl"), |line| {
        let image = text(line, "image");
        let container = Container { name: "x".to_owned(), ..Container::default() };
        let pod = named_pod("y", "u", container);
        let request = ImageRequest { pod: &pod, container: "x", image, policy: PullPolicy::parse(Some(text(line, "policy"))) };
        let takes = seconds(&line["takes"]);
        let failures = line["failures"].as_i64().unwrap();
        let error = match text(line, "note") {
            "registry unavailable" => "RegistryUnavailable: connection refused",
            "signature" => "SignatureValidationFailed: bad",
            _ => NOT_FOUND,
        };
        let (mut state, mut present, mut pulls) = (ImagePulls::default(), line["present"] == true, 0);
        let mut ours = Vec::new();
        for entry in list(line, "log") {
            let start = SimTime::from_nanos(seconds(&entry["t"]));
            let lookup = ImageLookup {
                name_error: (image == "NGINX:!!").then_some(BAD_NAME),
                present: if image == "inspectfail" {
                    Err("rpc error: code = Unknown desc = broken")
                } else {
                    Ok(present.then_some("sha256:abc"))
                },
                must_attempt_pull: false,
            };
            let mut end = start;
            let (image_ref, message, reason, events) = match state.before(&request, &lookup, start) {
                Before::Present { image_ref, event } => (image_ref.to_string(), event.message.clone(), None, vec![event]),
                Before::Refused { failure, message, event, .. } => (String::new(), message, Some(failure), vec![event]),
                Before::Pull { event } => {
                    pulls += 1;
                    let took = SimDuration::from_nanos(takes as u64);
                    end = start + took;
                    let fails = failures < 0 || pulls <= failures;
                    let outcome = if fails { Err(error) } else { Ok(Pulled { size: 4_194_304, took, took_with_waiting: took }) };
                    match state.after(&request, outcome, end) {
                        After::Pulled { event: pulled } => {
                            present = true;
                            ("sha256:abc".to_owned(), String::new(), None, vec![event, pulled])
                        }
                        After::Failed { failure, message, event: failed, .. } => {
                            (String::new(), message, Some(failure), vec![event, failed])
                        }
                    }
                }
            };
            ours.push(json!({
                "end": end.as_nanos() / 1_000_000, "imageRef": image_ref, "message": message, "pulls": pulls,
                "reason": reason.map(|reason| reason.as_str()), "events": events_json(&events),
            }));
        }
        (json!(ours), json!(list(line, "log").map(recorded).collect::<Vec<_>>()))
    });
}

fn recorded(entry: &Value) -> Value {
    let events: Vec<Value> = list(entry, "events")
        .map(|event| json!({"field": event["field"], "type": event["type"], "reason": event["reason"], "message": event["message"]}))
        .collect();
    json!({
        "end": seconds(&entry["end"]) / 1_000_000, "imageRef": entry["imageRef"], "message": entry["message"],
        "pulls": entry["pulls"], "reason": entry["reason"], "events": events,
    })
}
