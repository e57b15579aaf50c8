//! Playing: a tick of the clock at a time.

use gloo_timers::callback::Interval;
use yew::prelude::*;

use crate::state::{Action, State};

/// Milliseconds between ticks.
const TICK_MS: u32 = 50;

/// Ticks while the page plays.
#[hook]
pub(crate) fn use_play(state: &UseReducerHandle<State>) {
    let dispatcher = state.dispatcher();
    use_effect_with(state.is_playing, move |is_playing| {
        let interval = is_playing.then(|| Interval::new(TICK_MS, move || dispatcher.dispatch(Action::Tick(TICK_MS))));
        move || drop(interval)
    });
}
