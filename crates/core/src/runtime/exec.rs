//! Commands that run in a container beside its first process.

use podlapse_model::{SimDuration, SimTime};
use podlapse_shell::{Pid, Process, Start};

use super::container::{Container, Exec};
use super::machine::{LATENCY, Runtime, RuntimeContext, RuntimeOutput};
use super::program::{Interpreted, is_open};
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
        let Some(container) = self.containers.get_mut(id).filter(|container| container.is_running()) else {
            out.replies.push((LATENCY, call, Reply::Exec(Err(text::no_container(&id.0)))));
            return;
        };
        if let Some((takes, result)) = scripted_exec(container, &command, timeout, cx.now) {
            out.replies.push((takes + LATENCY, call, Reply::Exec(result)));
            return;
        }
        let (setting, config) = (container.setting.clone(), container.config.clone());
        let pid = Pid(EXEC_PIDS + 1_000 * u32::try_from(container.execs.len()).unwrap_or(0));
        let start =
            Start { argv: &command, env: &setting.env, cwd: &config.working_dir, pid, hostname: &setting.hostname, stdin };
        match Process::start(&start) {
            Ok(process) => {
                let process = Interpreted::new(process.run_as(setting.user.clone()), cx.now);
                let exec = Exec { call, process, started_at: cx.now, timeout, output: String::new(), errors: String::new() };
                container.execs.push(exec);
                self.run_container(cx, id, out);
            }
            Err(_) => {
                let program = command.first().cloned().unwrap_or_default();
                let exec_id = cx.random.container_id(&id.0);
                out.replies.push((LATENCY, call, Reply::Exec(Err(text::exec_missing(&exec_id, &program)))));
            }
        }
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
