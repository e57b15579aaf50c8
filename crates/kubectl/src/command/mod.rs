//! The command language: a line as a user types it, and the command that runs from it.
//!
//! A command is a state machine (see `podlapse_core::client`): it sees the API's objects, asks for changes or waits, and in the end
//! leaves what kubectl prints. Each verb has a module that says in its head which of kubectl's commands it models.

mod about;
mod apply;
mod attach;
mod authorize;
mod autoscale;
mod batch;
mod caller;
mod cluster;
mod config;
mod create;
mod debug;
mod delete;
mod describe;
mod drain;
mod edit;
mod events;
mod exec;
mod explain;
mod flags;
mod get;
mod help;
mod last_applied;
mod logs;
mod metadata;
mod patch;
mod prune;
mod raw;
mod rbac;
mod report;
mod rollout;
mod run;
mod scale;
mod services;
mod set;
mod shape;
mod status;
mod stream;
mod subresource;
mod targets;
mod template;
mod token;
mod verb;
mod wait;
mod watch;
mod words;

use podlapse_core::client::{ClientView, Command, CommandLanguage, CommandLine, ExecEnd, Outcome, Turn};
use podlapse_core::store::ApiError;
use podlapse_model::Object;

use caller::{Caller, Impersonated};
use flags::Arguments;
use report::failed;

pub(crate) use config::{FILE as CONFIG_FILE, changed as changed_config};
pub(crate) use edit::HEAD as EDIT_HEAD;
pub(crate) use exec::only_looks;
pub(crate) use flags::{Flag, flags_of};
pub(crate) use verb::{Takes, is_verb, takes, verbs};
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
    Events(events::Events),
    Describe(describe::Describe),
    Logs(logs::Logs),
    Delete(delete::Delete),
    Drain(drain::Drain),
    Wait(wait::Wait),
    Exec(exec::Exec),
    Replace(apply::Replace),
    Attach(attach::Attach),
    Stream(Box<stream::Stream>),
    /// A command of somebody else than the administrator.
    As(Box<caller::Impersonated>),
    /// A command of whose flags something is said first.
    Noted(Box<Running>, String),
    /// A verb that asks once and says what became of it.
    Batch(batch::Batch),
}

impl Command for Running {
    fn resume(&mut self, view: &ClientView<'_>, answers: Vec<Result<Object, ApiError>>) -> Turn {
        match self {
            Running::Over(outcome) => Turn::Done(outcome.clone()),
            Running::Get(get) => get.resume(view),
            Running::Events(events) => events.resume(view),
            Running::Describe(describe) => Turn::Done(describe.run(view)),
            Running::Logs(logs) => logs.resume(view),
            Running::Delete(delete) => delete.resume(view, answers),
            Running::Drain(drain) => drain.resume(view, answers),
            Running::Wait(wait) => wait.resume(view),
            Running::Exec(exec) => exec.resume(view),
            Running::Replace(replace) => replace.resume(view, answers),
            Running::Attach(attach) => attach.resume(view, answers),
            Running::Stream(stream) => stream.resume(view),
            Running::As(other) => other.resume(view, answers),
            Running::Noted(other, notes) => match other.resume(view, answers) {
                Turn::Done(outcome) => Turn::Done(Outcome { stderr: format!("{notes}{}", outcome.stderr), ..outcome }),
                turn @ (Turn::Ask(_) | Turn::Wait { .. } | Turn::Exec(_)) => turn,
            },
            Running::Batch(batch) => batch.resume(view, answers),
        }
    }

    fn ran(&mut self, end: ExecEnd) {
        if let Running::Exec(exec) = self {
            exec.ran(end);
        } else if let Running::As(other) = self {
            other.ran(end);
        }
    }

    fn printed(&self) -> Outcome {
        match self {
            Running::Get(get) => get.printed(),
            Running::Events(events) => events.printed(),
            Running::Logs(logs) => logs.printed(),
            Running::Wait(wait) => wait.printed(),
            Running::Stream(stream) => stream.printed(),
            Running::As(other) => other.printed(),
            Running::Noted(other, _) => other.printed(),
            Running::Over(_)
            | Running::Describe(_)
            | Running::Delete(_)
            | Running::Drain(_)
            | Running::Replace(_)
            | Running::Attach(_)
            | Running::Exec(_)
            | Running::Batch(_) => Outcome::default(),
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
    words: &'a [String],
    line: &'a CommandLine,
}

impl Call<'_> {
    /// The flags and arguments.
    fn arguments(&self) -> Result<Arguments, Outcome> {
        let wrong = |message| failed(format!("{message}\nSee 'kubectl {} --help' for usage.", self.verb));
        let mut arguments = Arguments::parse(self.words, &flags_of(self.verb)).map_err(wrong)?;
        arguments.verb = self.verb;
        arguments.context_namespace = config::namespace(self.line).map(str::to_owned);
        Ok(arguments)
    }
}

fn parse(line: &CommandLine) -> Result<Running, Outcome> {
    let words = words(&line.line).map_err(|stderr| Outcome { stdout: String::new(), stderr, exit: 2 })?;
    let words = verb_first(words)?;
    let Some(first) = words.first() else { return Ok(Running::Over(help::overview())) };
    let before_dash = words.iter().take_while(|word| *word != "--");
    if before_dash.clone().any(|word| matches!(word.as_str(), "--help" | "-h")) {
        let named: Vec<String> = before_dash.filter(|word| !word.starts_with('-')).cloned().collect();
        return Ok(Running::Over(help::of_words(&named)));
    }
    let found = verb::find(&words);
    let used = found.map_or(0, |(_, used)| used);
    let named = words.get(..=used).unwrap_or_default().join(" ");
    match (found, help::group(&named)) {
        (_, Some(group)) => Err(match words.get(used + 1..).unwrap_or_default() {
            [word, ..] if !word.starts_with('-') => {
                report::usage(&named, format!("unknown command {:?}", words[used + 1..].join(" ")))
            }
            _ if named == "rollout" => Outcome { exit: 1, ..group },
            _ => Outcome { exit: 1, stderr: group.stdout, stdout: String::new() },
        }),
        (Some((verb, used)), None) => {
            let call = Call { verb: verb.name, words: &words[used..], line };
            let running = (verb.start)(&call);
            let Ok(arguments) = call.arguments() else { return running };
            let caller = Caller::of(&arguments);
            let running = running.map(|running| match caller.is_somebody() {
                true => Running::As(Box::new(Impersonated::new(running, &caller, verb.name))),
                false => running,
            });
            match running {
                running if arguments.notes.is_empty() => running,
                Ok(running) => Ok(Running::Noted(Box::new(running), arguments.notes)),
                Err(outcome) => Err(Outcome { stderr: arguments.notes + &outcome.stderr, ..outcome }),
            }
        }
        (None, None) => Err(help::unknown(first)),
    }
}

/// The words with those flags behind the verb that stand before it, as in `kubectl -n kube-system get pods` (`stripFlags` of cobra).
///
/// # Errors
/// The end of the command where there are only flags and one of them is wrong.
fn verb_first(words: Vec<String>) -> Result<Vec<String>, Outcome> {
    let mut at = 0;
    let global = flags_of("");
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-') && *word != "--") {
        let known = match (word.strip_prefix("--"), word[1..].chars().next()) {
            (Some(name), _) => global.iter().find(|flag| flag.long == name),
            (None, letter) => global.iter().find(|flag| flag.short == letter),
        };
        let is_help = matches!(word.as_str(), "-h" | "--help");
        let has_value = word.contains('=') || (word.len() > 2 && !word.starts_with("--"));
        at += 1 + usize::from(!has_value && !is_help && known.is_none_or(Flag::takes_value));
    }
    if at == 0 || words.len() <= at {
        let is_wrong = |message| failed(format!("{message}\nSee 'kubectl --help' for usage."));
        let flags = words.iter().take(at).filter(|word| !matches!(word.as_str(), "-h" | "--help")).cloned();
        Arguments::parse(&flags.collect::<Vec<_>>(), &global).map_err(is_wrong)?;
        return Ok(if at == 0 { words } else { Vec::new() });
    }
    let (flags, rest) = words.split_at(at);
    let used = verb::find(rest).map_or(1, |(_, used)| used).min(rest.len());
    Ok([&rest[..used], flags, &rest[used..]].concat())
}

#[cfg(test)]
mod tests;
