//! A decision as text.

use podlapse_core::scheduler::{Decision, Outcome, Preemption, ScoreTable, Verdict};
use podlapse_kubectl::TablePrinter;

/// What came of an attempt, in one line.
pub(super) fn headline(decision: &Decision) -> String {
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
    format!("pod/{} {outcome}\n", decision.pod.name)
}

/// What came of an attempt, and the table behind it.
pub(super) fn paragraph(decision: &Decision) -> String {
    let mut text = headline(decision);
    if let Some(status) = &decision.pre_filter.status {
        text.push_str(&format!("  before any node was looked at: {}\n", status.message()));
    }
    if 0 < decision.node_count() {
        text.push_str(&table(decision));
    }
    if let Outcome::Failed(failure) = &decision.outcome
        && let Some(preemption) = &failure.preemption
    {
        text.push_str(&evictions(preemption));
    }
    text
}

/// Where evicting Pods of lower priority would help, and what was taken.
fn evictions(preemption: &Preemption) -> String {
    let header = ["EVICT ON", "VICTIMS", "PDB VIOLATIONS", "HIGHEST PRIORITY"].map(str::to_owned).to_vec();
    let mut lines = vec![header];
    for (index, candidate) in preemption.candidates.iter().enumerate() {
        let mark = if preemption.chosen == Some(index) { " (taken)" } else { "" };
        let victims: Vec<String> = candidate.victims.iter().map(ToString::to_string).collect();
        let (violations, highest) = (candidate.pdb_violations.to_string(), candidate.highest_priority.to_string());
        lines.push(vec![format!("{}{mark}", candidate.node), victims.join(","), violations, highest]);
    }
    for (node, status) in &preemption.rejected {
        lines.push(vec![node.to_string(), format!("does not help: {}", status.message()), String::new(), String::new()]);
    }
    TablePrinter::default().print(&lines)
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
    for (index, (node, found)) in decision.nodes().enumerate() {
        let mut line = vec![node.to_string(), verdict(found)];
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
