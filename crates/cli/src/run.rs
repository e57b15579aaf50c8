//! `podlapse run`.

use podlapse_core::{CommandRecord, Simulation};
use podlapse_manifest::scenario;
use podlapse_model::{SimDuration, SimTime};
use podlapse_view::{History, Language, Messages, RunView, span};

use crate::args::{Output, Run};
use crate::findings::of_scenario;
use crate::report::{BAD_INPUT, Failure, NOT_REACHED, Report};
use crate::scenario::{prepare, run_until};
use crate::source::Source;
use crate::style::Style;
use crate::{diagnosis, events, kubectl, limits, watch};

/// Runs a scenario and prints it.
pub(crate) fn run(arguments: &Run) -> Result<Report, Failure> {
    let source = Source::read(&arguments.scenario)?;
    let (mut run, mut stderr, has_errors) = match checked(&source, arguments.duration, arguments.scenario.seed) {
        Ok((run, notes)) => (run, notes, false),
        // A recording of a rejected workload is a recording too.
        Err(Failure(findings)) if arguments.output == Output::Trace => {
            match prepare(&source, arguments.duration, arguments.scenario.seed) {
                Some(run) => (run, findings, true),
                None => return Err(Failure(findings)),
            }
        }
        Err(failure) => return Err(failure),
    };
    let is_reached = match &arguments.until {
        Some(state) => run_until(&mut run, state),
        None => {
            run.run();
            true
        }
    };
    let style = Style::new(arguments.color);
    let stdout = match arguments.output {
        Output::Table => story(&run, style),
        Output::Events => events::appearances(&view(&run), style),
        Output::Trace => format!("{:#}\n", podlapse_view::trace(&run)),
        Output::Yaml => kubectl::outcome(&run, "get pods -A -o yaml").stdout,
    };
    if let Some(state) = arguments.until.as_ref().filter(|_| !is_reached) {
        stderr.push_str(&format!("podlapse: no Pod was {state} within {}\n", span(run.end().since(SimTime::ZERO))));
    }
    let exit = match (has_errors, is_reached) {
        (true, _) => BAD_INPUT,
        (false, true) => 0,
        (false, false) => NOT_REACHED,
    };
    Ok(Report { stdout, stderr, exit })
}

/// A run of texts without errors, and what else there is to say about them.
pub(crate) fn checked(
    source: &Source,
    duration: Option<SimDuration>,
    seed: Option<u64>,
) -> Result<(Simulation, String), Failure> {
    let findings = of_scenario(&source.workload, source.cluster.as_ref());
    let run = prepare(source, duration, seed).filter(|_| !findings.has_errors);
    let run = run.ok_or_else(|| Failure(findings.lines.clone()))?;
    let mut notes = findings.lines;
    if source.cluster.is_none() {
        notes.push_str("note: no cluster was given: one Ready node with 8 CPUs, 16Gi and room for 110 Pods\n");
    }
    let read = scenario(&source.workload.content, None).value;
    let workload = read.iter().flat_map(|scenario| scenario.workload.objects());
    let objects: Vec<_> = workload.chain(&run.scenario().cluster).collect();
    for limit in limits::not_simulated(&objects, &run.scenario().simulation) {
        notes.push_str(&format!("warning: not simulated: {limit}\n"));
    }
    Ok((run, notes))
}

fn view(run: &Simulation) -> RunView {
    RunView::new(History::from(run))
}

/// The whole run for a reader: what was typed, the rows, the events, and how it ended.
fn story(run: &Simulation, style: Style) -> String {
    let view = view(run);
    let messages = Messages::new(Language::English);
    let mut text = String::new();
    for command in run.timeline().commands() {
        text.push_str(&typed(command, style));
    }
    text.push_str(&format!("\n{}\n{}", style.dim("$ kubectl get pods -w"), watch::table(&view, style)));
    text.push_str(&format!("\n{}\n{}", style.dim("$ kubectl events"), events::table(&view, style)));
    text.push_str(&diagnosis::all(run, &view, &messages, style));
    text
}

fn typed(command: &CommandRecord, style: Style) -> String {
    let prompt = style.dim(&format!("$ kubectl {}", command.line));
    let at = match command.typed_at {
        SimTime::ZERO => String::new(),
        at => style.dim(&format!("   at {}", watch::instant(at))),
    };
    format!("{prompt}{at}\n{}{}", command.outcome.stdout, command.outcome.stderr)
}
