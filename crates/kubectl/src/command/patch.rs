//! `kubectl patch`. Models `k8s.io/kubectl/pkg/cmd/patch` and what the API server says of a patch (v1.36).

use podlapse_core::client::Outcome;
use podlapse_manifest::{Cause, Rejection, Status, decoded, read_stream, unknown_fields};
use podlapse_model::Object;
use serde_json::Value;

use super::Call;
use super::batch::{Batch, DryRun, Plan, Printing};
use super::flags::Arguments;
use super::report::failed;
use super::subresource::{Part, scale_of};
use super::targets::Targets;
use super::template::each;
use crate::merge::{json_patch, merge_patch};
use crate::output::go_text;
use crate::strategic::{Problem, strategic_patch};

/// How a patch is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PatchType {
    Json,
    Merge,
    Strategic,
}

/// Reads the line.
pub(super) fn parse(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let printing = Printing { hides_dry_run: true, ..Printing::read(call, &arguments)? };
    let text = match (arguments.get("patch"), arguments.get("patch-file")) {
        (Some(_), Some(_)) => return Err(failed("cannot specify --patch and --patch-file together")),
        (Some(text), None) if !text.is_empty() => text,
        (None, Some(path)) => {
            let missing = || failed(format!("unable to read patch file: open {path}: no such file or directory"));
            call.line.files.get(path).ok_or_else(missing)?
        }
        (Some(_) | None, None) => {
            return Err(failed("must specify --patch or --patch-file containing the contents of the patch"));
        }
    };
    let patch_type = match arguments.get("type").unwrap_or("strategic").to_lowercase().as_str() {
        "json" => PatchType::Json,
        "merge" => PatchType::Merge,
        "strategic" => PatchType::Strategic,
        _ => {
            let given = arguments.get("type").unwrap_or_default();
            return Err(failed(format!("--type must be one of [json merge strategic], not {given:?}")));
        }
    };
    let part = Part::of(&arguments);
    let printing = printing.locally(&arguments, &arguments.words)?;
    let mut targets = Targets::parse(&arguments, &arguments.words).map_err(failed)?;
    targets.add_files(call, &arguments)?;
    targets.require_names(&Arguments::default()).map_err(failed)?;
    let stream = read_stream(text);
    if let Some(error) = &stream.error {
        return Err(failed(format!("unable to parse {text:?}: {}", error.message)));
    }
    let patch: Value = stream.documents.first().map(|document| document.json.clone()).unwrap_or_default();
    Ok(each(targets, printing, move |plan, object| apply(plan, object, part, patch_type, &patch)))
}

fn apply(plan: &mut Plan, object: &Object, part: Part, patch_type: PatchType, patch: &Value) {
    let kind = object.kind();
    if !part.is_found(object, plan) {
        return;
    }
    let whole = object.to_json();
    // A scale has an object of its own.
    let before = match part {
        Part::Scale => scale_of(object).to_json(),
        Part::Whole | Part::Status | Part::Resize | Part::EphemeralContainers | Part::Unknown => whole.clone(),
    };
    let mut after = before.clone();
    match patch_type {
        PatchType::Json => {
            if json_patch(&mut after, patch).is_err() {
                plan.report.errors.push(invalid(Vec::new()));
                return;
            }
        }
        PatchType::Merge => merge_patch(&mut after, patch),
        PatchType::Strategic => {
            if let Err(problem) = strategic_patch(&mut after, patch) {
                plan.report.errors.push(Rejection::Server(match problem {
                    Problem::Form(message) => Status::bad_request(message),
                    Problem::Other(message) => Status::plain("", 500, message),
                }));
                return;
            }
        }
    }
    if let Some(message) = elsewhere(&after, object) {
        plan.report.errors.push(Rejection::Server(Status::bad_request(message)));
        return;
    }
    if after == before {
        let scale = (part == Part::Scale).then(|| scale_of(object));
        return plan.say(scale.as_ref().unwrap_or(object), "patched (no change)");
    }
    let after = match part {
        Part::Scale => {
            let mut scaled = whole;
            let replicas = after.pointer("/spec/replicas").filter(|replicas| !replicas.is_null());
            scaled["spec"]["replicas"] = replicas.cloned().unwrap_or_else(|| 0.into());
            for field in ["uid", "resourceVersion"] {
                scaled["metadata"][field] = after["metadata"].get(field).cloned().unwrap_or_default();
            }
            scaled
        }
        Part::Whole | Part::Status | Part::Resize | Part::EphemeralContainers | Part::Unknown => after,
    };
    let typed = Object::from_json(kind, after.clone()).map_err(|misfit| misfit.to_string());
    if let (DryRun::Client, Ok(changed)) = (plan.printing.dry_run, &typed) {
        return plan.update(changed.clone(), "patched");
    }
    match typed.and_then(|_| decoded(kind, &after)) {
        Ok(changed) => {
            plan.report.warn(&unknown_fields(kind, &after));
            if let Some(error) = Part::conflict(&changed, object) {
                return plan.report.refused(&error);
            }
            part.change(changed, "patched", plan);
            // What the API server leaves as it is was no change.
            plan.compare_with(object);
        }
        Err(error) => {
            let (value, reason) = match patch_type {
                PatchType::Strategic => (go_text(patch), unconverted(&error)),
                PatchType::Json | PatchType::Merge => (after.to_string(), error),
            };
            plan.report.errors.push(invalid(vec![Cause {
                reason: "FieldValueInvalid",
                message: format!("Invalid value: {value:?}: {reason}"),
                field: "patch".to_owned(),
            }]));
        }
    }
}

/// Why the patched object is not the one that was asked for. Models `rest.EnsureObjectNamespaceMatchesRequestNamespace` and `checkName`
/// of `k8s.io/apiserver/pkg/endpoints/handlers`.
fn elsewhere(after: &Value, object: &Object) -> Option<String> {
    let field = |field: &str| after["metadata"][field].as_str().unwrap_or_default();
    let text = |own: &Option<String>| own.clone().unwrap_or_default();
    let (name, namespace) = (text(&object.metadata().name), text(&object.metadata().namespace));
    if !namespace.is_empty() && !field("namespace").is_empty() && field("namespace") != namespace {
        return Some("the namespace of the provided object does not match the namespace sent on the request".to_owned());
    }
    match field("name") {
        own if own == name => None,
        "" => Some(format!("the name of the object ({name} based on URL) was undeterminable: name must be provided")),
        own => Some(format!("the name of the object ({own}) does not match the name on the URL ({name})")),
    }
}

/// The API server's answer to a patch that cannot be carried out.
fn invalid(causes: Vec<Cause>) -> Rejection {
    let message = "the server rejected our request due to an error in our request";
    Rejection::Server(Status { causes, ..Status::plain("Invalid", 422, message) })
}

/// `DefaultUnstructuredConverter` on a value of another type.
fn unconverted(misfit: &str) -> String {
    let expected = misfit.rsplit("expected ").next().unwrap_or_default();
    match expected {
        "i32" => "unrecognized type: int32".to_owned(),
        "i64" => "unrecognized type: int64".to_owned(),
        "a boolean" => "unrecognized type: bool".to_owned(),
        "a string" if misfit.contains("integer") => "cannot convert int64 to string".to_owned(),
        "a string" if misfit.contains("boolean") => "unrecognized type: string".to_owned(),
        _ => misfit.to_owned(),
    }
}
