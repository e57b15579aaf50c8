//! The search for Pods of lower priority to evict.

use podlapse_core::scheduler::{Candidate, Preemption};
use serde::Serialize;

use super::attempt::{Rejection, TieDraw};

/// What was found on the nodes where evictions could help.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PreemptionView {
    /// The node that was taken; the Pod is nominated to it.
    pub nominated_node: Option<String>,
    /// The Pods that are evicted there, in this order.
    pub victims: Vec<String>,
    /// Nodes where evictions help, in the order in which they were tried.
    pub candidates: Vec<CandidateRow>,
    /// Nodes where they do not.
    pub rejected: Vec<RejectedRow>,
    /// The draw among candidates that are equally good.
    pub tie: Option<TieDraw>,
}

/// A node on which evictions help. The one with the fewest violated budgets is taken; among those the one with the lowest highest
/// priority, then with the lowest sum, then with the fewest victims, then with the victims that started last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CandidateRow {
    /// The node.
    pub node: String,
    /// The Pods that would have to go, as `namespace/name`, the most important first.
    pub victims: Vec<String>,
    /// How many of them a PodDisruptionBudget protects.
    pub pdb_violations: i64,
    /// The priority of the first.
    pub highest_priority: i32,
    /// The sum of their priorities, each raised by 2^31.
    pub sum_priorities: i64,
    /// When the first of those with the highest priority started.
    pub earliest_start: Option<String>,
    /// Whether no other is better.
    pub is_best: bool,
    /// Whether it was taken.
    pub is_chosen: bool,
}

/// A node on which evictions do not help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RejectedRow {
    /// The node.
    pub node: String,
    /// Why.
    pub rejection: Rejection,
}

impl From<&Preemption> for PreemptionView {
    fn from(preemption: &Preemption) -> PreemptionView {
        let chosen = preemption.chosen();
        let row = |candidate: &Candidate| CandidateRow {
            node: candidate.node.to_string(),
            victims: victims(candidate),
            pdb_violations: candidate.pdb_violations,
            highest_priority: candidate.highest_priority,
            sum_priorities: candidate.sum_priorities,
            earliest_start: candidate.earliest_start.as_ref().map(|time| time.0.to_string()),
            is_best: preemption.best.contains(&candidate.node),
            is_chosen: chosen.is_some_and(|chosen| chosen.node == candidate.node),
        };
        let rejected =
            preemption.rejected.iter().map(|(node, status)| RejectedRow { node: node.to_string(), rejection: status.into() });
        PreemptionView {
            nominated_node: chosen.map(|candidate| candidate.node.to_string()),
            victims: chosen.map(victims).unwrap_or_default(),
            candidates: preemption.candidates.iter().map(row).collect(),
            rejected: rejected.collect(),
            tie: chosen.and_then(|chosen| TieDraw::of(&preemption.best, &chosen.node)),
        }
    }
}

fn victims(candidate: &Candidate) -> Vec<String> {
    candidate.victims.iter().map(ToString::to_string).collect()
}
