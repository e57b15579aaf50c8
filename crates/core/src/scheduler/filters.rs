//! PreFilter and Filter of all plugins, in the profile's order.
//!
//! Models `pkg/scheduler/framework/runtime` `RunPreFilterPlugins`, `RunFilterPlugins` and `RunFilterPluginsWithNominatedPods` (v1.36).

use podlapse_model::SortedSet;
use std::sync::Arc;

use super::decision::PreFilterTable;
use super::node_info::NodeInfo;
use super::nominator::Nominator;
use super::plugins::{
    Cx, PreFilter, inter_pod_affinity, node_affinity, node_declared_features, node_name, node_ports, node_resources_fit,
    node_unschedulable, node_volume_limits, pod_topology_spread, taint_toleration, volume_binding, volume_restrictions,
    volume_zone,
};
use super::pod_info::PodInfo;
use super::status::{Plugin, Status};

/// What the filters of an attempt go by; `None` for plugins that have nothing to judge.
#[derive(Default)]
pub(crate) struct Filters {
    node_affinity: Option<node_affinity::State>,
    node_ports: Option<()>,
    volume_restrictions: Option<volume_restrictions::State>,
    node_volume_limits: Option<()>,
    volume_binding: Option<volume_binding::State>,
    volume_zone: Option<Vec<volume_zone::Topology>>,
    pod_topology_spread: Option<pod_topology_spread::State>,
    inter_pod_affinity: Option<inter_pod_affinity::State>,
    node_declared_features: Option<Vec<&'static str>>,
}

/// Takes over what a plugin found; answers `None` if it rejected the Pod.
fn enter<S>(table: &mut PreFilterTable, plugin: Plugin, found: PreFilter<S>, into: &mut Option<S>) -> Option<()> {
    match found {
        PreFilter::Skip => {
            table.skip.insert(plugin);
        }
        PreFilter::Run(state) => *into = Some(state),
        PreFilter::Reject(status) => {
            table.status = Some(status);
            return None;
        }
    }
    Some(())
}

impl Filters {
    /// Runs every PreFilter, until one rejects the Pod.
    pub(crate) fn prepare(cx: Cx<'_>) -> (Filters, PreFilterTable) {
        let (mut filters, mut table) = (Filters::default(), PreFilterTable::default());
        filters.fill(cx, &mut table);
        (filters, table)
    }

    fn fill(&mut self, cx: Cx<'_>, table: &mut PreFilterTable) -> Option<()> {
        enter(table, Plugin::NodeAffinity, node_affinity::pre_filter(cx), &mut self.node_affinity)?;
        table.node_names = self.node_affinity.as_ref().and_then(|state| state.node_names.clone());
        enter(table, Plugin::NodePorts, node_ports::pre_filter(cx), &mut self.node_ports)?;
        enter(table, Plugin::VolumeRestrictions, volume_restrictions::pre_filter(cx), &mut self.volume_restrictions)?;
        enter(table, Plugin::NodeVolumeLimits, node_volume_limits::pre_filter(cx), &mut self.node_volume_limits)?;
        enter(table, Plugin::VolumeBinding, volume_binding::pre_filter(cx), &mut self.volume_binding)?;
        enter(table, Plugin::VolumeZone, volume_zone::pre_filter(cx), &mut self.volume_zone)?;
        enter(table, Plugin::PodTopologySpread, pod_topology_spread::pre_filter(cx), &mut self.pod_topology_spread)?;
        enter(table, Plugin::InterPodAffinity, inter_pod_affinity::pre_filter(cx), &mut self.inter_pod_affinity)?;
        // It has nothing to judge: no Pod here has resource claims.
        table.skip.insert(Plugin::DynamicResources);
        enter(table, Plugin::NodeDeclaredFeatures, node_declared_features::pre_filter(cx), &mut self.node_declared_features)
    }

    /// The first rejection of a node, or `None` if it passes.
    pub(crate) fn filter(&self, cx: Cx<'_>, node: &NodeInfo) -> Option<Status> {
        node_unschedulable::filter(cx, node)
            .or_else(|| node_name::filter(cx, node))
            .or_else(|| taint_toleration::filter(cx, node))
            .or_else(|| self.node_affinity.as_ref().and_then(|state| node_affinity::filter(state, node)))
            .or_else(|| self.node_ports.and_then(|()| node_ports::filter(cx, node)))
            .or_else(|| node_resources_fit::filter(cx, node))
            .or_else(|| self.volume_restrictions.as_ref().and_then(|state| volume_restrictions::filter(state, cx, node)))
            .or_else(|| self.node_volume_limits.and_then(|()| node_volume_limits::filter(cx, node)))
            .or_else(|| self.volume_binding.as_ref().and_then(|state| volume_binding::filter(state, cx, node)))
            .or_else(|| self.volume_zone.as_ref().and_then(|topologies| volume_zone::filter(topologies, node)))
            .or_else(|| self.pod_topology_spread.as_ref().and_then(|state| pod_topology_spread::filter(state, cx, node)))
            .or_else(|| self.inter_pod_affinity.as_ref().and_then(|state| inter_pod_affinity::filter(state, cx, node)))
            .or_else(|| self.node_declared_features.as_ref().and_then(|needed| node_declared_features::filter(needed, node)))
    }

    /// Counts a Pod that is thought to be on the node (1), or no longer there (-1).
    pub(crate) fn update(&mut self, cx: Cx<'_>, pod: &PodInfo, node: &NodeInfo, sign: i64) {
        if let Some(state) = &mut self.volume_restrictions {
            state.update(cx, pod, sign);
        }
        if let Some(state) = &mut self.pod_topology_spread {
            state.update(cx, pod, node, sign);
        }
        if let Some(state) = &mut self.inter_pod_affinity {
            state.update(cx, pod, node, sign);
        }
    }

    /// As [`Filters::filter`]; the node must also pass with the Pods of equal or higher priority that are nominated to it.
    pub(crate) fn filter_with_nominated(&mut self, cx: Cx<'_>, nominator: &Nominator, node: &NodeInfo) -> Option<Status> {
        if nominator.is_empty() {
            return self.filter(cx, node);
        }
        let matters = |pod: &&Arc<PodInfo>| pod.priority() >= cx.pod.priority() && pod.uid() != cx.pod.uid();
        let nominated: Vec<Arc<PodInfo>> = nominator.on(&node.name).iter().filter(matters).cloned().collect();
        if nominated.is_empty() {
            return self.filter(cx, node);
        }
        let mut with = node.clone();
        for pod in &nominated {
            with.add_pod(pod.clone());
            self.update(cx, pod, &with, 1);
        }
        let status = self.filter(cx, &with);
        for pod in &nominated {
            self.update(cx, pod, &with, -1);
        }
        status.or_else(|| self.filter(cx, node))
    }

    /// What is to be done for the Pod's claims on the chosen node.
    pub(crate) fn volume_plan(&self, cx: Cx<'_>, node: &NodeInfo) -> volume_binding::VolumePlan {
        let plan = self.volume_binding.as_ref().and_then(|state| volume_binding::plan(state, cx, node).ok());
        plan.unwrap_or_default()
    }

    /// Plugins that narrowed the nodes before they were looked at.
    pub(crate) fn narrowing(&self) -> SortedSet<Plugin> {
        let names = self.node_affinity.as_ref().and_then(|state| state.node_names.as_ref());
        names.map(|_| Plugin::NodeAffinity).into_iter().collect()
    }
}
