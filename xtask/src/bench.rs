//! `cargo xtask bench`: the benchmarks, optimised as released.

use crate::process::Step;

/// Runs every benchmark, or those whose names are given.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    Step::cargo().args(["bench", "--locked", "--package", "podlapse-tests", "--benches", "--"]).args(arguments).run()
}
