//! Objects as lines of a table.
//!
//! Models the columns that kubectl itself adds to those of the API server: `HumanReadablePrinter.PrintObj` and
//! `decorateTable` of `k8s.io/cli-runtime/pkg/printers`.

use podlapse_model::api::core::v1::Event;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Metadata, Object};

use super::{columns, events, format_labels, others, row};
use crate::resources::kind_name;
use crate::table::{Column, Rows, TableOptions, TablePrinter, headers, shown};

/// The columns of an object's kind.
fn columns_of(object: &Object) -> &'static [Column] {
    if let Object::Unmodelled(other) = object {
        return others::columns(other);
    }
    columns(object.kind())
}

/// The headings for objects of this one's kind.
pub fn object_headers(object: &Object, options: &TableOptions) -> Vec<String> {
    let namespace = options.with_namespace.then(|| "NAMESPACE".to_owned());
    let labels = options.label_columns.iter().map(|label| label.rsplit('/').next().unwrap_or_default().to_uppercase());
    let all_labels = options.show_labels.then(|| "LABELS".to_owned());
    namespace.into_iter().chain(headers(columns_of(object), options.wide)).chain(labels).chain(all_labels).collect()
}

/// The cells of an object, one for each of [`object_headers`], at the instant `now`.
pub fn object_line(object: &Object, options: &TableOptions, now: &Time) -> Vec<String> {
    let mut rows = Rows::default();
    push_line(&mut rows, object, options, now);
    rows.into_line()
}

fn push_line(rows: &mut Rows, object: &Object, options: &TableOptions, now: &Time) {
    let metadata = object.metadata();
    if options.with_namespace {
        rows.push_text(metadata.namespace());
    }
    let kind = if options.with_kind { format!("{}/", kind_name(object)) } else { String::new() };
    let cells = match object.typed::<Event>() {
        // There may be very many of them.
        Some(event) => events::row(event, now, options.wide),
        None => row(object, now),
    };
    let columns = columns_of(object);
    // The name of an Event is its last column, and shown to those alone who ask for all.
    let name = columns.iter().filter(|column| options.wide || !column.wide).position(|column| column.name == "Name");
    for (at, cell) in shown(columns, &cells, options.wide).enumerate() {
        rows.push_cell(if name == Some(at) { &kind } else { "" }, cell);
    }
    for label in &options.label_columns {
        rows.push_text(metadata.label(label).unwrap_or("<none>"));
    }
    if options.show_labels {
        rows.push_text(&format_labels(metadata.labels.as_ref()));
    }
    rows.end_row();
}

/// The table of these objects, all of one kind, at the instant `now`.
///
/// ```
/// use podlapse_kubectl::{TableOptions, object_table};
/// use podlapse_model::{Kind, Object};
/// let pod = Object::from_json(Kind::Pod, serde_json::json!({
///     "metadata": {"name": "web"}, "spec": {"containers": [{"name": "app"}]}, "status": {"phase": "Pending"},
/// })).unwrap();
/// let now = serde_json::from_value("2026-01-01T00:00:00Z".into()).unwrap();
/// let text = object_table(&[&pod], &TableOptions { no_headers: true, ..TableOptions::default() }, &now);
/// assert_eq!(text, "web   0/1   Pending   0     <unknown>\n");
/// ```
pub fn object_table(objects: &[&Object], options: &TableOptions, now: &Time) -> String {
    let Some(first) = objects.first() else { return String::new() };
    let mut rows = Rows::default();
    if !options.no_headers {
        rows.push(object_headers(first, options).iter());
    }
    for object in objects {
        push_line(&mut rows, object, options, now);
    }
    TablePrinter::default().print_rows(&rows)
}
