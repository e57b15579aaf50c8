//! Podlapse on the command line: what Kubernetes does with a Pod on a cluster, when, and why.
//!
//! The only crate with files, environment and exit codes. Each command is a function from its arguments to a [`Report`]; nothing is
//! printed before the report is whole.

mod args;
mod check;
mod diagnosis;
mod duration;
mod editor;
mod events;
mod examples;
mod explain;
mod export;
mod files;
mod findings;
mod kubectl;
mod picture;
mod prompt;
mod report;
mod run;
mod scenario;
mod schedule;
mod source;
mod style;
mod sweep;
mod test;
mod timeline;
mod watch;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Arguments, Command};
use report::{Failure, Report};

fn main() -> ExitCode {
    let report = carry_out(Arguments::parse()).unwrap_or_else(Report::from);
    let written = io::stderr().lock().write_all(report.stderr.as_bytes()).and_then(|()| {
        let mut stdout = io::stdout().lock();
        stdout.write_all(report.stdout.as_bytes())?;
        for piece in &report.rest {
            match piece.is_stderr {
                true => stdout.flush().and_then(|()| io::stderr().lock().write_all(piece.text.as_bytes()))?,
                false => stdout.write_all(piece.text.as_bytes())?,
            }
        }
        stdout.flush()
    });
    match written {
        // A reader such as `head` that has seen enough is no failure.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Ok(()) | Err(_) => ExitCode::from(report.exit),
    }
}

fn carry_out(arguments: Arguments) -> Result<Report, Failure> {
    match arguments.command {
        Command::Run(run) => run::run(&run),
        Command::Check(check) => check::check(&check),
        Command::Test(test) => test::test(&test),
        Command::Examples(examples) => examples::examples(&examples),
        Command::Explain(arguments) => explain::explain(&arguments),
        Command::Sweep(arguments) => sweep::sweep(&arguments),
        Command::Export(arguments) => export::export(&arguments),
        Command::Kubectl(kubectl) => kubectl::kubectl(&kubectl),
        Command::Schedule(arguments) => schedule::schedule(&arguments),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "podlapse", &mut script);
            Ok(Report { stdout: String::from_utf8_lossy(&script).into_owned(), ..Report::default() })
        }
    }
}
