//! The time axis.

use podlapse_model::SimTime;
use podlapse_view::span;
use yew::prelude::*;

use crate::state::Window;

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct WindowProps {
    pub(crate) window: Window,
    /// Width of the lanes in CSS pixels.
    pub(crate) width: u32,
}

/// Distances between marks, in milliseconds.
const STEPS: [i64; 21] = [
    5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
    3_600_000, 21_600_000, 86_400_000,
];

/// The room that a time needs, in CSS pixels.
const LABEL: u32 = 64;

/// More marks than this make the axis restless, however wide it is.
const MOST_MARKS: i64 = 12;

/// The instants that are marked on an axis of some pixels.
fn marks(window: Window, width: u32) -> Vec<SimTime> {
    let length = window.length() / 1_000_000;
    let most = i64::from(width / LABEL).clamp(2, MOST_MARKS);
    let step = STEPS.into_iter().find(|step| length / step < most).unwrap_or(length / most + 1) * 1_000_000;
    let first = window.from.div_euclid(step) + 1;
    (first..).map(|index| index.saturating_mul(step)).take_while(|at| *at <= window.to).map(SimTime::from_nanos).collect()
}

fn label(at: SimTime) -> String {
    let sign = if at < SimTime::ZERO { "-" } else { "" };
    let length = if at < SimTime::ZERO { SimTime::ZERO.since(at) } else { at.since(SimTime::ZERO) };
    format!("{sign}{}", span(length))
}

/// The row of times above the lanes.
#[component]
pub(crate) fn Ruler(props: &WindowProps) -> Html {
    let labels = marks(props.window, props.width).into_iter().map(|at| {
        html! { <text x={format!("{:.3}%", props.window.percent(at))} y="15" dx="4">{ label(at) }</text> }
    });
    html! {
        <div class="ruler-row" aria-hidden="true"><div class="lane-name"></div><svg class="ruler">{ for labels }</svg></div>
    }
}

/// The lines at those times, across all lanes.
#[component]
pub(crate) fn Grid(props: &WindowProps) -> Html {
    let lines = marks(props.window, props.width).into_iter().map(|at| {
        let x = format!("{:.3}%", props.window.percent(at));
        html! { <line x1={x.clone()} x2={x} y1="0" y2="100%" /> }
    });
    html! { <svg class="grid" aria-hidden="true">{ for lines }</svg> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_never_more_marks_than_fit() {
        for seconds in [1, 7, 60, 90, 900, 86_400, 10_000_000] {
            let window = Window { from: -1_000_000_000, to: seconds * 1_000_000_000 };
            let (wide, narrow) = (marks(window, 1_200).len(), marks(window, 280).len());
            assert!((2..=13).contains(&wide), "{seconds} s: {wide}");
            assert!((1..=5).contains(&narrow), "{seconds} s: {narrow}");
        }
    }
}
