//! What kubectl printed: the output of each action, and the description of each Pod at the end.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Fault;
use super::mask::{mask, mask_value};
use super::names::Names;
use super::read::{Broken, list, object, optional};

pub(super) fn compare_actions(
    real: (&Value, &Names),
    simulated: (&Value, &Names),
    faults: &mut Vec<Fault>,
) -> Result<(), Broken> {
    let (left, right) = (list(real.0, "actions")?, list(simulated.0, "actions")?);
    for at in 0..left.len().max(right.len()) {
        for field in ["kubectl", "exit", "stdout", "stderr"] {
            let value = |actions: &'_ [Value]| actions.get(at).and_then(|action| action.get(field)).cloned();
            let (x, y) = (value(left), value(right));
            if sorted_lines(x.as_ref(), real.1) != sorted_lines(y.as_ref(), simulated.1) {
                let show = |value: Option<Value>| value.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
                let text = format!("{at} {field}: real {} simulated {}", show(x), show(y));
                faults.push(Fault::new("actions", at.to_string(), text));
            }
        }
    }
    Ok(())
}

fn sorted_lines(value: Option<&Value>, names: &Names) -> Vec<String> {
    let mut lines: Vec<String> = mask_value(value, names).split('\n').map(str::to_owned).collect();
    lines.sort();
    lines
}

pub(super) fn compare_descriptions(
    real: (&Value, &Names),
    simulated: (&Value, &Names),
    settled: &dyn Fn(&str) -> bool,
    faults: &mut Vec<Fault>,
) -> Result<(), Broken> {
    let (left, right) = (descriptions(real)?, descriptions(simulated)?);
    for (pod, description) in &left {
        // While the status itself differs, or was still moving, its description differs too.
        if !settled(pod) {
            continue;
        }
        let (x, y) =
            (stable_lines(description, real.1), stable_lines(right.get(pod).copied().unwrap_or(&Value::Null), simulated.1));
        if x != y {
            let at = x.iter().zip(&y).position(|(a, b)| a != b).unwrap_or(x.len().min(y.len()));
            let text = format!("{pod}: describe line {at}: real {:?} simulated {:?}", x.get(at), y.get(at));
            faults.push(Fault::new("final", pod, text));
        }
    }
    Ok(())
}

fn descriptions<'a>((trace, names): (&'a Value, &Names)) -> Result<BTreeMap<String, &'a Value>, Broken> {
    let all = optional(object(trace, "final")?, "describe").and_then(Value::as_object).into_iter().flatten();
    Ok(all.map(|(pod, text)| (mask(pod, names), text)).collect())
}

/// A description without its events, which are compared as such, and without ages and widths.
fn stable_lines(description: &Value, names: &Names) -> Vec<String> {
    let text = mask_value(Some(description), names);
    let text = text.split("\nEvents:").next().unwrap_or_default();
    let mut lines: Vec<&str> = text.split(is_line_break).collect();
    if lines.last() == Some(&"") {
        lines.pop();
    }
    lines.into_iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// What ends a line for the reference; `\r\n` gives an empty line more, on both sides alike.
fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}
