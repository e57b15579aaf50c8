//! The events of each object.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::mask::{mask_value, pod_key};
use super::names::Names;
use super::read::{Broken, list, optional, optional_text, required, text, time};
use super::{Fault, edge};

/// Type, reason and message.
type Fact = (String, String, String);

/// When an event first came, and its last count.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    first: f64,
    count: f64,
}

pub(super) fn read(trace: &Value, names: &Names) -> Result<BTreeMap<String, BTreeMap<Fact, Seen>>, Broken> {
    let mut all = BTreeMap::<String, BTreeMap<Fact, Seen>>::new();
    for change in list(trace, "events")? {
        if optional_text(change, "object")?.unwrap_or_default().starts_with("Node/") {
            continue;
        }
        // A recorded cluster has just started: its nodes may still be losing their first taints.
        if text(change, "reason")? == "TaintManagerEviction" && time(change)? < 5.0 {
            continue;
        }
        let key = pod_key(optional_text(change, "namespace")?, text(change, "object")?, names);
        let message = mask_value(Some(required(change, "message")?), names);
        let fact = (text(change, "type")?.to_owned(), text(change, "reason")?.to_owned(), message);
        let count = optional(change, "count").and_then(Value::as_f64).filter(|count| *count != 0.0).unwrap_or(1.0);
        let at = time(change)?;
        all.entry(key).or_default().entry(fact).or_insert(Seen { first: at, count }).count = count;
    }
    Ok(all)
}

pub(super) fn compare(
    a: &BTreeMap<String, BTreeMap<Fact, Seen>>,
    b: &BTreeMap<String, BTreeMap<Fact, Seen>>,
    (end_a, end_b): (f64, f64),
    faults: &mut Vec<Fault>,
) {
    let none = BTreeMap::new();
    for object in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
        let (left, right) = (a.get(object).unwrap_or(&none), b.get(object).unwrap_or(&none));
        let mut fault = |fact: &Fact, text: String| faults.push(Fault::new("events", format!("{object}:{}", fact.1), text));
        for (fact, _) in left.iter().filter(|(fact, seen)| !right.contains_key(*fact) && seen.first < edge(end_a)) {
            fault(fact, format!("{object}: missing {fact:?}"));
        }
        for (fact, _) in right.iter().filter(|(fact, seen)| !left.contains_key(*fact) && seen.first < edge(end_b)) {
            fault(fact, format!("{object}: invented {fact:?}"));
        }
        for (fact, x) in left {
            let Some(y) = right.get(fact) else { continue };
            if (x.count - y.count).abs() > f64::max(1.0, 0.35 * x.count.max(y.count)) {
                fault(fact, format!("{object}: {} x{} real, x{} simulated", fact.1, x.count, y.count));
            }
        }
    }
}
