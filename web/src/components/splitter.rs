//! The edges between columns, which can be drawn with the pointer and moved with the arrow keys.

use yew::prelude::*;

use crate::components::cx::Cx;
use crate::state::{Action, Edge};

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SplitterProps {
    pub(crate) cx: Cx,
    pub(crate) edge: Edge,
}

/// How far an arrow key moves an edge.
const STEP: i32 = 24;

#[component]
pub(crate) fn Splitter(props: &SplitterProps) -> Html {
    let (cx, edge) = (&props.cx, props.edge);
    let size = cx.state.layout.size(edge);
    // Where the pointer was when the drag began, and the size then.
    let drag = use_mut_ref(|| None::<(i32, i32)>);
    let place = move |event: &PointerEvent| if edge == Edge::Dock { event.client_y() } else { event.client_x() };
    // The editors grow to the right; the inspector and the dock grow against the pointer's direction.
    let sign = if edge == Edge::Left { 1 } else { -1 };

    let onpointerdown = {
        let drag = drag.clone();
        Callback::from(move |event: PointerEvent| {
            event.prevent_default();
            if let Some(target) = event.target_dyn_into::<web_sys::Element>() {
                // Without capture the drag ends at the edge of the element, and nothing worse happens.
                target.set_pointer_capture(event.pointer_id()).ok();
            }
            *drag.borrow_mut() = Some((place(&event), size));
        })
    };
    let onpointermove = {
        let (drag, dispatcher) = (drag.clone(), cx.state.dispatcher());
        Callback::from(move |event: PointerEvent| {
            if let Some((from, before)) = *drag.borrow() {
                dispatcher.dispatch(Action::Resize(edge, before + sign * (place(&event) - from)));
            }
        })
    };
    let release = Callback::from(move |_: PointerEvent| *drag.borrow_mut() = None);
    let onkeydown = {
        let dispatcher = cx.state.dispatcher();
        Callback::from(move |event: KeyboardEvent| {
            let by = match (event.key().as_str(), edge) {
                ("ArrowRight", Edge::Left | Edge::Right) | ("ArrowDown", Edge::Dock) => STEP,
                ("ArrowLeft", Edge::Left | Edge::Right) | ("ArrowUp", Edge::Dock) => -STEP,
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            dispatcher.dispatch(Action::Resize(edge, size + sign * by));
        })
    };
    let (least, most) = edge.range();
    let orientation = if edge == Edge::Dock { "horizontal" } else { "vertical" };
    html! {
        <div class={classes!("splitter", format!("edge-{}", edge.slug()))} role="separator" tabindex="0" aria-orientation={orientation}
            aria-label={cx.text(&format!("resize-{}", edge.slug()))} aria-valuenow={size.to_string()} aria-valuemin={least.to_string()}
            aria-valuemax={most.to_string()} {onpointerdown} {onpointermove} onpointerup={release.clone()} onpointercancel={release} {onkeydown}></div>
    }
}
