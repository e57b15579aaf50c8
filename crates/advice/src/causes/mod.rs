//! What could help, from what is known of why something is stuck.
//!
//! Each file knows one kind of cause. A candidate may be wrong: the engine tries it.

mod config;
mod containers;
mod documents;
mod images;
mod placement;
mod probes;
mod refusals;
mod room;
mod volumes;

use podlapse_core::Simulation;
use podlapse_core::scheduler::{Decision, Plugin, Status, Verdict};
use podlapse_manifest::Amend;
use podlapse_model::{Object, ObjectKey};
use std::vec::IntoIter;

use serde_json::Value;

pub(crate) use documents::{Documents, Location};

use crate::change::{Change, Remedy};
use crate::lives::Lives;
use crate::texts::{Edit, Texts, Which};

/// Everything that could help.
pub(crate) fn candidates(run: &Simulation, texts: &Texts, root: &ObjectKey) -> Vec<Change> {
    let lives = Lives::new(run);
    let documents = Documents::read(texts);
    let (Some(health), Some(location)) = (lives.health(root), documents.find(root)) else { return Vec::new() };
    let pod = health.pod.and_then(|key| Some((key.clone(), lives.object(&key)?.to_json())));
    let is_refused = pod.is_none() || health.reached == crate::Reached::Nothing;
    let (key, pod) = pod.unwrap_or_else(|| (root.clone(), documents.template(root)));
    let decision = last_decision(run, &key);
    let case = Case { run, lives: &lives, documents: &documents, root, location, key, pod, decision, well: health.well };
    let mut out = Vec::new();
    if is_refused {
        refusals::look(&case, &mut out);
    } else {
        room::look(&case, &mut out);
        placement::look(&case, &mut out);
        volumes::look(&case, &mut out);
        images::look(&case, &mut out);
        config::look(&case, &mut out);
        containers::look(&case, &mut out);
        probes::look(&case, &mut out);
    }
    out
}

fn last_decision<'a>(run: &'a Simulation, pod: &ObjectKey) -> Option<&'a Decision> {
    let decided = run.timeline().steps().iter().rev().flat_map(|step| &step.decisions);
    decided.filter(|decided| decided.pod == *pod).map(|decided| &*decided.decision).next()
}

/// What is known of something that is stuck.
pub(crate) struct Case<'a> {
    pub(crate) run: &'a Simulation,
    pub(crate) lives: &'a Lives<'a>,
    pub(crate) documents: &'a Documents,
    /// What was pasted.
    pub(crate) root: &'a ObjectKey,
    /// Where that stands.
    pub(crate) location: Location,
    /// The worst Pod.
    pub(crate) key: ObjectKey,
    /// As JSON; only with a spec where the API server let none in.
    pub(crate) pod: Value,
    /// What the scheduler said of it last.
    pub(crate) decision: Option<&'a Decision>,
    /// How many Pods are well.
    pub(crate) well: usize,
}

/// A list within an object, with the index of each item.
pub(crate) fn items<'v>(value: &'v Value, pointer: &str) -> IntoIter<(usize, &'v Value)> {
    let items: Vec<(usize, &Value)> =
        value.pointer(pointer).and_then(Value::as_array).into_iter().flatten().enumerate().collect();
    items.into_iter()
}

/// A text within an object; empty where there is none.
pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The steps of a path, which stand between slashes.
pub(crate) fn steps(path: &str) -> Vec<String> {
    path.split('/').filter(|step| !step.is_empty()).map(str::to_owned).collect()
}

/// The steps of a path, with a last one that may hold slashes.
pub(crate) fn steps_to(path: &str, last: &str) -> Vec<String> {
    let mut steps = steps(path);
    steps.push(last.to_owned());
    steps
}

impl<'a> Case<'a> {
    /// The containers of the Pod by list and index: init containers first.
    pub(crate) fn containers(&self) -> IntoIter<Container<'_>> {
        let mut found = Vec::new();
        for list in ["initContainers", "containers"] {
            found.extend(items(&self.pod, &format!("/spec/{list}")).map(|(index, spec)| Container { list, index, spec }));
        }
        found.into_iter()
    }

    /// The status of a container.
    pub(crate) fn status(&self, container: &Container<'_>) -> &Value {
        let lists = ["/status/initContainerStatuses", "/status/containerStatuses"];
        let mut all = lists.into_iter().flat_map(|list| items(&self.pod, list));
        all.find(|(_, status)| text(status, "/name") == container.name()).map_or(&Value::Null, |(_, status)| status)
    }

    pub(crate) fn namespace(&self) -> &str {
        self.key.namespace.as_str()
    }

    /// An amendment of the Pod's spec where it was pasted. The steps of the path stand between slashes.
    pub(crate) fn edit(&self, path: &str, amend: Amend) -> Edit {
        let spec = self.root.kind.pod_spec().unwrap_or_default();
        self.location.edit(steps(&format!("{spec}/{path}")), amend)
    }

    /// An amendment of what was pasted.
    pub(crate) fn edit_root(&self, path: &str, amend: Amend) -> Edit {
        self.location.edit(steps(path), amend)
    }

    /// An object that is to be in the cluster, as YAML.
    pub(crate) fn create(&self, object: String) -> Edit {
        Edit { which: Which::Cluster, document: 0, path: Vec::new(), amend: Amend::Append(object) }
    }

    /// The metadata of a new object beside the Pod, as a line of YAML.
    pub(crate) fn metadata(&self, name: &str) -> String {
        match self.namespace() {
            "default" | "" => format!("metadata: {{name: {name}}}\n"),
            namespace => format!("metadata: {{name: {name}, namespace: {namespace}}}\n"),
        }
    }

    /// The nodes that a plugin rejected, with what was said of them.
    pub(crate) fn rejected(&self, plugin: Plugin) -> IntoIter<(&'a str, &'a Status)> {
        let mut found = Vec::new();
        for (name, verdict) in self.decision.into_iter().flat_map(Decision::nodes) {
            match verdict {
                Verdict::Rejected(status) if status.plugin == Some(plugin) => found.push((&**name, status)),
                Verdict::Rejected(_) | Verdict::Passed | Verdict::NotEvaluated => {}
            }
        }
        found.into_iter()
    }

    pub(crate) fn node(&self, name: &str) -> Option<&'a Object> {
        self.lives.object(&ObjectKey::new(podlapse_model::Kind::Node, "", name))
    }
}

/// A container of the Pod.
#[derive(Clone, Copy)]
pub(crate) struct Container<'v> {
    pub(crate) list: &'static str,
    pub(crate) index: usize,
    pub(crate) spec: &'v Value,
}

impl<'v> Container<'v> {
    pub(crate) fn name(&self) -> &'v str {
        text(self.spec, "/name")
    }

    /// The way to a part of it.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("{}/{}/{rest}", self.list, self.index)
    }
}

/// A change with what it says of itself.
pub(crate) fn change(remedy: Remedy, about: &str, [from, to]: [&str; 2], edits: Vec<Edit>) -> Change {
    Change { remedy, about: about.to_owned(), from: from.to_owned(), to: to.to_owned(), edits }
}
