//! `functions/events`: what the event recorder makes of events.

use podlapse_core::events::{Correlator, EventType, Occurrence, Verdict};
use podlapse_core::kernel::WallClock;
use podlapse_model::{Kind, ObjectKey};
use serde_json::{Value, json};

use super::runtime::{at, inputs_of_steps, text};
use crate::{Input, Lines, LinesTopic};

pub(super) fn topic() -> LinesTopic {
    LinesTopic::new(
        "functions/events",
        vec![
            Lines::new("correlator.jsonl", &["note"], correlate)
                .with_embedded("log", |line| inputs_of_steps(line, "log", &["t", "in"])),
        ],
    )
}

fn correlate(input: &Input<'_>) -> Result<Value, String> {
    let mut correlator = Correlator::default();
    let mut log = Vec::new();
    for step in input.get("log").as_array().into_iter().flatten() {
        let told = &step["in"];
        let field = text(told, "field");
        let event = Occurrence {
            object: ObjectKey::new(Kind::Pod, "default", text(told, "pod")),
            uid: text(told, "pod").into(),
            field_path: (!field.is_empty()).then(|| field.into()),
            event_type: if text(told, "type") == "Normal" { EventType::Normal } else { EventType::Warning },
            reason: text(told, "reason").into(),
            message: text(told, "message").into(),
        };
        let mut entry = step.clone();
        match correlator.correlate(&event, WallClock { start_unix_ns: 0 }, at(&step["t"])) {
            Verdict::Dropped(_) => entry["skip"] = json!(true),
            Verdict::Write(observed) => {
                entry["skip"] = json!(false);
                entry["count"] = json!(observed.count);
                entry["message"] = json!(&*observed.message);
                entry["firstTimestamp"] = json!(observed.first.as_nanos() / 1_000_000_000);
                entry["lastTimestamp"] = json!(observed.last.as_nanos() / 1_000_000_000);
                entry["patch"] = json!(observed.is_patch);
            }
        }
        log.push(entry);
    }
    Ok(json!({"log": log}))
}
