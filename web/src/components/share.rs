//! Ways to share what is shown: a link, and a frame for another page.

use podlapse_model::SimTime;
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

use crate::components::cx::{Cx, CxProps};
use crate::components::icon::{Icon, IconButton};
use crate::effects::page::use_focus_within;
use crate::effects::{address, link};
use crate::state::{Action, Mode, Query, Sheet};

#[component]
pub(crate) fn Share(props: &CxProps) -> Html {
    let cx = &props.cx;
    let panel = use_focus_within();
    let has_instant = use_state(|| true);
    let copied = use_state(|| None::<String>);
    let fragment = use_state(String::new);
    {
        let fragment = fragment.setter();
        use_effect_with(cx.state.document(), move |document| match document {
            Some(document) => link::pack(document, move |made| fragment.set(format!("#{made}"))),
            None => fragment.set(String::new()),
        });
    }
    let address = |mode: Mode| {
        let query = Query::of(&cx.state);
        let at: Option<SimTime> = query.at.filter(|_| *has_instant);
        format!("{}?{}{}", address::base(), Query { at, mode, ..query }.write(), *fragment)
    };
    let frame = address(Mode::Embed).replace('&', "&amp;");
    let texts = [
        ("share-link", address(Mode::Page)),
        (
            "share-frame",
            format!(
                "<iframe src=\"{frame}\" width=\"100%\" height=\"400\" title=\"Podlapse\" sandbox=\"allow-scripts allow-popups\"></iframe>"
            ),
        ),
    ];
    let onclick = {
        let (copied, texts) = (copied.setter(), texts.clone());
        Callback::from(move |event: MouseEvent| {
            let target = event.target_dyn_into::<Element>().and_then(|target| target.closest("[data-copy]").ok().flatten());
            let Some(name) = target.and_then(|target| target.get_attribute("data-copy")) else { return };
            if let Some((_, text)) = texts.iter().find(|(known, _)| name == **known) {
                address::copy(text);
                copied.set(Some(name));
            }
        })
    };
    let onchange = {
        let has_instant = has_instant.setter();
        Callback::from(move |event: Event| {
            has_instant.set(event.target_dyn_into::<HtmlInputElement>().is_some_and(|input| input.checked()));
        })
    };
    let rows = texts.iter().map(|(key, text)| {
        let done = copied.as_deref() == Some(*key);
        html! {
            <div class="share-row">
                <label>{ cx.text(key) }<textarea readonly=true rows="3" data-testid={*key} value={text.clone()} /></label>
                <button type="button" class="small" data-copy={*key}>{ cx.text(if done { "share-copied" } else { "share-copy" }) }</button>
            </div>
        }
    });
    html! {
        <div class="veil">
            <div class="dialog share" role="dialog" aria-modal="true" aria-label={cx.text("bar-share")} data-testid="share-dialog" ref={panel}>
                <div class="dialog-head"><h2>{ cx.text("bar-share") }</h2>
                    <IconButton icon={Icon::Close} name={cx.text("help-close")} onclick={cx.act(Action::Sheet(Sheet::None))} /></div>
                <label class="share-instant"><input type="checkbox" checked={*has_instant} {onchange} />{ instant(cx) }</label>
                <div {onclick}>{ for rows }</div>
                <p>{ cx.text("share-words") }</p>
            </div>
        </div>
    }
}

/// At the shown instant, as words.
fn instant(cx: &Cx) -> String {
    let time = podlapse_view::clock(cx.state.playhead.at);
    cx.say.with("share-instant", &[("time", (&time).into())])
}
