//! The rows of `kubectl get pods -w`: their sequence, and when they first come.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::mask::pod_key;
use super::names::Names;
use super::read::{Broken, list, optional_text, required, text, time};
use super::{FLICKER, Fault, edge};

/// READY, STATUS and RESTARTS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    ready: String,
    status: String,
    restarts: i64,
}

/// Rows with their times, without consecutive repeats.
type Series = Vec<(f64, Row)>;

pub(super) fn read(trace: &Value, names: &Names) -> Result<BTreeMap<String, Series>, Broken> {
    let mut all = BTreeMap::<String, Series>::new();
    for change in list(trace, "watch")? {
        let row = required(change, "row")?;
        let key = pod_key(optional_text(row, "namespace")?, text(row, "name")?, names);
        let entry = if change["type"] == "DELETED" {
            restarts(row)?;
            Row { ready: String::new(), status: "(deleted)".to_owned(), restarts: 0 }
        } else {
            Row { ready: text(row, "ready")?.to_owned(), status: text(row, "status")?.to_owned(), restarts: restarts(row)? }
        };
        let series = all.entry(key).or_default();
        if series.last().is_none_or(|(_, last)| *last != entry) {
            series.push((time(change)?, entry));
        }
    }
    Ok(all)
}

/// The number of restarts, which stands as `3` or `3 (12s ago)`.
fn restarts(row: &Value) -> Result<i64, Broken> {
    let cell = required(row, "restarts")?;
    let text = cell.as_str().map_or_else(|| cell.to_string(), str::to_owned);
    let number = text.split_whitespace().next().and_then(|number| number.parse().ok());
    number.ok_or_else(|| Broken(format!("restarts {text:?}")))
}

pub(super) fn compare(a: &BTreeMap<String, Series>, b: &BTreeMap<String, Series>, ends: (f64, f64), faults: &mut Vec<Fault>) {
    let none = Series::new();
    for pod in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
        let (left, right) = (a.get(pod).unwrap_or(&none), b.get(pod).unwrap_or(&none));
        if let Some(at) = parting(left, right, ends) {
            let show = |series: &Series| {
                let rows = series.iter().skip(at.saturating_sub(1)).take(if at == 0 { 3 } else { 4 });
                rows.map(|(_, row)| format!("{} {} {}", row.ready, row.status, row.restarts)).collect::<Vec<_>>()
            };
            let text = format!("{pod}: near row {at}: real {:?} simulated {:?}", show(left), show(right));
            faults.push(Fault::new("rows", pod, text));
        }
        if a.contains_key(pod) && b.contains_key(pod) {
            compare_restarts(pod, left, right, faults);
            compare_first_times(pod, left, right, ends, faults);
        }
    }
}

fn lasted(series: &Series, at: usize, end: f64) -> f64 {
    series.get(at + 1).map_or(end, |next| next.0) - series[at].0
}

/// Where the sequences part, as an index into `a`; none if they agree up to flickers and the edge.
fn parting(a: &Series, b: &Series, (end_a, end_b): (f64, f64)) -> Option<usize> {
    let (mut i, mut j) = (0, 0);
    let row = |series: &Series, at: usize| series.get(at).map(|(_, row)| row.clone());
    let flickered = |series: &Series, at: usize, end: f64| at < series.len() && lasted(series, at, end) < FLICKER;
    // A repeat that a flicker on the other side separates: X f X against X.
    let repeats = |series: &Series, at: usize, other: &Series, before: usize| {
        at < series.len() && 0 < before && row(series, at) == row(other, before - 1)
    };
    while i < a.len() || j < b.len() {
        if i < a.len() && row(a, i) == row(b, j) {
            (i, j) = (i + 1, j + 1);
        } else if flickered(a, i, end_a) {
            i += 1;
        } else if flickered(b, j, end_b) || repeats(b, j, a, i) {
            j += 1;
        } else if repeats(a, i, b, j) {
            i += 1;
        } else {
            let at_edge = |series: &Series, at: usize, end: f64| series.get(at).is_none_or(|(t, _)| *t > edge(end));
            return if at_edge(a, i, end_a) && at_edge(b, j, end_b) { None } else { Some(i) };
        }
    }
    None
}

/// Seconds by which a gap may differ: syncs are batched, and after a failed sync the kubelet and the controllers draw when they
/// come back.
fn tolerance(gap: f64, retried: bool) -> f64 {
    2.5 + 0.05 * gap + if retried { 0.5 * f64::min(gap, 60.0) } else { 0.0 }
}

/// Whether a row between the two times shows something that is tried again after a random delay.
fn retried(series: &Series, start: f64, end: f64) -> bool {
    const SIGNS: [&str; 6] = ["BackOff", "Err", "CreateContainer", "Unknown", "Terminating", "NodeLost"];
    series.iter().any(|(t, row)| start <= *t && *t < end && SIGNS.iter().any(|sign| row.status.contains(sign)))
}

/// Each restart comes about as long after the one before.
fn compare_restarts(pod: &str, a: &Series, b: &Series, faults: &mut Vec<Fault>) {
    let firsts = |series: &Series| {
        let mut firsts = BTreeMap::new();
        for (t, row) in series {
            firsts.entry(row.restarts).or_insert(*t);
        }
        firsts
    };
    let (ta, tb) = (firsts(a), firsts(b));
    for (n, at) in ta.iter().filter(|(n, _)| **n != 0) {
        let (Some(before_a), Some(before_b), Some(bt)) = (ta.get(&(n - 1)), tb.get(&(n - 1)), tb.get(n)) else { continue };
        let (gap_a, gap_b) = (at - before_a, bt - before_b);
        let again = retried(a, *before_a, *at) || retried(b, *before_b, *bt);
        if (gap_a - gap_b).abs() > tolerance(gap_a.max(gap_b), again) {
            let text = format!("{pod}: restart {n} after the one before: real {gap_a:.1} s simulated {gap_b:.1} s");
            faults.push(Fault::new("times", pod, text));
        }
    }
}

/// Each READY and STATUS that lasts on both sides first comes about as long after the Pod.
fn compare_first_times(pod: &str, a: &Series, b: &Series, (end_a, end_b): (f64, f64), faults: &mut Vec<Fault>) {
    let (first_a, first_b) = (milestones(a, end_a), milestones(b, end_b));
    for ((ready, status), (t, long_a)) in &first_a {
        let Some((u, long_b)) = first_b.get(&(*ready, *status)) else { continue };
        let (gap_a, gap_b) = (t - a[0].0, u - b[0].0);
        let again = retried(a, a[0].0, *t) || retried(b, b[0].0, *u);
        if *long_a && *long_b && (gap_a - gap_b).abs() > tolerance(gap_a.max(gap_b), again) {
            let text = format!("{pod}: {ready} {status} after creation: real {gap_a:.1} s simulated {gap_b:.1} s");
            faults.push(Fault::new("times", pod, text));
        }
    }
}

/// READY and STATUS to when they first come, and whether that row lasted.
fn milestones(series: &Series, end: f64) -> BTreeMap<(&str, &str), (f64, bool)> {
    let mut firsts = BTreeMap::new();
    for (at, (t, row)) in series.iter().enumerate() {
        firsts.entry((row.ready.as_str(), row.status.as_str())).or_insert((*t, lasted(series, at, end) >= FLICKER));
    }
    firsts
}
