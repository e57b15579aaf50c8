//! The row of an Event. Models `printEvent`.

use podlapse_model::api::core::v1::Event;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;

use super::{cells, shown, wide};
use crate::duration::{age, micro_age};
use crate::table::{Cell, Column, lent};

pub(super) const COLUMNS: &[Column] = &[
    shown("Last Seen"),
    shown("Type"),
    shown("Reason"),
    shown("Object"),
    wide("Subobject"),
    wide("Source"),
    shown("Message"),
    wide("First Seen"),
    wide("Count"),
    wide("Name"),
];

pub(super) fn row<'a>(event: &'a Event, now: &Time) -> Vec<Cell<'a>> {
    let first_seen = match &event.first_timestamp {
        Some(_) => age(event.first_timestamp.as_ref(), now),
        None => micro_age(event.event_time.as_ref(), now),
    };
    let last_seen = match (&event.series, &event.last_timestamp) {
        (Some(series), _) => micro_age(series.last_observed_time.as_ref(), now),
        (None, Some(_)) => age(event.last_timestamp.as_ref(), now),
        (None, None) => first_seen.clone(),
    };
    let count = match (&event.series, event.count) {
        (Some(series), _) => series.count.unwrap_or_default(),
        (None, None | Some(0)) => 1,
        (None, Some(count)) => count,
    };
    cells![
        last_seen,
        lent(event.type_.as_deref().unwrap_or_default()),
        lent(event.reason.as_deref().unwrap_or_default()),
        target(event),
        lent(event.involved_object.field_path.as_deref().unwrap_or_default()),
        source(event),
        lent(event.message.as_deref().unwrap_or_default().trim()),
        first_seen,
        count,
        lent(event.metadata.name.as_deref().unwrap_or_default()),
    ]
}

fn target(event: &Event) -> String {
    let kind = event.involved_object.kind.as_deref().unwrap_or_default().to_lowercase();
    match event.involved_object.name.as_deref() {
        Some(name) if !name.is_empty() => format!("{kind}/{name}"),
        Some(_) | None => kind,
    }
}

/// `formatEventSource`: who reported it, and from where.
fn source(event: &Event) -> String {
    let source = event.source.as_ref();
    let first = |a: Option<&String>, b: Option<&String>| a.filter(|a| !a.is_empty()).or(b).cloned().unwrap_or_default();
    let component = first(source.and_then(|source| source.component.as_ref()), event.reporting_component.as_ref());
    let instance = first(source.and_then(|source| source.host.as_ref()), event.reporting_instance.as_ref());
    if instance.is_empty() { component } else { format!("{component}, {instance}") }
}
