//! `podlapse kubectl`: a line at an instant of a run, or a prompt.

use podlapse_core::client::Outcome;
use podlapse_core::{Budget, Simulation};
use podlapse_kubectl::{Answer, Asked, Prompt};
use podlapse_model::SimTime;

use crate::args;
use crate::files;
use crate::prompt;
use crate::report::{Failure, NOT_REACHED, Report};
use crate::scenario::prepare;
use crate::source::Source;

/// Carries out the command.
pub(crate) fn kubectl(arguments: &args::Kubectl) -> Result<Report, Failure> {
    let mut line = arguments.line.clone();
    let mut scenario = arguments.scenario.clone();
    // Beside an example there is no scenario, and the first argument is the line.
    if let (Some(_), Some(first), None) = (&scenario.example, &scenario.scenario, &line) {
        line = Some(first.to_string_lossy().into_owned());
        scenario.scenario = None;
    }
    let source = Source::read(&scenario)?;
    let (mut run, notes) = prepare(&source, None, arguments.scenario.seed).flawless()?;
    let at = arguments.at.map_or(run.end(), |at| SimTime::ZERO + at);
    run.advance(Budget { until: at.max(run.end()), events: u64::MAX });
    let words: Vec<String> = arguments.command.iter().map(|word| quoted(word)).collect();
    let line = match line {
        Some(line) => line,
        None if words.is_empty() => return prompt::prompt(run, at, &notes),
        None => format!("kubectl {}", words.join(" ")),
    };
    let mut prompt = Prompt::new(&run);
    let is_free = scenario.scenario.as_ref().is_none_or(|path| path.as_os_str() != "-");
    let line = if is_free { files::with_stdin(&mut prompt, line)? } else { line };
    files::offer(&mut prompt, &line, |path| is_own(&run, path))?;
    let answer = answer(prompt, &run, at, &line);
    let exit = u8::try_from(answer.exit).unwrap_or(NOT_REACHED);
    Ok(Report { stderr: notes, rest: answer.pieces, exit, ..Report::default() })
}

/// Whether a path is that of a file of the scenario itself.
pub(crate) fn is_own(run: &Simulation, path: &str) -> bool {
    path == "workload.yaml" || run.scenario().files.keys().any(|own| **own == *path)
}

/// What a line prints when it is typed at an instant. One that asks for changes runs in a fork.
fn answer(mut prompt: Prompt, run: &Simulation, at: SimTime, line: &str) -> Answer {
    let snapshot = run.seek(at);
    crate::editor::open(&mut prompt, &snapshot, line);
    match prompt.ask(&snapshot, line) {
        Asked::Answer(answer) => answer,
        Asked::Changes => prompt.fork(run, at, line).answer,
    }
}

/// What a command prints when it is typed at the end of what was computed of a run.
pub(crate) fn outcome(run: &Simulation, line: &str) -> Outcome {
    let answer = answer(Prompt::new(run), run, run.computed_to(), &format!("kubectl {line}"));
    Outcome { stdout: answer.stdout(), stderr: answer.stderr(), exit: answer.exit }
}

/// A word as the command language reads it back.
fn quoted(word: &str) -> String {
    let is_plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_./:=,@%+{}[]".contains(c));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
