//! The events at the end of a description. Models `DescribeEvents` and `SortableEvents`.

use podlapse_model::api::core::v1::Event;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;

use super::writer::{Writer, put};
use crate::duration::{age, micro_age};
use crate::sort::go_sort;

/// Writes the events, sorted by when they were last seen; those of the newer API have no such time and come first. Of events of one
/// second, the order is the one that Go's sort leaves.
pub(super) fn events(w: &mut Writer, events: &[&Event], now: &Time) {
    if events.is_empty() {
        put!(w, 0, "Events:\t<none>\n");
        return;
    }
    let mut events = events.to_vec();
    go_sort(&mut events, |one, other| one.last_timestamp < other.last_timestamp);
    put!(w, 0, "Events:\n  Type\tReason\tAge\tFrom\tMessage\n");
    put!(w, 1, "----\t------\t----\t----\t-------\n");
    for event in events {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let source = event.source.as_ref().and_then(|source| source.component.clone()).filter(|component| !component.is_empty());
        let message = text(&event.message);
        let message = match event.involved_object.field_path.as_deref() {
            Some(path) if !path.is_empty() => format!("{path}: {}", message.trim()),
            Some(_) | None => message.trim().to_owned(),
        };
        put!(
            w,
            1,
            "{}\t{}\t{}\t{}\t{message}\n",
            text(&event.type_),
            text(&event.reason),
            interval(event, now),
            source.unwrap_or_else(|| text(&event.reporting_component)),
        );
    }
}

/// How long ago, how often, and over which span.
fn interval(event: &Event, now: &Time) -> String {
    let first = match &event.event_time {
        Some(at) => micro_age(Some(at), now),
        None => age(event.first_timestamp.as_ref(), now),
    };
    match (&event.series, event.count) {
        (Some(series), _) => {
            let last = micro_age(series.last_observed_time.as_ref(), now);
            format!("{last} (x{} over {first})", series.count.unwrap_or_default())
        }
        (None, Some(count)) if count > 1 => format!("{} (x{count} over {first})", age(event.last_timestamp.as_ref(), now)),
        (None, _) => first,
    }
}

/// The cells of `kubectl events`: LAST SEEN, TYPE, REASON, OBJECT, MESSAGE (`pkg/cmd/events/event_printer.go`).
pub(crate) fn event_row(event: &Event, now: &Time) -> Vec<String> {
    let involved = &event.involved_object;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        interval(event, now),
        text(&event.type_),
        text(&event.reason),
        format!("{}/{}", text(&involved.kind), text(&involved.name)),
        text(&event.message).trim().to_owned(),
    ]
}
