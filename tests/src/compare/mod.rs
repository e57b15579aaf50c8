//! Whether a simulated trace matches a recorded one.
//!
//! The rules of `tests/data/conformance/compare.py`, which is the reference: rows, times, statuses, events, actions and the final
//! description of each Pod, with what cannot be equal masked. A test holds the two to the same verdicts.

mod events;
mod final_text;
mod mask;
mod names;
mod read;
mod rows;
mod statuses;

use serde_json::Value;

use names::Names;
use read::Broken;

/// A row or a status that lasted less than this may be missing on either side, in seconds.
const FLICKER: f64 = 1.5;

/// A difference between two traces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `rows`, `times`, `statuses`, `events`, `actions`, `final`, or `broken` for a trace that cannot be read.
    pub kind: &'static str,
    /// The Pod, object or action.
    pub key: String,
    /// What differs, for people.
    pub text: String,
}

impl Fault {
    fn new(kind: &'static str, key: impl Into<String>, text: String) -> Self {
        Fault { kind, key: key.into(), text }
    }
}

/// The start of the last stretch of a recording, in which what happened may still be missing on one side.
fn edge(end: f64) -> f64 {
    end - f64::min(35.0, 0.2 * end)
}

/// Where a simulated trace differs from a recorded one. What varies between recordings of the real cluster is left out.
pub fn compare(real: &Value, simulated: &Value) -> Vec<Fault> {
    let paired = names::pair_up(real, simulated);
    let faults = paired.and_then(|(real_names, simulated_names)| compare_named(real, simulated, &real_names, &simulated_names));
    faults.unwrap_or_else(|Broken(text)| vec![Fault::new("broken", "", text)])
}

fn compare_named(real: &Value, simulated: &Value, real_names: &Names, simulated_names: &Names) -> Result<Vec<Fault>, Broken> {
    let varies = read::list(real, "varies")?;
    let mut faults = differences(real, simulated, real_names, simulated_names)?;
    faults.retain(|fault| {
        let known = format!("{}:{}", fault.kind, mask::without_ordinals(&fault.key));
        !varies.iter().any(|varying| varying.as_str() == Some(&known))
    });
    Ok(faults)
}

fn differences(real: &Value, simulated: &Value, real_names: &Names, simulated_names: &Names) -> Result<Vec<Fault>, Broken> {
    let ends = (read::end(real)?, read::end(simulated)?);
    let mut faults = Vec::new();
    rows::compare(&rows::read(real, real_names)?, &rows::read(simulated, simulated_names)?, ends, &mut faults);
    let (a, b) = (statuses::read(real, real_names)?, statuses::read(simulated, simulated_names)?);
    statuses::compare(&a, &b, ends, &mut faults);
    events::compare(&events::read(real, real_names)?, &events::read(simulated, simulated_names)?, ends, &mut faults);
    final_text::compare_actions((real, real_names), (simulated, simulated_names), &mut faults)?;
    let settled = |pod: &str| statuses::settled_alike(a.get(pod), b.get(pod), ends);
    final_text::compare_descriptions((real, real_names), (simulated, simulated_names), &settled, &mut faults)?;
    Ok(faults)
}
