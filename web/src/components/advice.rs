//! What would fix the shown Pod, where it is stuck: changes of the texts that were tried.

use std::rc::Rc;

use podlapse_advice::{Patient, Reached, Tried, patients};
use podlapse_view::{Advice, Arg, DiffView, advice};
use yew::prelude::*;

use crate::components::cx::{Cx, CxProps};
use crate::components::icon::{Icon, icon};
use crate::effects::advice::{seek, texts};
use crate::state::{Action, Seeking, Text};

#[component]
pub(crate) fn AdvicePanel(props: &CxProps) -> Html {
    let cx = &props.cx;
    // Lines of the prompt are in no text that could be changed.
    let run = cx.state.run().filter(|_| cx.state.forks.is_empty() && !cx.state.is_stale()).cloned();
    let stuck = use_memo(run, |run| {
        let found = run.as_ref().and_then(|run| Some(patients(run.simulation()?, &texts(&cx.state))));
        found.unwrap_or_default()
    });
    let Some(patient) = shown(cx, &stuck) else { return Html::default() };
    let sought = cx.state.sought.as_ref().filter(|sought| sought.edition == cx.state.edition && sought.root == patient.root);
    let body = match sought.map(|sought| &sought.seeking) {
        None => {
            let (state, root) = (cx.state.clone(), patient.root.clone());
            let onclick = Callback::from(move |_: MouseEvent| seek(&state, &root));
            html! {
                <>
                    <p class="why-sentence">{ cx.text("advice-intro") }</p>
                    <button type="button" class="advice-ask" data-testid="advice-ask" {onclick}>{ cx.text("advice-ask") }</button>
                </>
            }
        }
        Some(Seeking::Running { done, of }) => html! {
            <p class="why-sentence"><progress max={of.to_string()} value={done.to_string()} aria-label={cx.text("advice-heading")} />
                { cx.say.with("advice-running", &[("done", Arg::from(*done)), ("of", Arg::from(*of))]) }</p>
        },
        Some(Seeking::Done(found)) => list(cx, &found.0),
    };
    let about = patient.root.name.as_str();
    html! {
        <section class="advice" data-testid="advice" aria-live="polite">
            <h4>{ cx.text("advice-heading") }<code>{ format!("{}/{about}", patient.root.kind.singular()) }</code></h4>
            { body }
        </section>
    }
}

/// What is stuck of what is shown; where there is no Pod at all, the first.
fn shown<'p>(cx: &Cx, stuck: &'p [Patient]) -> Option<&'p Patient> {
    let object = cx.state.object.clone().or_else(|| cx.state.shown_pod());
    match object {
        Some(key) => stuck.iter().find(|patient| patient.root == key || patient.pods.contains(&key)),
        None => stuck.first(),
    }
}

fn list(cx: &Cx, found: &Rc<[Tried]>) -> Html {
    if found.is_empty() {
        return html! { <p class="why-sentence">{ cx.text("advice-none") }</p> };
    }
    let is_well = found.iter().any(|tried| tried.health.reached == Reached::Well);
    html! {
        <>
            if !is_well { <p class="why-sentence">{ cx.text("advice-partly") }</p> }
            <ol>{ for found.iter().map(|tried| item(cx, tried, &advice(tried, &cx.say))) }</ol>
        </>
    }
}

fn item(cx: &Cx, tried: &Tried, advice: &Advice) -> Html {
    let mend = Action::Mend(
        if tried.texts.workload == *cx.state.workload { Text::Cluster } else { Text::Workload },
        [tried.texts.workload.as_str().into(), tried.texts.cluster.as_str().into()],
    );
    let sign = if tried.health.reached == Reached::Well { Icon::Check } else { Icon::Forward };
    html! {
        <li data-testid="fix">
            <p>{ advice.sentences.join(" ") }</p>
            { for advice.diffs.iter().map(|diff| lines(cx, diff)) }
            <div class="advice-foot">
                <span class={classes!("advice-then", (tried.health.reached == Reached::Well).then_some("well"))}>{ icon(sign) }{ &advice.outcome }</span>
                <button type="button" data-testid="fix-apply" onclick={cx.act(mend)}>{ cx.text("advice-apply") }</button>
            </div>
        </li>
    }
}

fn lines(cx: &Cx, diff: &DiffView) -> Html {
    let place = cx.say.with("advice-place", &[("file", Arg::from(diff.file)), ("line", Arg::from(diff.line))]);
    let removed = diff.removed.iter().map(|line| html! { <del>{ line }</del> });
    let added = diff.added.iter().map(|line| html! { <ins>{ line }</ins> });
    html! { <figure class="diff"><figcaption>{ place }</figcaption><pre>{ for removed }{ for added }</pre></figure> }
}
