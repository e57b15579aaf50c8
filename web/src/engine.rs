//! The engine behind the page: texts in, a run out.

use podlapse_core::{Budget, Progress as Advanced, Simulation};
use podlapse_kubectl::simulate;
use podlapse_manifest::{Diagnostic, read_stream};

use crate::state::{Problem, Severity, Shown, Text};

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// So many thousandths are done.
    Running(u16),
    /// All of it is.
    Done,
}

/// A run that is being computed.
pub(crate) struct Job {
    simulation: Simulation,
}

impl From<Simulation> for Job {
    /// The rest of a run that was changed.
    fn from(simulation: Simulation) -> Job {
        Job { simulation }
    }
}

/// Events that are computed between two looks at the clock.
const EVENTS: u64 = 16;

/// What is wrong with the texts, and the run that they describe if it can be made.
pub(crate) fn check(workload: &str, cluster: &str) -> (Vec<Problem>, Option<Job>) {
    let checked = simulate("playground", workload, Some(cluster).filter(|text| !text.trim().is_empty()));
    let documents = read_stream(workload).documents.len();
    let has_errors = checked.has_errors();
    let problems = checked.diagnostics.iter().map(|diagnostic| problem(diagnostic, documents)).collect();
    let job = checked.value.filter(|_| !has_errors).map(|simulation| Job { simulation });
    (problems, job)
}

/// A finding of the reader as the page shows it. The documents of the cluster are counted on from those of the workload.
fn problem(diagnostic: &Diagnostic, workload_documents: usize) -> Problem {
    let text = if diagnostic.document < workload_documents.max(1) { Text::Workload } else { Text::Cluster };
    Problem {
        text,
        line: diagnostic.place.map_or(1, |place| place.line),
        column: diagnostic.place.map_or(1, |place| place.column),
        severity: match diagnostic.severity {
            podlapse_manifest::Severity::Error => Severity::Error,
            podlapse_manifest::Severity::Warning => Severity::Warning,
            podlapse_manifest::Severity::Info => Severity::Note,
        },
        message: diagnostic.message.clone(),
        hint: diagnostic.hint.clone(),
        fix: diagnostic.fix.clone(),
    }
}

impl Job {
    /// Computes a little more.
    pub(crate) fn advance(&mut self) -> Progress {
        let end = self.simulation.end();
        match self.simulation.advance(Budget { until: end, events: EVENTS }) {
            Advanced::Paused { at } => {
                let share = at.as_secs_f64().max(0.0) / end.as_secs_f64().max(f64::EPSILON);
                Progress::Running((share * 1_000.0) as u16)
            }
            Advanced::Reached | Advanced::Quiet => Progress::Done,
        }
    }

    /// The run as far as it was computed.
    pub(crate) fn finish(self) -> Shown {
        Shown::of(self.simulation)
    }
}
