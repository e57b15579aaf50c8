//! `kubectl patch`. Models `k8s.io/kubectl/pkg/cmd/patch` (v1.36).

use podlapse_core::client::Outcome;
use podlapse_core::store::Request;
use podlapse_manifest::{Rejection, read_stream};
use serde_json::Value;

use super::Call;
use super::batch::{Batch, Printing};
use super::flags::{Arguments, Flag, on, text};
use super::report::failed;
use super::targets::Targets;
use super::template::{each, update_from};
use crate::merge::{json_patch, merge_patch, strategic_patch};

/// The flags beside those that choose objects.
pub(super) const FLAGS: &[Flag] =
    &[text("patch", Some('p')), text("patch-file", None), text("type", None), text("subresource", None), on("local", None)];

/// How a patch is read.
#[derive(Clone, Copy, Debug)]
enum PatchType {
    Json,
    Merge,
    Strategic,
}

/// What of an object the patch reaches.
#[derive(Clone, Copy, Debug)]
enum Through {
    Object,
    Status,
    Resize,
}

impl Through {
    /// Sends a change to the subresource.
    fn redirect(self, request: &mut Request) {
        if let Request::Update(object) = request {
            let object = object.clone();
            *request = match self {
                Through::Object => Request::Update(object),
                Through::Status => Request::UpdateStatus(object),
                Through::Resize => Request::Resize(object),
            };
        }
    }
}

/// Reads the line.
pub(super) fn parse(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let printing = Printing::read(call, &arguments)?;
    let text = match (arguments.get("patch"), arguments.get("patch-file")) {
        (Some(text), None) => text,
        (None, Some(path)) => {
            call.line.files.get(path).ok_or_else(|| failed(format!("open {path}: no such file or directory")))?
        }
        (_, _) => return Err(failed("must specify exactly one of --patch or --patch-file")),
    };
    let patch_type = match arguments.get("type").unwrap_or("strategic") {
        "json" => PatchType::Json,
        "merge" => PatchType::Merge,
        "strategic" => PatchType::Strategic,
        other => return Err(failed(format!("--type must be one of [json merge strategic], not {other:?}"))),
    };
    let through = match arguments.get("subresource") {
        None => Through::Object,
        Some("status") => Through::Status,
        Some("resize") => Through::Resize,
        Some(other) => return Err(failed(format!("invalid subresource value: {other:?}. Must be one of [status scale resize]"))),
    };
    let mut targets = Targets::parse(&arguments, &arguments.words).map_err(failed)?;
    targets.add_files(call, &arguments)?;
    targets.require_names(&Arguments::default()).map_err(failed)?;
    let stream = read_stream(text);
    if let Some(error) = &stream.error {
        return Err(failed(format!("unable to parse {text:?}: {}", error.message)));
    }
    let patch: Value = stream.documents.first().map(|document| document.json.clone()).unwrap_or_default();
    Ok(each(targets, printing, move |plan, object| {
        let before = object.to_json();
        let mut json = before.clone();
        let patched = match patch_type {
            PatchType::Json => json_patch(&mut json, &patch),
            PatchType::Merge => {
                merge_patch(&mut json, &patch);
                Ok(())
            }
            PatchType::Strategic => {
                strategic_patch(&mut json, &patch);
                Ok(())
            }
        };
        match patched {
            Err(message) => plan.report.errors.push(Rejection::Client(message)),
            Ok(()) if json == before => plan.say(object, "patched (no change)"),
            Ok(()) => {
                update_from(plan, object, json, "patched");
                if let Some(step) = plan.steps.last_mut() {
                    through.redirect(&mut step.request);
                }
            }
        }
    }))
}
