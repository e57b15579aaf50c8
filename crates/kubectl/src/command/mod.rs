//! The command language: a line as a user types it, and the command that runs from it.
//!
//! A command is a state machine (see `podlapse_core::client`): it sees the API's objects, asks for changes or waits, and in the end
//! leaves what kubectl prints. Each verb has a module that says in its head which of kubectl's commands it models.

mod apply;
mod batch;
mod cluster;
mod delete;
mod describe;
mod drain;
mod extras;
mod flags;
mod get;
mod logs;
mod metadata;
mod patch;
mod report;
mod rollout;
mod targets;
mod verb;
mod words;
mod workloads;

use podlapse_core::client::{ClientView, Command, CommandLanguage, CommandLine, Outcome, Turn};
use podlapse_core::store::ApiError;
use podlapse_model::Object;

use flags::Arguments;
use report::failed;

pub(crate) use flags::Flag;
pub(crate) use verb::{Takes, flags_of, is_verb, takes, verbs};
pub(crate) use words::words;

/// kubectl as the engine runs it.
///
/// ```
/// use podlapse_core::client::CommandLanguage;
/// let line = podlapse_core::client::CommandLine { line: "delete pod web".into(), stdin: None, files: Default::default() };
/// let command = podlapse_kubectl::Kubectl.start(&line);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kubectl;

impl CommandLanguage for Kubectl {
    fn start(&self, line: &CommandLine) -> Box<dyn Command> {
        Box::new(match parse(line) {
            Ok(running) => running,
            Err(outcome) => Running::Over(outcome),
        })
    }
}

/// A command in progress.
#[derive(Clone, Debug)]
enum Running {
    /// Nothing is left to do.
    Over(Outcome),
    Get(get::Get),
    Describe(describe::Describe),
    Logs(logs::Logs),
    Delete(delete::Delete),
    Drain(drain::Drain),
    Wait(rollout::Wait),
    /// A verb that asks once and says what became of it.
    Batch(batch::Batch),
}

impl Command for Running {
    fn resume(&mut self, view: &ClientView<'_>, answers: Vec<Result<Object, ApiError>>) -> Turn {
        match self {
            Running::Over(outcome) => Turn::Done(outcome.clone()),
            Running::Get(get) => get.resume(view),
            Running::Describe(describe) => Turn::Done(describe.run(view)),
            Running::Logs(logs) => Turn::Done(logs.run(view)),
            Running::Delete(delete) => delete.resume(view, answers),
            Running::Drain(drain) => drain.resume(view, answers),
            Running::Wait(wait) => wait.resume(view),
            Running::Batch(batch) => batch.resume(view, answers),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Command> {
        Box::new(self.clone())
    }
}

/// What a verb needs to begin.
struct Call<'a> {
    /// As in `get` or `rollout undo`.
    verb: &'static str,
    flags: &'static [&'static [Flag]],
    words: &'a [String],
    line: &'a CommandLine,
}

impl Call<'_> {
    /// The flags and arguments.
    fn arguments(&self) -> Result<Arguments, Outcome> {
        let wrong = |message| failed(format!("{message}\nSee 'kubectl {} --help' for usage.", self.verb));
        Arguments::parse(self.words, &self.flags.concat()).map_err(wrong)
    }
}

fn parse(line: &CommandLine) -> Result<Running, Outcome> {
    let words = words(&line.line).map_err(|stderr| Outcome { stdout: String::new(), stderr, exit: 2 })?;
    let Some(first) = words.first() else {
        return Err(failed("no command was given\nSee 'kubectl --help' for usage."));
    };
    let second = words.get(1).map_or("", String::as_str);
    match verb::find(first, second) {
        Some((verb, used)) => (verb.start)(&Call { verb: verb.name, flags: verb.flags, words: &words[used..], line }),
        None if verb::NOT_SIMULATED.contains(&first.as_str()) => Err(failed(format!("kubectl {first} is not simulated"))),
        None => Err(failed(format!("unknown command {first:?} for \"kubectl\""))),
    }
}

#[cfg(test)]
mod tests;
