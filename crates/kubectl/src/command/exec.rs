//! `kubectl exec`. Models `k8s.io/kubectl/pkg/cmd/exec` (v1.36) and the kubelet's answers.
//!
//! The command runs in the container's simulated shell and files. Not modelled: terminals, so nothing can be typed while it runs.

use podlapse_core::client::{ClientView, ExecCall, ExecEnd, Outcome, Turn};
use podlapse_core::store::{ApiError, Reason};
use podlapse_model::{Kind, Metadata};

use super::Call;
use super::report::{Report, failed, usage};
use super::targets::{Targets, type_and_name};

/// Commands that change nothing in the container.
const LOOKING: &[&str] = &[
    "arch", "base64", "basename", "cat", "cut", "date", "df", "dirname", "du", "echo", "env", "expr", "false", "find", "free",
    "grep", "head", "hostname", "id", "ls", "nproc", "nslookup", "printenv", "printf", "ps", "pwd", "seq", "sleep", "sort",
    "stat", "tail", "test", "true", "uname", "uniq", "uptime", "wc", "which", "whoami",
];

/// Whether a command leaves its container as it was.
pub(crate) fn only_looks(call: &ExecCall) -> bool {
    let name = call.command.first().map_or("", |word| word.rsplit('/').next().unwrap_or(word));
    LOOKING.contains(&name)
}

/// A call of `kubectl exec`.
#[derive(Clone, Debug)]
pub(super) struct Exec {
    targets: Targets,
    container: Option<String>,
    command: Vec<String>,
    stdin: String,
    /// What is said before the command runs.
    notes: String,
    end: Option<ExecEnd>,
}

/// Reads the line.
pub(super) fn parse(call: &Call<'_>) -> Result<Exec, Outcome> {
    let arguments = call.arguments()?;
    let command = arguments.after_dash().to_vec();
    let before = arguments.before_dash();
    if arguments.dash.is_none() && before.len() > 1 {
        return Err(usage("exec", "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead"));
    }
    let mut targets = Targets::parse(&arguments, &[]).map_err(failed)?;
    targets.add_files(call, &arguments)?;
    match before {
        [] if !targets.is_empty() => {}
        [target, ..] => {
            let named = if target.contains('/') { type_and_name(target).map_err(failed)? } else { (Kind::Pod, target.clone()) };
            targets.names.push(named);
        }
        [] => return Err(failed("pod, type/name or --filename must be specified")),
    }
    if command.is_empty() {
        return Err(failed("you must specify at least one command for the container"));
    }
    let mut notes = String::new();
    let stdin = call.line.stdin.as_deref().filter(|_| arguments.is_on("stdin")).unwrap_or_default().to_owned();
    if arguments.is_on("tty") && stdin.is_empty() {
        notes.push_str("Unable to use a TTY - input is not a terminal or the right kind of file\n");
    }
    Ok(Exec { targets, container: arguments.get("container").map(str::to_owned), command, stdin, notes, end: None })
}

impl Exec {
    pub(super) fn resume(&mut self, view: &ClientView<'_>) -> Turn {
        if let Some(end) = self.end.take() {
            return Turn::Done(self.ended(end));
        }
        match self.begin(view) {
            Ok(call) => Turn::Exec(call),
            Err(outcome) => Turn::Done(outcome),
        }
    }

    /// How the command ended.
    pub(super) fn ran(&mut self, end: ExecEnd) {
        self.end = Some(end);
    }

    fn ended(&mut self, end: ExecEnd) -> Outcome {
        let notes = std::mem::take(&mut self.notes);
        match end {
            Ok(result) if result.exit_code == 0 => Outcome { stdout: result.output, stderr: notes + &result.errors, exit: 0 },
            Ok(result) => {
                let stderr = format!("{notes}{}command terminated with exit code {}\n", result.errors, result.exit_code);
                Outcome { stdout: result.output, stderr, exit: result.exit_code }
            }
            Err(message) if message.starts_with("container not found") => {
                failed(format!("Internal error occurred: unable to upgrade connection: {message}"))
            }
            Err(message) if message.starts_with("error dialing backend") => {
                Outcome { stdout: String::new(), stderr: format!("{notes}Error from server: {message}\n"), exit: 1 }
            }
            Err(message) => failed(format!("Internal error occurred: error executing command in container: {message}")),
        }
    }

    fn begin(&mut self, view: &ClientView<'_>) -> Result<ExecCall, Outcome> {
        let mut report = Report::default();
        let found = self.targets.resolve(view.store).next();
        let pod = match found {
            Some(Ok(object)) => super::logs::attachable(object, view).map_err(failed)?,
            Some(Err(error)) => {
                report.errors.push(error);
                return Err(report.end("", ""));
            }
            None => return Err(failed("no resources found")),
        };
        let phase = pod.status.as_ref().and_then(|status| status.phase.clone()).unwrap_or_default();
        if matches!(phase.as_str(), "Succeeded" | "Failed") {
            return Err(failed(format!("cannot exec into a container in a completed pod; current phase is {phase}")));
        }
        let name = pod.name().to_owned();
        let refuse = |message: String| {
            let mut report = Report::default();
            report.refused(&ApiError::new(Reason::BadRequest, message));
            report.end("", "")
        };
        let mut defaulted = String::new();
        let container = super::stream::choose(&pod, self.container.as_deref(), &mut defaulted).map_err(failed)?;
        self.notes.insert_str(0, &defaulted);
        if pod.spec.as_ref().and_then(|spec| spec.node_name.as_ref()).is_none() {
            return Err(refuse(format!("pod {name} does not have a host assigned")));
        }
        Ok(ExecCall {
            namespace: pod.namespace().to_owned(),
            pod: name,
            container,
            command: self.command.clone(),
            stdin: self.stdin.clone(),
        })
    }
}
