//! The recorded corpora against this crate.

use serde_json::Value;

use crate::read_stream;

fn lines(path: &str) -> Vec<Value> {
    let path = format!("{}/../../tests/data/conformance/functions/{path}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn report(name: &str, total: usize, failures: &[String], allowed: usize) {
    for failure in failures.iter().take(std::env::var("SHOW").map_or(20, |n| n.parse().unwrap())) {
        println!("{failure}\n");
    }
    println!("{name}: {}/{total}", total - failures.len());
    assert!(failures.len() <= allowed, "{name}: {} of {total} differ", failures.len());
}

#[test]
fn scalars_are_read_as_recorded() {
    let cases = lines("manifests/scalars.jsonl");
    let mut failures = Vec::new();
    for case in &cases {
        let scalar = case["scalar"].as_str().unwrap();
        for (text, value, error) in
            [(format!("v: {scalar}\n"), "rawJSON", "error"), (format!("{scalar}: v\n"), "asKey", "asKeyError")]
        {
            let got = match crate::yaml::to_json(&text, crate::place::Place::START) {
                Ok(converted) => (Some(crate::go_text::json(&converted.value)), None),
                Err(error) => (None, Some(error.message)),
            };
            let want = (
                case.get(value).and_then(Value::as_str).map(str::to_owned),
                case.get(error).and_then(Value::as_str).map(str::to_owned),
            );
            if got != want {
                failures.push(format!("{text:?}\n  want {want:?}\n  got  {got:?}"));
            }
        }
    }
    report("scalars", cases.len() * 2, &failures, 0);
}

#[test]
fn documents_are_read_as_recorded() {
    let cases = lines("manifests/manifests.jsonl");
    let mut failures = Vec::new();
    for case in &cases {
        let stream = read_stream(case["text"].as_str().unwrap());
        let mut got: Vec<Value> = stream.documents.iter().map(|document| document.json.clone()).collect();
        got.extend(stream.error.map(|error| serde_json::json!({"error": error.message})));
        let want = case["json"].as_array().cloned().unwrap_or_default();
        if got != want {
            failures.push(format!("{}\n  want {want:?}\n  got  {got:?}", case["id"]));
        }
    }
    // One case holds a byte that is not UTF-8, which the recording replaced.
    report("documents", cases.len(), &failures, 1);
}

#[test]
fn every_recorded_scenario_is_read() {
    let root = format!("{}/../../tests/data/conformance/traces", env!("CARGO_MANIFEST_DIR"));
    let mut failures = Vec::new();
    let mut total = 0;
    for entry in std::fs::read_dir(root).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(workload) = std::fs::read_to_string(folder.join("workload.yaml")) else { continue };
        let cluster = std::fs::read_to_string(folder.join("cluster.yaml")).unwrap();
        total += 1;
        let checked = crate::scenario(&workload, Some(&cluster));
        let is_rejected = folder.file_name().unwrap().to_string_lossy().starts_with("reject-");
        let errors: Vec<_> = checked.diagnostics.iter().filter(|d| d.severity != crate::Severity::Info).collect();
        if checked.value.is_none() || (!is_rejected && !errors.is_empty()) {
            failures.push(format!("{}: {errors:?}", folder.display()));
        }
    }
    report("scenarios", total, &failures, 0);
}

/// Errors of reading, decoding and mapping, which need neither defaults nor validation.
#[test]
fn what_cannot_be_decoded_is_rejected_as_recorded() {
    let mut failures = Vec::new();
    let mut total = 0;
    for file in ["validation/pods.jsonl", "validation/workloads.jsonl", "manifests/manifests.jsonl"] {
        for case in lines(file) {
            let text = case.get("yaml").or(case.get("text")).and_then(Value::as_str).unwrap();
            let submission = crate::submit(text);
            let objects = case["objects"].as_array().cloned().unwrap_or_default();
            for (at, object) in objects.iter().enumerate() {
                if object.get("skipped").is_some() {
                    continue;
                }
                total += 1;
                let is_early = object["stage"] == "decode" || object["stage"] == "mapping" || object["reason"] == "BadRequest";
                let got = submission.entries.get(at).and_then(|entry| entry.outcome.as_ref().err());
                let got = got.map(|error| crate::kubectl_stderr(std::slice::from_ref(error), "creating", "manifest.yaml"));
                let want = object.get("error").and_then(|_| object["kubectl"].as_str()).filter(|_| is_early);
                let want = want.map(|text| text.trim_end().to_owned() + "\n");
                if got != want {
                    failures.push(format!("{} {at}\n  want {want:?}\n  got  {got:?}", case["id"]));
                }
            }
            total += 1;
            let end = submission.end.map(|end| crate::kubectl_stderr(&[end], "creating", "manifest.yaml"));
            let end = end.or((submission.entries.is_empty()).then(|| "error: no objects passed to create\n".to_owned()));
            let want = case.get("readError").and_then(|error| error["kubectl"].as_str()).map(|text| text.to_owned() + "\n");
            if end != want {
                failures.push(format!("{} end\n  want {want:?}\n  got  {end:?}", case["id"]));
            }
        }
    }
    // One holds a byte that is not UTF-8; of a List without items kubectl says more than the recording of the single functions.
    report("early errors", total, &failures, 2);
}

/// Nulls and absent fields are the same.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            fields.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.clone(), without_nulls(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn differences(path: &str, want: &Value, got: &Value, out: &mut Vec<String>) {
    match (want, got) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                differences(
                    &format!("{path}.{key}"),
                    a.get(key).unwrap_or(&Value::Null),
                    b.get(key).unwrap_or(&Value::Null),
                    out,
                );
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().for_each(|(at, (a, b))| differences(&format!("{path}[{at}]"), a, b, out));
        }
        _ if want != got => out.push(format!("{path}: want {want} got {got}")),
        _ => {}
    }
}

#[test]
fn accepted_objects_carry_the_recorded_defaults() {
    let now: jiff::Timestamp = "2026-06-15T12:00:00Z".parse().unwrap();
    let uid = "11111111-2222-3333-4444-555555555555".into();
    let mut failures = Vec::new();
    let mut total = 0;
    for file in ["validation/pods.jsonl", "validation/workloads.jsonl", "manifests/manifests.jsonl"] {
        for case in lines(file) {
            let text = case.get("yaml").or(case.get("text")).and_then(Value::as_str).unwrap();
            let submission = crate::submit(text);
            for (at, object) in case["objects"].as_array().into_iter().flatten().enumerate() {
                let Some(want) = object.get("defaulted") else { continue };
                total += 1;
                let Some(Ok(mut got)) = submission.entries.get(at).map(|entry| entry.outcome.clone()) else { continue };
                crate::default_object(&mut got);
                crate::prepare_for_create(&mut got, &uid, now);
                if want["metadata"].get("uid").is_none() {
                    got.metadata_mut().uid = None;
                }
                let mut out = Vec::new();
                differences("", &without_nulls(want), &without_nulls(&crate::written(&got)), &mut out);
                if !out.is_empty() {
                    failures.push(format!("{}: {}", case["id"], out.join("; ")));
                }
            }
        }
    }
    report("defaults", total, &failures, 0);
}

fn sorted(causes: &Value) -> Vec<String> {
    let mut causes: Vec<String> = causes.as_array().into_iter().flatten().map(Value::to_string).collect();
    causes.sort();
    causes
}

#[test]
fn invalid_objects_are_rejected_as_recorded() {
    let now: jiff::Timestamp = "2026-06-15T12:00:00Z".parse().unwrap();
    let uid = "11111111-2222-3333-4444-555555555555".into();
    let mut failures = Vec::new();
    let mut total = 0;
    for file in ["validation/pods.jsonl", "validation/workloads.jsonl", "manifests/manifests.jsonl"] {
        for case in lines(file) {
            let text = case.get("yaml").or(case.get("text")).and_then(Value::as_str).unwrap();
            let submission = crate::submit(text);
            for (at, want) in case["objects"].as_array().into_iter().flatten().enumerate() {
                let Some(Ok(mut got)) = submission.entries.get(at).map(|entry| entry.outcome.clone()) else { continue };
                total += 1;
                crate::default_object(&mut got);
                let mut warned = crate::early_warnings(&got);
                crate::prepare_for_create(&mut got, &uid, now);
                let errors = crate::validate(&got);
                let status = crate::invalid(&got, &errors);
                let is_valid = status.is_none();
                let causes: Vec<Value> = errors
                    .iter()
                    .map(|error| serde_json::json!({"reason": error.reason(), "message": error.body(), "field": error.field}))
                    .collect();
                let got_text = status.map(|status| status.stderr("creating", "manifest.yaml"));
                let want_text = want.get("error").and_then(|_| want["kubectl"].as_str()).map(str::to_owned);
                if is_valid {
                    warned.append(&mut crate::warnings(&got));
                }
                let warned: Vec<Value> = warned.into_iter().map(Value::from).collect();
                let want_warned = want["warnings"].as_array().cloned().unwrap_or_default();
                if warned != want_warned {
                    failures.push(format!("{} warnings\n  want {want_warned:?}\n  got  {warned:?}", case["id"]));
                }
                let is_same =
                    got_text == want_text && want.get("causes").is_none_or(|want| *want == Value::Array(causes.clone()));
                let is_same_set =
                    got_text.is_some() == want_text.is_some() && sorted(&want["causes"]) == sorted(&Value::Array(causes));
                if !is_same {
                    let note = if is_same_set { " (order)" } else { "" };
                    failures.push(format!("{}{note}\n  want {want_text:?}\n  got  {got_text:?}", case["id"]));
                }
            }
        }
    }
    report("validation", total, &failures, 0);
}
