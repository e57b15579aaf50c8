//! What a scenario holds and the engine does not simulate: nothing that was pasted is passed over in silence.

use podlapse_model::simulation::{ActionKind, SimulationSpec};
use podlapse_model::{Kind, Object, SimTime};
use podlapse_view::span;

/// One line for each thing that is kept but without effect.
pub(crate) fn not_simulated(objects: &[&Object], simulation: &SimulationSpec) -> Vec<String> {
    let objects = objects.iter().filter_map(|object| object_limit(object));
    let static_pods = simulation.static_pods.iter().map(|file| format!("static Pod {} on node {}", file.file, file.node));
    let actions = simulation.actions.iter().filter_map(|action| {
        let what = match &action.what {
            ActionKind::Node { name, up, .. } => format!("node {name} {}", if *up { "Up" } else { "Down" }),
            ActionKind::StaticPod { node, file, .. } => format!("static Pod {file} on node {node}"),
            ActionKind::Kubectl { .. } | ActionKind::Image(_) | ActionKind::Kill { .. } | ActionKind::Network { .. } => return None,
        };
        Some(format!("the action at {}: {what}", span(action.at.since(SimTime::ZERO))))
    });
    objects.chain(static_pods).chain(actions).collect()
}

fn object_limit(object: &Object) -> Option<String> {
    let name = object.metadata().name.as_deref().unwrap_or_default();
    match object.kind() {
        // The reader of manifests says this itself, with the line.
        Kind::Unmodelled => None,
        kind @ (Kind::Deployment
        | Kind::ReplicaSet
        | Kind::ReplicationController
        | Kind::StatefulSet
        | Kind::DaemonSet
        | Kind::Job
        | Kind::CronJob) => Some(format!("the controller of {} {name}: it creates no Pods", kind.name())),
        kind @ (Kind::LimitRange | Kind::ResourceQuota) => Some(format!("the effect of {} {name}", kind.name())),
        Kind::Pod
        | Kind::Node
        | Kind::Namespace
        | Kind::Secret
        | Kind::ConfigMap
        | Kind::ServiceAccount
        | Kind::Service
        | Kind::Event
        | Kind::PersistentVolume
        | Kind::PersistentVolumeClaim
        | Kind::StorageClass
        | Kind::PriorityClass
        | Kind::RuntimeClass
        | Kind::PodDisruptionBudget
        | Kind::ControllerRevision
        | Kind::Lease
        | Kind::EndpointSlice
        | Kind::CSINode => None,
    }
}
