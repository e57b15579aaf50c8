//! Keys of the whole page. Where a control uses a key itself, it keeps it.

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent, window};
use yew::prelude::*;

use crate::state::{Action, Go, Sheet, State, View};

/// What a key does; `sheet` and `is_playing` as they are.
fn action(key: &str, shift: bool, is_playing: bool, sheet: Sheet) -> Option<Action> {
    if sheet != Sheet::None {
        let closes = key == "Escape" || (key == "?" && sheet == Sheet::Help);
        return closes.then_some(Action::Sheet(Sheet::None));
    }
    Some(match (key, shift) {
        ("ArrowRight", false) => Action::Move(Go::Forward),
        ("ArrowLeft", false) => Action::Move(Go::Back),
        ("ArrowRight", true) => Action::Move(Go::StageForward),
        ("ArrowLeft", true) => Action::Move(Go::StageBack),
        ("Home", _) => Action::Move(Go::Start),
        ("End", _) => Action::Move(Go::End),
        (" ", _) => Action::Play(!is_playing),
        ("+" | "=", _) => Action::Zoom(625, None),
        ("-", _) => Action::Zoom(1_600, None),
        ("0", _) => Action::Fit,
        ("/", _) => Action::FocusPrompt,
        ("?", _) => Action::Sheet(Sheet::Help),
        ("g", _) => Action::Sheet(Sheet::Glossary),
        _ => Action::View(*View::ALL.get(key.parse::<usize>().ok()?.checked_sub(1)?)?),
    })
}

/// Whether the control that has the focus needs the key for itself.
fn is_taken(event: &KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return false };
    let within = |selector: &str| target.closest(selector).ok().flatten().is_some();
    if within(".cm-editor") || within("input, select, textarea") {
        return true;
    }
    event.key() == " " && within("button, summary, a")
}

/// Listens to the keys.
#[hook]
pub(crate) fn use_keys(state: &UseReducerHandle<State>) {
    let dispatcher = state.dispatcher();
    use_effect_with((state.is_playing, state.sheet), move |(is_playing, sheet)| {
        let (is_playing, sheet) = (*is_playing, *sheet);
        let listener = window().map(|window| {
            let options = gloo_events::EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&window, "keydown", options, move |event: &Event| {
                let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
                if event.ctrl_key()
                    || event.alt_key()
                    || event.meta_key()
                    || event.default_prevented()
                    || (is_taken(event) && !(event.key() == "Escape" && sheet != Sheet::None))
                {
                    return;
                }
                if let Some(action) = action(&event.key(), event.shift_key(), is_playing, sheet) {
                    event.prevent_default();
                    dispatcher.dispatch(action);
                }
            })
        });
        move || drop(listener)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn while_something_lies_over_the_page_only_closing_it_works() {
        assert_eq!(action("ArrowRight", false, false, Sheet::Help), None);
        assert_eq!(action("Escape", false, false, Sheet::Glossary), Some(Action::Sheet(Sheet::None)));
    }

    #[test]
    fn space_plays_and_pauses() {
        assert_eq!(action(" ", false, false, Sheet::None), Some(Action::Play(true)));
        assert_eq!(action(" ", false, true, Sheet::None), Some(Action::Play(false)));
    }
}
