//! The whole table behind one scheduling attempt.

use podlapse_model::SortedSet;
use std::sync::Arc;

use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;

use super::plugins::volume_binding::VolumePlan;
use super::pod_info::PodKey;
use super::status::{Plugin, Status};

/// What one attempt to schedule a Pod looked at, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The Pod.
    pub pod: PodKey,
    /// The names of all nodes in the scheduler's order, which attempts share.
    pub order: Arc<Vec<Arc<str>>>,
    /// With which of them this attempt began; it went on in a circle.
    pub start: usize,
    /// What was found before nodes were looked at.
    pub pre_filter: PreFilterTable,
    /// The trial of the node that the Pod was nominated to.
    pub nominated: Option<NominatedTrial>,
    /// What the filters said, in the order of [`Decision::nodes`]; those beyond the end were not looked at.
    pub verdicts: Vec<Verdict>,
    /// What nodes that were not looked at count with, if no node was found.
    pub absent: Option<Status>,
    /// The scores, if more than one node was feasible.
    pub scores: Option<ScoreTable>,
    /// What came of it.
    pub outcome: Outcome,
    /// Whether what was found of each node is left out.
    pub is_forgotten: bool,
}

impl Decision {
    /// How many nodes there are.
    pub fn node_count(&self) -> usize {
        self.order.len()
    }

    /// The name of a node by its place in the order in which they were tried.
    pub fn node(&self, row: usize) -> &Arc<str> {
        &self.order[(self.start + row) % self.order.len()]
    }

    /// All nodes in the order in which they were tried, with what the filters said.
    pub fn nodes(&self) -> impl Iterator<Item = (&Arc<str>, &Verdict)> {
        let verdicts = self.verdicts.iter().chain(std::iter::repeat(&Verdict::NotEvaluated));
        (0..self.order.len()).map(|row| self.node(row)).zip(verdicts)
    }

    /// The place of a node in the order in which they were tried.
    pub fn row(&self, name: &str) -> Option<usize> {
        if name.is_empty() {
            return None;
        }
        (0..self.order.len()).find(|row| **self.node(*row) == *name)
    }

    /// The same without what was found of each node, which takes the most memory.
    pub(crate) fn forget_tables(&mut self) {
        (self.verdicts, self.scores, self.order) = (Vec::new(), None, Arc::default());
        self.is_forgotten = true;
    }
}

/// What the PreFilter plugins found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PreFilterTable {
    /// The only nodes worth a look; `None` is all. They need not exist.
    pub node_names: Option<SortedSet<String>>,
    /// Plugins that had nothing to judge.
    pub skip: SortedSet<Plugin>,
    /// The rejection that ended the attempt.
    pub status: Option<Status>,
}

/// A nominated node is tried alone and first.
#[derive(Clone, Debug, PartialEq)]
pub struct NominatedTrial {
    /// The node.
    pub node: Arc<str>,
    /// Why it will not do; `None`: it was taken.
    pub status: Option<Status>,
}

/// What the filters said of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All filters let it pass.
    Passed,
    /// The first filter that did not.
    Rejected(Status),
    /// It was not looked at.
    NotEvaluated,
}

/// The scores of the feasible nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreTable {
    /// Which of the decision's nodes the rows stand for.
    pub rows: Vec<u32>,
    /// Plugins that had nothing to score.
    pub skip: SortedSet<Plugin>,
    /// One column for each plugin, in its order.
    pub columns: Vec<ScoreColumn>,
    /// The sums of the weighted scores.
    pub totals: Vec<i64>,
}

/// The scores by one plugin.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreColumn {
    /// The plugin.
    pub plugin: Plugin,
    /// What a normalised score counts.
    pub weight: i64,
    /// Scores as computed.
    pub raw: Vec<i64>,
    /// Scores from 0 to 100.
    pub normalized: Vec<i64>,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A node was chosen.
    Scheduled(Scheduled),
    /// No node will do.
    Failed(Failure),
}

/// The choice of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Scheduled {
    /// The node.
    pub node: Arc<str>,
    /// All nodes with the best total, by name.
    pub best: Vec<Arc<str>>,
    /// That total; `None` if there was no need to score.
    pub total: Option<i64>,
    /// How many nodes passed.
    pub feasible: usize,
    /// How many nodes were judged.
    pub evaluated: usize,
    /// What is to be done for the Pod's claims first.
    pub volumes: VolumePlan,
}

/// The reason of the `PodScheduled` condition after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureReason {
    /// No node fits.
    Unschedulable,
    /// Something went wrong.
    SchedulerError,
}

impl FailureReason {
    /// As the condition spells it.
    pub const fn name(self) -> &'static str {
        match self {
            FailureReason::Unschedulable => "Unschedulable",
            FailureReason::SchedulerError => "SchedulerError",
        }
    }
}

/// Why a Pod stays pending.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The reason.
    pub reason: FailureReason,
    /// The condition's message.
    pub message: String,
    /// Who rejected nodes or the Pod.
    pub plugins: SortedSet<Plugin>,
    /// The search for Pods to evict, if there was one.
    pub preemption: Option<Preemption>,
    /// What becomes of `status.nominatedNodeName`.
    pub nomination: Nomination,
}

/// What becomes of `status.nominatedNodeName`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nomination {
    /// It stays.
    Keep,
    /// It is taken away.
    Clear,
    /// It is set to this node.
    Set(Arc<str>),
}

/// The search for Pods to evict.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preemption {
    /// Nodes on which evictions help, in the order in which they were tried.
    pub candidates: Vec<Candidate>,
    /// Nodes on which they do not.
    pub rejected: Vec<(Arc<str>, Status)>,
    /// The candidates that are best, by name.
    pub best: Vec<Arc<str>>,
    /// Which one was taken.
    pub chosen: Option<usize>,
}

impl Preemption {
    /// The candidate that was taken.
    pub fn chosen(&self) -> Option<&Candidate> {
        self.chosen.and_then(|index| self.candidates.get(index))
    }
}

/// What would have to be evicted on a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The node.
    pub node: Arc<str>,
    /// The Pods, most important first.
    pub victims: Vec<PodKey>,
    /// How many of them a budget protects.
    pub pdb_violations: i64,
    /// The priority of the first.
    pub highest_priority: i32,
    /// The sum of priorities, each raised by 2^31.
    pub sum_priorities: i64,
    /// The earliest start among those of the highest priority; `None` if one has not started.
    pub earliest_start: Option<Time>,
}
