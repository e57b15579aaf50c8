//! Why the shown step happened.

use podlapse_model::{ObjectKey, SimTime};
use podlapse_view::{Explanation, Reason, clock, explain, span};
use yew::prelude::*;

use crate::components::advice::AdvicePanel;
use crate::components::cx::{Cx, CxProps};
use crate::components::icon::{Icon, IconButton};
use crate::state::{Action, Go};

#[component]
pub(crate) fn Inspector(props: &CxProps) -> Html {
    let cx = &props.cx;
    let moment = cx.state.playhead.moment;
    let told = use_memo((cx.state.run().cloned(), moment, cx.say.clone()), |(run, moment, say)| {
        run.as_ref().map(|run| explain(run, *moment, say))
    });
    let body = match (cx.state.run(), &*told) {
        (Some(run), Some(told)) => {
            let place = cx.text(&format!("stage-{}", run.stage(moment).slug()));
            html! {
                <>
                    <p class="why-place"><span class="figure">{ clock(run.at(moment)) }</span><span>{ place }</span></p>
                    <h3 class="why-title">{ &told.title }</h3>
                    { reasons(cx, told) }
                    <AdvicePanel cx={cx.clone()} />
                    { chain(cx, told) }
                    { changes(cx, told) }
                    { calls(cx, told) }
                </>
            }
        }
        _ => html! { <p class="empty">{ cx.text("why-nothing") }</p> },
    };
    html! {
        <aside class="inspector" aria-label={cx.text("why-heading")}>
            <h2 class="column-heading"><span>{ cx.text("why-heading") }</span>{ for cx.state.object.as_ref().map(|key| selection(cx, key)) }</h2>
            <div class="inspector-body" data-testid="why" tabindex="0" role="region" aria-label={cx.text("why-heading")}>{ body }</div>
        </aside>
    }
}

/// What is selected, and the way back to following the step.
fn selection(cx: &Cx, key: &ObjectKey) -> Html {
    html! {
        <span class="selection" data-testid="selection"><span title={key.to_string()}>{ format!("{}/{}", key.kind.singular(), key.name) }</span>
            <IconButton icon={Icon::Close} name={cx.text("selection-clear")} onclick={cx.act(Action::Select(None))} /></span>
    }
}

fn reasons(cx: &Cx, told: &Explanation) -> Html {
    if told.reasons.is_empty() {
        return html! { <p class="why-sentence">{ cx.text("why-no-reason") }</p> };
    }
    told.reasons.iter().enumerate().map(|(index, each)| reason(cx, &told.title, index, each)).collect()
}

fn reason(cx: &Cx, title: &str, index: usize, reason: &Reason) -> Html {
    let facts = reason.facts.iter().map(|fact| html! { <div><dt>{ &fact.label }</dt><dd>{ &fact.value }</dd></div> });
    let (path, function) = reason.source.split_once(' ').unwrap_or((reason.source, ""));
    html! {
        <section class="reason">
            if 0 < index || reason.title != title { <h4>{ &reason.title }</h4> }
            <p class="why-sentence">{ &reason.sentence }</p>
            if !reason.facts.is_empty() { <dl class="facts">{ for facts }</dl> }
            <p class="breadcrumb">
                <span>{ cx.text("why-source") }</span>
                <code>{ breakable(path) }if !function.is_empty() { { " " }<b>{ function }</b> }</code>
                <a href={reason.docs.clone()} target="_blank" rel="noopener noreferrer">{ cx.text("why-docs") }</a>
            </p>
        </section>
    }
}

/// A path that can be broken after each slash.
fn breakable(path: &str) -> Html {
    path.split_inclusive('/').map(|part| html! { <>{ part }<wbr /></> }).collect()
}

fn chain(cx: &Cx, told: &Explanation) -> Html {
    if told.chain.is_empty() {
        return Html::default();
    }
    let links = told.chain.iter().map(|link| {
        html! {
            <li><button type="button" onclick={cx.act(Action::Move(Go::To(link.moment)))}>
                <span class="figure">{ span(link.at.since(SimTime::ZERO)) }</span><span>{ &link.title }if 1 < link.count { <span class="count">{ format!(" ×{}", link.count) }</span> }</span>
            </button></li>
        }
    });
    html! { <section><h4>{ cx.text("why-chain") }</h4><ol class="chain">{ for links }</ol></section> }
}

fn changes(cx: &Cx, told: &Explanation) -> Html {
    if told.changes.is_empty() {
        return Html::default();
    }
    let lines = told.changes.iter().map(|change| {
        html! {
            <li><button type="button" onclick={cx.act(Action::Object(Some(change.key.clone())))}>
                <code>{ &change.object }</code><span>{ &change.what }</span>
            </button></li>
        }
    });
    html! { <section><h4>{ cx.text("why-changes") }</h4><ul class="changes">{ for lines }</ul></section> }
}

fn calls(cx: &Cx, told: &Explanation) -> Html {
    if told.calls.is_empty() {
        return Html::default();
    }
    let lines = told.calls.iter().map(|[name, about, outcome]| {
        html! { <li><code>{ name }</code><span>{ about }</span><span class="outcome">{ outcome }</span></li> }
    });
    html! { <section><h4>{ cx.text("why-calls") }</h4><ul class="calls">{ for lines }</ul></section> }
}
