//! Makes room for a Pod by evicting Pods of lower priority.
//!
//! Models `plugins/defaultpreemption` and `pkg/scheduler/framework/preemption` (v1.36). The dry run begins with the first node, where
//! the real one begins with a random one; that matters only when there are more than a hundred candidates.

use std::cmp::Reverse;
use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;

use super::cycle::{Choose, Tie, absent_status};
use super::decision::{Candidate, Decision, Nomination, Preemption, Verdict};
use super::filters::Filters;
use super::message::{Reasons, Why, fit_error};
use super::node_info::NodeInfo;
use super::nominator::Nominator;
use super::plugins::Cx;
use super::pod_info::PodInfo;
use super::status::{Code, Status};

/// At least so many nodes are looked through for candidates; `minCandidateNodesAbsolute`.
const MIN_CANDIDATES: usize = 100;
/// At least this part of the nodes is; `minCandidateNodesPercentage`.
const MIN_CANDIDATES_PERCENTAGE: usize = 10;

/// What preemption came to.
pub(crate) struct PostFilter {
    /// Why nobody is evicted; `None` if somebody is.
    pub(crate) message: Option<String>,
    /// The dry run, if there was one.
    pub(crate) preemption: Option<Preemption>,
    /// What becomes of the Pod's nomination.
    pub(crate) nomination: Nomination,
}

/// Looks for the node on which evicting Pods hurts least.
pub(crate) fn post_filter(
    cx: Cx<'_>,
    filters: &mut Filters,
    nominator: &Nominator,
    decision: &Decision,
    choose: &mut Choose<'_>,
) -> PostFilter {
    if let Some(message) = ineligible(cx, decision) {
        return PostFilter { message: Some(message.to_owned()), preemption: None, nomination: Nomination::Keep };
    }
    let is_potential = |verdict: &Verdict| matches!(verdict, Verdict::Rejected(status) if status.code == Code::Unschedulable);
    let rows = decision.nodes().filter(|(_, verdict)| is_potential(verdict));
    let potential: Vec<&Arc<NodeInfo>> = rows.filter_map(|(name, _)| cx.cache.node(name)).collect();
    let mut preemption = dry_run(cx, filters, nominator, &potential);
    let Some(best) = select(&preemption.candidates) else {
        let message = no_candidates(decision.node_count(), &preemption);
        let preemption = (!potential.is_empty()).then_some(preemption);
        return PostFilter { message: Some(message), preemption, nomination: Nomination::Clear };
    };
    preemption.best = best.iter().map(|index| preemption.candidates[*index].node.clone()).collect();
    let choice = if best.len() > 1 { choose(Tie::Candidate, &preemption.best).min(best.len() - 1) } else { 0 };
    preemption.chosen = Some(best[choice]);
    let nomination = Nomination::Set(preemption.candidates[best[choice]].node.clone());
    PostFilter { message: None, preemption: Some(preemption), nomination }
}

/// Why the Pod may not preempt at all.
fn ineligible(cx: Cx<'_>, decision: &Decision) -> Option<&'static str> {
    if cx.pod.spec().and_then(|spec| spec.preemption_policy.as_deref()) == Some("Never") {
        return Some("not eligible due to preemptionPolicy=Never.");
    }
    let node = cx.cache.node(cx.pod.nominated_node())?;
    let row = decision.row(&node.name)?;
    let is_hopeless = match decision.verdicts.get(row).unwrap_or(&Verdict::NotEvaluated) {
        Verdict::Rejected(status) => status.code == Code::UnschedulableAndUnresolvable,
        Verdict::NotEvaluated => absent_status().code == Code::UnschedulableAndUnresolvable,
        Verdict::Passed => false,
    };
    let is_leaving = |pod: &Arc<PodInfo>| pod.priority() < cx.pod.priority() && is_leaving_by_preemption(pod);
    let waits = !is_hopeless && node.pods.iter().any(is_leaving);
    waits.then_some("not eligible due to a terminating pod on the nominated node.")
}

fn is_leaving_by_preemption(pod: &PodInfo) -> bool {
    let mut conditions = pod.pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let is_victim = conditions.any(|condition| {
        condition.type_ == "DisruptionTarget"
            && condition.status == "True"
            && condition.reason.as_deref() == Some("PreemptionByScheduler")
    });
    pod.is_terminating() && is_victim
}

/// Looks for victims on each node, until there are enough candidates.
fn dry_run(cx: Cx<'_>, filters: &mut Filters, nominator: &Nominator, potential: &[&Arc<NodeInfo>]) -> Preemption {
    let wanted = (potential.len() * MIN_CANDIDATES_PERCENTAGE / 100).max(MIN_CANDIDATES);
    let mut preemption = Preemption::default();
    for node in potential {
        match victims(cx, filters, nominator, node) {
            Ok(candidate) => preemption.candidates.push(candidate),
            Err(status) => preemption.rejected.push((node.name.clone(), status)),
        }
        let is_any_free = preemption.candidates.iter().any(|candidate| candidate.pdb_violations == 0);
        if is_any_free && preemption.candidates.len() >= wanted {
            break;
        }
    }
    preemption
}

/// A node from which Pods are taken away to see whether the Pod would fit.
struct Trial<'a> {
    cx: Cx<'a>,
    filters: &'a mut Filters,
    nominator: &'a Nominator,
    node: NodeInfo,
}

impl Trial<'_> {
    fn remove(&mut self, pod: &PodInfo) {
        self.node.remove_pod(pod);
        self.filters.update(self.cx, pod, &self.node, -1);
    }

    fn add(&mut self, pod: &Arc<PodInfo>) {
        self.node.add_pod(pod.clone());
        self.filters.update(self.cx, pod, &self.node, 1);
    }

    fn judge(&mut self) -> Option<Status> {
        self.filters.filter_with_nominated(self.cx, self.nominator, &self.node)
    }

    /// Puts a Pod back if there is room for it; answers whether it must go.
    fn must_go(&mut self, pod: &Arc<PodInfo>) -> bool {
        self.add(pod);
        let must_go = self.judge().is_some();
        if must_go {
            self.remove(pod);
        }
        must_go
    }
}

/// The Pods that must go from a node: all of lower priority, but those for which there is room beside the Pod.
fn victims(cx: Cx<'_>, filters: &mut Filters, nominator: &Nominator, node: &Arc<NodeInfo>) -> Result<Candidate, Status> {
    let is_lower = |pod: &&Arc<PodInfo>| pod.priority() < cx.pod.priority();
    let mut potential: Vec<Arc<PodInfo>> = node.pods.iter().filter(is_lower).cloned().collect();
    if potential.is_empty() {
        let reasons = vec!["No preemption victims found for incoming pod".into()];
        return Err(Status { plugin: None, code: Code::UnschedulableAndUnresolvable, reasons });
    }
    let mut trial = Trial { cx, filters, nominator, node: NodeInfo::clone(node) };
    for pod in &potential {
        trial.remove(pod);
    }
    if let Some(status) = trial.judge() {
        potential.iter().for_each(|pod| trial.add(pod));
        return Err(status);
    }
    podlapse_model::sort_by_key(&mut potential, importance);
    let (protected, free) = split_by_budgets(cx, potential);
    let mut victims: Vec<Arc<PodInfo>> = protected.into_iter().filter(|pod| trial.must_go(pod)).collect();
    let pdb_violations = victims.len() as i64;
    victims.extend(free.into_iter().filter(|pod| trial.must_go(pod)));
    podlapse_model::sort_by_key(&mut victims, importance);
    // The filters' counts are those of the cluster again.
    victims.iter().for_each(|pod| trial.add(pod));
    Ok(candidate(node, &victims, pdb_violations))
}

/// The more important of two Pods comes first: of higher priority, then started earlier.
fn importance(pod: &Arc<PodInfo>) -> (Reverse<i32>, bool, Option<Time>) {
    let start = start_time(&pod.pod);
    (Reverse(pod.priority()), start.is_none(), start)
}

fn start_time(pod: &Pod) -> Option<Time> {
    pod.status.as_ref().and_then(|status| status.start_time.clone())
}

/// Splits Pods into those whose eviction a budget forbids and the rest, using up the budgets in their order.
fn split_by_budgets(cx: Cx<'_>, pods: Vec<Arc<PodInfo>>) -> (Vec<Arc<PodInfo>>, Vec<Arc<PodInfo>>) {
    let budgets: Vec<_> = cx.listers.budgets().filter(|budget| !budget.selector.is_empty()).collect();
    let allowed = |budget: &&super::listers::Budget| {
        i64::from(budget.object.status.as_ref().and_then(|status| status.disruptions_allowed).unwrap_or_default())
    };
    let mut left: Vec<i64> = budgets.iter().map(allowed).collect();
    let mut is_protected = |pod: &Arc<PodInfo>| {
        let mut is_violated = false;
        for (budget, left) in budgets.iter().zip(&mut left) {
            let is_same_namespace = budget.object.metadata.namespace.as_deref() == Some(&pod.key.namespace);
            let disrupted = budget.object.status.as_ref().and_then(|status| status.disrupted_pods.as_ref());
            let is_counted = disrupted.is_some_and(|pods| pods.contains_key(&*pod.key.name));
            let labels = &pod.class.labels;
            if is_same_namespace && !labels.is_empty() && budget.selector.matches(labels) && !is_counted {
                *left -= 1;
                is_violated |= *left < 0;
            }
        }
        is_violated
    };
    pods.into_iter().partition(|pod| is_protected(pod))
}

fn candidate(node: &NodeInfo, victims: &[Arc<PodInfo>], pdb_violations: i64) -> Candidate {
    let highest_priority = victims.first().map_or(0, |pod| pod.priority());
    let raise = i64::from(i32::MAX) + 1;
    let highest = victims.iter().filter(|pod| pod.priority() == highest_priority);
    // A Pod that has not started counts as started now, which is later than all that have.
    let earliest_start = highest.filter_map(|pod| start_time(&pod.pod)).min();
    Candidate {
        node: node.name.clone(),
        victims: victims.iter().map(|pod| pod.key.clone()).collect(),
        pdb_violations,
        highest_priority,
        sum_priorities: victims.iter().map(|pod| i64::from(pod.priority()) + raise).sum(),
        earliest_start,
    }
}

/// The best candidates, by name; each rule only decides among those that are equal by the ones before.
fn select(candidates: &[Candidate]) -> Option<Vec<usize>> {
    let rank = |candidate: &Candidate| {
        let Candidate { pdb_violations, highest_priority, sum_priorities, victims, earliest_start, .. } = candidate;
        let latest = Reverse((earliest_start.is_none(), earliest_start.clone()));
        (*pdb_violations, *highest_priority, *sum_priorities, victims.len(), latest)
    };
    let least = candidates.iter().map(rank).min()?;
    let mut best: Vec<usize> = (0..candidates.len()).filter(|index| rank(&candidates[*index]) == least).collect();
    podlapse_model::sort_by(&mut best, |one, other| candidates[*one].node.cmp(&candidates[*other].node));
    Some(best)
}

/// Why no node is a candidate.
fn no_candidates(node_count: usize, preemption: &Preemption) -> String {
    let mut reasons = Reasons::default();
    for (_, status) in &preemption.rejected {
        reasons.add(status, 1);
    }
    reasons.count("Preemption is not helpful for scheduling", node_count - preemption.rejected.len());
    fit_error(node_count, &Why::Nodes(reasons), "")
}
