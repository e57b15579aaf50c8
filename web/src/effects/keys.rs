//! Keys of the whole page. Where a control uses a key itself, it keeps it.

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent, window};
use yew::prelude::*;

use crate::state::{Action, Go, State, View};

/// What a key does; `is_help_open` and `is_playing` as they are.
fn action(key: &str, shift: bool, is_playing: bool, is_help_open: bool) -> Option<Action> {
    if is_help_open {
        return matches!(key, "Escape" | "?").then_some(Action::Help(false));
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
        ("?", _) => Action::Help(true),
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
    use_effect_with((state.is_playing, state.is_help_open), move |(is_playing, is_help_open)| {
        let (is_playing, is_help_open) = (*is_playing, *is_help_open);
        let listener = window().map(|window| {
            let options = gloo_events::EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&window, "keydown", options, move |event: &Event| {
                let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
                if event.ctrl_key() || event.alt_key() || event.meta_key() || event.default_prevented() || is_taken(event) {
                    return;
                }
                if let Some(action) = action(&event.key(), event.shift_key(), is_playing, is_help_open) {
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
    fn while_the_list_of_keys_is_open_only_closing_it_works() {
        assert_eq!(action("ArrowRight", false, false, true), None);
        assert_eq!(action("Escape", false, false, true), Some(Action::Help(false)));
    }

    #[test]
    fn space_plays_and_pauses() {
        assert_eq!(action(" ", false, false, false), Some(Action::Play(true)));
        assert_eq!(action(" ", false, true, false), Some(Action::Play(false)));
    }
}
