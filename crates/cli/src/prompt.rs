//! The prompt of `podlapse kubectl`: lines of kubectl at an instant that can be moved.

use std::io::{self, Write};

use podlapse_core::{Budget, Simulation, Snapshot};
use podlapse_kubectl::{Answer, Asked, Prompt};
use podlapse_model::SimTime;
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use crate::duration::parse_duration;
use crate::kubectl::is_own;
use crate::report::{Failure, Report};
use crate::watch::instant;

const HELP: &str = "\
Type lines as beside a real cluster: kubectl get pods | grep web. Tab completes, the arrows recall.
  :at 1m30s    go to an instant        :step    to the next change       :back    to the change before
  :start       go to the beginning     :end     to the end of the run    :undo    drop the last fork
  :help        this                    :quit    leave (or Ctrl-D)
A line that changes something forks the run from the instant of the prompt.
";

/// Reads lines until there are no more.
pub(crate) fn prompt(run: Simulation, at: SimTime, notes: &str) -> Result<Report, Failure> {
    let failure = |error: &dyn std::fmt::Display| Failure(format!("podlapse: {error}\n"));
    let mut out = io::stdout();
    let config = Config::builder().completion_type(CompletionType::List).auto_add_history(true).build();
    let mut editor: Editor<Words, DefaultHistory> = Editor::with_config(config).map_err(|error| failure(&error))?;
    let mut session = Session::new(run, at);
    write!(out, "{notes}{HELP}").map_err(|error| failure(&error))?;
    loop {
        editor.set_helper(Some(Words { prompt: session.prompt.clone(), snapshot: session.snapshot.clone() }));
        let line = match editor.readline(&format!("{} $ ", instant(session.at))) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => return Ok(Report::default()),
            Err(error) => return Err(failure(&error)),
        };
        let printed = match session.line(line.trim()) {
            Some(text) => text,
            None => return Ok(Report::default()),
        };
        out.write_all(printed.as_bytes()).and_then(|()| out.flush()).map_err(|error| failure(&error))?;
    }
}

/// Where the prompt stands.
struct Session {
    runs: Vec<Simulation>,
    at: SimTime,
    snapshot: Snapshot,
    prompt: Prompt,
}

impl Session {
    fn new(run: Simulation, at: SimTime) -> Session {
        let (prompt, snapshot) = (Prompt::new(&run), run.seek(at));
        Session { runs: vec![run], at, snapshot, prompt }
    }

    fn run(&self) -> &Simulation {
        self.runs.last().expect("the first run is never dropped")
    }

    fn go(&mut self, at: SimTime) {
        let end = self.run().end().max(self.run().computed_to());
        self.at = at.min(end);
        self.snapshot = self.run().seek(self.at);
    }

    /// What a line prints; `None` ends the prompt.
    fn line(&mut self, line: &str) -> Option<String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let steps = || self.run().timeline().steps().iter().filter(|step| !step.changes.is_empty()).map(|step| step.at);
        match word {
            "" => {}
            ":quit" | ":q" | "exit" | "quit" => return None,
            ":help" | ":h" => return Some(HELP.to_owned()),
            ":at" => match parse_duration(rest.trim()) {
                Ok(span) => self.go(SimTime::ZERO + span),
                Err(message) => return Some(format!("{message}\n")),
            },
            ":start" => self.go(SimTime::ZERO),
            ":end" => self.go(self.run().end().max(self.run().computed_to())),
            ":step" | ":s" => {
                if let Some(at) = steps().find(|at| self.at < *at) {
                    self.go(at);
                }
            }
            ":back" | ":b" => {
                if let Some(at) = steps().take_while(|at| *at < self.at).last() {
                    self.go(at);
                }
            }
            ":undo" if self.runs.len() > 1 => {
                self.runs.pop();
                self.go(self.at);
            }
            ":undo" => return Some("there is no fork to drop\n".to_owned()),
            word if word.starts_with(':') => return Some(format!("{word} is no command of the prompt, :help lists them\n")),
            _ => return Some(self.kubectl(line)),
        }
        Some(String::new())
    }

    fn kubectl(&mut self, line: &str) -> String {
        let run = self.runs.last().expect("the first run is never dropped");
        if let Err(Failure(message)) = crate::files::offer(&mut self.prompt, line, |path| is_own(run, path)) {
            return message;
        }
        crate::editor::open(&mut self.prompt, &self.snapshot, line);
        match self.prompt.ask(&self.snapshot, line) {
            Asked::Answer(answer) => text(&answer),
            Asked::Changes => {
                let notice = format!("(from {} on the run goes its own way; :undo drops this)\n", instant(self.at));
                let run = self.runs.last().expect("the first run is never dropped");
                let mut forked = self.prompt.fork(run, self.at, line);
                let until = forked.run.end().max(forked.answer.at);
                forked.run.advance(Budget { until, events: u64::MAX });
                self.runs.push(forked.run);
                self.go(forked.answer.at);
                notice + &text(&forked.answer)
            }
        }
    }
}

/// The pieces as they appeared.
fn text(answer: &Answer) -> String {
    let mut text: String = answer.pieces.iter().map(|piece| piece.text.as_str()).collect();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// What completes words.
struct Words {
    prompt: Prompt,
    snapshot: Snapshot,
}

impl Completer for Words {
    type Candidate = Pair;

    fn complete(&self, line: &str, position: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let completion = self.prompt.complete(&self.snapshot, &line[..position]);
        let pairs = completion.candidates.into_iter().map(|candidate| {
            let space = if candidate.is_whole { " " } else { "" };
            Pair { replacement: format!("{}{space}", candidate.text), display: candidate.text }
        });
        Ok((completion.start, pairs.collect()))
    }
}

impl Hinter for Words {
    type Hint = String;
}

impl Highlighter for Words {}
impl Validator for Words {}
impl Helper for Words {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instant_moves_and_a_change_forks() {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, image: nginx}]}\n";
        let mut run = podlapse_kubectl::simulate("web", pod, None).value.unwrap();
        run.run();
        let mut session = Session::new(run, SimTime::ZERO);
        let mut line = |text: &str| session.line(text).unwrap();
        assert_eq!(line(":at 20s"), "");
        assert_eq!(line("kubectl get po --no-headers | wc -l"), "1\n");
        assert!(line("kubectl delete pod web").starts_with("(from "));
        assert_eq!(line("get pods"), "No resources found in default namespace.\n");
        assert_eq!(line(":undo"), "");
        assert_eq!(line("get pods -o name"), "pod/web\n");
        assert_eq!(line(":start"), "");
        line(":step");
        assert!(line(":nonsense").contains(":help"));
        assert!(session.line(":quit").is_none());
    }
}
