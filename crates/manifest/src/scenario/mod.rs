//! A scenario: a workload, a cluster, and what Kubernetes has no object for.
//!
//! The documents of `kind: Simulation` are ours; all others are Kubernetes objects. Either text may hold them. A workload that a cluster
//! printed is no workload but that cluster.

mod fields;
mod simulation;
mod snapshot;

use podlapse_model::simulation::SimulationSpec;
use podlapse_model::{Kind, Metadata, Object};

use crate::audit::audit;
use crate::check::{Checked, Diagnostic, Severity};
use crate::read::{Stream, read_stream};
use crate::rejection::Rejection;
use crate::submit::{Submission, is_read, submit_existing, submit_stream};

/// What a user pasted.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What `kubectl apply -f workload.yaml` finds in the workload at t = 0. Its objects are not yet defaulted.
    pub workload: Submission,
    /// What was there before, as decoded; not yet defaulted, status kept.
    pub cluster: Vec<Object>,
    /// Everything else.
    pub simulation: SimulationSpec,
    /// Whether a cluster was given at all; without one there is a default node.
    pub has_cluster: bool,
    /// What was pasted and is not simulated, as `Kind name`.
    pub not_modelled: Vec<String>,
    /// Whether the workload is what a cluster printed. Nothing is applied then: its objects are those of the cluster.
    pub is_snapshot: bool,
}

/// From the latest instant that a cluster tells of to the start of the run. Its kubelets are at work by then.
const SNAPSHOT_AGE_NS: i128 = 6_000_000_000;

/// Reads a scenario. Diagnostics of the cluster count their documents on from those of the workload.
///
/// A workload that cannot be read, or that the server rejects, is still a scenario: its run shows what is said of it. There is no value
/// only when the cluster could not be understood.
///
/// ```
/// let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, image: nginx}]}\n";
/// let cluster = "apiVersion: podlapse.dev/v1alpha1\nkind: Simulation\nspec: {duration: 1m30s}\n";
/// let scenario = podlapse_manifest::scenario(pod, Some(cluster)).value.unwrap();
/// assert_eq!(scenario.simulation.duration.as_secs(), 90);
/// assert_eq!(scenario.workload.objects().count(), 1);
/// ```
pub fn scenario(workload: &str, cluster: Option<&str>) -> Checked<Scenario> {
    let mut diagnostics = Vec::new();
    let mut simulation = None;
    let mut stream = read_stream(workload);
    take_simulation(&mut stream, 0, &mut simulation, &mut diagnostics);
    let is_snapshot = snapshot::is_printed(&stream);
    let submission = if is_snapshot { Submission::default() } else { submit_stream(&stream) };
    let workload_documents = stream.documents.len();
    diagnostics.extend(submission.diagnostics.iter().cloned());
    if !is_snapshot {
        diagnostics.extend(audit(&stream, &submission));
    }
    if submission.entries.is_empty() && submission.end.is_none() && !is_snapshot {
        let message = "no objects passed to apply";
        diagnostics.push(Diagnostic::new(Severity::Error, 0, message).hint("a workload holds at least one object"));
    }

    let mut objects: Vec<Object> = Vec::new();
    let mut is_cluster_broken = false;
    let mut latest = None;
    let mut hold = |stream: &Stream, offset: usize, objects: &mut Vec<Object>, diagnostics: &mut Vec<Diagnostic>| {
        latest = latest.max(snapshot::latest(stream));
        let submission = submit_existing(stream);
        is_cluster_broken |= submission.end.is_some() || submission.entries.iter().any(|entry| entry.outcome.is_err());
        let audited = audit(stream, &submission);
        diagnostics.extend(submission.diagnostics.into_iter().chain(audited).map(|mut diagnostic| {
            diagnostic.document += offset;
            diagnostic
        }));
        objects.extend(submission.entries.into_iter().filter_map(|entry| entry.outcome.ok()));
    };
    if is_snapshot {
        hold(&stream, 0, &mut objects, &mut diagnostics);
    }
    if let Some(text) = cluster {
        let mut stream = read_stream(text);
        take_simulation(&mut stream, workload_documents, &mut simulation, &mut diagnostics);
        let mut declared = Vec::new();
        hold(&stream, workload_documents, &mut declared, &mut diagnostics);
        // What a cluster printed is the whole of it: its nodes are not joined by others, nor its objects by their namesakes.
        let has_nodes = objects.iter().any(|object| object.kind() == Kind::Node);
        declared.retain(|object| {
            !(has_nodes && object.kind() == Kind::Node || objects.iter().any(|held| held.key() == object.key()))
        });
        objects.append(&mut declared);
    }
    let mut simulation = simulation.unwrap_or_default();
    if let Some(latest) = latest.filter(|_| simulation.start_time_unix_ns == SimulationSpec::default().start_time_unix_ns) {
        simulation.start_time_unix_ns = latest + SNAPSHOT_AGE_NS;
    }
    if is_snapshot {
        let message = "these objects were printed by a cluster: they are what is there, and nothing is applied";
        diagnostics.push(Diagnostic::new(Severity::Info, 0, message));
    }

    podlapse_model::sort_by_key(&mut diagnostics, |diagnostic| (diagnostic.document, diagnostic.place));
    let not_modelled = submission.objects().chain(&objects).filter_map(unmodelled_name).collect();
    let value = Scenario {
        workload: submission,
        has_cluster: cluster.is_some_and(|text| !text.trim().is_empty())
            || objects.iter().any(|object| is_snapshot && object.kind() == Kind::Node),
        cluster: objects,
        simulation,
        not_modelled,
        is_snapshot,
    };
    Checked { value: (!is_cluster_broken).then_some(value), diagnostics }
}

fn unmodelled_name(object: &Object) -> Option<String> {
    let Object::Unmodelled(other) = object else { return None };
    if is_read(&other.kind) {
        return None;
    }
    Some(format!("{} {}", other.kind, other.name()))
}

/// Takes our own documents out of the stream; kubectl never sees them.
fn take_simulation(stream: &mut Stream, offset: usize, found: &mut Option<SimulationSpec>, diagnostics: &mut Vec<Diagnostic>) {
    stream.documents.retain(|document| {
        if !document.is_simulation() {
            return true;
        }
        let here = Some(document.places.value);
        if document.api_version() != simulation::API_VERSION {
            let message =
                format!("{} is not a known version; this engine reads {}", document.api_version(), simulation::API_VERSION);
            diagnostics.push(Diagnostic::new(Severity::Error, document.index + offset, message).about("apiVersion").at(here));
            return false;
        }
        let (spec, mut findings) = simulation::simulation(document);
        findings.iter_mut().for_each(|finding| finding.document += offset);
        diagnostics.append(&mut findings);
        if found.replace(spec).is_some() {
            let message = "there is more than one Simulation; the last one counts";
            diagnostics.push(Diagnostic::new(Severity::Warning, document.index + offset, message).at(here));
        }
        false
    });
}

impl Scenario {
    /// Everything in the workload that kubectl itself rejects, in the order of its errors.
    pub fn rejections(&self) -> Vec<Rejection> {
        let rejected = self.workload.entries.iter().filter_map(|entry| entry.outcome.as_ref().err().cloned());
        rejected.chain(self.workload.end.clone()).collect()
    }
}
