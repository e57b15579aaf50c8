//! Random texts against every parser: none may panic, hang, or take more memory than its text warrants.
//!
//! Each text is a sound one that was spoilt: bytes changed, parts taken out, doubled, moved, mixed with another text, or repeated up to
//! a mebibyte. The texts follow from a seed, so that a finding can be had again; it is also saved beside the build.
//! `cargo xtask fuzz` runs every parser for a minute.

// A fuzzer measures real time; nothing of the simulation is in this package.
#![allow(clippy::disallowed_methods)]

mod targets;

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use targets::{TARGETS, Target};

/// The longest text.
const MAX_BYTES: usize = 1 << 20;
/// A text that takes longer hangs.
const LONGEST: Duration = Duration::from_secs(10);
/// What a parser may add to the memory of the process.
const MAX_MEMORY_KIB: u64 = 256 * 1024;

/// What is put into texts: where grammars begin, end and count.
const ODD: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ":",
    ": ",
    "- ",
    "\n",
    "\n---\n",
    "...",
    "&a ",
    "*a",
    "<<: ",
    "!!int ",
    "|2\n",
    "'",
    "\"",
    "\\",
    "$(",
    "${",
    "`",
    "0x",
    "1e999",
    "-9223372036854775808",
    "99999999999999999999",
    "1Ei",
    "Ki",
    "..",
    "@",
    "?(",
    "\u{0}",
    "\u{feff}",
    "\u{ffff}",
    "\u{1f600}",
    "\t",
    "#",
    ",",
    "%",
];

/// A number below a bound; 0 where there is none.
fn below(chance: &mut Rng, bound: usize) -> usize {
    chance.usize(..bound.max(1))
}

fn spoil(seeds: &[String], chance: &mut Rng) -> String {
    let mut bytes: Vec<u8> = seeds.get(below(chance, seeds.len())).map(|seed| seed.clone().into_bytes()).unwrap_or_default();
    for _ in 0..=below(chance, 6) {
        let at = below(chance, bytes.len() + 1);
        let end = (at + below(chance, 40)).min(bytes.len());
        match below(chance, 8) {
            0 if at < bytes.len() => bytes[at] = below(chance, 256) as u8,
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            3 | 4 => drop(bytes.splice(at..end, ODD[below(chance, ODD.len())].bytes())),
            5 => {
                let other = seeds.get(below(chance, seeds.len())).map(String::as_bytes).unwrap_or_default();
                let from = below(chance, other.len() + 1);
                drop(bytes.splice(at.., other[from..].iter().copied()));
            }
            6 => {
                let part = bytes[at..end].to_vec();
                let other = below(chance, bytes.len() + 1);
                drop(bytes.splice(other..other, part));
            }
            _ if below(chance, 40) == 0 => {
                let part = if at < end { bytes[at..end].to_vec() } else { ODD[below(chance, ODD.len())].as_bytes().to_vec() };
                let times = (MAX_BYTES.saturating_sub(bytes.len()) / part.len().max(1)).min(1 << below(chance, 20));
                drop(bytes.splice(at..at, part.repeat(times)));
            }
            _ => {}
        }
    }
    bytes.truncate(MAX_BYTES);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The most memory that the process ever had, where the system tells.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// What is being read and since when.
type Current = Arc<Mutex<Option<(String, Instant)>>>;

fn save(folder: &Path, target: &str, text: &str) -> PathBuf {
    let path = folder.join(format!("fuzz-{target}.txt"));
    // The report names the seed too, so that nothing is lost where the folder cannot be written.
    let _ = fs::write(&path, text);
    path
}

/// Ends the process when a text takes too long: a parser that hangs cannot be stopped otherwise.
fn watch(current: Current, folder: PathBuf, target: &'static str) {
    thread::spawn(move || {
        loop {
            thread::sleep(Duration::from_millis(500));
            let hung = match current.lock() {
                Ok(current) => current.as_ref().filter(|(_, since)| LONGEST < since.elapsed()).map(|(text, _)| text.clone()),
                Err(_) => None,
            };
            if let Some(text) = hung {
                eprintln!("{target}: hangs on {}", save(&folder, target, &text).display());
                std::process::exit(1);
            }
        }
    });
}

fn fuzz(target: &'static Target, seconds: u64, seed: u64, data: &Path, folder: &Path) -> Result<(), String> {
    let seeds = (target.seeds)(data);
    let current: Current = Arc::default();
    watch(current.clone(), folder.to_owned(), target.name);
    let mut chance = Rng::with_seed(seed);
    let (begun, before) = (Instant::now(), peak_kib());
    let (mut texts, mut slowest) = (0_u64, Duration::ZERO);
    while begun.elapsed() < Duration::from_secs(seconds) {
        let text = spoil(&seeds, &mut chance);
        let since = Instant::now();
        if let Ok(mut current) = current.lock() {
            *current = Some((text.clone(), since));
        }
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| (target.run)(&text)));
        if let Ok(mut current) = current.lock() {
            *current = None;
        }
        texts += 1;
        slowest = slowest.max(since.elapsed());
        if outcome.is_err() {
            return Err(format!("{}: panics on {}", target.name, save(folder, target.name, &text).display()));
        }
        let grown = peak_kib().saturating_sub(before);
        if MAX_MEMORY_KIB < grown {
            return Err(format!("{}: took {grown} KiB for {}", target.name, save(folder, target.name, &text).display()));
        }
    }
    let grown = peak_kib().saturating_sub(before);
    println!("{:<10} {texts:>8} texts, the slowest {:>5} ms, {grown:>6} KiB", target.name, slowest.as_millis());
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| arguments.iter().position(|word| word == name).and_then(|at| arguments.get(at + 1));
    let seconds = value("--seconds").and_then(|text| text.parse().ok()).unwrap_or(60);
    let seed = value("--seed").and_then(|text| text.parse().ok()).unwrap_or(1);
    let only = value("--only");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (data, folder) = (root.join("tests/data/conformance"), root.join("target"));
    let mut exit = ExitCode::SUCCESS;
    for target in TARGETS.iter().filter(|target| only.is_none_or(|only| only == target.name)) {
        if let Err(message) = fuzz(target, seconds, seed, &data, &folder) {
            eprintln!("{message} (seed {seed})");
            exit = ExitCode::FAILURE;
        }
    }
    exit
}
