//! One attempt to schedule a Pod: a row for each node, a column for each plugin.

use std::sync::Arc;

use podlapse_core::scheduler::{Decision, Outcome, Plugin, Scheduled, Scheduler, ScoreTable, Status, Verdict};
use podlapse_model::{Object, ObjectKey, SimTime};
use serde::Serialize;

use super::preemption::PreemptionView;
use crate::RunView;

/// An attempt in one line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attempt {
    /// The Pod.
    #[serde(skip)]
    pub pod: ObjectKey,
    /// The index of the moment in which it was made.
    pub moment: usize,
    /// When.
    #[serde(serialize_with = "crate::time::seconds")]
    pub at: SimTime,
    /// The how manieth it is for this Pod, from 1.
    pub number: usize,
    /// What came of it.
    pub result: AttemptResult,
    #[serde(skip)]
    decision: Arc<Decision>,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum AttemptResult {
    /// A node was chosen.
    Scheduled {
        /// The node.
        node: String,
        /// Its total; `None`: it was the only one, so that nothing was scored.
        total: Option<i64>,
        /// How many nodes passed the filters.
        feasible: usize,
        /// How many nodes were looked at.
        evaluated: usize,
        /// The draw among nodes with the same total.
        tie: Option<TieDraw>,
    },
    /// No node will do.
    Failed {
        /// `Unschedulable` or `SchedulerError`.
        reason: &'static str,
        /// The message of the condition `PodScheduled`.
        message: String,
        /// The plugins that rejected the Pod or its nodes.
        plugins: Vec<&'static str>,
        /// The node that the Pod is nominated to from now on.
        nominated: Option<String>,
    },
}

/// A draw among equals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TieDraw {
    /// The equals by name.
    pub among: Vec<String>,
    /// The index that the random stream for ties gave.
    pub drawn: usize,
}

impl TieDraw {
    pub(super) fn of(among: &[Arc<str>], chosen: &str) -> Option<TieDraw> {
        let drawn = among.iter().position(|name| **name == *chosen)?;
        (1 < among.len()).then(|| TieDraw { among: names(among), drawn })
    }
}

pub(super) fn names(names: &[Arc<str>]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// What a plugin said against a node or a Pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejection {
    /// The plugin; `None` for what the framework itself says.
    pub plugin: Option<&'static str>,
    /// `Unschedulable`: evicting Pods could help; `UnschedulableAndUnresolvable`: it cannot.
    pub code: &'static str,
    /// The reasons, as they are counted in the message.
    pub reasons: Vec<String>,
}

impl From<&Status> for Rejection {
    fn from(status: &Status) -> Rejection {
        Rejection {
            plugin: status.plugin.map(Plugin::name),
            code: status.code.name(),
            reasons: status.reasons.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The whole table behind an attempt.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptTable {
    /// What was found before nodes were looked at.
    pub pre_filter: PreFilterRow,
    /// The trial of the node that the Pod was nominated to, which comes first.
    pub nominated: Option<NominatedRow>,
    /// The plugins that scored, in their order; each node's scores are in the same order.
    pub plugins: Vec<PluginColumn>,
    /// Plugins that had nothing to score.
    pub score_skip: Vec<&'static str>,
    /// All nodes, in the order in which they were tried.
    pub nodes: Vec<NodeRow>,
    /// The search for Pods to evict, if there was one.
    pub preemption: Option<PreemptionView>,
    /// Whether the nodes are left out because the run has more tables than are kept.
    pub is_forgotten: bool,
}

/// What the PreFilter plugins found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PreFilterRow {
    /// The only nodes worth a look; `None` is all.
    pub node_names: Option<Vec<String>>,
    /// Plugins that had nothing to judge.
    pub skip: Vec<&'static str>,
    /// The rejection that ended the attempt before any node was looked at.
    pub rejection: Option<Rejection>,
}

/// The trial of a nominated node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NominatedRow {
    /// The node.
    pub node: String,
    /// Why it would not do; `None`: it was taken.
    pub rejection: Option<Rejection>,
}

/// A plugin that scored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PluginColumn {
    /// Its name.
    pub name: &'static str,
    /// By what its normalised score is multiplied.
    pub weight: i64,
}

/// What was found of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeRow {
    /// The node.
    pub node: String,
    /// What the filters said.
    pub verdict: NodeVerdict,
    /// Its scores, one for each of [`AttemptTable::plugins`]; empty if it was not scored.
    pub scores: Vec<Score>,
    /// The sum of the weighted scores.
    pub total: Option<i64>,
    /// Whether its total is the best.
    pub is_best: bool,
    /// Whether it was taken.
    pub is_chosen: bool,
}

/// What the filters said of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum NodeVerdict {
    /// Every filter let it pass.
    Passed,
    /// The first filter that did not.
    Rejected {
        /// What it said.
        rejection: Rejection,
    },
    /// It was not looked at.
    NotEvaluated,
}

/// A score of a node by a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Score {
    /// As computed.
    pub raw: i64,
    /// From 0 to 100.
    pub normalized: i64,
    /// Times the plugin's weight.
    pub weighted: i64,
}

impl Attempt {
    fn new(pod: &ObjectKey, moment: usize, at: SimTime, number: usize, decision: &Arc<Decision>) -> Attempt {
        let result = match &decision.outcome {
            Outcome::Scheduled(scheduled) => AttemptResult::Scheduled {
                node: scheduled.node.to_string(),
                total: scheduled.total,
                feasible: scheduled.feasible,
                evaluated: scheduled.evaluated,
                tie: TieDraw::of(&scheduled.best, &scheduled.node),
            },
            Outcome::Failed(failure) => AttemptResult::Failed {
                reason: failure.reason.name(),
                message: failure.message.clone(),
                plugins: failure.plugins.iter().map(|plugin| plugin.name()).collect(),
                nominated: failure.preemption.as_ref().and_then(|it| it.chosen()).map(|candidate| candidate.node.to_string()),
            },
        };
        Attempt { pod: pod.clone(), moment, at, number, result, decision: decision.clone() }
    }

    /// The decision itself, as the engine made it.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// The whole table behind it.
    pub fn table(&self) -> AttemptTable {
        let decision = &*self.decision;
        let scores = decision.scores.as_ref();
        let preemption = match &decision.outcome {
            Outcome::Scheduled(_) => None,
            Outcome::Failed(failure) => failure.preemption.as_ref().map(PreemptionView::from),
        };
        let columns = scores.iter().flat_map(|scores| &scores.columns);
        AttemptTable {
            pre_filter: PreFilterRow {
                node_names: decision.pre_filter.node_names.as_ref().map(|names| names.iter().cloned().collect()),
                skip: decision.pre_filter.skip.iter().map(|plugin| plugin.name()).collect(),
                rejection: decision.pre_filter.status.as_ref().map(Rejection::from),
            },
            nominated: decision.nominated.as_ref().map(|trial| NominatedRow {
                node: trial.node.to_string(),
                rejection: trial.status.as_ref().map(Rejection::from),
            }),
            plugins: columns.map(|column| PluginColumn { name: column.plugin.name(), weight: column.weight }).collect(),
            score_skip: scores.iter().flat_map(|scores| &scores.skip).map(|plugin| plugin.name()).collect(),
            nodes: node_rows(decision),
            is_forgotten: decision.is_forgotten,
            preemption,
        }
    }
}

fn node_rows(decision: &Decision) -> Vec<NodeRow> {
    let scheduled = match &decision.outcome {
        Outcome::Scheduled(scheduled) => Some(scheduled),
        Outcome::Failed(_) => None,
    };
    let mut rows: Vec<NodeRow> = decision.nodes().map(|(node, verdict)| node_row(node, verdict, scheduled)).collect();
    if let Some(scores) = &decision.scores {
        for (place, index) in scores.rows.iter().enumerate() {
            if let Some(row) = rows.get_mut(*index as usize) {
                row.scores = scores_of(scores, place);
                row.total = scores.totals.get(place).copied();
                row.is_best = row.total == scheduled.and_then(|scheduled| scheduled.total);
            }
        }
    }
    rows
}

fn node_row(node: &Arc<str>, verdict: &Verdict, scheduled: Option<&Scheduled>) -> NodeRow {
    let is_chosen = scheduled.is_some_and(|scheduled| scheduled.node == *node);
    let verdict = match verdict {
        Verdict::Passed => NodeVerdict::Passed,
        Verdict::Rejected(status) => NodeVerdict::Rejected { rejection: status.into() },
        Verdict::NotEvaluated => NodeVerdict::NotEvaluated,
    };
    NodeRow { node: node.to_string(), verdict, scores: Vec::new(), total: None, is_best: is_chosen, is_chosen }
}

fn scores_of(scores: &ScoreTable, place: usize) -> Vec<Score> {
    let score = |values: &[i64]| values.get(place).copied().unwrap_or_default();
    let of = scores.columns.iter().map(|column| {
        let normalized = score(&column.normalized);
        Score { raw: score(&column.raw), normalized, weighted: normalized * column.weight }
    });
    of.collect()
}

impl RunView {
    /// The Pods that the scheduler had tried up to a moment, each once, in the order of their first attempts.
    pub fn tried_pods(&self, moment: usize) -> Vec<&ObjectKey> {
        let mut pods: Vec<&ObjectKey> = Vec::new();
        let mut seen = podlapse_model::SortedSet::new();
        let moments = self.history().moments.iter().take(moment.saturating_add(1));
        for decided in moments.flat_map(|moment| &moment.decisions) {
            if seen.insert(&decided.pod) {
                pods.push(&decided.pod);
            }
        }
        pods
    }

    /// The Pod that the scheduler tried last up to a moment.
    pub fn last_tried(&self, moment: usize) -> Option<&ObjectKey> {
        let moments = self.history().moments.iter().take(moment.saturating_add(1)).rev();
        moments.flat_map(|moment| moment.decisions.iter().rev()).map(|decided| &decided.pod).next()
    }

    /// The attempts to schedule a Pod up to a moment, the first one first. One that was deleted and created again begins anew.
    pub fn attempts(&self, pod: &ObjectKey, moment: usize) -> Vec<Attempt> {
        let mut attempts: Vec<Attempt> = Vec::new();
        for (index, moment) in self.history().moments.iter().enumerate().take(moment.saturating_add(1)) {
            if moment.changes.iter().any(|change| change.key == *pod && change.before.is_none()) {
                attempts.clear();
            }
            for decided in moment.decisions.iter().filter(|decided| decided.pod == *pod) {
                attempts.push(Attempt::new(pod, index, moment.at, attempts.len() + 1, &decided.decision));
            }
        }
        attempts
    }

    /// What keeps a Pod from being tried at all at a moment: its scheduling gates.
    pub fn pre_enqueue(&self, pod: &ObjectKey, moment: usize) -> Option<Rejection> {
        let Object::Pod(pod) = self.object(pod, moment)? else { return None };
        Scheduler::pre_enqueue(pod).as_ref().map(Rejection::from)
    }
}
