//! A command of kubectl on a snapshot or a fork of the run, to its end.

use podlapse_core::client::{ClientView, CommandLanguage, CommandLine, Outcome, Turn};
use podlapse_core::{Budget, Input, Progress, Simulation};
use podlapse_model::SimDuration;
use podlapse_model::simulation::ActionKind;

use super::shell::{Changes, INTERRUPTED, Shell};
use crate::Kubectl;
use crate::command::only_looks;

/// How long a fork is computed for a command that has not ended.
const LONGEST: SimDuration = SimDuration::from_secs(3_600);
/// How far beyond the end of a run a command that changes nothing may wait.
const LOOK_AHEAD: SimDuration = SimDuration::from_secs(600);

impl Shell<'_> {
    /// Runs a command of kubectl to its end. What it prints while it waits goes to the pieces; the rest is in the outcome.
    pub(super) fn run(&mut self, line: &str, stdin: Option<String>) -> Result<Outcome, Changes> {
        let files = self.session.files();
        let line = CommandLine { line: line.into(), stdin: stdin.map(Into::into), files };
        let mut command = Kubectl.start(&line);
        let begun = self.time.at();
        let mut seen = 0;
        loop {
            let time = &self.time;
            let view = ClientView { store: time.store(), now: time.at(), wall: time.wall(), logs: time.logs(), warnings: &[] };
            let turn = command.resume(&view, Vec::new());
            let until = match turn {
                Turn::Done(mut outcome) => {
                    outcome.stdout.drain(..seen.min(outcome.stdout.len()));
                    return Ok(outcome);
                }
                Turn::Ask(_) => return self.change(line),
                Turn::Exec(call) if self.run.is_some() || !only_looks(&call) => return self.change(line),
                Turn::Exec(call) => {
                    let end = self.time.exec(&call);
                    command.ran(end.unwrap_or_else(|| Err("it has not ended when the run does".to_owned())));
                    continue;
                }
                Turn::Wait { until } => until,
            };
            let printed = command.printed();
            let fresh = printed.stdout.get(seen..).unwrap_or_default().to_owned();
            seen = printed.stdout.len();
            self.print(fresh, false);
            // A command with a deadline may wait beyond the end of the run.
            let end = self.time.end();
            let limit = until.map_or(end, |until| until.min(end.max(begun + LOOK_AHEAD)));
            if !self.time.next_change(limit) && until.is_none_or(|until| limit < until) {
                // The run ends here, and who waited longer would press ^C.
                return Ok(Outcome {
                    stdout: String::new(),
                    stderr: printed.stderr,
                    exit: if until.is_none() { 0 } else { INTERRUPTED },
                });
            }
        }
    }

    /// Forks the run for a command that changes it.
    fn change(&mut self, command: CommandLine) -> Result<Outcome, Changes> {
        let Some(run) = &self.run else { return Err(Changes) };
        let at = self.time.at();
        let line = command.line.to_string();
        let what = ActionKind::Kubectl { line: line.clone(), stdin: command.stdin.map(|text| text.to_string()) };
        let mut fork = run.fork(Input { at, what, files: command.files });
        let before = fork.timeline().steps().len();
        let ended = |run: &Simulation| {
            let steps = run.timeline().steps().iter().skip(before);
            let mut records = steps.filter_map(|step| step.command.as_ref());
            let record = records.find(|record| record.typed_at == at && record.line.as_deref() == Some(line.as_str()))?;
            Some((record.outcome.clone(), record.typed_at + record.took))
        };
        let until = at + LONGEST;
        let (outcome, ended_at) = loop {
            let progress = fork.advance(Budget { until, events: 16 });
            if let Some(end) = ended(&fork) {
                break end;
            }
            match progress {
                Progress::Paused { .. } => {}
                Progress::Reached | Progress::Quiet => {
                    let stderr = "podlapse: the command has not ended after an hour\n".to_owned();
                    break (Outcome { stdout: String::new(), stderr, exit: 1 }, until);
                }
            }
        };
        self.time = fork.seek(ended_at);
        self.run = Some(fork);
        Ok(outcome)
    }
}
