//! What becomes of an event before it reaches the API: a new object, a higher count of an earlier one, or nothing.
//!
//! Models `k8s.io/client-go/tools/record` `EventCorrelator` with default options (v1.36): the aggregator of similar events, the log of
//! what was sent, and the spam filter. Where Kubernetes drops a random one of ten differing messages from its memory, the first in
//! order is dropped here. Each component has a recorder of its own, so the source is not part of the keys.

use podlapse_model::SortedSet;
use std::sync::Arc;

use podlapse_model::{ObjectKey, SimDuration, SimTime, Uid};

use super::EventType;
use super::lru::Lru;
use crate::kernel::WallClock;

/// From so many differing messages on, similar events are one.
const MAX_SIMILAR: usize = 10;
/// How long events are remembered as similar after the last one.
const SIMILAR_FOR: SimDuration = SimDuration::from_secs(600);
/// How many events of a type an object may have at once.
const SPAM_BURST: f64 = 25.0;
/// How many it may have for each second after that: one in 300 s, a 32-bit float in Kubernetes.
const SPAM_RATE: f32 = 1.0 / 300.0;
const MEMORY: usize = 4096;

/// Something that is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The object it is about.
    pub object: ObjectKey,
    /// The object's uid.
    pub uid: Uid,
    /// The part of the object, as in `spec.containers{app}`.
    pub field_path: Option<Arc<str>>,
    /// Whether it is bad news.
    pub event_type: EventType,
    /// The word for it.
    pub reason: Arc<str>,
    /// The sentence.
    pub message: Arc<str>,
}

/// What is written to the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// `metadata.name` of the Event.
    pub name: Arc<str>,
    /// How often it happened.
    pub count: u32,
    /// When it first happened.
    pub first: SimTime,
    /// When it last happened.
    pub last: SimTime,
    /// The sentence, which tells that it stands for similar ones where it does.
    pub message: Arc<str>,
    /// Whether the Event exists and is changed; else it is created.
    pub is_patch: bool,
    /// Whether it stands for events with differing messages.
    pub is_aggregate: bool,
}

/// What becomes of an occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is written.
    Write(Observed),
    /// The object has had too many events; it is counted and not written.
    Dropped(Observed),
}

/// The memory of one recorder.
#[derive(Clone, Debug)]
pub struct Correlator {
    similar: Lru<SimilarKey, Similar>,
    sent: Lru<SentKey, Sent>,
    buckets: Lru<SpamKey, Bucket>,
}

type SpamKey = (ObjectKey, Uid, EventType);
type SimilarKey = (ObjectKey, Uid, EventType, Arc<str>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SentKey {
    Single {
        object: ObjectKey,
        uid: Uid,
        field_path: Option<Arc<str>>,
        event_type: EventType,
        reason: Arc<str>,
        message: Arc<str>,
    },
    Aggregate(SimilarKey),
}

#[derive(Clone, Debug)]
struct Similar {
    messages: SortedSet<Arc<str>>,
    last: SimTime,
}

#[derive(Clone, Debug)]
struct Sent {
    count: u32,
    first: SimTime,
    name: Arc<str>,
}

/// A token bucket. Kubernetes counts the tokens in 64-bit floats.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    last: SimTime,
}

impl Default for Correlator {
    fn default() -> Self {
        Correlator { similar: Lru::new(MEMORY), sent: Lru::new(MEMORY), buckets: Lru::new(MEMORY) }
    }
}

impl Correlator {
    /// What becomes of `event`, which happens at `now`.
    pub fn correlate(&mut self, event: &Occurrence, clock: WallClock, now: SimTime) -> Verdict {
        let (key, is_aggregate) = self.aggregate(event, now);
        let message = if is_aggregate {
            format!("(combined from similar events): {}", event.message).into()
        } else {
            event.message.clone()
        };
        let earlier = self.sent.get(&key).cloned();
        let observed = Observed {
            name: earlier.as_ref().map_or_else(|| name(event, clock, now), |earlier| earlier.name.clone()),
            count: earlier.as_ref().map_or(0, |earlier| earlier.count).saturating_add(1),
            first: earlier.as_ref().map_or(now, |earlier| earlier.first),
            last: now,
            message,
            is_patch: earlier.is_some(),
            is_aggregate,
        };
        self.sent.insert(key, Sent { count: observed.count, first: observed.first, name: observed.name.clone() });
        if self.takes_token(event, now) { Verdict::Write(observed) } else { Verdict::Dropped(observed) }
    }

    /// The key under which the event is counted, and whether similar ones are counted with it.
    fn aggregate(&mut self, event: &Occurrence, now: SimTime) -> (SentKey, bool) {
        let key = (event.object.clone(), event.uid.clone(), event.event_type, event.reason.clone());
        let known = self.similar.get(&key).filter(|similar| now.since(similar.last) <= SIMILAR_FOR);
        let mut messages = known.map_or_else(SortedSet::new, |similar| similar.messages.clone());
        messages.insert(event.message.clone());
        let is_aggregate = MAX_SIMILAR <= messages.len();
        if is_aggregate {
            messages.pop_first();
        }
        self.similar.insert(key.clone(), Similar { messages, last: now });
        if is_aggregate {
            return (SentKey::Aggregate(key), true);
        }
        let single = SentKey::Single {
            object: event.object.clone(),
            uid: event.uid.clone(),
            field_path: event.field_path.clone(),
            event_type: event.event_type,
            reason: event.reason.clone(),
            message: event.message.clone(),
        };
        (single, false)
    }

    fn takes_token(&mut self, event: &Occurrence, now: SimTime) -> bool {
        let key = (event.object.clone(), event.uid.clone(), event.event_type);
        let mut bucket = self.buckets.get(&key).copied().unwrap_or(Bucket { tokens: SPAM_BURST, last: now });
        let allowed = bucket.take(now);
        self.buckets.insert(key, bucket);
        allowed
    }
}

impl Bucket {
    fn take(&mut self, now: SimTime) -> bool {
        let rate = f64::from(SPAM_RATE);
        let tokens = (self.tokens + now.since(self.last).as_secs_f64() * rate).min(SPAM_BURST) - 1.0;
        // A debt of less than a nanosecond of waiting is none.
        let wait_ns = if tokens < 0.0 { (-tokens / rate * 1e9) as u64 } else { 0 };
        let allowed = wait_ns == 0;
        if allowed {
            *self = Bucket { tokens, last: now };
        }
        allowed
    }
}

/// The name of a new Event: the object's name and the time in hexadecimal nanoseconds.
fn name(event: &Occurrence, clock: WallClock, now: SimTime) -> Arc<str> {
    format!("{}.{:x}", event.object.name, clock.unix_ns(now)).into()
}
