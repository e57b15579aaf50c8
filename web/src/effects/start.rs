//! The first state: from the address, from what was remembered, and from the browser's language.

use std::rc::Rc;

use podlapse_view::Language;
use web_sys::window;

use crate::effects::{address, storage};
use crate::state::{Action, Mode, State, reduce};

/// The page as it opens.
pub(crate) fn state() -> State {
    let query = address::query();
    let navigator = window().map(|window| window.navigator());
    let languages = navigator.map(|navigator| navigator.languages()).unwrap_or_default();
    let preferred = languages.iter().filter_map(|tag| Language::from_tag(&tag.as_string()?)).next();
    let mut state = Rc::new(State::new(preferred.unwrap_or_default()));
    // A frame in another page shows what its address says and remembers nothing.
    if query.mode == Mode::Page {
        for action in storage::remembered(query.example.is_some() || address::fragment().is_some()) {
            state = reduce(state, action);
        }
    }
    let mut state = Rc::unwrap_or_clone(reduce(state, Action::Open(query)));
    state.is_awaited = address::fragment().is_some();
    state
}
