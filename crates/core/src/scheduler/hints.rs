//! Whether a change of the cluster may help a Pod that a plugin rejected.
//!
//! Models the plugins' `EventsToRegister` with their queueing hints (v1.36).

use std::sync::Arc;

use podlapse_model::api::core::v1::{Node, Pod};
use podlapse_model::{Labels, Metadata, Object};

use super::class::{AffinityTerm, required_anti_affinity};
use super::node_info::NodeInfo;
use super::plugins::spread_constraints::{self, Action, Constraint};
use super::plugins::{
    Cx, node_affinity, node_ports, node_resources_fit, node_unschedulable, scheduling_gates, taint_toleration,
    volume_restrictions,
};
use super::pod_info::{node_name, nominated_node};
use super::resource::Resource;
use super::selectors::NO_LABELS;
use super::status::Plugin;
use super::topology::Slot;

/// A change as the queue remembers it.
#[derive(Clone, Debug)]
pub(crate) struct ClusterEvent {
    /// The object before; `None`: it was added.
    pub(crate) before: Option<Object>,
    /// The object after; `None`: it was deleted.
    pub(crate) after: Option<Object>,
}

/// Whether the change may help the Pod, which these plugins rejected.
pub(crate) fn may_help<'a>(
    cx: Cx<'_>,
    mut rejectors: impl Iterator<Item = &'a Plugin>,
    before: Option<&Object>,
    after: Option<&Object>,
) -> bool {
    match after.or(before) {
        Some(Object::Node(_)) => {
            let node = |object: Option<&Object>| if let Some(Object::Node(node)) = object { Some(node.clone()) } else { None };
            let (before, after) = (node(before), node(after));
            rejectors.any(|plugin| helps_node(cx, *plugin, before.as_ref(), after.as_ref()))
        }
        Some(Object::Pod(_)) => {
            let pod = |object: Option<&Object>| if let Some(Object::Pod(pod)) = object { Some(pod.clone()) } else { None };
            let (before, after) = (pod(before), pod(after));
            rejectors.any(|plugin| helps_pod(cx, *plugin, before.as_ref(), after.as_ref()))
        }
        Some(object) => after.is_some() && rejectors.any(|plugin| helps_other(cx, *plugin, object)),
        None => false,
    }
}

fn helps_node(cx: Cx<'_>, plugin: Plugin, before: Option<&Arc<Node>>, after: Option<&Arc<Node>>) -> bool {
    let Some(after) = after else {
        let before = before.and_then(|node| node.metadata.labels.as_ref());
        return plugin == Plugin::PodTopologySpread && before.is_some_and(|labels| has_keys(&spread_keys(cx), labels));
    };
    let empty = |node: &Arc<Node>| NodeInfo::new(node.clone(), Slot(u32::MAX));
    let (old, new) = (before.map(empty), empty(after));
    let is_added = old.is_none();
    let have_labels_changed = before.is_none_or(|before| before.metadata.labels != after.metadata.labels);
    let began_to_pass = |rejects: &dyn Fn(&NodeInfo) -> bool| old.as_ref().is_none_or(rejects) && !rejects(&new);
    match plugin {
        Plugin::NodeUnschedulable => old.as_ref().is_none_or(is_cordoned) && !is_cordoned(&new),
        Plugin::TaintToleration => began_to_pass(&|node| taint_toleration::filter(cx, node).is_some()),
        Plugin::NodeAffinity => {
            let required = node_affinity::required(&cx.pod.pod);
            began_to_pass(&|node| !node_affinity::is_met(&required, node))
        }
        Plugin::NodeResourcesFit => {
            let fits = |node: &NodeInfo| node_resources_fit::filter(cx, node).is_none();
            fits(&new) && old.as_ref().is_none_or(|old| !fits(old) || node_resources_fit::gained(cx, old, &new))
        }
        Plugin::NodeName | Plugin::NodePorts => is_added,
        Plugin::VolumeBinding | Plugin::VolumeZone => have_labels_changed,
        Plugin::NodeDeclaredFeatures => {
            let declared = |node: &Node| node.status.as_ref().and_then(|status| status.declared_features.clone());
            before.is_none_or(|before| declared(before) != declared(after))
        }
        Plugin::PodTopologySpread => is_about_domains(cx, before, after),
        Plugin::InterPodAffinity => {
            let value = |node: &Node, key: &str| node.label(key).map(str::to_owned);
            let has_changed = |key: &&str| match before {
                Some(before) => value(before, key) != value(after, key),
                None => value(after, key).is_some(),
            };
            affinity_keys(cx).iter().any(has_changed)
        }
        Plugin::SchedulingGates
        | Plugin::VolumeRestrictions
        | Plugin::NodeVolumeLimits
        | Plugin::DynamicResources
        | Plugin::NodeResourcesBalancedAllocation
        | Plugin::ImageLocality
        | Plugin::DefaultPreemption => false,
    }
}

/// The topology keys of the Pod's constraints that must hold.
fn spread_keys<'a>(cx: Cx<'a>) -> Vec<&'a str> {
    let constraints = cx.pod.spec().into_iter().flat_map(|spec| spec.topology_spread_constraints.iter().flatten());
    let hard = constraints.filter(|constraint| constraint.when_unsatisfiable == "DoNotSchedule");
    hard.map(|constraint| constraint.topology_key.as_str()).collect()
}

fn has_keys(keys: &[&str], labels: &Labels) -> bool {
    keys.iter().all(|key| labels.contains_key(*key))
}

/// Whether a node came into a domain that the Pod's constraints count, left it, or changed what they look at.
fn is_about_domains(cx: Cx<'_>, before: Option<&Arc<Node>>, after: &Node) -> bool {
    let keys = spread_keys(cx);
    let new = after.metadata.labels.as_ref().unwrap_or(NO_LABELS);
    let Some(before) = before else { return has_keys(&keys, new) };
    let old = before.metadata.labels.as_ref().unwrap_or(NO_LABELS);
    let taints = |node: &Node| node.spec.as_ref().and_then(|spec| spec.taints.clone()).unwrap_or_default();
    let has_changed = keys.iter().any(|key| old.get(*key) != new.get(*key)) || taints(before) != taints(after);
    has_keys(&keys, old) != has_keys(&keys, new) || (has_keys(&keys, new) && has_changed)
}

/// The topology keys of the Pod's terms that must hold.
fn affinity_keys<'a>(cx: Cx<'a>) -> Vec<&'a str> {
    let Some(affinity) = cx.pod.spec().and_then(|spec| spec.affinity.as_ref()) else { return Vec::new() };
    let near = affinity.pod_affinity.as_ref().and_then(|it| it.required_during_scheduling_ignored_during_execution.as_ref());
    let far = affinity.pod_anti_affinity.as_ref().and_then(|it| it.required_during_scheduling_ignored_during_execution.as_ref());
    near.into_iter().chain(far).flatten().map(|term| term.topology_key.as_str()).collect()
}

fn is_cordoned(node: &NodeInfo) -> bool {
    node.node.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or_default()
}

fn helps_pod(cx: Cx<'_>, plugin: Plugin, before: Option<&Arc<Pod>>, after: Option<&Arc<Pod>>) -> bool {
    let Some(pod) = after.or(before) else { return false };
    if pod.metadata.uid == cx.pod.pod.metadata.uid {
        return before.zip(after).is_some_and(|(before, after)| helps_itself(cx, plugin, before, after));
    }
    let is_deleted = after.is_none() && has_place(pod);
    match plugin {
        Plugin::NodeResourcesFit => {
            is_deleted || before.zip(after).is_some_and(|(before, after)| has_shrunk(before, after, Some(&cx.pod.requests.real)))
        }
        Plugin::NodePorts => is_deleted && node_ports::shares(cx, pod),
        Plugin::VolumeRestrictions => is_deleted && volume_restrictions::shares(cx, pod),
        Plugin::NodeVolumeLimits => is_deleted,
        Plugin::InterPodAffinity => is_about_affinity(cx, before, after),
        Plugin::PodTopologySpread => is_about_spread(cx, before, after),
        Plugin::SchedulingGates
        | Plugin::NodeUnschedulable
        | Plugin::NodeName
        | Plugin::TaintToleration
        | Plugin::NodeAffinity
        | Plugin::VolumeBinding
        | Plugin::VolumeZone
        | Plugin::DynamicResources
        | Plugin::NodeDeclaredFeatures
        | Plugin::NodeResourcesBalancedAllocation
        | Plugin::ImageLocality
        | Plugin::DefaultPreemption => false,
    }
}

/// Whether a Pod is on a node; what waits for the node it was nominated to keeps its room as well.
fn has_place(pod: &Pod) -> bool {
    !(node_name(pod).is_empty() && nominated_node(pod).is_empty())
}

/// What a change of the waiting Pod itself does for it.
fn helps_itself(cx: Cx<'_>, plugin: Plugin, before: &Pod, after: &Pod) -> bool {
    let tolerations = |pod: &Pod| pod.spec.as_ref().and_then(|spec| spec.tolerations.clone());
    match plugin {
        Plugin::NodeUnschedulable => tolerations(before) != tolerations(after) && node_unschedulable::is_tolerated(after),
        Plugin::TaintToleration => tolerations(before) != tolerations(after),
        Plugin::NodeResourcesFit => has_shrunk(before, after, None),
        Plugin::InterPodAffinity => before.metadata.labels != after.metadata.labels,
        Plugin::PodTopologySpread => {
            let constraints = spread_constraints::own(cx, Action::DoNotSchedule);
            let honors_taints = constraints.iter().any(|constraint| constraint.honors_taints);
            (honors_taints && tolerations(before) != tolerations(after)) || counts_differently(&constraints, before, after)
        }
        Plugin::SchedulingGates => scheduling_gates::pre_enqueue(after).is_none(),
        Plugin::NodeName
        | Plugin::NodeAffinity
        | Plugin::NodePorts
        | Plugin::VolumeRestrictions
        | Plugin::NodeVolumeLimits
        | Plugin::VolumeBinding
        | Plugin::VolumeZone
        | Plugin::DynamicResources
        | Plugin::NodeDeclaredFeatures
        | Plugin::NodeResourcesBalancedAllocation
        | Plugin::ImageLocality
        | Plugin::DefaultPreemption => false,
    }
}

/// Whether a Pod asks for less of something than before, which must be something of what is `wanted` if that is given.
fn has_shrunk(before: &Pod, after: &Pod, wanted: Option<&Resource>) -> bool {
    let spec =
        |pod: &Pod| pod.spec.as_ref().map(|spec| spec.containers.iter().map(|it| it.resources.clone()).collect::<Vec<_>>());
    if spec(before) == spec(after)
        && before.status.as_ref().map(|s| &s.container_statuses) == after.status.as_ref().map(|s| &s.container_statuses)
    {
        return false;
    }
    let (before, after) = (super::requests::Requests::of(before).real, super::requests::Requests::of(after).real);
    let is_freed =
        |amount: &dyn Fn(&Resource) -> i64| amount(&after) < amount(&before) && wanted.is_none_or(|wanted| 0 < amount(wanted));
    is_freed(&|resource| resource.milli_cpu)
        || is_freed(&|resource| resource.memory)
        || is_freed(&|resource| resource.ephemeral_storage)
        || before.scalar.keys().any(|name| is_freed(&|resource| resource.scalar(name)))
}

/// One Pod alone must match all terms of the affinity, and all those of the anti-affinity; a Pod that goes may itself have kept the
/// waiting one off.
fn is_about_affinity(cx: Cx<'_>, before: Option<&Arc<Pod>>, after: Option<&Arc<Pod>>) -> bool {
    let matches_all = |terms: &[AffinityTerm], pod: &Pod| {
        let namespace = pod.namespace();
        !terms.is_empty() && terms.iter().all(|term| term.matches(namespace, labels(pod), cx.listers.namespace_labels(namespace)))
    };
    if ![before, after].into_iter().flatten().all(|pod| has_place(pod)) {
        return false;
    }
    let (near, far) = (&cx.pod.class.terms.required, &cx.pod.class.terms.required_anti);
    match (before, after) {
        (Some(before), Some(after)) => {
            (!matches_all(near, before) && matches_all(near, after)) || (matches_all(far, before) && !matches_all(far, after))
        }
        (None, Some(after)) => matches_all(near, after),
        (Some(before), None) => matches_all(far, before) || matches_all(&required_anti_affinity(before), &cx.pod.pod),
        (None, None) => false,
    }
}

/// Whether a Pod that the Pod's constraints count came, went, or no longer is one of those.
fn is_about_spread(cx: Cx<'_>, before: Option<&Arc<Pod>>, after: Option<&Arc<Pod>>) -> bool {
    let Some(pod) = after.or(before) else { return false };
    if pod.metadata.namespace.as_deref() != Some(&cx.pod.key.namespace) || !has_place(pod) {
        return false;
    }
    let constraints = spread_constraints::own(cx, Action::DoNotSchedule);
    match before.zip(after) {
        Some((before, after)) => counts_differently(&constraints, before, after),
        None => constraints.iter().any(|constraint| constraint.selector.matches(labels(pod))),
    }
}

/// Whether one of the constraints counts a Pod that it did not count before, or no longer does.
fn counts_differently(constraints: &[Constraint], before: &Pod, after: &Pod) -> bool {
    constraints.iter().any(|constraint| constraint.selector.matches(labels(before)) != constraint.selector.matches(labels(after)))
}

fn labels(pod: &Pod) -> &Labels {
    pod.metadata.labels.as_ref().unwrap_or(NO_LABELS)
}

/// Changes of volumes and of what makes them.
fn helps_other(cx: Cx<'_>, plugin: Plugin, object: &Object) -> bool {
    match object {
        Object::PersistentVolumeClaim(claim) => {
            let is_own = claim.metadata.namespace.as_deref() == Some(&cx.pod.key.namespace)
                && cx.pod.claims.iter().any(|own| Some(&own.name) == claim.metadata.name.as_ref());
            let plugins = [Plugin::VolumeBinding, Plugin::VolumeZone, Plugin::VolumeRestrictions, Plugin::NodeVolumeLimits];
            is_own && plugins.contains(&plugin)
        }
        Object::PersistentVolume(_) | Object::StorageClass(_) => matches!(plugin, Plugin::VolumeBinding | Plugin::VolumeZone),
        Object::CSINode(_) => matches!(plugin, Plugin::VolumeBinding | Plugin::NodeVolumeLimits),
        Object::Unmodelled(other) => {
            plugin == Plugin::VolumeBinding && matches!(other.kind.as_str(), "CSIDriver" | "CSIStorageCapacity")
        }
        Object::Namespace(_)
        | Object::Node(_)
        | Object::Pod(_)
        | Object::Secret(_)
        | Object::ConfigMap(_)
        | Object::ServiceAccount(_)
        | Object::Service(_)
        | Object::Event(_)
        | Object::LimitRange(_)
        | Object::ResourceQuota(_)
        | Object::ReplicationController(_)
        | Object::PriorityClass(_)
        | Object::RuntimeClass(_)
        | Object::PodDisruptionBudget(_)
        | Object::Deployment(_)
        | Object::ReplicaSet(_)
        | Object::StatefulSet(_)
        | Object::DaemonSet(_)
        | Object::ControllerRevision(_)
        | Object::Job(_)
        | Object::CronJob(_)
        | Object::Lease(_)
        | Object::EndpointSlice(_) => false,
    }
}
