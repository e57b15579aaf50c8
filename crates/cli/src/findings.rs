//! What is wrong with the texts, as `file:line:column: severity: message`.

use podlapse_manifest::{Diagnostic, Document, Severity, read_stream, scenario};

use crate::source::Text;

/// The findings of a scenario in words, and whether any of them is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    pub(crate) lines: String,
    pub(crate) has_errors: bool,
}

/// Everything that there is to say about the texts of a scenario; `diagnostics` are those of the engine.
pub(crate) fn of_scenario(workload: &Text, cluster: Option<&Text>, diagnostics: &[Diagnostic]) -> Findings {
    // The documents of the cluster are counted on from those of the workload.
    let documents = read_stream(&workload.content).documents.len().max(1);
    let mut findings = Findings::default();
    let mut rest = diagnostics.iter().peekable();
    while let Some(diagnostic) = rest.next_if(|diagnostic| diagnostic.document < documents) {
        findings.add(workload, diagnostic);
    }
    for diagnostic in rest {
        let is_of_workload = diagnostic.document < documents;
        findings.add(if is_of_workload { workload } else { cluster.unwrap_or(workload) }, diagnostic);
    }
    findings
}

/// Everything that there is to say about one file, be it a workload or a cluster.
pub(crate) fn of_file(text: &Text) -> Findings {
    let stream = read_stream(&text.content);
    let is_empty = stream.error.is_none() && stream.documents.iter().all(Document::is_empty);
    let mut findings = Findings::default();
    if is_empty {
        findings.line(text, (1, 1), Severity::Error, "the file holds no objects", None);
        return findings;
    }
    // As a cluster, a file need not hold an object beside its Simulation.
    let checked = scenario("", Some(&text.content));
    for diagnostic in checked.diagnostics.iter().filter(|diagnostic| diagnostic.place.is_some()) {
        findings.add(text, diagnostic);
    }
    findings
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

impl Findings {
    fn add(&mut self, text: &Text, diagnostic: &Diagnostic) {
        if diagnostic.place.is_none() && diagnostic.severity < Severity::Error {
            self.lines.push_str(&format!("{}: {}\n", word(diagnostic.severity), diagnostic.message));
            return;
        }
        let place = diagnostic.place.map_or((1, 1), |place| (place.line, place.column));
        self.line(text, place, diagnostic.severity, &diagnostic.message, diagnostic.hint.as_deref());
    }

    fn line(&mut self, text: &Text, (line, column): (u32, u32), severity: Severity, message: &str, hint: Option<&str>) {
        let word = word(severity);
        self.has_errors |= severity == Severity::Error;
        let hint = hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
        self.lines.push_str(&format!("{}:{line}:{column}: {word}: {message}{hint}\n", text.name));
    }
}
