//! `functions/manifests` and `functions/validation`: what kubectl and the API server make of a text.

use std::collections::BTreeMap;

use jiff::Timestamp;
use podlapse_manifest::{Rejection, Submission, kubectl_stderr};
use podlapse_model::{Kind, Metadata, Object, Uid};
use serde_json::{Map, Value, json};

use super::manifests_kubectl;
use crate::lines::without_empty;
use crate::{Input, Lines, LinesTopic, whole};

/// The name that the recordings gave the file.
const FILE: &str = "manifest.yaml";
/// The clock and the uid of the recordings of single functions.
const NOW: &str = "2026-06-15T12:00:00Z";
const UID: &str = "11111111-2222-3333-4444-555555555555";

pub(super) fn manifests() -> LinesTopic {
    LinesTopic::new(
        "functions/manifests",
        vec![
            Lines::new("scalars.jsonl", &["scalar"], scalar),
            Lines::new("manifests.jsonl", &["id", "text"], manifest).compared_by(compare),
            manifests_kubectl::lines("manifests_kubectl.jsonl", "manifests.jsonl", &["text"]),
        ],
    )
}

pub(super) fn validation() -> LinesTopic {
    LinesTopic::new(
        "functions/validation",
        vec![
            Lines::new("pods.jsonl", &["id", "yaml"], submitted).compared_by(compare),
            Lines::new("workloads.jsonl", &["id", "yaml"], submitted).compared_by(compare),
            manifests_kubectl::lines("pods_kubectl.jsonl", "pods.jsonl", &["yaml"]),
            manifests_kubectl::lines("workloads_kubectl.jsonl", "workloads.jsonl", &["yaml"]),
        ],
    )
}

/// Nulls mean none. Of a file with an object of a kind that the recordings skipped only the reading is compared.
fn compare(expected: &Value, actual: &Value) -> Vec<String> {
    let (mut expected, mut actual) = (without_empty(expected), without_empty(actual));
    let objects = expected["objects"].as_array();
    if objects.is_some_and(|objects| objects.iter().any(|object| object.get("skipped").is_some())) {
        for side in [&mut expected, &mut actual].into_iter().filter_map(Value::as_object_mut) {
            side.remove("objects");
            side.remove("readError");
        }
    }
    whole(&expected, &actual)
}

fn scalar(input: &Input<'_>) -> Result<Value, String> {
    let scalar = input.text("scalar");
    let mut output = Map::new();
    match podlapse_manifest::read_yaml(&format!("v: {scalar}\n")) {
        Ok(document) => {
            output.insert("json".to_owned(), document.json["v"].clone());
            output.insert("rawJSON".to_owned(), document.raw().into());
        }
        Err(error) => _ = output.insert("error".to_owned(), error.message.into()),
    }
    match podlapse_manifest::read_yaml(&format!("{scalar}: v\n")) {
        Ok(document) => output.insert("asKey".to_owned(), document.raw().into()),
        Err(error) => output.insert("asKeyError".to_owned(), error.message.into()),
    };
    Ok(Value::Object(output))
}

fn manifest(input: &Input<'_>) -> Result<Value, String> {
    let text = input.text("text");
    // JSON has no place for bytes that are no UTF-8: the recorded texts have a replacement character there.
    let text = &text.replace('\u{fffd}', &podlapse_manifest::NOT_UTF8.to_string());
    let stream = podlapse_manifest::read_stream(text);
    let mut documents: Vec<Value> = stream.documents.iter().map(|document| document.json.clone()).collect();
    documents.extend(stream.error.iter().map(|error| json!({"error": error.message})));
    let mut output = objects(&podlapse_manifest::submit_stream(&stream))?;
    output.insert("json".to_owned(), documents.into());
    output.insert("strictYAML".to_owned(), chunks(text).iter().map(|chunk| strictly(chunk)).collect());
    Ok(Value::Object(output))
}

/// The documents between separator lines, as the reader of the recordings splits them: a separator that nothing stands before
/// belongs to the document after it, and of a wrong one there is only the message, which is then parsed like a document.
fn chunks(text: &str) -> Vec<String> {
    let mut chunks = vec![String::new()];
    for line in text.lines() {
        let chunk = chunks.last_mut().expect("there is always a last one");
        let after = line.strip_prefix("---").map(str::trim);
        if let Some(after) = after.filter(|after| !after.is_empty() && !after.starts_with('#')) {
            *chunk = format!("error parsing {FILE}: invalid Yaml document separator: {after}");
            break;
        }
        if after.is_some() && !chunk.is_empty() {
            chunks.push(String::new());
        } else {
            chunk.push_str(line);
            chunk.push('\n');
        }
    }
    chunks.retain(|chunk| !chunk.is_empty());
    chunks
}

/// What a parser says that knows every key must be unique.
fn strictly(text: &str) -> Value {
    match podlapse_manifest::read_yaml(text) {
        Err(error) => json!({"error": error.message}),
        Ok(document) if document.duplicates.is_empty() => json!({"json": document.json}),
        Ok(document) => json!({"error": duplicates(&document.duplicates)}),
    }
}

fn duplicates(duplicates: &[(String, podlapse_manifest::Place)]) -> String {
    let line =
        |(key, place): &(String, podlapse_manifest::Place)| format!("\n  line {}: key {key} already set in map", place.line);
    format!("yaml: unmarshal errors:{}", duplicates.iter().map(line).collect::<String>())
}

fn submitted(input: &Input<'_>) -> Result<Value, String> {
    let text = input.text("yaml");
    let mut output = objects(&podlapse_manifest::submit(text))?;
    if let Ok(document) = podlapse_manifest::read_yaml(text)
        && !document.duplicates.is_empty()
    {
        output.insert("strictYAMLError".to_owned(), duplicates(&document.duplicates).into());
    }
    Ok(Value::Object(output))
}

fn objects(submission: &Submission) -> Result<Map<String, Value>, String> {
    let mut output = Map::new();
    let mut objects = Vec::new();
    for entry in &submission.entries {
        objects.push(match &entry.outcome {
            Ok(object) => created(object.clone())?,
            Err(rejection) => rejected(rejection),
        });
    }
    output.insert("objects".to_owned(), objects.into());
    let nothing = || Rejection::Client("no objects passed to create".to_owned());
    if let Some(end) = submission.end.clone().or_else(|| submission.entries.is_empty().then(nothing)) {
        let kubectl = kubectl_stderr(std::slice::from_ref(&end), "creating", FILE);
        let error = json!({"error": end.message(FILE), "exit": 1, "kubectl": kubectl.trim_end_matches('\n'), "stage": "read"});
        output.insert("readError".to_owned(), error);
    }
    Ok(output)
}

fn rejected(rejection: &Rejection) -> Value {
    let kubectl = kubectl_stderr(std::slice::from_ref(rejection), "creating", FILE);
    let mut output = json!({"error": rejection.message(FILE), "exit": 1, "stage": rejection.stage()});
    let Rejection::Server(status) = rejection else {
        output["kubectl"] = kubectl.trim_end_matches('\n').into();
        return output;
    };
    output["code"] = status.code.into();
    output["reason"] = status.reason.into();
    // The recording keeps the line break only where kubectl's own text has it.
    let has_break = status.reason == "Invalid";
    output["kubectl"] = if has_break { kubectl.into() } else { kubectl.trim_end_matches('\n').into() };
    let causes = status.causes.iter();
    output["causes"] =
        causes.map(|cause| json!({"reason": cause.reason, "message": cause.message, "field": cause.field})).collect();
    output
}

fn created(mut object: Object) -> Result<Value, String> {
    let now: Timestamp = NOW.parse().map_err(|error| format!("{error}"))?;
    podlapse_manifest::default_object(&mut object);
    podlapse_manifest::prepare_for_create(&mut object, &Uid::from(UID), now);
    let errors = podlapse_manifest::validate(&object);
    if let Some(status) = podlapse_manifest::invalid(&object, &errors) {
        let mut output = rejected(&Rejection::Server(status));
        output["warnings"] = podlapse_manifest::early_warnings(&object).into();
        return Ok(output);
    }
    let warnings = podlapse_manifest::warnings(&object);
    let kind = object.kind();
    if kind == Kind::Unmodelled {
        return Ok(json!({"kind": object.to_json()["kind"], "skipped": "kind known to the apiserver, not part of this corpus"}));
    }
    let name = object.name().to_owned();
    // The recorded functions needed a uid only for the labels of a Job.
    object.metadata_mut().uid = None;
    let resource =
        if kind.group().is_empty() { kind.singular().to_owned() } else { format!("{}.{}", kind.singular(), kind.group()) };
    let mut output: BTreeMap<&str, Value> = BTreeMap::new();
    output.insert("defaulted", podlapse_manifest::written(&object));
    output.insert("kubectl", format!("{resource}/{name} created").into());
    output.insert("warnings", warnings.into());
    Ok(json!(output))
}
