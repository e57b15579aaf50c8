//! `podlapse schedule`: what the scheduler thought of each node, attempt by attempt.
//!
//! Of a scenario: every attempt of its run, and who waits for what at its end. Of plain Pods (`-f`): what would become of them one after
//! the other, without time passing.

mod instant;
mod table;

use podlapse_core::Simulation;
use podlapse_view::{History, QueuePlace, RunView, clock, recorded};
use serde_json::{Map, Value, json};

use crate::args::{self, ScheduleOutput};
use crate::report::{Failure, Report};
use crate::scenario::prepare;
use crate::source::Source;
use crate::watch::instant;

/// Prints every decision.
pub(crate) fn schedule(arguments: &args::Schedule) -> Result<Report, Failure> {
    if !arguments.filename.is_empty() {
        return instant::schedule(arguments);
    }
    let source = Source::read(&arguments.scenario())?;
    let prepared = prepare(&source, arguments.duration, arguments.seed);
    let (run, stderr) = prepared.flawless()?;
    let mut run = with_percentage(run, arguments.percentage);
    run.run();
    let view = RunView::new(History::from(&run));
    let stdout = match arguments.output {
        ScheduleOutput::Table => tables(&run, &view),
        ScheduleOutput::Json => pretty(&of_run(&run, &view)),
    };
    Ok(Report { stdout, stderr, ..Report::default() })
}

/// The run with another share of nodes to be scored, if one was asked for.
fn with_percentage(run: Simulation, percentage: Option<u8>) -> Simulation {
    let Some(percentage) = percentage else { return run };
    let mut scenario = run.scenario().clone();
    scenario.simulation.percentage_of_nodes_to_score = percentage;
    Simulation::new(scenario, std::sync::Arc::new(podlapse_kubectl::Kubectl))
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn of_run(run: &Simulation, view: &RunView) -> Value {
    let mut attempts = Vec::new();
    for pod in view.tried_pods(view.len()) {
        for attempt in view.attempts(pod, view.len()) {
            let number = u32::try_from(attempt.number).unwrap_or(u32::MAX);
            let mut entry = Map::from_iter([("at".to_owned(), json!(attempt.at.as_secs_f64()))]);
            if let Value::Object(fields) = recorded(attempt.decision(), number) {
                entry.extend(fields);
            }
            attempts.push((attempt.at, Value::Object(entry)));
        }
    }
    attempts.sort_by_key(|(at, _)| *at);
    let attempts: Vec<Value> = attempts.into_iter().map(|(_, entry)| entry).collect();
    json!({"case": run.scenario().name, "attempts": attempts, "queue": view.scheduling_queue(view.len())})
}

fn tables(run: &Simulation, view: &RunView) -> String {
    let decisions = run.timeline().steps().iter().flat_map(|step| step.decisions.iter().map(|decided| (step.at, decided)));
    let mut paragraphs: Vec<String> =
        decisions.map(|(at, decided)| format!("{} {}", instant(at), table::paragraph(&decided.decision))).collect();
    if paragraphs.is_empty() {
        paragraphs.push("The scheduler had nothing to decide.\n".to_owned());
    }
    paragraphs.extend(queue(view));
    paragraphs.join("\n")
}

/// Who waits at the end of the run.
fn queue(view: &RunView) -> Option<String> {
    let rows = view.scheduling_queue(view.len());
    let mut lines = vec![["QUEUE", "POD", "PRIORITY", "ATTEMPTS", "UNTIL", "REJECTED BY"].map(str::to_owned).to_vec()];
    for row in &rows {
        let (place, until) = match row.place {
            QueuePlace::Active => ("active", String::new()),
            QueuePlace::Backoff { until, .. } => ("back-off", clock(until)),
            QueuePlace::Unschedulable { until } => ("unschedulable", format!("a change that helps, or {}", clock(until))),
            QueuePlace::Gated => ("gated", "its gates are removed".to_owned()),
        };
        let plugins = row.plugins.join(",");
        lines.push(vec![place.to_owned(), row.name.clone(), row.priority.to_string(), row.attempts.to_string(), until, plugins]);
    }
    (!rows.is_empty()).then(|| podlapse_kubectl::TablePrinter::default().print(&lines))
}
