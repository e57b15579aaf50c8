//! The events that were reported up to the shown instant.

use podlapse_model::SimTime;
use podlapse_view::{clock, span};
use yew::prelude::*;

use crate::components::cx::CxProps;
use crate::effects::page::use_last_in_sight;
use crate::state::{Action, Go};

#[component]
pub(crate) fn Events(props: &CxProps) -> Html {
    let cx = &props.cx;
    let moment = cx.state.playhead.moment;
    let shown = cx.state.run().map(|run| run.events().iter().take_while(|event| event.moment <= moment).count()).unwrap_or(0);
    let scroller = use_last_in_sight(shown);
    let Some(run) = cx.state.run().filter(|_| 0 < shown) else {
        return html! { <p class="empty">{ cx.text("events-empty") }</p> };
    };
    let lines = run.events()[..shown].iter().map(|event| {
        let kind = if event.is_warning { "events-warning" } else { "events-normal" };
        let current = event.moment == moment;
        let look = if event.is_warning { "warning" } else { "normal" };
        html! {
            <tr data-testid="event-row" class={classes!(look, current.then_some("current"))}>
                <td class="at"><button type="button" title={clock(event.at)} onclick={cx.act(Action::Move(Go::To(event.moment)))}>
                    { span(event.at.since(SimTime::ZERO)) }</button></td>
                <td><span class={classes!("event-type", look)}>{ cx.text(kind) }</span></td>
                <td class="reason">{ &event.reason }</td>
                <td class="about">{ &event.about }</td>
                <td class="message">{ event.message.trim_end() }if 1 < event.count { <span class="count">{ format!(" ×{}", event.count) }</span> }</td>
            </tr>
        }
    });
    let headers = ["events-time", "events-type", "events-reason", "events-object", "events-message"];
    html! {
        <div class="terminal" tabindex="0" role="region" aria-label={cx.text("view-events")} ref={scroller}>
            <table class="events">
                <thead><tr>{ for headers.iter().map(|key| html! { <th scope="col">{ cx.text(key) }</th> }) }</tr></thead>
                <tbody>{ for lines }</tbody>
            </table>
        </div>
    }
}
