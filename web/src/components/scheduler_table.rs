//! The table of one scheduling attempt: a row for each node, a column for each plugin that scored.

use podlapse_model::SortedMap;

use podlapse_view::{Arg, AttemptTable, NodeRow, NodeVerdict, Score};
use web_sys::Element;
use yew::prelude::*;

use crate::components::cx::Cx;
use crate::components::scheduler::rejection;
use crate::components::tools::{Search, tools};
use crate::effects::page::Rows;

/// The height of a row, as the style sheet has it, in CSS pixels.
pub(crate) const ROW: usize = 40;

/// From so many nodes on they can be searched and sorted.
const MANY: usize = 5;

/// Reasons that are listed.
const MOST_REASONS: usize = 8;

fn reasons(row: &NodeRow) -> &[String] {
    match &row.verdict {
        NodeVerdict::Rejected { rejection } => &rejection.reasons,
        NodeVerdict::Passed | NodeVerdict::NotEvaluated => &[],
    }
}

/// The rows that match the search, in the asked order.
pub(crate) fn chosen<'a>(table: &'a AttemptTable, search: &Search) -> Vec<&'a NodeRow> {
    let plugin = |row: &'a NodeRow| match &row.verdict {
        NodeVerdict::Rejected { rejection } => rejection.plugin,
        NodeVerdict::Passed | NodeVerdict::NotEvaluated => None,
    };
    let texts =
        |row: &'a NodeRow| [row.node.as_str()].into_iter().chain(plugin(row)).chain(reasons(row).iter().map(String::as_str));
    let mut rows: Vec<&NodeRow> = table.nodes.iter().filter(|row| texts(row).any(|text| search.matches(text))).collect();
    let column = table.plugins.iter().position(|plugin| plugin.name == search.order);
    let by = |row: &NodeRow| match column {
        Some(column) => row.scores.get(column).map(|score| score.weighted),
        // Nodes that passed without being scored come before those that did not pass.
        None => row.total.or((row.verdict == NodeVerdict::Passed).then_some(0)),
    };
    match search.order.as_str() {
        "tried" => {}
        "name" => podlapse_model::sort_by(&mut rows, |one, other| one.node.cmp(&other.node)),
        _ => podlapse_model::sort_by_key(&mut rows, |row| std::cmp::Reverse((row.is_chosen && column.is_none(), by(row)))),
    }
    rows
}

/// How many nodes were rejected for what, each a button that shows those nodes.
pub(crate) fn summary(cx: &Cx, table: &AttemptTable, search: &Search) -> Html {
    let mut counts: SortedMap<&str, usize> = SortedMap::new();
    for reason in table.nodes.iter().flat_map(reasons) {
        *counts.entry(reason).or_default() += 1;
    }
    let mut counts: Vec<(usize, &str)> = counts.into_iter().map(|(reason, count)| (count, reason)).collect();
    podlapse_model::sort_by_key(&mut counts, |(count, _)| std::cmp::Reverse(*count));
    let many = MANY <= table.nodes.len();
    let onclick = search.choosing();
    let chips = counts.into_iter().take(MOST_REASONS).map(|(count, reason)| {
        let pressed = (search.text == reason).to_string();
        html! { <button type="button" class="chip" aria-pressed={pressed} data-text={reason.to_owned()}><b>{ count }</b>{ " " }{ reason }</button> }
    });
    let orders = ["total", "tried", "name"].map(|order| (order, cx.text(&format!("scheduler-by-{order}"))));
    let plugins = table.plugins.iter().map(|plugin| (plugin.name, plugin.name.to_owned()));
    html! {
        <>
            if many { { tools(cx, search, "scheduler-search", orders.into_iter().chain(plugins), chosen(table, search).len(), table.nodes.len()) } }
            if many && !counts_empty(table) { <div class="reasons" {onclick}>{ for chips }</div> }
        </>
    }
}

fn counts_empty(table: &AttemptTable) -> bool {
    table.nodes.iter().all(|row| reasons(row).is_empty())
}

/// The table itself.
pub(crate) fn table(cx: &Cx, table: &AttemptTable, nodes: &[&NodeRow], rows: &Rows, search: &Search) -> Html {
    if table.nodes.is_empty() {
        return html! { <p class="empty">{ cx.text("scheduler-no-nodes") }</p> };
    }
    let columns = table.plugins.len().max(1) + 2;
    let heads = table.plugins.iter().map(|plugin| {
        let sorted = (search.order == plugin.name).then_some("descending");
        html! {
            <th scope="col" class="score" aria-sort={sorted}><button type="button" data-order={plugin.name}>{ breakable(plugin.name) }</button><span>{ format!("×{}", plugin.weight) }</span></th>
        }
    });
    let space = |count: usize| {
        let height = (count * ROW).to_string();
        html! { if 0 < count { <tr aria-hidden="true"><td colspan={columns.to_string()} {height}></td></tr> } }
    };
    let lines = nodes[rows.first..rows.last].iter().map(|row| line(cx, row, columns));
    let order = {
        let search = search.clone();
        Callback::from(move |event: MouseEvent| {
            let target = event.target_dyn_into::<Element>().and_then(|target| target.closest("[data-order]").ok().flatten());
            if let Some(order) = target.and_then(|target| target.get_attribute("data-order")) {
                search.set_order(order);
            }
        })
    };
    let note = if table.plugins.is_empty() {
        None
    } else {
        Some(html! { <p class="score-note">{ cx.text("scheduler-score-note") }</p> })
    };
    html! {
        <>
            { for note }
            <table class="scores">
                <thead onclick={order}><tr><th scope="col">{ cx.text("scheduler-node") }</th>
                    if table.plugins.is_empty() { <th scope="col">{ cx.text("scheduler-filter") }</th> } else { { for heads } }
                    <th scope="col" class="score">if !table.plugins.is_empty() { <button type="button" data-order="total">{ cx.text("scheduler-total") }</button> }</th></tr></thead>
                <tbody>{ space(rows.first) }{ for lines }{ space(nodes.len() - rows.last) }</tbody>
            </table>
            if nodes.is_empty() { <p class="empty">{ cx.text("tools-no-match") }</p> }
        </>
    }
}

/// A name in camel case that can be broken before its capitals.
fn breakable(name: &str) -> Html {
    name.split_inclusive(char::is_lowercase).map(|part| html! { <>if 1 < part.len() { <wbr /> }{ part }</> }).collect()
}

fn line(cx: &Cx, row: &NodeRow, columns: usize) -> Html {
    let score = |score: &Score| html! { <td class="score"><b>{ score.weighted }</b><span>{ format!("{} → {}", score.raw, score.normalized) }</span></td> };
    let wide = (columns - 2).to_string();
    let verdict = match &row.verdict {
        NodeVerdict::Passed if row.scores.is_empty() => {
            html! { <td colspan={wide} class="verdict"><span class="status ready">{ cx.text("scheduler-passed") }</span></td> }
        }
        NodeVerdict::Passed => row.scores.iter().map(score).collect(),
        NodeVerdict::Rejected { rejection: said } => {
            let help = if said.code == "Unschedulable" { "scheduler-resolvable" } else { "scheduler-unresolvable" };
            html! { <td colspan={wide} class="verdict"><span class="status failing">{ rejection(said) }</span><small title={said.code}>{ cx.text(help) }</small></td> }
        }
        NodeVerdict::NotEvaluated => {
            html! { <td colspan={wide} class="verdict none">{ cx.text("scheduler-not-evaluated") }</td> }
        }
    };
    let mark = if row.is_chosen { Some("scheduler-winner") } else { row.is_best.then_some("scheduler-best") };
    let total = row.total.map(|total| total.to_string()).unwrap_or_default();
    html! {
        <tr class={classes!(row.is_chosen.then_some("chosen"))} data-testid="scheduler-node" key={row.node.clone()}>
            <th scope="row" data-key={format!("/{}", row.node)}><span>{ &row.node }</span>if let Some(mark) = mark { <small>{ cx.text(mark) }</small> }</th>
            { verdict }<td class="score total"><b>{ total }</b></td>
        </tr>
    }
}

/// The number of nodes, for a heading.
pub(crate) fn count(cx: &Cx, shown: usize, all: usize) -> String {
    cx.say.with("tools-count", &[("shown", Arg::from(shown)), ("all", Arg::from(all))])
}
