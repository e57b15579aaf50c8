//! `kubectl describe`. Models `k8s.io/kubectl/pkg/cmd/describe` (v1.36).

use podlapse_core::client::{ClientView, Outcome};
use podlapse_manifest::Rejection;
use podlapse_model::Object;

use super::Call;
use super::flags::{Flag, on, text};
use super::report::{Report, failed};
use super::targets::Targets;

/// The flags beside those that choose objects.
pub(super) const FLAGS: &[Flag] =
    &[on("show-events", None), text("filename", Some('f')), on("recursive", Some('R')), text("chunk-size", None)];

/// A call of `kubectl describe`.
#[derive(Clone, Debug)]
pub(super) struct Describe {
    targets: Targets,
    shows_events: bool,
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
    Ok(Describe { targets, shows_events: arguments.is_on_by_default("show-events") })
}

impl Describe {
    pub(super) fn run(&self, view: &ClientView<'_>) -> Outcome {
        let mut report = Report::default();
        report.warn(&self.targets.warnings());
        let mut texts = Vec::new();
        for target in self.with_prefixes(view) {
            match target {
                Ok(object) => {
                    let now = view.wall.time(view.now);
                    texts.push(crate::describe::describe_object(&object, view.store, &now, self.shows_events));
                }
                Err(error) => report.errors.push(error),
            }
        }
        if texts.is_empty() && report.errors.is_empty() {
            report.stderr.push_str(&self.targets.nothing());
        }
        report.stdout = texts.join("\n\n");
        report.end("", "")
    }

    /// A name that is not there stands for all objects whose names begin with it.
    fn with_prefixes(&self, view: &ClientView<'_>) -> Vec<Result<Object, Rejection>> {
        let mut found = Vec::new();
        for (kind, name) in &self.targets.names {
            let key = self.targets.key(*kind, name);
            if let Err(refused) = self.targets.caller.may(view.store, "get", &key) {
                found.push(Err(refused));
                continue;
            }
            match view.store.get(&key) {
                Some(object) => found.push(Ok(object.clone())),
                None => {
                    let before = found.len();
                    let all = view.store.list(*kind).filter(|object| self.targets.selects(object));
                    found.extend(all.filter(|object| has_prefix(object, name)).cloned().map(Ok));
                    if found.len() == before {
                        found.push(Err(super::apply::missing(&key)));
                    }
                }
            }
        }
        for key in &self.targets.keys {
            found.push(self.targets.get(view.store, key));
        }
        for kind in &self.targets.kinds {
            found.extend(self.targets.list(view.store, *kind));
        }
        found
    }
}

fn has_prefix(object: &Object, prefix: &str) -> bool {
    object.metadata().name.as_deref().is_some_and(|name| name.starts_with(prefix))
}
