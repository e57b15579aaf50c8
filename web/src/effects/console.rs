//! The prompt: lines in, what they print out; a line that changes something forks the run.

use std::cell::RefCell;
use std::rc::Rc;

use podlapse_core::{Budget, Simulation};
use podlapse_kubectl::{Answer, Asked, Completion, Prompt};
use podlapse_model::SimTime;
use yew::prelude::*;

use crate::effects::run;
use crate::state::{Action, Entry, Fork, State};

/// The prompt's files, variables and history, which outlive the view. They belong to an edition of the texts.
#[derive(Clone, Default)]
pub(crate) struct Console(Rc<RefCell<Option<(u32, Prompt)>>>);

impl PartialEq for Console {
    fn eq(&self, other: &Console) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Console {
    fn with<T>(&self, edition: u32, run: &Simulation, what: impl FnOnce(&mut Prompt) -> T) -> T {
        let mut held = self.0.borrow_mut();
        let prompt = match held.take() {
            Some((known, prompt)) if known == edition => prompt,
            // Other texts are other files; what was typed before is still worth repeating.
            before => {
                let mut prompt = Prompt::new(run);
                before.iter().flat_map(|(_, before)| before.history()).for_each(|line| prompt.remember(line));
                prompt
            }
        };
        let (_, prompt) = held.insert((edition, prompt));
        what(prompt)
    }

    /// Carries a line out at the shown instant. One that changes something waits to be confirmed.
    pub(crate) fn enter(&self, state: &UseReducerHandle<State>, line: &str) {
        let Some((run, simulation)) = state.run().and_then(|run| Some((run, run.simulation()?))) else { return };
        let line = line.trim();
        if line.is_empty() {
            return;
        }
        if line == "clear" {
            state.dispatch(Action::ClearTerminal);
            return;
        }
        let at = state.playhead.at.min(run.end());
        let asked = self.with(state.edition, simulation, |prompt| {
            prompt.remember(line);
            prompt.ask(&simulation.seek(at), line)
        });
        state.dispatch(match asked {
            Asked::Answer(answer) => Action::Typed(entry(at, line, &answer)),
            Asked::Changes => Action::Ask(Some(Fork { at, end: at, line: line.into() })),
        });
    }

    /// Carries out the line that waited, in a fork of the run.
    pub(crate) fn confirm(&self, state: &UseReducerHandle<State>) {
        let Some(fork) = state.terminal.pending.clone() else { return };
        let Some(simulation) = state.run().and_then(|run| run.simulation()) else { return };
        let forked = self.with(state.edition, simulation, |prompt| prompt.fork(simulation, fork.at, &fork.line));
        state.dispatch(Action::Typed(entry(fork.at, &fork.line, &forked.answer)));
        run::go_on(forked.run, state.edition, Rc::new([Fork { end: forked.answer.at, ..fork }]), state.dispatcher());
    }

    /// Carries out the lines that a link holds, one after the other.
    fn replay(&self, state: &UseReducerHandle<State>) {
        let Some(simulation) = state.run().and_then(|run| run.simulation()) else { return };
        let (mut run, mut forks) = (simulation.clone(), Vec::new());
        for fork in state.replay.iter() {
            run.advance(Budget { until: fork.at, events: u64::MAX });
            let forked = self.with(state.edition, simulation, |prompt| prompt.fork(&run, fork.at, &fork.line));
            state.dispatch(Action::Typed(entry(fork.at, &fork.line, &forked.answer)));
            forks.push(Fork { end: forked.answer.at, ..fork.clone() });
            run = forked.run;
        }
        run::go_on(run, state.edition, forks.into(), state.dispatcher());
    }

    /// What may stand at the end of a line at the shown instant.
    pub(crate) fn complete(&self, state: &State, typed: &str) -> Completion {
        let Some(simulation) = state.run().and_then(|run| run.simulation()) else { return Completion::default() };
        self.with(state.edition, simulation, |prompt| prompt.complete(&simulation.seek(state.playhead.at), typed))
    }

    /// The line that was typed so many lines ago, from 1.
    pub(crate) fn earlier(&self, back: usize) -> Option<String> {
        let held = self.0.borrow();
        let history = held.as_ref()?.1.history();
        history.get(history.len().checked_sub(back)?).cloned()
    }
}

/// Carries out the lines of a link once its run is there.
#[hook]
pub(crate) fn use_replay(state: &UseReducerHandle<State>, console: &Console) {
    let is_due = !state.replay.is_empty() && state.finished.is_some() && !state.is_stale();
    let (state, console) = (state.clone(), console.clone());
    use_effect_with(is_due, move |is_due| {
        if *is_due {
            console.replay(&state);
        }
    });
}

fn entry(at: SimTime, line: &str, answer: &Answer) -> Entry {
    let pieces = answer.pieces.iter().map(|piece| (piece.is_stderr, piece.text.clone()));
    Entry { at, line: line.into(), pieces: pieces.collect(), exit: answer.exit }
}
