//! The event queue: a total order and timers that can be re-armed and cancelled.

use std::collections::BTreeMap;

use podlapse_model::SimTime;

use super::{EventKey, Lane};

/// Events to come. `T` names timers: arming one that is armed replaces it.
///
/// ```
/// use podlapse_core::kernel::{Lane, Queue};
/// use podlapse_model::{SimDuration, SimTime};
/// let mut queue: Queue<&str, u8> = Queue::default();
/// let at = |s| SimTime::ZERO + SimDuration::from_secs(s);
/// queue.arm(7, at(5), Lane::Kubelet, "old");
/// queue.arm(7, at(3), Lane::Kubelet, "new");
/// queue.push(at(1), Lane::Client, "first");
/// assert_eq!(queue.pop_first().map(|(_, event)| event), Some("first"));
/// assert_eq!(queue.pop_first().map(|(_, event)| event), Some("new"));
/// assert!(queue.pop_first().is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Queue<E, T> {
    events: BTreeMap<EventKey, (E, Option<T>)>,
    timers: BTreeMap<T, EventKey>,
    next_seq: u64,
}

impl<E, T> Default for Queue<E, T> {
    fn default() -> Self {
        Queue { events: BTreeMap::new(), timers: BTreeMap::new(), next_seq: 0 }
    }
}

impl<E, T: Ord + Clone> Queue<E, T> {
    /// Adds an event that cannot be taken back.
    pub fn push(&mut self, at: SimTime, lane: Lane, event: E) -> EventKey {
        let key = self.next_key(at, lane);
        self.events.insert(key, (event, None));
        key
    }

    /// Adds an event under a timer's name; what was armed under it is forgotten.
    pub fn arm(&mut self, timer: T, at: SimTime, lane: Lane, event: E) -> EventKey {
        self.cancel(&timer);
        let key = self.next_key(at, lane);
        self.events.insert(key, (event, Some(timer.clone())));
        self.timers.insert(timer, key);
        key
    }

    /// Whether a timer is armed.
    pub fn is_armed(&self, timer: &T) -> bool {
        self.timers.contains_key(timer)
    }

    /// When a timer's event comes, if it is armed.
    pub fn armed_at(&self, timer: &T) -> Option<SimTime> {
        self.timers.get(timer).map(|key| key.at)
    }

    /// Takes a timer's event back; `false` if none was armed.
    pub fn cancel(&mut self, timer: &T) -> bool {
        match self.timers.remove(timer) {
            Some(key) => self.events.remove(&key).is_some(),
            None => false,
        }
    }

    /// Takes back the events of all timers that `is_meant` names.
    pub fn cancel_all(&mut self, is_meant: impl Fn(&T) -> bool) {
        let meant: Vec<T> = self.timers.keys().filter(|timer| is_meant(timer)).cloned().collect();
        for timer in meant {
            self.cancel(&timer);
        }
    }

    /// Takes the next event out. This is the only place where time moves.
    pub fn pop_first(&mut self) -> Option<(EventKey, E)> {
        let (key, (event, timer)) = self.events.pop_first()?;
        if let Some(timer) = timer {
            self.timers.remove(&timer);
        }
        Some((key, event))
    }

    /// An event that waits.
    pub fn get_mut(&mut self, key: &EventKey) -> Option<&mut E> {
        self.events.get_mut(key).map(|(event, _)| event)
    }

    /// When the next event is due.
    pub fn next_at(&self) -> Option<SimTime> {
        self.events.first_key_value().map(|(key, _)| key.at)
    }

    /// How many events wait.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether nothing will ever happen again.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    fn next_key(&mut self, at: SimTime, lane: Lane) -> EventKey {
        self.next_seq += 1;
        EventKey { at, lane, seq: self.next_seq }
    }
}
