//! The lanes: for each Pod its STATUS, its phase and its events, then its containers with their pulls, waits and probes.

use podlapse_model::{ObjectKey, SimTime};
use podlapse_view::{Backoff, ContainerLane, EventRow, Messages, NodeLane, PodLanes, ProbeTick, Segment, Tone, clock, span};
use yew::prelude::*;

use crate::components::cluster::key_text;
use crate::state::{Shown, Window};

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct LanesProps {
    pub(crate) run: Shown,
    pub(crate) window: Window,
    pub(crate) say: Messages,
    /// Width of a lane in CSS pixels.
    pub(crate) width: u32,
    pub(crate) selected: Option<ObjectKey>,
    /// Selects the Pod whose key stands at the clicked name.
    pub(crate) onclick: Callback<MouseEvent>,
}

/// The lanes of a run. They do not change while the playhead moves.
#[component]
pub(crate) fn Lanes(props: &LanesProps) -> Html {
    let pods = props.run.lanes().iter().map(|pod| pod_lanes(props, pod));
    let nodes = props.run.node_lanes().iter().map(|node| node_lane(props, node));
    html! { <div class="lanes" onclick={props.onclick.clone()}>{ actions(props) }{ for nodes }{ for pods }</div> }
}

/// A lane: its name, and what is drawn in it.
fn lane(kind: &'static str, name: Html, bars: Html) -> Html {
    html! { <div class={classes!("lane", kind)}><div class="lane-name">{ name }</div><svg class="track" aria-hidden="true">{ bars }</svg></div> }
}

/// A name that selects what it names.
fn named(props: &LanesProps, key: &ObjectKey, name: &str) -> Html {
    let is_selected = props.selected.as_ref() == Some(key);
    html! {
        <button type="button" title={name.to_owned()} aria-pressed={is_selected.to_string()} data-key={key_text(key)}>{ short(name) }</button>
    }
}

/// The two ends of a long name: generated names differ in their last letters.
fn short(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    match letters.len() {
        0..17 => name.to_owned(),
        length => letters[..7].iter().chain(&['…']).chain(&letters[length - 6..]).collect(),
    }
}

/// What a user did: a mark at each instant, with as much of its words as there is room before the next one.
fn actions(props: &LanesProps) -> Html {
    let (window, actions) = (props.window, props.run.actions());
    // The workload itself, which is applied at the start, is no news.
    let actions: Vec<_> = actions.iter().filter(|action| SimTime::ZERO < action.at).collect();
    if actions.is_empty() {
        return Html::default();
    }
    let marks = actions.iter().enumerate().filter_map(|(index, action)| {
        let x = inside(window, action.at)?;
        let next = actions.get(index + 1).map_or(100.0, |next| window.percent(next.at).min(100.0));
        let room = next - window.percent(action.at) - 10.0 / f64::from(props.width) * 100.0;
        let words = if action.is_kubectl { format!("kubectl {}", action.label) } else { action.label.clone() };
        let fits = Scale(props.width).holds(&words, room);
        let tip = format!("{}  {words}", clock(action.at));
        let class = classes!("action", action.failed.then_some("failed"));
        Some(html! {
            <svg {x} y="0" overflow="visible"><path {class} d="M0 3l5 6-5 6-5-6z"><title>{ tip }</title></path>
                if fits { <text class="action-text" x="9" y="10">{ words }</text> }</svg>
        })
    });
    html! { <div class="pod-lanes">{ lane("action-lane", html! { <span>{ props.say.text("lane-actions") }</span> }, marks.collect()) }</div> }
}

fn node_lane(props: &LanesProps, node: &NodeLane) -> Html {
    let bars = node.status.iter().filter_map(|segment| bar(props.window, Scale(props.width), segment, 3, 16)).collect();
    let name = html! { <>{ named(props, &node.key, node.key.name.as_str()) }<span>{ props.say.text("lane-node") }</span></> };
    html! { <div class="pod-lanes" key={node.key.to_string()}>{ lane("node-lane", name, bars) }</div> }
}

fn pod_lanes(props: &LanesProps, pod: &PodLanes) -> Html {
    let (window, say, scale) = (props.window, &props.say, Scale(props.width));
    let events = pod.events.iter().filter_map(|index| event_mark(window, &props.run.events()[*index]));
    let status = pod.status.iter().filter_map(|segment| bar(window, scale, segment, 3, 18)).collect();
    let phase = pod.phase.iter().filter_map(|segment| bar(window, scale, segment, 1, 15)).collect();
    let is_selected = props.selected.as_ref() == Some(&pod.key);
    let name = named(props, &pod.key, &pod.name);
    let endpoints = pod.endpoints.iter().filter_map(|segment| bar(window, scale, segment, 2, 15)).collect();
    html! {
        <div class={classes!("pod-lanes", is_selected.then_some("selected"))} key={pod.name.clone()}>
            { lane("status-lane", html! { <>{ name }<span>{ say.text("lane-status") }</span></> }, status) }
            { lane("phase-lane", html! { <span>{ say.text("lane-phase") }</span> }, phase) }
            if !pod.endpoints.is_empty() { { lane("endpoint-lane", html! { <span>{ say.text("lane-endpoints") }</span> }, endpoints) } }
            { lane("event-lane", html! { <span>{ say.text("view-events") }</span> }, events.collect()) }
            { for pod.containers.iter().map(|container| container_lane(props, container)) }
        </div>
    }
}

fn container_lane(props: &LanesProps, container: &ContainerLane) -> Html {
    let (window, say, scale) = (props.window, &props.say, Scale(props.width));
    let kind = match (container.is_sidecar, container.is_init) {
        (true, _) => "lane-sidecar",
        (false, true) => "lane-init",
        (false, false) => "lane-container",
    };
    let kind = say.text(kind);
    let states = container
        .states
        .iter()
        .filter(|segment| !segment.label.is_empty())
        .filter_map(|segment| bar(window, scale, segment, 3, 16));
    let waits = container.backoffs.iter().filter_map(|wait| backoff(window, scale, "wait", wait));
    let graces = container.graces.iter().filter_map(|wait| backoff(window, scale, "wait grace", wait));
    let hooks = container.hooks.iter().filter_map(|hook| thin(window, hook, 20, 3));
    let pulls = container.pulls.iter().filter_map(|pull| thin(window, pull, 22, 5));
    let probes = container.probes.iter().filter_map(|probe| probe_mark(window, probe, say));
    html! {
        <div class="lane container-lane">
            <div class="lane-name"><em title={container.name.clone()}>{ &container.name }</em><span>{ kind }</span></div>
            <svg class="track" aria-hidden="true">{ for states }{ for waits }{ for graces }{ for hooks }{ for pulls }{ for probes }</svg>
        </div>
    }
}

/// Left edge and width in percent of the window, if any of it is in the window.
fn extent(window: Window, from: SimTime, to: SimTime) -> Option<(f64, f64)> {
    let (left, right) = (window.percent(from).max(0.0), window.percent(to).min(100.0));
    (left <= 100.0 && 0.0 <= right).then(|| (left, (right - left).max(0.12)))
}

/// The width of a lane in CSS pixels.
#[derive(Clone, Copy)]
struct Scale(u32);

impl Scale {
    /// Whether a text fits into a bar that takes `percent` of the lane. Letters of the monospaced face are less than 7.5 pixels wide.
    fn holds(self, text: &str, percent: f64) -> bool {
        text.chars().count() as f64 * 7.5 + 8.0 <= f64::from(self.0) * percent / 100.0
    }
}

fn bar(window: Window, scale: Scale, segment: &Segment, y: u32, height: u32) -> Option<Html> {
    let (left, width) = extent(window, segment.from, segment.to)?;
    let tip = format!("{}  {} – {}", segment.label, clock(segment.from), clock(segment.to));
    Some(html! {
        <svg x={format!("{left:.3}%")} y={y.to_string()} width={format!("{width:.3}%")} height={height.to_string()}>
            <title>{ tip }</title>
            <rect class={classes!("bar", segment.tone.slug())} width="100%" height="100%" rx="2" />
            if scale.holds(&segment.label, width) { { label(segment.tone, &segment.label) } }
        </svg>
    })
}

/// Text on a bar, on a plate of its own where the bar is hatched.
fn label(tone: Tone, text: &str) -> Html {
    html! { <text class={classes!("bar-text", "plate", tone.slug())} x="6" y="50%">{ text }</text> }
}

/// A wait with its length: a back-off, or a grace period.
fn backoff(window: Window, scale: Scale, class: &'static str, wait: &Backoff) -> Option<Html> {
    let (left, width) = extent(window, wait.from, wait.to)?;
    let tip = format!("{}  {} – {}", wait.label, clock(wait.from), clock(wait.to));
    Some(html! {
        <svg {class} x={format!("{left:.3}%")} y="20" width={format!("{width:.3}%")} height="13">
            <title>{ tip }</title>
            <rect x="0.5" y="6" width="100%" height="1" /><rect width="1" y="2" height="9" /><rect class="end" x="100%" width="1" y="2" height="9" />
            if scale.holds(&wait.label, width) {
                <text class="wait-text plate" x="50%" y="11" text-anchor="middle">{ &wait.label }</text>
            }
        </svg>
    })
}

fn thin(window: Window, pull: &Segment, y: u32, height: u32) -> Option<Html> {
    let (left, width) = extent(window, pull.from, pull.to)?;
    let tip = format!("{}  {}", pull.label, span(pull.to.since(pull.from)));
    let (y, height) = (y.to_string(), height.to_string());
    Some(html! {
        <rect class={classes!("pull", pull.tone.slug())} x={format!("{left:.3}%")} width={format!("{width:.3}%")} {y} {height}><title>{ tip }</title></rect>
    })
}

fn inside(window: Window, at: SimTime) -> Option<String> {
    let place = window.percent(at);
    (-0.5..=100.5).contains(&place).then(|| format!("{place:.3}%"))
}

fn event_mark(window: Window, event: &EventRow) -> Option<Html> {
    let x = inside(window, event.at)?;
    let tip = format!("{} {}  {}", event.reason, clock(event.at), event.message.trim_end());
    let (class, path) =
        if event.is_warning { ("mark warning", "M0 2.5 4.5 11h-9z") } else { ("mark normal", "M0 3.5a3 3 0 1 1-.01 0z") };
    Some(html! { <svg {x} y="0" overflow="visible"><path {class} d={path}><title>{ tip }</title></path></svg> })
}

fn probe_mark(window: Window, probe: &ProbeTick, say: &Messages) -> Option<Html> {
    let x = inside(window, probe.at)?;
    let key = if probe.succeeded { "tick-probe-ok" } else { "tick-probe-failed" };
    let result = say.with(key, &[("probe", probe.probe.word().into())]);
    let tip = match probe.count {
        Some((have, want)) => {
            let (have, want) = (have.to_string(), want.to_string());
            say.with("tick-probe-count", &[("result", (&result).into()), ("have", (&have).into()), ("want", (&want).into())])
        }
        None => result,
    };
    // A success is a tick upright, a failure a cross: the sign tells them apart as well as the colour.
    let (class, path) = if probe.succeeded { ("probe ok", "M0 24v6") } else { ("probe failed", "M-3 24l6 6M3 24l-6 6") };
    Some(html! { <svg {x} y="0" overflow="visible"><path {class} d={path}><title>{ tip }</title></path></svg> })
}
