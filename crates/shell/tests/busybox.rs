//! What busybox 1.35 printed for many small scripts, and with which status it ended.
//!
//! `busybox/*.jsonl` holds lines `[script, stdout, stderr, status]`, recorded from Debian's package of busybox 1.35.0 by `/bin/sh -c` in
//! an empty root with `PATH=/usr/bin:/bin`, `HOME=/root` and `GREETING=hello`, each script after [`PRELUDE`]. Texts are compared without
//! the line break at their end, as a container's log does not tell it.
#![allow(clippy::unwrap_used, reason = "all of this is test code")]

use std::collections::BTreeMap;
use std::path::Path;

use podlapse_model::SimTime;
use podlapse_shell::{FileSystem, Pid, Process, Start, State, Stream, Volumes, World};

/// What each script finds.
const PRELUDE: &str = "x=hello; y=\"a b\"; n=5; ";

/// The steps of virtual time that a script may take; none of them waits for long.
const MAX_POLLS: usize = 1_000;

fn run(script: &str) -> (String, String, i32) {
    let argv = ["/bin/sh", "-c", script].map(str::to_owned);
    let env = BTreeMap::from([("PATH", "/usr/bin:/bin"), ("HOME", "/root"), ("GREETING", "hello")]);
    let env = env.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let start = Start { argv: &argv, env: &env, cwd: "/", pid: Pid(1), hostname: "web-0", stdin: "" };
    let (mut fs, mut volumes) = (FileSystem::new(), Volumes::new());
    let mut process = Process::start(&start).unwrap();
    let (mut now, mut texts) = (SimTime::ZERO, [String::new(), String::new()]);
    for _ in 0..MAX_POLLS {
        let (mut out, mut sent) = (Vec::new(), Vec::new());
        let epoch_unix_ns = 1_700_000_000_000_000_000;
        let mut world = World { fs: &mut fs, volumes: &mut volumes, asked: None, epoch_unix_ns, sent: &mut sent };
        let state = process.poll(now, &mut world, &mut out);
        for line in out {
            let text = &mut texts[usize::from(line.stream == Stream::Stderr)];
            text.push_str(&line.text);
            text.push('\n');
        }
        sent.iter().filter(|(pid, _)| *pid == Pid(1)).for_each(|(_, signal)| process.signal(*signal));
        match state {
            State::Exited { code, .. } => {
                let [stdout, stderr] = texts.map(|text| text.trim_end_matches('\n').to_owned());
                return (stdout, stderr, code);
            }
            State::Running { wake } => now = wake.filter(|_| sent.is_empty()).unwrap_or(now),
        }
    }
    panic!("{script} does not end");
}

fn check(file: &str, least: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/busybox").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let mut differences = Vec::new();
    for line in text.lines() {
        let (script, stdout, stderr, code): (String, String, String, i32) = serde_json::from_str(line).unwrap();
        let real = (stdout, stderr, code);
        let ours = run(&format!("{PRELUDE}{script}"));
        if ours != real {
            differences.push(format!("{script}\n  busybox {real:?}\n  here    {ours:?}"));
        }
    }
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
    assert!(least <= text.lines().count(), "{file} has lost lines");
}

#[test]
fn arithmetic() {
    check("arithmetic.jsonl", 80);
}

#[test]
fn awk() {
    check("awk.jsonl", 110);
}

#[test]
fn builtins() {
    check("builtins.jsonl", 320);
}

#[test]
fn expr() {
    check("expr.jsonl", 90);
}

#[test]
fn filters() {
    check("filters.jsonl", 150);
}

#[test]
fn mixed() {
    check("mixed.jsonl", 330);
}

#[test]
fn parameters() {
    check("parameters.jsonl", 80);
}

#[test]
fn printf() {
    check("printf.jsonl", 80);
}

#[test]
fn quoting() {
    check("quoting.jsonl", 80);
}

#[test]
fn sed() {
    check("sed.jsonl", 220);
}

#[test]
fn test() {
    check("test.jsonl", 80);
}
