//! The timeline as text: `podlapse run --output timeline`.

use podlapse_model::SimTime;
use podlapse_view::{Bar, Messages, RunView, Tone};

use crate::style::Style;
use crate::watch::instant;

/// How many signs a lane has.
const COLUMNS: usize = 64;
/// Pods beyond these are counted only.
const MOST_PODS: usize = 100;

/// The sign of a look.
const fn sign(tone: Tone) -> char {
    match tone {
        Tone::Waiting => '.',
        Tone::Creating => '-',
        Tone::Running => '=',
        Tone::Ready => '#',
        Tone::Failing => 'x',
        Tone::BackOff => '~',
        Tone::Terminating => '>',
        Tone::Completed => '_',
        Tone::Unknown => '?',
    }
}

/// A lane for the STATUS of each Pod and the state of each container, on one axis.
pub(crate) fn timeline(view: &RunView, messages: &Messages, style: Style) -> String {
    let shown = &view.lanes()[..view.lanes().len().min(MOST_PODS)];
    let names = shown.iter().flat_map(|pod| {
        let containers = pod.containers.iter().map(|container| container.name.chars().count() + 2);
        containers.chain([pod.name.chars().count()])
    });
    let width = names.max().unwrap_or_default();
    let mut text = String::new();
    let mut used = Vec::new();
    let mut lane = |name: &str, bar: &Bar, text: &mut String| {
        text.push_str(&format!("{name:width$}  "));
        let tones: Vec<Option<Tone>> = (0..COLUMNS).map(|column| tone(view, bar, column)).collect();
        for run in tones.chunk_by(|one, other| one == other) {
            let Some(tone) = run[0] else {
                text.push_str(&" ".repeat(run.len()));
                continue;
            };
            if !used.contains(&tone) {
                used.push(tone);
            }
            text.push_str(&style.state(tone, &sign(tone).to_string().repeat(run.len())));
        }
        let kept = text.trim_end_matches(' ').len();
        text.truncate(kept);
        text.push('\n');
    };
    for pod in shown {
        lane(&pod.name, &pod.status, &mut text);
        for container in &pod.containers {
            let states: Bar = container.states.iter().filter(|segment| !segment.label.is_empty()).cloned().collect();
            lane(&format!("  {}", container.name), &states, &mut text);
        }
    }
    let untold = view.lanes().len() - shown.len();
    if 0 < untold {
        text.push_str(&format!("and {untold} more Pods\n"));
    }
    let legend = Tone::ALL.into_iter().filter(|tone| used.contains(tone)).map(|tone| {
        let sign = style.state(tone, &sign(tone).to_string());
        format!("{sign} {}", messages.text(&format!("tone-{}", tone.slug())))
    });
    let legend: Vec<String> = legend.collect();
    format!("{}{text}\n{}\n", axis(view, width), legend.join("   "))
}

/// The state that a column stands for: the one that takes most of it.
fn tone(view: &RunView, bar: &Bar, column: usize) -> Option<Tone> {
    let (from, to) = (place(view, column), place(view, column + 1));
    let there = bar.iter().filter(|segment| segment.from < to && from < segment.to);
    // The first of those that take equally much.
    there.rev().max_by_key(|segment| segment.to.min(to).since(segment.from.max(from))).map(|segment| segment.tone)
}

fn place(view: &RunView, column: usize) -> SimTime {
    let (start, end) = (view.start().as_nanos(), view.end().as_nanos());
    let share = i128::from(end - start) * column as i128 / COLUMNS as i128;
    SimTime::from_nanos(start + share as i64)
}

/// The times at each quarter.
fn axis(view: &RunView, width: usize) -> String {
    let mut line = " ".repeat(width + 2);
    for quarter in 0..=4 {
        let column = width + 2 + COLUMNS * quarter / 4;
        let label = instant(place(view, COLUMNS * quarter / 4));
        // The last time ends where the lanes do.
        let start = if quarter == 4 { column.saturating_sub(label.len()) } else { column };
        while line.len() < start {
            line.push(' ');
        }
        line.push_str(&label);
    }
    line.push('\n');
    line
}
