//! The address of the page.

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsValue;
use web_sys::{UrlSearchParams, window};
use yew::prelude::*;

use crate::state::{Mode, Query, State};

/// What the address says.
pub(crate) fn query() -> Query {
    let search = window().and_then(|window| window.location().search().ok()).unwrap_or_default();
    let Ok(params) = UrlSearchParams::new_with_str(&search) else { return Query::default() };
    let names = ["ex", "t", "view", "mode", "theme", "lang"];
    let pairs: Vec<_> = names.into_iter().filter_map(|name| Some((name, params.get(name)?))).collect();
    Query::read(pairs.iter().map(|(name, value)| (*name, value.as_str())))
}

/// The address of what is shown, on a page of its own.
pub(crate) fn whole_page(state: &State) -> String {
    let query = Query { mode: Mode::Page, ..Query::of(state) };
    let location = window().map(|window| window.location());
    let base = location.and_then(|location| Some(format!("{}{}", location.origin().ok()?, location.pathname().ok()?)));
    format!("{}?{}", base.unwrap_or_default(), query.write())
}

/// Puts an address into the clipboard.
pub(crate) fn copy(address: &str) {
    if let Some(window) = window() {
        // A browser that refuses says so itself; the address bar holds the same text.
        let _ = window.navigator().clipboard().write_text(address);
    }
}

/// How long the address waits for the page to come to rest, in milliseconds.
const REST_MS: u32 = 250;

/// Keeps the address of a whole page in step with what is shown; a frame's is never rewritten.
#[hook]
pub(crate) fn use_address(state: &UseReducerHandle<State>) {
    let text = (state.mode == Mode::Page && state.run().is_some() && !state.is_playing).then(|| Query::of(state).write());
    use_effect_with(text, |text| {
        let timeout = text.clone().map(|text| {
            Timeout::new(REST_MS, move || {
                let Some(history) = window().and_then(|window| window.history().ok()) else { return };
                // In a sandboxed frame the browser refuses.
                history.replace_state_with_url(&JsValue::NULL, "", Some(&format!("?{text}"))).ok();
            })
        });
        move || drop(timeout)
    });
}
