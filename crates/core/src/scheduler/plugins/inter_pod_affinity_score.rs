//! Preferred affinity and anti-affinity between Pods, and the pull of others' required affinity.
//!
//! Models `plugins/interpodaffinity` `scoring.go` (v1.36) with the default `hardPodAffinityWeight` of 1.

use super::inter_pod_affinity::DomainCounts;
use super::{Cx, MAX_NODE_SCORE};
use crate::scheduler::class::{AffinityTerm, PerClass, PodClass};
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::topology::KeyId;

/// What another Pod's required affinity that is about the incoming Pod counts.
const HARD_POD_AFFINITY_WEIGHT: i64 = 1;

/// The weights that a Pod of the class puts on its domains.
fn weights(cx: Cx<'_>, class: &PodClass) -> Vec<(KeyId, i64)> {
    let pod = &cx.pod.class;
    let incoming = |term: &AffinityTerm| term.matches(&pod.namespace, &pod.labels, cx.listers.namespace_labels(&pod.namespace));
    let existing =
        |term: &AffinityTerm| term.matches(&class.namespace, &class.labels, cx.listers.namespace_labels(&class.namespace));
    let own = pod.terms.preferred.iter().filter(|(_, term)| existing(term)).map(|(weight, term)| (term.key, *weight));
    let hard = class.terms.required.iter().filter(|term| incoming(term)).map(|term| (term.key, HARD_POD_AFFINITY_WEIGHT));
    let soft = class.terms.preferred.iter().filter(|(_, term)| incoming(term)).map(|(weight, term)| (term.key, *weight));
    own.chain(hard).chain(soft).collect()
}

/// The weights of all domains; `None` if no term of anybody applies.
pub(crate) fn pre_score(cx: Cx<'_>) -> Option<DomainCounts> {
    let has_own = !cx.pod.class.terms.preferred.is_empty();
    let mut of_class: PerClass<Vec<(KeyId, i64)>> = PerClass::new(cx.cache.classes());
    let mut sums = DomainCounts::default();
    let mut is_any = false;
    for node in cx.cache.nodes() {
        for count in &node.classes {
            let weights = of_class.get(count.class, || {
                let class = cx.cache.class(count.class);
                if has_own || !class.terms.is_empty() { weights(cx, class) } else { Vec::new() }
            });
            for (key, weight) in weights {
                is_any |= sums.add(cx.cache, *key, node.slot, weight * count.all);
            }
        }
    }
    is_any.then_some(sums)
}

/// The sum of the weights of the node's domains.
pub(crate) fn score(sums: &DomainCounts, cx: Cx<'_>, node: &NodeInfo) -> i64 {
    sums.sum(cx.cache, node.slot)
}

/// Scales scores so that the lowest gets 0 and the highest 100.
pub(crate) fn normalize(scores: &mut [i64]) {
    let min = scores.iter().copied().min().unwrap_or_default();
    let max = scores.iter().copied().max().unwrap_or_default();
    for score in scores {
        let part = if max > min { (*score - min) as f64 / (max - min) as f64 } else { 0.0 };
        *score = (MAX_NODE_SCORE as f64 * part) as i64;
    }
}
