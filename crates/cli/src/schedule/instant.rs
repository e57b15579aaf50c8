//! Plain Pods on plain nodes, scheduled in the order of the file.

use std::path::Path;

use podlapse_core::InstantCluster;
use podlapse_core::kernel::{Purpose, Random};
use podlapse_core::scheduler::{Outcome, PodKey, Profile, Tie};
use podlapse_manifest::{Severity, submit};
use podlapse_model::simulation::Jitter;
use podlapse_model::{Kind, Object};
use podlapse_view::{instant_assignments, instant_decisions};
use serde_json::{Map, Value, json};

use super::{pretty, table};
use crate::args::{self, ScheduleOutput};
use crate::report::{Failure, Report};
use crate::source::{Text, long_text};

/// Beyond so many rows, one for each node and Pod, only where each Pod went is printed.
const MAX_ROWS: usize = 200_000;

/// An object and where it stands.
struct Placed {
    object: Object,
    /// `file:line`.
    place: String,
}

/// Schedules the Pods of `-f` on the nodes of `-c`.
pub(super) fn schedule(arguments: &args::Schedule) -> Result<Report, Failure> {
    let mut found = Vec::new();
    let mut texts = Vec::new();
    for path in arguments.cluster.iter().chain(&arguments.filename) {
        let text = long_text(path)?;
        read(&text, &mut found)?;
        texts.push(text);
    }
    let about = texts.last().and_then(|text| text.content.lines().next()?.strip_prefix("# about: ")).unwrap_or_default();
    let (objects, places): (Vec<Object>, Vec<String>) = found.into_iter().map(|placed| (placed.object, placed.place)).unzip();
    let stderr = ignored(&objects);
    let profile = Profile { percentage_of_nodes_to_score: arguments.percentage.unwrap_or_default() };
    let mut cluster = podlapse_kubectl::instant_cluster(profile, objects).map_err(|(index, message)| {
        let place = places.get(index).map_or("", String::as_str);
        Failure(format!("{place}: error: {message}\n"))
    })?;
    let mut random = Random::new(arguments.seed.unwrap_or_default(), Jitter::Seeded);
    // Without a seed the first by name wins.
    let mut choose = |_: Tie, names: &[std::sync::Arc<str>]| match arguments.seed {
        Some(_) => usize::try_from(random.below(Purpose::SchedulerTie, "instant", names.len() as u64)).unwrap_or_default(),
        None => 0,
    };
    let is_small = cluster.nodes().saturating_mul(cluster.pending().len()) <= MAX_ROWS;
    let stdout = match (arguments.output, is_small) {
        (ScheduleOutput::Json, _) => {
            let name = arguments.filename.last().map(|path| stem(path)).unwrap_or_default();
            let mut output = Map::from_iter([("case".to_owned(), json!(name)), ("about".to_owned(), json!(about))]);
            let decided = if is_small {
                instant_decisions(&mut cluster, &mut choose)
            } else {
                instant_assignments(&mut cluster, &mut choose)
            };
            output.extend(decided);
            pretty(&Value::Object(output))
        }
        (ScheduleOutput::Table, _) => tables(&mut cluster, &mut choose, is_small),
    };
    Ok(Report { stdout, stderr, ..Report::default() })
}

fn stem(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.split_once('.').map_or(name.clone(), |(stem, _)| stem.to_owned())
}

/// Reads a file document by document, because a large cluster is longer than what is read as one text.
fn read(text: &Text, found: &mut Vec<Placed>) -> Result<(), Failure> {
    let mut errors = String::new();
    for (line, document) in documents(&text.content) {
        if document.contains("podlapse.dev/") && document.lines().any(|line| line.trim_end() == "kind: Simulation") {
            continue;
        }
        let submission = submit(document);
        for diagnostic in submission.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error) {
            let (at, column) = diagnostic.place.map_or((1, 1), |place| (place.line as usize, place.column));
            errors.push_str(&format!("{}:{}:{column}: error: {}\n", text.name, line + at, diagnostic.message));
        }
        for entry in submission.entries {
            if let Ok(object) = entry.outcome {
                found.push(Placed { object, place: format!("{}:{}", text.name, line + 1) });
            }
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Failure(errors)) }
}

/// The documents of a stream, each with the number of lines before it.
fn documents(text: &str) -> Vec<(usize, &str)> {
    let mut documents = Vec::new();
    let (mut start, mut first, mut offset) = (0, 0, 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            documents.push((first, &text[start..offset]));
            (start, first) = (offset + line.len(), number + 1);
        }
        offset += line.len();
    }
    documents.push((first, &text[start..]));
    documents
}

/// What is said of objects whose Pods nobody makes here.
fn ignored(objects: &[Object]) -> String {
    let makes_pods = |kind: Kind| {
        [
            Kind::Deployment,
            Kind::ReplicaSet,
            Kind::StatefulSet,
            Kind::DaemonSet,
            Kind::Job,
            Kind::CronJob,
            Kind::ReplicationController,
        ]
        .contains(&kind)
    };
    let names: Vec<String> =
        objects.iter().filter(|object| makes_pods(object.kind())).map(|object| object.key().to_string()).collect();
    match names.as_slice() {
        [] => String::new(),
        [name] => format!("note: {name}: no controller makes Pods here; run it as a scenario, or list its Pods\n"),
        [name, others @ ..] => {
            let others = others.len();
            format!("note: {name} and {others} more: no controller makes Pods here; run them as a scenario, or list their Pods\n")
        }
    }
}

/// A paragraph for each attempt, or only a line if there are too many rows.
fn tables(cluster: &mut InstantCluster, choose: &mut podlapse_core::scheduler::Choose<'_>, is_small: bool) -> String {
    let mut text = String::new();
    let mut again: Vec<PodKey> = Vec::new();
    for (round, pods) in [cluster.pending().to_vec(), Vec::new()].into_iter().enumerate() {
        let pods = if round == 0 { pods } else { std::mem::take(&mut again) };
        for pod in pods {
            if let Some(rejection) = cluster.pre_enqueue(&pod) {
                text.push_str(&format!("pod/{} is not tried: {}\n", pod.name, rejection.message()));
                continue;
            }
            let Some(decision) = cluster.attempt(&pod, choose) else { continue };
            let preempts = match &decision.outcome {
                Outcome::Failed(failure) => failure.preemption.as_ref().is_some_and(|preemption| preemption.chosen.is_some()),
                Outcome::Scheduled(_) => false,
            };
            if preempts {
                again.push(pod);
            }
            if is_small && !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&if is_small { table::paragraph(&decision) } else { table::headline(&decision) });
        }
    }
    if text.is_empty() { "The scheduler had nothing to decide.\n".to_owned() } else { text }
}
