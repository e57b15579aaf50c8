//! The row of an Event. Models `printEvent`.

use podlapse_model::api::core::v1::Event;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Kind, Metadata};

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

/// The cells; without `wide`, when it was first seen stays empty unless it says when it was last seen too.
pub(super) fn row<'a>(event: &'a Event, now: &Time, wide: bool) -> Vec<Cell<'a>> {
    let first_seen = || match &event.first_timestamp {
        Some(_) => age(event.first_timestamp.as_ref(), now),
        None => micro_age(event.event_time.as_ref(), now),
    };
    let last_seen = match (&event.series, &event.last_timestamp) {
        (Some(series), _) => micro_age(series.last_observed_time.as_ref(), now),
        (None, Some(_)) => age(event.last_timestamp.as_ref(), now),
        (None, None) => first_seen(),
    };
    let first_seen = if wide { first_seen() } else { String::new() };
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
        lent(event.name()),
    ]
}

/// What it is about; the kinds that are known have their words already.
fn target(event: &Event) -> Cell<'_> {
    let involved = &event.involved_object;
    let kind = involved.kind.as_deref().unwrap_or_default();
    let name = involved.name.as_deref().unwrap_or_default();
    let slash = if name.is_empty() { "" } else { "/" };
    match Kind::find(involved.api_version.as_deref().unwrap_or_default(), kind) {
        Some(known) => Cell::Joined([known.singular(), slash, name]),
        None => Cell::from(kind.to_lowercase() + slash + name),
    }
}

fn first<'a>(one: Option<&'a String>, other: Option<&'a String>) -> &'a str {
    one.filter(|one| !one.is_empty()).or(other).map_or("", String::as_str)
}

/// `formatEventSource`: who reported it, and from where.
fn source(event: &Event) -> Cell<'_> {
    let source = event.source.as_ref();
    let component = first(source.and_then(|source| source.component.as_ref()), event.reporting_component.as_ref());
    let instance = first(source.and_then(|source| source.host.as_ref()), event.reporting_instance.as_ref());
    Cell::Joined([component, if instance.is_empty() { "" } else { ", " }, instance])
}
