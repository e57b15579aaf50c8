//! Whether a change of the cluster may help a Pod that a plugin rejected.
//!
//! Models the plugins' `EventsToRegister` with their queueing hints (v1.36). Where the real hint looks closer at a change of node labels
//! than the plugin's filter does, every change of labels counts here.

use std::sync::Arc;

use podlapse_model::Object;
use podlapse_model::api::core::v1::{Node, Pod};

use super::node_info::NodeInfo;
use super::plugins::spread_constraints::{self, Action};
use super::plugins::{
    Cx, node_affinity, node_ports, node_resources_fit, node_unschedulable, scheduling_gates, taint_toleration,
    volume_restrictions,
};
use super::pod_info::node_name;
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
    let Some(after) = after else { return plugin == Plugin::PodTopologySpread };
    let empty = |node: &Arc<Node>| NodeInfo::new(node.clone(), Slot(u32::MAX));
    let (old, new) = (before.map(empty), empty(after));
    let is_added = old.is_none();
    let have_labels_changed = before.is_none_or(|before| before.metadata.labels != after.metadata.labels);
    let began_to_pass = |rejects: &dyn Fn(&NodeInfo) -> bool| old.as_ref().is_none_or(rejects) && !rejects(&new);
    match plugin {
        Plugin::NodeUnschedulable => {
            let has_changed =
                old.as_ref().is_none_or(|old| is_cordoned(old) != is_cordoned(&new) || old.taints() != new.taints());
            has_changed && node_unschedulable::filter(cx, &new).is_none()
        }
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
        Plugin::VolumeBinding | Plugin::VolumeZone | Plugin::PodTopologySpread | Plugin::InterPodAffinity => have_labels_changed,
        Plugin::SchedulingGates
        | Plugin::VolumeRestrictions
        | Plugin::NodeVolumeLimits
        | Plugin::DynamicResources
        | Plugin::NodeDeclaredFeatures
        | Plugin::NodeResourcesBalancedAllocation
        | Plugin::ImageLocality
        | Plugin::DefaultPreemption => false,
    }
}

fn is_cordoned(node: &NodeInfo) -> bool {
    node.node.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or_default()
}

fn helps_pod(cx: Cx<'_>, plugin: Plugin, before: Option<&Arc<Pod>>, after: Option<&Arc<Pod>>) -> bool {
    let Some(pod) = after.or(before) else { return false };
    if pod.metadata.uid == cx.pod.pod.metadata.uid {
        return before.zip(after).is_some_and(|(before, after)| helps_itself(plugin, before, after));
    }
    let is_deleted = after.is_none() && !node_name(pod).is_empty();
    let have_labels_changed = before.zip(after).is_some_and(|(before, after)| before.metadata.labels != after.metadata.labels);
    let have_pods_changed = is_deleted || before.is_none() || have_labels_changed;
    match plugin {
        Plugin::NodeResourcesFit => is_deleted || before.zip(after).is_some_and(|(before, after)| has_shrunk(before, after)),
        Plugin::NodePorts => is_deleted && node_ports::shares(cx, pod),
        Plugin::VolumeRestrictions => is_deleted && volume_restrictions::shares(cx, pod),
        Plugin::NodeVolumeLimits => is_deleted,
        Plugin::InterPodAffinity => have_pods_changed && is_about_affinity(cx, pod, is_deleted),
        Plugin::PodTopologySpread => have_pods_changed && is_about_spread(cx, pod),
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

/// What a change of the waiting Pod itself does for it.
fn helps_itself(plugin: Plugin, before: &Pod, after: &Pod) -> bool {
    let tolerations = |pod: &Pod| pod.spec.as_ref().and_then(|spec| spec.tolerations.clone());
    match plugin {
        Plugin::NodeUnschedulable | Plugin::TaintToleration => tolerations(before) != tolerations(after),
        Plugin::NodeResourcesFit => has_shrunk(before, after),
        Plugin::PodTopologySpread | Plugin::InterPodAffinity => before.metadata.labels != after.metadata.labels,
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

/// Whether a Pod asks for less of something than before.
fn has_shrunk(before: &Pod, after: &Pod) -> bool {
    let spec =
        |pod: &Pod| pod.spec.as_ref().map(|spec| spec.containers.iter().map(|it| it.resources.clone()).collect::<Vec<_>>());
    if spec(before) == spec(after)
        && before.status.as_ref().map(|s| &s.container_statuses) == after.status.as_ref().map(|s| &s.container_statuses)
    {
        return false;
    }
    let (before, after) = (super::requests::Requests::of(before).real, super::requests::Requests::of(after).real);
    let has_less_scalar = before.scalar.iter().any(|(name, amount)| after.scalar(name) < *amount);
    after.milli_cpu < before.milli_cpu
        || after.memory < before.memory
        || after.ephemeral_storage < before.ephemeral_storage
        || has_less_scalar
}

fn is_about_affinity(cx: Cx<'_>, pod: &Pod, is_deleted: bool) -> bool {
    let labels = pod.metadata.labels.clone().unwrap_or_default();
    let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
    let terms = &cx.pod.class.terms;
    let mut own = terms.required.iter().chain(&terms.required_anti);
    let is_wanted = own.any(|term| term.matches(namespace, &labels, cx.listers.namespace_labels(namespace)));
    let anti = pod.spec.as_ref().and_then(|spec| spec.affinity.as_ref()?.pod_anti_affinity.as_ref());
    is_wanted || (is_deleted && anti.is_some())
}

fn is_about_spread(cx: Cx<'_>, pod: &Pod) -> bool {
    let labels = pod.metadata.labels.clone().unwrap_or_default();
    let is_same_namespace = pod.metadata.namespace.as_deref() == Some(&cx.pod.key.namespace);
    is_same_namespace
        && spread_constraints::own(cx, Action::DoNotSchedule).iter().any(|constraint| constraint.selector.matches(&labels))
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
