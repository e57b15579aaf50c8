//! A run that can be computed ahead, looked at at any moment, and forked.

use std::sync::Arc;

use podlapse_model::{SimDuration, SimTime};

use super::client::CommandId;
use super::digest::Digest;
use super::world::World;
use super::{Input, Scenario, Step, Timeline};
use crate::client::{CommandLanguage, ExecCall, ExecEnd};
use crate::kernel::WallClock;
use crate::store::Store;

/// How long a command in a container may take that is run for a look.
const LONGEST_EXEC: SimDuration = SimDuration::from_secs(600);
/// Events between two checkpoints.
const CHECKPOINT_EVERY: u64 = 64;
/// The most checkpoints that are kept; beyond it every second one is dropped and the distance doubles.
const CHECKPOINT_LIMIT: usize = 512;
/// All checkpoints together hold about so many objects, of which each takes a few kilobytes of a checkpoint with all that its kubelet and
/// runtime know of it.
const CHECKPOINT_OBJECTS: usize = 60_000;
/// After so many changes of objects a run ends, as every version of every object is kept, with a few kilobytes each.
const MOST_CHANGES: usize = 75_000;

/// How much to compute before coming back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Not beyond this moment.
    pub until: SimTime,
    /// At most so many events.
    pub events: u64,
}

/// Where a run stands after [`Simulation::advance`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The budget of events is used up.
    Paused {
        /// Everything up to here is computed.
        at: SimTime,
    },
    /// Everything up to the asked moment is computed.
    Reached,
    /// Nothing will ever happen again.
    Quiet,
}

/// A run: a scenario, what was computed of it, and the means to go back.
#[derive(Clone, Debug)]
pub struct Simulation {
    scenario: Arc<Scenario>,
    inputs: Vec<Input>,
    world: World,
    timeline: Timeline,
    checkpoints: Vec<Checkpoint>,
    checkpoint_every: u64,
    events: u64,
    /// How many changes of objects the timeline holds.
    changes: usize,
    computed_to: SimTime,
}

#[derive(Clone, Debug)]
struct Checkpoint {
    /// How many events had happened.
    events: u64,
    world: World,
}

/// The state of a run at a moment, which can be followed from there without touching the run.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Shared until it is followed, as most who have one only look.
    world: Arc<World>,
    at: SimTime,
    end: SimTime,
}

impl Snapshot {
    /// The moment.
    pub fn at(&self) -> SimTime {
        self.at
    }

    /// How far the run goes.
    pub fn end(&self) -> SimTime {
        self.end
    }

    /// The clock on the wall.
    pub fn wall(&self) -> WallClock {
        self.world.wall
    }

    /// Runs a command in a container and goes on until it ends; `None` if that takes too long. What it changes there is of this
    /// snapshot alone.
    pub fn exec(&mut self, call: &ExecCall) -> Option<ExecEnd> {
        let world = Arc::make_mut(&mut self.world);
        world.now = self.at;
        world.exec(CommandId::LOOK, call, None);
        let limit = self.end.max(self.at + LONGEST_EXEC);
        while world.queue.next_at().is_some_and(|next| next <= limit) {
            world.step();
            self.at = world.now;
            if let Some(end) = world.client.looked.take() {
                return Some(end);
            }
        }
        None
    }

    /// Goes on to the next moment at which an object changes or a container writes, at the latest to `until`; whether one came.
    pub fn next_change(&mut self, until: SimTime) -> bool {
        while self.world.queue.next_at().is_some_and(|next| next <= until) {
            let world = Arc::make_mut(&mut self.world);
            let step = world.step().flatten();
            self.at = world.now.max(self.at);
            if step.is_some_and(|step| !step.changes.is_empty() || !step.logs.is_empty()) {
                return true;
            }
        }
        self.at = until.max(self.at);
        false
    }

    /// The objects of that moment.
    pub fn store(&self) -> &Store {
        &self.world.store
    }

    /// What containers had written by then.
    pub fn logs(&self) -> &crate::client::Logs {
        &self.world.logs
    }
}

impl Simulation {
    /// A run of a scenario, of which nothing is computed yet. `language` carries out command lines.
    pub fn new(scenario: Scenario, language: Arc<dyn CommandLanguage>) -> Self {
        let (world, initial) = World::new(&scenario, language);
        let computed_to = world.now;
        let first = Checkpoint { events: 0, world: world.clone() };
        Simulation {
            scenario: Arc::new(scenario),
            inputs: Vec::new(),
            world,
            timeline: Timeline { initial, steps: Vec::new() },
            checkpoints: vec![first],
            checkpoint_every: CHECKPOINT_EVERY,
            events: 0,
            changes: 0,
            computed_to,
        }
    }

    /// What is simulated.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// What was done to the run beside the scenario's own actions.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The clock on the wall.
    pub fn wall(&self) -> WallClock {
        self.world.wall
    }

    /// The moment at which the scenario ends.
    pub fn end(&self) -> SimTime {
        SimTime::ZERO + self.scenario.simulation.duration
    }

    /// Everything up to here is computed.
    pub fn computed_to(&self) -> SimTime {
        self.computed_to
    }

    /// When the run ended because it has grown beyond what is followed step by step.
    pub fn outgrown(&self) -> Option<SimTime> {
        (MOST_CHANGES < self.changes).then_some(self.computed_to)
    }

    /// Computes more of the run.
    pub fn advance(&mut self, budget: Budget) -> Progress {
        let mut left = budget.events;
        loop {
            if self.outgrown().is_some() {
                return Progress::Quiet;
            }
            match self.world.queue.next_at() {
                None => {
                    self.computed_to = self.computed_to.max(budget.until);
                    return Progress::Quiet;
                }
                Some(at) if budget.until < at => {
                    self.computed_to = self.computed_to.max(budget.until);
                    return Progress::Reached;
                }
                Some(_) if left == 0 => return Progress::Paused { at: self.computed_to },
                Some(_) => {}
            }
            if let Some(step) = self.world.step() {
                self.changes += step.as_ref().map_or(0, |step| step.changes.len());
                self.timeline.steps.extend(step);
            }
            left -= 1;
            self.events += 1;
            self.computed_to = self.computed_to.max(self.world.now);
            if self.events.is_multiple_of(self.checkpoint_every) {
                self.checkpoint();
            }
        }
    }

    /// Computes the whole run, up to the scenario's end.
    pub fn run(&mut self) -> Progress {
        self.advance(Budget { until: self.end(), events: u64::MAX })
    }

    fn checkpoint(&mut self) {
        let objects = self.world.store.iter().count().max(1);
        let limit = (CHECKPOINT_OBJECTS / objects).clamp(1, CHECKPOINT_LIMIT);
        // The first one stays.
        while limit <= self.checkpoints.len() && 1 < self.checkpoints.len() {
            let mut index = 0;
            self.checkpoints.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.checkpoint_every *= 2;
        }
        self.checkpoints.push(Checkpoint { events: self.events, world: self.world.clone() });
    }

    /// What happened so far.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The commands that still run, each with how many were typed before it, its line and when it was typed.
    pub fn unfinished(&self) -> impl Iterator<Item = (u32, &str, SimTime)> {
        self.world.client.running.iter().map(|(id, running)| (id.0, &*running.line, running.typed_at))
    }

    /// The state at a moment that is computed: the nearest checkpoint before it, and the events since.
    pub fn seek(&self, at: SimTime) -> Snapshot {
        let mut world = self.world_at(at).0;
        world.renew_signs(at);
        Snapshot { world: Arc::new(world), at, end: self.end().max(self.computed_to) }
    }

    /// The state at a moment, how many events led to it, and how many steps.
    fn world_at(&self, at: SimTime) -> (World, u64) {
        let index = self.checkpoints.partition_point(|checkpoint| checkpoint.world.now <= at);
        // Two checkpoints may lie at one instant with events between them, so the replay always goes on to the next event after.
        let (mut world, mut events) = if self.world.now <= at {
            (self.world.clone(), self.events)
        } else {
            let checkpoint = &self.checkpoints[index.saturating_sub(1)];
            (checkpoint.world.clone(), checkpoint.events)
        };
        while world.queue.next_at().is_some_and(|next| next <= at) {
            world.step();
            events += 1;
        }
        (world, events)
    }

    /// Another run that is the same up to a moment, where something else is done.
    pub fn fork(&self, input: Input) -> Simulation {
        let (mut world, events) = self.world_at(input.at);
        let steps: Vec<Step> = self.timeline.steps.iter().take(world.next_step as usize).cloned().collect();
        let changes = steps.iter().map(|step| step.changes.len()).sum();
        let checkpoints = self.checkpoints.iter().filter(|checkpoint| checkpoint.events <= events).cloned().collect();
        let mut files = self.scenario.files.clone();
        files.extend(input.files.iter().map(|(path, text)| (path.clone(), text.clone())));
        world.push_action(input.at, input.what.clone(), &files, None);
        let mut inputs = self.inputs.clone();
        inputs.push(input);
        let mut fork = Simulation {
            scenario: self.scenario.clone(),
            inputs,
            computed_to: world.now,
            world,
            timeline: Timeline { initial: self.timeline.initial.clone(), steps },
            checkpoints,
            checkpoint_every: self.checkpoint_every,
            events,
            changes,
        };
        // The input is part of the state from here on, which no earlier checkpoint knows.
        fork.checkpoints.push(Checkpoint { events, world: fork.world.clone() });
        fork
    }

    /// A fingerprint of what was computed.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.timeline)
    }
}
