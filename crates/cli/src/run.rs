//! `podlapse run`.

use podlapse_core::{CommandRecord, Simulation};
use podlapse_model::SimTime;
use podlapse_view::{History, Language, Messages, RunView, span};

use crate::args::{Output, Run};
use crate::report::{BAD_INPUT, Failure, NOT_REACHED, Report};
use crate::scenario::{Prepared, prepare, run_until};
use crate::source::Source;
use crate::style::Style;
use crate::{diagnosis, events, kubectl, picture, timeline, watch};

/// Runs a scenario and prints it.
pub(crate) fn run(arguments: &Run) -> Result<Report, Failure> {
    let source = Source::read(&arguments.scenario)?;
    let prepared = prepare(&source, arguments.duration, arguments.scenario.seed);
    let has_errors = prepared.findings.has_errors;
    let (mut run, mut stderr) = match (prepared.run, arguments.output) {
        // A trace of a workload that the API server rejects is a trace too.
        (Some(run), Output::Trace) => (run, prepared.findings.lines),
        (run, _) => Prepared { run, findings: prepared.findings }.flawless()?,
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
        Output::Timeline => timeline::timeline(&view(&run), &Messages::new(Language::English), style),
        Output::Svg => picture::svg(&source.name, &view(&run), &Messages::new(Language::English)),
        Output::Trace => format!("{:#}\n", podlapse_view::trace(&run)),
        Output::Yaml => kubectl::outcome(&run, "get pods -A -o yaml").stdout,
    };
    if let Some(at) = run.outgrown() {
        stderr.push_str(&format!("podlapse: {}\n", outgrown(at)));
    }
    if let Some(state) = arguments.until.as_ref().filter(|_| !is_reached) {
        stderr.push_str(&format!("podlapse: no Pod was {state} within {}\n", span(run.end().since(SimTime::ZERO))));
    }
    let exit = match (has_errors, is_reached) {
        (true, _) => BAD_INPUT,
        (false, true) => 0,
        (false, false) => NOT_REACHED,
    };
    Ok(Report { stdout, stderr, exit, ..Report::default() })
}

/// What is said of a run that is too large to be followed to its end.
pub(crate) fn outgrown(at: SimTime) -> String {
    format!(
        "the run ends at {}: more has changed than is kept step by step. Fewer Pods or a shorter duration fit; \
         `podlapse schedule -f` decides for a large cluster without the rest",
        watch::instant(at)
    )
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
    // An action that is no command line has nothing to show beside its effects.
    let Some(line) = &command.line else { return String::new() };
    let prompt = style.dim(&format!("$ kubectl {line}"));
    let at = match command.typed_at {
        SimTime::ZERO => String::new(),
        at => style.dim(&format!("   at {}", watch::instant(at))),
    };
    format!("{prompt}{at}\n{}{}", command.outcome.stdout, command.outcome.stderr)
}
