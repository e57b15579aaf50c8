//! What happened, step by step.

use std::sync::Arc;

use podlapse_model::{Object, ObjectKey, SimDuration, SimTime};

use super::Actor;
use crate::client::{LogKey, LogLine, Outcome};
use crate::runtime::CallRecord;
use crate::scheduler::{Decision, QueueMove};
use crate::store::Change;
use crate::why::Why;

/// The number of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(pub u32);

/// An event that changed or explained something.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its number in the run.
    pub id: StepId,
    /// The step that led to it; `None` for what the scenario began with.
    pub cause: Option<StepId>,
    /// When.
    pub at: SimTime,
    /// Who.
    pub actor: Actor,
    /// What changed in the API.
    pub changes: Vec<Change>,
    /// Why.
    pub why: Vec<Why>,
    /// Calls to the runtime that ended.
    pub calls: Vec<CallRecord>,
    /// What containers wrote.
    pub logs: Vec<LogRecord>,
    /// What the scheduler decided, with the whole table behind it.
    pub decisions: Vec<Decided>,
    /// Which Pods came to another place of the scheduler's queue.
    pub queue: Vec<QueueMove>,
    /// A command that ended.
    pub command: Option<CommandRecord>,
}

/// A decision of the scheduler.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// Which Pod it was about.
    pub pod: ObjectKey,
    /// Every verdict and score.
    pub decision: Arc<Decision>,
}

/// A line that a container wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// Whose.
    pub key: LogKey,
    /// The line.
    pub line: LogLine,
}

/// A command that ran, or another action of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandRecord {
    /// The line without the word `kubectl`; `None` for what a user did otherwise, as pulling a plug.
    pub line: Option<Arc<str>>,
    /// When it was typed.
    pub typed_at: SimTime,
    /// How long it ran.
    pub took: SimDuration,
    /// What it printed, and its exit code.
    pub outcome: Outcome,
    /// How many commands were typed before it.
    pub index: u32,
}

/// All steps of a run so far, and what was there before the first.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    pub(super) initial: Vec<Change>,
    pub(super) steps: Vec<Step>,
}

impl Timeline {
    /// The cluster before the workload was applied, as changes that created it.
    pub fn initial(&self) -> &[Change] {
        &self.initial
    }

    /// The steps in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// A step by its number.
    pub fn step(&self, id: StepId) -> Option<&Step> {
        self.steps.get(id.0 as usize)
    }

    /// The last step at or before a moment.
    pub fn last_at(&self, at: SimTime) -> Option<&Step> {
        let after = self.steps.partition_point(|step| step.at <= at);
        after.checked_sub(1).and_then(|index| self.steps.get(index))
    }

    /// All changes in order, those of the beginning included.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.initial.iter().chain(self.steps.iter().flat_map(|step| &step.changes))
    }

    /// An object as it was at a moment.
    pub fn object_at(&self, key: &ObjectKey, at: SimTime) -> Option<&Object> {
        let mut found = None;
        for change in self.changes().take_while(|change| change.at <= at).filter(|change| change.key == *key) {
            found = change.after.as_ref();
        }
        found
    }

    /// The commands that ended, in the order in which they were typed.
    pub fn commands(&self) -> Vec<&CommandRecord> {
        let mut commands: Vec<&CommandRecord> = self.steps.iter().filter_map(|step| step.command.as_ref()).collect();
        podlapse_model::sort_by_key(&mut commands, |command| command.index);
        commands
    }

    /// The steps that led to a step, the nearest first.
    pub fn causes(&self, id: StepId) -> Vec<StepId> {
        let mut chain = Vec::new();
        let mut next = self.step(id).and_then(|step| step.cause);
        // A cause always comes before its effect, so the walk ends.
        while let Some(cause) = next {
            chain.push(cause);
            next = self.step(cause).and_then(|step| step.cause);
        }
        chain
    }
}
