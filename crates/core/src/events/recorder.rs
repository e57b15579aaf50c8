//! Turns what components tell into Event objects.
//!
//! Models `k8s.io/client-go/tools/record` `recordToSink` and `makeEvent`, and for components on the newer API
//! `k8s.io/client-go/tools/events` `makeEvent` (v1.36): an event that was seen before raises the count of its object.

use std::sync::Arc;

use podlapse_model::api::core::v1::{Event, EventSource, ObjectReference};
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::{Kind, Metadata, Object, ObjectKey, SimDuration, SimTime, SortedMap};

use super::{Correlator, Occurrence, PodEvent, Verdict};
use crate::kernel::WallClock;
use crate::store::{Request, Store};

/// An event that waits to be written.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// About what.
    pub about: Object,
    /// What is told.
    pub event: PodEvent,
    /// When it was told.
    pub at: SimTime,
}

/// The recorder of one component.
#[derive(Clone, Debug)]
pub struct EventRecorder {
    component: Arc<str>,
    host: Option<Arc<str>>,
    correlator: Correlator,
    last_name: SimTime,
    /// Events of the newer API by reason, object and its revision, with the time of their last occurrence.
    series: SortedMap<String, (SimTime, Event)>,
}

/// An event that was not seen for so long is over; what comes then is another one (`finishTime`).
const FINISH_TIME: SimDuration = SimDuration::from_secs(360);
/// With more series than this those that are over are forgotten.
const MANY_SERIES: usize = 256;

impl EventRecorder {
    /// The recorder of a component, which runs on a node or nowhere in particular.
    pub fn new(component: &str, host: Option<&str>) -> Self {
        let last_name = SimTime::from_nanos(i64::MIN);
        let correlator = Correlator::default();
        EventRecorder { component: component.into(), host: host.map(Arc::from), correlator, last_name, series: SortedMap::new() }
    }

    /// The request that writes an event; `None` if it is one too many.
    pub fn request(&mut self, recorded: &Recorded, wall: WallClock, store: &Store) -> Option<Request> {
        let at = self.unique(recorded.at);
        let metadata = recorded.about.metadata();
        let (namespace, name) = (metadata.namespace.as_deref(), metadata.name.as_deref());
        let occurrence = Occurrence {
            object: ObjectKey::new(recorded.about.kind(), namespace.unwrap_or_default(), name.unwrap_or_default()),
            uid: recorded.about.uid(),
            field_path: recorded.event.field_path.clone(),
            event_type: recorded.event.event_type,
            reason: recorded.event.reason.as_ref().into(),
            message: recorded.event.message.as_str().into(),
        };
        let observed = match self.correlator.correlate(&occurrence, wall, at) {
            Verdict::Write(observed) => observed,
            Verdict::Dropped(_) => return None,
        };
        let mut event = self.event(recorded, &observed.name);
        event.message = Some(observed.message.to_string());
        event.count = Some(i32::try_from(observed.count).unwrap_or(i32::MAX));
        event.first_timestamp = Some(wall.time(observed.first));
        event.last_timestamp = Some(wall.time(observed.last));
        event.source = Some(EventSource {
            component: Some(self.component.to_string()),
            host: self.host.as_ref().map(|host| host.to_string()),
        });
        let key = ObjectKey::new(Kind::Event, event.namespace(), &observed.name);
        match store.get(&key) {
            Some(Object::Event(_)) if observed.is_patch => Some(Request::Update(event.into())),
            Some(_) | None => Some(Request::Create(event.into())),
        }
    }

    /// The request that writes an event of the `events.k8s.io` API, whose objects have a time and no count. The second one about the
    /// same revision of an object makes a series of the first; those that follow are only counted.
    pub fn new_style(&mut self, recorded: &Recorded, wall: WallClock, action: &str) -> Option<Request> {
        let metadata = recorded.about.metadata();
        let (uid, revision) = (metadata.uid.as_deref(), metadata.resource_version.as_deref());
        let key = format!("{} {} {}", recorded.event.reason, uid.unwrap_or_default(), revision.unwrap_or_default());
        let is_over = |last: SimTime| FINISH_TIME < recorded.at.since(last);
        if let Some((last, event)) = self.series.get_mut(&key).filter(|(last, _)| !is_over(*last)) {
            *last = recorded.at;
            let is_first = event.series.is_none();
            let series = event.series.get_or_insert_default();
            series.count = Some(series.count.unwrap_or(1).saturating_add(1));
            series.last_observed_time = Some(wall.micro_time(recorded.at));
            return is_first.then(|| Request::Update(event.clone().into()));
        }
        let at = self.unique(recorded.at);
        let name = format!("{}.{:x}", recorded.about.key().name, wall.unix_ns(at));
        let mut event = self.event(recorded, &name);
        event.event_time = Some(wall.micro_time(at));
        event.action = Some(action.to_owned());
        event.message = Some(recorded.event.message.clone());
        if MANY_SERIES < self.series.len() {
            self.series.retain(|_, (last, _)| !is_over(*last));
        }
        self.series.insert(key, (recorded.at, event.clone()));
        Some(Request::Create(event.into()))
    }

    /// An Event is named after its time, so two of one instant are a nanosecond apart, as a real clock would have it.
    fn unique(&mut self, at: SimTime) -> SimTime {
        self.last_name = at.max(self.last_name + SimDuration::from_nanos(1));
        self.last_name
    }

    fn event(&self, recorded: &Recorded, name: &str) -> Event {
        let (kind, metadata) = (recorded.about.kind(), recorded.about.metadata());
        let (api_version, kind) = if let Object::Unmodelled(other) = &recorded.about {
            (other.api_version.as_str(), other.kind.as_str())
        } else {
            (kind.api_version(), kind.name())
        };
        // Events about what has no namespace live in the default one.
        let namespace = metadata.namespace.clone().unwrap_or_else(|| "default".to_owned());
        Event {
            metadata: ObjectMeta { name: Some(name.to_owned()), namespace: Some(namespace), ..ObjectMeta::default() },
            involved_object: ObjectReference {
                api_version: Some(api_version.to_owned()),
                kind: Some(kind.to_owned()),
                name: metadata.name.clone(),
                namespace: metadata.namespace.clone(),
                uid: metadata.uid.clone(),
                field_path: recorded.event.field_path.as_ref().map(|path| path.to_string()),
                ..ObjectReference::default()
            },
            type_: Some(recorded.event.event_type.as_str().to_owned()),
            reason: Some(recorded.event.reason.to_string()),
            reporting_component: Some(self.component.to_string()),
            reporting_instance: self.host.as_ref().map(|host| host.to_string()),
            ..Event::default()
        }
    }
}
