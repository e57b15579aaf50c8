//! Topology spread constraints that must hold (`DoNotSchedule`).
//!
//! Models `plugins/podtopologyspread` `filtering.go` (v1.36). The real one tracks the two least filled domains (`criticalPaths`); here
//! the least is looked for among all domains, once for each change of the counts.

use podlapse_model::RequiredNodeAffinity;

use super::node_affinity;
use super::spread_constraints::{Action, Constraint, Counted, own};
use super::{Cx, PreFilter};
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;
use crate::scheduler::status::{Plugin, Status};

/// A constraint with the Pods in each of its domains.
struct Spread {
    constraint: Constraint,
    /// By domain; `None` if no node that counts is in it.
    counts: Vec<Option<i64>>,
    /// The least of the counts.
    min: i64,
    /// 1 if the Pod itself will count.
    self_match: i64,
}

impl Spread {
    fn find_min(&mut self) {
        let domains = self.counts.iter().flatten();
        let is_short = domains.clone().count() < self.constraint.min_domains;
        self.min = if is_short { 0 } else { domains.copied().min().unwrap_or(i64::from(i32::MAX)) };
    }
}

/// The state of the filter.
pub(crate) struct State {
    spreads: Vec<Spread>,
    required: RequiredNodeAffinity,
}

impl State {
    /// Counts a Pod that is thought to be on the node (1), or no longer there (-1).
    pub(crate) fn update(&mut self, cx: Cx<'_>, pod: &PodInfo, node: &NodeInfo, sign: i64) {
        let has_all_keys = self.spreads.iter().all(|spread| spread.constraint.domain(cx, node).is_some());
        if pod.key.namespace != cx.pod.key.namespace || !has_all_keys {
            return;
        }
        for spread in &mut self.spreads {
            let Some(domain) = spread.constraint.domain(cx, node) else { continue };
            if spread.constraint.selector.matches(&pod.class.labels) && spread.constraint.includes(cx, &self.required, node) {
                *spread.counts[domain].get_or_insert(0) += sign;
                spread.find_min();
            }
        }
    }
}

/// Counts the existing Pods; skips Pods without such a constraint.
pub(crate) fn pre_filter(cx: Cx<'_>) -> PreFilter<State> {
    let constraints = own(cx, Action::DoNotSchedule);
    if constraints.is_empty() {
        return PreFilter::Skip;
    }
    let required = node_affinity::required(&cx.pod.pod);
    let counts: Vec<Vec<Option<i64>>> = count(cx, &constraints, &required);
    let spreads = constraints.into_iter().zip(counts).map(|(constraint, counts)| {
        let self_match = i64::from(constraint.selector.matches(&cx.pod.class.labels));
        let mut spread = Spread { constraint, counts, min: 0, self_match };
        spread.find_min();
        spread
    });
    PreFilter::Run(State { spreads: spreads.collect(), required })
}

/// The Pods in each domain of each constraint, over the nodes that have all keys and that the constraint includes.
fn count(cx: Cx<'_>, constraints: &[Constraint], required: &RequiredNodeAffinity) -> Vec<Vec<Option<i64>>> {
    let mut counts: Vec<Vec<Option<i64>>> = constraints.iter().map(|c| vec![None; cx.cache.domains(c.key).len()]).collect();
    let mut counted: Vec<Counted<'_>> = constraints.iter().map(|constraint| Counted::new(cx, constraint)).collect();
    for node in cx.cache.nodes() {
        if constraints.iter().any(|constraint| constraint.domain(cx, node).is_none()) {
            continue;
        }
        for ((constraint, counts), counted) in constraints.iter().zip(&mut counts).zip(&mut counted) {
            let Some(domain) = constraint.domain(cx, node) else { continue };
            if constraint.includes(cx, required, node) {
                *counts[domain].get_or_insert(0) += counted.on(node);
            }
        }
    }
    counts
}

/// Rejects a node whose domain would hold too many more Pods than the least filled one.
pub(crate) fn filter(state: &State, cx: Cx<'_>, node: &NodeInfo) -> Option<Status> {
    for spread in &state.spreads {
        let Some(domain) = spread.constraint.domain(cx, node) else {
            let reason = "node(s) didn't match pod topology spread constraints (missing required label)";
            return Some(Status::unresolvable(Plugin::PodTopologySpread, reason));
        };
        let count = spread.counts[domain].unwrap_or_default();
        if count + spread.self_match - spread.min > spread.constraint.max_skew {
            let reason = "node(s) didn't match pod topology spread constraints";
            return Some(Status::unschedulable(Plugin::PodTopologySpread, reason));
        }
    }
    None
}
