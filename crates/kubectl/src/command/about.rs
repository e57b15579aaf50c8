//! Verbs that ask about the API and the cluster as a whole, and those of which only the answer is simulated.
//!
//! Models `k8s.io/kubectl/pkg/cmd/{apiresources,version,clusterinfo,auth,top,help}` (v1.36) as far as a simulated cluster has something to
//! say. There is no authorisation: everybody belongs to `system:masters`.

use podlapse_core::client::Outcome;
use podlapse_model::Kind;

use super::Call;
use super::flags::{Flag, FlagKind, on, text};
use super::report::{failed, usage};
use crate::resources::{categories, kinds_named, short_name};
use crate::table::TablePrinter;

/// The flags of `api-resources`.
pub(super) const RESOURCES: &[Flag] = &[
    text("output", Some('o')),
    text("api-group", None),
    text("verbs", None),
    text("sort-by", None),
    text("categories", None),
    on("no-headers", None),
    on("namespaced", None),
    on("cached", None),
];

/// The flags of `version`.
pub(super) const VERSION: &[Flag] = &[text("output", Some('o')), on("client", None)];

/// The flags of `auth`.
pub(super) const AUTH: &[Flag] = &[
    on("all-namespaces", Some('A')),
    on("list", None),
    on("quiet", Some('q')),
    text("subresource", None),
    on("no-headers", None),
];

/// The flags of verbs that are not simulated: whatever they are given, the answer is the same.
pub(super) const ANY: &[Flag] = &[
    on("all-namespaces", Some('A')),
    on("stdin", Some('i')),
    on("tty", Some('t')),
    text("container", Some('c')),
    text("selector", Some('l')),
    text("output", Some('o')),
    text("filename", Some('f')),
    text("address", None),
    text("port", Some('p')),
    text("sort-by", None),
    on("containers", None),
    on("no-headers", None),
    on("quiet", Some('q')),
    on("current", None),
    on("minify", None),
    Flag { long: "sum", short: None, kind: FlagKind::Bool },
];

const RELEASE: &str = "v1.36.3";

fn said(stdout: impl Into<String>) -> Outcome {
    Outcome { stdout: stdout.into(), ..Outcome::default() }
}

/// `kubectl api-resources`: the kinds that are simulated.
pub(super) fn resources(call: &Call<'_>) -> Result<Outcome, Outcome> {
    let arguments = call.arguments()?;
    if let Some(word) = arguments.words.first() {
        return Err(usage("api-resources", format!("unexpected arguments: [{word}]")));
    }
    let output = arguments.get("output").unwrap_or_default();
    if !matches!(output, "" | "wide" | "name") {
        return Err(failed(format!("--output {output} is not available")));
    }
    let wanted = arguments.get("namespaced").map(|_| arguments.is_on("namespaced"));
    let mut kinds: Vec<Kind> = Kind::MODELLED
        .iter()
        .copied()
        .filter(|kind| wanted.is_none_or(|wanted| kind.is_namespaced() == wanted))
        .filter(|kind| arguments.get("api-group").is_none_or(|group| kind.group() == group))
        .collect();
    match arguments.get("sort-by") {
        Some("kind") => podlapse_model::sort_by_key(&mut kinds, |kind| kind.name()),
        Some("name") => podlapse_model::sort_by_key(&mut kinds, |kind| kind.resource()),
        Some(_) | None => podlapse_model::sort_by_key(&mut kinds, |kind| (kind.group(), kind.resource())),
    }
    if output == "name" {
        return Ok(said(
            kinds.iter().map(|kind| crate::resources::with_group(*kind, kind.resource()) + "\n").collect::<String>(),
        ));
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    if !arguments.is_on("no-headers") {
        let mut heads = vec!["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"];
        if output == "wide" {
            heads.extend(["VERBS", "CATEGORIES"]);
        }
        rows.push(heads.into_iter().map(str::to_owned).collect());
    }
    for kind in kinds {
        let mut row = vec![
            kind.resource().to_owned(),
            short_name(kind).to_owned(),
            kind.api_version().to_owned(),
            kind.is_namespaced().to_string(),
            kind.name().to_owned(),
        ];
        if output == "wide" {
            row.push("create,delete,deletecollection,get,list,patch,update,watch".to_owned());
            row.push(categories(kind).to_owned());
        }
        rows.push(row);
    }
    Ok(said(TablePrinter::default().print(&rows)))
}

/// `kubectl api-versions`.
pub(super) fn versions(call: &Call<'_>) -> Result<Outcome, Outcome> {
    call.arguments()?;
    let mut versions: Vec<&str> = Kind::MODELLED.iter().map(|kind| kind.api_version()).collect();
    podlapse_model::sort(&mut versions);
    versions.dedup();
    Ok(said(versions.join("\n") + "\n"))
}

/// `kubectl version`.
pub(super) fn version(call: &Call<'_>) -> Result<Outcome, Outcome> {
    let arguments = call.arguments()?;
    let client = format!("Client Version: {RELEASE}\nKustomize Version: v5.7.1\n");
    match arguments.get("output") {
        None if arguments.is_on("client") => Ok(said(client)),
        None => Ok(said(format!("{client}Server Version: {RELEASE}\n"))),
        Some("json" | "yaml") => Err(failed("kubectl version -o is not simulated")),
        Some(_) => Err(failed("--output must be 'yaml' or 'json'")),
    }
}

/// `kubectl cluster-info`.
pub(super) fn cluster_info(call: &Call<'_>) -> Result<Outcome, Outcome> {
    call.arguments()?;
    Ok(said(
        "Kubernetes control plane is running at https://127.0.0.1:6443\n\nTo further debug and diagnose cluster problems, use 'kubectl \
         cluster-info dump'.\n",
    ))
}

/// `kubectl auth can-i VERB TYPE`.
pub(super) fn can_i(call: &Call<'_>) -> Result<Outcome, Outcome> {
    let arguments = call.arguments()?;
    let note = "podlapse: roles are not simulated: everybody belongs to system:masters\n".to_owned();
    let [_, words @ ..] = arguments.words.as_slice() else {
        return Err(failed("you must specify two arguments: verb resource or verb resource/resourceName."));
    };
    let mut stderr = String::new();
    if let Some(word) = words.first()
        && !word.starts_with('/')
        && word != "*"
        && kinds_named(word.split('/').next().unwrap_or_default()).is_empty()
    {
        stderr.push_str(&format!("Warning: the server doesn't have a resource type '{word}'\n\n"));
    }
    let stdout = if arguments.is_on("quiet") { String::new() } else { "yes\n".to_owned() };
    Ok(Outcome { stdout, stderr: stderr + &note, exit: 0 })
}

/// `kubectl auth whoami`.
pub(super) fn whoami(call: &Call<'_>) -> Result<Outcome, Outcome> {
    call.arguments()?;
    Ok(said("ATTRIBUTE   VALUE\nUsername    kubernetes-admin\nGroups      [system:masters system:authenticated]\n"))
}

/// A verb that needs what the simulation does not have.
pub(super) fn honest(call: &Call<'_>) -> Result<Outcome, Outcome> {
    call.arguments()?;
    let first = call.verb.split(' ').next().unwrap_or_default();
    let why = HONEST.iter().find(|(verb, _)| *verb == call.verb || *verb == first).map_or("it is not simulated", |(_, why)| why);
    Err(if first == "top" { failed(why) } else { failed(format!("kubectl {}: {why}", call.verb)) })
}

/// What is said of verbs that are not simulated, and what to do instead.
const HONEST: &[(&str, &str)] = &[
    ("top", "Metrics API not available"),
    ("edit", "there is no editor here: use kubectl get -o yaml > FILE, sed -i and kubectl apply -f FILE, or kubectl patch"),
    ("attach", "there is no terminal here: kubectl logs -f shows what the container prints"),
    ("port-forward", "there is no network to the simulated Pods: kubectl exec POD -- wget shows what a server answers"),
    ("proxy", "the API server is simulated and has no address"),
    ("cp", "files are not copied here: kubectl exec POD -- cat PATH shows one"),
    ("certificate", "certificates are not simulated"),
    ("config", "there is one cluster and one user; choose a namespace with -n"),
    ("completion", "press Tab in the prompt; podlapse completions SHELL is for shells"),
    ("kustomize", "kustomizations are not built here"),
    ("plugin", "there are no plugins here"),
    ("alpha", "there are no alpha commands here"),
    ("kuberc", "there is no kuberc here"),
    ("create role", "roles are not simulated: everybody belongs to system:masters"),
    ("create rolebinding", "roles are not simulated: everybody belongs to system:masters"),
    ("create clusterrole", "roles are not simulated: everybody belongs to system:masters"),
    ("create clusterrolebinding", "roles are not simulated: everybody belongs to system:masters"),
    ("create token", "tokens are not simulated"),
    ("create ingress", "apply a manifest instead: an Ingress is kept and not acted upon"),
    ("auth reconcile", "roles are not simulated: everybody belongs to system:masters"),
    ("set subject", "roles are not simulated: everybody belongs to system:masters"),
];
