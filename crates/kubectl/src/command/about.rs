//! Verbs that ask about the API and the cluster as a whole, and those of which only the answer is simulated.
//!
//! Models `k8s.io/kubectl/pkg/cmd/{apiresources,version,clusterinfo,top,help}` (v1.36) as far as a simulated cluster has something to
//! say.

use podlapse_core::client::Outcome;
use podlapse_model::Kind;
use serde_json::{Value, json};

use super::Call;
use super::flags::Arguments;
use super::report::{failed, usage};
use crate::others::OTHERS;
use crate::output::Format;
use crate::resources::{categories, short_name};
use crate::table::TablePrinter;

const RELEASE: &str = "v1.36.3";
const KUSTOMIZE: &str = "v5.8.1";

fn said(stdout: impl Into<String>) -> Outcome {
    Outcome { stdout: stdout.into(), ..Outcome::default() }
}

/// A line of `kubectl api-resources`.
struct Listed {
    resource: &'static str,
    short: String,
    version: &'static str,
    is_namespaced: bool,
    kind: &'static str,
    is_kept: bool,
    categories: &'static str,
}

/// Refuses arguments.
pub(super) fn no_words(call: &Call<'_>, arguments: &Arguments) -> Result<(), Outcome> {
    match arguments.words.as_slice() {
        [] => Ok(()),
        words => Err(usage(call.verb, format!("unexpected arguments: [{}]", words.join(" ")))),
    }
}

/// Every resource, by group and name.
fn listed() -> Vec<Listed> {
    let modelled = Kind::MODELLED.iter().map(|kind| Listed {
        resource: kind.resource(),
        short: short_name(*kind).to_owned(),
        version: kind.api_version(),
        is_namespaced: kind.is_namespaced(),
        kind: kind.name(),
        is_kept: true,
        categories: categories(*kind),
    });
    let others = OTHERS.iter().map(|other| Listed {
        resource: other.resource,
        short: other.short.replace(' ', ","),
        version: other.api_version,
        is_namespaced: other.is_namespaced,
        kind: other.kind,
        is_kept: other.is_kept,
        categories: match group(other.api_version) {
            "autoscaling" => "all",
            "admissionregistration.k8s.io" | "apiextensions.k8s.io" | "apiregistration.k8s.io" => "api-extensions",
            _ => "",
        },
    });
    // Events are in two groups.
    let events = Listed {
        resource: Kind::Event.resource(),
        short: short_name(Kind::Event).to_owned(),
        version: "events.k8s.io/v1",
        is_namespaced: true,
        kind: Kind::Event.name(),
        is_kept: true,
        categories: "",
    };
    let mut all: Vec<Listed> = modelled.chain(others).chain([events]).collect();
    podlapse_model::sort_by(&mut all, |a, b| (group(a.version), a.resource).cmp(&(group(b.version), b.resource)));
    all
}

fn group(version: &str) -> &str {
    version.split_once('/').map_or("", |(group, _)| group)
}

/// `kubectl api-resources`: the kinds that are simulated, and those that are kept.
pub(super) fn resources(call: &Call<'_>) -> Result<Outcome, Outcome> {
    let arguments = call.arguments()?;
    no_words(call, &arguments)?;
    let output = arguments.get("output").unwrap_or_default();
    if !matches!(output, "" | "wide" | "name") {
        return Err(failed(format!(
            "unable to match a printer suitable for the output format {output:?}, allowed formats are: json,kyaml,name,wide,yaml"
        )));
    }
    let verbs = |listed: &Listed| if listed.is_kept { VERBS } else { "create" };
    let wanted = arguments.get("namespaced").map(|_| arguments.is_on("namespaced"));
    let has = |all: &str, flag: &str| arguments.all(flag).all(|one| all.split(',').any(|known| known == one));
    let mut all = listed();
    all.retain(|listed| {
        wanted.is_none_or(|wanted| listed.is_namespaced == wanted)
            && arguments.get("api-group").is_none_or(|wanted| group(listed.version) == wanted)
            && has(verbs(listed), "verbs")
            && has(listed.categories, "categories")
    });
    match arguments.get("sort-by") {
        Some("kind") => podlapse_model::sort_by_key(&mut all, |listed| listed.kind),
        Some("name") => podlapse_model::sort_by_key(&mut all, |listed| listed.resource),
        None | Some("") => {}
        Some(_) => return Err(failed("--sort-by accepts only name or kind")),
    }
    if output == "name" {
        let qualified = |listed: &Listed| match group(listed.version) {
            "" => format!("{}\n", listed.resource),
            group => format!("{}.{group}\n", listed.resource),
        };
        return Ok(said(all.iter().map(qualified).collect::<String>()));
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    if !arguments.is_on("no-headers") {
        let mut heads = vec!["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"];
        if output == "wide" {
            heads.extend(["VERBS", "CATEGORIES"]);
        }
        rows.push(heads.into_iter().map(str::to_owned).collect());
    }
    for listed in all {
        let mut row = vec![
            listed.resource.to_owned(),
            listed.short.clone(),
            listed.version.to_owned(),
            listed.is_namespaced.to_string(),
            listed.kind.to_owned(),
        ];
        if output == "wide" {
            row.extend([verbs(&listed).to_owned(), listed.categories.to_owned()]);
        }
        rows.push(row);
    }
    Ok(said(TablePrinter::default().print(&rows)))
}

const VERBS: &str = "create,delete,deletecollection,get,list,patch,update,watch";

/// The versions of the API, in order.
pub(super) fn api_versions() -> Vec<&'static str> {
    let others = OTHERS.iter().map(|other| other.api_version);
    let mut versions: Vec<&str> = Kind::MODELLED
        .iter()
        .map(|kind| kind.api_version())
        .chain(others)
        .chain(["autoscaling/v1", "events.k8s.io/v1"])
        .collect();
    podlapse_model::sort(&mut versions);
    versions.dedup();
    versions
}

/// `kubectl api-versions`.
pub(super) fn versions(call: &Call<'_>) -> Result<Outcome, Outcome> {
    no_words(call, &call.arguments()?)?;
    Ok(said(api_versions().join("\n") + "\n"))
}

/// What the API server says of itself.
pub(super) fn server_version() -> Value {
    json!({"compiler": "gc", "gitTreeState": "clean", "gitVersion": RELEASE, "major": "1", "minor": "36", "platform": "linux/amd64"})
}

/// `kubectl version`.
pub(super) fn version(call: &Call<'_>) -> Result<Outcome, Outcome> {
    let arguments = call.arguments()?;
    if !arguments.words.is_empty() {
        return Err(failed(format!("extra arguments: [{}]", arguments.words.join(" "))));
    }
    let client = format!("Client Version: {RELEASE}\nKustomize Version: {KUSTOMIZE}\n");
    match arguments.get("output") {
        None if arguments.is_on("client") => Ok(said(client)),
        None => Ok(said(format!("{client}Server Version: {RELEASE}\n"))),
        Some(output @ ("json" | "yaml")) => {
            let mut both = json!({"clientVersion": server_version(), "kustomizeVersion": KUSTOMIZE});
            if !arguments.is_on("client") {
                both["serverVersion"] = server_version();
            }
            let format = Format::parse(output, call.line).map_err(failed)?;
            format.print_json(&both).map(said).map_err(failed)
        }
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

/// A verb that needs what the simulation does not have.
pub(super) fn honest(call: &Call<'_>) -> Result<Outcome, Outcome> {
    let first = call.verb.split(' ').next().unwrap_or_default();
    if first == "top" {
        let arguments = call.arguments()?;
        if !matches!(arguments.get("sort-by"), None | Some("" | "cpu" | "memory")) {
            return Err(failed("--sort-by accepts only cpu or memory"));
        }
    }
    let why = HONEST.iter().find(|(verb, _)| *verb == call.verb || *verb == first).map_or("it is not simulated", |(_, why)| why);
    Err(if first == "top" { failed(why) } else { failed(format!("kubectl {}: {why}", call.verb)) })
}

/// What is said of verbs that are not simulated, and what to do instead.
const HONEST: &[(&str, &str)] = &[
    ("top", "Metrics API not available"),
    ("proxy", "the API server is simulated and has no address"),
    ("cp", "files are not copied here: kubectl exec POD -- cat PATH shows one"),
    ("certificate", "certificates are not simulated"),
    ("completion", "press Tab in the prompt; podlapse completions SHELL is for shells"),
    ("kustomize", "kustomizations are not built here"),
    ("plugin", "there are no plugins here"),
    ("alpha", "there are no alpha commands here"),
    ("kuberc", "there is no kuberc here"),
    ("auth reconcile", "use kubectl apply for roles and bindings"),
    ("apply edit-last-applied", "use kubectl edit, or kubectl apply set-last-applied with a file"),
    ("set subject", "use kubectl edit or kubectl apply for bindings"),
];
