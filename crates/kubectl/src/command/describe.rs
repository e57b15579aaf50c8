//! `kubectl describe`. Models `k8s.io/kubectl/pkg/cmd/describe` (v1.36).

use podlapse_core::client::{ClientView, Outcome};
use podlapse_manifest::Rejection;
use podlapse_model::{Metadata, Object};

use super::Call;
use super::report::{Report, failed};
use super::targets::Targets;

/// A call of `kubectl describe`.
#[derive(Clone, Debug)]
pub(super) struct Describe {
    targets: Targets,
    /// As the line says; otherwise they are shown of a single object.
    shows_events: Option<bool>,
    /// Whether the one name of the line may be the beginning of names.
    may_be_prefix: bool,
}

/// Reads the line.
pub(super) fn parse(call: &Call<'_>) -> Result<Describe, Outcome> {
    let arguments = call.arguments()?;
    let mut targets = Targets::parse(&arguments, &arguments.words).map_err(failed)?;
    targets.add_files(call, &arguments)?;
    if targets.is_empty() {
        return Err(failed(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.",
        ));
    }
    let shows_events = arguments.get("show-events").map(|_| arguments.is_on("show-events"));
    Ok(Describe { targets, shows_events, may_be_prefix: arguments.words.len() == 2 })
}

impl Describe {
    pub(super) fn run(&self, view: &ClientView<'_>) -> Outcome {
        let mut report = Report::default();
        report.warn(&self.targets.warnings());
        let found: Vec<Result<Object, Rejection>> = self.targets.resolve(view.store).collect();
        let matching = match found.as_slice() {
            [Err(Rejection::Server(status))] if self.may_be_prefix && status.reason == "NotFound" => self.matching(view),
            _ => Vec::new(),
        };
        // Each of those that match a prefix ends with a line break of its own, and others have two between them.
        let (between, last, found) = match matching.is_empty() {
            true => ("\n\n", "", found),
            false => ("\n", "\n", matching.into_iter().map(Ok).collect()),
        };
        let shows_events = self.shows_events.unwrap_or(found.len() == 1 && last.is_empty());
        let mut texts = Vec::new();
        for target in found {
            match target {
                Ok(object) => {
                    let now = view.wall.time(view.now);
                    texts.push(crate::describe::describe_object(&object, view.store, &now, shows_events));
                }
                Err(error) => report.errors.push(error),
            }
        }
        if texts.is_empty() && report.errors.is_empty() {
            report.stderr.push_str(&self.targets.nothing());
        }
        report.stdout = texts.join(between) + last;
        report.end("", "")
    }

    /// The objects whose names begin with the one that is not there (`DescribeMatchingResources`).
    fn matching(&self, view: &ClientView<'_>) -> Vec<Object> {
        let [(kind, prefix)] = self.targets.names.as_slice() else { return Vec::new() };
        let all = view.store.list(*kind).filter(|object| self.targets.selects(object));
        all.filter(|object| object.name().starts_with(prefix)).cloned().collect()
    }
}
