//! Changes of objects that come from targets.

use podlapse_model::Object;
use serde_json::Value;

use super::batch::{Batch, Plan, Printing};
use super::targets::Targets;

/// Asks for an object made from JSON.
pub(super) fn update_from(plan: &mut Plan, object: &Object, json: Value, done: &str) {
    match Object::from_json(object.kind(), json) {
        Ok(changed) => plan.update(changed, done),
        Err(error) => plan.fail(error.to_string()),
    }
}

/// As [`each`], of verbs that begin when all targets are found.
pub(super) fn each_of_all(
    targets: Targets,
    printing: Printing,
    change: impl Fn(&mut Plan, &Object) + Send + Sync + 'static,
) -> Batch {
    Batch::new(move |view| {
        let mut plan = Plan::new(&printing);
        for object in plan.all_found(&targets, view) {
            change(&mut plan, &object);
        }
        plan
    })
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
