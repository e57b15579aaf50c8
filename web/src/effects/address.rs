//! The address of the page: the query says what is shown, the fragment holds texts of one's own.

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use wasm_bindgen::JsValue;
use web_sys::{Location, UrlSearchParams, window};
use yew::prelude::*;

use crate::effects::link;
use crate::state::{Action, Mode, Query, State};

fn location() -> Option<Location> {
    window().map(|window| window.location())
}

/// What the address says.
pub(crate) fn query() -> Query {
    let search = location().and_then(|location| location.search().ok()).unwrap_or_default();
    let Ok(params) = UrlSearchParams::new_with_str(&search) else { return Query::default() };
    let names = ["ex", "t", "view", "mode", "theme", "lang"];
    let pairs: Vec<_> = names.into_iter().filter_map(|name| Some((name, params.get(name)?))).collect();
    Query::read(pairs.iter().map(|(name, value)| (*name, value.as_str())))
}

/// The fragment without its `#`, if there is one.
pub(crate) fn fragment() -> Option<String> {
    let hash = location()?.hash().ok()?;
    hash.strip_prefix('#').filter(|fragment| fragment.starts_with(|sign: char| sign.is_ascii_digit())).map(str::to_owned)
}

/// The address of the page itself.
pub(crate) fn base() -> String {
    let base = location().and_then(|location| Some(format!("{}{}", location.origin().ok()?, location.pathname().ok()?)));
    base.unwrap_or_default()
}

/// The address of what is shown, on a page of its own. Texts of one's own are not in it.
pub(crate) fn whole_page(state: &State) -> String {
    let query = Query { mode: Mode::Page, ..Query::of(state) };
    let texts = fragment().filter(|_| state.document().is_some()).map(|fragment| format!("#{fragment}"));
    format!("{}?{}{}", base(), query.write(), texts.unwrap_or_default())
}

/// Puts a text into the clipboard.
pub(crate) fn copy(text: &str) {
    if let Some(window) = window() {
        // A browser that refuses says so itself; the text can still be selected.
        let _ = window.navigator().clipboard().write_text(text);
    }
}

/// How long the address waits for the page to come to rest, in milliseconds.
const REST_MS: u32 = 250;

/// Writes an address: as a page of its own in the browser's history, or in the place of the one that is there.
fn write(address: &str, is_new: bool) {
    let Some(history) = window().and_then(|window| window.history().ok()) else { return };
    // In a sandboxed frame the browser refuses.
    match is_new {
        true => history.push_state_with_url(&JsValue::NULL, "", Some(address)).ok(),
        false => history.replace_state_with_url(&JsValue::NULL, "", Some(address)).ok(),
    };
}

/// Keeps the address of a whole page in step with what is shown; a frame's is never rewritten. Each example is a page of its own to
/// the browser's buttons.
#[hook]
pub(crate) fn use_address(state: &UseReducerHandle<State>) {
    let is_shown =
        state.mode == Mode::Page && state.run().is_some() && !state.is_playing && !state.is_awaited && state.replay.is_empty();
    let query = is_shown.then(|| Query::of(state).write());
    let document = state.document();
    let written = use_mut_ref(|| None::<Option<&'static str>>);
    let example = state.example;
    use_effect_with((query, document), move |(query, document)| {
        let (query, document) = (query.clone(), document.clone());
        let timeout = query.map(|query| {
            Timeout::new(REST_MS, move || {
                let before = written.borrow_mut().replace(example);
                let is_new = before.is_some_and(|before| before != example) && example.is_some();
                match document {
                    Some(document) => link::pack(&document, move |fragment| write(&format!("?{query}#{fragment}"), is_new)),
                    None => write(&format!("?{query}"), is_new),
                }
            })
        });
        move || drop(timeout)
    });
    use_texts_of_link(state);
}

/// Reads the texts of the address at the start, and follows the browser's buttons.
#[hook]
fn use_texts_of_link(state: &UseReducerHandle<State>) {
    let dispatcher = state.dispatcher();
    use_effect_with((), move |()| {
        let read = move |dispatcher: UseReducerDispatcher<State>| {
            if let Some(fragment) = fragment() {
                link::unpack(&fragment, move |document| {
                    dispatcher.dispatch(Action::OpenLink(document));
                });
            }
        };
        read(dispatcher.clone());
        let listener = window().map(|window| {
            EventListener::new(&window, "popstate", move |_| {
                dispatcher.dispatch(Action::Open(query()));
                read(dispatcher.clone());
            })
        });
        move || drop(listener)
    });
}
