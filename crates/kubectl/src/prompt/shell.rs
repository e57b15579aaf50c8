//! A line in progress: its pipelines in order, and what stands in the place of variables and substitutions.

use podlapse_core::client::Outcome;
use podlapse_core::{Simulation, Snapshot};

use super::expand::Substitution;
use super::line::{self, After, Compound, Pipeline, Stage};
use super::session::Session;
use super::{Piece, expand, jq};

/// The exit code of what `^C` ended.
pub(super) const INTERRUPTED: i32 = 130;

/// The line would change the run.
pub(super) struct Changes;

/// What ends a list of commands before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    Break,
    Continue,
    /// `^C`: nothing of the line goes on.
    Line,
}

/// The line in progress.
pub(super) struct Shell<'a> {
    pub(super) session: &'a mut Session,
    pub(super) time: Snapshot,
    /// The run that may be changed.
    pub(super) run: Option<Simulation>,
    pub(super) pieces: Vec<Piece>,
    pub(super) leaving: Option<Leave>,
    /// The exit code of the last command, as `$?` has it.
    exit: i32,
}

impl<'a> Shell<'a> {
    pub(super) fn new(session: &'a mut Session, time: Snapshot, run: Option<Simulation>) -> Shell<'a> {
        Shell { session, time, run, pieces: Vec::new(), leaving: None, exit: 0 }
    }
}

impl Shell<'_> {
    pub(super) fn line(&mut self, line: &str, depth: usize) -> Result<i32, Changes> {
        let pipelines = match line::parse(line) {
            Ok(pipelines) => pipelines,
            Err(message) => {
                self.print(message, true);
                return Ok(2);
            }
        };
        self.list(&pipelines, depth)
    }

    pub(super) fn list(&mut self, pipelines: &[Pipeline], depth: usize) -> Result<i32, Changes> {
        let mut exit = 0;
        for pipeline in pipelines {
            let is_due = match pipeline.after {
                After::Always => true,
                After::Success => exit == 0,
                After::Failure => exit != 0,
            };
            if is_due {
                exit = self.pipeline(pipeline, depth)?;
                if pipeline.is_negated {
                    exit = i32::from(exit == 0);
                }
                self.exit = exit;
            }
            if self.leaving.is_some() {
                break;
            }
        }
        Ok(exit)
    }

    pub(super) fn print(&mut self, text: String, is_stderr: bool) {
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
                Stage::Xargs { options, call } => self.xargs(options, call, &input.take().unwrap_or_default(), depth)?,
                Stage::Jq(call) => self.jq(call, input.take(), depth)?,
                Stage::Watch { seconds, typed, body } => self.watch(*seconds, typed, body, depth)?,
                Stage::Compound(compound) => self.compound(compound, depth)?,
                Stage::Shell(text) => self.shell(text, input.take(), last == 0, depth)?,
            };
            exit = outcome.exit;
            if index < last {
                self.print(outcome.stderr, true);
                // What appeared by and by goes into the pipe.
                let streamed: String =
                    self.pieces[first_piece..].iter().filter(|p| !p.is_stderr).map(|p| p.text.as_str()).collect();
                let shown = self.pieces.split_off(first_piece);
                self.pieces.extend(shown.into_iter().filter(|piece| piece.is_stderr));
                input = Some(if streamed.is_empty() { outcome.stdout } else { streamed + &outcome.stdout });
            } else {
                // Warnings come with the answers of the API server; what went wrong is told in the end.
                let (warnings, errors) = outcome.stderr.split_at(warned(&outcome.stderr));
                self.print(warnings.to_owned(), true);
                self.print(outcome.stdout, false);
                self.print(errors.to_owned(), true);
            }
        }
        Ok(exit)
    }

    fn compound(&mut self, compound: &Compound<String, Vec<Pipeline>>, depth: usize) -> Result<Outcome, Changes> {
        match compound {
            Compound::For { name, words, body } => self.rounds(name, words, body, depth),
            Compound::While { is_until, condition, body } => self.repeat(*is_until, condition, body, depth),
            Compound::If { clauses, otherwise } => self.choose(clauses, otherwise, depth),
        }
    }

    /// A command of the shell's own.
    fn shell(&mut self, text: &str, input: Option<String>, is_alone: bool, depth: usize) -> Result<Outcome, Changes> {
        match text.trim() {
            "break" => self.leaving = Some(Leave::Break),
            "continue" => self.leaving = Some(Leave::Continue),
            text => match assignment(text).filter(|_| is_alone) {
                Some((name, value)) => {
                    let value = self.expand(value, depth)?;
                    let value = crate::command::words(&value).unwrap_or_default().join(" ");
                    self.session.variables.insert(name.to_owned(), value);
                }
                None => {
                    let text = self.substitute(text, depth, false)?;
                    let before = if text.contains("$?") { format!("(exit {}); ", self.exit) } else { String::new() };
                    let outcome = self.session.shell(&(before + &text), input.as_deref().unwrap_or_default(), &mut self.time);
                    if outcome.exit == INTERRUPTED {
                        self.leaving = Some(Leave::Line);
                    }
                    return Ok(outcome);
                }
            },
        }
        Ok(Outcome::default())
    }

    fn jq(&mut self, call: &line::Call, piped: Option<String>, depth: usize) -> Result<Outcome, Changes> {
        let line = self.expand(&call.line, depth)?;
        let stdin = match self.input(call, piped) {
            Ok(stdin) => stdin.unwrap_or_default(),
            Err(outcome) => return Ok(outcome),
        };
        let words = crate::command::words(&line).unwrap_or_default();
        let mut outcome = jq::run(&words, &stdin, &|path| self.session.read(path));
        self.redirect(&mut outcome, &call.outputs);
        Ok(outcome)
    }

    /// The text with what its variables and substitutions stand for.
    pub(super) fn expand(&mut self, text: &str, depth: usize) -> Result<String, Changes> {
        self.substitute(text, depth, true)
    }

    /// The same of all substitutions, or of those alone that the shell by itself could not make.
    fn substitute(&mut self, text: &str, depth: usize, all: bool) -> Result<String, Changes> {
        expand::expand(text, |substitution| match substitution {
            Substitution::Variable(_) if !all => Ok(None),
            Substitution::Command(line) if !all && !calls_kubectl(line) => Ok(None),
            Substitution::Variable(name) => Ok(self.session.variables.get(name).cloned()),
            Substitution::Command(_) if depth == 0 => Ok(Some(String::new())),
            Substitution::Command(sum) if sum.starts_with('(') && sum.ends_with(')') => {
                Ok(Some(self.session.shell(&format!("echo $({sum})"), "", &mut self.time).stdout))
            }
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
}

fn calls_kubectl(line: &str) -> bool {
    line.split_whitespace().any(|word| matches!(word, "kubectl" | "k" | "jq"))
}

/// `NAME=value`, alone on a line.
fn assignment(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_one_word = !crate::command::words(value).ok()?.iter().skip(1).any(|_| true) || value.starts_with("$(");
    (is_name && is_one_word).then_some((name, value))
}

/// Where the warnings end that a text begins with.
fn warned(text: &str) -> usize {
    let is_warning = |line: &&str| line.starts_with("Warning: ") || line.starts_with("warning: ");
    text.split_inclusive('\n').take_while(is_warning).map(str::len).sum()
}
