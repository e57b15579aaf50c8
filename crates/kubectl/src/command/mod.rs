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
mod words;
mod workloads;

use podlapse_core::client::{ClientView, Command, CommandLanguage, CommandLine, Outcome, Turn};
use podlapse_core::store::ApiError;
use podlapse_model::Object;

use flags::{Arguments, Flag};
use report::failed;

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
    words: &'a [String],
    line: &'a CommandLine,
}

impl Call<'_> {
    /// The flags and arguments.
    fn arguments(&self, known: &[&[Flag]]) -> Result<Arguments, Outcome> {
        let wrong = |message| failed(format!("{message}\nSee 'kubectl {} --help' for usage.", self.verb));
        Arguments::parse(self.words, &known.concat()).map_err(wrong)
    }
}

fn parse(line: &CommandLine) -> Result<Running, Outcome> {
    let words = words::words(&line.line).map_err(|stderr| Outcome { stdout: String::new(), stderr, exit: 2 })?;
    let Some((verb, rest)) = words.split_first() else {
        return Err(failed("no command was given\nSee 'kubectl --help' for usage."));
    };
    let (second, after) = rest.split_first().map_or(("", rest), |(second, after)| (second.as_str(), after));
    let call = |verb, words| Call { verb, words, line };
    match (verb.as_str(), second) {
        ("get", _) => get::parse(&call("get", rest)).map(Running::Get),
        ("events", _) => get::parse_events(&call("events", rest)).map(Running::Get),
        ("describe", _) => describe::parse(&call("describe", rest)).map(Running::Describe),
        ("logs", _) => logs::parse(&call("logs", rest)).map(Running::Logs),
        ("delete", _) => delete::parse(&call("delete", rest)).map(Running::Delete),
        ("drain", _) => drain::parse(&call("drain", rest)).map(Running::Drain),
        ("wait", _) => rollout::parse_wait(&call("wait", rest)).map(Running::Wait),
        ("rollout", "status") => rollout::parse_status(&call("rollout status", after)).map(Running::Wait),
        ("rollout", "restart") => rollout::parse_restart(&call("rollout restart", after)).map(Running::Batch),
        ("rollout", "undo") => rollout::parse_undo(&call("rollout undo", after)).map(Running::Batch),
        ("apply", _) => apply::parse(&call("apply", rest), apply::Doing::Apply).map(Running::Batch),
        ("create", "configmap" | "cm" | "namespace" | "ns" | "secret" | "deployment" | "deploy" | "job") => {
            workloads::parse_create(&call("create", rest)).map(Running::Batch)
        }
        ("create", _) => apply::parse(&call("create", rest), apply::Doing::Create).map(Running::Batch),
        ("run", _) => workloads::parse_run(&call("run", rest)).map(Running::Batch),
        ("expose", _) => workloads::parse_expose(&call("expose", rest)).map(Running::Batch),
        ("scale", _) => workloads::parse_scale(&call("scale", rest)).map(Running::Batch),
        ("set", "image") => workloads::parse_set_image(&call("set image", after)).map(Running::Batch),
        ("autoscale", _) => extras::parse_autoscale(&call("autoscale", rest)).map(Running::Batch),
        ("debug", _) => extras::parse_debug(&call("debug", rest)).map(Running::Batch),
        ("patch", _) => patch::parse(&call("patch", rest)).map(Running::Batch),
        ("label", _) => metadata::parse(&call("label", rest), metadata::What::Labels).map(Running::Batch),
        ("annotate", _) => metadata::parse(&call("annotate", rest), metadata::What::Annotations).map(Running::Batch),
        ("taint", _) => cluster::parse_taint(&call("taint", rest)).map(Running::Batch),
        ("cordon", _) => cluster::parse_cordon(&call("cordon", rest), true).map(Running::Batch),
        ("uncordon", _) => cluster::parse_cordon(&call("uncordon", rest), false).map(Running::Batch),
        (unknown, _) if NOT_SIMULATED.contains(&unknown) => Err(failed(format!("kubectl {unknown} is not simulated"))),
        (unknown, _) => Err(failed(format!("unknown command {unknown:?} for \"kubectl\""))),
    }
}

/// Commands that kubectl has and that are not simulated.
const NOT_SIMULATED: &[&str] = &[
    "alpha",
    "api-resources",
    "api-versions",
    "attach",
    "auth",
    "certificate",
    "cluster-info",
    "completion",
    "config",
    "cp",
    "diff",
    "edit",
    "exec",
    "explain",
    "help",
    "kuberc",
    "kustomize",
    "options",
    "plugin",
    "port-forward",
    "proxy",
    "replace",
    "rollout",
    "set",
    "top",
    "version",
];

#[cfg(test)]
mod tests;
