//! `podlapse export`: a folder that runs the same scenario on a real control plane, with KWOK or kind.
//!
//! Real are then the API server, the scheduler, the controllers, and with kind the kubelet and the images. What a scenario says of images
//! and behaviours is ours and stays behind; the folder's README says so.

use std::fs;
use std::io;
use std::path::Path;

use podlapse_core::Scenario;
use podlapse_manifest::read_stream;
use podlapse_model::simulation::{Action, ActionKind};
use podlapse_model::{Kind, Object, SimDuration, SimTime};
use serde_json::{Map, Value, json};

use crate::args::Export;
use crate::report::{Failure, Report};
use crate::scenario::prepare;
use crate::source::Source;

/// Writes the folder.
pub(crate) fn export(arguments: &Export) -> Result<Report, Failure> {
    let source = Source::read(&arguments.scenario)?;
    let (run, stderr) = prepare(&source, None, arguments.scenario.seed).flawless()?;
    let files = files(&source, run.scenario());
    let folder = &arguments.folder;
    write(folder, &files).map_err(|error| Failure(format!("{}: {error}\n", folder.display())))?;
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let stdout = format!("{}: {}\nHow to run it: {}/README.md\n", folder.display(), names.join(", "), folder.display());
    Ok(Report { stdout, stderr, ..Report::default() })
}

fn write(folder: &Path, files: &[(&str, String)]) -> io::Result<()> {
    fs::create_dir(folder)?;
    files.iter().try_for_each(|(name, text)| fs::write(folder.join(name), text))
}

fn files(source: &Source, scenario: &Scenario) -> Vec<(&'static str, String)> {
    let nodes: Vec<Value> = of_kind(scenario, |kind| kind == Kind::Node).map(Object::to_json).collect();
    let nodes = if nodes.is_empty() { vec![default_node()] } else { nodes };
    // The nodes are other files; the API server fills in defaults itself, so the rest is what was written.
    let rest = source.cluster.iter().flat_map(|cluster| read_stream(&cluster.content).documents);
    let rest: Vec<Value> = rest.flat_map(|document| items(document.json)).filter(is_for_the_api).collect();
    let workload: Vec<Value> =
        read_stream(&source.workload.content).documents.into_iter().map(|document| document.json).collect();
    let is_mixed = workload.iter().any(|document| !is_for_the_api(document));
    let workload =
        if is_mixed { documents(workload.into_iter().filter(is_for_the_api)) } else { source.workload.content.clone() };
    vec![
        ("README.md", readme(&source.name, scenario)),
        ("kind.yaml", documents([kind_config(&nodes)])),
        ("nodes.yaml", documents(nodes.iter().map(kwok_node))),
        ("cluster.yaml", documents(rest)),
        ("workload.yaml", workload),
        ("run.sh", script(&scenario.simulation.actions, scenario.simulation.duration)),
    ]
}

fn of_kind(scenario: &Scenario, is_wanted: impl Fn(Kind) -> bool) -> impl Iterator<Item = &Object> {
    scenario.cluster.iter().filter(move |object| is_wanted(object.kind()))
}

/// The items of a list, or the object itself.
fn items(object: Value) -> Vec<Value> {
    match object.get("items").and_then(Value::as_array) {
        Some(items) => items.clone(),
        None => vec![object],
    }
}

/// Whether an object is for the API server: no Simulation of ours, no node, nothing empty.
fn is_for_the_api(object: &Value) -> bool {
    let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
    object.is_object() && text("kind") != "Node" && !text("apiVersion").starts_with("podlapse.dev/")
}

/// The node that there is when a scenario names none.
fn default_node() -> Value {
    let room = json!({"cpu": "8", "memory": "16Gi", "pods": "110"});
    json!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1", "labels": {"kubernetes.io/hostname": "node-1"}},
        "status": {"allocatable": room.clone(), "capacity": room},
    })
}

/// Documents as YAML.
fn documents(all: impl IntoIterator<Item = Value>) -> String {
    let texts: Vec<String> = all.into_iter().map(|value| podlapse_kubectl::yaml(&value)).collect();
    texts.join("---\n")
}

/// A node that KWOK takes for its own.
fn kwok_node(node: &Value) -> Value {
    let mut node = node.clone();
    node["metadata"]["annotations"]["kwok.x-k8s.io/node"] = "fake".into();
    for field in ["uid", "resourceVersion", "creationTimestamp", "managedFields"] {
        if let Some(metadata) = node["metadata"].as_object_mut() {
            metadata.remove(field);
        }
    }
    // Conditions are what KWOK says of its nodes.
    if let Some(status) = node["status"].as_object_mut() {
        status.retain(|field, _| matches!(field.as_str(), "allocatable" | "capacity"));
    }
    node
}

/// A container for each node, with its labels.
fn kind_config(nodes: &[Value]) -> Value {
    let workers = nodes.iter().map(|node| {
        let labels = node.pointer("/metadata/labels").and_then(Value::as_object);
        // A kubelet may not give itself labels of Kubernetes; those it has anyway.
        let own = labels.into_iter().flatten().filter(|(key, _)| !key.contains("kubernetes.io/"));
        let own: Map<String, Value> = own.map(|(key, value)| (key.clone(), value.clone())).collect();
        if own.is_empty() { json!({"role": "worker"}) } else { json!({"role": "worker", "labels": own}) }
    });
    let nodes: Vec<Value> = std::iter::once(json!({"role": "control-plane"})).chain(workers).collect();
    json!({"apiVersion": "kind.x-k8s.io/v1alpha4", "kind": "Cluster", "nodes": nodes})
}

/// What is done, and when.
fn script(actions: &[Action], duration: SimDuration) -> String {
    let mut text = "#!/bin/sh\n# Applies the scenario and does at each instant what it says.\nset -u\ncd \"$(dirname \"$0\")\"\n\
                    [ -s cluster.yaml ] && kubectl apply -f cluster.yaml\nkubectl get pods --all-namespaces --watch &\nwatch=$!\n\
                    kubectl apply -f workload.yaml\n"
        .to_owned();
    let mut now = SimTime::ZERO;
    for action in actions {
        let wait = action.at.since(now);
        if SimDuration::ZERO < wait {
            text.push_str(&format!("sleep {}\n", wait.as_secs_f64()));
        }
        now = action.at;
        text.push_str(&line(&action.what));
    }
    let rest = (SimTime::ZERO + duration).since(now);
    text.push_str(&format!("sleep {}\nkill $watch\nkubectl get events --all-namespaces\n", rest.as_secs_f64()));
    text
}

fn line(what: &ActionKind) -> String {
    match what {
        ActionKind::Kubectl { line, stdin: None } => format!("kubectl {line}\n"),
        ActionKind::Kubectl { line, stdin: Some(stdin) } => {
            let end = if stdin.ends_with('\n') { "" } else { "\n" };
            format!("kubectl {line} <<'END'\n{stdin}{end}END\n")
        }
        ActionKind::Node { name, up, .. } => {
            format!(
                "# the node {name} goes {}: with kind, docker {} its container\n",
                if *up { "up" } else { "down" },
                if *up { "start" } else { "stop" }
            )
        }
        ActionKind::Image(image) => format!("# the registries have {} from here on\n", image.name),
        ActionKind::Kill { pod, signal, .. } => format!("# a process of {pod} gets SIG{signal}\n"),
        ActionKind::Network { node, ready } => {
            format!("# the network of {node} is {}\n", if *ready { "ready" } else { "not ready" })
        }
        ActionKind::StaticPod { node, file, .. } => format!("# the file {file} of {node} changes\n"),
    }
}

fn readme(name: &str, scenario: &Scenario) -> String {
    let simulation = &scenario.simulation;
    let mut left = Vec::new();
    if !simulation.images.is_empty() || !simulation.registries.is_empty() {
        left.push("images and registries: KWOK pulls none, kind pulls from real registries");
    }
    if !simulation.behaviors.is_empty() {
        left.push("behaviours: with KWOK every container runs, with kind the image does what it does");
    }
    if !simulation.sandbox.is_empty() {
        left.push("failures of sandboxes");
    }
    let left = match left.as_slice() {
        [] => String::new(),
        left => format!("\nWhat Kubernetes has no object for stays behind:\n\n- {}\n", left.join("\n- ")),
    };
    format!(
        "# {name}, on a real control plane\n\n\
         With [KWOK](https://kwok.sigs.k8s.io) the API server, the scheduler and the controllers are real, and the nodes are played:\n\n    \
         kwokctl create cluster\n    kubectl apply --server-side -f nodes.yaml\n    sh run.sh\n    kwokctl delete cluster\n\n\
         With [kind](https://kind.sigs.k8s.io) kubelets and containers are real, too. Each node is a container as large as its\n\
         machine; kind calls them `kind-worker`, `kind-worker2` and so on, and they have neither taints nor cordons:\n\n    \
         kind create cluster --config kind.yaml\n    sh run.sh\n    kind delete cluster\n{left}"
    )
}
