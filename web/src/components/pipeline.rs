//! The stages of a Pod's life as one row, with the one of the shown step lit.

use podlapse_view::{Arg, Stage, span};
use yew::prelude::*;

use crate::components::cx::CxProps;
use crate::effects::page::use_seen_child;
use crate::state::{Action, Go};

#[component]
pub(crate) fn Pipeline(props: &CxProps) -> Html {
    let cx = &props.cx;
    let run = cx.state.run();
    let moment = cx.state.playhead.moment;
    let starts = run.map(|run| run.stage_starts(moment)).unwrap_or_default();
    let active = run.map(|run| run.stage(moment));
    let place = active.and_then(|active| Stage::ALL.into_iter().position(|stage| stage == active));
    let row = use_seen_child(place.and_then(|place| u32::try_from(place).ok()));
    let stages = Stage::ALL.into_iter().map(|stage| {
        let start = starts.get(&stage).copied();
        let time = start.map(|at| span(at.since(podlapse_model::SimTime::ZERO)));
        let name = match &time {
            Some(time) => cx.say.with("pipeline-at", &[("time", Arg::from(time))]),
            None => cx.text("pipeline-not-yet"),
        };
        let look = match (active == Some(stage), start) {
            (true, _) => "active",
            (false, Some(_)) => "reached",
            (false, None) => "ahead",
        };
        let current = (active == Some(stage)).then_some("step");
        let onclick = start.map(|at| cx.act(Action::Move(Go::At(at))));
        html! {
            <li class={classes!("stage", look)}>
                <button type="button" aria-current={current} disabled={start.is_none()} title={name} {onclick}>
                    <span class="stage-name">{ cx.text(&format!("stage-{}", stage.slug())) }</span>
                    <span class="stage-time">{ time.unwrap_or_else(|| "–".to_owned()) }</span>
                </button>
            </li>
        }
    });
    html! { <ol class="pipeline" ref={row} aria-label={cx.text("pipeline-label")}>{ for stages }</ol> }
}
