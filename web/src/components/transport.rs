//! Stepping and playing.

use podlapse_view::Arg;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::components::cx::{Cx, CxProps};
use crate::components::icon::{Icon, IconButton};
use crate::state::{Action, Go, SPEEDS};

#[component]
pub(crate) fn Transport(props: &CxProps) -> Html {
    let cx = &props.cx;
    let state = &cx.state;
    let disabled = state.run().is_none();
    let (play_icon, play_name) = if state.is_playing { (Icon::Pause, "transport-pause") } else { (Icon::Play, "transport-play") };
    let button = |icon: Icon, key: &str, go: Go, testid: Option<&'static str>| {
        html! { <IconButton {icon} name={cx.text(key)} onclick={cx.act(Action::Move(go))} {testid} {disabled} /> }
    };
    let place = state.run().map(|run| {
        let (step, steps) = (state.playhead.moment + 1, run.len());
        cx.say.with("transport-step", &[("step", Arg::from(step)), ("steps", Arg::from(steps))])
    });
    html! {
        <div class="transport" role="group" aria-label={cx.text("transport-label")}>
            { button(Icon::First, "transport-first", Go::Start, None) }
            { button(Icon::StageBack, "transport-stage-back", Go::StageBack, None) }
            { button(Icon::Back, "transport-back", Go::Back, Some("step-back")) }
            <IconButton icon={play_icon} name={cx.text(play_name)} class="play" testid="play" {disabled} onclick={cx.act(Action::Play(!state.is_playing))} />
            { button(Icon::Forward, "transport-forward", Go::Forward, Some("step-forward")) }
            { button(Icon::StageForward, "transport-stage-forward", Go::StageForward, None) }
            { button(Icon::Last, "transport-last", Go::End, None) }
            { speed(cx) }
            <span class="step-place">{ place }</span>
        </div>
    }
}

fn speed(cx: &Cx) -> Html {
    let dispatcher = cx.state.dispatcher();
    let onchange = Callback::from(move |event: Event| {
        let Some(menu) = event.target_dyn_into::<HtmlSelectElement>() else { return };
        if let Ok(speed) = menu.value().parse() {
            dispatcher.dispatch(Action::Speed(speed));
        }
    });
    let options = SPEEDS.into_iter().map(|speed| {
        html! { <option value={speed.to_string()} selected={speed == cx.state.speed}>{ format!("{speed}×") }</option> }
    });
    html! { <label class="speed"><span class="unseen">{ cx.text("transport-speed") }</span><select {onchange}>{ for options }</select></label> }
}
