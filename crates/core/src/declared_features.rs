//! What a kubelet declares that it can do, and what Pods need of it.
//!
//! Models `k8s.io/component-helpers/nodedeclaredfeatures` (v1.36) with the feature gates at their defaults: kubelets write the list
//! into their node's status, the scheduler passes over nodes that lack what a Pod needs, and admission refuses changes that a Pod's
//! node cannot carry out. `UserNamespacesHostNetworkSupport` is off, so no node declares it and no Pod needs it.

use podlapse_model::api::core::v1::{Container, Node, PodSpec};
use podlapse_model::is_sidecar;

const RESIZE_OF_PODS: &str = "InPlacePodLevelResourcesVerticalScaling";
const RESIZE_OF_INIT_CONTAINERS: &str = "InPlacePodVerticalScalingInitContainers";
const RESTART_ALL: &str = "RestartAllContainersOnContainerExits";

/// What each kubelet declares, in the order of the status.
pub(crate) fn declared_features() -> Vec<String> {
    ["ExtendWebSocketsToKubelet", RESIZE_OF_PODS, RESIZE_OF_INIT_CONTAINERS, RESTART_ALL].map(str::to_owned).to_vec()
}

/// What a Pod needs of the node that it is placed on.
pub(crate) fn needed_to_run(spec: &PodSpec) -> Vec<&'static str> {
    let mut containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let restarts_all = containers
        .any(|container| container.restart_policy_rules.iter().flatten().any(|rule| rule.action == "RestartAllContainers"));
    if restarts_all { vec![RESTART_ALL] } else { Vec::new() }
}

/// What a change of a Pod needs of its node.
pub(crate) fn needed_to_change(old: &PodSpec, new: &PodSpec) -> Vec<&'static str> {
    let is_resized = |new: &&Container| {
        let old = old.init_containers.iter().flatten().find(|old| old.name == new.name);
        !is_sidecar(new) && old.is_some_and(|old| old.resources != new.resources)
    };
    let mut needed = Vec::new();
    if old.resources != new.resources {
        needed.push(RESIZE_OF_PODS);
    }
    if new.init_containers.iter().flatten().any(|container| is_resized(&container)) {
        needed.push(RESIZE_OF_INIT_CONTAINERS);
    }
    needed
}

/// Those of the `needed` features that a node does not declare.
pub(crate) fn missing(needed: &[&'static str], node: &Node) -> Vec<&'static str> {
    let declares = |feature: &str| {
        let declared = node.status.iter().flat_map(|status| status.declared_features.iter().flatten());
        declared.into_iter().any(|declared| declared == feature)
    };
    needed.iter().filter(|feature| !declares(feature)).copied().collect()
}
