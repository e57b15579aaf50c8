//! Changes of objects that come from targets, and where a kind keeps its Pods.

use podlapse_model::{Kind, Object};
use serde_json::Value;

use super::batch::{Batch, Plan, Printing};
use super::targets::Targets;

/// Where the spec of its Pods lies in an object of a kind.
pub(super) fn pod_spec(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Pod => Some("/spec"),
        Kind::CronJob => Some("/spec/jobTemplate/spec/template/spec"),
        Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet | Kind::DaemonSet | Kind::Job | Kind::ReplicationController => {
            Some("/spec/template/spec")
        }
        Kind::Namespace
        | Kind::Node
        | Kind::Secret
        | Kind::ConfigMap
        | Kind::ServiceAccount
        | Kind::Service
        | Kind::Event
        | Kind::PersistentVolume
        | Kind::PersistentVolumeClaim
        | Kind::LimitRange
        | Kind::ResourceQuota
        | Kind::StorageClass
        | Kind::PriorityClass
        | Kind::RuntimeClass
        | Kind::PodDisruptionBudget
        | Kind::ControllerRevision
        | Kind::Lease
        | Kind::EndpointSlice
        | Kind::CSINode
        | Kind::Unmodelled => None,
    }
}

/// Asks for an object made from JSON.
pub(super) fn update_from(plan: &mut Plan, object: &Object, json: Value, done: &str) {
    match Object::from_json(object.kind(), json) {
        Ok(changed) => plan.update(changed, done),
        Err(error) => plan.fail(error.to_string()),
    }
}

/// Plans a change of each target.
pub(super) fn each(targets: Targets, printing: Printing, change: impl Fn(&mut Plan, &Object) + Send + Sync + 'static) -> Batch {
    Batch::new(move |view| {
        let mut plan = Plan::new(&printing);
        for target in targets.resolve(view.store) {
            match target {
                Ok(object) => change(&mut plan, &object),
                Err(error) => plan.report.errors.push(error),
            }
        }
        plan
    })
}
