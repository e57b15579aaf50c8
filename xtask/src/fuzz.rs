//! Spoilt texts against every parser.

use crate::process::Step;

/// Runs the fuzzer; the arguments are its own.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    Step::cargo().args(["run", "--locked", "--profile", "ci", "--package", "podlapse-fuzz", "--"]).args(arguments).run()
}
