//! `cargo xtask test`: everything that must hold before a change lands, in an order that fails early.

use std::time::{Duration, Instant};

use crate::process::{Step, shown_duration};
use crate::{conformance, end_to_end, npm, setup, site, size, tidy};

/// One thing that is checked.
struct Stage {
    name: &'static str,
    checks: &'static str,
    run: fn() -> Result<(), String>,
}

const STAGES: [Stage; 11] = [
    Stage { name: "setup", checks: "the tools are there, at their pinned versions", run: setup::everything },
    Stage { name: "format", checks: "the code is formatted", run: format },
    Stage { name: "tidy", checks: "directions, sizes and texts", run: tidy::run },
    Stage { name: "lint", checks: "clippy finds nothing", run: lint },
    Stage { name: "native", checks: "every test on this machine", run: native },
    Stage { name: "conformance", checks: "as many recordings are reproduced as before", run: conformance::check },
    Stage { name: "wasm", checks: "the package for JavaScript in headless Chrome, digests as natively", run: wasm },
    Stage { name: "npm", checks: "the package in Node and in strict TypeScript", run: npm::check },
    Stage { name: "site", checks: "the playground builds", run: site::build },
    Stage { name: "size", checks: "the site keeps its budget", run: size::run },
    Stage { name: "e2e", checks: "the served page in a real browser", run: end_to_end::run },
];

/// Runs all stages, or those named, and stops at the first that fails.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    if arguments.iter().any(|argument| argument == "--list") {
        STAGES.iter().for_each(|stage| println!("{:<12} {}", stage.name, stage.checks));
        return Ok(());
    }
    if let Some(unknown) = arguments.iter().find(|argument| STAGES.iter().all(|stage| stage.name != argument.as_str())) {
        return Err(format!("there is no stage `{unknown}`; `cargo xtask test --list` names them"));
    }
    let chosen: Vec<&Stage> =
        STAGES.iter().filter(|stage| arguments.is_empty() || arguments.iter().any(|name| name == stage.name)).collect();
    let mut done: Vec<(&str, Duration)> = Vec::new();
    for (index, stage) in chosen.iter().enumerate() {
        println!("\n==> [{}/{}] {}: {}", index + 1, chosen.len(), stage.name, stage.checks);
        let started = Instant::now();
        let outcome = (stage.run)();
        let took = started.elapsed();
        if let Err(message) = outcome {
            summary(&done);
            println!("checks: {} passed, 1 failed", done.len());
            return Err(format!("stage `{}` failed after {}: {message}", stage.name, shown_duration(took)));
        }
        println!("    {} passed in {}", stage.name, shown_duration(took));
        done.push((stage.name, took));
    }
    summary(&done);
    println!("checks: {} passed, 0 failed", done.len());
    Ok(())
}

fn summary(done: &[(&str, Duration)]) {
    println!("\n==> Summary");
    for (name, took) in done {
        println!("    {name:<12} {:>14}", shown_duration(*took));
    }
    println!("    {:<12} {:>14}", "in all", shown_duration(done.iter().map(|(_, took)| *took).sum()));
}

fn format() -> Result<(), String> {
    Step::cargo().args(["fmt", "--all", "--check"]).run()
}

fn lint() -> Result<(), String> {
    Step::cargo().args(["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]).run()
}

fn native() -> Result<(), String> {
    Step::cargo().args(["test", "--locked", "--workspace", "--profile", "ci"]).run()
}

fn wasm() -> Result<(), String> {
    // Not quiet: with -q the runner misreads its own output.
    Step::new("wasm-pack").args(["test", "--headless", "--chrome", "crates/wasm"]).run()
}
