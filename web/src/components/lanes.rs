//! The lanes: for each Pod its STATUS, its phase and its events, then its containers with their pulls, waits and probes.

use podlapse_model::{ObjectKey, SimTime};
use podlapse_view::{Backoff, ContainerLane, EventRow, Messages, PodLanes, ProbeTick, Segment, Tone, clock, span};
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
    html! { <div class="lanes" onclick={props.onclick.clone()}>{ for pods }</div> }
}

fn pod_lanes(props: &LanesProps, pod: &PodLanes) -> Html {
    let (window, say, scale) = (props.window, &props.say, Scale(props.width));
    let events = pod.events.iter().filter_map(|index| event_mark(window, &props.run.events()[*index]));
    let lane = |kind: &'static str, name: Html, bars: Html| {
        html! { <div class={classes!("lane", kind)}><div class="lane-name">{ name }</div><svg class="track" aria-hidden="true">{ bars }</svg></div> }
    };
    let status = pod.status.iter().filter_map(|segment| bar(window, scale, segment, 3, 18)).collect();
    let phase = pod.phase.iter().filter_map(|segment| bar(window, scale, segment, 1, 15)).collect();
    let is_selected = props.selected.as_ref() == Some(&pod.key);
    let name = html! {
        <button type="button" title={pod.name.clone()} aria-pressed={is_selected.to_string()} data-key={key_text(&pod.key)}>{ &pod.name }</button>
    };
    html! {
        <div class={classes!("pod-lanes", is_selected.then_some("selected"))} key={pod.name.clone()}>
            { lane("status-lane", html! { <>{ name }<span>{ say.text("lane-status") }</span></> }, status) }
            { lane("phase-lane", html! { <span>{ say.text("lane-phase") }</span> }, phase) }
            { lane("event-lane", html! { <span>{ say.text("view-events") }</span> }, events.collect()) }
            { for pod.containers.iter().map(|container| container_lane(props, container)) }
        </div>
    }
}

fn container_lane(props: &LanesProps, container: &ContainerLane) -> Html {
    let (window, say, scale) = (props.window, &props.say, Scale(props.width));
    let kind = if container.is_init { say.text("lane-init") } else { say.text("lane-container") };
    let states = container
        .states
        .iter()
        .filter(|segment| !segment.label.is_empty())
        .filter_map(|segment| bar(window, scale, segment, 3, 16));
    let waits = container.backoffs.iter().filter_map(|wait| backoff(window, scale, wait));
    let pulls = container.pulls.iter().filter_map(|pull| thin(window, pull));
    let probes = container.probes.iter().filter_map(|probe| probe_mark(window, probe, say));
    html! {
        <div class="lane container-lane">
            <div class="lane-name"><em title={container.name.clone()}>{ &container.name }</em><span>{ kind }</span></div>
            <svg class="track" aria-hidden="true">{ for states }{ for waits }{ for pulls }{ for probes }</svg>
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
    let hatched = matches!(tone, Tone::Waiting | Tone::Creating | Tone::BackOff | Tone::Terminating | Tone::Unknown);
    html! {
        <>
            if hatched { <text class={classes!("bar-text", "plate", tone.slug())} x="6" y="50%">{ text }</text> }
            <text class={classes!("bar-text", tone.slug())} x="6" y="50%">{ text }</text>
        </>
    }
}

fn backoff(window: Window, scale: Scale, wait: &Backoff) -> Option<Html> {
    let (left, width) = extent(window, wait.from, wait.to)?;
    let tip = format!("{}  {} – {}", wait.label, clock(wait.from), clock(wait.to));
    Some(html! {
        <svg x={format!("{left:.3}%")} y="20" width={format!("{width:.3}%")} height="13">
            <title>{ tip }</title>
            <rect class="wait" x="0.5" y="6" width="100%" height="1" /><rect class="wait" width="1" y="2" height="9" /><rect class="wait end" x="100%" width="1" y="2" height="9" />
            if scale.holds(&wait.label, width) {
                <text class="wait-text plate" x="50%" y="11" text-anchor="middle">{ &wait.label }</text>
                <text class="wait-text" x="50%" y="11" text-anchor="middle">{ &wait.label }</text>
            }
        </svg>
    })
}

fn thin(window: Window, pull: &Segment) -> Option<Html> {
    let (left, width) = extent(window, pull.from, pull.to)?;
    let tip = format!("{}  {}", pull.label, span(pull.to.since(pull.from)));
    Some(html! {
        <rect class={classes!("pull", pull.tone.slug())} x={format!("{left:.3}%")} y="22" width={format!("{width:.3}%")} height="5"><title>{ tip }</title></rect>
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
