//! `kubectl get` and `kubectl events`. Models `k8s.io/kubectl/pkg/cmd/get` and `pkg/cmd/events` (v1.36).

use podlapse_core::client::{ClientView, Outcome, Turn};
use podlapse_manifest::Rejection;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Kind, Object};

use super::Call;
use super::flags::{Arguments, Flag, FlagKind, on, text};
use super::report::{Report, failed};
use super::targets::{Targets, type_and_name};
use crate::output::{Format, Printed};
use crate::table::{TableOptions, TablePrinter};

/// The flags beside those that choose objects.
pub(super) const FLAGS: &[Flag] = &[
    text("output", Some('o')),
    on("watch", Some('w')),
    on("watch-only", None),
    on("no-headers", None),
    on("show-labels", None),
    text("label-columns", Some('L')),
    text("sort-by", None),
    on("show-kind", None),
    on("ignore-not-found", None),
    on("show-managed-fields", None),
    text("filename", Some('f')),
    text("chunk-size", None),
    text("subresource", None),
    text("template", None),
    on("output-watch-events", None),
    Flag { long: "server-print", short: None, kind: FlagKind::Bool },
];

/// A call of `kubectl get`.
#[derive(Clone, Debug)]
pub(super) struct Get {
    targets: Targets,
    format: Format,
    options: TableOptions,
    sort_by: Option<String>,
    ignores_missing: bool,
    /// `kubectl events` has columns and an order of its own.
    is_events: bool,
    /// The object that `kubectl events --for` asks for.
    about: Option<(Kind, String)>,
    watches: bool,
}

/// Reads the line of `kubectl get`.
pub(super) fn parse(call: &Call<'_>) -> Result<Get, Outcome> {
    let arguments = call.arguments()?;
    let targets = Targets::parse(&arguments, &arguments.words).map_err(failed)?;
    if targets.is_empty() {
        return Err(failed(
            "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported \
             resources.\n\nerror: Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description \
             of that resource (e.g. kubectl explain pods).\nSee 'kubectl get -h' for help and examples",
        ))
        .map_err(|mut outcome| {
            outcome.stderr.replace_range(..7, "");
            outcome
        });
    }
    let format = Format::parse(arguments.get("output").unwrap_or_default()).map_err(failed)?;
    Ok(Get {
        options: table_options(&arguments, &targets, &format),
        format,
        sort_by: arguments.get("sort-by").map(str::to_owned),
        ignores_missing: arguments.is_on("ignore-not-found"),
        is_events: false,
        about: None,
        watches: arguments.is_on("watch") || arguments.is_on("watch-only"),
        targets,
    })
}

/// The flags of `events`.
pub(super) const EVENTS: &[Flag] = &[text("for", None), text("types", None)];

/// Reads the line of `kubectl events`.
pub(super) fn parse_events(call: &Call<'_>) -> Result<Get, Outcome> {
    let arguments = call.arguments()?;
    if !arguments.words.is_empty() {
        return Err(failed(format!("unknown command {:?} for \"kubectl events\"", arguments.words[0])));
    }
    let mut targets = Targets::parse(&arguments, &[]).map_err(failed)?;
    targets.kinds.push(Kind::Event);
    let about = arguments.get("for").map(type_and_name).transpose().map_err(failed)?;
    let format = Format::parse(arguments.get("output").unwrap_or_default()).map_err(failed)?;
    Ok(Get {
        options: table_options(&arguments, &targets, &format),
        format,
        sort_by: None,
        ignores_missing: false,
        is_events: true,
        about,
        watches: false,
        targets,
    })
}

fn table_options(arguments: &Arguments, targets: &Targets, format: &Format) -> TableOptions {
    let mut kinds = targets.kinds.clone();
    kinds.extend(targets.names.iter().map(|(kind, _)| *kind));
    podlapse_model::sort(&mut kinds);
    kinds.dedup();
    TableOptions {
        wide: *format == Format::Wide,
        no_headers: arguments.is_on("no-headers"),
        with_namespace: arguments.is_on("all-namespaces"),
        with_kind: kinds.len() > 1 || arguments.is_on("show-kind"),
        label_columns: arguments.all("label-columns").flat_map(|labels| labels.split(',')).map(str::to_owned).collect(),
        show_labels: arguments.is_on("show-labels"),
    }
}

impl Get {
    /// A watch goes on for ever; those who show it print the rows of each change themselves.
    pub(super) fn resume(&mut self, view: &ClientView<'_>) -> Turn {
        if self.watches { Turn::Wait { until: None } } else { Turn::Done(self.run(view)) }
    }

    /// What is printed at this instant.
    fn run(&self, view: &ClientView<'_>) -> Outcome {
        let mut report = Report::default();
        let mut objects = Vec::new();
        for target in self.targets.resolve(view.store) {
            match target {
                Ok(object) => objects.push(object),
                Err(Rejection::Server(status)) if self.ignores_missing && status.reason == "NotFound" => {}
                Err(error) => report.errors.push(error),
            }
        }
        if let Some((kind, name)) = &self.about {
            objects.retain(|object| is_about(object, *kind, name));
        }
        if let Some(path) = &self.sort_by
            && let Err(message) = crate::output::sort_by(&mut objects, path)
        {
            return failed(message);
        }
        let now = view.wall.time(view.now);
        match self.format.print(&objects, self.targets.names.len() == 1) {
            Some(Printed::Text(text)) => report.stdout.push_str(&text),
            Some(Printed::Error(message)) => report.errors.push(Rejection::Client(message)),
            None if objects.is_empty() && report.errors.is_empty() => report.stderr.push_str(&self.nothing()),
            None if self.is_events => report.stdout.push_str(&self.events(&mut objects, &now)),
            None => report.stdout.push_str(&self.tables(&objects, &now)),
        }
        report.end("", "")
    }

    /// A table for each kind, with an empty line between.
    fn tables(&self, objects: &[Object], now: &Time) -> String {
        let mut text = String::new();
        for group in objects.chunk_by(|a, b| a.kind() == b.kind()) {
            if !text.is_empty() && !self.options.no_headers {
                text.push('\n');
            }
            let group: Vec<&Object> = group.iter().collect();
            text.push_str(&crate::object_table(&group, &self.options, now));
        }
        text
    }

    /// The table of `kubectl events`, the oldest first.
    fn events(&self, objects: &mut [Object], now: &Time) -> String {
        podlapse_model::sort_by_key(objects, last_seen);
        let mut rows = Vec::new();
        for object in objects.iter() {
            let Object::Event(event) = object else { continue };
            let mut row = crate::describe::event_row(event, now);
            if self.options.with_namespace {
                row.insert(0, object.metadata().namespace.clone().unwrap_or_default());
            }
            rows.push(row);
        }
        if !self.options.no_headers {
            let headers = ["NAMESPACE", "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"];
            let headers = headers.iter().skip(usize::from(!self.options.with_namespace));
            rows.insert(0, headers.map(|header| (*header).to_owned()).collect());
        }
        TablePrinter::default().print(&rows)
    }

    fn nothing(&self) -> String {
        if self.ignores_missing {
            return String::new();
        }
        let namespaced = self.targets.kinds.iter().any(|kind| kind.is_namespaced());
        match &self.targets.namespace {
            Some(namespace) if self.is_events => format!("No events found in {namespace} namespace.\n"),
            None if self.is_events => "No events found.\n".to_owned(),
            Some(namespace) if namespaced => format!("No resources found in {namespace} namespace.\n"),
            Some(_) | None => "No resources found\n".to_owned(),
        }
    }
}

fn is_about(object: &Object, kind: Kind, name: &str) -> bool {
    match object {
        Object::Event(event) => {
            event.involved_object.kind.as_deref() == Some(kind.name()) && event.involved_object.name.as_deref() == Some(name)
        }
        _ => false,
    }
}

/// When an event was last seen, in nanoseconds since the Unix epoch.
fn last_seen(object: &Object) -> i128 {
    let Object::Event(event) = object else { return 0 };
    let series = event.series.as_ref().and_then(|series| series.last_observed_time.as_ref()).map(|at| at.0.as_nanosecond());
    let last = event.last_timestamp.as_ref().map(|at| at.0.as_nanosecond());
    series.or(last).or(event.event_time.as_ref().map(|at| at.0.as_nanosecond())).unwrap_or_default()
}
