//! The dock at the bottom: the transport and the timeline.

use podlapse_model::SimTime;
use podlapse_view::{Tone, clock};
use web_sys::Element;
use yew::prelude::*;

use crate::components::cluster::select;
use crate::components::cx::{Cx, CxProps};
use crate::components::icon::{Icon, IconButton};
use crate::components::lanes::Lanes;
use crate::components::ruler::{Grid, Ruler};
use crate::components::transport::Transport;
use crate::state::{Action, Go, Window};

#[component]
pub(crate) fn Dock(props: &CxProps) -> Html {
    let cx = &props.cx;
    let zoom = |thousandths| cx.act(Action::Zoom(thousandths, None));
    html! {
        <section class="dock" id="timeline" aria-label={cx.text("timeline-heading")}>
            <div class="dock-head">
                <Transport cx={cx.clone()} />
                <span class="spacer"></span>
                { legend(cx) }
                <div class="zoom" role="group">
                    <IconButton icon={Icon::ZoomOut} name={cx.text("timeline-zoom-out")} onclick={zoom(1_600)} />
                    <IconButton icon={Icon::Fit} name={cx.text("timeline-zoom-fit")} onclick={cx.act(Action::Fit)} />
                    <IconButton icon={Icon::ZoomIn} name={cx.text("timeline-zoom-in")} onclick={zoom(625)} />
                </div>
            </div>
            <Timeline cx={cx.clone()} />
        </section>
    }
}

fn legend(cx: &Cx) -> Html {
    let entries = Tone::ALL.into_iter().map(|tone| {
        html! {
            <li><svg class="swatch" aria-hidden="true"><rect class={classes!("bar", tone.slug())} width="100%" height="100%" rx="2" /></svg>
                <span>{ cx.text(&format!("tone-{}", tone.slug())) }</span></li>
        }
    });
    html! { <details class="legend"><summary>{ cx.text("timeline-legend") }</summary><ul>{ for entries }</ul></details> }
}

/// The names beside the lanes and the scrollbar, as the style sheet has them, in CSS pixels.
const fn lane_width(viewport: u32) -> u32 {
    viewport.saturating_sub(if viewport < 900 { 106 } else { 198 })
}

/// The instant under the pointer.
fn instant_at(area: &NodeRef, x: i32, window: Window) -> Option<SimTime> {
    let rect = area.cast::<Element>()?.get_bounding_client_rect();
    let share = (f64::from(x) - rect.left()) / rect.width();
    (-0.02..=1.02).contains(&share).then(|| window.instant(share))
}

#[component]
fn Timeline(props: &CxProps) -> Html {
    let cx = &props.cx;
    let area = use_node_ref();
    let is_dragging = use_mut_ref(|| false);
    let window = cx.state.window;
    let dispatcher = cx.state.dispatcher();
    let onclick = use_callback((), move |event: MouseEvent, ()| {
        select(&dispatcher, event.target_dyn_into());
    });
    let Some(run) = cx.state.run().cloned() else {
        return html! { <div class="timeline empty-timeline" data-testid="timeline"><p class="empty">{ cx.text("timeline-empty") }</p></div> };
    };

    let scrub = {
        let (area, dispatcher) = (area.clone(), cx.state.dispatcher());
        move |event: &PointerEvent| {
            if let Some(at) = instant_at(&area, event.client_x(), window) {
                dispatcher.dispatch(Action::Move(Go::At(at)));
                return true;
            }
            false
        }
    };
    let onpointerdown = {
        let (scrub, is_dragging) = (scrub.clone(), is_dragging.clone());
        Callback::from(move |event: PointerEvent| {
            if event.button() == 0 && scrub(&event) {
                *is_dragging.borrow_mut() = true;
            }
        })
    };
    let onpointermove = {
        let is_dragging = is_dragging.clone();
        Callback::from(move |event: PointerEvent| {
            if *is_dragging.borrow() && event.buttons() != 0 {
                scrub(&event);
            }
        })
    };
    let release = Callback::from(move |_: PointerEvent| *is_dragging.borrow_mut() = false);
    let onwheel = {
        let (area, dispatcher) = (area.clone(), cx.state.dispatcher());
        Callback::from(move |event: WheelEvent| {
            if event.ctrl_key() || event.meta_key() {
                event.prevent_default();
                let thousandths = if event.delta_y() < 0.0 { 800 } else { 1_250 };
                dispatcher.dispatch(Action::Zoom(thousandths, instant_at(&area, event.client_x(), window)));
            } else if event.shift_key() || event.delta_y().abs() < event.delta_x().abs() {
                event.prevent_default();
                let delta = if event.shift_key() { event.delta_y() + event.delta_x() } else { event.delta_x() };
                dispatcher.dispatch(Action::Pan(if delta < 0.0 { -60 } else { 60 }));
            }
        })
    };
    let width = lane_width(cx.state.viewport);
    html! {
        <div class="timeline" data-testid="timeline" {onpointerdown} {onpointermove} onpointerup={release.clone()} onpointercancel={release} {onwheel}>
            <div class="overlay below"><div class="overlay-area"><Grid {window} {width} /></div></div>
            <Ruler {window} {width} />
            <div class="lanes-scroll" tabindex="0" role="region" aria-label={cx.text("timeline-lanes")}>
                <Lanes run={run.clone()} {window} say={cx.say.clone()} {width} selected={cx.state.object.clone()} {onclick} />
                <Remaining cx={cx.clone()} />
            </div>
            <div class="overlay above"><div class="overlay-area" ref={area}>{ playhead(cx) }</div></div>
        </div>
    }
}

/// The line at the shown instant, which is also a slider.
fn playhead(cx: &Cx) -> Html {
    let state = &cx.state;
    let Some(run) = state.run() else { return Html::default() };
    let at = state.playhead.at;
    let place = state.window.percent(at);
    if !(-0.5..=100.5).contains(&place) {
        return Html::default();
    }
    let ms = |at: SimTime| (at.as_nanos() / 1_000_000).to_string();
    let spoken = format!("{} {}", clock(at), run.title(state.playhead.moment, &cx.say));
    let x = format!("{place:.3}%");
    html! {
        <svg class="playhead" role="slider" tabindex="0" aria-label={cx.text("timeline-playhead")} aria-valuemin={ms(run.start())}
            aria-valuemax={ms(run.end())} aria-valuenow={ms(at)} aria-valuetext={spoken}>
            <rect class="playhead-line" x={x.clone()} y="0" width="1.5" height="100%" />
            <svg {x} y="0" overflow="visible" aria-hidden="true">
                <path class="playhead-grip" d="M-5 8h11.5v7L.75 22-5 15z" />
            </svg>
        </svg>
    }
}

/// What is left of each wait at the shown instant, in the names' column.
#[component]
fn Remaining(props: &CxProps) -> Html {
    let cx = &props.cx;
    let at = cx.state.playhead.at;
    let Some(run) = cx.state.run() else { return Html::default() };
    let waits = run.lanes().iter().flat_map(|pod| pod.containers.iter().map(move |lane| (pod, lane)));
    let waits = waits.filter_map(|(pod, lane)| {
        let (wait, left) = lane.backoffs.iter().find_map(|wait| wait.remaining(at).map(|left| (wait, left)))?;
        let left = podlapse_view::span(left);
        let text = cx.say.with("lane-wait-left", &[("left", (&left).into()), ("length", (&wait.label).into())]);
        Some(html! { <span>{ format!("{} {}: ", pod.name, lane.name) }<b>{ text }</b></span> })
    });
    html! { <div class="remaining" aria-hidden="true">{ for waits }</div> }
}
