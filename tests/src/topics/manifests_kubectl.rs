//! What the real `kubectl create --dry-run=server -f manifest.yaml` printed, of the texts of `manifests` and `validation`.
//!
//! The recordings were made on a running cluster, so uids, times and generated suffixes differ each time and are masked on both
//! sides. Everything else is compared, with what admission adds.

use std::sync::LazyLock;

use podlapse_core::kernel::{Random, WallClock};
use podlapse_core::store::{ApiContext, ApiError, Reason, Request, Store, apply};
use podlapse_manifest::{Rejection, Status, kubectl_stderr};
use podlapse_model::simulation::{Jitter, SimulationSpec};
use podlapse_model::{Kind, Metadata, Object, SimTime};
use regex::Regex;
use serde_json::{Value, json};

use crate::{Input, Join, Lines, whole};

const FILE: &str = "manifest.yaml";

/// The runner of `file`, whose texts stand in the field `text` of `texts`.
pub(super) fn lines(file: &'static str, texts: &'static str, text: &'static [&'static str]) -> Lines {
    Lines::new(file, &["id"], create).joined_with(Join { file: texts, key: "id", fields: text }).compared_by(compare)
}

fn masked(text: &str) -> String {
    static MASK: LazyLock<Regex> = LazyLock::new(|| {
        let uid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
        let suffix = "kube-api-access-[a-z0-9]{5}";
        let time = r#""(creationTimestamp|lastTransitionTime)": ?"[^"]*""#;
        Regex::new(&format!("{uid}|{suffix}|{time}")).expect("the pattern is sound")
    });
    MASK.replace_all(text, "MASKED").into_owned()
}

/// The printed objects as values, so that the order of their fields does not count.
fn printed(text: &str) -> Value {
    let values = serde_json::Deserializer::from_str(text).into_iter::<Value>().collect::<Result<Vec<Value>, _>>();
    match values {
        Ok(values) => values.iter().map(without_nulls).collect(),
        // What is not JSON throughout is compared as it stands.
        Err(_) => Value::from(masked(text)),
    }
}

/// What the clock decides.
const TIMES: [&str; 2] = ["creationTimestamp", "lastTransitionTime"];

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let given = fields.iter().filter(|(_, value)| !value.is_null());
            let shown = |key: &str, value: &Value| {
                if TIMES.contains(&key) && value.is_string() { Value::from("time") } else { without_nulls(value) }
            };
            given.map(|(key, value)| (key.clone(), shown(key, value))).collect()
        }
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        Value::String(text) => Value::from(masked(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn compare(expected: &Value, actual: &Value) -> Vec<String> {
    // The objects were printed for some of the lines only.
    let has_printed = expected.get("json").is_some();
    let side = |value: &Value| {
        let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default();
        json!({
            "exit": value["exit"],
            "stdout": masked(text("stdout")),
            "stderr": masked(text("stderr")),
            "json": if has_printed { printed(text("json")) } else { Value::Null },
        })
    };
    whole(&side(expected), &side(actual))
}

fn cluster() -> Store {
    let mut store = Store::default();
    for (kind, object) in [
        (Kind::Namespace, json!({"metadata": {"name": "default"}})),
        (Kind::Namespace, json!({"metadata": {"name": "other"}})),
        (Kind::ServiceAccount, json!({"metadata": {"name": "default", "namespace": "default"}})),
        (Kind::ServiceAccount, json!({"metadata": {"name": "default", "namespace": "other"}})),
    ] {
        let object = Object::from_json(kind, object).expect("these few fields have the right types");
        store.put(SimTime::ZERO, object);
    }
    store
}

fn status(error: &ApiError) -> Status {
    let code = match error.reason {
        Reason::NotFound => 404,
        Reason::Forbidden => 403,
        Reason::BadRequest => 400,
        Reason::AlreadyExists | Reason::Conflict => 409,
        Reason::Invalid => 422,
        Reason::TooManyRequests => 429,
        Reason::InternalError => 500,
    };
    let plain = || Status::plain(error.reason.word(), code, error.message.clone());
    error.invalid.as_ref().map_or_else(plain, |status| Status::clone(status))
}

fn create(input: &Input<'_>) -> Result<Value, String> {
    let text = ["yaml", "text"].into_iter().map(|field| input.text(field)).find(|text| !text.is_empty()).unwrap_or_default();
    let submission = podlapse_manifest::submit(text);
    let mut rejections = Vec::new();
    let (mut stdout, mut stderr, mut printed) = (String::new(), String::new(), String::new());
    let is_empty = submission.entries.is_empty();
    for entry in submission.entries {
        let outcome = entry.outcome.and_then(|object| {
            let (created, warnings) = admit(object);
            warnings.iter().for_each(|warning| stderr.push_str(&format!("Warning: {warning}\n")));
            created.map_err(Rejection::Server)
        });
        match outcome {
            Ok(object) => {
                let (kind, name) = (object.kind(), object.name().to_owned());
                let group = if kind.group().is_empty() { String::new() } else { format!(".{}", kind.group()) };
                stdout.push_str(&format!("{}{group}/{name} created (server dry run)\n", kind.singular()));
                printed.push_str(&podlapse_manifest::written(&object).to_string());
                printed.push('\n');
            }
            Err(rejection) => rejections.push(rejection),
        }
    }
    let nothing = is_empty.then(|| Rejection::Client("no objects passed to create".to_owned()));
    rejections.extend(submission.end.or(nothing));
    stderr.push_str(&kubectl_stderr(&rejections, "creating", FILE));
    let mut output = json!({"exit": i32::from(!rejections.is_empty()), "stdout": stdout, "stderr": stderr});
    if !printed.is_empty() {
        output["json"] = printed.into();
    }
    Ok(output)
}

/// Defaulting, admission and validation as in a cluster of its own: a dry run leaves nothing behind.
fn admit(object: Object) -> (Result<Object, Status>, Vec<String>) {
    let start_unix_ns = SimulationSpec::default().start_time_unix_ns;
    let mut random = Random::new(1, Jitter::Seeded);
    let wall = WallClock { start_unix_ns };
    let mut cx = ApiContext { now: SimTime::ZERO, wall, random: &mut random, warnings: Vec::new(), is_trial: true };
    let created = apply(&mut cluster(), Request::Create(object), &mut cx).map(|applied| {
        let mut object = applied.object;
        object.metadata_mut().resource_version = None;
        object
    });
    (created.map_err(|error| status(&error)), cx.warnings)
}
