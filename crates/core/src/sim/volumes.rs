//! The volume controllers at work: changes in, one object after the other out.

use std::sync::Arc;

use podlapse_model::{Object, SimDuration};

use super::event::{Event, Timer};
use super::nodes::CONTROLLERS_UP_AT;
use super::world::World;
use super::{Step, StepId};
use crate::controllers::volumes::{self, RESYNC_PERIOD, VolumeActs, VolumeEvent, VolumeKey, VolumeView};
use crate::events::{EventRecorder, PodEvent, Recorded};
use crate::kernel::next_tick;
use crate::store::Change;
use crate::why::{Fact, Rule, Why};

/// From a change to the write that follows from it.
const SYNC_LATENCY: SimDuration = SimDuration::from_millis(8);

impl World {
    /// Puts into the queue what a change gives reason to look at.
    pub(super) fn wake_volumes(&mut self, change: &Change, cause: Option<StepId>) {
        for key in volumes::concerned(change) {
            self.look_at_volume(key, SYNC_LATENCY, cause);
        }
    }

    fn look_at_volume(&mut self, key: VolumeKey, after: SimDuration, cause: Option<StepId>) {
        let timer = Timer::Volumes(key.clone(), Waits::ForChange);
        if !self.queue.is_armed(&timer) {
            self.arm(timer, self.now + after, Event::Volumes(key), cause);
        }
    }

    /// Looks at a claim or a volume, and does what follows.
    pub(super) fn control_volumes(&mut self, key: VolumeKey, step: &mut Step) {
        let view = VolumeView { store: &self.store };
        let resync = Timer::Volumes(key.clone(), Waits::ForResync);
        let Some((object, acts)) = volumes::sync(&key, view) else {
            self.queue.cancel(&resync);
            return;
        };
        let VolumeActs { requests, events, resync: is_unfinished, then } = acts;
        if !requests.is_empty() || !events.is_empty() {
            step.why.push(Why { rule: Rule::Reconciled, facts: vec![Fact::Word("persistentvolume-controller".into())] });
        }
        for request in requests {
            // A refusal leads to the same look again at the next change or resync.
            let _ = self.request(request, step);
        }
        for event in events {
            self.tell_of_volume(&object, event, step);
        }
        if let Some((next, after)) = then {
            self.look_at_volume(next, after, step.cause);
        }
        if is_unfinished {
            let at = next_tick(self.now + SimDuration::from_nanos(1), CONTROLLERS_UP_AT, RESYNC_PERIOD);
            self.arm(resync, at, Event::Volumes(key), step.cause);
        } else {
            self.queue.cancel(&resync);
        }
    }

    fn tell_of_volume(&mut self, about: &Object, event: VolumeEvent, step: &mut Step) {
        let VolumeEvent { component, event_type, reason, message } = event;
        let recorded = Recorded { about: about.clone(), event: PodEvent::pod(event_type, reason, message), at: self.now };
        let recorder = self.volume_events.entry(component);
        let recorder = recorder.or_insert_with(|| Arc::new(EventRecorder::new(component, None)));
        if let Some(request) = Arc::make_mut(recorder).request(&recorded, self.wall, &self.store) {
            // An Event that cannot be written is lost, as in a real cluster.
            let _ = self.request(request, step);
        }
    }
}

/// For what a look at a volume or claim waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Waits {
    /// For the caches to hold a change.
    ForChange,
    /// For the next resync.
    ForResync,
}
