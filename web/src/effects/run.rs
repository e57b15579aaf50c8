//! Checking the texts and computing the run, in slices, so that the page goes on answering.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use podlapse_core::Simulation;
use web_sys::window;
use yew::prelude::*;

use crate::effects::{advice, storage};
use crate::engine::{self, Progress};
use crate::state::{Action, Fork, Mode, Shown, State};

/// The longest that the page is kept busy at a time, in milliseconds.
pub(crate) const SLICE_MS: f64 = 8.0;

/// How long the page waits for the typing to come to rest, in milliseconds.
const REST_MS: u32 = 250;

thread_local! {
    /// Whether the run that is being computed shall end here.
    static IS_STOPPED: Cell<bool> = const { Cell::new(false) };
    /// What is to be computed next; dropping it gives it up.
    static TASK: RefCell<Option<Timeout>> = const { RefCell::new(None) };
}

/// Ends the run that is being computed; what there is of it is shown.
pub(crate) fn stop() {
    IS_STOPPED.set(true);
}

/// Milliseconds on a clock that only goes forward.
pub(crate) fn now() -> f64 {
    window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

fn later(ms: u32, what: impl FnOnce() + 'static) {
    TASK.set(Some(Timeout::new(ms, what)));
}

/// Runs each edition of the texts.
#[hook]
pub(crate) fn use_run(state: &UseReducerHandle<State>) {
    let dispatcher = state.dispatcher();
    // The first run of a text does not wait: nobody is typing.
    let rest = if state.finished.is_none() { 0 } else { REST_MS };
    let texts = (state.workload.clone(), state.cluster.clone());
    let has_none = state.finished.is_none() && state.mode == Mode::Page;
    use_effect_with((state.edition, state.is_awaited), move |(edition, is_awaited)| {
        let edition = *edition;
        advice::give_up();
        // What a link holds is being read, and is another edition.
        let begin_with = (!is_awaited).then_some(texts);
        later(rest, move || {
            let Some(texts) = begin_with else { return };
            let (problems, job) = engine::check(&texts.0, &texts.1);
            dispatcher.dispatch(Action::Checked(edition, problems.into()));
            match job {
                Some(job) => begin(job, dispatcher, move |run, is_cut| Action::RunFinished(edition, run, is_cut)),
                None => {
                    dispatcher.dispatch(Action::RunDropped);
                    // After a reload with broken texts the last run that there was is shown, as before it.
                    let good = storage::good().filter(|_| has_none);
                    if let Some(job) = good.and_then(|(workload, cluster)| engine::check(&workload, &cluster).1) {
                        begin(job, dispatcher, move |run, is_cut| Action::RunFinished(edition - 1, run, is_cut));
                    }
                }
            }
        });
        // Another edition, or the end of the page, drops what is left to do.
        || TASK.set(None)
    });
}

/// Computes the rest of a run that lines have changed.
pub(crate) fn go_on(run: Simulation, edition: u32, forks: Rc<[Fork]>, dispatcher: UseReducerDispatcher<State>) {
    begin(run.into(), dispatcher, move |run, is_cut| Action::Forked(edition, run, is_cut, forks));
}

fn begin(job: engine::Job, dispatcher: UseReducerDispatcher<State>, done: impl FnOnce(Shown, bool) -> Action + 'static) {
    IS_STOPPED.set(false);
    dispatcher.dispatch(Action::RunBegun);
    slice(job, dispatcher, Box::new(done));
}

/// Computes for a slice of time, and goes on after the page has had its turn.
fn slice(mut job: engine::Job, dispatcher: UseReducerDispatcher<State>, done: Box<dyn FnOnce(Shown, bool) -> Action>) {
    let end = now() + SLICE_MS;
    loop {
        let progress = job.advance();
        match progress {
            Progress::Done => {
                dispatcher.dispatch(done(job.finish(), false));
                return;
            }
            Progress::Running(_) if IS_STOPPED.get() => {
                dispatcher.dispatch(done(job.finish(), true));
                return;
            }
            Progress::Running(thousandths) if end <= now() => {
                dispatcher.dispatch(Action::RunProgress(thousandths));
                later(0, move || slice(job, dispatcher, done));
                return;
            }
            Progress::Running(_) => {}
        }
    }
}
