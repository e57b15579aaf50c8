//! The total order of events.
//!
//! Two events never compare equal: at the same instant the lane decides, in the lane the sequence number.

use podlapse_model::SimTime;

/// Who handles an event; at one instant the earlier lane goes first, as data flows in a cluster: the user, the API server, then
/// those who watch it, and last the runtime that they command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// The user's actions and kubectl.
    Client,
    /// The controllers of the control plane.
    Controller,
    /// kube-scheduler.
    Scheduler,
    /// The kubelets.
    Kubelet,
    /// The container runtimes.
    Runtime,
}

/// The place of an event in the run.
///
/// ```
/// use podlapse_core::kernel::{EventKey, Lane};
/// use podlapse_model::SimTime;
/// let early = EventKey { at: SimTime::ZERO, lane: Lane::Kubelet, seq: 9 };
/// let late = EventKey { at: SimTime::ZERO, lane: Lane::Runtime, seq: 1 };
/// assert!(early < late);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey {
    /// When.
    pub at: SimTime,
    /// Whose.
    pub lane: Lane,
    /// The how-manieth event that was scheduled in this run.
    pub seq: u64,
}
