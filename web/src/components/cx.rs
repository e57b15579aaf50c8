//! What every component is given: the state, its messages, and the way to act.

use podlapse_view::Messages;
use yew::prelude::*;

use crate::effects::console::Console;
use crate::state::{Action, State};

/// The state, the messages of its language, the prompt, and where actions go.
#[derive(Clone, PartialEq)]
pub(crate) struct Cx {
    pub(crate) state: UseReducerHandle<State>,
    pub(crate) say: Messages,
    pub(crate) console: Console,
}

/// Props of a component that needs nothing else.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct CxProps {
    pub(crate) cx: Cx,
}

impl Cx {
    /// A message.
    pub(crate) fn text(&self, key: &str) -> String {
        self.say.text(key)
    }

    /// What does this when something happens.
    pub(crate) fn act<E>(&self, action: Action) -> Callback<E> {
        let dispatcher = self.state.dispatcher();
        Callback::from(move |_| dispatcher.dispatch(action.clone()))
    }
}
