//! `podlapse sweep`: one scenario with many seeds and values, on all cores.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use podlapse_kubectl::{TablePrinter, pod_row, simulate};
use podlapse_manifest::{Amend, Severity, amend, read_stream};
use podlapse_model::{Kind, Object, SimDuration, SimTime};
use podlapse_view::span;
use serde_json::{Value, json};

use crate::args::{Sweep, SweepOutput, Vary};
use crate::report::{Failure, NOT_REACHED, Report};
use crate::scenario::{another, prepare, run_until};
use crate::source::Source;

/// More runs than these are a job for more than one machine.
const MOST_RUNS: usize = 100_000;

/// One setting of all values, and what came of it with each seed.
struct Setting {
    /// The value of each path that varies.
    values: Vec<String>,
    workload: String,
    cluster: Option<String>,
}

/// What came of a run.
#[derive(Clone, Debug)]
struct Outcome {
    /// When the state was reached.
    reached: Option<SimDuration>,
    /// What the Pods showed last, as in `2 Running, 1 Pending`.
    end: String,
}

/// Runs a scenario with many seeds and values, and prints how the outcomes are spread.
pub(crate) fn sweep(arguments: &Sweep) -> Result<Report, Failure> {
    let source = Source::read(&arguments.scenario)?;
    let (first, stderr) = prepare(&source, arguments.duration, arguments.scenario.seed).flawless()?;
    let settings = settings(&source, &arguments.vary)?;
    let seeds = usize::try_from(arguments.seeds).unwrap_or(usize::MAX);
    let count = settings.len().saturating_mul(seeds);
    if MOST_RUNS < count {
        return Err(Failure(format!("podlapse: {count} runs are more than {MOST_RUNS}\n")));
    }
    let seed = first.scenario().simulation.seed;
    let outcomes = all(count, |index| {
        let seed = seed.wrapping_add((index % seeds) as u64);
        one(&source.name, &settings[index / seeds], arguments, seed)
    })?;
    let swept = Swept { arguments, settings: &settings, seeds, first_seed: seed, outcomes: &outcomes };
    let stdout = match arguments.output {
        SweepOutput::Table => swept.table(),
        SweepOutput::Json => format!("{:#}\n", swept.json()),
        SweepOutput::Csv => swept.csv(),
    };
    let is_reached = outcomes.iter().any(|outcome| outcome.reached.is_some());
    Ok(Report { stdout, stderr, exit: if is_reached { 0 } else { NOT_REACHED }, ..Report::default() })
}

/// Every combination of the values, in the order in which they were given.
fn settings(source: &Source, vary: &[Vary]) -> Result<Vec<Setting>, Failure> {
    let cluster = source.cluster.as_ref().map(|cluster| cluster.content.clone());
    let mut all = vec![Setting { values: Vec::new(), workload: source.workload.content.clone(), cluster }];
    for Vary { is_cluster, document, path, values } in vary {
        if MOST_RUNS < all.len().saturating_mul(values.len()) {
            return Err(Failure(format!("podlapse: --vary: more than {MOST_RUNS} combinations\n")));
        }
        let mut next = Vec::new();
        for setting in &all {
            for value in values {
                let parsed = parsed(value);
                let missing = || Failure(format!("podlapse: --vary: there is no place for {} in the text\n", path.join("/")));
                let (mut workload, mut cluster) = (setting.workload.clone(), setting.cluster.clone());
                let text = if *is_cluster { cluster.as_mut().ok_or_else(missing)? } else { &mut workload };
                *text = amend(text, *document, path, &Amend::Set(parsed)).ok_or_else(missing)?.apply(text);
                let values = setting.values.iter().cloned().chain([value.clone()]).collect();
                next.push(Setting { values, workload, cluster });
            }
        }
        all = next;
    }
    Ok(all)
}

/// A value as YAML reads it.
fn parsed(text: &str) -> Value {
    read_stream(&format!("value: {text}\n"))
        .documents
        .first()
        .and_then(|read| read.json.get("value"))
        .cloned()
        .unwrap_or_default()
}

/// The results of many runs in their order. Each core takes the next one that nobody has.
fn all(count: usize, run: impl Fn(usize) -> Result<Outcome, Failure> + Sync) -> Result<Vec<Outcome>, Failure> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get).min(count.max(1));
    let (next, has_terminal) = (AtomicUsize::new(0), io::stderr().is_terminal());
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if count <= index {
                return done;
            }
            if has_terminal {
                // Progress is for eyes alone; that it cannot be shown is no failure.
                let _ = write!(io::stderr(), "\r{index} of {count} runs");
            }
            done.push((index, run(index)));
        }
    };
    let mut results: Vec<(usize, Result<Outcome, Failure>)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a run does not panic")).collect()
    });
    if has_terminal {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

fn one(name: &str, setting: &Setting, arguments: &Sweep, seed: u64) -> Result<Outcome, Failure> {
    let checked = simulate(name, &setting.workload, setting.cluster.as_deref());
    let errors = checked.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    let errors: String =
        errors.map(|error| format!("podlapse: with {}: {}\n", setting.values.join(", "), error.message)).collect();
    let run = checked.value.filter(|_| errors.is_empty()).ok_or(Failure(errors))?;
    let mut run = another(&run, arguments.duration, Some(seed));
    let is_reached = run_until(&mut run, &arguments.until);
    let reached = is_reached.then(|| run.computed_to().since(SimTime::ZERO));
    run.run();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let snapshot = run.seek(run.computed_to());
    for object in snapshot.store().list(Kind::Pod) {
        if let Object::Pod(pod) = object {
            *counts.entry(pod_row(pod, &run.wall().time(run.computed_to())).status).or_default() += 1;
        }
    }
    let end: Vec<String> = counts.into_iter().map(|(status, count)| format!("{count} {status}")).collect();
    Ok(Outcome { reached, end: if end.is_empty() { "no Pods".to_owned() } else { end.join(", ") } })
}

/// All that was run.
struct Swept<'a> {
    arguments: &'a Sweep,
    settings: &'a [Setting],
    seeds: usize,
    first_seed: u64,
    outcomes: &'a [Outcome],
}

impl Swept<'_> {
    /// The settings with their outcomes by seed.
    fn rows(&self) -> impl Iterator<Item = (&Setting, &[Outcome])> {
        self.settings.iter().zip(self.outcomes.chunks(self.seeds))
    }

    fn names(&self) -> impl Iterator<Item = String> {
        self.arguments.vary.iter().map(|vary| vary.path.last().cloned().unwrap_or_default())
    }

    fn table(&self) -> String {
        let heads = ["REACHED", "MIN", "MEDIAN", "P90", "MAX", "AT THE END"].map(str::to_owned);
        let mut lines = vec![self.names().map(|name| name.to_uppercase()).chain(heads).collect::<Vec<String>>()];
        for (setting, outcomes) in self.rows() {
            let times = times(outcomes);
            let quantiles = [0, 500, 900, 1_000].map(|share| quantile(&times, share).map_or("-".to_owned(), span));
            let reached = format!("{}/{}", times.len(), outcomes.len());
            lines.push(setting.values.iter().cloned().chain([reached]).chain(quantiles).chain([ends(outcomes)]).collect());
        }
        let last = self.first_seed.wrapping_add(self.seeds as u64 - 1);
        format!("{} with seeds {} to {last}\n\n{}", self.arguments.until, self.first_seed, TablePrinter::default().print(&lines))
    }

    fn json(&self) -> Value {
        let rows = self.rows().map(|(setting, outcomes)| {
            let times = times(outcomes);
            let seconds = |share| quantile(&times, share).map(SimDuration::as_secs_f64);
            let values: BTreeMap<String, &String> =
                self.arguments.vary.iter().map(|vary| vary.path.join("/")).zip(&setting.values).collect();
            let runs = outcomes.iter().enumerate().map(|(index, outcome)| {
                json!({
                    "seed": self.first_seed.wrapping_add(index as u64),
                    "reached": outcome.reached.map(SimDuration::as_secs_f64),
                    "end": outcome.end,
                })
            });
            json!({
                "values": values, "reached": times.len(), "of": outcomes.len(), "min": seconds(0), "median": seconds(500),
                "p90": seconds(900), "max": seconds(1_000), "runs": runs.collect::<Vec<_>>(),
            })
        });
        json!({"until": self.arguments.until, "settings": rows.collect::<Vec<_>>()})
    }

    /// A line for each run.
    fn csv(&self) -> String {
        let quoted =
            |cell: String| if cell.contains([',', '"', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell };
        let line = |cells: Vec<String>| format!("{}\n", cells.into_iter().map(quoted).collect::<Vec<_>>().join(","));
        let mut text = line(self.names().chain(["seed", "reached", "end"].map(str::to_owned)).collect());
        for (setting, outcomes) in self.rows() {
            for (index, outcome) in outcomes.iter().enumerate() {
                let reached = outcome.reached.map_or(String::new(), |at| at.as_secs_f64().to_string());
                let seed = self.first_seed.wrapping_add(index as u64).to_string();
                text.push_str(&line(setting.values.iter().cloned().chain([seed, reached, outcome.end.clone()]).collect()));
            }
        }
        text
    }
}

/// When the state was reached, the earliest first.
fn times(outcomes: &[Outcome]) -> Vec<SimDuration> {
    let mut times: Vec<SimDuration> = outcomes.iter().filter_map(|outcome| outcome.reached).collect();
    times.sort();
    times
}

/// The value that so many thousandths of all do not exceed.
fn quantile(times: &[SimDuration], thousandths: usize) -> Option<SimDuration> {
    let rank = (times.len() * thousandths).div_ceil(1_000).max(1);
    times.get(rank - 1).copied()
}

/// How runs ended, the most frequent first.
fn ends(outcomes: &[Outcome]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    outcomes.iter().for_each(|outcome| *counts.entry(&outcome.end).or_default() += 1);
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| usize::MAX - count);
    let words: Vec<String> = match counts.as_slice() {
        [(end, _)] => vec![(*end).to_owned()],
        counts => counts.iter().map(|(end, count)| format!("{count}x {end}")).collect(),
    };
    words.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_times_that_occurred() {
        let times = [1, 2, 3, 10].map(SimDuration::from_secs);
        assert_eq!([0, 500, 900, 1_000].map(|share| quantile(&times, share).unwrap().as_secs()), [1, 2, 10, 10]);
        assert_eq!(quantile(&[], 500), None);
    }

    #[test]
    fn results_stand_in_the_order_of_the_runs() {
        let outcome = |index: usize| Ok(Outcome { reached: None, end: index.to_string() });
        let ends: Vec<String> = all(40, outcome).unwrap().into_iter().map(|outcome| outcome.end).collect();
        assert_eq!(ends, (0..40).map(|index| index.to_string()).collect::<Vec<_>>());
    }
}
