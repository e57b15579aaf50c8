//! `podlapse explain`: why something is stuck, and what would fix it.

use podlapse_advice::{Patient, Reached, Search, Texts, Tried, Which, patients};
use podlapse_core::{Budget, Simulation};
use podlapse_model::SimTime;
use podlapse_view::{Advice, History, Language, Messages, RunView, advice};
use serde_json::{Value, json};

use crate::args::{Explain, ExplainOutput};
use crate::diagnosis;
use crate::report::{Failure, NOT_REACHED, Report};
use crate::scenario::prepare;
use crate::source::Source;
use crate::style::Style;
use crate::watch::instant;

/// Something stuck with what helps.
struct Case {
    patient: Patient,
    found: Vec<Tried>,
}

/// Runs a scenario, tells why its Pods are stuck, and tries what would fix them.
pub(crate) fn explain(arguments: &Explain) -> Result<Report, Failure> {
    let source = Source::read(&arguments.scenario)?;
    let (mut run, stderr) = prepare(&source, arguments.duration, arguments.scenario.seed).flawless()?;
    let until = arguments.at.map_or(run.end(), |at| SimTime::ZERO + at);
    run.advance(Budget { until, events: u64::MAX });
    let view = RunView::new(History::from(&run));
    let cluster = source.cluster.as_ref().map(|cluster| cluster.content.clone()).unwrap_or_default();
    let texts = Texts { workload: source.workload.content.clone(), cluster };
    let is_asked = |patient: &Patient| {
        let pod = patient.health.pod.as_ref();
        arguments.name.as_deref().is_none_or(|name| {
            let name = name.rsplit('/').next().unwrap_or_default();
            patient.root.name.as_str() == name || pod.is_some_and(|pod| pod.name.as_str() == name)
        })
    };
    if let Some(name) = &arguments.name
        && !exists(&view, name)
    {
        return Err(Failure(format!("podlapse: there is no Pod or workload {name:?} in this run\n")));
    }
    let stuck = patients(&run, &texts).into_iter().filter(is_asked);
    let cases: Vec<Case> = stuck.map(|patient| tried(&run, &texts, patient)).collect();
    let stdout = match arguments.output {
        ExplainOutput::Text => {
            let style = Style::new(arguments.color);
            cases.iter().map(|case| case.text(&run, &view, &source, style)).collect::<Vec<_>>().join("\n")
        }
        ExplainOutput::Json => {
            let stuck: Vec<Value> = cases.iter().map(|case| case.json(&source)).collect();
            let whole = json!({"at": run.computed_to().as_secs_f64(), "stuck": stuck});
            format!("{whole:#}\n")
        }
    };
    let nothing = format!("Nothing is stuck at {}.\n", instant(run.computed_to()));
    let stdout = if stdout.is_empty() { nothing } else { stdout };
    Ok(Report { stdout, stderr, exit: if cases.is_empty() { 0 } else { NOT_REACHED }, ..Report::default() })
}

/// Whether something of that name was ever there, or was to be.
fn exists(view: &RunView, name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or_default();
    let moments = &view.history().moments;
    moments.iter().flat_map(|moment| &moment.changes).any(|change| change.key.name.as_str() == name) || view.rows().is_empty()
}

fn tried(run: &Simulation, texts: &Texts, patient: Patient) -> Case {
    let found = Search::new(run, texts, &patient.root).map(Search::all).unwrap_or_default();
    Case { patient, found }
}

impl Case {
    fn text(&self, run: &Simulation, view: &RunView, source: &Source, style: Style) -> String {
        let messages = &Messages::with_advice(Language::English);
        let root = &self.patient.root;
        let mut text = match &self.patient.health.pod {
            Some(pod) => diagnosis::of(run, view, messages, style, pod),
            None => String::new(),
        };
        if self.patient.health.reached == Reached::Nothing {
            let name = format!("{}/{}", root.kind.singular(), root.name);
            text.push_str(&refused(run, &style.bold(&name)));
        }
        if self.found.is_empty() {
            text.push_str(&format!("\n{}\n", messages.text("advice-none")));
            return text;
        }
        text.push_str(&format!("\n{}. {}\n", style.bold(&messages.text("advice-heading")), messages.text("advice-intro")));
        for (index, tried) in self.found.iter().enumerate() {
            text.push_str(&told(index + 1, tried, &advice(tried, messages), source, style));
        }
        text
    }

    fn json(&self, source: &Source) -> Value {
        let messages = &Messages::with_advice(Language::English);
        let fixes = self.found.iter().map(|tried| {
            let told = advice(tried, messages);
            let remedies: Vec<&str> = tried.changes.iter().map(|change| change.remedy.slug()).collect();
            json!({
                "remedies": remedies,
                "sentences": told.sentences,
                "outcome": format!("{:?}", tried.health.reached),
                "at": tried.health.at.as_secs_f64(),
                "diffs": tried.diffs.iter().map(|diff| json!({
                    "file": file(source, diff.which), "line": diff.line, "removed": diff.removed, "added": diff.added,
                })).collect::<Vec<_>>(),
                "workload": tried.texts.workload,
                "cluster": tried.texts.cluster,
            })
        });
        let Patient { root, health, .. } = &self.patient;
        json!({
            "kind": root.kind.name(),
            "namespace": root.namespace.as_str(),
            "name": root.name.as_str(),
            "pod": health.pod.as_ref().map(|pod| pod.name.as_str()),
            "reached": format!("{:?}", health.reached),
            "fixes": fixes.collect::<Vec<_>>(),
        })
    }
}

/// What the API server said to the commands, where it refused something.
fn refused(run: &Simulation, name: &str) -> String {
    let commands = run.timeline().commands();
    let mut text = format!("{name} does not have the Pods that it asks for.\n");
    for line in commands.iter().flat_map(|command| command.outcome.stderr.lines()).filter(|line| line.starts_with("Error")) {
        text.push_str(&format!("  {line}\n"));
    }
    text
}

/// What the user calls a text.
fn file(source: &Source, which: Which) -> &str {
    match (which, &source.cluster) {
        (Which::Workload, _) => &source.workload.name,
        (Which::Cluster, Some(cluster)) => &cluster.name,
        (Which::Cluster, None) => "cluster.yaml",
    }
}

fn told(number: usize, tried: &Tried, advice: &Advice, source: &Source, style: Style) -> String {
    let mut text = format!("\n{number}. {} {}.\n", advice.sentences.join(" "), style.dim(&advice.outcome));
    for (diff, exact) in advice.diffs.iter().zip(&tried.diffs) {
        text.push_str(&style.dim(&format!("   {}:{}\n", file(source, exact.which), diff.line)));
        diff.removed.iter().for_each(|line| text.push_str(&format!("   {}\n", style.removed(&format!("- {line}")))));
        diff.added.iter().for_each(|line| text.push_str(&format!("   {}\n", style.added(&format!("+ {line}")))));
    }
    text
}
