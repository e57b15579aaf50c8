//! Pods that look alike to selectors, counted together.
//!
//! Spread and affinity look at the namespace, the labels and the affinity terms of existing Pods and at nothing else of them. Pods of
//! one controller share these, so the cache gives each combination a number, nodes count Pods by number, and a cycle evaluates a
//! selector once for each class and not once for each Pod.

use std::sync::Arc;

use podlapse_model::api::core::v1::{Pod, PodAffinityTerm, WeightedPodAffinityTerm};
use podlapse_model::{Labels, Metadata, Selector, SortedMap, SortedSet};

use super::selectors::{NO_LABELS, label_selector};
use super::topology::KeyId;

/// The number of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClassId(pub(crate) u32);

/// A compiled term of Pod affinity or anti-affinity.
#[derive(Clone, Debug)]
pub(crate) struct AffinityTerm {
    namespaces: SortedSet<String>,
    namespace_selector: Selector,
    selector: Selector,
    /// The topology key.
    pub(crate) key: KeyId,
}

impl AffinityTerm {
    /// Whether the term is about Pods of this namespace (which has `namespace_labels`) with these labels.
    pub(crate) fn matches(&self, namespace: &str, labels: &Labels, namespace_labels: &Labels) -> bool {
        (self.namespaces.contains(namespace) || self.namespace_selector.matches(namespace_labels))
            && self.selector.matches(labels)
    }
}

/// The affinity of a Pod.
#[derive(Clone, Debug, Default)]
pub(crate) struct AffinityTerms {
    /// Required affinity.
    pub(crate) required: Vec<AffinityTerm>,
    /// Required anti-affinity.
    pub(crate) required_anti: Vec<AffinityTerm>,
    /// Preferred affinity with weights, and preferred anti-affinity with negative ones.
    pub(crate) preferred: Vec<(i64, AffinityTerm)>,
}

impl AffinityTerms {
    fn of(pod: &Pod, namespace: &str, mut intern: impl FnMut(&str) -> KeyId) -> AffinityTerms {
        let mut terms = AffinityTerms::default();
        let Some(affinity) = pod.spec.as_ref().and_then(|spec| spec.affinity.as_ref()) else { return terms };
        let mut term = |term: &PodAffinityTerm| compile(term, namespace, &mut intern);
        if let Some(affinity) = &affinity.pod_affinity {
            let required = affinity.required_during_scheduling_ignored_during_execution.as_deref().unwrap_or_default();
            terms.required = required.iter().map(&mut term).collect();
            let preferred = affinity.preferred_during_scheduling_ignored_during_execution.as_deref().unwrap_or_default();
            terms.preferred.extend(preferred.iter().map(|weighted| weigh(weighted, 1, &mut term)));
        }
        if let Some(anti) = &affinity.pod_anti_affinity {
            let required = anti.required_during_scheduling_ignored_during_execution.as_deref().unwrap_or_default();
            terms.required_anti = required.iter().map(&mut term).collect();
            let preferred = anti.preferred_during_scheduling_ignored_during_execution.as_deref().unwrap_or_default();
            terms.preferred.extend(preferred.iter().map(|weighted| weigh(weighted, -1, &mut term)));
        }
        terms
    }

    /// Whether there is no term at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.required.is_empty() && self.required_anti.is_empty() && self.preferred.is_empty()
    }
}

fn weigh(
    term: &WeightedPodAffinityTerm,
    sign: i64,
    compile: &mut impl FnMut(&PodAffinityTerm) -> AffinityTerm,
) -> (i64, AffinityTerm) {
    (sign * i64::from(term.weight), compile(&term.pod_affinity_term))
}

fn compile(term: &PodAffinityTerm, namespace: &str, intern: &mut impl FnMut(&str) -> KeyId) -> AffinityTerm {
    let mut namespaces: SortedSet<String> = term.namespaces.iter().flatten().cloned().collect();
    if namespaces.is_empty() && term.namespace_selector.is_none() {
        namespaces.insert(namespace.to_owned());
    }
    AffinityTerm {
        namespaces,
        namespace_selector: label_selector(term.namespace_selector.as_ref()),
        selector: label_selector(term.label_selector.as_ref()),
        key: intern(&term.topology_key),
    }
}

/// The terms of a Pod's required anti-affinity, for a question about the Pod alone: their topology keys are not numbered.
pub(crate) fn required_anti_affinity(pod: &Pod) -> Vec<AffinityTerm> {
    let namespace = pod.namespace();
    AffinityTerms::of(pod, namespace, |_| KeyId(u32::MAX)).required_anti
}

/// What Pods of a class have in common.
#[derive(Clone, Debug)]
pub(crate) struct PodClass {
    /// The namespace.
    pub(crate) namespace: String,
    /// The labels.
    pub(crate) labels: Labels,
    /// The affinity.
    pub(crate) terms: AffinityTerms,
}

/// By what Pods are told apart; the affinity as JSON, because the API types have no order.
type ClassKey = (String, Labels, Option<String>);

/// All classes there have been. They are few, and never forgotten.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClassTable {
    ids: SortedMap<Arc<ClassKey>, ClassId>,
    classes: Vec<Arc<PodClass>>,
}

impl ClassTable {
    /// The class of a Pod; `intern` numbers topology keys.
    pub(crate) fn intern(&mut self, pod: &Pod, intern: impl FnMut(&str) -> KeyId) -> (ClassId, Arc<PodClass>) {
        let namespace = pod.namespace().to_owned();
        let labels = pod.metadata.labels.as_ref().unwrap_or(NO_LABELS);
        let affinity = pod.spec.as_ref().and_then(|spec| spec.affinity.as_ref());
        let affinity = affinity.filter(|affinity| affinity.pod_affinity.is_some() || affinity.pod_anti_affinity.is_some());
        let text = affinity.map(|affinity| podlapse_model::to_json(affinity).to_string());
        let key = (namespace, labels.clone(), text);
        if let Some(id) = self.ids.get(&key) {
            return (*id, self.class(*id).clone());
        }
        let id = ClassId(self.classes.len() as u32);
        let terms = AffinityTerms::of(pod, &key.0, intern);
        let class = Arc::new(PodClass { namespace: key.0.clone(), labels: key.1.clone(), terms });
        self.classes.push(class.clone());
        self.ids.insert(Arc::new(key), id);
        (id, class)
    }

    /// A class by its number.
    pub(crate) fn class(&self, id: ClassId) -> &Arc<PodClass> {
        &self.classes[id.0 as usize]
    }

    /// How many classes there are.
    pub(crate) fn len(&self) -> usize {
        self.classes.len()
    }
}

/// The value of a function of classes, computed once for each.
pub(crate) struct PerClass<T> {
    values: Vec<Option<T>>,
}

impl<T> PerClass<T> {
    /// Nothing computed yet.
    pub(crate) fn new(table: &ClassTable) -> Self {
        PerClass { values: std::iter::repeat_with(|| None).take(table.len()).collect() }
    }

    /// The value for `id`.
    pub(crate) fn get(&mut self, id: ClassId, compute: impl FnOnce() -> T) -> &T {
        self.values[id.0 as usize].get_or_insert_with(compute)
    }
}
