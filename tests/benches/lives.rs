//! How long whole lives take, and what their history weighs; each figure against the bound that it has to keep.
//!
//! `cargo xtask bench`. Times are medians on the machine at hand.

// A benchmark is the one place where a real clock belongs.
#![allow(clippy::disallowed_methods)]

use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use podlapse_core::Simulation;
use podlapse_model::SimTime;

/// A recorded crash loop of twelve minutes: restarts, back-off, many events.
const SCENARIO: &str = "crashloop-exit1";
const ROUNDS: u32 = 51;
/// Runs that are kept at the same time to weigh their history.
const KEPT: u64 = 16;

const RUN_AT_MOST: Duration = Duration::from_millis(10);
const SEEK_AT_MOST: Duration = Duration::from_millis(1);
const HISTORY_AT_MOST: u64 = 16 << 20;

fn main() -> ExitCode {
    let run = median(ROUNDS, |_| {
        black_box(finished());
    });
    let simulation = finished();
    let end = simulation.end().since(SimTime::ZERO);
    // All over the run, in an order that never helps.
    let instant = |round: u32| SimTime::ZERO + end.ratio(u64::from(round * 37 % ROUNDS), u64::from(ROUNDS));
    let seek = median(ROUNDS, |round| {
        black_box(simulation.seek(instant(round)));
    });
    let before = resident();
    let kept: Vec<Simulation> = (0..KEPT).map(|_| finished()).collect();
    let history = resident().saturating_sub(before) / KEPT;
    println!("{SCENARIO}: {} of virtual time, {} steps", end, kept[0].timeline().steps().len());

    let time = |name: &str, measured: Duration, bound: Duration| {
        println!("{name:<10} {:>10.3} ms   at most {:>6.1} ms", measured.as_secs_f64() * 1e3, bound.as_secs_f64() * 1e3);
        measured <= bound
    };
    let mut holds = time("run", run, RUN_AT_MOST);
    holds &= time("seek", seek, SEEK_AT_MOST);
    println!("{:<10} {:>10.3} MiB  at most {:>6.1} MiB", "history", mebibytes(history), mebibytes(HISTORY_AT_MOST));
    holds &= history <= HISTORY_AT_MOST;
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn finished() -> Simulation {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/conformance/traces").join(SCENARIO);
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a recorded scenario has this file");
    let checked = podlapse_kubectl::simulate(SCENARIO, &text("workload.yaml"), Some(&text("cluster.yaml")));
    let mut simulation = checked.value.expect("a recorded scenario can be read");
    simulation.run();
    simulation
}

fn median(rounds: u32, mut once: impl FnMut(u32)) -> Duration {
    let mut times: Vec<Duration> = (0..rounds)
        .map(|round| {
            let started = Instant::now();
            once(round);
            started.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// The memory that this process holds, in bytes; 0 where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|kibibytes| kibibytes.parse::<u64>().ok()).unwrap_or(0) * 1024
}
