//! The commands that run.

use podlapse_model::SortedMap;
use std::collections::VecDeque;
use std::sync::Arc;

use podlapse_model::{Object, SimDuration, SimTime};

use crate::client::{Command, CommandLine};
use crate::store::{ApiError, Request};

/// How long kubectl needs from one answer to its next request.
pub(super) const REQUEST_LATENCY: SimDuration = SimDuration::from_millis(18);
/// How long a change needs to reach a command that watches.
pub(super) const WATCH_LATENCY: SimDuration = SimDuration::from_millis(3);

/// The number of a command in its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CommandId(pub(super) u32);

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
