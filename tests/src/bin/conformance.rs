//! `conformance`: measures Podlapse against recordings of Kubernetes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use podlapse_tests::{Report, falls, read, run, topics, write};
use serde_json::Value;

/// Runs every recorded scenario, scheduling case and function case below a folder and compares whole outputs.
///
/// Exits with 0 if everything passed (with --check: if no score fell), with 1 if not, and with 2 if it could not run.
#[derive(Parser)]
struct Arguments {
    /// A folder laid out like tests/data/conformance.
    dir: PathBuf,
    /// Only this topic, as in `traces` or `functions/qos`; may be given more than once.
    #[arg(long)]
    topic: Vec<String>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
    /// Print what differs in each case that fails.
    #[arg(short, long)]
    verbose: bool,
    /// Write each simulated trace to OUT/NAME.json.
    #[arg(long, value_name = "OUT")]
    traces: Option<PathBuf>,
    /// Fail when a score is lower than in this file.
    #[arg(long, value_name = "SCORES", conflicts_with = "bless")]
    check: Option<PathBuf>,
    /// Write the scores to this file, unless one would fall.
    #[arg(long, value_name = "SCORES")]
    bless: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // A panic is a failed case; its text stands in the report.
    std::panic::set_hook(Box::new(|_| {}));
    match measure(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("conformance: {error}");
            ExitCode::from(2)
        }
    }
}

fn measure(arguments: &Arguments) -> Result<bool, String> {
    let mut topics = topics::all(&arguments.dir)?;
    if let Some(unknown) = arguments.topic.iter().find(|name| !topics.iter().any(|topic| topic.name() == *name)) {
        let known: Vec<&str> = topics.iter().map(|topic| topic.name()).collect();
        return Err(format!("no topic {unknown:?} in {}; there are {}", arguments.dir.display(), known.join(", ")));
    }
    topics.retain(|topic| arguments.topic.is_empty() || arguments.topic.iter().any(|name| topic.name() == name));
    if topics.is_empty() {
        return Err(format!("{} holds no topic", arguments.dir.display()));
    }
    if let Some(out) = &arguments.traces {
        fs::create_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
    }
    let report = run(&arguments.dir, &topics, &|topic, case, output| {
        if let (Some(out), "traces") = (&arguments.traces, topic) {
            dump(out, case, output);
        }
    })?;
    show(arguments, &report);
    judge(arguments, &report)
}

fn dump(out: &Path, case: &str, trace: &Value) {
    let path = out.join(format!("{case}.json"));
    if let Err(error) = fs::write(&path, trace.to_string()) {
        eprintln!("conformance: {}: {error}", path.display());
    }
}

fn show(arguments: &Arguments, report: &Report) {
    if arguments.json {
        println!("{:#}", report.to_json());
    } else if arguments.verbose {
        print!("{}\n{report}", report.to_detailed_text());
    } else {
        print!("{report}");
    }
}

/// Whether the run counts as a success.
fn judge(arguments: &Arguments, report: &Report) -> Result<bool, String> {
    let Some(path) = arguments.check.as_ref().or(arguments.bless.as_ref()) else { return Ok(report.all_passed()) };
    let falls = falls(&read(path)?, report);
    for fall in &falls {
        eprintln!("{fall}");
    }
    if falls.is_empty() && arguments.bless.is_some() {
        write(path, report)?;
    }
    Ok(falls.is_empty())
}
