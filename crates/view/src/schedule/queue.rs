//! The scheduler's queue at a moment: who is to be tried, who backs off and until when, who waits for what.

use podlapse_model::SortedMap;

use podlapse_core::scheduler::{Place, Plugin, PodKey, QueueMove};
use podlapse_model::{Object, ObjectKey, SimTime};
use serde::Serialize;

use crate::RunView;

/// A Pod in the queue.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueRow {
    /// The Pod.
    #[serde(skip)]
    pub pod: ObjectKey,
    /// `namespace/name`.
    pub name: String,
    /// Its priority.
    pub priority: i32,
    /// Where it waits.
    pub place: QueuePlace,
    /// Since when it is there.
    #[serde(serialize_with = "crate::time::seconds")]
    pub since: SimTime,
    /// What brought it there, as kube-scheduler calls it: `AssignedPodDelete`, `ScheduleAttemptFailure`.
    pub event: String,
    /// How often it was tried.
    pub attempts: u32,
    /// The plugins that rejected it last.
    pub plugins: Vec<&'static str>,
    /// The changes after which it is looked at again, each once. They are those that the plugins wait for.
    pub waits_for: Vec<&'static str>,
}

/// Where a Pod waits. The declared order is that in which a face lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum QueuePlace {
    /// To be tried, in the order of priority and then of waiting.
    Active,
    /// Until its back-off ends; earlier if there is nothing else to try.
    Backoff {
        /// When that is.
        #[serde(serialize_with = "crate::time::seconds")]
        until: SimTime,
        /// Whether the last attempt was an error, so that it waits to the end in any case.
        is_error: bool,
    },
    /// Until something changes that may help, or for five minutes.
    Unschedulable {
        /// When it is tried without any change.
        #[serde(serialize_with = "crate::time::seconds")]
        until: SimTime,
    },
    /// Until its scheduling gates are gone.
    Gated,
}

impl QueuePlace {
    fn of(place: &Place, since: SimTime) -> Option<QueuePlace> {
        match place {
            Place::Active => Some(QueuePlace::Active),
            Place::Backoff(until) => Some(QueuePlace::Backoff { until: *until, is_error: false }),
            Place::ErrorBackoff(until) => Some(QueuePlace::Backoff { until: *until, is_error: true }),
            Place::Unschedulable => {
                let until = since + podlapse_core::scheduler::MAX_UNSCHEDULABLE;
                Some(QueuePlace::Unschedulable { until })
            }
            Place::Gated => Some(QueuePlace::Gated),
            Place::InFlight => None,
        }
    }
}

impl RunView {
    /// The scheduler's queue after a moment: first those to be tried, in their order, then those that back off, by when that ends,
    /// then the rest.
    pub fn scheduling_queue(&self, moment: usize) -> Vec<QueueRow> {
        let mut last: SortedMap<&PodKey, (SimTime, &QueueMove)> = SortedMap::new();
        for moment in self.history().moments.iter().take(moment.saturating_add(1)) {
            for step in &moment.queue {
                last.insert(&step.pod, (moment.at, step));
            }
        }
        let row = |(key, (at, step)): (&PodKey, (SimTime, &QueueMove))| self.queue_row(key, at, step, moment);
        let mut rows: Vec<QueueRow> = last.into_iter().filter_map(row).collect();
        podlapse_model::sort_by(&mut rows, |one, other| {
            let order = |row: &QueueRow| (row.place, std::cmp::Reverse(row.priority), row.since);
            order(one).cmp(&order(other))
        });
        rows
    }

    fn queue_row(&self, key: &PodKey, since: SimTime, step: &QueueMove, moment: usize) -> Option<QueueRow> {
        let place = QueuePlace::of(step.place.as_ref()?, since)?;
        let pod = key.object_key();
        let priority = match self.object(&pod, moment) {
            Some(Object::Pod(pod)) => pod.spec.as_ref().and_then(|spec| spec.priority).unwrap_or_default(),
            Some(_) | None => 0,
        };
        let mut waits_for: Vec<&'static str> = step.rejectors.iter().flat_map(|plugin| plugin.waits_for()).copied().collect();
        if place == QueuePlace::Gated {
            waits_for.extend(Plugin::SchedulingGates.waits_for());
        }
        podlapse_model::sort(&mut waits_for);
        waits_for.dedup();
        Some(QueueRow {
            name: key.to_string(),
            pod,
            priority,
            place,
            since,
            event: step.event.to_string(),
            attempts: step.attempts,
            plugins: step.rejectors.iter().map(|plugin| plugin.name()).collect(),
            waits_for,
        })
    }
}
