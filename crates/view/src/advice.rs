//! What would fix a stuck Pod, in sentences.

use podlapse_advice::{Change, Diff, Reached, Tried, Which};
use podlapse_model::SimTime;
use serde::Serialize;

use crate::i18n::{Arg, Messages};
use crate::span;

/// Lines of a text that go and come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiffView {
    /// `workload.yaml` or `cluster.yaml`.
    pub file: &'static str,
    /// The first of the lines, counted from 1.
    pub line: usize,
    /// Lines that go.
    pub removed: Vec<String>,
    /// Lines that come.
    pub added: Vec<String>,
}

/// Changes that help, and what comes of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// What to do, a sentence for each change.
    pub sentences: Vec<String>,
    /// How far the Pod comes with it, and when.
    pub outcome: String,
    /// How the texts change.
    pub diffs: Vec<DiffView>,
}

/// What there is to say of changes that were tried.
pub fn advice(tried: &Tried, messages: &Messages) -> Advice {
    let at = span(tried.health.at.since(SimTime::ZERO));
    let outcome = match (tried.health.reached, tried.health.is_completed) {
        (Reached::Well, true) => "advice-then-completed",
        (Reached::Well, false) => "advice-then-ready",
        (Reached::Started, _) => "advice-then-started",
        (Reached::Scheduled, _) => "advice-then-scheduled",
        (Reached::Created | Reached::Nothing, _) => "advice-then-created",
    };
    Advice {
        sentences: tried.changes.iter().map(|change| sentence(change, messages)).collect(),
        outcome: messages.with(outcome, &[("at", Arg::from(&at))]),
        diffs: tried.diffs.iter().map(diff).collect(),
    }
}

fn sentence(change: &Change, messages: &Messages) -> String {
    let args = [("about", Arg::from(&change.about)), ("from", Arg::from(&change.from)), ("to", Arg::from(&change.to))];
    messages.with(&format!("advice-{}", change.remedy.slug()), &args)
}

fn diff(diff: &Diff) -> DiffView {
    let file = match diff.which {
        Which::Workload => "workload.yaml",
        Which::Cluster => "cluster.yaml",
    };
    // Columns are narrow, and how deep the lines stand says little.
    let all = || diff.removed.iter().chain(&diff.added).filter(|line| !line.trim().is_empty());
    let depth = all().map(|line| line.len() - line.trim_start().len()).min().unwrap_or_default();
    let lines = |lines: &[String]| lines.iter().map(|line| line.get(depth..).unwrap_or_default().to_owned()).collect();
    DiffView { file, line: diff.line, removed: lines(&diff.removed), added: lines(&diff.added) }
}

#[cfg(test)]
mod tests {
    use podlapse_advice::Remedy;

    use super::*;
    use crate::Language;

    #[test]
    fn every_remedy_has_its_sentence() {
        for language in Language::ALL {
            let messages = Messages::with_advice(language);
            for remedy in Remedy::ALL {
                let change = Change {
                    remedy: *remedy,
                    about: "A".to_owned(),
                    from: "F".to_owned(),
                    to: "T".to_owned(),
                    edits: Vec::new(),
                };
                assert!(!sentence(&change, &messages).contains("advice-"), "{}", remedy.slug());
            }
        }
    }
}
