//! The API server does not let the Pod in.

use podlapse_manifest::Amend;
use podlapse_model::api::core::v1::Event;
use podlapse_model::{Kind, Quantity};
use serde_json::{Value, json};

use super::{Case, change, steps_to, text};
use crate::change::{Change, Remedy};
use crate::texts::Edit;

pub(super) fn look(case: &Case<'_>, out: &mut Vec<Change>) {
    for message in messages(case) {
        service_account(case, &message, out);
        namespace(case, &message, out);
        classes(case, &message, out);
        quota(case, &message, out);
        limit_range(case, &message, out);
        pod_security(case, &message, out);
    }
    out.extend(super::room::fewer_replicas(case));
    let mut known: Vec<Vec<Edit>> = Vec::new();
    out.retain(|change| {
        let is_new = !known.contains(&change.edits);
        known.push(change.edits.clone());
        is_new
    });
}

/// What kubectl printed, or what the controller that makes the Pods was told last.
fn messages(case: &Case<'_>) -> Vec<String> {
    let name = case.root.name.as_str();
    let printed = case.run.timeline().commands();
    let printed = printed.iter().flat_map(|command| command.outcome.stderr.lines());
    let mut found: Vec<String> = printed.filter(|line| line.starts_with("Error")).map(str::to_owned).collect();
    let last = case.lives.list(Kind::Event).filter_map(|object| {
        let event = object.typed::<Event>().filter(|event| event.reason.as_deref() == Some("FailedCreate"))?;
        let about = event.involved_object.name.as_deref().unwrap_or_default();
        event.message.clone().filter(|_| about == name || about.starts_with(&format!("{name}-")))
    });
    found.extend(last);
    found
}

/// What stands between two texts.
fn between<'m>(message: &'m str, before: &str, after: &str) -> Option<&'m str> {
    let (_, rest) = message.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

fn service_account(case: &Case<'_>, message: &str, out: &mut Vec<Change>) {
    let Some(name) = between(message, "serviceaccount \"", "\" not found") else { return };
    let account = format!("apiVersion: v1\nkind: ServiceAccount\n{}", case.metadata(name));
    out.push(change(Remedy::CreateServiceAccount, name, ["", ""], vec![case.create(account)]));
}

fn namespace(case: &Case<'_>, message: &str, out: &mut Vec<Change>) {
    let Some(name) = between(message, "namespaces \"", "\" not found") else { return };
    let namespace = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n");
    out.push(change(Remedy::CreateNamespace, name, ["", ""], vec![case.create(namespace)]));
}

fn classes(case: &Case<'_>, message: &str, out: &mut Vec<Change>) {
    let priority = between(message, "no PriorityClass with name ", " was found").map(|name| (name, "priorityClassName"));
    let runtime = between(message, "RuntimeClass \"", "\" not found").map(|name| (name, "runtimeClassName"));
    for (name, field) in priority.into_iter().chain(runtime) {
        out.push(change(Remedy::DropClass, field, [name, ""], vec![case.edit(field, Amend::Remove)]));
    }
}

/// `cpu=1,pods=2`
fn amounts(list: &str) -> impl Iterator<Item = (&str, Quantity)> {
    list.split(',').filter_map(|each| {
        let (name, amount) = each.split_once('=')?;
        Some((name, Quantity::parse(amount).ok()?))
    })
}

fn quota(case: &Case<'_>, message: &str, out: &mut Vec<Change>) {
    if let (Some(name), Some(requested), Some(used)) = (
        between(message, "exceeded quota: ", ","),
        between(message, "requested: ", ", used: "),
        between(message, "used: ", ", limited: "),
    ) && let Some((location, _)) = case.documents.written(Kind::ResourceQuota, case.namespace(), name)
    {
        // So that all that are still missing come in.
        let have = case.lives.pods(case.root).count();
        let wanted = case.documents.find(case.root).and_then(|_| {
            let object = case.lives.object(case.root)?;
            object.part(&["spec", "replicas"])?.as_u64()
        });
        let missing = usize::try_from(wanted.unwrap_or(1)).unwrap_or(1).saturating_sub(have).max(1);
        let (mut shown, mut edits) = (Vec::new(), Vec::new());
        for (resource, asked) in amounts(requested) {
            let Some((_, mut sum)) = amounts(used).find(|(other, _)| *other == resource) else { continue };
            (0..missing).for_each(|_| sum += &asked);
            shown.push(format!("{resource} {sum}"));
            edits.push(location.edit(steps_to("spec/hard", resource), Amend::Set(sum.to_string().into())));
        }
        out.push(change(Remedy::RaiseQuota, name, ["", &shown.join(", ")], edits));
    }
    if let Some(resources) = message.split_once("must specify ").map(|(_, rest)| rest) {
        let mut edits = Vec::new();
        for resource in ["limits.cpu", "limits.memory", "requests.cpu", "requests.memory"] {
            let plain = resource.trim_start_matches("requests.");
            let is_named = resources.split([',', ' ', ':', ';']).any(|word| word == resource || word == plain);
            let (list, what) = resource.split_once('.').unwrap_or_default();
            let amount = if what == "cpu" { "100m" } else { "128Mi" };
            for container in case.containers().filter(|_| is_named) {
                let path = format!("resources/{list}/{what}");
                if container.spec.pointer(&format!("/{path}")).is_none() {
                    edits.push(case.edit(&container.path(&path), Amend::Set(amount.into())));
                }
            }
        }
        out.push(change(Remedy::NameResources, resources, ["", ""], edits));
    }
}

fn limit_range(case: &Case<'_>, message: &str, out: &mut Vec<Change>) {
    let (mut shown, mut edits) = (Vec::new(), Vec::new());
    for bound in ["maximum", "minimum"] {
        let Some(rest) = message.split_once(&format!("{bound} ")).map(|(_, rest)| rest) else { continue };
        let Some((resource, rest)) = rest.split_once(" usage per Container is ") else { continue };
        let amount = rest.split([',', ' ', ']']).next().unwrap_or_default().trim_end_matches('.');
        let Ok(bound_amount) = Quantity::parse(amount) else { continue };
        for container in case.containers() {
            for list in ["limits", "requests"] {
                let path = format!("resources/{list}/{resource}");
                let now = Quantity::parse(text(container.spec, &format!("/{path}"))).ok();
                let is_over = match &now {
                    Some(now) => {
                        if bound == "maximum" {
                            bound_amount < *now
                        } else {
                            *now < bound_amount
                        }
                    }
                    None => false,
                };
                if is_over {
                    shown.push(format!("{list} {resource} {amount}"));
                    edits.push(case.edit(&container.path(&path), Amend::Set(amount.into())));
                }
            }
        }
    }
    if !edits.is_empty() {
        out.push(change(Remedy::WithinLimits, case.root.name.as_str(), ["", &shown.join(", ")], edits));
    }
}

/// What the standard complains of, where it is mended, and how; `None` takes it away.
fn restrictions() -> [(&'static str, bool, &'static str, Option<Value>); 7] {
    [
        ("allowPrivilegeEscalation != false", true, "securityContext/allowPrivilegeEscalation", Some(false.into())),
        ("unrestricted capabilities", true, "securityContext/capabilities", Some(json!({"drop": ["ALL"]}))),
        ("privileged (", true, "securityContext/privileged", None),
        ("runAsNonRoot != true", false, "securityContext/runAsNonRoot", Some(true.into())),
        ("seccompProfile", false, "securityContext/seccompProfile", Some(json!({"type": "RuntimeDefault"}))),
        ("hostNetwork=true", false, "hostNetwork", None),
        ("hostPID=true", false, "hostPID", None),
    ]
}

fn pod_security(case: &Case<'_>, message: &str, out: &mut Vec<Change>) {
    let Some(level) = between(message, "violates PodSecurity \"", "\"") else { return };
    let mut edits = Vec::new();
    for (complaint, is_of_container, path, value) in restrictions() {
        if !message.contains(complaint) {
            continue;
        }
        let amend = || value.clone().map_or(Amend::Remove, Amend::Set);
        if !is_of_container {
            edits.push(case.edit(path, amend()));
            continue;
        }
        for container in case.containers() {
            let is_there = container.spec.pointer(&format!("/{path}")).is_some();
            if value.is_some() || is_there {
                edits.push(case.edit(&container.path(path), amend()));
            }
        }
    }
    // An image that runs as root would not start then.
    let mut with_user = edits.clone();
    if message.contains("runAsNonRoot != true") {
        with_user.push(case.edit("securityContext/runAsUser", Amend::Set(1000.into())));
        out.push(change(Remedy::Restrict, level, ["", "1000"], with_user));
    }
    out.push(change(Remedy::Restrict, level, ["", ""], edits));
}
