//! The document around the components: language, theme, title, sizes, and where its parts are scrolled to.

use gloo_events::EventListener;
use web_sys::{Element, HtmlElement, window};
use yew::prelude::*;

use crate::components::Cx;
use crate::effects::link;
use crate::state::{Action, Mode, State};

fn root() -> Option<HtmlElement> {
    use wasm_bindgen::JsCast;
    window()?.document()?.document_element()?.dyn_into().ok()
}

/// Removes what stood in the page while it loaded.
pub(crate) fn forget_loading() {
    let loading = window().and_then(|window| window.document()).and_then(|document| document.get_element_by_id("loading"));
    if let Some(loading) = loading {
        loading.remove();
    }
}

/// Keeps the document's language, theme, title and sizes.
#[hook]
pub(crate) fn use_page(cx: &Cx) {
    let state = &cx.state;
    let title = cx.text("app-name");
    use_effect_with((state.language, state.theme, title), |(language, theme, title)| {
        let Some(root) = root() else { return };
        root.set_lang(language.tag());
        root.set_attribute("data-theme", theme.slug()).ok();
        if let Some(document) = root.owner_document() {
            document.set_title(title);
        }
    });
    // A frame asks for the height that its lanes need, and tells how its task stands.
    use_effect_with((state.mode, state.run().cloned(), cx.say.clone()), |(mode, run, say)| {
        if let Some(run) = run.as_ref().filter(|_| *mode == Mode::Embed) {
            link::post_run(&run.expected(say));
        }
    });
    use_effect_with(state.layout, |layout| {
        let Some(style) = root().map(|root| root.style()) else { return };
        for (name, size) in [("--left", layout.left), ("--right", layout.right), ("--dock", layout.dock)] {
            style.set_property(name, &format!("{size}px")).ok();
        }
    });
}

fn width() -> Option<u32> {
    window()?.inner_width().ok()?.as_f64().map(|width| width as u32)
}

/// Tells the state how wide the page is.
#[hook]
pub(crate) fn use_viewport(state: &UseReducerHandle<State>) {
    let dispatcher = state.dispatcher();
    use_effect_with((), move |()| {
        let tell = move || {
            if let Some(width) = width() {
                dispatcher.dispatch(Action::Viewport(width));
            }
        };
        tell();
        let listener = window().map(|window| EventListener::new(&window, "resize", move |_| tell()));
        move || drop(listener)
    });
}

/// A scroller whose end is brought into sight when `count` changes.
#[hook]
pub(crate) fn use_last_in_sight(count: usize) -> NodeRef {
    let scroller = use_node_ref();
    let node = scroller.clone();
    use_effect_with(count, move |_| {
        if let Some(element) = node.cast::<Element>() {
            element.set_scroll_top(element.scroll_height());
        }
    });
    scroller
}

/// The rows of a long list that are near what is scrolled into sight.
#[derive(Clone, PartialEq)]
pub(crate) struct Rows {
    pub(crate) first: usize,
    /// One past the last.
    pub(crate) last: usize,
    height: usize,
    pub(crate) onscroll: Callback<Event>,
}

impl Rows {
    /// The room of rows that are not drawn.
    pub(crate) fn space(&self, rows: usize) -> Html {
        if rows == 0 {
            return Html::default();
        }
        html! { <svg class="space" width="1" height={(rows * self.height).to_string()} aria-hidden="true"></svg> }
    }
}

/// How many CSS pixels are drawn beyond the upper edge, and how many in all.
const MARGIN: usize = 400;
const DRAWN: usize = 2_200;

/// Draws of `count` rows, each `height` high, only those that can be seen.
#[hook]
pub(crate) fn use_rows(height: usize, count: usize) -> Rows {
    let top = use_state_eq(|| 0);
    let onscroll = {
        let top = top.clone();
        use_callback(height, move |event: Event, height| {
            let Some(element) = event.target_dyn_into::<Element>() else { return };
            let pixels = usize::try_from(element.scroll_top()).unwrap_or(0).saturating_sub(MARGIN);
            // In steps, so that not every pixel draws anew.
            top.set(pixels / height / 4 * 4);
        })
    };
    let first = (*top).min(count.saturating_sub(1));
    Rows { first, last: (first + DRAWN / height + 1).min(count), height, onscroll }
}

/// Scrolls a list of rows of one height so that the chosen row is seen, whenever it is another one.
#[hook]
pub(crate) fn use_seen_row(height: usize, chosen: Option<usize>) -> NodeRef {
    let list = use_node_ref();
    let node = list.clone();
    use_effect_with(chosen, move |chosen| {
        let Some((row, list)) = chosen.zip(node.cast::<Element>()) else { return };
        let pixels = |count: usize| i32::try_from(count * height).unwrap_or(i32::MAX);
        let (above, room) = (list.scroll_top(), list.client_height());
        if pixels(row) < above || above + room < pixels(row + 1) {
            list.set_scroll_top(pixels(row) - (room - pixels(1)) / 2);
        }
    });
    list
}

/// Scrolls a row of children sideways so that the chosen one is seen, with what stands beside it, whenever it is another one.
#[hook]
pub(crate) fn use_seen_child(chosen: Option<u32>) -> NodeRef {
    let row = use_node_ref();
    let node = row.clone();
    use_effect_with(chosen, move |chosen| {
        let Some(row) = node.cast::<Element>() else { return };
        let Some(child) = chosen.and_then(|chosen| row.children().item(chosen)) else { return };
        let (room, child) = (row.get_bounding_client_rect(), child.get_bounding_client_rect());
        if child.left() < room.left() || room.right() < child.right() {
            let off_centre = (child.left() + child.right() - room.left() - room.right()) / 2.0;
            row.set_scroll_left(row.scroll_left() + off_centre as i32);
        }
    });
    row
}

/// A panel that takes the focus when it opens and gives it back when it closes.
#[hook]
pub(crate) fn use_focus_within() -> NodeRef {
    let panel = use_node_ref();
    let node = panel.clone();
    use_effect_with((), move |()| {
        use wasm_bindgen::JsCast;
        let before = window().and_then(|window| window.document()).and_then(|document| document.active_element());
        let first = node.cast::<Element>().and_then(|panel| panel.query_selector("button").ok().flatten());
        if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
            first.focus().ok();
        }
        move || {
            if let Some(before) = before.and_then(|before| before.dyn_into::<HtmlElement>().ok()) {
                before.focus().ok();
            }
        }
    });
    panel
}
