//! `kubectl edit`. Models `k8s.io/kubectl/pkg/cmd/edit` and `pkg/cmd/util/editor` (v1.36).
//!
//! The editor itself is not here: the prompt asks it, and gives the text that it leaves on standard input. Not modelled: opening the
//! editor again after an error.

use podlapse_core::client::Outcome;
use podlapse_manifest::{FieldValidation, Rejection, submit_with};

use super::Call;
use super::batch::{Batch, Plan, Printing};
use super::report::{Report, failed};
use super::subresource::Part;
use super::targets::Targets;

const NO_EDITOR: &str = "kubectl edit: there is no editor here. Set one that works by itself, as in KUBE_EDITOR='sed -i s/old/new/' kubectl \
                         edit TYPE NAME, or use kubectl patch; podlapse kubectl opens the editor of your terminal";

/// What stands before the objects in the editor.
pub(crate) const HEAD: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n# and an empty file will abort the \
                               edit. If an error occurs while saving this file will be\n# reopened with the relevant failures.\n#\n";

/// Reads the line; the edited text is standard input.
pub(super) fn parse(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let printing = Printing::read(call, &arguments)?;
    let mut targets = Targets::parse(&arguments, &arguments.words).map_err(failed)?;
    targets.add_files(call, &arguments)?;
    if targets.is_empty() {
        return Err(failed(super::targets::NOTHING));
    }
    let Some(text) = call.line.stdin.clone() else { return Err(failed(NO_EDITOR)) };
    let part = Part::of(&arguments);
    let submission = submit_with(&text, FieldValidation::Strict);
    let mut report = Report::default();
    let mut objects = Vec::new();
    for entry in submission.entries {
        match entry.outcome {
            Ok(object) => objects.push(object),
            Err(error @ Rejection::Server(_)) => report.errors.push(error),
            Err(error) => return Err(unread(&error)),
        }
    }
    if let Some(error) = submission.end {
        return Err(unread(&error));
    }
    Ok(Batch::new(move |view| {
        let mut plan = Plan::new(&printing);
        plan.report = report.clone();
        for object in &objects {
            match view.store.get(&object.key()) {
                None => plan.fail("At least one of apiVersion, kind and name was changed"),
                Some(live) if live == object => {}
                Some(live) => {
                    if part.is_found(live, &mut plan) {
                        part.change(object.clone(), "edited", &mut plan);
                    }
                }
            }
        }
        if plan.is_empty() && plan.report.errors.is_empty() {
            plan.report.stderr.push_str("Edit cancelled, no changes made.\n");
        }
        plan
    }))
}

/// The end of an edit that leaves a text that kubectl cannot read: what the editor would show at the head of the file when it is opened
/// again, and what follows when nothing is done about it.
fn unread(error: &Rejection) -> Outcome {
    let head = format!("The edited file had a syntax error: {}", error.message("edited-file")).replace('\n', "\n# ");
    let end = failed("Edit cancelled, no valid changes were saved.");
    let stderr = format!("# {head}\nA copy of your changes has been stored to \"/tmp/kubectl-edit-1.yaml\"\n{}", end.stderr);
    Outcome { stderr, ..end }
}
