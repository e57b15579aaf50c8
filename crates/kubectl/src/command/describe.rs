//! `kubectl describe`. Models `k8s.io/kubectl/pkg/cmd/describe` (v1.36) and the events that each describer looks for.

use podlapse_core::client::{ClientView, Outcome};
use podlapse_manifest::Rejection;
use podlapse_model::api::core::v1::{Event, Pod};
use podlapse_model::{Kind, Object, ObjectKey};

use super::Call;
use super::flags::{Flag, on, text};
use super::report::{Report, failed};
use super::targets::{Targets, resource};

/// The flags beside those that choose objects.
pub(super) const FLAGS: &[Flag] = &[on("show-events", None), text("filename", Some('f')), text("chunk-size", None)];

/// A call of `kubectl describe`.
#[derive(Clone, Debug)]
pub(super) struct Describe {
    targets: Targets,
}

/// Reads the line.
pub(super) fn parse(call: &Call<'_>) -> Result<Describe, Outcome> {
    let arguments = call.arguments()?;
    let targets = Targets::parse(&arguments, &arguments.words).map_err(failed)?;
    if targets.is_empty() {
        return Err(failed(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.",
        ));
    }
    Ok(Describe { targets })
}

impl Describe {
    pub(super) fn run(&self, view: &ClientView<'_>) -> Outcome {
        let mut report = Report::default();
        let mut texts = Vec::new();
        for target in self.with_prefixes(view) {
            match target.and_then(|object| text_of(&object, view)) {
                Ok(text) => texts.push(text),
                Err(error) => report.errors.push(error),
            }
        }
        if texts.is_empty() && report.errors.is_empty() {
            let namespaced = self.targets.kinds.iter().any(|kind| kind.is_namespaced());
            report.stderr.push_str(&match &self.targets.namespace {
                Some(namespace) if namespaced => format!("No resources found in {namespace} namespace.\n"),
                Some(_) | None => "No resources found\n".to_owned(),
            });
        }
        report.stdout = texts.join("\n\n");
        report.end("", "")
    }

    /// A name that is not there stands for all objects whose names begin with it.
    fn with_prefixes(&self, view: &ClientView<'_>) -> Vec<Result<Object, Rejection>> {
        let mut found = Vec::new();
        for (kind, name) in &self.targets.names {
            let key = self.targets.key(*kind, name);
            match view.store.get(&key) {
                Some(object) => found.push(Ok(object.clone())),
                None => {
                    let before = found.len();
                    let all = view.store.list(*kind).filter(|object| self.targets.selects(object));
                    found.extend(all.filter(|object| has_prefix(object, name)).cloned().map(Ok));
                    if found.len() == before {
                        found.push(Err(super::apply::missing(&key)));
                    }
                }
            }
        }
        for kind in &self.targets.kinds {
            found.extend(self.targets.list(view.store, *kind));
        }
        found
    }
}

fn has_prefix(object: &Object, prefix: &str) -> bool {
    object.metadata().name.as_deref().is_some_and(|name| name.starts_with(prefix))
}

fn text_of(object: &Object, view: &ClientView<'_>) -> Result<String, Rejection> {
    let now = view.wall.time(view.now);
    let about = events_about(object, view);
    match object {
        Object::Pod(pod) => Ok(crate::describe_pod(pod, &about, &now)),
        Object::Node(node) => {
            let name = node.metadata.name.as_deref().unwrap_or_default();
            let lease = match view.store.get(&ObjectKey::new(Kind::Lease, "kube-node-lease", name)) {
                Some(Object::Lease(lease)) => Some(lease.as_ref()),
                Some(_) | None => None,
            };
            let pods: Vec<&Pod> = view.store.list(Kind::Pod).filter_map(|object| active_on(object, name)).collect();
            Ok(crate::describe_node(node, lease, &pods, &about, &now))
        }
        other => Err(Rejection::Client(format!("kubectl describe {} is not simulated", resource(other.kind())))),
    }
}

/// A Pod of the node that has not ended.
fn active_on<'a>(object: &'a Object, node: &str) -> Option<&'a Pod> {
    let Object::Pod(pod) = object else { return None };
    let on_node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) == Some(node);
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default();
    (on_node && !matches!(phase, "Succeeded" | "Failed")).then_some(pod)
}

/// The events whose involved object is this one. The kubelet writes a node's name in place of its uid.
fn events_about<'a>(object: &Object, view: &ClientView<'a>) -> Vec<&'a Event> {
    let key = object.key();
    let uid = object.uid();
    let events = view.store.list(Kind::Event).filter_map(|object| match object {
        Object::Event(event) => Some(event.as_ref()),
        _ => None,
    });
    events
        .filter(|event| {
            let involved = &event.involved_object;
            let its_uid = involved.uid.as_deref().unwrap_or_default();
            involved.kind.as_deref() == Some(key.kind.name())
                && involved.name.as_deref() == Some(key.name.as_str())
                && involved.namespace.as_deref().unwrap_or_default() == key.namespace.as_str()
                && (its_uid == uid.as_str() || (key.kind == Kind::Node && its_uid == key.name.as_str()))
        })
        .collect()
}
