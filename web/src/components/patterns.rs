//! The hatchings and stripes that tell states apart where colour does not.

use yew::prelude::*;

#[component]
pub(crate) fn Patterns() -> Html {
    let stripes = |id: &'static str, size: &'static str, turn: &'static str| {
        html! {
            <pattern {id} class={id} width={size} height={size} patternUnits="userSpaceOnUse" patternTransform={turn}>
                <rect class="ground" width={size} height={size} /><rect class="stroke" width="2" height={size} />
            </pattern>
        }
    };
    html! {
        <svg class="unseen" aria-hidden="true" width="0" height="0">
            <defs>
                { stripes("pattern-waiting", "6", "rotate(45)") }
                { stripes("pattern-creating", "8", "rotate(0)") }
                { stripes("pattern-back-off", "5", "rotate(-45)") }
                { stripes("pattern-terminating", "7", "rotate(-60)") }
                { stripes("pattern-unknown", "9", "rotate(90)") }
            </defs>
        </svg>
    }
}
