//! `kubectl get`. Models `k8s.io/kubectl/pkg/cmd/get` (v1.36), its watch included.

use podlapse_core::client::{ClientView, Outcome, Turn};
use podlapse_manifest::Rejection;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Kind, Object};

use super::caller::Caller;
use super::flags::Arguments;
use super::report::{Report, failed, usage};
use super::subresource::{Part, scale_of};
use super::targets::Targets;
use super::watch::Watch;
use super::{Call, Running};
use crate::output::{Format, Missing, Printed};
use crate::resources::{is_namespaced, is_of_kind};
use crate::table::TableOptions;

/// A call of `kubectl get`.
#[derive(Clone, Debug)]
pub(super) struct Get {
    targets: Targets,
    format: Format,
    options: TableOptions,
    /// `--show-kind`.
    shows_kind: bool,
    sort_by: Option<String>,
    ignores_missing: bool,
    /// `--subresource`.
    part: Part,
    watch: Option<Watch>,
}

const NOTHING_NAMED: &str = "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported \
                             resources.\n\n";

/// `kubectl get`, a bare request included.
pub(super) fn start(call: &Call<'_>) -> Result<Running, Outcome> {
    let arguments = call.arguments()?;
    match arguments.get("raw") {
        None => parse(call, &arguments).map(Running::Get),
        Some(_) if !arguments.words.is_empty() => Err(failed("arguments may not be passed when --raw is specified")),
        Some(_) if arguments.get("output").is_some() => Err(failed("--raw and --output are mutually exclusive")),
        Some(path) => Ok(Running::Batch(super::raw::get(path, Caller::of(&arguments)))),
    }
}

/// Reads the line of `kubectl get`.
fn parse(call: &Call<'_>, arguments: &Arguments) -> Result<Get, Outcome> {
    let watches = arguments.is_on("watch") || arguments.is_on("watch-only");
    if arguments.is_on("output-watch-events") && !watches {
        return Err(failed("--output-watch-events option can only be used with --watch or --watch-only"));
    }
    let mut targets = Targets::parse(arguments, &arguments.words).map_err(failed)?;
    targets.add_files(call, arguments)?;
    if targets.is_empty() {
        let mut outcome = usage(
            "get",
            "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. \
             kubectl explain pods).",
        );
        outcome.stderr.insert_str(0, NOTHING_NAMED);
        return Err(outcome);
    }
    let mut format = Format::parse(&arguments.output(), call.line).map_err(failed)?;
    format.shows_managed_fields = arguments.is_on("show-managed-fields");
    format.has_no_headers = arguments.is_on("no-headers");
    if !arguments.is_on_by_default("allow-missing-template-keys") {
        format.missing = Missing::Refuse;
    }
    if arguments.is_on("show-labels") && !format.is_table() {
        let output = arguments.get("output").unwrap_or_default();
        return Err(failed(format!("--show-labels option cannot be used with {output} printer")));
    }
    let options = table_options(arguments, &targets, &format);
    if watches && options.with_kind && !arguments.is_on("show-kind") {
        return Err(failed("you may only specify a single resource type"));
    }
    if Part::of(arguments) != Part::Whole && 0 < targets.lists() {
        return Err(failed("subresource cannot be used when bulk resources are specified"));
    }
    let events = arguments.is_on("output-watch-events");
    let watch = || {
        let mut report = Report::default();
        if arguments.get("sort-by").is_some() {
            report.stderr.push_str(match arguments.is_on("watch") {
                true => "warning: --watch requested, --sort-by will be ignored for watch events received\n",
                false => "warning: --watch-only requested, --sort-by will be ignored\n",
            });
        }
        report.warn(&targets.warnings());
        Watch::new(format.clone(), options.clone(), arguments.is_on("watch-only"), events, report.stderr)
    };
    Ok(Get {
        watch: watches.then(watch),
        options,
        shows_kind: arguments.is_on("show-kind"),
        sort_by: arguments.get("sort-by").filter(|path| !path.is_empty()).map(str::to_owned),
        ignores_missing: arguments.is_on("ignore-not-found"),
        part: Part::of(arguments),
        format,
        targets,
    })
}

/// How a table is printed.
pub(super) fn table_options(arguments: &Arguments, targets: &Targets, format: &Format) -> TableOptions {
    let mut kinds: Vec<Kind> = targets.kinds.clone();
    kinds.extend(targets.names.iter().map(|(kind, _)| *kind));
    kinds.extend(targets.keys.iter().map(|key| key.kind));
    podlapse_model::sort(&mut kinds);
    kinds.dedup();
    TableOptions {
        wide: format.is_wide(),
        no_headers: arguments.is_on("no-headers"),
        with_namespace: arguments.is_on("all-namespaces"),
        with_kind: kinds.len() > 1 || arguments.is_on("show-kind"),
        label_columns: arguments.all("label-columns").map(str::to_owned).collect(),
        show_labels: arguments.is_on("show-labels"),
    }
}

impl Get {
    /// A watch goes on for ever.
    pub(super) fn resume(&mut self, view: &ClientView<'_>) -> Turn {
        match &mut self.watch {
            Some(watch) => watch.resume(self.targets.resolve(view.store).collect(), &view.wall.time(view.now)),
            None => Turn::Done(self.run(view)),
        }
    }

    /// What a watch has printed so far.
    pub(super) fn printed(&self) -> Outcome {
        self.watch.as_ref().map(Watch::printed).unwrap_or_default()
    }

    /// What is printed at this instant.
    fn run(&self, view: &ClientView<'_>) -> Outcome {
        let mut report = Report::default();
        report.warn(&self.targets.warnings());
        let mut objects = Vec::new();
        // Each object that is named and each list comes from the API server by itself.
        let named = self.targets.names.len() + self.targets.keys.len();
        let mut tables = self.targets.lists();
        for (index, target) in self.targets.resolve(view.store).enumerate() {
            match target {
                Ok(object) if !self.part.is_served(&object) => report.refused(&Part::no_resource()),
                Ok(object) => {
                    let object = if self.part == Part::Scale { scale_of(&object) } else { object };
                    tables += usize::from(index < named);
                    objects.push(object);
                }
                Err(Rejection::Server(status)) if self.ignores_missing && status.reason == "NotFound" => {}
                Err(error) => report.errors.push(error),
            }
        }
        let is_single = self.targets.kinds.is_empty() && named == 1;
        if let Some(path) = &self.sort_by {
            let sorted = match (self.format.is_table(), tables) {
                // What is sorted then are tables, none of which has such a field.
                (true, 2..) => Err(crate::output::nowhere(path)),
                (true, _) if objects.len() < 2 => Ok(()),
                (false, _) if is_single => Ok(()),
                (_, _) => crate::output::sort_by(&mut objects, path),
            };
            if let Err(message) = sorted {
                return failed(message);
            }
        }
        if objects.is_empty() && self.ignores_missing && report.errors.is_empty() {
            return report.end("", "");
        }
        match self.format.print(&objects, is_single) {
            Some(Printed::Text(_)) if is_single && !report.errors.is_empty() => {}
            Some(Printed::Text(text)) => report.stdout.push_str(&text),
            Some(Printed::Error(message)) => report.errors.push(Rejection::Client(message)),
            Some(Printed::Broken { text, message }) => {
                report.stdout.push_str(&text);
                report.errors.push(Rejection::Client(message));
            }
            None if objects.is_empty() && report.errors.is_empty() => report.stderr.push_str(&self.targets.nothing()),
            None => report.stdout.push_str(&self.tables(&objects, &view.wall.time(view.now))),
        }
        report.end("", "")
    }

    /// A table for each kind, with an empty line between. Objects without a namespace have no column for it.
    fn tables(&self, objects: &[Object], now: &Time) -> String {
        let mut text = String::new();
        let differs = |object: &Object| !is_of_kind(object, &objects[0]);
        let with_kind = self.shows_kind || 1 < self.targets.lists() || objects.iter().any(differs);
        for group in objects.chunk_by(is_of_kind) {
            if !text.is_empty() && !self.options.no_headers {
                text.push('\n');
            }
            let with_namespace = self.options.with_namespace && is_namespaced(&group[0]);
            let options = TableOptions { with_namespace, with_kind, ..self.options.clone() };
            let group: Vec<&Object> = group.iter().collect();
            text.push_str(&crate::object_table(&group, &options, now));
        }
        text
    }
}
