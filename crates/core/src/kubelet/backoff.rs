//! Exponential back-off of items by key.
//!
//! Models `k8s.io/client-go/util/flowcontrol` `Backoff` without jitter (v1.36), as the kubelet uses it for containers and images.

use podlapse_model::SortedMap;
use std::sync::Arc;

use podlapse_model::{SimDuration, SimTime};

/// The delays of all items of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backoff {
    initial: SimDuration,
    max: SimDuration,
    expires_after: SimDuration,
    entries: SortedMap<Arc<str>, Entry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    delay: SimDuration,
    last_update: SimTime,
}

impl Backoff {
    /// Delays that start at `initial`, double up to `max`, and start afresh for an event more than `expires_after` after the last
    /// step.
    pub fn new(initial: SimDuration, max: SimDuration, expires_after: SimDuration) -> Self {
        Backoff { initial: if max < initial { max } else { initial }, max, expires_after, entries: SortedMap::new() }
    }

    /// The back-off of containers that ended: 10 s to 300 s, forgotten for an exit more than 600 s after the last restart.
    pub fn crash_loop() -> Self {
        Backoff::new(SimDuration::from_secs(10), SimDuration::from_secs(300), SimDuration::from_secs(600))
    }

    /// The back-off of image pulls: 10 s to 300 s, forgotten 600 s (twice the longest delay) after the last failure.
    pub fn image_pull() -> Self {
        Backoff::new(SimDuration::from_secs(10), SimDuration::from_secs(300), SimDuration::from_secs(600))
    }

    /// The longest delay.
    pub fn max(&self) -> SimDuration {
        self.max
    }

    /// The delay of `key` now; zero if it has none.
    pub fn get(&self, key: &str) -> SimDuration {
        self.entries.get(key).map_or(SimDuration::ZERO, |entry| entry.delay)
    }

    /// When the delay of `key` began and when it ends, counted from its last step.
    pub fn wait(&self, key: &str) -> Option<(SimTime, SimTime)> {
        self.entries.get(key).map(|entry| (entry.last_update, entry.last_update + entry.delay))
    }

    /// Lengthens the delay of `key`, or starts it afresh if `event` came long after the last step.
    pub fn next(&mut self, key: &str, event: SimTime, now: SimTime) {
        let delay = match self.entries.get(key) {
            Some(entry) if !self.has_expired(event, *entry) => entry.delay.times(2).min(self.max),
            Some(_) | None => self.initial,
        };
        self.entries.insert(key.into(), Entry { delay, last_update: now });
    }

    /// Takes over a delay that was set at another time: it is the one of `step` steps, or as long as was told.
    pub fn resume(&mut self, key: &str, step: u32, told: Option<SimDuration>, last_update: SimTime) {
        let stepped = (1..step.min(16)).fold(self.initial, |delay, _| delay.times(2).min(self.max));
        self.entries.insert(key.into(), Entry { delay: told.unwrap_or(stepped), last_update });
    }

    /// Whether at `now` the delay of `key`, counted from `event`, has not passed.
    pub fn is_in_backoff_since(&self, key: &str, event: SimTime, now: SimTime) -> bool {
        self.entries.get(key).is_some_and(|entry| !self.has_expired(event, *entry) && is_within(event, entry.delay, now))
    }

    /// Whether at `event` the delay of `key`, counted from its last step, has not passed.
    pub fn is_in_backoff_since_update(&self, key: &str, event: SimTime) -> bool {
        self.entries
            .get(key)
            .is_some_and(|entry| !self.has_expired(event, *entry) && is_within(entry.last_update, entry.delay, event))
    }

    /// Forgets the delay of `key`.
    pub fn reset(&mut self, key: &str) {
        self.entries.remove(key);
    }

    /// Forgets what has expired.
    pub fn collect_garbage(&mut self, now: SimTime) {
        let expires_after = self.expires_after;
        self.entries.retain(|_, entry| now.since(entry.last_update) <= expires_after);
    }

    fn has_expired(&self, event: SimTime, entry: Entry) -> bool {
        self.expires_after < event.since(entry.last_update)
    }
}

/// Whether less than `delay` lies between `from` and `to`; a `from` after `to` counts as less.
fn is_within(from: SimTime, delay: SimDuration, to: SimTime) -> bool {
    to < from || to.since(from) < delay
}
