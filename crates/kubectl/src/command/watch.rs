//! `kubectl get --watch`: the objects, and then every change of one.

use podlapse_core::client::{Outcome, Turn};
use podlapse_manifest::Rejection;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Metadata, Object, ObjectKey, SortedMap};

use super::report::Report;
use crate::output::{Format, Printed};
use crate::printers::{object_headers, object_line};
use crate::table::{TableOptions, TablePrinter};

/// A watch in progress.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    format: Format,
    options: TableOptions,
    /// Nothing is printed of what is there at first.
    skips_first: bool,
    /// Each row begins with what happened.
    with_events: bool,
    seen: Option<SortedMap<ObjectKey, Object>>,
    printer: TablePrinter,
    printed: String,
    /// Standard error.
    warnings: String,
}

impl Watch {
    pub(super) fn new(format: Format, options: TableOptions, skips_first: bool, with_events: bool, warnings: String) -> Watch {
        let printer = TablePrinter::default();
        Watch { format, options, skips_first, with_events, seen: None, printer, printed: String::new(), warnings }
    }

    /// What has been printed so far.
    pub(super) fn printed(&self) -> Outcome {
        Outcome { stdout: self.printed.clone(), stderr: self.warnings.clone(), exit: 0 }
    }

    /// Prints what changed since it was last resumed.
    pub(super) fn resume(&mut self, found: Vec<Result<Object, Rejection>>, now: &Time) -> Turn {
        let mut objects = Vec::new();
        let mut report = Report { stderr: self.warnings.clone(), ..Report::default() };
        for result in found {
            match result {
                Ok(object) => objects.push(object),
                Err(error) => report.errors.push(error),
            }
        }
        let Some(seen) = self.seen.take() else {
            if !report.errors.is_empty() {
                return Turn::Done(report.end("", ""));
            }
            if !self.skips_first {
                self.print(objects.iter().map(|object| ("ADDED", object)).collect(), now);
            }
            self.seen = Some(objects.into_iter().map(|object| (object.key(), object)).collect());
            return Turn::Wait { until: None };
        };
        let current: SortedMap<ObjectKey, Object> = objects.into_iter().map(|object| (object.key(), object)).collect();
        let mut changes: Vec<(&'static str, &Object)> = Vec::new();
        for (key, object) in &seen {
            match current.get(key) {
                Some(now) if now.uid() == object.uid() => {}
                Some(_) | None => changes.push(("DELETED", object)),
            }
        }
        let version = |object: &Object| object.metadata().resource_version.as_deref().and_then(|text| text.parse::<u64>().ok());
        let mut fresh: Vec<(&'static str, &Object)> = Vec::new();
        for (key, object) in &current {
            match seen.get(key) {
                Some(before) if before.uid() == object.uid() => {
                    if version(before) != version(object) {
                        fresh.push(("MODIFIED", object));
                    }
                }
                Some(_) | None => fresh.push(("ADDED", object)),
            }
        }
        podlapse_model::sort_by_key(&mut fresh, |(_, object)| version(object));
        changes.extend(fresh);
        self.print(changes, now);
        self.seen = Some(current);
        Turn::Wait { until: None }
    }

    fn print(&mut self, changes: Vec<(&'static str, &Object)>, now: &Time) {
        let Some((_, first)) = changes.first() else { return };
        if self.format.is_table() {
            let mut rows = Vec::new();
            if self.printed.is_empty() && !self.options.no_headers {
                let event = self.with_events.then(|| "EVENT".to_owned());
                rows.push(event.into_iter().chain(object_headers(first, &self.options)).collect::<Vec<_>>());
            }
            for (event, object) in changes {
                let event = self.with_events.then(|| event.to_owned());
                rows.push(event.into_iter().chain(object_line(object, &self.options, now)).collect());
            }
            self.printed.push_str(&self.printer.print(&rows));
            return;
        }
        for (_, object) in changes {
            if self.format.is_yaml() && !self.printed.is_empty() {
                self.printed.push_str("---\n");
            }
            if let Some(Printed::Text(text)) = self.format.print(std::slice::from_ref(object), true) {
                self.printed.push_str(&text);
            }
            self.format.has_no_headers = true;
        }
    }
}
