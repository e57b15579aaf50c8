//! Podlapse's own build steps: `cargo xtask serve` and `cargo xtask test` need nothing but Rust (by rustup) and Node.
//!
//! Each module is one step or one idea that steps share. Everything is installed and built from here, so that a fresh clone, a
//! developer's machine and CI do the same.

// Build steps tell people how long they took; nothing of the simulation is in this package.
#![allow(clippy::disallowed_methods)]

mod bench;
mod bless;
mod browser;
mod conformance;
mod end_to_end;
mod fuzz;
mod npm;
mod process;
mod serve;
mod server;
mod setup;
mod site;
mod size;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
Podlapse's build steps

  cargo xtask serve [--port N]   set up, build, and serve the playground on http://127.0.0.1:8080
  cargo xtask test [STAGE]...    set up and check everything, or only the stages named
  cargo xtask test --list        name the stages
  cargo xtask size               weigh the built site, raw and brotli, against its budget
  cargo xtask tidy               check dependency directions, module sizes and texts
  cargo xtask npm                build the npm package for the web, bundlers and Node
  cargo xtask bless              rewrite the committed digests and conformance scores (they may only rise)
  cargo xtask bench              run the benchmarks
  cargo xtask fuzz [ARG]...      spoilt texts against every parser, a minute each; --seconds N, --seed N, --only PARSER
  cargo xtask setup              install the tools that are missing, and nothing else
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    let outcome = match command {
        "serve" => serve::run(rest),
        "test" => test::run(rest),
        "size" => site::build().and_then(|()| size::run()),
        "tidy" => tidy::run(),
        "npm" => npm::run(),
        "bless" => bless::run(),
        "bench" => bench::run(rest),
        "fuzz" => fuzz::run(rest),
        "setup" => setup::everything(),
        "help" | "-h" | "--help" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("there is no step `{other}`\n\n{HELP}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\nxtask: {message}");
            ExitCode::FAILURE
        }
    }
}
