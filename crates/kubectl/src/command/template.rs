//! Changes of objects that come from targets, and where a kind keeps its Pods.

use podlapse_model::{Kind, Object};
use serde_json::Value;

use super::batch::{Batch, Plan, Printing};
use super::targets::Targets;

const POD_SPECS: &[(Kind, &str)] = &[
    (Kind::Pod, "/spec"),
    (Kind::CronJob, "/spec/jobTemplate/spec/template/spec"),
    (Kind::Deployment, "/spec/template/spec"),
    (Kind::ReplicaSet, "/spec/template/spec"),
    (Kind::StatefulSet, "/spec/template/spec"),
    (Kind::DaemonSet, "/spec/template/spec"),
    (Kind::Job, "/spec/template/spec"),
    (Kind::ReplicationController, "/spec/template/spec"),
];

/// Where the spec of its Pods lies in an object of a kind.
pub(super) fn pod_spec(kind: Kind) -> Option<&'static str> {
    POD_SPECS.iter().find(|(known, _)| *known == kind).map(|(_, path)| *path)
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
        for object in plan.found(&targets, view) {
            change(&mut plan, &object);
        }
        plan
    })
}
