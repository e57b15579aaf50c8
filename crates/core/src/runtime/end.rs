//! How containers and sandboxes end.
//!
//! Models the end of a task in containerd, and `pkg/kubelet/kuberuntime` `getTerminationMessage` (v1.36): a message is the end of the
//! file, or of the output where that stands in for it.

use podlapse_model::SimDuration;
use podlapse_model::api::core::v1::Pod;
use podlapse_shell::Volumes;

use super::container::Container;
use super::exit::Exit;
use super::machine::{LATENCY, Runtime, RuntimeContext, RuntimeOutput};
use super::record::{CallRecord, container_record, record};
use crate::cri::{CallId, ContainerId, ContainerState, ExecResult, Reply, SandboxId, SandboxState};

/// The bytes of output that can stand in for a termination message.
const FALLBACK_LIMIT: usize = 2048;
/// The most that the kubelet reads of a termination message, in bytes.
const TERMINATION_MESSAGE_LIMIT: usize = 4096;

/// The exit code of a process that SIGKILL ends.
const KILLED: i32 = 137;

impl Runtime {
    /// A container's first process has ended.
    pub(super) fn end_container(&mut self, cx: &RuntimeContext<'_>, id: &ContainerId, exit: Exit, out: &mut RuntimeOutput) {
        let Some(container) = self.containers.get_mut(id) else { return };
        let message = termination_message(container, &self.volumes, exit.code);
        // Whatever else runs in it is killed with its first process.
        for exec in std::mem::take(&mut container.execs) {
            let result = ExecResult { exit_code: KILLED, output: exec.output, errors: exec.errors };
            out.replies.push((LATENCY, exec.call, Reply::Exec(Ok(result))));
        }
        container.end(cx.now, exit, message);
        for call in std::mem::take(&mut container.stopping) {
            out.replies.push((LATENCY, call, Reply::Done(Ok(()))));
        }
        out.calls.push(CallRecord {
            detail: container.status.reason.clone(),
            exit_code: Some(container.status.exit_code),
            ..container_record(cx.now, "(exit)", container, None)
        });
        out.has_changed = true;
    }

    /// Sends SIGTERM, and SIGKILL after the timeout.
    pub(super) fn stop_container(
        &mut self,
        cx: &mut RuntimeContext<'_>,
        call: CallId,
        id: &ContainerId,
        timeout: SimDuration,
        out: &mut RuntimeOutput,
    ) {
        let Some(container) = self.containers.get_mut(id) else {
            out.replies.push((LATENCY, call, Reply::Done(Ok(()))));
            return;
        };
        out.calls.push(container_record(cx.now, "StopContainer", container, None));
        match container.status.state {
            ContainerState::Running => {
                container.stopping.push(call);
                let kill_at = cx.now + timeout;
                container.kill_at = Some(container.kill_at.map_or(kill_at, |planned| planned.min(kill_at)));
                if let Some(program) = &mut container.program {
                    program.terminate(cx.now);
                }
                self.run_container(cx, id, out);
            }
            ContainerState::Created => {
                container.end(cx.now, Exit::with_code(137), String::new());
                out.has_changed = true;
                out.replies.push((LATENCY, call, Reply::Done(Ok(()))));
            }
            ContainerState::Exited | ContainerState::Unknown => out.replies.push((LATENCY, call, Reply::Done(Ok(())))),
        }
    }

    /// Stops a sandbox with what still runs in it.
    pub(super) fn stop_sandbox(&mut self, cx: &RuntimeContext<'_>, sandbox: &SandboxId, out: &mut RuntimeOutput) {
        let inside: Vec<ContainerId> = self
            .containers
            .values()
            .filter(|container| container.status.sandbox == *sandbox && container.is_running())
            .map(|container| container.status.id.clone())
            .collect();
        for id in inside {
            self.end_container(cx, &id, Exit::with_code(137), out);
        }
        if let Some(found) = self.sandboxes.get_mut(sandbox) {
            found.state = SandboxState::NotReady;
            found.ip = "".into();
            out.has_changed = true;
            let mut call = record(cx.now, "StopPodSandbox", &Pod::default(), None);
            call.pod = found.pod_name.clone();
            out.calls.push(call);
        }
    }
}

/// The end of what the behaviour says, or of what lies at `terminationMessagePath` (`getTerminationMessage`).
fn termination_message(container: &Container, volumes: &Volumes, exit_code: i32) -> String {
    let scripted = container.run.as_ref().and_then(|run| run.termination_message.clone());
    let read = || container.files.read(volumes, &container.config.termination_message_path).unwrap_or_default();
    let written = scripted.map_or_else(read, |message| message.into_bytes().into());
    let end = &written[written.len().saturating_sub(TERMINATION_MESSAGE_LIMIT)..];
    let mut text = String::from_utf8_lossy(end).into_owned();
    if text.is_empty() && exit_code != 0 && container.config.falls_back_to_logs {
        text = container.tail.iter().map(|line| format!("{line}\n")).collect();
        let from = text.len().saturating_sub(FALLBACK_LIMIT);
        let from = (from..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(from);
        return text.split_off(from);
    }
    text
}
