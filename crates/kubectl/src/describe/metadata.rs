//! Labels, annotations, times and other pieces that several kinds describe alike.

use std::collections::BTreeMap;

use podlapse_model::Metadata;
use podlapse_model::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};

use super::writer::{Writer, put};

/// From this many bytes on, an annotation has lines of its own.
const MAX_ANNOTATION: usize = 140;

/// The annotation of `kubectl apply`, which is not shown.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// `printLabelsMultiline`.
pub(super) fn labels(w: &mut Writer, title: &str, labels: Option<&BTreeMap<String, String>>) {
    put!(w, 0, "{title}:\t");
    let mut is_first = true;
    for (key, value) in labels.into_iter().flatten() {
        next_line(w, &mut is_first);
        put!(w, 0, "{key}={value}\n");
    }
    if is_first {
        put!(w, 0, "<none>\n");
    }
}

/// `printAnnotationsMultiline`.
pub(super) fn annotations(w: &mut Writer, title: &str, annotations: Option<&BTreeMap<String, String>>) {
    put!(w, 0, "{title}:\t");
    let mut is_first = true;
    for (key, value) in annotations.into_iter().flatten().filter(|(key, _)| *key != LAST_APPLIED) {
        next_line(w, &mut is_first);
        let value = value.strip_suffix('\n').unwrap_or(value);
        if value.len() + key.len() + 2 > MAX_ANNOTATION || value.contains('\n') {
            put!(w, 0, "{key}:\n");
            for line in value.split('\n') {
                put!(w, 0, "\t  {}\n", shorten(line, MAX_ANNOTATION - 2));
            }
        } else {
            put!(w, 0, "{key}: {value}\n");
        }
    }
    if is_first {
        put!(w, 0, "<none>\n");
    }
}

/// Begins another line of a list whose first stands beside its title.
pub(super) fn next_line(w: &mut Writer, is_first: &mut bool) {
    if !std::mem::take(is_first) {
        put!(w, 0, "");
        put!(w, 0, "\t");
    }
}

/// `Name`, `Namespace` where there is one, and nothing more.
pub(super) fn name(w: &mut Writer, metadata: &ObjectMeta) {
    put!(w, 0, "Name:\t{}\n", metadata.name());
    if let Some(namespace) = &metadata.namespace {
        put!(w, 0, "Namespace:\t{namespace}\n");
    }
}

/// The headings of a table, and the line below them.
pub(super) fn head(w: &mut Writer, level: usize, headings: &str) {
    put!(w, level, "{headings}\n");
    let line: String = headings.chars().map(|character| if character == '\t' { character } else { '-' }).collect();
    put!(w, level, "{line}\n");
}

/// The labels and annotations of an object.
pub(super) fn labels_and_annotations(w: &mut Writer, metadata: &ObjectMeta) {
    labels(w, "Labels", metadata.labels.as_ref());
    annotations(w, "Annotations", metadata.annotations.as_ref());
}

/// A number of a field that may be unset.
pub(super) fn or_unset(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "<unset>".to_owned(), |value| value.to_string())
}

fn shorten(line: &str, max: usize) -> String {
    if line.len() <= max { line.to_owned() } else { format!("{}...", &line[..line.floor_char_boundary(max)]) }
}

/// A time as RFC 1123 writes it; Go's zero time for none.
pub(super) fn rfc1123(time: Option<&Time>) -> String {
    time.map_or_else(|| "Mon, 01 Jan 0001 00:00:00 +0000".to_owned(), |time| podlapse_model::rfc1123(time.0))
}

/// `printController`: the object that manages this one.
pub(super) fn controller(metadata: &ObjectMeta) -> Option<String> {
    let owner = metadata.owner_references.iter().flatten().find(|owner| owner.controller == Some(true))?;
    Some(format!("{}/{}", owner.kind, owner.name))
}

/// `True` or `False`, as kubectl writes them.
pub(super) fn capital(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}
