//! What the scenario expects of its run, and what came of it.

use podlapse_view::{Arg, Verdict, clock};
use yew::prelude::*;

use crate::components::cx::{Cx, CxProps};
use crate::components::icon::{Icon, icon};
use crate::state::{Action, Go};

#[component]
pub(crate) fn Expectations(props: &CxProps) -> Html {
    let cx = &props.cx;
    let verdicts = use_memo((cx.state.run().cloned(), cx.say.clone()), |(run, say)| {
        run.as_ref().map(|run| run.expected(say)).unwrap_or_default()
    });
    if verdicts.is_empty() {
        return Html::default();
    }
    let done = verdicts.iter().filter(|verdict| verdict.holds).count();
    let heading = cx.say.with("expect-heading", &[("done", Arg::from(done)), ("count", Arg::from(verdicts.len()))]);
    html! {
        <section class="expectations" data-testid="expectations">
            <h2 aria-live="polite">{ heading }</h2>
            <ul>{ for verdicts.iter().map(|verdict| line(cx, verdict)) }</ul>
        </section>
    }
}

/// An expectation, which leads to the instant at which it was decided.
fn line(cx: &Cx, verdict: &Verdict) -> Html {
    let (slug, sign) = if verdict.holds { ("holds", Icon::Check) } else { ("fails", Icon::Close) };
    html! {
        <li>
            <button type="button" class={classes!("expectation", slug)} data-testid={format!("expectation-{slug}")}
                onclick={cx.act(Action::Move(Go::At(verdict.at)))}>
                { icon(sign) }
                <span>{ &verdict.sentence }<span class="unseen">{ cx.text(&format!("expect-{slug}")) }</span></span>
                <span class="figure">{ clock(verdict.at) }</span>
            </button>
        </li>
    }
}
