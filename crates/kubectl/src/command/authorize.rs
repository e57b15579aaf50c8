//! `kubectl auth can-i` and `auth whoami`. Models `k8s.io/kubectl/pkg/cmd/auth` (v1.36) and the reviews that it asks for.

use podlapse_core::client::Outcome;
use podlapse_core::store::Store;
use podlapse_core::store::authorization::{Access, Rule, User, allows, broken_down, compacted, rules_of};
use podlapse_manifest::Rejection;
use podlapse_model::Kind;
use serde_json::json;

use super::Call;
use super::batch::{Batch, Plan};
use super::caller::Caller;
use super::report::failed;
use super::targets::namespace_of;
use crate::output::Format;
use crate::resources::{Named, identified, named};
use crate::table::TablePrinter;

const TWO_ARGUMENTS: &str = "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' \
                             for help and examples.";
const KNOWN_VERBS: &str =
    " get list watch create update patch delete deletecollection use bind impersonate * approve sign escalate attest ";
const KNOWN_VERBS_OF_PATHS: &str = " get put post head options delete patch * ";

/// `kubectl auth can-i VERB TYPE`.
pub(super) fn can_i(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let user = Caller::of(&arguments).user();
    let everywhere = arguments.is_on("all-namespaces");
    let namespace = if everywhere { String::new() } else { namespace_of(&arguments) };
    let is_quiet = arguments.is_on("quiet");
    if arguments.is_on("list") {
        if !arguments.words.is_empty() {
            return Err(failed("list option must be specified with no arguments"));
        }
        if is_quiet || everywhere || arguments.is_given("subresource") {
            return Err(failed("list option can't be specified with neither quiet, all-namespaces nor subresource options"));
        }
        let no_headers = arguments.is_on("no-headers");
        return Ok(Batch::new(move |view| {
            let mut plan = Plan::default();
            plan.report.stdout = listed(view.store, &user, &namespace, no_headers);
            plan
        }));
    }
    let [verb, what] = arguments.words.as_slice() else { return Err(failed(TWO_ARGUMENTS)) };
    let mut warnings = String::new();
    let mut warn = |text: String| warnings.push_str(&format!("Warning: {text}\n\n"));
    let mut access = Access { verb: verb.clone(), namespace: namespace.clone(), ..Access::default() };
    let is_known = |verbs: &str| verbs.contains(&format!(" {verb} "));
    if what.starts_with('/') {
        if arguments.is_given("subresource") {
            return Err(failed("--subresource can not be used with NonResourceURL"));
        }
        access = Access { path: what.clone(), namespace: String::new(), ..access };
        if !is_known(KNOWN_VERBS_OF_PATHS) {
            warn(format!("verb '{verb}' is not a known verb"));
        }
    } else {
        let (resource, name) = what.split_once('/').unwrap_or((what, ""));
        let found = match named(resource).first() {
            Some(Named::Kind(kind)) => Some((kind.resource(), kind.group(), kind.is_namespaced())),
            Some(Named::Other(other)) => Some((other.resource, other.group(), other.is_namespaced)),
            None => None,
        };
        access.name = name.to_owned();
        access.subresource = arguments.get("subresource").unwrap_or_default().to_owned();
        match found.filter(|_| resource != "all") {
            Some((plural, group, is_namespaced)) => {
                (access.resource, access.group) = (plural.to_owned(), group.to_owned());
                if !everywhere && !is_namespaced {
                    let of_group = if group.is_empty() { String::new() } else { format!(" in group '{group}'") };
                    warn(format!("resource '{plural}' is not namespace scoped{of_group}"));
                }
            }
            None => {
                let lower = resource.to_lowercase();
                if !matches!(lower.as_str(), "*" | "users" | "groups") {
                    let (plural, group) = lower.split_once('.').unwrap_or((&lower, ""));
                    let of_group = if group.is_empty() { String::new() } else { format!(" in group '{group}'") };
                    warn(format!("the server doesn't have a resource type '{plural}'{of_group}"));
                }
                access.resource = resource.to_owned();
            }
        }
        if !everywhere && !is_known(KNOWN_VERBS) {
            warn(format!("verb '{verb}' is not a known verb"));
        }
    }
    if arguments.is_on("no-headers") {
        return Err(failed("--no-headers cannot be set without --list specified"));
    }
    Ok(Batch::new(move |view| {
        let mut plan = Plan::default();
        plan.report.stderr.clone_from(&warnings);
        let answer = match allows(view.store, &user, &access) {
            Ok(()) => "yes".to_owned(),
            Err(reason) => {
                plan.report.exit = 1;
                if reason.is_empty() { "no".to_owned() } else { format!("no - {reason}") }
            }
        };
        if !is_quiet {
            plan.report.say(answer);
        }
        plan
    }))
}

/// What `--list` says.
fn listed(store: &Store, user: &User, namespace: &str, no_headers: bool) -> String {
    let (rules, _) = rules_of(store, user, namespace);
    // The rules for paths come after those for resources.
    let (mut resources, paths): (Vec<Rule>, Vec<Rule>) = rules.into_iter().partition(|rule| !rule.resources.is_empty());
    resources.extend(paths);
    let mut rules = compacted(broken_down(&resources));
    let spaced = |list: &[String]| format!("[{}]", list.join(" "));
    let order = |rule: &Rule| {
        let parts = [&rule.verbs, &rule.groups, &rule.resources, &rule.names, &rule.urls];
        ["Verbs", "APIGroups", "Resources", "ResourceNames", "NonResourceURLs"]
            .iter()
            .zip(parts)
            .map(|(name, list)| format!("{name}:{},", spaced(list)))
            .collect::<String>()
    };
    podlapse_model::sort_by(&mut rules, |a, b| order(a).cmp(&order(b)));
    let heads = ["Resources", "Non-Resource URLs", "Resource Names", "Verbs"];
    let mut rows: Vec<[String; 4]> = (!no_headers).then_some(heads.map(str::to_owned)).into_iter().collect();
    rows.extend(rules.iter().map(|rule| [with_group(rule), spaced(&rule.urls), spaced(&rule.names), spaced(&rule.verbs)]));
    TablePrinter::default().print(&rows)
}

/// `CombineResourceGroup`, as in `deployments.apps/scale`.
fn with_group(rule: &Rule) -> String {
    let Some(resource) = rule.resources.first() else { return String::new() };
    let (plural, part) = resource.split_once('/').map_or((resource.as_str(), None), |(plural, part)| (plural, Some(part)));
    let group = rule.groups.first().filter(|group| !group.is_empty()).map_or_else(String::new, |group| format!(".{group}"));
    let part = part.map_or_else(String::new, |part| format!("/{part}"));
    format!("{plural}{group}{part}")
}

/// `kubectl auth whoami`.
pub(super) fn whoami(call: &Call<'_>) -> Result<Outcome, Outcome> {
    let arguments = call.arguments()?;
    let user = Caller::of(&arguments).user();
    let uid = arguments.get("as-uid").filter(|uid| !uid.is_empty());
    let stdout = match arguments.get("output").filter(|output| !output.is_empty()) {
        Some(output) => {
            let mut info = json!({"groups": user.groups, "username": user.name});
            if let Some(uid) = uid {
                info["uid"] = uid.into();
            }
            let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "metadata": {},
                "status": {"userInfo": info}});
            Format::parse(output, call.line).and_then(|format| format.print_json(&review)).map_err(failed)?
        }
        None => {
            let mut rows = vec![["ATTRIBUTE".to_owned(), "VALUE".to_owned()], ["Username".to_owned(), user.name.clone()]];
            rows.extend(uid.map(|uid| ["UID".to_owned(), uid.to_owned()]));
            rows.push(["Groups".to_owned(), format!("[{}]", user.groups.join(" "))]);
            TablePrinter::default().print(&rows)
        }
    };
    Ok(Outcome { stdout, ..Outcome::default() })
}

/// What `apply` says where it may not look at an object.
pub(super) fn unseen(refused: Rejection, object: &podlapse_model::Object, source: &str) -> Rejection {
    let Rejection::Server(mut status) = refused else { return refused };
    let key = object.key();
    let json = object.to_json();
    let text = |field: &str| json.get(field).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let (version, kind) = (text("apiVersion"), text("kind"));
    let (resource, name) = match key.name.as_str().split_once('/') {
        Some((resource, name)) if key.kind == Kind::Unmodelled => (resource.split('.').next().unwrap_or_default(), name),
        Some(_) | None => (key.kind.resource(), key.name.as_str()),
    };
    let which = identified(&version, resource, &kind, name, key.namespace.as_str());
    status.message =
        format!("error when retrieving current configuration of:\n{which}\nfrom server for: {source:?}: {}", status.message);
    Rejection::Server(status)
}
