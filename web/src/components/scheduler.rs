//! What the scheduler looked at for a Pod, node by node and plugin by plugin, and who waits in its queue.

use podlapse_model::{Kind, ObjectKey};
use podlapse_view::{Arg, Attempt, AttemptResult, AttemptTable, PreFilterRow, Rejection, TieDraw, clock};
use yew::prelude::*;

use crate::components::cluster::selecting;
use crate::components::cx::{Cx, CxProps};
use crate::components::icon::{Icon, IconButton};
use crate::components::picker::picker;
use crate::components::scheduler_queue::{preemption, queue};
use crate::components::scheduler_table::{ROW, chosen, summary, table};
use crate::components::tools::use_search;
use crate::effects::page::use_rows;
use crate::state::{Action, Go, Shown};

#[component]
pub(crate) fn SchedulerView(props: &CxProps) -> Html {
    let cx = &props.cx;
    let moment = cx.state.playhead.moment;
    let pod = cx.state.scheduled_pod();
    let attempts = use_memo((cx.state.run().cloned(), pod.clone()), |(run, pod)| match (run, pod) {
        (Some(run), Some(pod)) => run.attempts(pod, usize::MAX - 1),
        _ => Vec::new(),
    });
    // The attempts that come later are known, but have not happened yet.
    let made = attempts.iter().take_while(|attempt| attempt.moment <= moment).count();
    let last = made.checked_sub(1);
    let sheet = use_memo((cx.state.run().cloned(), pod.clone(), last), |(_, _, last)| last.map(|last| attempts[last].table()));
    let search = use_search("total");
    let shown = sheet.as_ref().as_ref();
    let nodes = shown.map(|shown| chosen(shown, &search)).unwrap_or_default();
    let rows = use_rows(ROW, nodes.len());
    let (Some(run), Some(pod)) = (cx.state.run(), pod) else { return html! { <p class="empty">{ cx.text("watch-empty") }</p> } };
    let pods: Vec<ObjectKey> = run.objects(moment).filter(|key| key.kind == Kind::Pod).cloned().collect();
    let (onclick, _) = selecting(cx);
    let body = match last.zip(shown) {
        Some((last, shown)) => html! {
            <>
                { result(cx, &attempts[last].result) }
                { facts(cx, shown) }
                { for shown.preemption.as_ref().map(|found| preemption(cx, found)) }
                { summary(cx, shown, &search) }
                { table(cx, shown, &nodes, &rows, &search) }
                { skipped(cx, shown) }
            </>
        },
        None => not_tried(cx, run, &pod),
    };
    html! {
        <div class="scheduler" data-testid="scheduler" {onclick} onscroll={rows.onscroll.clone()}>
            <div class="attempt-bar">{ picker(cx, "logs-choose", pods, &pod) }{ stepper(cx, &attempts, made) }</div>
            <div class="attempt" tabindex="0" role="region" aria-label={cx.text("scheduler-attempt-label")} onscroll={rows.onscroll.clone()}>{ body }</div>
            { queue(cx, run) }
        </div>
    }
}

/// Which attempt it is, with the ways to the others.
fn stepper(cx: &Cx, attempts: &[Attempt], made: usize) -> Html {
    let to = |icon: Icon, key: &str, index: Option<usize>| {
        let attempt = index.and_then(|index| attempts.get(index));
        let onclick = attempt.map(|attempt| cx.act(Action::Move(Go::To(attempt.moment)))).unwrap_or_default();
        html! { <IconButton {icon} name={cx.text(key)} disabled={attempt.is_none()} {onclick} /> }
    };
    let place = match made.checked_sub(1).and_then(|last| attempts.get(last)) {
        Some(attempt) => {
            let (number, time) = (attempt.number.to_string(), clock(attempt.at));
            let all = attempts.len().to_string();
            cx.say.with(
                "scheduler-attempt",
                &[("number", Arg::from(&number)), ("all", Arg::from(&all)), ("time", Arg::from(&time))],
            )
        }
        None => cx.text("scheduler-no-attempt"),
    };
    html! {
        <>
            <span class="attempt-place">{ place }</span>
            { to(Icon::Back, "scheduler-previous", made.checked_sub(2)) }
            { to(Icon::Forward, "scheduler-next", Some(made)) }
        </>
    }
}

/// Why a Pod was not tried.
fn not_tried(cx: &Cx, run: &Shown, pod: &ObjectKey) -> Html {
    let moment = cx.state.playhead.moment;
    let text = match (run.pre_enqueue(pod, moment), run.node_of(pod, moment)) {
        (Some(held), _) => html! { <>{ cx.text("scheduler-gated") }{ " " }{ rejection(&held) }</> },
        (None, Some(node)) => html! { { cx.say.with("scheduler-skipped", &[("node", Arg::from(node.name.as_str()))]) } },
        (None, None) => html! { { cx.text("scheduler-not-yet") } },
    };
    html! { <p class="empty">{ text }</p> }
}

/// A rejection in one line.
pub(crate) fn rejection(rejection: &Rejection) -> Html {
    html! {
        <span class="rejection" title={rejection.code}>
            if let Some(plugin) = rejection.plugin { <b>{ plugin }</b>{ " " } }
            { rejection.reasons.join(", ") }
        </span>
    }
}

/// What came of the attempt.
fn result(cx: &Cx, result: &AttemptResult) -> Html {
    match result {
        AttemptResult::Scheduled { node, total, feasible, evaluated, tie } => {
            let (feasible, evaluated) = (feasible.to_string(), evaluated.to_string());
            let total = total.map(|total| total.to_string());
            let mut args =
                vec![("node", Arg::from(node)), ("feasible", Arg::from(&feasible)), ("evaluated", Arg::from(&evaluated))];
            let key = if let Some(total) = &total {
                args.push(("total", Arg::from(total)));
                "scheduler-chosen"
            } else {
                "scheduler-only"
            };
            html! {
                <div class="attempt-result">
                    <p class="attempt-outcome"><span class="status ready">{ node }</span></p>
                    <p>{ cx.say.with(key, &args) }</p>{ for tie.as_ref().map(|tie| draw(cx, tie)) }
                </div>
            }
        }
        AttemptResult::Failed { reason, message, plugins, nominated } => html! {
            <div class="attempt-result">
                <p class="attempt-outcome"><span class="status failing">{ *reason }</span></p>
                <p class="attempt-message">{ message }</p>
                if !plugins.is_empty() { <p>{ cx.say.with("scheduler-rejected-by", &[("plugins", Arg::from(&plugins.join(", ")))]) }</p> }
                if let Some(node) = nominated { <p>{ cx.say.with("scheduler-nominated", &[("node", Arg::from(node))]) }</p> }
            </div>
        },
    }
}

/// How one of several equals was taken.
pub(crate) fn draw(cx: &Cx, tie: &TieDraw) -> Html {
    let count = tie.among.len();
    let mut names = tie.among.iter().take(4).cloned().collect::<Vec<String>>().join(", ");
    if 4 < count {
        names.push_str(", …");
    }
    html! { <p>{ cx.say.with("scheduler-tie", &[("count", Arg::from(count)), ("names", Arg::from(&names))]) }</p> }
}

/// What was found before nodes were looked at.
fn facts(cx: &Cx, table: &AttemptTable) -> Html {
    let PreFilterRow { node_names, rejection: ended, .. } = &table.pre_filter;
    if node_names.is_none() && ended.is_none() && table.nominated.is_none() {
        return Html::default();
    }
    let line = |key: &str, text: Html| html! { <div><dt>{ cx.text(key) }</dt><dd>{ text }</dd></div> };
    let names = |names: &[String]| if names.is_empty() { cx.text("cluster-none") } else { names.join(", ") };
    html! {
        <dl class="facts attempt-facts">
            { for ended.as_ref().map(|ended| line("scheduler-pre-filter", rejection(ended))) }
            { for node_names.as_ref().map(|only| line("scheduler-only-nodes", html! { { names(only) } })) }
            { for table.nominated.as_ref().map(|trial| line("scheduler-nominated-first", html! { <>{ &trial.node }{ " " }{ for trial.rejection.as_ref().map(rejection) }</> })) }
        </dl>
    }
}

/// The plugins that had nothing to do with this Pod.
fn skipped(cx: &Cx, table: &AttemptTable) -> Html {
    let names = |names: &[&str]| names.join(", ");
    let lines = [("scheduler-skip", names(&table.pre_filter.skip)), ("scheduler-score-skip", names(&table.score_skip))];
    let lines = lines.into_iter().filter(|(_, text)| !text.is_empty());
    html! { <dl class="facts attempt-facts skipped">{ for lines.map(|(key, text)| html! { <div><dt>{ cx.text(key) }</dt><dd>{ text }</dd></div> }) }</dl> }
}
