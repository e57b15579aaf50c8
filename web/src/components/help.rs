//! The list of keys.

use yew::prelude::*;

use crate::components::cx::CxProps;
use crate::components::icon::{Icon, IconButton};
use crate::effects::page::use_focus_within;
use crate::state::{Action, Sheet};

const KEYS: [(&[&str], &str); 9] = [
    (&["←", "→"], "help-step"),
    (&["Shift ←", "Shift →"], "help-stage"),
    (&["Space"], "help-play"),
    (&["Home", "End"], "help-ends"),
    (&["+", "-", "0"], "help-zoom"),
    (&["1", "…", "6"], "help-views"),
    (&["/"], "help-prompt"),
    (&["g"], "help-glossary"),
    (&["?"], "help-help"),
];

#[component]
pub(crate) fn Help(props: &CxProps) -> Html {
    let cx = &props.cx;
    let panel = use_focus_within();
    let keys = KEYS.iter().map(|(keys, what)| {
        let caps = keys.iter().map(|key| html! { <kbd>{ key }</kbd> });
        html! { <div><dt>{ for caps }</dt><dd>{ cx.text(what) }</dd></div> }
    });
    let close = cx.act(Action::Sheet(Sheet::None));
    html! {
        <div class="veil">
            <div class="dialog" role="dialog" aria-modal="true" aria-label={cx.text("help-heading")} ref={panel}>
                <div class="dialog-head"><h2>{ cx.text("help-heading") }</h2><IconButton icon={Icon::Close} name={cx.text("help-close")} onclick={close} /></div>
                <dl class="keys">{ for keys }</dl>
                <p>{ cx.text("help-words") }</p>
            </div>
        </div>
    }
}
