//! Topology spread constraints that should hold (`ScheduleAnyway`), and the defaults of the profile.
//!
//! Models `plugins/podtopologyspread` `scoring.go` (v1.36).

use std::sync::Arc;

use super::node_affinity;
use super::spread_constraints::{Action, Constraint, Counted, defaults, has_own, own};
use super::{Cx, MAX_NODE_SCORE};
use crate::scheduler::node_info::NodeInfo;

/// A constraint with what its domains score.
struct Scored {
    constraint: Constraint,
    /// The Pods in each domain that a candidate node is in; unused for hosts, whose Pods are counted on the node.
    counts: Vec<Option<i64>>,
    /// The fewer domains there are, the less each Pod in one weighs.
    weight: f64,
}

/// Raw scores of the candidates, and which of them lack a key and score nothing.
pub(crate) struct Scores {
    /// In the order of the candidates.
    pub(crate) raw: Vec<i64>,
    is_ignored: Vec<bool>,
}

/// The raw scores of `candidates`; `None` if no constraint applies.
pub(crate) fn score(cx: Cx<'_>, candidates: &[Arc<NodeInfo>]) -> Option<Scores> {
    let needs_all_keys = has_own(cx);
    let constraints = if needs_all_keys { own(cx, Action::ScheduleAnyway) } else { defaults(cx) };
    if constraints.is_empty() {
        return None;
    }
    let lacks_key = |node: &NodeInfo| needs_all_keys && constraints.iter().any(|c| c.domain(cx, node).is_none());
    let is_ignored: Vec<bool> = candidates.iter().map(|node| lacks_key(node)).collect();
    let scored = weigh(cx, &constraints, candidates, &is_ignored);
    let scored = count(cx, scored, lacks_key);
    let mut counted: Vec<Counted<'_>> = scored.iter().map(|scored| Counted::new(cx, &scored.constraint)).collect();
    let mut raw = Vec::with_capacity(candidates.len());
    for (node, is_ignored) in candidates.iter().zip(&is_ignored) {
        let mut sum = 0.0;
        for (scored, counted) in scored.iter().zip(&mut counted) {
            let Some(domain) = scored.constraint.domain(cx, node) else { continue };
            let count = if scored.constraint.is_hostname { counted.on(node) } else { scored.counts[domain].unwrap_or_default() };
            sum += count as f64 * scored.weight + (scored.constraint.max_skew - 1) as f64;
        }
        raw.push(if *is_ignored { 0 } else { libm::round(sum) as i64 });
    }
    Some(Scores { raw, is_ignored })
}

/// Gives each constraint its weight, and a count of zero to each domain of a candidate.
fn weigh(cx: Cx<'_>, constraints: &[Constraint], candidates: &[Arc<NodeInfo>], is_ignored: &[bool]) -> Vec<Scored> {
    let considered = || candidates.iter().zip(is_ignored).filter(|(_, is_ignored)| !**is_ignored).map(|(node, _)| node);
    let scored = constraints.iter().map(|constraint| {
        let mut counts = vec![None; cx.cache.domains(constraint.key).len()];
        let mut size = 0;
        if constraint.is_hostname {
            size = considered().count();
        } else {
            let mut has_unlabelled = false;
            for node in considered() {
                match constraint.domain(cx, node) {
                    Some(domain) => {
                        size += usize::from(counts[domain].is_none());
                        counts[domain] = Some(0);
                    }
                    // Nodes without the label are one domain more.
                    None => has_unlabelled = true,
                }
            }
            size += usize::from(has_unlabelled);
        }
        Scored { constraint: constraint.clone(), counts, weight: libm::log((size + 2) as f64) }
    });
    scored.collect()
}

/// Counts the Pods of all nodes into the domains of the candidates.
fn count(cx: Cx<'_>, mut scored: Vec<Scored>, lacks_key: impl Fn(&NodeInfo) -> bool) -> Vec<Scored> {
    let required = node_affinity::required(&cx.pod.pod);
    for scored in scored.iter_mut().filter(|scored| !scored.constraint.is_hostname) {
        let mut counted = Counted::new(cx, &scored.constraint);
        for node in cx.cache.nodes() {
            let Some(domain) = scored.constraint.domain(cx, node) else { continue };
            let Some(count) = &mut scored.counts[domain] else { continue };
            if !lacks_key(node) && scored.constraint.includes(cx, &required, node) {
                *count += counted.on(node);
            }
        }
    }
    scored
}

/// Turns the scale around and scales it to 100: the fewer Pods, the better.
pub(crate) fn normalize(scores: &Scores) -> Vec<i64> {
    let considered = || scores.raw.iter().zip(&scores.is_ignored).filter(|(_, is_ignored)| !**is_ignored).map(|(raw, _)| *raw);
    let min = considered().min().unwrap_or_default();
    let max = considered().max().unwrap_or_default();
    let normalized = scores.raw.iter().zip(&scores.is_ignored).map(|(raw, is_ignored)| match (is_ignored, max) {
        (true, _) => 0,
        (false, 0) => MAX_NODE_SCORE,
        (false, max) => MAX_NODE_SCORE * (max + min - raw) / max,
    });
    normalized.collect()
}
