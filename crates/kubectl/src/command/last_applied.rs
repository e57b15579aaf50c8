//! `kubectl apply view-last-applied` and `set-last-applied`. Models `k8s.io/kubectl/pkg/cmd/apply` (v1.36).

use podlapse_core::client::Outcome;
use podlapse_model::Metadata;

use super::Call;
use super::apply::{LAST_APPLIED, missing, read_sources};
use super::batch::{Batch, Plan, Printing};
use super::report::{Report, failed, usage};
use super::targets::Targets;
use crate::output::Format;

/// `kubectl apply view-last-applied TYPE/NAME`.
pub(super) fn view(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let output = arguments.get("output").unwrap_or("yaml").to_owned();
    if !matches!(output.as_str(), "yaml" | "json") {
        let message = format!("Unexpected -o output mode: {output}, the flag 'output' must be one of yaml|json");
        return Err(usage(call.verb, message));
    }
    let format = Format::parse(&output, call.line).map_err(failed)?;
    let mut targets = Targets::parse(&arguments, &arguments.words).map_err(failed)?;
    targets.add_files(call, &arguments)?;
    targets.require_names(&arguments).map_err(failed)?;
    if targets.is_empty() {
        return Err(failed(super::targets::NOTHING));
    }
    Ok(Batch::new(move |view| {
        let mut plan = Plan::default();
        for object in plan.found(&targets, view) {
            let printed = match object.annotation(LAST_APPLIED).and_then(|text| serde_json::from_str(text).ok()) {
                Some(value) => format.print_json(&value).map(|text| if output == "json" { narrower(&text) } else { text }),
                // What was never applied is passed over in silence: kubectl makes its complaint about no error.
                None => Ok(String::new()),
            };
            match printed {
                Ok(text) => plan.report.stdout.push_str(&text),
                Err(message) => plan.fail(message),
            }
        }
        plan
    }))
}

/// JSON that is set in by two spaces for each level, and not by four.
fn narrower(text: &str) -> String {
    let line = |line: &str| {
        let text = line.trim_start();
        format!("{}{text}\n", " ".repeat((line.len() - text.len()) / 2))
    };
    text.lines().map(line).collect()
}

/// `kubectl apply set-last-applied -f FILE`.
pub(super) fn set(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let printing = Printing::read(call, &arguments)?;
    let mut report = Report::default();
    let objects = read_sources(call, &arguments, &mut report)?;
    let creates = arguments.is_on("create-annotation");
    Ok(Batch::new(move |view| {
        let mut plan = Plan::new(&printing);
        plan.report = report.clone();
        for given in &objects {
            let key = given.object.key();
            let name = &key.name;
            let Some(live) = view.store.get(&key) else {
                plan.report.errors.push(missing(&key));
                continue;
            };
            let wanted = given.configuration();
            match live.annotation(LAST_APPLIED) {
                None if !creates => plan.fail(format!(
                    "no last-applied-configuration annotation found on resource: {name}, to create the annotation, run the command \
                     with --create-annotation"
                )),
                Some(text) if text.trim_end() == wanted.trim_end() => {
                    plan.tell(format!("set-last-applied {name}: no changes required."));
                }
                Some(_) | None => {
                    let mut changed = live.clone();
                    changed.metadata_mut().annotations.get_or_insert_default().insert(LAST_APPLIED.to_owned(), wanted);
                    plan.update(changed, "configured");
                }
            }
        }
        plan
    }))
}
