//! One scheduling attempt, from the Pod to the node or to the reason why there is none.
//!
//! Models `pkg/scheduler` `schedulePod`, `findNodesThatFitPod`, `prioritizeNodes`, `selectHost` and the part of `schedulingCycle`
//! that runs PostFilter (v1.36). The attempt is a pure function; chance comes in as the choice among equals.

use podlapse_model::SortedSet;
use std::sync::Arc;

use super::cache::Cache;
use super::decision::{
    Decision, Failure, FailureReason, NominatedTrial, Nomination, Outcome, PreFilterTable, Scheduled, ScoreTable, Verdict,
};
use super::filters::Filters;
use super::listers::Listers;
use super::message::{NO_NODES, Reasons, Why, fit_error};
use super::node_info::NodeInfo;
use super::nominator::Nominator;
use super::plugins::Cx;
use super::pod_info::PodInfo;
use super::preemption;
use super::profile::Profile;
use super::scores;
use super::status::{Code, Plugin, Status};
use super::topology::Slot;

/// What is to be chosen among equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// A node among those with the best score.
    Node {
        /// The one that the heap of scores gives, as an index.
        popped: usize,
    },
    /// A node to preempt on among candidates that are equally good.
    Candidate,
}

/// Chooses among equals, given by name in order; answers an index.
pub type Choose<'a> = dyn FnMut(Tie, &[Arc<str>]) -> usize + 'a;

/// Everything that an attempt depends on.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The Pod.
    pub pod: &'a PodInfo,
    /// The nodes and their Pods; refreshed.
    pub cache: &'a Cache,
    /// All other objects.
    pub listers: &'a Listers,
    /// Pods that wait for a node.
    pub nominator: &'a Nominator,
    /// The settings.
    pub profile: &'a Profile,
    /// With which node of the cache's order to begin.
    pub start: usize,
}

/// The nodes that were judged so far.
struct Judged {
    verdicts: Vec<Verdict>,
    /// Indices into the decision's nodes.
    feasible: Vec<u32>,
    /// How many nodes have a verdict.
    evaluated: usize,
}

impl Attempt<'_> {
    fn cx(&self) -> Cx<'_> {
        Cx { pod: self.pod, cache: self.cache, listers: self.listers }
    }

    /// The slot that is tried as the `row`-th.
    fn slot(&self, row: usize) -> Slot {
        let order = self.cache.order();
        order[(self.start + row) % order.len()]
    }

    fn node_at(&self, row: usize) -> &Arc<NodeInfo> {
        self.cache.node_at(self.slot(row))
    }

    /// Decides where the Pod goes.
    pub fn decide(&self, choose: &mut Choose<'_>) -> Decision {
        let cx = self.cx();
        let order = self.cache.order_names().clone();
        let mut decision = Decision {
            pod: self.pod.key.clone(),
            verdicts: Vec::new(),
            start: self.start % order.len().max(1),
            order,
            pre_filter: PreFilterTable::default(),
            nominated: None,
            absent: None,
            scores: None,
            outcome: Outcome::Failed(no_nodes()),
            is_forgotten: false,
        };
        if decision.order.is_empty() {
            return decision;
        }
        let (mut filters, table) = Filters::prepare(cx);
        decision.pre_filter = table;
        if decision.pre_filter.status.is_some() {
            decision.absent.clone_from(&decision.pre_filter.status);
            decision.outcome = Outcome::Failed(self.pre_filter_failure(&decision));
            return decision;
        }
        let judged = self.judge(&mut filters, &mut decision);
        decision.verdicts = judged.verdicts;
        if judged.feasible.is_empty() {
            let is_any_absent = decision.nodes().any(|(_, verdict)| *verdict == Verdict::NotEvaluated);
            decision.absent = is_any_absent.then(absent_status);
            decision.outcome = Outcome::Failed(self.failure(&mut filters, &decision, choose));
            return decision;
        }
        let feasible: Vec<Arc<NodeInfo>> = judged.feasible.iter().map(|row| self.node_at(*row as usize).clone()).collect();
        let (count, evaluated) = (feasible.len(), judged.evaluated);
        if count > 1 {
            decision.scores = Some(scores::score(cx, judged.feasible, &feasible));
        }
        let (best, total) = best_nodes(&feasible, decision.scores.as_ref());
        let names: Vec<Arc<str>> = best.iter().map(|node| node.name.clone()).collect();
        let first = decision.scores.as_ref().map_or(0, |scores| heap_top(&scores.totals));
        let popped = best.iter().position(|node| node.slot == feasible[first].slot).unwrap_or(0);
        let index = if names.len() > 1 { choose(Tie::Node { popped }, &names).min(names.len() - 1) } else { 0 };
        let volumes = filters.volume_plan(cx, best[index]);
        let node = names[index].clone();
        decision.outcome = Outcome::Scheduled(Scheduled { node, best: names, total, feasible: count, evaluated, volumes });
        decision
    }

    /// Tries the nominated node alone, then the others, until there are enough feasible ones.
    fn judge(&self, filters: &mut Filters, decision: &mut Decision) -> Judged {
        let cx = self.cx();
        let mut judged = Judged { verdicts: Vec::new(), feasible: Vec::new(), evaluated: 0 };
        let names = decision.pre_filter.node_names.as_ref();
        if let Some(row) = decision.row(self.pod.nominated_node()) {
            let status = filters.filter_with_nominated(cx, self.nominator, self.node_at(row));
            decision.nominated = Some(NominatedTrial { node: decision.node(row).clone(), status: status.clone() });
            if status.is_none() {
                judged.verdicts.resize(row, Verdict::NotEvaluated);
                judged.verdicts.push(Verdict::Passed);
                judged.feasible.push(row as u32);
                judged.evaluated = 1;
                return judged;
            }
        }
        let count = decision.node_count();
        let enough = self.profile.feasible_nodes_to_find(count);
        for row in 0..count {
            let node = self.node_at(row);
            if names.is_some_and(|names| !names.contains(&*node.name)) {
                judged.verdicts.push(Verdict::NotEvaluated);
                continue;
            }
            judged.evaluated += 1;
            judged.verdicts.push(match filters.filter_with_nominated(cx, self.nominator, node) {
                Some(status) => Verdict::Rejected(status),
                None => {
                    judged.feasible.push(row as u32);
                    Verdict::Passed
                }
            });
            if judged.feasible.len() >= enough {
                break;
            }
        }
        judged
    }

    /// A PreFilter plugin rejected the Pod. DynamicResources then finds no state of its own, and its error ends PostFilter before
    /// preemption is tried.
    fn pre_filter_failure(&self, decision: &Decision) -> Failure {
        let status = decision.pre_filter.status.as_ref().expect("called only after a rejection");
        Failure {
            reason: FailureReason::Unschedulable,
            message: fit_error(decision.node_count(), &Why::PreFilter(status), "not found"),
            plugins: status.plugin.into_iter().collect(),
            preemption: None,
            nomination: Nomination::Keep,
        }
    }

    /// No node passed: looks for Pods to evict and words the message.
    fn failure(&self, filters: &mut Filters, decision: &Decision, choose: &mut Choose<'_>) -> Failure {
        let mut reasons = Reasons::default();
        let mut plugins: SortedSet<Plugin> = filters.narrowing();
        let absent = absent_status();
        for (_, verdict) in decision.nodes() {
            match verdict {
                Verdict::Rejected(status) => {
                    reasons.add(status, 1);
                    plugins.extend(status.plugin);
                }
                Verdict::NotEvaluated => reasons.add(&absent, 1),
                Verdict::Passed => {}
            }
        }
        let outcome = preemption::post_filter(self.cx(), filters, self.nominator, decision, choose);
        let post_filter = outcome.message.map(|message| format!("no new claims to deallocate, preemption: {message}"));
        Failure {
            reason: FailureReason::Unschedulable,
            message: fit_error(decision.node_count(), &Why::Nodes(reasons), post_filter.as_deref().unwrap_or_default()),
            plugins,
            preemption: outcome.preemption,
            nomination: outcome.nomination,
        }
    }
}

fn no_nodes() -> Failure {
    Failure {
        reason: FailureReason::Unschedulable,
        message: NO_NODES.to_owned(),
        plugins: SortedSet::new(),
        preemption: None,
        nomination: Nomination::Clear,
    }
}

/// What nodes count with that a PreFilter plugin left out.
pub(crate) fn absent_status() -> Status {
    let reason = "node(s) didn't satisfy plugin(s) [NodeAffinity]".into();
    Status { plugin: None, code: Code::UnschedulableAndUnresolvable, reasons: vec![reason] }
}

/// The nodes with the highest total, by name.
fn best_nodes<'a>(feasible: &'a [Arc<NodeInfo>], scores: Option<&ScoreTable>) -> (Vec<&'a NodeInfo>, Option<i64>) {
    let best = scores.and_then(|scores| scores.totals.iter().copied().max());
    let is_best = |row: usize| scores.is_none_or(|scores| Some(scores.totals[row]) == best);
    let mut nodes: Vec<&NodeInfo> = feasible.iter().enumerate().filter(|(row, _)| is_best(*row)).map(|(_, n)| &**n).collect();
    podlapse_model::sort_by(&mut nodes, |one, other| one.name.cmp(&other.name));
    (nodes, best)
}

/// Which of the nodes a heap gives first that keeps the highest total on top and moves nothing among equals (`container/heap` `Init`).
/// Among the best it is mostly the first, but one that is lower in the heap may come up on another way.
fn heap_top(totals: &[i64]) -> usize {
    let mut heap: Vec<usize> = (0..totals.len()).collect();
    for start in (0..heap.len() / 2).rev() {
        let mut parent = start;
        while 2 * parent + 1 < heap.len() {
            let left = 2 * parent + 1;
            let is_right_better = heap.get(left + 1).is_some_and(|right| totals[*right] > totals[heap[left]]);
            let child = if is_right_better { left + 1 } else { left };
            if totals[heap[child]] <= totals[heap[parent]] {
                break;
            }
            heap.swap(parent, child);
            parent = child;
        }
    }
    heap.first().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equal_nodes_is_on_top() {
        assert_eq!(heap_top(&[7, 7, 7, 7]), 0);
        assert_eq!(heap_top(&[5, 7, 7]), 1);
    }

    #[test]
    fn a_later_node_comes_up_where_a_worse_one_stood_above_it() {
        assert_eq!(heap_top(&[5, 3, 9, 9]), 3);
    }
}
