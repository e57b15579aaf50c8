//! The nodes at the shown instant, with their Pods as boxes in proportion to what they request.

use podlapse_model::{Kind, ObjectKey};
use podlapse_view::{Amount, Arg, Cluster, NodeCard, NodeDetail, PodBox};
use web_sys::Element;
use yew::prelude::*;

use crate::components::cx::{Cx, CxProps};
use crate::components::tools::{Search, tools, use_search};
use crate::effects::page::{use_rows, use_seen_row};
use crate::state::{Action, State};

/// The height of a node, as the style sheet has it, in CSS pixels.
const ROW: usize = 64;

/// From so many nodes on they can be searched and sorted.
const MANY: usize = 7;

/// A box is never narrower than this, in CSS pixels, if there is room for all of them.
const NARROWEST: u32 = 20;

#[component]
pub(crate) fn ClusterView(props: &CxProps) -> Html {
    let cx = &props.cx;
    let moment = cx.state.playhead.moment;
    let cluster = use_memo((cx.state.run().cloned(), moment), |(run, moment)| {
        run.as_ref().map(|run| run.cluster(*moment)).unwrap_or_default()
    });
    let search = use_search("name");
    let nodes = chosen(&cluster, &search);
    let rows = use_rows(ROW, nodes.len());
    let selected = cx.state.object.clone();
    let node = cx.state.shown_node();
    let list = use_seen_row(ROW, nodes.iter().position(|card| Some(&card.key) == node.as_ref()));
    let detail = use_memo((cx.state.run().cloned(), moment, node.clone()), |(run, moment, node)| {
        run.as_ref().and_then(|run| run.node_detail(node.as_ref()?, *moment))
    });
    if cluster.nodes.is_empty() {
        return html! { <p class="empty">{ cx.text("cluster-empty") }</p> };
    }
    let width = bar_width(cx);
    let cards = nodes[rows.first..rows.last].iter().map(|card| node_row(cx, card, node.as_ref(), selected.as_ref(), width));
    let (onclick, onkeydown) = selecting(cx);
    let orders = ["name", "cpu", "memory", "pods"].map(|by| (by, cx.text(&format!("cluster-by-{by}"))));
    html! {
        <div class="cluster" data-testid="cluster" {onclick} {onkeydown}>
            if MANY <= cluster.nodes.len() { { tools(cx, &search, "cluster-search", orders.into_iter(), nodes.len(), cluster.nodes.len()) } }
            <p class="waiting-pods"><span>{ cx.text("cluster-waiting") }</span>
                if cluster.waiting.is_empty() { <span class="none">{ cx.text("cluster-waiting-none") }</span> }
                { for cluster.waiting.iter().take(40).map(|pod| chip(pod, selected.as_ref())) }
                if 40 < cluster.waiting.len() { <span class="none">{ format!("+{}", cluster.waiting.len() - 40) }</span> }
            </p>
            <div class="nodes" ref={list} tabindex="0" role="region" aria-label={cx.text("cluster-nodes")} onscroll={rows.onscroll.clone()}>
                { rows.space(rows.first) }{ for cards }{ rows.space(nodes.len() - rows.last) }
            </div>
            { for detail.as_ref().as_ref().zip(node).map(|(detail, node)| node_detail(cx, &node, &cluster, detail)) }
        </div>
    }
}

/// The nodes that match the search, in the asked order.
fn chosen<'a>(cluster: &'a Cluster, search: &Search) -> Vec<&'a NodeCard> {
    let matches = |card: &&NodeCard| {
        let texts = [card.key.name.as_str(), card.status.as_str()].into_iter().chain(card.taints.iter().map(String::as_str));
        texts.chain(card.pods.iter().map(|pod| pod.key.name.as_str())).any(|text| search.matches(text))
    };
    let mut nodes: Vec<&NodeCard> = cluster.nodes.iter().filter(matches).collect();
    let by: Option<fn(&NodeCard) -> i64> = match search.order.as_str() {
        "cpu" => Some(|card| card.amounts[0].requests.1),
        "memory" => Some(|card| card.amounts[1].requests.1),
        "pods" => Some(|card| card.pods.len() as i64),
        _ => None,
    };
    if let Some(by) = by {
        podlapse_model::sort_by_key(&mut nodes, |card| std::cmp::Reverse(by(card)));
    }
    nodes
}

/// How long the bars are, in CSS pixels, as the style sheet lays them out.
fn bar_width(cx: &Cx) -> u32 {
    let (viewport, layout) = (cx.state.viewport, cx.state.layout);
    if viewport < 900 {
        return viewport.saturating_sub(164);
    }
    let column = |is_folded: bool, size: i32| if is_folded { 0 } else { size.unsigned_abs() };
    viewport.saturating_sub(column(layout.is_left_folded, layout.left) + column(layout.is_right_folded, layout.right) + 374)
}

/// Selects the object whose key stands at a place, if one does.
pub(crate) fn select(dispatcher: &UseReducerDispatcher<State>, target: Option<Element>) -> bool {
    let found = target.and_then(|target| target.closest("[data-key]").ok().flatten());
    let key = found.and_then(|element| key_of(&element.get_attribute("data-key")?));
    let is_found = key.is_some();
    if is_found {
        dispatcher.dispatch(Action::Select(key));
    }
    is_found
}

/// Selects by pointer and by key.
pub(crate) fn selecting(cx: &Cx) -> (Callback<MouseEvent>, Callback<KeyboardEvent>) {
    let (by_pointer, by_key) = (cx.state.dispatcher(), cx.state.dispatcher());
    let onclick = Callback::from(move |event: MouseEvent| {
        select(&by_pointer, event.target_dyn_into());
    });
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        // A button says so itself, by a click.
        let target: Option<Element> = event.target_dyn_into();
        let is_button = target.as_ref().is_some_and(|target| target.tag_name() == "BUTTON");
        if !is_button && matches!(event.key().as_str(), "Enter" | " ") && select(&by_key, target) {
            event.prevent_default();
        }
    });
    (onclick, onkeydown)
}

/// A key as an attribute: the namespace is empty for a node.
pub(crate) fn key_text(key: &ObjectKey) -> String {
    format!("{}/{}", key.namespace, key.name)
}

fn key_of(text: &str) -> Option<ObjectKey> {
    let (namespace, name) = text.split_once('/')?;
    Some(ObjectKey::new(if namespace.is_empty() { Kind::Node } else { Kind::Pod }, namespace, name))
}

fn chip(pod: &PodBox, selected: Option<&ObjectKey>) -> Html {
    let is_selected = selected == Some(&pod.key);
    html! {
        <button type="button" class="chip" aria-pressed={is_selected.to_string()} data-key={key_text(&pod.key)}>
            <span class={classes!("status", pod.tone.slug())}>{ pod.key.name.to_string() }</span></button>
    }
}

fn node_row(cx: &Cx, card: &NodeCard, node: Option<&ObjectKey>, selected: Option<&ObjectKey>, width: u32) -> Html {
    let is_shown = node == Some(&card.key);
    let taints = card.taints.join("  ");
    let amount = |which: usize| {
        let amount = &card.amounts[which];
        let Amount { name, allocatable, requests, limits } = amount;
        let args =
            [("requests", Arg::from(&requests.0)), ("limits", Arg::from(&limits.0)), ("allocatable", Arg::from(allocatable))];
        let over = (100 < requests.1).then_some("over");
        html! {
            <div class="amount" title={cx.say.with("cluster-amount", &args)}>
                <span class="amount-name">{ name }</span>
                <svg class="amount-bar" aria-hidden={(which == 1).then_some("true")}>{ boxes(&card.pods, which, selected, width) }</svg>
                <span class={classes!("amount-text", over)}>{ format!("{} / {allocatable}", requests.0) }<b>{ format!("{}%", requests.1) }</b></span>
            </div>
        }
    };
    html! {
        <div class={classes!("node", is_shown.then_some("shown"))} data-testid="node" key={card.key.name.to_string()}>
            <button type="button" class="node-name" aria-pressed={is_shown.to_string()} data-key={key_text(&card.key)}>
                <b>{ card.key.name.to_string() }</b><span class={classes!("status", card.tone.slug())}>{ &card.status }</span>
                <span class="taints" title={taints.clone()}>{ taints }</span>
            </button>
            <div class="amounts">{ amount(0) }{ amount(1) }</div>
        </div>
    }
}

/// The Pods of a node side by side, each as wide as its request.
fn boxes(pods: &[PodBox], which: usize, selected: Option<&ObjectKey>, width: u32) -> Html {
    let narrowest = (NARROWEST * 1_000 / width.max(1)).min(1_000 / (pods.len() as u32 + 1));
    let mut left = 0;
    let boxes = pods.iter().map(|pod| {
        let share = pod.shares[which].max(narrowest);
        let place = left;
        left += share;
        let name = pod.key.name.as_str();
        let fits = name.chars().count() as u32 * 8 + 12 <= width * share / 1_000;
        let tip = format!("{name}  {}  {} {}", pod.status, pod.requests[which], if which == 0 { "cpu" } else { "memory" });
        let focus = (which == 0).then_some("0");
        let percent = |thousandths: u32| format!("{}.{}%", thousandths / 10, thousandths % 10);
        html! {
            <svg class={classes!("box", (selected == Some(&pod.key)).then_some("selected"), (pod.shares[which] == 0).then_some("bare"))} x={percent(place)} width={percent(share)} height="20"
                role="button" tabindex={focus} aria-label={tip.clone()} data-key={key_text(&pod.key)} data-testid="pod-box">
                <title>{ tip }</title>
                <rect class={classes!("bar", pod.tone.slug())} x="1" width="100%" height="20" rx="2" />
                if fits { <text class={classes!("bar-text", "plate", pod.tone.slug())} x="7" y="10">{ name }</text> }
                <rect class="box-edge" x="100%" width="1" height="20" />
            </svg>
        }
    });
    boxes.collect()
}

fn node_detail(cx: &Cx, node: &ObjectKey, cluster: &Cluster, detail: &NodeDetail) -> Html {
    let card = cluster.nodes.iter().find(|card| card.key == *node);
    let (taints, pods) = card.map(|card| (card.taints.clone(), card.pods.as_slice())).unwrap_or_default();
    let selected = cx.state.object.as_ref();
    let none = || html! { <p class="none">{ cx.text("cluster-none") }</p> };
    let section = |key: &str, body: Html| html! { <section><h4>{ cx.text(key) }</h4>{ body }</section> };
    let percent = |(amount, share): &(String, i64)| html! { <td>{ amount }<span>{ format!("{share}%") }</span></td> };
    let amounts = detail.amounts.iter().map(|amount| {
        html! { <tr><th scope="row">{ &amount.name }</th><td>{ &amount.allocatable }</td>{ percent(&amount.requests) }{ percent(&amount.limits) }</tr> }
    });
    let conditions = detail.conditions.iter().map(|(name, status, reason, is_good)| {
        html! { <tr><th scope="row"><span class={classes!("status", if *is_good { "ready" } else { "failing" })}>{ name }</span></th><td>{ status }</td><td>{ reason }</td></tr> }
    });
    let pairs = |pairs: &[(String, String)], sign: &'static str| -> Html {
        pairs.iter().map(|(name, value)| html! { <li><code>{ name }</code>{ sign }<code>{ value }</code></li> }).collect()
    };
    let heads = ["cluster-resource", "cluster-allocatable", "cluster-requests", "cluster-limits"]
        .map(|key| html! { <th scope="col">{ cx.text(key) }</th> });
    html! {
        <section class="node-detail" tabindex="0" aria-label={node.name.to_string()} data-testid="node-detail">
            <h3>{ node.name.to_string() }</h3>
            <div class="node-facts">
                { section("cluster-pods", if pods.is_empty() { none() } else { html! { <p class="chips">{ for pods.iter().take(60).map(|pod| chip(pod, selected)) }</p> } }) }
                { section("cluster-allocated", html! { <table class="amount-table"><thead><tr>{ for heads }</tr></thead><tbody>{ for amounts }</tbody></table> }) }
                { section("cluster-conditions", if detail.conditions.is_empty() { none() } else { html! { <table><tbody>{ for conditions }</tbody></table> } }) }
                { section("cluster-taints", if taints.is_empty() { none() } else { html! { <ul>{ for taints.iter().map(|taint| html! { <li><code>{ taint }</code></li> }) }</ul> } }) }
                { section("cluster-labels", if detail.labels.is_empty() { none() } else { html! { <ul>{ pairs(&detail.labels, "=") }</ul> } }) }
                { section("cluster-images", if detail.images.is_empty() { none() } else { html! { <ul class="images">{ pairs(&detail.images, "") }</ul> } }) }
            </div>
        </section>
    }
}
