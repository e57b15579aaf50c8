//! Topology spread constraints, read from the Pod or from the defaults of the profile.
//!
//! Models `plugins/podtopologyspread` `common.go` and `plugins/helper` `DefaultSelector` (v1.36).

use podlapse_model::api::core::v1::{Pod, TopologySpreadConstraint};
use podlapse_model::{Labels, RequiredNodeAffinity, Selector};

use super::Cx;
use super::node_affinity;
use super::taint_toleration::is_any_untolerated;
use crate::scheduler::class::{PerClass, PodClass};
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::selectors::{NO_LABELS, both, label_selector};
use crate::scheduler::topology::{HOSTNAME, KeyId, NO_DOMAIN, ZONE};

/// A constraint with its selector compiled.
#[derive(Clone, Debug)]
pub(crate) struct Constraint {
    /// The topology key.
    pub(crate) key: KeyId,
    /// Whether the key is that of hosts.
    pub(crate) is_hostname: bool,
    /// By how much domains may differ.
    pub(crate) max_skew: i64,
    /// With fewer domains the least filled one counts as empty.
    pub(crate) min_domains: usize,
    /// Which Pods are counted.
    pub(crate) selector: Selector,
    honors_affinity: bool,
    /// Whether nodes with taints that the Pod does not tolerate are left out.
    pub(crate) honors_taints: bool,
}

impl Constraint {
    fn of(cx: Cx<'_>, constraint: &TopologySpreadConstraint) -> Option<Constraint> {
        let pod_labels = labels(&cx.pod.pod);
        let mut selector = label_selector(constraint.label_selector.as_ref());
        let keys = constraint.match_label_keys.iter().flatten();
        let own: Labels = keys.filter_map(|key| Some((key.clone(), pod_labels.get(key)?.clone()))).collect();
        if !own.is_empty() {
            selector = both(&selector, &Selector::of_set(&own));
        }
        Some(Constraint {
            key: cx.cache.key_id(&constraint.topology_key)?,
            is_hostname: constraint.topology_key == HOSTNAME,
            max_skew: i64::from(constraint.max_skew),
            min_domains: usize::try_from(constraint.min_domains.unwrap_or(1)).unwrap_or_default(),
            selector,
            honors_affinity: constraint.node_affinity_policy.as_deref() != Some("Ignore"),
            honors_taints: constraint.node_taints_policy.as_deref() == Some("Honor"),
        })
    }

    fn default(cx: Cx<'_>, key: &str, max_skew: i64, selector: &Selector) -> Option<Constraint> {
        Some(Constraint {
            key: cx.cache.key_id(key)?,
            is_hostname: key == HOSTNAME,
            max_skew,
            min_domains: 1,
            selector: selector.clone(),
            honors_affinity: true,
            honors_taints: false,
        })
    }

    /// Whether Pods on the node count for the constraint.
    pub(crate) fn includes(&self, cx: Cx<'_>, required: &RequiredNodeAffinity, node: &NodeInfo) -> bool {
        (!self.honors_affinity || node_affinity::is_met(required, node))
            && (!self.honors_taints || !is_any_untolerated(cx.pod.spec(), node.taints()))
    }

    /// The domain of the node.
    pub(crate) fn domain(&self, cx: Cx<'_>, node: &NodeInfo) -> Option<usize> {
        let domain = cx.cache.domains(self.key).of(node.slot);
        (domain != NO_DOMAIN).then_some(domain as usize)
    }
}

/// Which of the two kinds of constraints is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// For the filter.
    DoNotSchedule,
    /// For the score.
    ScheduleAnyway,
}

impl Action {
    const fn word(self) -> &'static str {
        match self {
            Action::DoNotSchedule => "DoNotSchedule",
            Action::ScheduleAnyway => "ScheduleAnyway",
        }
    }
}

/// The Pod's own constraints of a kind, in its order.
pub(crate) fn own(cx: Cx<'_>, action: Action) -> Vec<Constraint> {
    let all = cx.pod.spec().and_then(|spec| spec.topology_spread_constraints.as_deref()).unwrap_or_default();
    let wanted = all.iter().filter(|constraint| constraint.when_unsatisfiable == action.word());
    wanted.filter_map(|constraint| Constraint::of(cx, constraint)).collect()
}

/// Whether the Pod has constraints of its own, so that the defaults do not apply.
pub(crate) fn has_own(cx: Cx<'_>) -> bool {
    cx.pod.spec().is_some_and(|spec| spec.topology_spread_constraints.as_ref().is_some_and(|all| !all.is_empty()))
}

/// The defaults of the profile, for Pods that a Service or controller selects. All of them are `ScheduleAnyway`.
pub(crate) fn defaults(cx: Cx<'_>) -> Vec<Constraint> {
    let selector = default_selector(cx);
    if selector.is_empty() {
        return Vec::new();
    }
    let defaults = [(HOSTNAME, 3), (ZONE, 5)];
    defaults.iter().filter_map(|(key, max_skew)| Constraint::default(cx, key, *max_skew, &selector)).collect()
}

/// What the Services and the controller of a Pod select it by, together.
fn default_selector(cx: Cx<'_>) -> Selector {
    let pod = &cx.pod.pod;
    let namespace = cx.pod.key.namespace.as_ref();
    let pod_labels = labels(pod);
    let mut merged = Labels::new();
    for service in cx.listers.services(namespace) {
        if service.labels.iter().all(|(key, value)| pod_labels.get(key) == Some(value)) {
            merged.extend(service.labels.clone());
        }
    }
    let owners = pod.metadata.owner_references.as_deref().unwrap_or_default();
    let Some(owner) = owners.iter().find(|owner| owner.controller == Some(true)) else { return Selector::of_set(&merged) };
    let controller = match (owner.api_version.as_str(), owner.kind.as_str()) {
        ("v1", "ReplicationController") => {
            let controller = cx.listers.replication_controller(namespace, &owner.name);
            merged.extend(controller.and_then(|it| it.spec.as_ref()?.selector.clone()).unwrap_or_default());
            None
        }
        ("apps/v1", "ReplicaSet") => {
            cx.listers.replica_set(namespace, &owner.name).and_then(|it| it.spec.as_ref()).map(|spec| &spec.selector)
        }
        ("apps/v1", "StatefulSet") => {
            cx.listers.stateful_set(namespace, &owner.name).and_then(|it| it.spec.as_ref()).map(|spec| &spec.selector)
        }
        _ => None,
    };
    let selector = Selector::of_set(&merged);
    match controller {
        Some(other) => both(&selector, &label_selector(Some(other))),
        None => selector,
    }
}

fn labels(pod: &Pod) -> &Labels {
    pod.metadata.labels.as_ref().unwrap_or(NO_LABELS)
}

/// Which classes a constraint counts.
pub(crate) struct Counted<'a> {
    cx: Cx<'a>,
    selector: &'a Selector,
    of_class: PerClass<bool>,
}

impl<'a> Counted<'a> {
    /// Pods of the incoming Pod's namespace that the constraint's selector matches; an empty selector counts none.
    pub(crate) fn new(cx: Cx<'a>, constraint: &'a Constraint) -> Self {
        Counted { cx, selector: &constraint.selector, of_class: PerClass::new(cx.cache.classes()) }
    }

    /// How many Pods on the node count.
    pub(crate) fn on(&mut self, node: &NodeInfo) -> i64 {
        let (cx, selector) = (self.cx, self.selector);
        let is_counted = |class: &PodClass| {
            !selector.is_empty() && *class.namespace == *cx.pod.key.namespace && selector.matches(&class.labels)
        };
        let counts =
            node.classes.iter().filter(|count| *self.of_class.get(count.class, || is_counted(cx.cache.class(count.class))));
        counts.map(|count| count.living).sum()
    }
}
