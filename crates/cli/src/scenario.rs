//! From texts to a run.

use std::sync::Arc;

use podlapse_core::{Budget, Progress, Simulation, Step};
use podlapse_kubectl::{Kubectl, pod_row, simulate};
use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Object, SimDuration};

use crate::source::Source;

/// A run of a scenario with the overrides of the arguments; `None` where the texts cannot be read.
pub(crate) fn prepare(source: &Source, duration: Option<SimDuration>, seed: Option<u64>) -> Option<Simulation> {
    let cluster = source.cluster.as_ref().map(|cluster| cluster.content.as_str());
    let run = simulate(&source.name, &source.workload.content, cluster).value?;
    if duration.is_none() && seed.is_none() {
        return Some(run);
    }
    let mut scenario = run.scenario().clone();
    scenario.simulation.duration = duration.unwrap_or(scenario.simulation.duration);
    scenario.simulation.seed = seed.unwrap_or(scenario.simulation.seed);
    Some(Simulation::new(scenario, Arc::new(Kubectl)))
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
