//! `podlapse schedule`: what the scheduler thought of each node, attempt by attempt.

use podlapse_core::Decided;
use podlapse_core::scheduler::{Decision, Outcome, ScoreTable, Verdict};
use podlapse_kubectl::TablePrinter;
use podlapse_model::SimTime;

use crate::args;
use crate::report::{Failure, Report};
use crate::scenario::prepare;
use crate::source::Source;
use crate::watch::instant;

/// Runs a scenario and prints every decision.
pub(crate) fn schedule(arguments: &args::Schedule) -> Result<Report, Failure> {
    let source = Source::read(&arguments.scenario)?;
    let prepared = prepare(&source, arguments.duration, arguments.scenario.seed);
    let (mut run, stderr) = prepared.flawless()?;
    run.run();
    let decisions = run.timeline().steps().iter().flat_map(|step| step.decisions.iter().map(|decided| (step.at, decided)));
    let paragraphs: Vec<String> = decisions.map(|(at, decided)| paragraph(at, decided)).collect();
    let stdout = match paragraphs.as_slice() {
        [] => "The scheduler had nothing to decide.\n".to_owned(),
        paragraphs => paragraphs.join("\n"),
    };
    Ok(Report { stdout, stderr, ..Report::default() })
}

fn paragraph(at: SimTime, decided: &Decided) -> String {
    let decision = &decided.decision;
    let outcome = match &decision.outcome {
        Outcome::Scheduled(scheduled) => {
            let among = if 1 < scheduled.best.len() {
                format!(", one of {} with that total", scheduled.best.len())
            } else {
                String::new()
            };
            format!("goes to {}{among}", scheduled.node)
        }
        Outcome::Failed(failure) => format!("{}: {}", failure.reason.name(), failure.message),
    };
    let mut text = format!("{} pod/{} {outcome}\n", instant(at), decided.pod.name);
    if let Some(status) = &decision.pre_filter.status {
        text.push_str(&format!("  before any node was looked at: {}\n", status.message()));
    }
    if !decision.nodes.is_empty() {
        text.push_str(&table(decision));
    }
    text
}

/// A row for each node: what the filters said, then each plugin's weighted score and the total.
fn table(decision: &Decision) -> String {
    let scores = decision.scores.as_ref();
    let mut header = vec!["NODE".to_owned(), "FILTER".to_owned()];
    if let Some(scores) = scores {
        header.extend(scores.columns.iter().map(|column| column.plugin.name().to_owned()));
        header.push("TOTAL".to_owned());
    }
    let mut lines = vec![header];
    for (index, node) in decision.nodes.iter().enumerate() {
        let verdict = decision.verdicts.get(index).map(verdict).unwrap_or_default();
        let mut line = vec![node.to_string(), verdict];
        line.extend(scores.into_iter().flat_map(|scores| row(scores, index)));
        lines.push(line);
    }
    TablePrinter::default().print(&lines)
}

fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Passed => "passed".to_owned(),
        Verdict::NotEvaluated => "not looked at".to_owned(),
        Verdict::Rejected(status) => {
            let plugin = status.plugin.map(|plugin| format!("{}: ", plugin.name())).unwrap_or_default();
            format!("{plugin}{}", status.message())
        }
    }
}

/// The scores of the node in that place; empty for one that was filtered out.
fn row(scores: &ScoreTable, node: usize) -> Vec<String> {
    let Some(place) = scores.rows.iter().position(|row| *row as usize == node) else { return Vec::new() };
    let weighted = scores.columns.iter().map(|column| column.normalized.get(place).map(|score| score * column.weight));
    let total = scores.totals.get(place).copied();
    weighted.chain([total]).map(|score| score.map_or_else(String::new, |score| score.to_string())).collect()
}
