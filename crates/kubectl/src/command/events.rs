//! `kubectl events`. Models `k8s.io/kubectl/pkg/cmd/events` (v1.36).

use podlapse_core::client::{ClientView, Outcome, Turn};
use podlapse_manifest::Rejection;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Kind, Metadata, Object};
use serde_json::{Value, json};

use super::Call;
use super::report::{Report, failed};
use super::targets::{Targets, type_and_name};
use crate::output::{Format, Printed, shown};
use crate::sort::go_sort;
use crate::table::{Rows, TablePrinter};

/// A call of `kubectl events`.
#[derive(Clone, Debug)]
pub(super) struct Events {
    targets: Targets,
    format: Format,
    /// The object that `--for` asks for.
    about: Option<(Kind, String)>,
    types: Vec<String>,
    has_no_headers: bool,
    watch: Option<Watch>,
}

/// What a watch has shown.
#[derive(Clone, Debug, Default)]
struct Watch {
    seen: Vec<(String, String)>,
    printer: TablePrinter,
    printed: String,
    has_begun: bool,
}

/// Reads the line.
pub(super) fn parse(call: &Call<'_>) -> Result<Events, Outcome> {
    let arguments = call.arguments()?;
    let mut targets = Targets::parse(&arguments, &[]).map_err(failed)?;
    targets.kinds.push(Kind::Event);
    let about = match arguments.get("for") {
        None => None,
        Some(word) if !word.contains('/') => return Err(failed("--for must be in resource/name form")),
        Some(word) => Some(type_and_name(word).map_err(|message| match message.starts_with("the server") {
            true => Outcome { stdout: String::new(), stderr: format!("{message}\n"), exit: 1 },
            false => failed(message),
        })?),
    };
    let types: Vec<String> = arguments.all("types").map(str::to_owned).collect();
    if types.iter().any(|name| !name.eq_ignore_ascii_case("normal") && !name.eq_ignore_ascii_case("warning")) {
        return Err(failed("valid --types are Normal or Warning"));
    }
    let format = Format::parse(&arguments.output(), call.line).map_err(failed)?;
    let watch = arguments.is_on("watch").then(Watch::default);
    Ok(Events { targets, format, about, types, has_no_headers: arguments.is_on("no-headers"), watch })
}

impl Events {
    pub(super) fn resume(&mut self, view: &ClientView<'_>) -> Turn {
        let mut objects: Vec<Object> = Vec::new();
        let mut report = Report::default();
        for target in self.targets.resolve(view.store) {
            match target {
                Ok(object) if self.shows(&object) => objects.push(object),
                Ok(_) => {}
                Err(error) => report.errors.push(error),
            }
        }
        if self.watch.is_none() {
            go_sort(&mut objects, |one, other| last_seen(one) < last_seen(other));
        }
        let now = view.wall.time(view.now);
        if let Some(watch) = &mut self.watch {
            let version = |object: &Object| {
                let metadata = object.metadata();
                (metadata.name().to_owned(), metadata.resource_version.clone().unwrap_or_default())
            };
            objects.retain(|object| !watch.seen.contains(&version(object)));
            watch.seen.extend(objects.iter().map(version));
            let with_headers = !std::mem::replace(&mut watch.has_begun, true) && !self.has_no_headers;
            let rows = rows(&objects, self.targets.namespace.is_none(), with_headers, &now);
            watch.printed.push_str(&watch.printer.print_rows(&rows));
            return Turn::Wait { until: None };
        }
        if objects.is_empty() && report.errors.is_empty() {
            report.stderr.push_str(&match &self.targets.namespace {
                Some(namespace) => format!("No events found in {namespace} namespace.\n"),
                None => "No events found.\n".to_owned(),
            });
            return Turn::Done(report.end("", ""));
        }
        if self.format.prints_lists() {
            let items: Vec<Value> = objects.iter().map(|object| shown(object, false)).collect();
            let list = json!({"apiVersion": "v1", "items": items, "kind": "EventList", "metadata": {}});
            match self.format.print_json(&list) {
                Ok(text) => report.stdout.push_str(&text),
                Err(message) => report.errors.push(Rejection::Client(message)),
            }
            return Turn::Done(report.end("", ""));
        }
        match self.format.print(&objects, false) {
            Some(Printed::Text(text)) => report.stdout.push_str(&text),
            Some(Printed::Error(message) | Printed::Broken { message, .. }) => report.errors.push(Rejection::Client(message)),
            None => {
                let rows = rows(&objects, self.targets.namespace.is_none(), !self.has_no_headers, &now);
                report.stdout.push_str(&TablePrinter::default().print_rows(&rows));
            }
        }
        Turn::Done(report.end("", ""))
    }

    /// What a watch has printed so far.
    pub(super) fn printed(&self) -> Outcome {
        let stdout = self.watch.as_ref().map(|watch| watch.printed.clone()).unwrap_or_default();
        Outcome { stdout, ..Outcome::default() }
    }

    fn shows(&self, object: &Object) -> bool {
        let Object::Event(event) = object else { return false };
        let is_about = |(kind, name): &(Kind, String)| {
            event.involved_object.kind.as_deref() == Some(kind.name())
                && event.involved_object.name.as_deref() == Some(name.as_str())
        };
        let kind = event.type_.as_deref().unwrap_or_default();
        self.about.as_ref().is_none_or(is_about)
            && (self.types.is_empty() || self.types.iter().any(|name| name.eq_ignore_ascii_case(kind)))
    }
}

/// The rows, the oldest first.
fn rows(objects: &[Object], with_namespace: bool, with_headers: bool, now: &Time) -> Rows {
    let mut rows = Rows::default();
    if with_headers {
        let headers = ["NAMESPACE", "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"];
        rows.push(headers.iter().skip(usize::from(!with_namespace)));
    }
    for object in objects {
        let Object::Event(event) = object else { continue };
        let mut row = crate::describe::event_row(event, now);
        if with_namespace {
            row.insert(0, object.namespace().to_owned());
        }
        rows.push(row.iter());
    }
    rows
}

/// When an event was last seen, in nanoseconds since the Unix epoch.
fn last_seen(object: &Object) -> i128 {
    let Object::Event(event) = object else { return 0 };
    let series = event.series.as_ref().and_then(|series| series.last_observed_time.as_ref()).map(|at| at.0.as_nanosecond());
    let last = event.last_timestamp.as_ref().map(|at| at.0.as_nanosecond());
    series.or(last).or(event.event_time.as_ref().map(|at| at.0.as_nanosecond())).unwrap_or_default()
}
