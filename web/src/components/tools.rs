//! Searching and sorting of a long list.

use web_sys::{Element, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::components::cx::Cx;
use crate::components::scheduler_table::count;

/// What is searched for, and in which order the rows stand.
#[derive(Clone, PartialEq)]
pub(crate) struct Search {
    pub(crate) text: String,
    pub(crate) order: String,
    set: UseStateSetter<(String, String)>,
}

#[hook]
pub(crate) fn use_search(order: &'static str) -> Search {
    let state = use_state(|| (String::new(), order.to_owned()));
    Search { text: state.0.clone(), order: state.1.clone(), set: state.setter() }
}

impl Search {
    /// Whether a text has what is searched for in it, whatever the case of its letters.
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.text.is_empty() || text.contains(&self.text) || text.to_lowercase().contains(&self.text.to_lowercase())
    }

    /// Another order.
    pub(crate) fn set_order(&self, order: String) {
        self.set.set((self.text.clone(), order));
    }

    /// Searches for the text of the clicked button; once more, and all rows are back.
    pub(crate) fn choosing(&self) -> Callback<MouseEvent> {
        let search = self.clone();
        Callback::from(move |event: MouseEvent| {
            let target = event.target_dyn_into::<Element>().and_then(|target| target.closest("[data-text]").ok().flatten());
            if let Some(text) = target.and_then(|target| target.get_attribute("data-text")) {
                let text = if search.text == text { String::new() } else { text };
                search.set.set((text, search.order.clone()));
            }
        })
    }
}

/// The row of tools, with how many of all rows are shown.
pub(crate) fn tools(
    cx: &Cx,
    search: &Search,
    placeholder: &str,
    orders: impl Iterator<Item = (&'static str, String)>,
    shown: usize,
    all: usize,
) -> Html {
    let oninput = {
        let search = search.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                search.set.set((input.value(), search.order.clone()));
            }
        })
    };
    let onchange = {
        let search = search.clone();
        Callback::from(move |event: Event| {
            if let Some(menu) = event.target_dyn_into::<HtmlSelectElement>() {
                search.set_order(menu.value());
            }
        })
    };
    let options = orders.map(|(order, name)| html! { <option value={order} selected={search.order == order}>{ name }</option> });
    html! {
        <div class="tools">
            <input type="search" value={search.text.clone()} placeholder={cx.text(placeholder)} aria-label={cx.text(placeholder)} {oninput} />
            <select aria-label={cx.text("tools-order")} {onchange}>{ for options }</select>
            <span class="tools-count">{ count(cx, shown, all) }</span>
        </div>
    }
}
