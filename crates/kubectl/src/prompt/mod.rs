//! A prompt at an instant of a run: kubectl with pipes, redirections and files.
//!
//! A line that only looks is answered from a [`Snapshot`]; one that waits follows the snapshot into what is already certain to
//! happen. A line that changes something needs a fork of the run from that instant: [`Prompt::ask`] says so and does nothing,
//! [`Prompt::fork`] does it. Filters behind a pipe are those of `podlapse-shell`. Not modelled: background jobs, `while` and `if` around kubectl.

mod complete;
mod expand;
mod line;
mod session;

use podlapse_core::client::{ClientView, CommandLanguage, CommandLine, Outcome, Turn};
use podlapse_core::{Budget, Input, Progress, Simulation, Snapshot};
use podlapse_model::simulation::ActionKind;
use podlapse_model::{SimDuration, SimTime};

pub use complete::{Candidate, Completion};

use crate::Kubectl;
use crate::command::only_looks;
use expand::Substitution;
use line::{After, Call, Pipeline, Redirect, Source, Stage};
use session::Session;

/// How long a fork is computed for a command that has not ended.
const LONGEST: SimDuration = SimDuration::from_secs(3_600);
/// How far beyond the end of a run a command that changes nothing may wait.
const LOOK_AHEAD: SimDuration = SimDuration::from_secs(600);
/// The most commands that `xargs` makes of its input.
const MAX_COMMANDS: usize = 1_000;
const NO_JQ: &str = "podlapse: there is no jq here: -o jsonpath, -o go-template and -o custom-columns choose fields\n";
/// How often a loop may go round.
const MAX_ROUNDS: usize = 1_000;
/// Where the text is that an editor changes.
const EDITED: &str = "/tmp/kubectl-edit.yaml";
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

    /// Puts a file into the prompt's folder, as redirecting to it would.
    pub fn write_file(&mut self, path: &str, text: &str) {
        // There is nobody to tell of a full file system here; the command that names the file will.
        let _ = self.session.write(path, text, false, SimTime::ZERO);
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
        let mut shell = Shell { session: &mut self.session, time: snapshot.clone(), run: None, pieces: Vec::new() };
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
        let mut shell = Shell { session: &mut self.session, time: snapshot.clone(), run: None, pieces: Vec::new() };
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
        let mut shell = Shell { session: &mut self.session, time, run: Some(run.clone()), pieces: Vec::new() };
        // A shell that holds a run changes it.
        let exit = shell.line(line, DEPTH).unwrap_or(1);
        let answer = Answer { exit, at: shell.time.at(), pieces: shell.pieces };
        Forked { answer, run: shell.run.unwrap_or_else(|| run.clone()) }
    }
}

/// The line would change the run.
struct Changes;

/// The line in progress.
struct Shell<'a> {
    session: &'a mut Session,
    time: Snapshot,
    /// The run that may be changed.
    run: Option<Simulation>,
    pieces: Vec<Piece>,
}

impl Shell<'_> {
    fn line(&mut self, line: &str, depth: usize) -> Result<i32, Changes> {
        let pipelines = match line::parse(line) {
            Ok(pipelines) => pipelines,
            Err(message) => {
                self.print(message, true);
                return Ok(2);
            }
        };
        self.list(pipelines, depth)
    }

    fn list(&mut self, pipelines: Vec<Pipeline>, depth: usize) -> Result<i32, Changes> {
        let mut exit = 0;
        for pipeline in pipelines {
            let is_due = match pipeline.after {
                After::Always => true,
                After::Success => exit == 0,
                After::Failure => exit != 0,
            };
            if is_due {
                exit = self.pipeline(&pipeline, depth)?;
            }
        }
        Ok(exit)
    }

    fn print(&mut self, text: String, is_stderr: bool) {
        if !text.is_empty() {
            self.pieces.push(Piece { at: self.time.at(), is_stderr, text });
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, depth: usize) -> Result<i32, Changes> {
        let mut input: Option<String> = None;
        let mut exit = 0;
        let last = pipeline.stages.len() - 1;
        for (index, stage) in pipeline.stages.iter().enumerate() {
            let first_piece = self.pieces.len();
            let outcome = match stage {
                Stage::Kubectl(call) => self.kubectl(call, input.take(), depth)?,
                Stage::For { name, words, body } => self.rounds(name, words, body, depth)?,
                Stage::Xargs { options, call } => self.xargs(options, call, &input.take().unwrap_or_default(), depth)?,
                Stage::Shell(text) => match assignment(text).filter(|_| last == 0) {
                    Some((name, value)) => {
                        let value = self.expand(value, depth)?;
                        let value = crate::command::words(&value).unwrap_or_default().join(" ");
                        self.session.variables.insert(name.to_owned(), value);
                        Outcome::default()
                    }
                    None => self.session.shell(text, input.take().as_deref().unwrap_or_default(), &mut self.time),
                },
            };
            let no_jq = if outcome.stderr.contains("jq: not found") { NO_JQ } else { "" };
            self.print(outcome.stderr + no_jq, true);
            exit = outcome.exit;
            if index < last {
                // What appeared by and by goes into the pipe.
                let streamed: String =
                    self.pieces[first_piece..].iter().filter(|p| !p.is_stderr).map(|p| p.text.as_str()).collect();
                let shown = self.pieces.split_off(first_piece);
                self.pieces.extend(shown.into_iter().filter(|piece| piece.is_stderr));
                input = Some(streamed + &outcome.stdout);
            } else {
                self.print(outcome.stdout, false);
            }
        }
        Ok(exit)
    }

    fn expand(&mut self, text: &str, depth: usize) -> Result<String, Changes> {
        expand::expand(text, |substitution| match substitution {
            Substitution::Variable(name) => Ok(self.session.variables.get(name).cloned()),
            Substitution::Command(_) if depth == 0 => Ok(Some(String::new())),
            Substitution::Command(line) => {
                let outer = std::mem::take(&mut self.pieces);
                let done = self.line(line, depth - 1);
                let inner = std::mem::replace(&mut self.pieces, outer);
                let (errors, output): (Vec<Piece>, Vec<Piece>) = inner.into_iter().partition(|piece| piece.is_stderr);
                self.pieces.extend(errors);
                done.map(|_| Some(output.into_iter().map(|piece| piece.text).collect()))
            }
        })
    }

    fn kubectl(&mut self, call: &Call, piped: Option<String>, depth: usize) -> Result<Outcome, Changes> {
        let line = self.expand(&call.line, depth)?;
        let mut hidden = Vec::new();
        for (name, value) in &call.variables {
            let value = self.expand(value, depth)?;
            let value = crate::command::words(&value).unwrap_or_default().join(" ");
            hidden.push((name, self.session.variables.insert(name.clone(), value)));
        }
        let outcome = self.call(call, &line, piped);
        for (name, value) in hidden {
            match value {
                Some(value) => drop(self.session.variables.insert(name.clone(), value)),
                None => drop(self.session.variables.remove(name)),
            }
        }
        outcome
    }

    fn call(&mut self, call: &Call, line: &str, piped: Option<String>) -> Result<Outcome, Changes> {
        let stdin = match &call.input {
            None => piped,
            Some(Source::Text(text)) => Some(text.clone()),
            Some(Source::File(path)) => match self.session.read(path) {
                Some(text) => Some(text),
                None => {
                    let stderr = format!("sh: can't open {path}: no such file\n");
                    return Ok(Outcome { stdout: String::new(), stderr, exit: 1 });
                }
            },
        };
        let words = crate::command::words(line).unwrap_or_default();
        if let Some(config) = crate::command::changed_config(&words) {
            // What does not fit is told by the command that reads it.
            let _ = self.session.write(crate::command::CONFIG_FILE, &config, false, self.time.at());
        }
        let is_edit = words.first().is_some_and(|word| word == "edit") && stdin.is_none();
        let stdin = match if is_edit { self.edit(line)? } else { Ok(None) } {
            Ok(edited) => edited.or(stdin),
            Err(outcome) => return Ok(outcome),
        };
        let first_piece = self.pieces.len();
        let mut outcome = self.run(line, stdin)?;
        if !call.outputs.is_empty() {
            let streamed = self.pieces.split_off(first_piece).into_iter().map(|piece| piece.text).collect::<String>();
            outcome.stdout = streamed + &outcome.stdout;
        }
        self.redirect(&mut outcome, &call.outputs);
        Ok(outcome)
    }

    /// A loop, to its end or that of patience.
    fn rounds(&mut self, name: &str, words: &str, body: &[Pipeline], depth: usize) -> Result<Outcome, Changes> {
        let words = self.expand(words, depth)?;
        let mut exit = 0;
        for word in crate::command::words(&words).unwrap_or_default().into_iter().take(MAX_ROUNDS) {
            self.session.variables.insert(name.to_owned(), word);
            exit = self.list(body.to_vec(), depth)?;
        }
        Ok(Outcome { exit, ..Outcome::default() })
    }

    /// What `kubectl edit` shows in the editor, or why it shows nothing.
    fn text_to_edit(&mut self, line: &str) -> Result<Result<String, Outcome>, Changes> {
        let Some(rest) = line.trim_start().strip_prefix("edit ") else { return Ok(Err(Outcome::default())) };
        let outcome = self.run(&format!("get {rest} -o yaml"), None)?;
        Ok(if outcome.exit == 0 { Ok(crate::command::EDIT_HEAD.to_owned() + &outcome.stdout) } else { Err(outcome) })
    }

    /// The text that the editor leaves; `None` without an editor, and an outcome where there is nothing to go on with.
    fn edit(&mut self, line: &str) -> Result<Result<Option<String>, Outcome>, Changes> {
        let editor = ["KUBE_EDITOR", "EDITOR"].iter().find_map(|name| self.session.variables.get(*name).cloned());
        let left = self.session.edited.take();
        if editor.is_none() && left.is_none() {
            return Ok(Ok(None));
        }
        let before = match self.text_to_edit(line)? {
            Ok(before) => before,
            Err(outcome) => return Ok(Err(outcome)),
        };
        let after = match (left, editor) {
            (Some(after), _) => after,
            (None, editor) => {
                // What does not fit is an editor's empty file.
                let _ = self.session.write(EDITED, &before, false, self.time.at());
                let done = self.session.shell(&format!("{} {EDITED}", editor.unwrap_or_default()), "", &mut self.time);
                if done.exit != 0 {
                    let stderr = format!("{}error: there was a problem with the editor\n", done.stderr);
                    return Ok(Err(Outcome { stderr, exit: 1, ..done }));
                }
                self.session.take(EDITED).unwrap_or_default()
            }
        };
        let cancelled = |stderr: &str| Ok(Err(Outcome { stderr: stderr.to_owned(), ..Outcome::default() }));
        let is_empty = after.lines().all(|line| line.starts_with('#') || line.trim().is_empty());
        match after == before {
            _ if is_empty => cancelled("Edit cancelled, saved file was empty.\n"),
            true => cancelled("Edit cancelled, no changes made.\n"),
            false => Ok(Ok(Some(after))),
        }
    }

    fn redirect(&mut self, outcome: &mut Outcome, outputs: &[Redirect]) {
        // `> file 2>&1` sends both to the file, `2>&1 > file` only the first.
        let mut errors_follow: Option<(String, bool)> = None;
        for redirect in outputs {
            match redirect {
                Redirect::ErrorsToOutput => match &errors_follow {
                    Some((path, _)) => {
                        let text = std::mem::take(&mut outcome.stderr);
                        self.save(outcome, path, &text, true);
                    }
                    None => outcome.stdout = std::mem::take(&mut outcome.stderr) + &outcome.stdout,
                },
                Redirect::OutputToErrors => outcome.stderr = std::mem::take(&mut outcome.stdout) + &outcome.stderr,
                Redirect::File { is_stderr, is_stdout, path, appends } => {
                    let mut text = String::new();
                    if *is_stderr {
                        text.push_str(&std::mem::take(&mut outcome.stderr));
                    }
                    if *is_stdout {
                        text.push_str(&std::mem::take(&mut outcome.stdout));
                        errors_follow = Some((path.clone(), *appends));
                    }
                    self.save(outcome, path, &text, *appends);
                }
            }
        }
    }

    fn save(&mut self, outcome: &mut Outcome, path: &str, text: &str, appends: bool) {
        if let Err(message) = self.session.write(path, text, appends, self.time.at()) {
            outcome.stderr.push_str(&message);
            outcome.exit = 1;
        }
    }

    /// `xargs [-n N] [-I NAME] kubectl ...`.
    fn xargs(&mut self, options: &[String], call: &Call, input: &str, depth: usize) -> Result<Outcome, Changes> {
        let mut batch = usize::MAX;
        let mut placeholder = None;
        let mut options = options.iter();
        while let Some(option) = options.next() {
            let value = |attached: &str, rest: &mut std::slice::Iter<'_, String>| match attached {
                "" => rest.next().cloned().unwrap_or_default(),
                attached => attached.to_owned(),
            };
            if let Some(attached) = option.strip_prefix("-n") {
                batch = value(attached, &mut options).parse().unwrap_or(usize::MAX).max(1);
            } else if let Some(attached) = option.strip_prefix("-I") {
                placeholder = Some(value(attached, &mut options));
            }
        }
        let words: Vec<&str> = match placeholder {
            Some(_) => input.lines().filter(|line| !line.trim().is_empty()).collect(),
            None => input.split_whitespace().collect(),
        };
        let mut all = Outcome::default();
        let size = if placeholder.is_some() { 1 } else { batch.min(words.len().max(1)) };
        let batches: Vec<&[&str]> = if words.is_empty() { vec![&[]] } else { words.chunks(size).take(MAX_COMMANDS).collect() };
        for batch in batches {
            let quoted: Vec<String> = batch.iter().map(|word| expand::quote(word)).collect();
            let line = match &placeholder {
                Some(name) if !name.is_empty() => call.line.replace(name.as_str(), &quoted.concat()),
                Some(_) | None => format!("{} {}", call.line, quoted.join(" ")),
            };
            let one = Call { line, ..call.clone() };
            let outcome = self.kubectl(&one, None, depth)?;
            all.stdout.push_str(&outcome.stdout);
            all.stderr.push_str(&outcome.stderr);
            if outcome.exit != 0 {
                all.exit = 123;
            }
        }
        Ok(all)
    }

    /// Runs a command of kubectl to its end. What it prints while it waits goes to the pieces; the rest is in the outcome.
    fn run(&mut self, line: &str, stdin: Option<String>) -> Result<Outcome, Changes> {
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
                    exit: if until.is_none() { 0 } else { 130 },
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

/// `NAME=value`, alone on a line.
fn assignment(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_one_word = !crate::command::words(value).ok()?.iter().skip(1).any(|_| true) || value.starts_with("$(");
    (is_name && is_one_word).then_some((name, value))
}

#[cfg(test)]
mod tests;
