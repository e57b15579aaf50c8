//! The numbers of the probes as sliders: each writes into the text, and the run follows.

use podlapse_manifest::{ProbeNumber, TunedProbe, probes};
use podlapse_view::Arg;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::components::cx::{Cx, CxProps};
use crate::state::{Action, Text};

#[component]
pub(crate) fn Tuning(props: &CxProps) -> Html {
    let cx = &props.cx;
    let found = use_memo(cx.state.workload.clone(), |text| probes(text));
    if found.is_empty() || cx.state.text != Text::Workload {
        return Html::default();
    }
    html! {
        <details class="tuning" data-testid="tuning">
            <summary>{ cx.say.with("tuning-heading", &[("count", Arg::from(found.len()))]) }</summary>
            <div class="tuning-probes" tabindex="0" role="group" aria-label={cx.text("tuning-label")}>
                { for found.iter().enumerate().map(|(index, probe)| sliders(cx, index, probe)) }
            </div>
        </details>
    }
}

fn sliders(cx: &Cx, index: usize, probe: &TunedProbe) -> Html {
    let name = format!("{} {}", probe.container, probe.probe);
    html! {
        <fieldset key={probe.path.clone()}>
            <legend><b>{ &probe.container }</b>{ " " }{ probe.probe }</legend>
            { for probe.numbers().map(|number| slider(cx, index, number, probe.value(number), &name)) }
        </fieldset>
    }
}

fn slider(cx: &Cx, index: usize, number: ProbeNumber, value: i64, name: &str) -> Html {
    let field = number.field();
    let shown = if number.is_seconds() { format!("{value}s") } else { format!("{value}×") };
    let oninput = {
        let state = cx.state.clone();
        Callback::from(move |event: InputEvent| {
            let typed = event.target_dyn_into::<HtmlInputElement>().and_then(|input| input.value().parse().ok());
            let Some(value) = typed else { return };
            // The probe is looked up anew, for the text may have changed since it was drawn.
            let fix = probes(&state.workload).get(index).map(|probe| probe.tuned(number, value));
            if let Some(text) = fix.and_then(|fix| fix.apply(&state.workload)) {
                state.dispatch(Action::Edit(Text::Workload, text.into()));
            }
        })
    };
    html! {
        <label class="tuning-number" key={field}>
            <span>{ field }</span>
            <input type="range" min={number.least().to_string()} max={number.most().max(value).to_string()} value={value.to_string()}
                aria-label={format!("{name} {field}")} aria-valuetext={shown.clone()} data-testid={format!("tune-{field}")} {oninput} />
            <output>{ shown }</output>
        </label>
    }
}
