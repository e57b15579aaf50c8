//! From texts to a run.

use std::sync::Arc;

use podlapse_core::{Budget, Progress, Simulation, Step};
use podlapse_kubectl::{Kubectl, pod_row, simulate};
use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Kind, Object, SimDuration};

use crate::findings::{Findings, of_scenario};
use crate::report::Failure;
use crate::source::Source;

/// A scenario that was read.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// What there is to say about the texts.
    pub(crate) findings: Findings,
    /// The run, of which nothing is computed yet; `None` where the texts cannot be read.
    pub(crate) run: Option<Simulation>,
}

/// Reads a scenario. Duration and seed take the place of the scenario's own.
pub(crate) fn prepare(source: &Source, duration: Option<SimDuration>, seed: Option<u64>) -> Prepared {
    let cluster = source.cluster.as_ref().map(|cluster| cluster.content.as_str());
    let checked = simulate(&source.name, &source.workload.content, cluster);
    let mut findings = of_scenario(&source.workload, source.cluster.as_ref(), &checked.diagnostics);
    let has_default_node =
        checked.value.as_ref().is_some_and(|run| run.scenario().cluster.iter().all(|object| object.kind() != Kind::Node));
    if source.cluster.is_none() && has_default_node && !findings.has_errors {
        findings.lines.push_str("note: no cluster was given: one Ready node with 8 CPUs, 16Gi and room for 110 Pods\n");
    }
    let run = checked.value.map(|run| match (duration, seed) {
        (None, None) => run,
        _ => another(&run, duration, seed),
    });
    Prepared { findings, run }
}

/// Another run of the same scenario, of which nothing is computed yet.
pub(crate) fn another(run: &Simulation, duration: Option<SimDuration>, seed: Option<u64>) -> Simulation {
    let mut scenario = run.scenario().clone();
    scenario.simulation.duration = duration.unwrap_or(scenario.simulation.duration);
    scenario.simulation.seed = seed.unwrap_or(scenario.simulation.seed);
    Simulation::new(scenario, Arc::new(Kubectl))
}

impl Prepared {
    /// The run of texts without errors, and what else there is to say about them.
    pub(crate) fn flawless(self) -> Result<(Simulation, String), Failure> {
        match self.run {
            Some(run) if !self.findings.has_errors => Ok((run, self.findings.lines)),
            Some(_) | None => Err(Failure(self.findings.lines)),
        }
    }
}

/// Computes a run up to the first moment at which a Pod is in a state; whether it ever is.
pub(crate) fn run_until(run: &mut Simulation, state: &str) -> bool {
    let mut seen = 0;
    loop {
        let progress = run.advance(Budget { until: run.end(), events: 1 });
        let steps = run.timeline().steps();
        if steps[seen..].iter().any(|step| shows(run, step, state)) {
            return true;
        }
        seen = steps.len();
        match progress {
            Progress::Paused { .. } => {}
            Progress::Reached | Progress::Quiet => return false,
        }
    }
}

fn shows(run: &Simulation, step: &Step, state: &str) -> bool {
    step.changes.iter().any(|change| match &change.after {
        Some(Object::Pod(pod)) => {
            has_condition(pod, state) || pod_row(pod, &run.wall().time(change.at)).status.eq_ignore_ascii_case(state)
        }
        Some(_) | None => false,
    })
}

fn has_condition(pod: &Pod, name: &str) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    conditions.iter().any(|condition| condition.type_.eq_ignore_ascii_case(name) && condition.status == "True")
}
