//! Commands that run in a container beside its first process.

use podlapse_model::{SimDuration, SimTime};
use podlapse_shell::{Pid, Process, Start};
use std::sync::Arc;

use super::container::{Container, Exec};
use super::create::is_old_busybox;
use super::executable::{Command, look_up};
use super::machine::{LATENCY, Runtime, RuntimeContext, RuntimeOutput};
use super::program::{Interpreted, Program, is_open};
use super::text;
use crate::cri::{CallId, ContainerId, CriError, ExecResult, Reply};

/// The first process number of commands beside a container's own.
const EXEC_PIDS: u32 = 10_000;

impl Runtime {
    /// Runs a command in a container, at most for as long as the timeout.
    pub(super) fn exec(
        &mut self,
        cx: &mut RuntimeContext<'_>,
        call: CallId,
        id: &ContainerId,
        (command, stdin): (Vec<String>, &str),
        timeout: Option<SimDuration>,
        out: &mut RuntimeOutput,
    ) {
        let container = match self.containers.get_mut(id) {
            Some(container) if container.is_running() => container,
            other => {
                let error = other
                    .map_or_else(|| text::exec_no_container(&id.0), |container| text::exec_not_running(container.status.state));
                out.replies.push((LATENCY, call, Reply::Exec(Err(error))));
                return;
            }
        };
        if let Some((takes, result)) = scripted_exec(container, &command, timeout, cx.now) {
            out.replies.push((takes + LATENCY, call, Reply::Exec(result)));
            return;
        }
        let (setting, config) = (container.setting.clone(), container.config.clone());
        let pid = Pid(EXEC_PIDS + 1_000 * u32::try_from(container.execs.len()).unwrap_or(0));
        let first = command.first().cloned().unwrap_or_default();
        let command = match look_up(command, &config.working_dir, &container.files, &self.volumes) {
            Command::Words(words) => Ok(words),
            Command::Refused(why) => Err(why),
            Command::NoProgram(path) => Err(format!("exec {path}: exec format error")),
        };
        let words = command.as_deref().unwrap_or_default();
        let start = Start { argv: words, env: &setting.env, cwd: &config.working_dir, pid, hostname: &setting.hostname, stdin };
        match Process::start(&start) {
            Ok(process) => {
                let process = process
                    .run_as(setting.user.clone())
                    .of_old_busybox(is_old_busybox(&config.image))
                    .beside(container.processes());
                let process = Interpreted::new(process, cx.now);
                let exec = Exec { call, process, started_at: cx.now, timeout, output: String::new(), errors: String::new() };
                container.execs.push(exec);
                self.run_container(cx, id, out);
            }
            Err(_) => {
                let why = command.err().unwrap_or_else(|| text::missing(&first));
                let exec_id = cx.random.container_id(&id.0);
                out.replies.push((LATENCY, call, Reply::Exec(Err(text::exec_refused(&exec_id, &why)))));
            }
        }
    }
}

impl Container {
    /// The processes that run in it, by their commands.
    fn processes(&self) -> Vec<(Pid, Arc<str>)> {
        let main = match &self.program {
            Some(Program::Interpreted(process)) => process.command(),
            Some(Program::Scripted(_)) | None => {
                let words: Vec<&str> = self.config.command.iter().chain(&self.config.args).map(String::as_str).collect();
                // What the image runs is not known, but it is called after it more often than not.
                let image = self.config.image.rsplit('/').next().and_then(|name| name.split([':', '@']).next());
                (Pid(1), if words.is_empty() { image.unwrap_or_default().into() } else { words.join(" ").into() })
            }
        };
        [main].into_iter().chain(self.execs.iter().map(|exec| exec.process.command())).collect()
    }
}

/// The outcome of a command that the scenario describes.
fn scripted_exec(
    container: &Container,
    command: &[String],
    timeout: Option<SimDuration>,
    now: SimTime,
) -> Option<(SimDuration, Result<ExecResult, CriError>)> {
    let joined = command.join(" ");
    let is_shell = command.len() == 3 && command[0].ends_with("sh") && command[1] == "-c";
    let line = if is_shell { command[2].as_str() } else { joined.as_str() };
    let run = container.run.as_ref()?;
    let is_meant = |wanted: &str| wanted == joined || wanted == line;
    let outcome = run.exec.iter().find(|exec| is_meant(&exec.command) && is_open(exec.window, container.since(), now))?;
    if let Some(timeout) = timeout.filter(|timeout| *timeout <= outcome.takes) {
        return Some((timeout, Err(text::exec_timeout(timeout))));
    }
    let result = ExecResult { exit_code: outcome.exit_code, output: outcome.output.clone(), errors: String::new() };
    Some((outcome.takes, Ok(result)))
}
