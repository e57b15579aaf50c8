//! `kubectl rollout restart|pause|resume|undo|history`.
//!
//! Models `k8s.io/kubectl/pkg/cmd/rollout` and `pkg/polymorphichelpers` (v1.36).

use podlapse_core::client::{ClientView, Outcome};
use podlapse_model::api::core::v1::PodTemplateSpec;
use podlapse_model::{Kind, Metadata, Object};
use serde_json::{Value, json};

use super::Call;
use super::batch::{Batch, DryRun, Plan, Printing};
use super::flags::Arguments;
use super::report::failed;
use super::targets::{Targets, resource, title};
use super::template::{each, update_from};
use crate::resources::with_group;
use crate::strategic::strategic_patch;

const REVISION: &str = "deployment.kubernetes.io/revision";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";
const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// Annotations of a Deployment that a rollback leaves as they are.
const KEPT: &[&str] = &[
    LAST_APPLIED,
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

fn targets(call: &Call<'_>, arguments: &Arguments) -> Result<Targets, Outcome> {
    let mut targets = Targets::parse(arguments, &arguments.words).map_err(failed)?;
    targets.add_files(call, arguments)?;
    if targets.is_empty() {
        return Err(failed("required resource not specified"));
    }
    Ok(targets)
}

/// `kubectl rollout restart TYPE/NAME`.
pub(super) fn parse_restart(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let printing = Printing::read(call, &arguments)?;
    let targets = targets(call, &arguments)?;
    Ok(Batch::new(move |view| {
        let mut plan = Plan::new(&printing);
        plan.complaint = "failed to patch: ";
        let now = view.wall.time(view.now).0.to_string();
        let found = plan.found(&targets, view);
        if found.is_empty() && plan.report.errors.is_empty() {
            plan.report.stderr = targets.nothing();
        }
        for object in found {
            let mut json = object.to_json();
            let name = object.name();
            let kind = resource(object.kind());
            let annotation = &mut json["spec"]["template"]["metadata"]["annotations"][RESTARTED_AT];
            if !has_history(object.kind()) {
                plan.fail(format!("error: {kind} {name:?} restarting is not supported"));
            } else if *annotation == *now {
                plan.fail(format!(
                    "failed to create patch for {name}: if restart has already been triggered within the past second, please wait \
                     before attempting to trigger another"
                ));
            } else {
                *annotation = now.clone().into();
                if json["spec"]["paused"] == true {
                    plan.fail(format!("error: {kind} {name:?} can't restart paused deployment (run rollout resume first)"));
                    continue;
                }
                update_from(&mut plan, &object, json, "restarted");
            }
        }
        plan
    }))
}

/// `kubectl rollout pause|resume deployment/NAME`.
pub(super) fn parse_pause(call: &Call<'_>, pauses: bool) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let printing = Printing::read(call, &arguments)?;
    let targets = targets(call, &arguments)?;
    Ok(each(targets, printing, move |plan, object| {
        plan.complaint = "failed to patch: ";
        let mut json = object.to_json();
        let name = object.name();
        let kind = resource(object.kind());
        if object.kind() != Kind::Deployment {
            let verb = if pauses { "pausing" } else { "resuming" };
            plan.fail(format!("error: {kind} {name:?} {verb} is not supported"));
        } else if (json["spec"]["paused"] == true) == pauses {
            let why = if pauses { "is already paused" } else { "is not paused" };
            plan.fail(format!("error: {kind} {name:?} {why}"));
        } else {
            match json["spec"].as_object_mut() {
                Some(spec) if pauses => _ = spec.insert("paused".to_owned(), true.into()),
                Some(spec) => _ = spec.remove("paused"),
                None => {}
            }
            update_from(plan, object, json, if pauses { "paused" } else { "resumed" });
        }
    }))
}

/// `kubectl rollout undo TYPE/NAME [--to-revision=N]`.
pub(super) fn parse_undo(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let printing = Printing::read(call, &arguments)?;
    let targets = targets(call, &arguments)?;
    let wanted = arguments.number("to-revision").unwrap_or_default();
    Ok(Batch::new(move |view| {
        let mut plan = Plan::new(&printing);
        for object in plan.found(&targets, view) {
            if let Err(message) = undo(&mut plan, &object, wanted, view) {
                plan.fail(message);
            }
        }
        plan
    }))
}

/// A past template of a workload.
struct Past {
    revision: i64,
    /// The ReplicaSet or ControllerRevision that holds it.
    holder: Object,
    template: Value,
}

/// The past templates of a workload, the oldest first.
fn history(object: &Object, view: &ClientView<'_>) -> Vec<Past> {
    let uid = object.uid();
    let owned = |other: &&Object| {
        let mut owners = other.metadata().owner_references.iter().flatten();
        owners.any(|owner| owner.uid == uid.as_str() && owner.controller == Some(true))
    };
    let kind = if object.kind() == Kind::Deployment { Kind::ReplicaSet } else { Kind::ControllerRevision };
    let past = |holder: &Object| {
        let json = holder.to_json();
        let (revision, template) = if kind == Kind::ReplicaSet {
            (holder.annotation(REVISION)?.parse().ok()?, json["spec"]["template"].clone())
        } else {
            (json["revision"].as_i64()?, json.pointer("/data/spec/template")?.clone())
        };
        Some(Past { revision, holder: holder.clone(), template })
    };
    let mut all: Vec<Past> = view.store.list(kind).filter(owned).filter_map(past).collect();
    podlapse_model::sort_by_key(&mut all, |past| past.revision);
    all
}

fn undo(plan: &mut Plan, object: &Object, wanted: i64, view: &ClientView<'_>) -> Result<(), String> {
    let name = object.name().to_owned();
    if object.annotation(LAST_APPLIED).is_some() {
        plan.report.stderr.push_str(&format!(
            "Warning: resource {}/{name} was previously managed with 'kubectl apply'. Rolling back will not update the \
             {LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using \
             'kubectl apply' with your previous configuration file instead.\n",
            object.kind().resource()
        ));
    }
    if !has_history(object.kind()) {
        let kind = object.kind();
        return Err(format!("no rollbacker has been implemented for {:?}", with_group(kind, kind.name())));
    }
    let all = history(object, view);
    let found = match wanted {
        0 => all.len().checked_sub(2).and_then(|at| all.get(at)),
        _ => all.iter().find(|past| past.revision == wanted),
    };
    let Some(past) = found else {
        return Err(match (wanted, object.kind()) {
            (0, Kind::Deployment) => format!("no rollout history found for deployment {name:?}"),
            (0, _) => "no last revision to roll back to".to_owned(),
            (_, _) => format!("unable to find specified revision {wanted} in history"),
        });
    };
    if plan.printing.dry_run == DryRun::Client {
        let template: PodTemplateSpec = podlapse_model::from_json(past.template.clone()).unwrap_or_default();
        plan.say(object, &crate::describe::pod_template(&template));
        return Ok(());
    }
    let mut json = object.to_json();
    if json["spec"]["paused"] == true {
        let message = "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again";
        return Err(message.to_owned());
    }
    let mut template = past.template.clone();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove("pod-template-hash");
    }
    if let Some(fields) = template.as_object_mut() {
        fields.remove("$patch");
    }
    if same(&json["spec"]["template"], &template) {
        plan.say(object, &format!("skipped rollback (current template already matches revision {wanted})"));
        return Ok(());
    }
    json["spec"]["template"] = template;
    if object.kind() == Kind::Deployment {
        restore_annotations(&mut json, &past.holder);
    }
    plan.complaint = "failed restoring revision: ";
    update_from(plan, object, json, "rolled back");
    Ok(())
}

/// Whether two templates are the same but for what is empty in one.
fn same(left: &Value, right: &Value) -> bool {
    let clean = |value: &Value| podlapse_model::from_json::<PodTemplateSpec>(value.clone()).ok();
    clean(left) == clean(right)
}

/// The annotations of a Deployment become those of the ReplicaSet, but for its own bookkeeping.
fn restore_annotations(json: &mut Value, set: &Object) {
    let mut annotations = json["metadata"]["annotations"].as_object().cloned().unwrap_or_default();
    annotations.retain(|key, _| KEPT.contains(&key.as_str()));
    let past = set.metadata().annotations.iter().flatten();
    annotations
        .extend(past.filter(|(key, _)| !KEPT.contains(&key.as_str())).map(|(key, value)| (key.clone(), value.as_str().into())));
    json["metadata"]["annotations"] = annotations.into();
}

/// `kubectl rollout history TYPE/NAME [--revision=N]`.
pub(super) fn parse_history(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let printing = Printing::read(call, &arguments)?;
    let targets = targets(call, &arguments)?;
    let revision = arguments.number("revision").unwrap_or_default();
    if revision < 0 {
        return Err(failed(format!("revision must be a positive integer: {revision}")));
    }
    Ok(Batch::new(move |view| {
        let mut plan = Plan::new(&printing);
        for object in plan.found(&targets, view) {
            if printing.format.is_some() && has_history(object.kind()) {
                let all = history(&object, view);
                let meant: Vec<&Past> = all.iter().filter(|past| revision == 0 || past.revision == revision).collect();
                if meant.is_empty() && revision > 0 {
                    plan.fail("unable to find the specified revision");
                }
                for past in meant {
                    // A ReplicaSet stands for itself, and a ControllerRevision for the object as it was.
                    let mut json = object.to_json();
                    let was = if object.kind() == Kind::Deployment {
                        Ok(past.holder.clone())
                    } else {
                        strategic_patch(&mut json, &json!({"spec": {"template": past.template}}))
                            .map_err(|problem| problem.to_string())
                            .and_then(|()| Object::from_json(object.kind(), json).map_err(|error| error.to_string()))
                    };
                    match was {
                        Ok(was) => plan.say(&was, "found"),
                        Err(error) => plan.fail(error),
                    }
                }
                continue;
            }
            match told(&object, revision, view) {
                Ok(text) => plan.report.say(text),
                Err(message) => plan.fail(message),
            }
        }
        plan
    }))
}

fn has_history(kind: Kind) -> bool {
    matches!(kind, Kind::Deployment | Kind::DaemonSet | Kind::StatefulSet)
}

fn told(object: &Object, revision: i64, view: &ClientView<'_>) -> Result<String, String> {
    let kind = object.kind();
    if !has_history(kind) {
        return Err(format!("no history viewer has been implemented for {:?}", with_group(kind, kind.name())));
    }
    let all = history(object, view);
    let head = title(object);
    if all.is_empty() {
        return Ok(format!("{head} \nNo rollout history found."));
    }
    if revision > 0 {
        let past = all.iter().find(|past| past.revision == revision).ok_or("unable to find the specified revision")?;
        let mut template = past.template.clone();
        if kind != Kind::Deployment {
            let mut json = object.to_json();
            strategic_patch(&mut json, &json!({"spec": {"template": template}})).map_err(|problem| problem.to_string())?;
            template = json["spec"]["template"].take();
        }
        let mut template: PodTemplateSpec = podlapse_model::from_json(template).unwrap_or_default();
        if let Some(cause) = past.holder.annotation(CHANGE_CAUSE)
            && kind == Kind::Deployment
        {
            let metadata = template.metadata.get_or_insert_default();
            metadata.annotations.get_or_insert_default().insert(CHANGE_CAUSE.to_owned(), cause.to_owned());
        }
        return Ok(format!("{head} with revision #{revision}\n{}", crate::describe::pod_template(&template)));
    }
    let rows: String = all
        .iter()
        .map(|past| {
            let cause = past.holder.annotation(CHANGE_CAUSE).unwrap_or("<none>");
            format!("{:<10}{cause}\n", past.revision)
        })
        .collect();
    Ok(format!("{head} \nREVISION  CHANGE-CAUSE\n{rows}"))
}
