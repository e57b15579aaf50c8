//! The events of a run as a list.

use podlapse_core::store::Change;
use podlapse_model::{Kind, Object, ObjectKey, SimTime};
use serde::Serialize;

/// One appearance of an event: its first, or one more of its count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventRow {
    /// When the API server stored it.
    #[serde(serialize_with = "crate::time::seconds")]
    pub at: SimTime,
    /// The index of its moment.
    pub moment: usize,
    /// Whether its type is Warning.
    pub is_warning: bool,
    /// Its reason.
    pub reason: String,
    /// Its message.
    pub message: String,
    /// How often it was seen so far; 0 where the reporter does not count.
    pub count: i32,
    /// Who reports it.
    pub source: String,
    /// `kind/name` of what it is about.
    pub about: String,
    /// The Pod or other object it is about.
    #[serde(skip)]
    pub key: ObjectKey,
    /// The container it is about.
    pub container: Option<String>,
}

/// The row of a change to an event.
pub(crate) fn event_row(moment: usize, change: &Change) -> Option<EventRow> {
    let Some(Object::Event(event)) = &change.after else { return None };
    let about = &event.involved_object;
    let kind = about.kind.as_deref().unwrap_or_default();
    let name = about.name.as_deref().unwrap_or_default();
    let namespace = about.namespace.as_deref().unwrap_or_default();
    let known = Kind::MODELLED.iter().copied().find(|known| known.name() == kind).unwrap_or(Kind::Unmodelled);
    let source = event.reporting_component.as_deref().filter(|source| !source.is_empty());
    let source = source.or(event.source.as_ref().and_then(|source| source.component.as_deref())).unwrap_or_default();
    Some(EventRow {
        at: change.at,
        moment,
        is_warning: event.type_.as_deref() == Some("Warning"),
        reason: event.reason.clone().unwrap_or_default(),
        message: event.message.clone().unwrap_or_default(),
        count: event.series.as_ref().and_then(|series| series.count).or(event.count).unwrap_or(0),
        source: source.to_owned(),
        about: format!("{}/{name}", kind.to_lowercase()),
        key: ObjectKey::new(known, if known.is_namespaced() { namespace } else { "" }, name),
        container: about.field_path.as_deref().and_then(container_of),
    })
}

/// The container in a field path such as `spec.containers{app}`.
fn container_of(path: &str) -> Option<String> {
    let (_, rest) = path.split_once('{')?;
    rest.strip_suffix('}').map(str::to_owned)
}
