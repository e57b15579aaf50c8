//! PreScore, Score and NormalizeScore of all plugins, in the profile's order.
//!
//! Models `pkg/scheduler/framework/runtime` `RunPreScorePlugins` and `RunScorePlugins` (v1.36).

use podlapse_model::SortedSet;
use std::sync::Arc;

use super::decision::{ScoreColumn, ScoreTable};
use super::node_info::NodeInfo;
use super::plugins::{
    Cx, balanced_allocation, default_normalize, image_locality, inter_pod_affinity_score, node_affinity, node_resources_fit,
    spread_score, taint_toleration,
};
use super::status::Plugin;

/// Scores the feasible nodes; `rows` says which of the decision's nodes they are.
pub(crate) fn score(cx: Cx<'_>, rows: Vec<u32>, nodes: &[Arc<NodeInfo>]) -> ScoreTable {
    let each = |score: &dyn Fn(&NodeInfo) -> i64| nodes.iter().map(|node| score(node)).collect::<Vec<i64>>();
    let mut columns = Vec::new();
    // Volumes are scored by capacity only, which is off.
    let mut skip = SortedSet::from([Plugin::VolumeBinding]);
    let mut add = |plugin: Plugin, scores: Option<(Vec<i64>, Vec<i64>)>| match scores {
        Some((raw, normalized)) => columns.push(ScoreColumn { plugin, weight: plugin.weight(), raw, normalized }),
        None => {
            skip.insert(plugin);
        }
    };
    add(
        Plugin::TaintToleration,
        Some(scaled(each(&|node| taint_toleration::score(cx, node)), |scores| default_normalize(scores, true))),
    );
    add(
        Plugin::NodeAffinity,
        node_affinity::pre_score(cx)
            .map(|terms| scaled(each(&|node| node_affinity::score(&terms, node)), |scores| default_normalize(scores, false))),
    );
    add(Plugin::NodeResourcesFit, Some(plain(each(&|node| node_resources_fit::score(cx, node)))));
    add(
        Plugin::PodTopologySpread,
        spread_score::score(cx, nodes).map(|scores| {
            let normalized = spread_score::normalize(&scores);
            (scores.raw, normalized)
        }),
    );
    add(
        Plugin::InterPodAffinity,
        inter_pod_affinity_score::pre_score(cx).map(|sums| {
            scaled(each(&|node| inter_pod_affinity_score::score(&sums, cx, node)), inter_pod_affinity_score::normalize)
        }),
    );
    add(Plugin::DynamicResources, Some(plain(vec![0; nodes.len()])));
    let is_balance_skipped = balanced_allocation::is_skipped(cx);
    let balance = (!is_balance_skipped).then(|| plain(each(&|node| balanced_allocation::score(cx, node))));
    add(Plugin::NodeResourcesBalancedAllocation, balance);
    let images = image_locality::pre_score(cx);
    let images = images.map_or_else(|| vec![0; nodes.len()], |by_slot| each(&|node| by_slot[node.slot.index()]));
    add(Plugin::ImageLocality, Some(plain(images)));
    let totals = totals(&columns, nodes.len());
    ScoreTable { rows, skip, columns, totals }
}

fn plain(raw: Vec<i64>) -> (Vec<i64>, Vec<i64>) {
    (raw.clone(), raw)
}

fn scaled(raw: Vec<i64>, normalize: impl Fn(&mut [i64])) -> (Vec<i64>, Vec<i64>) {
    let mut normalized = raw.clone();
    normalize(&mut normalized);
    (raw, normalized)
}

fn totals(columns: &[ScoreColumn], nodes: usize) -> Vec<i64> {
    let mut totals = vec![0; nodes];
    for column in columns {
        for (total, score) in totals.iter_mut().zip(&column.normalized) {
            *total += score * column.weight;
        }
    }
    totals
}
