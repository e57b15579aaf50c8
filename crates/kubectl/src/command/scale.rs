//! `kubectl scale`. Models `k8s.io/kubectl/pkg/cmd/scale` and `pkg/scale` (v1.36). With `--timeout`, all are scaled before any is waited
//! for.

use podlapse_core::client::Outcome;
use podlapse_core::store::Request;
use podlapse_model::{Object, SimDuration};
use serde_json::Value;

use super::Call;
use super::batch::{Batch, Plan, Printing};
use super::report::failed;
use super::subresource::Part;
use super::targets::Targets;

/// `kubectl scale TYPE NAME --replicas=N`.
pub(super) fn parse(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let Some(replicas) = arguments.number("replicas") else {
        return Err(failed("required flag(s) \"replicas\" not set"));
    };
    let printing = Printing::read(call, &arguments)?;
    if replicas < 0 {
        return Err(failed("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0"));
    }
    let mut targets = Targets::parse(&arguments, &arguments.words).map_err(failed)?;
    targets.add_files(call, &arguments)?;
    if targets.is_empty() {
        return Err(failed(super::targets::NOTHING));
    }
    targets.require_names(&arguments).map_err(failed)?;
    let timeout = arguments.duration("timeout");
    if arguments.number("current-replicas").is_some_and(|current| current < -1) {
        return Err(failed("The --current-replicas must specify an integer of -1 or greater"));
    }
    let version = arguments.get("resource-version").filter(|version| !version.is_empty()).map(str::to_owned);
    let current = arguments.number("current-replicas").filter(|current| *current >= 0);
    Ok(Batch::new(move |view| {
        let mut plan = Plan::new(&printing);
        plan.sync = timeout.filter(|timeout| *timeout != SimDuration::ZERO);
        let found = plan.found(&targets, view);
        if version.is_some() && found.len() > 1 {
            plan.fail("cannot use --resource-version with multiple resources");
            return plan;
        }
        for object in &found {
            let mut json = object.to_json();
            let held = json.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
            // What cannot be scaled has no such subresource.
            if !Part::Scale.is_found(object, &mut plan) {
                break;
            }
            if let Some(current) = current.filter(|current| *current != held) {
                plan.fail(format!("Expected replicas to be {current}, was {held}"));
                break;
            }
            let actual = object.metadata().resource_version.clone().unwrap_or_default();
            if let Some(version) = version.as_ref().filter(|version| **version != actual) {
                plan.fail(format!("Expected resource version to be {version}, was {actual}"));
                break;
            }
            json["spec"]["replicas"] = replicas.into();
            match Object::from_json(object.kind(), json) {
                Ok(changed) => plan.through(Request::Scale(changed), Object::clone, "scaled"),
                Err(error) => plan.fail(error.to_string()),
            }
        }
        if found.is_empty() && plan.report.errors.is_empty() {
            plan.fail("no objects passed to scale");
        }
        plan
    }))
}
