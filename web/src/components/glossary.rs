//! The glossary of reasons: what each means, and an example that comes to it.

use podlapse_view::{Arg, TERMS, Term, TermGroup};
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

use crate::components::cx::{Cx, CxProps};
use crate::components::icon::{Icon, IconButton};
use crate::effects::page::use_focus_within;
use crate::state::{Action, Sheet};

#[component]
pub(crate) fn Glossary(props: &CxProps) -> Html {
    let cx = &props.cx;
    let panel = use_focus_within();
    let search = use_state(String::new);
    let oninput = {
        let search = search.clone();
        Callback::from(move |event: InputEvent| {
            search.set(event.target_dyn_into::<HtmlInputElement>().map(|input| input.value().to_lowercase()).unwrap_or_default());
        })
    };
    let onclick = {
        let dispatcher = cx.state.dispatcher();
        Callback::from(move |event: MouseEvent| {
            let target = event.target_dyn_into::<Element>().and_then(|target| target.closest("[data-term]").ok().flatten());
            let name = target.and_then(|target| target.get_attribute("data-term"));
            if let Some(term) = name.and_then(|name| TERMS.iter().find(|term| term.name == name)) {
                dispatcher.dispatch(Action::OpenTerm(term));
            }
        })
    };
    let groups = TermGroup::ALL.into_iter().map(|group| {
        let terms: Html = TERMS.iter().filter(|term| term.group == group).filter_map(|term| entry(cx, term, &search)).collect();
        html! { <section class="term-group"><h3>{ cx.text(&format!("term-group-{}", group.slug())) }</h3><dl>{ terms }</dl></section> }
    });
    html! {
        <div class="veil">
            <div class="dialog glossary" role="dialog" aria-modal="true" aria-label={cx.text("glossary-heading")} data-testid="glossary" ref={panel}>
                <div class="dialog-head"><h2>{ cx.text("glossary-heading") }</h2>
                    <input type="search" placeholder={cx.text("glossary-search")} aria-label={cx.text("glossary-search")} {oninput} />
                    <IconButton icon={Icon::Close} name={cx.text("help-close")} onclick={cx.act(Action::Sheet(Sheet::None))} /></div>
                <div class="terms" {onclick}>{ for groups }</div>
            </div>
        </div>
    }
}

fn entry(cx: &Cx, term: &Term, search: &str) -> Option<Html> {
    let meaning = cx.text(&format!("term-{}", term.name));
    if !term.name.to_lowercase().contains(search) && !meaning.to_lowercase().contains(search) {
        return None;
    }
    let example = term.example.map(|(slug, _)| {
        let title = cx.text(&format!("example-{slug}"));
        html! { <button type="button" data-term={term.name} data-testid="term">{ cx.say.with("glossary-open", &[("example", Arg::from(&title))]) }</button> }
    });
    Some(html! { <div><dt>{ term.name }</dt><dd>{ meaning }{ for example }</dd></div> })
}
