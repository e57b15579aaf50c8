//! Checking the texts and computing the run, in slices, so that the page goes on answering.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use web_sys::window;
use yew::prelude::*;

use crate::engine::{self, Progress};
use crate::state::{Action, Shown, State};

/// The longest that the page is kept busy at a time, in milliseconds.
const SLICE_MS: f64 = 8.0;

/// How long the page waits for the typing to come to rest, in milliseconds.
const REST_MS: u32 = 250;

thread_local! {
    /// Whether the run that is being computed shall end here.
    static IS_STOPPED: Cell<bool> = const { Cell::new(false) };
}

/// Ends the run that is being computed; what there is of it is shown.
pub(crate) fn stop() {
    IS_STOPPED.set(true);
}

/// Milliseconds on a clock that only goes forward.
fn now() -> f64 {
    window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// Runs each edition of the texts.
#[hook]
pub(crate) fn use_run(state: &UseReducerHandle<State>) {
    let dispatcher = state.dispatcher();
    // The first run of a text does not wait: nobody is typing.
    let rest = if state.finished.is_none() { 0 } else { REST_MS };
    let texts = (state.workload.clone(), state.cluster.clone());
    use_effect_with(state.edition, move |edition| {
        let edition = *edition;
        let pending: Rc<RefCell<Option<Timeout>>> = Rc::default();
        let task = pending.clone();
        let begin = Timeout::new(rest, move || {
            let (problems, job) = engine::check(&texts.0, &texts.1);
            dispatcher.dispatch(Action::Checked(edition, problems.into()));
            let Some(job) = job else {
                dispatcher.dispatch(Action::RunDropped);
                return;
            };
            IS_STOPPED.set(false);
            dispatcher.dispatch(Action::RunBegun);
            slice(task, job, edition, dispatcher);
        });
        *pending.borrow_mut() = Some(begin);
        // Another edition, or the end of the page, drops what is left to do.
        move || {
            pending.borrow_mut().take();
        }
    });
}

/// Computes for a slice of time, and goes on after the page has had its turn.
fn slice(task: Rc<RefCell<Option<Timeout>>>, mut job: engine::Job, edition: u32, dispatcher: UseReducerDispatcher<State>) {
    let end = now() + SLICE_MS;
    loop {
        let progress = job.advance();
        let is_stopped = IS_STOPPED.get();
        match progress {
            Progress::Done => {
                dispatcher.dispatch(Action::RunFinished(edition, Shown::new(job.finish()), false));
                return;
            }
            Progress::Running(_) if is_stopped => {
                dispatcher.dispatch(Action::RunFinished(edition, Shown::new(job.finish()), true));
                return;
            }
            Progress::Running(thousandths) if end <= now() => {
                dispatcher.dispatch(Action::RunProgress(thousandths));
                let next = task.clone();
                let timeout = Timeout::new(0, move || slice(next, job, edition, dispatcher));
                *task.borrow_mut() = Some(timeout);
                return;
            }
            Progress::Running(_) => {}
        }
    }
}
