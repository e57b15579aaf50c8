//! Required affinity and anti-affinity between Pods.
//!
//! Models `plugins/interpodaffinity` `filtering.go` (v1.36). Pods are counted for each domain of a topology key, by class.

use podlapse_model::SortedMap;

use super::{Cx, PreFilter};
use crate::scheduler::cache::Cache;
use crate::scheduler::class::{AffinityTerm, ClassId, PerClass, PodClass};
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;
use crate::scheduler::status::{Plugin, Status};
use crate::scheduler::topology::{KeyId, NO_DOMAIN, Slot};

/// Numbers for each domain of some topology keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct DomainCounts(SortedMap<KeyId, Vec<i64>>);

impl DomainCounts {
    /// Adds to the domain that the node is in; answers whether it is in one.
    pub(crate) fn add(&mut self, cache: &Cache, key: KeyId, slot: Slot, amount: i64) -> bool {
        let domains = cache.domains(key);
        let domain = domains.of(slot);
        if domain == NO_DOMAIN {
            return false;
        }
        self.0.entry(key).or_insert_with(|| vec![0; domains.len()])[domain as usize] += amount;
        true
    }

    /// The number for the domain that the node is in; `None` if it is in none.
    pub(crate) fn get(&self, cache: &Cache, key: KeyId, slot: Slot) -> Option<i64> {
        let domain = cache.domains(key).of(slot);
        let count = |counts: &Vec<i64>| counts.get(domain as usize).copied().unwrap_or_default();
        (domain != NO_DOMAIN).then(|| self.0.get(&key).map_or(0, count))
    }

    /// The keys that have numbers.
    pub(crate) fn keys(&self) -> impl Iterator<Item = KeyId> {
        self.0.keys().copied()
    }

    /// The sum of the node's numbers over all keys.
    pub(crate) fn sum(&self, cache: &Cache, slot: Slot) -> i64 {
        self.keys().filter_map(|key| self.get(cache, key, slot)).sum()
    }
}

/// What an existing Pod of a class means to the incoming one.
struct Effect {
    /// Keys of its required anti-affinity that is about the incoming Pod.
    forbids: Vec<KeyId>,
    /// Whether it is what the incoming Pod's required affinity asks for.
    is_wanted: bool,
    /// Keys of the incoming Pod's required anti-affinity that is about it.
    is_forbidden_in: Vec<KeyId>,
}

impl Effect {
    fn of(cx: Cx<'_>, class: &PodClass) -> Effect {
        let pod = &cx.pod.class;
        let incoming =
            |term: &&AffinityTerm| term.matches(&pod.namespace, &pod.labels, cx.listers.namespace_labels(&pod.namespace));
        let existing =
            |term: &&AffinityTerm| term.matches(&class.namespace, &class.labels, cx.listers.namespace_labels(&class.namespace));
        Effect {
            forbids: class.terms.required_anti.iter().filter(incoming).map(|term| term.key).collect(),
            is_wanted: !pod.terms.required.is_empty() && pod.terms.required.iter().all(|term| existing(&term)),
            is_forbidden_in: pod.terms.required_anti.iter().filter(existing).map(|term| term.key).collect(),
        }
    }

    fn is_nothing(&self) -> bool {
        self.forbids.is_empty() && !self.is_wanted && self.is_forbidden_in.is_empty()
    }
}

/// How many Pods in each domain speak for and against.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    forbidding: DomainCounts,
    wanted: DomainCounts,
    forbidden: DomainCounts,
    /// The sum of `wanted`; zero means that no Pod anywhere is what the affinity asks for.
    wanted_total: i64,
}

impl State {
    fn apply(&mut self, cx: Cx<'_>, effect: &Effect, slot: Slot, amount: i64) {
        for key in &effect.forbids {
            self.forbidding.add(cx.cache, *key, slot, amount);
        }
        if effect.is_wanted {
            for term in &cx.pod.class.terms.required {
                if self.wanted.add(cx.cache, term.key, slot, amount) {
                    self.wanted_total += amount;
                }
            }
        }
        for key in &effect.is_forbidden_in {
            self.forbidden.add(cx.cache, *key, slot, amount);
        }
    }

    /// Counts a Pod that is thought to be on the node (1), or no longer there (-1).
    pub(crate) fn update(&mut self, cx: Cx<'_>, pod: &PodInfo, node: &NodeInfo, sign: i64) {
        self.apply(cx, &Effect::of(cx, &pod.class), node.slot, sign);
    }
}

/// Counts the existing Pods; skips if nobody has a required term that matters.
pub(crate) fn pre_filter(cx: Cx<'_>) -> PreFilter<State> {
    let mut effects: PerClass<Effect> = PerClass::new(cx.cache.classes());
    let mut state = State::default();
    for node in cx.cache.nodes() {
        for count in &node.classes {
            let effect = effects.get(count.class, || effect_of(cx, count.class));
            if !effect.is_nothing() {
                state.apply(cx, effect, node.slot, count.all);
            }
        }
    }
    let terms = &cx.pod.class.terms;
    if state.forbidding.0.is_empty() && terms.required.is_empty() && terms.required_anti.is_empty() {
        return PreFilter::Skip;
    }
    PreFilter::Run(state)
}

fn effect_of(cx: Cx<'_>, class: ClassId) -> Effect {
    Effect::of(cx, cx.cache.class(class))
}

/// Rejects a node in whose domains required affinity is not met or anti-affinity is.
pub(crate) fn filter(state: &State, cx: Cx<'_>, node: &NodeInfo) -> Option<Status> {
    let is_any = |counts: &DomainCounts, key| counts.get(cx.cache, key, node.slot).is_some_and(|count| count > 0);
    if !satisfies_affinity(state, cx, node) {
        return Some(Status::unresolvable(Plugin::InterPodAffinity, "node(s) didn't match pod affinity rules"));
    }
    if cx.pod.class.terms.required_anti.iter().any(|term| is_any(&state.forbidden, term.key)) {
        return Some(Status::unschedulable(Plugin::InterPodAffinity, "node(s) didn't match pod anti-affinity rules"));
    }
    if state.forbidding.keys().any(|key| is_any(&state.forbidding, key)) {
        let reason = "node(s) didn't satisfy existing pods anti-affinity rules";
        return Some(Status::unschedulable(Plugin::InterPodAffinity, reason));
    }
    None
}

fn satisfies_affinity(state: &State, cx: Cx<'_>, node: &NodeInfo) -> bool {
    let class = &cx.pod.class;
    let mut is_met = true;
    for term in &class.terms.required {
        match state.wanted.get(cx.cache, term.key, node.slot) {
            None => return false,
            Some(count) => is_met &= count > 0,
        }
    }
    // The first Pod of a group that wants to be near itself may go anywhere.
    let is_first = || {
        let labels = cx.listers.namespace_labels(&class.namespace);
        state.wanted_total == 0 && class.terms.required.iter().all(|term| term.matches(&class.namespace, &class.labels, labels))
    };
    is_met || is_first()
}
