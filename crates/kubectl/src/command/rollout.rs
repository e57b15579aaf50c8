//! `kubectl rollout status|restart|undo` and `kubectl wait`.
//!
//! Models `k8s.io/kubectl/pkg/cmd/rollout`, `pkg/polymorphichelpers` and `pkg/cmd/wait` (v1.36). Not modelled: `undo` of
//! StatefulSets and DaemonSets, `wait --for=jsonpath`.

use podlapse_core::client::{ClientView, Outcome, Turn};
use podlapse_manifest::Rejection;
use podlapse_model::{Kind, Object, ObjectKey, SimDuration, SimTime, Uid};
use serde_json::Value;

use super::Call;
use super::batch::Batch;
use super::flags::{Arguments, Flag, number, on, text};
use super::report::{Report, failed};
use super::targets::{Targets, resource, title};
use super::workloads::update_from;

const REVISION: &str = "deployment.kubernetes.io/revision";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A Go duration such as `1m30s`, or seconds without a unit.
///
/// # Errors
/// Go's words for a text that is none.
pub(super) fn duration(text: &str) -> Result<SimDuration, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let mut rest = text;
    let mut total = 0u64;
    if rest == "0" {
        return Ok(SimDuration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (amount, after) = rest.split_at(digits);
        let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, next) = after.split_at(unit_end);
        let scale: u64 = match unit {
            "ns" => 1,
            "us" | "µs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "" => return Err(format!("time: missing unit in duration {text:?}")),
            _ => return Err(format!("time: unknown unit {unit:?} in duration {text:?}")),
        };
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        let mut part = scale;
        let mut ns = whole.checked_mul(scale).ok_or_else(invalid)?;
        for digit in fraction.bytes() {
            part /= 10;
            ns = ns.saturating_add(u64::from(digit.saturating_sub(b'0')).saturating_mul(part));
        }
        total = total.checked_add(ns).ok_or_else(invalid)?;
        rest = next;
    }
    Ok(SimDuration::from_nanos(total))
}

/// What is waited for.
#[derive(Clone, Debug)]
enum Until {
    Deleted,
    Created,
    Condition { kind: String, status: String },
    RolledOut,
}

/// A command that waits for a state of some objects.
#[derive(Clone, Debug)]
pub(super) struct Wait {
    targets: Targets,
    until: Until,
    timeout: SimDuration,
    deadline: Option<SimTime>,
    left: Vec<(ObjectKey, Uid)>,
    last_said: String,
    report: Report,
}

impl Wait {
    fn new(targets: Targets, until: Until, timeout: SimDuration) -> Wait {
        Wait { targets, until, timeout, deadline: None, left: Vec::new(), last_said: String::new(), report: Report::default() }
    }
}

/// The flags of `wait`.
pub(super) const WAIT: &[Flag] =
    &[text("for", None), text("timeout", None), on("all", None), text("filename", Some('f')), text("output", Some('o'))];

/// `kubectl wait --for=... TYPE/NAME`.
pub(super) fn parse_wait(call: &Call<'_>) -> Result<Wait, Outcome> {
    let arguments = call.arguments()?;
    let targets = Targets::parse(&arguments, &arguments.words).map_err(failed)?;
    let timeout = arguments.get("timeout").map_or(Ok(SimDuration::from_secs(30)), duration).map_err(failed)?;
    let until = match arguments.get("for") {
        None => return Err(failed("required flag(s) \"for\" not set")),
        Some(word) if word.eq_ignore_ascii_case("delete") => Until::Deleted,
        Some(word) if word.eq_ignore_ascii_case("create") => Until::Created,
        Some(word) => match word.strip_prefix("condition=") {
            Some(condition) => {
                let (kind, status) = condition.split_once('=').unwrap_or((condition, "true"));
                Until::Condition { kind: kind.to_owned(), status: status.to_owned() }
            }
            None => return Err(failed(format!("unrecognized condition: {word:?}"))),
        },
    };
    if targets.is_empty() {
        return Err(failed("arguments in resource/name form must have a single resource and name"));
    }
    Ok(Wait::new(targets, until, timeout))
}

/// The flags of `rollout status`.
pub(super) const ROLLOUT_STATUS: &[Flag] = &[on("watch", Some('w')), text("timeout", None), number("revision", None)];

/// `kubectl rollout status deployment/NAME`.
pub(super) fn parse_status(call: &Call<'_>) -> Result<Wait, Outcome> {
    let arguments = call.arguments()?;
    let targets = named(&arguments)?;
    let timeout = arguments.get("timeout").map_or(Ok(SimDuration::ZERO), duration).map_err(failed)?;
    let week = SimDuration::from_secs(7 * 24 * 3600);
    Ok(Wait::new(targets, Until::RolledOut, if timeout == SimDuration::ZERO { week } else { timeout }))
}

fn named(arguments: &Arguments) -> Result<Targets, Outcome> {
    let targets = Targets::parse(arguments, &arguments.words).map_err(failed)?;
    if targets.is_empty() {
        return Err(failed("required resource not specified"));
    }
    Ok(targets)
}

impl Wait {
    pub(super) fn resume(&mut self, view: &ClientView<'_>) -> Turn {
        let deadline = match self.deadline {
            Some(deadline) => deadline,
            None => {
                let deadline = view.now + self.timeout;
                self.deadline = Some(deadline);
                if let Some(end) = self.begin(view) {
                    return Turn::Done(end);
                }
                deadline
            }
        };
        let mut left = std::mem::take(&mut self.left);
        left.retain(|(key, uid)| !self.is_met(key, uid, view));
        self.left = left;
        if self.left.is_empty() || !self.report.errors.is_empty() {
            return Turn::Done(std::mem::take(&mut self.report).end("", ""));
        }
        if view.now < deadline {
            return Turn::Wait { until: Some(deadline) };
        }
        for (key, _) in std::mem::take(&mut self.left) {
            let message = match self.until {
                Until::RolledOut => "timed out waiting for the condition".to_owned(),
                Until::Deleted | Until::Created | Until::Condition { .. } => {
                    format!("timed out waiting for the condition on {}/{}", resource(key.kind), key.name)
                }
            };
            self.report.errors.push(Rejection::Client(message));
        }
        Turn::Done(std::mem::take(&mut self.report).end("", ""))
    }

    /// Finds the objects; an outcome ends the command at once.
    fn begin(&mut self, view: &ClientView<'_>) -> Option<Outcome> {
        if matches!(self.until, Until::Created) {
            self.left = self.targets.names.iter().map(|(kind, name)| (self.targets.key(*kind, name), Uid::default())).collect();
            return None;
        }
        let mut report = Report::default();
        for target in self.targets.resolve(view.store) {
            match target {
                Ok(object) => self.left.push((object.key(), object.uid())),
                Err(Rejection::Server(status)) if matches!(self.until, Until::Deleted) && status.reason == "NotFound" => {}
                Err(error) => report.errors.push(error),
            }
        }
        if self.left.is_empty() && report.errors.is_empty() && !matches!(self.until, Until::Deleted) {
            return Some(failed("no matching resources found"));
        }
        (!report.errors.is_empty()).then(|| report.end("", ""))
    }

    fn is_met(&mut self, key: &ObjectKey, uid: &Uid, view: &ClientView<'_>) -> bool {
        let object = view.store.get(key).filter(|object| object.uid() == *uid || matches!(self.until, Until::Created));
        let line = match (&self.until, object) {
            (Until::Created, Some(object)) | (Until::Condition { .. }, Some(object)) if self.holds(object) => {
                format!("{} condition met", title(object))
            }
            (Until::Deleted, None) => {
                format!("{}/{} condition met", crate::resources::with_group(key.kind, key.kind.singular()), key.name)
            }
            (Until::RolledOut, Some(object)) => return self.rolled_out(object),
            (_, _) => return false,
        };
        self.report.say(line);
        true
    }

    fn holds(&self, object: &Object) -> bool {
        let Until::Condition { kind, status } = &self.until else { return true };
        let json = object.to_json();
        let conditions = json.pointer("/status/conditions").and_then(Value::as_array).cloned().unwrap_or_default();
        let text = |condition: &Value, field: &str| condition[field].as_str().unwrap_or_default().to_owned();
        conditions.iter().any(|condition| {
            text(condition, "type").eq_ignore_ascii_case(kind) && text(condition, "status").eq_ignore_ascii_case(status)
        })
    }

    /// Says how far the rollout is where that changed.
    fn rolled_out(&mut self, object: &Object) -> bool {
        match status_viewer(object) {
            Err(message) => {
                self.report.errors.push(Rejection::Client(message));
                false
            }
            Ok((text, done)) => {
                if text != self.last_said {
                    self.report.say(&text);
                    self.last_said = text;
                }
                done
            }
        }
    }
}

/// `StatusViewer.Status`: what is said, and whether the rollout is over.
fn status_viewer(object: &Object) -> Result<(String, bool), String> {
    let name = object.metadata().name.clone().unwrap_or_default();
    let generation = object.metadata().generation.unwrap_or_default();
    match object {
        Object::Deployment(deployment) => {
            let status = deployment.status.clone().unwrap_or_default();
            let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
            if status.observed_generation.unwrap_or_default() < generation {
                return Ok(("Waiting for deployment spec update to be observed...".to_owned(), false));
            }
            let exceeded = |c: &podlapse_model::api::apps::v1::DeploymentCondition| {
                c.type_ == "Progressing" && c.reason.as_deref() == Some("ProgressDeadlineExceeded")
            };
            if status.conditions.iter().flatten().any(exceeded) {
                return Err(format!("deployment {name:?} exceeded its progress deadline"));
            }
            let count = |number: Option<i32>| number.unwrap_or_default();
            let (updated, all, available) =
                (count(status.updated_replicas), count(status.replicas), count(status.available_replicas));
            let waiting = |what: String| Ok((format!("Waiting for deployment {name:?} rollout to finish: {what}..."), false));
            if updated < wanted {
                waiting(format!("{updated} out of {wanted} new replicas have been updated"))
            } else if updated < all {
                waiting(format!("{} old replicas are pending termination", all - updated))
            } else if available < updated {
                waiting(format!("{available} of {updated} updated replicas are available"))
            } else {
                Ok((format!("deployment {name:?} successfully rolled out"), true))
            }
        }
        Object::DaemonSet(set) => {
            let status = set.status.clone().unwrap_or_default();
            let wanted = status.desired_number_scheduled;
            if status.observed_generation.unwrap_or_default() < generation {
                return Ok(("Waiting for daemon set spec update to be observed...".to_owned(), false));
            }
            let (updated, available) =
                (status.updated_number_scheduled.unwrap_or_default(), status.number_available.unwrap_or_default());
            let waiting = |what: String| Ok((format!("Waiting for daemon set {name:?} rollout to finish: {what}..."), false));
            if updated < wanted {
                waiting(format!("{updated} out of {wanted} new pods have been updated"))
            } else if available < wanted {
                waiting(format!("{available} of {wanted} updated pods are available"))
            } else {
                Ok((format!("daemon set {name:?} successfully rolled out"), true))
            }
        }
        Object::StatefulSet(set) => {
            let status = set.status.clone().unwrap_or_default();
            let wanted = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
            if status.observed_generation.unwrap_or_default() < generation {
                return Ok(("Waiting for statefulset spec update to be observed...".to_owned(), false));
            }
            let ready = status.ready_replicas.unwrap_or_default();
            let revision = status.update_revision.clone().unwrap_or_default();
            if ready < wanted {
                Ok((format!("Waiting for {} pods to be ready...", wanted - ready), false))
            } else if status.update_revision != status.current_revision {
                let updated = status.updated_replicas.unwrap_or_default();
                Ok((
                    format!("waiting for statefulset rolling update to complete {updated} pods at revision {revision}..."),
                    false,
                ))
            } else {
                let current = status.current_replicas.unwrap_or_default();
                Ok((format!("statefulset rolling update complete {current} pods at revision {revision}..."), true))
            }
        }
        other => Err(format!("no status viewer has been implemented for {}", other.kind().name())),
    }
}

/// `kubectl rollout restart TYPE/NAME`.
pub(super) fn parse_restart(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let targets = named(&arguments)?;
    Ok(Batch::new(move |view| {
        let mut plan = super::batch::Plan::default();
        let now = view.wall.time(view.now).0.to_string();
        for target in targets.resolve(view.store) {
            match target {
                Ok(object) if matches!(object.kind(), Kind::Deployment | Kind::DaemonSet | Kind::StatefulSet) => {
                    let mut json = object.to_json();
                    json["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"] = now.clone().into();
                    update_from(&mut plan, &object, json, "restarted");
                }
                Ok(object) => {
                    plan.report.errors.push(Rejection::Client(format!("{} restarting is not supported", resource(object.kind()))))
                }
                Err(error) => plan.report.errors.push(error),
            }
        }
        plan
    }))
}

/// The flags of `rollout restart` and the like.
pub(super) const ROLLOUT: &[Flag] = &[number("to-revision", None), text("output", Some('o'))];

/// `kubectl rollout undo deployment/NAME [--to-revision=N]`.
pub(super) fn parse_undo(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let targets = named(&arguments)?;
    let wanted = arguments.number("to-revision").unwrap_or_default();
    Ok(Batch::new(move |view| {
        let mut plan = super::batch::Plan::default();
        for target in targets.resolve(view.store) {
            match target {
                Ok(object) => undo(&mut plan, &object, wanted, view),
                Err(error) => plan.report.errors.push(error),
            }
        }
        plan
    }))
}

fn undo(plan: &mut super::batch::Plan, object: &Object, wanted: i64, view: &ClientView<'_>) {
    let name = object.metadata().name.clone().unwrap_or_default();
    if object.kind() != Kind::Deployment {
        plan.report.errors.push(Rejection::Client(format!("kubectl rollout undo {} is not simulated", resource(object.kind()))));
        return;
    }
    let uid = object.uid();
    let owned = |set: &&Object| set.metadata().owner_references.iter().flatten().any(|owner| owner.uid == uid.as_str());
    let revision = |set: &Object| -> i64 {
        let annotation = set.metadata().annotations.as_ref().and_then(|annotations| annotations.get(REVISION));
        annotation.and_then(|text| text.parse().ok()).unwrap_or_default()
    };
    let mut sets: Vec<&Object> = view.store.list(Kind::ReplicaSet).filter(owned).collect();
    podlapse_model::sort_by_key(&mut sets, |set| revision(set));
    let found = match wanted {
        0 => sets.len().checked_sub(2).and_then(|at| sets.get(at)),
        _ => sets.iter().find(|set| revision(set) == wanted),
    };
    let Some(set) = found else {
        let message = match wanted {
            0 => format!("no rollout history found for deployment {name:?}"),
            _ => format!("unable to find specified revision {wanted} in history"),
        };
        plan.report.errors.push(Rejection::Client(message));
        return;
    };
    if object.metadata().annotations.as_ref().is_some_and(|annotations| annotations.contains_key(LAST_APPLIED)) {
        plan.report.stderr.push_str(&format!(
            "Warning: resource deployments/{name} was previously managed with 'kubectl apply'. Rolling back will not update the \
             {LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using \
             'kubectl apply' with your previous configuration file instead.\n"
        ));
    }
    let mut json = object.to_json();
    let mut template = set.to_json()["spec"]["template"].take();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove("pod-template-hash");
    }
    if json["spec"]["template"] == template {
        plan.say(object, "skipped rollback (current template already matches revision)");
        return;
    }
    json["spec"]["template"] = template;
    update_from(plan, object, json, "rolled back");
}
