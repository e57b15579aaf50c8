//! The commands that run.

use podlapse_model::SortedMap;
use std::collections::VecDeque;
use std::sync::Arc;

use podlapse_model::{Object, SimDuration, SimTime};

use crate::client::{Command, CommandLine, ExecEnd};
use crate::cri::CallId;
use crate::store::{ApiError, Request};

/// How long kubectl needs from one answer to its next request.
pub(super) const REQUEST_LATENCY: SimDuration = SimDuration::from_millis(18);
/// How long a change needs to reach a command that watches.
pub(super) const WATCH_LATENCY: SimDuration = SimDuration::from_millis(3);

/// The number of a command in its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CommandId(pub(super) u32);

impl CommandId {
    /// The number that looks at snapshots use.
    pub(super) const LOOK: CommandId = CommandId(u32::MAX);
    /// Calls of kubelets are numbered from the other end.
    const CALLS: u64 = 1 << 62;

    /// The number of the call that runs its process.
    pub(super) fn call(self) -> CallId {
        CallId(Self::CALLS + u64::from(self.0))
    }

    /// Whose process a call runs; `None` for a call of a kubelet.
    pub(super) fn of_call(call: CallId) -> Option<CommandId> {
        u32::try_from(call.0.checked_sub(Self::CALLS)?).ok().map(CommandId)
    }
}

/// A command in progress.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) line: Arc<str>,
    pub(super) typed_at: SimTime,
    pub(super) command: Box<dyn Command>,
    pub(super) requests: VecDeque<Request>,
    pub(super) answers: Vec<Result<Object, ApiError>>,
    /// What the API server warned of since the last resume.
    pub(super) warnings: Vec<String>,
    pub(super) is_waiting: bool,
}

/// All commands of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Client {
    pub(super) running: SortedMap<CommandId, Running>,
    /// The end of a process that was run for a look at a snapshot.
    pub(super) looked: Option<ExecEnd>,
    next: u32,
}

impl Client {
    /// Takes a new command in.
    pub(super) fn add(&mut self, line: &CommandLine, typed_at: SimTime, command: Box<dyn Command>) -> CommandId {
        let id = CommandId(self.next_index());
        let running = Running {
            line: line.line.clone(),
            typed_at,
            command,
            requests: VecDeque::new(),
            answers: Vec::new(),
            warnings: Vec::new(),
            is_waiting: false,
        };
        self.running.insert(id, running);
        id
    }

    /// The number of what the user does next.
    pub(super) fn next_index(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// The commands that a change wakes.
    pub(super) fn waiting(&self) -> Vec<CommandId> {
        self.running.iter().filter(|(_, running)| running.is_waiting).map(|(id, _)| *id).collect()
    }
}
