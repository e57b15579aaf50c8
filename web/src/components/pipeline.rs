//! The stages of a Pod's life as one row, with the one lit in which the shown Pod is, and how long each took.

use podlapse_view::{Arg, Stage, Stay, clock, pipeline, span};
use yew::prelude::*;

use crate::components::cx::CxProps;
use crate::effects::page::use_seen_child;
use crate::state::{Action, Go, State};

#[component]
pub(crate) fn Pipeline(props: &CxProps) -> Html {
    let cx = &props.cx;
    let stays = stays(&cx.state);
    let active = stays.last().map(|stay| stay.stage);
    let place = active.and_then(|active| Stage::ALL.into_iter().position(|stage| stage == active));
    let row = use_seen_child(place.and_then(|place| u32::try_from(place).ok()));
    let stages = Stage::ALL.into_iter().map(|stage| {
        let stay = stays.iter().find(|stay| stay.stage == stage);
        let time = stay.map(|stay| span(stay.duration()));
        let name = match (stay, &time) {
            (Some(stay), Some(time)) => {
                cx.say.with("pipeline-stay", &[("start", Arg::from(&clock(stay.from))), ("time", Arg::from(time))])
            }
            _ => cx.text("pipeline-not-yet"),
        };
        let look = match (active == Some(stage), stay) {
            (true, _) => "active",
            (false, Some(_)) => "reached",
            (false, None) => "ahead",
        };
        let current = (active == Some(stage)).then_some("step");
        let onclick = stay.map(|stay| cx.act(Action::Move(Go::To(stay.moment))));
        html! {
            <li class={classes!("stage", look)}>
                <button type="button" aria-current={current} disabled={stay.is_none()} title={name} {onclick}>
                    <span class="stage-name">{ cx.text(&format!("stage-{}", stage.slug())) }</span>
                    <span class="stage-time">{ time.unwrap_or_else(|| "–".to_owned()) }</span>
                </button>
            </li>
        }
    });
    html! { <ol class="pipeline" ref={row} aria-label={cx.text("pipeline-label")}>{ for stages }</ol> }
}

/// Where the shown Pod has been.
fn stays(state: &State) -> Vec<Stay> {
    let playhead = state.playhead;
    let shown = state.run().zip(state.shown_pod());
    shown.map(|(run, pod)| pipeline(run, &pod, playhead.moment, playhead.at)).unwrap_or_default()
}
