//! `podlapse kubectl`: a command at an instant of a run.

use podlapse_core::client::{ClientView, CommandLanguage, CommandLine, Outcome, Turn};
use podlapse_core::{Budget, Input, Progress, Simulation};
use podlapse_model::simulation::ActionKind;
use podlapse_model::{SimDuration, SimTime};

use crate::args;
use crate::report::{Failure, NOT_REACHED, Report};
use crate::scenario::prepare;
use crate::source::Source;

/// Carries out the command.
pub(crate) fn kubectl(arguments: &args::Kubectl) -> Result<Report, Failure> {
    let source = Source::read(&arguments.scenario)?;
    let (mut run, notes) = prepare(&source, arguments.at, arguments.scenario.seed).flawless()?;
    run.run();
    let words: Vec<String> = arguments.command.iter().map(|word| quoted(word)).collect();
    let outcome = outcome(&run, &words.join(" "));
    let exit = u8::try_from(outcome.exit).unwrap_or(NOT_REACHED);
    Ok(Report { stdout: outcome.stdout, stderr: notes + &outcome.stderr, exit })
}

/// What a command prints when it is typed at the end of what was computed of a run.
///
/// One that only looks is answered at once. One that asks for changes or waits runs in a fork of the run, for an hour at most.
pub(crate) fn outcome(run: &Simulation, line: &str) -> Outcome {
    let now = run.computed_to();
    let snapshot = run.seek(now);
    let command = CommandLine { line: line.into(), stdin: None, files: run.scenario().files.clone() };
    let view = ClientView { store: snapshot.store(), now, wall: run.wall(), logs: snapshot.logs(), warnings: &[] };
    match podlapse_kubectl::Kubectl.start(&command).resume(&view, Vec::new()) {
        Turn::Done(outcome) => outcome,
        Turn::Ask(_) | Turn::Wait { .. } => forked(run, now, line),
    }
}

/// Longer than any timeout that a command has by itself.
const LONGEST: SimDuration = SimDuration::from_secs(3_600);

fn forked(run: &Simulation, now: SimTime, line: &str) -> Outcome {
    let mut fork =
        run.fork(Input { at: now, what: ActionKind::Kubectl { line: line.to_owned(), stdin: None }, files: Default::default() });
    let before = fork.timeline().commands().len();
    let until = now + LONGEST;
    while fork.timeline().commands().len() == before {
        match fork.advance(Budget { until, events: 256 }) {
            Progress::Paused { .. } => {}
            Progress::Reached | Progress::Quiet => break,
        }
    }
    let ended = fork.timeline().steps().iter().rev().find_map(|step| step.command.as_ref());
    match ended.filter(|_| before < fork.timeline().commands().len()) {
        Some(command) => command.outcome.clone(),
        None => {
            Outcome { stdout: String::new(), stderr: "podlapse: the command has not ended after an hour\n".to_owned(), exit: 1 }
        }
    }
}

/// A word as the command language reads it back.
fn quoted(word: &str) -> String {
    let is_plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_./:=,@%+{}[]".contains(c));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
