//! Looking for what would fix something that is stuck, in slices, so that the page goes on answering.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use podlapse_advice::{Progress, Search, Texts};
use podlapse_model::ObjectKey;
use yew::prelude::*;

use crate::effects::run::{SLICE_MS, now};
use crate::state::{Action, Found, Seeking, Sought, State};

/// Events that are computed between two looks at the clock.
const EVENTS: u64 = 16;

thread_local! {
    /// What is to be tried next; dropping it gives it up.
    static TASK: RefCell<Option<Timeout>> = const { RefCell::new(None) };
}

/// Gives up what is being looked for.
pub(crate) fn give_up() {
    TASK.set(None);
}

/// The texts as the search takes them.
pub(crate) fn texts(state: &State) -> Texts {
    Texts { workload: state.workload.to_string(), cluster: state.cluster.to_string() }
}

/// Begins to look for what would fix a part of the texts on the screen.
pub(crate) fn seek(state: &UseReducerHandle<State>, root: &ObjectKey) {
    let search = state.run().and_then(|run| Search::new(run.simulation()?, &texts(state), root));
    if let Some(search) = search {
        slice(search, state.edition, root.clone(), state.dispatcher());
    }
}

/// Tries for a slice of time, and goes on after the page has had its turn.
fn slice(mut search: Search, edition: u32, root: ObjectKey, dispatcher: UseReducerDispatcher<State>) {
    let end = now() + SLICE_MS;
    loop {
        let (done, of) = match search.advance(EVENTS) {
            Progress::Running { done, of } => (done, of),
            Progress::Done => {
                let seeking = Seeking::Done(Found(Rc::from(search.finish())));
                dispatcher.dispatch(Action::Sought(Sought { edition, root, seeking }));
                return;
            }
        };
        if end <= now() {
            let seeking = Seeking::Running { done, of };
            dispatcher.dispatch(Action::Sought(Sought { edition, root: root.clone(), seeking }));
            TASK.set(Some(Timeout::new(0, move || slice(search, edition, root, dispatcher))));
            return;
        }
    }
}
