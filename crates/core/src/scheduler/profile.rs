//! The scheduler's settings and the constants of its queue.
//!
//! Models `pkg/scheduler/apis/config/v1` defaults and `pkg/scheduler/backend/queue` (v1.36).

use podlapse_model::SimDuration;

/// The name that Pods ask for, and that the events' source has.
pub const SCHEDULER_NAME: &str = "default-scheduler";
/// The first back-off of a Pod that failed; flag `podInitialBackoffSeconds`.
pub const INITIAL_BACKOFF: SimDuration = SimDuration::from_secs(1);
/// The longest back-off; `podMaxBackoffSeconds`.
pub const MAX_BACKOFF: SimDuration = SimDuration::from_secs(10);
/// How often the unschedulable Pods are looked through; `SchedulingQueue.Run`.
pub const UNSCHEDULABLE_FLUSH_PERIOD: SimDuration = SimDuration::from_secs(30);
/// How long a Pod may be unschedulable before it is tried without cause; `podMaxInUnschedulablePodsDuration`.
pub const MAX_UNSCHEDULABLE: SimDuration = SimDuration::from_secs(300);

/// Below this many feasible nodes the search is never cut short; `minFeasibleNodesToFind`.
const MIN_FEASIBLE_NODES: usize = 100;
/// The adaptive percentage never falls below this; `minFeasibleNodesPercentageToFind`.
const MIN_PERCENTAGE: usize = 5;

/// The settings that can be changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// `percentageOfNodesToScore`; 0 lets it fall with the number of nodes.
    pub percentage_of_nodes_to_score: u8,
}

impl Profile {
    /// After how many feasible nodes the search ends.
    ///
    /// ```
    /// use podlapse_core::scheduler::Profile;
    /// assert_eq!(Profile { percentage_of_nodes_to_score: 0 }.feasible_nodes_to_find(1000), 420);
    /// assert_eq!(Profile { percentage_of_nodes_to_score: 100 }.feasible_nodes_to_find(1000), 1000);
    /// ```
    pub fn feasible_nodes_to_find(self, nodes: usize) -> usize {
        if nodes < MIN_FEASIBLE_NODES {
            return nodes;
        }
        let percentage = match self.percentage_of_nodes_to_score {
            0 => 50_usize.saturating_sub(nodes / 125).max(MIN_PERCENTAGE),
            set => usize::from(set),
        };
        (nodes * percentage / 100).clamp(MIN_FEASIBLE_NODES, nodes)
    }
}
