//! What `kubectl get pods -w` has printed up to the shown instant.

use podlapse_model::SimTime;
use podlapse_view::{clock, span};
use yew::prelude::*;

use crate::components::cluster::{key_text, selecting};
use crate::components::cx::CxProps;
use crate::effects::page::use_last_in_sight;
use crate::state::{Action, Go};

const HEADERS: [&str; 5] = ["NAME", "READY", "STATUS", "RESTARTS", "AGE"];

#[component]
pub(crate) fn Watch(props: &CxProps) -> Html {
    let cx = &props.cx;
    let moment = cx.state.playhead.moment;
    let rows = cx.state.run().map(|run| run.rows().iter().take_while(|row| row.moment <= moment).count()).unwrap_or(0);
    // What was typed takes room away, after which the end is to be in sight again.
    let scroller = use_last_in_sight(rows * 2 + usize::from(cx.state.terminal.entries.is_empty()));
    let Some(run) = cx.state.run() else { return html! { <p class="empty">{ cx.text("watch-empty") }</p> } };
    let selected = cx.state.object.as_ref();
    let (onclick, _) = selecting(cx);
    let lines = run.rows()[..rows].iter().map(|row| {
        let current = row.moment == moment;
        let time = span(row.at.since(SimTime::ZERO));
        let [name, ready, status, restarts, age] = &row.cells;
        html! {
            <tr data-testid="watch-row" data-key={key_text(&row.pod)} class={classes!(current.then_some("current"), (selected == Some(&row.pod)).then_some("selected"))}>
                <td>{ name }</td><td>{ ready }</td>
                <td><span class={classes!("status", row.tone.slug())}>{ status }</span></td>
                <td>{ restarts }</td><td>{ age }</td>
                <td class="at"><button type="button" title={clock(row.at)} onclick={cx.act(Action::Move(Go::To(row.moment)))}>{ time }</button></td>
            </tr>
        }
    });
    html! {
        <div class="terminal" tabindex="0" role="region" aria-label={cx.text("watch-label")} ref={scroller}>
            <p class="prompt"><span aria-hidden="true">{ "$ " }</span>{ "kubectl get pods -w" }</p>
            if rows == 0 { <p class="empty">{ cx.text("watch-empty") }</p> } else {
                <table class="watch">
                    <thead><tr>{ for HEADERS.iter().map(|header| html! { <th scope="col">{ header }</th> }) }<th scope="col" class="at">{ cx.text("events-time") }</th></tr></thead>
                    <tbody {onclick}>{ for lines }</tbody>
                </table>
            }
        </div>
    }
}
