//! What a view reads of a run: the moments in which something happened, in order.

use podlapse_core::scheduler::QueueMove;
use podlapse_core::store::Change;
use podlapse_core::why::Why;
use podlapse_core::{Decided, LogRecord, Simulation, Step};
use podlapse_model::{Kind, ObjectKey, SimDuration, SimTime};

use crate::ActionMark;
use crate::marks::actions;

/// A run as views read it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The wall clock at t = 0, in nanoseconds since the Unix epoch.
    pub start_time_unix_ns: i128,
    /// How long the run lasted.
    pub end: SimTime,
    /// What happened, in order.
    pub moments: Vec<Moment>,
    /// What containers wrote, in order.
    pub logs: Vec<LogRecord>,
    /// What a user did, in order.
    pub actions: Vec<ActionMark>,
}

/// The number of the moment that holds what was there before the first step.
pub const BEFORE: u64 = u64::MAX;

/// One step of the engine in which something could be seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moment {
    /// The engine's number of the step.
    pub id: u64,
    /// The step that caused it.
    pub cause: Option<u64>,
    /// When.
    pub at: SimTime,
    /// What was written.
    pub changes: Vec<Change>,
    /// Why.
    pub whys: Vec<Why>,
    /// What the kubelet asked of the runtime.
    pub calls: Vec<Call>,
    /// What the scheduler decided.
    pub decisions: Vec<Decided>,
    /// Which Pods came to another place of the scheduler's queue.
    pub queue: Vec<QueueMove>,
}

/// A call of a kubelet to its runtime, or a probe.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// `PullImage`, `StartContainer`, ...
    pub name: String,
    /// The Pod it was for.
    pub pod: Option<ObjectKey>,
    /// The container it was for.
    pub container: Option<String>,
    /// What it was about: an image, a container, a command.
    pub about: String,
    /// How long it took, once it is known.
    pub took: Option<SimDuration>,
    /// How it failed.
    pub error: Option<String>,
}

impl From<&Simulation> for History {
    /// What was computed of a run so far.
    fn from(simulation: &Simulation) -> History {
        let timeline = simulation.timeline();
        let before = Moment {
            id: BEFORE,
            at: timeline.initial().iter().map(|change| change.at).max().unwrap_or(SimTime::ZERO),
            changes: timeline.initial().to_vec(),
            ..Moment::default()
        };
        History {
            start_time_unix_ns: simulation.scenario().simulation.start_time_unix_ns,
            end: simulation.computed_to().min(simulation.end()),
            moments: std::iter::once(before).chain(timeline.steps().iter().map(moment)).collect(),
            logs: timeline.steps().iter().flat_map(|step| &step.logs).cloned().collect(),
            actions: actions(simulation),
        }
    }
}

fn moment(step: &Step) -> Moment {
    let calls = step.calls.iter().map(|call| Call {
        name: call.call.to_owned(),
        pod: Some(ObjectKey::new(Kind::Pod, &call.pod.0, &call.pod.1)).filter(|pod| !pod.name.as_str().is_empty()),
        container: Some(call.container.to_string()).filter(|name| !name.is_empty()),
        about: if call.detail.is_empty() { call.container.to_string() } else { call.detail.to_string() },
        took: Some(call.took),
        error: call.error.as_ref().map(ToString::to_string),
    });
    Moment {
        id: u64::from(step.id.0),
        cause: step.cause.map(|cause| u64::from(cause.0)),
        at: step.at,
        changes: step.changes.clone(),
        whys: step.why.clone(),
        calls: calls.collect(),
        decisions: step.decisions.clone(),
        queue: step.queue.clone(),
    }
}
