//! What a view reads of a run: the moments in which something happened, in order.

use podlapse_core::store::Change;
use podlapse_core::why::Why;
use podlapse_model::{SimDuration, SimTime};

/// A run as views read it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The wall clock at t = 0, in nanoseconds since the Unix epoch.
    pub start_time_unix_ns: i128,
    /// How long the run lasted.
    pub end: SimTime,
    /// What happened, in order.
    pub moments: Vec<Moment>,
}

/// The number of the moment that holds what was there before the first step.
pub const BEFORE: u64 = u64::MAX;

/// One step of the engine in which something could be seen.
#[derive(Clone, Debug, PartialEq)]
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
}

/// A call of a kubelet to its runtime, or a probe.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// `PullImage`, `StartContainer`, ...
    pub name: String,
    /// What it was about: an image, a container, a command.
    pub about: String,
    /// How long it took, once it is known.
    pub took: Option<SimDuration>,
    /// How it failed.
    pub error: Option<String>,
}
