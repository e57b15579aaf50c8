//! A prompt at an instant of a run: kubectl with pipes, redirections and files.
//!
//! A line that only looks is answered from a [`Snapshot`]; one that waits follows the snapshot into what is already certain to
//! happen. A line that changes something needs a fork of the run from that instant: [`Prompt::ask`] says so and does nothing,
//! [`Prompt::fork`] does it. Filters behind a pipe are those of `podlapse-shell`. Not modelled: background jobs, functions, `case`, and
//! loops that read their standard input.

mod call;
mod complete;
mod expand;
mod jq;
mod line;
mod loops;
mod run;
mod session;
mod shell;

use podlapse_core::{Simulation, Snapshot};
use podlapse_model::SimTime;

pub use complete::{Candidate, Completion};

use line::{Pipeline, Stage};
use session::Session;
use shell::{Changes, Shell};

/// How deep `$(...)` may nest.
const DEPTH: usize = 4;
/// Lines that are remembered.
const REMEMBERED: usize = 500;

/// A prompt with its files, variables and the lines that were typed.
///
/// ```
/// use podlapse_kubectl::{Asked, Prompt, simulate};
/// let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, image: nginx}]}\n";
/// let mut run = simulate("web", pod, None).value.unwrap();
/// run.run();
/// let mut prompt = Prompt::new(&run);
/// let snapshot = run.seek(run.end());
/// let Asked::Answer(answer) = prompt.ask(&snapshot, "kubectl get pods --no-headers | wc -l") else { panic!() };
/// assert_eq!((answer.stdout().as_str(), answer.exit), ("1\n", 0));
/// assert!(matches!(prompt.ask(&snapshot, "kubectl delete pod web"), Asked::Changes));
/// ```
#[derive(Clone, Debug)]
pub struct Prompt {
    session: Session,
    history: Vec<String>,
}

/// What came of a line that was to be answered without a change.
#[derive(Clone, Debug)]
pub enum Asked {
    /// It only looked.
    Answer(Answer),
    /// It would change the run, and nothing was done; [`Prompt::fork`] does it.
    Changes,
}

/// What a line printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The pieces in the order in which they appeared.
    pub pieces: Vec<Piece>,
    /// The exit code of the last command.
    pub exit: i32,
    /// When the prompt came back.
    pub at: SimTime,
}

/// A piece of text that appeared on the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// When.
    pub at: SimTime,
    /// Whether it is standard error.
    pub is_stderr: bool,
    /// The text, line breaks included.
    pub text: String,
}

impl Answer {
    /// All of standard output.
    pub fn stdout(&self) -> String {
        self.pieces.iter().filter(|piece| !piece.is_stderr).map(|piece| piece.text.as_str()).collect()
    }

    /// All of standard error.
    pub fn stderr(&self) -> String {
        self.pieces.iter().filter(|piece| piece.is_stderr).map(|piece| piece.text.as_str()).collect()
    }
}

/// A line that changed the run.
#[derive(Clone, Debug)]
pub struct Forked {
    /// What it printed.
    pub answer: Answer,
    /// The run that goes its own way from the instant of the line on, computed to where the line ended.
    pub run: Simulation,
}

impl Prompt {
    /// A prompt for a run, in a folder with the run's files.
    pub fn new(run: &Simulation) -> Prompt {
        let scenario = run.scenario();
        let files = scenario.files.iter().map(|(path, text)| (&**path, &**text));
        Prompt { session: Session::new(files.chain([("workload.yaml", &*scenario.workload)])), history: Vec::new() }
    }

    /// The lines that were typed, the oldest first, each once where it was repeated.
    pub fn history(&self) -> &[String] {
        &self.history
    }

    /// Remembers a line.
    pub fn remember(&mut self, line: &str) {
        let line = line.trim();
        if line.is_empty() || self.history.last().is_some_and(|last| last == line) {
            return;
        }
        if self.history.len() == REMEMBERED {
            self.history.remove(0);
        }
        self.history.push(line.to_owned());
    }

    /// Puts a file into the prompt's folder, or where its path leads; the folders on the way are made.
    pub fn write_file(&mut self, path: &str, text: &str) {
        // There is nobody to tell of a full file system here; the command that names the file will.
        self.session.put(path, text);
    }

    /// The text that `kubectl edit` would open an editor for, where the line is one and no editor of the prompt's own is set.
    pub fn to_edit(&mut self, snapshot: &Snapshot, line: &str) -> Option<String> {
        let pipelines = line::parse(line).ok()?;
        let [Pipeline { stages, .. }] = pipelines.as_slice() else { return None };
        let [Stage::Kubectl(call)] = stages.as_slice() else { return None };
        let has_editor = ["KUBE_EDITOR", "EDITOR"].iter().any(|name| self.session.variables.contains_key(*name));
        if has_editor || !call.variables.is_empty() || call.input.is_some() {
            return None;
        }
        let mut shell = Shell::new(&mut self.session, snapshot.clone(), None);
        shell.text_to_edit(&call.line).ok()?.ok()
    }

    /// Takes what the editor left, for the next `kubectl edit`.
    pub fn edited(&mut self, text: String) {
        self.session.edited = Some(text);
    }

    /// The candidates for the word at the end of what was typed.
    pub fn complete(&self, snapshot: &Snapshot, typed: &str) -> Completion {
        complete::complete(typed, snapshot.store(), &self.session)
    }

    /// Answers a line at an instant if it changes nothing. Files of the prompt may change.
    pub fn ask(&mut self, snapshot: &Snapshot, line: &str) -> Asked {
        let before = self.session.clone();
        let mut shell = Shell::new(&mut self.session, snapshot.clone(), None);
        match shell.line(line, DEPTH) {
            Ok(exit) => Asked::Answer(Answer { exit, at: shell.time.at(), pieces: shell.pieces }),
            Err(Changes) => {
                self.session = before;
                Asked::Changes
            }
        }
    }

    /// Carries out a line at an instant of a run in a fork of it.
    pub fn fork(&mut self, run: &Simulation, at: SimTime, line: &str) -> Forked {
        let time = run.seek(at);
        let mut shell = Shell::new(&mut self.session, time, Some(run.clone()));
        // A shell that holds a run changes it.
        let exit = shell.line(line, DEPTH).unwrap_or(1);
        let answer = Answer { exit, at: shell.time.at(), pieces: shell.pieces };
        Forked { answer, run: shell.run.unwrap_or_else(|| run.clone()) }
    }
}

#[cfg(test)]
mod tests;
