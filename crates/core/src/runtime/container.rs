//! One container: its record and what runs in it.

use std::collections::VecDeque;
use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;
use podlapse_model::simulation::RunSpec;
use podlapse_model::{SimDuration, SimTime};
use podlapse_shell::FileSystem;

use super::exit::Exit;
use super::program::{Interpreted, Program};
use crate::cri::{CallId, ContainerConfig, ContainerState, ContainerStatus, MemoryUsage};

/// A container of the node.
#[derive(Clone, Debug)]
pub(super) struct Container {
    pub(super) status: ContainerStatus,
    pub(super) pod: Arc<Pod>,
    pub(super) config: Arc<ContainerConfig>,
    /// What the scenario or the catalogue says of this run.
    pub(super) run: Option<Arc<RunSpec>>,
    pub(super) program: Option<Program>,
    pub(super) files: FileSystem,
    /// The end of its output.
    pub(super) tail: VecDeque<Arc<str>>,
    /// Calls that wait for its end.
    pub(super) stopping: Vec<CallId>,
    /// When SIGKILL comes.
    pub(super) kill_at: Option<SimTime>,
    /// Commands that run beside its first process.
    pub(super) execs: Vec<Exec>,
}

/// A command in a container.
#[derive(Clone, Debug)]
pub(super) struct Exec {
    pub(super) call: CallId,
    pub(super) process: Interpreted,
    pub(super) started_at: SimTime,
    /// How long it may take; a user's command as long as it likes.
    pub(super) timeout: Option<SimDuration>,
    pub(super) output: String,
    pub(super) errors: String,
}

impl Container {
    pub(super) fn is_running(&self) -> bool {
        self.status.state == ContainerState::Running
    }

    /// When it began; its creation if it never did.
    pub(super) fn since(&self) -> SimTime {
        self.status.started_at.unwrap_or(self.status.created_at)
    }

    /// The memory that it uses, if its behaviour says so.
    pub(super) fn memory_usage(&self, now: SimTime) -> Option<MemoryUsage> {
        let memory =
            self.run.as_ref().map(|run| run.memory.as_slice()).filter(|memory| !memory.is_empty() && self.is_running())?;
        let age = now.since(self.since());
        let bytes =
            memory.iter().filter(|memory| memory.after <= age).max_by_key(|memory| memory.after).map_or(0, |memory| memory.usage);
        Some(MemoryUsage {
            pod: self.status.pod.clone(),
            container: self.status.name.clone(),
            bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
        })
    }

    /// Records the end.
    pub(super) fn end(&mut self, now: SimTime, exit: Exit, message: String) {
        self.status.state = ContainerState::Exited;
        self.status.finished_at = Some(now);
        self.status.exit_code = exit.code;
        self.status.reason = exit.reason;
        self.status.message = message.into();
        self.program = None;
        self.kill_at = None;
        self.execs.clear();
    }
}
