//! The scheduler's queue at the shown instant, and its search for Pods to evict.

use podlapse_view::{Arg, PreemptionView, QueuePlace, QueueRow, span};
use yew::prelude::*;

use crate::components::cluster::key_text;
use crate::components::cx::Cx;
use crate::components::scheduler::{draw, rejection};
use crate::state::Shown;

/// The most rows that are shown.
const MOST: usize = 200;

/// Who waits to be scheduled, where, and until when.
pub(crate) fn queue(cx: &Cx, run: &Shown) -> Html {
    let rows = run.scheduling_queue(cx.state.playhead.moment);
    let heads = ["scheduler-pod", "scheduler-place", "scheduler-priority", "scheduler-attempts", "scheduler-waits-for"];
    let hidden = rows.len().saturating_sub(MOST);
    html! {
        <section class="queue" tabindex="0" role="region" aria-label={cx.text("scheduler-queue")} data-testid="scheduler-queue">
            <h3>{ cx.text("scheduler-queue") }<span>{ rows.len() }</span></h3>
            if rows.is_empty() { <p class="log-note">{ cx.text("scheduler-queue-empty") }</p> } else {
                <table><thead><tr>{ for heads.map(|key| html! { <th scope="col">{ cx.text(key) }</th> }) }</tr></thead>
                    <tbody>{ for rows.iter().take(MOST).map(|row| queue_row(cx, row)) }</tbody></table>
            }
            if 0 < hidden { <p class="log-note">{ format!("+{hidden}") }</p> }
        </section>
    }
}

fn queue_row(cx: &Cx, row: &QueueRow) -> Html {
    let at = cx.state.playhead.at;
    let left = |until| if at < until { span(until.since(at)) } else { "0s".to_owned() };
    let (key, tone, left) = match row.place {
        QueuePlace::Active => ("active", "creating", None),
        QueuePlace::Backoff { until, is_error: false } => ("backoff", "back-off", Some(left(until))),
        QueuePlace::Backoff { until, is_error: true } => ("error", "back-off", Some(left(until))),
        QueuePlace::Unschedulable { until } => ("unschedulable", "failing", Some(left(until))),
        QueuePlace::Gated => ("gated", "waiting", None),
    };
    let place = cx.text(&format!("scheduler-place-{key}"));
    let is_selected = cx.state.object.as_ref() == Some(&row.pod);
    html! {
        <tr class={is_selected.then_some("selected")} data-key={key_text(&row.pod)}>
            <td>{ row.pod.name.to_string() }</td>
            <td><span class={classes!("status", tone)} title={row.event.clone()}>{ place }</span>
                if let Some(left) = left { <small>{ cx.say.with("scheduler-left", &[("left", Arg::from(&left))]) }</small> }</td>
            <td>{ row.priority }</td><td>{ row.attempts }</td>
            <td class="waits-for" title={row.plugins.join(", ")}>{ row.waits_for.join(" ") }</td>
        </tr>
    }
}

/// Which Pods would have to go, and on which node they do.
pub(crate) fn preemption(cx: &Cx, found: &PreemptionView) -> Html {
    let heads =
        ["scheduler-node", "scheduler-victims", "scheduler-violations", "scheduler-highest", "scheduler-sum", "scheduler-start"];
    let candidates = found.candidates.iter().take(MOST).map(|candidate| {
        // The time of day is enough to compare by; the date is told on demand.
        let start = candidate.earliest_start.clone().unwrap_or_default();
        let time = start.split_once('T').map_or("", |(_, time)| time).to_owned();
        let mark = if candidate.is_chosen { Some("scheduler-winner") } else { candidate.is_best.then_some("scheduler-best") };
        html! {
            <tr class={candidate.is_chosen.then_some("chosen")} data-testid="scheduler-candidate">
                <th scope="row">{ &candidate.node }if let Some(mark) = mark { <small>{ cx.text(mark) }</small> }</th>
                <td>{ for candidate.victims.iter().map(|victim| html! { <span>{ victim }</span> }) }</td><td>{ candidate.pdb_violations }</td><td>{ candidate.highest_priority }</td>
                <td>{ candidate.sum_priorities }</td><td title={start}>{ time }</td>
            </tr>
        }
    });
    let rejected =
        found.rejected.iter().take(MOST).map(|row| html! { <li><b>{ &row.node }</b>{ " " }{ rejection(&row.rejection) }</li> });
    html! {
        <details class="preemption" open=true>
            <summary>{ cx.text("scheduler-preemption") }<span>{ cx.say.with("scheduler-candidates", &[("count", Arg::from(found.candidates.len()))]) }</span></summary>
            if !found.candidates.is_empty() {
                <p>{ cx.text("scheduler-preemption-rule") }</p>
                <table><thead><tr>{ for heads.map(|key| html! { <th scope="col">{ cx.text(key) }</th> }) }</tr></thead><tbody>{ for candidates }</tbody></table>
            }
            { for found.tie.as_ref().map(|tie| draw(cx, tie)) }
            if !found.rejected.is_empty() { <ul>{ for rejected }</ul> }
        </details>
    }
}
