//! `cargo xtask bless`: rewrites what is measured and committed, for review as a change like any other.

use std::path::Path;

use crate::process::Step;
use crate::{conformance, workspace};

/// Records the digests of the native engine and the conformance scores.
pub(crate) fn run() -> Result<(), String> {
    let digests =
        Step::cargo().args(["run", "--quiet", "--locked", "--package", "podlapse-wasm", "--example", "digests"]).output()?;
    workspace::write(Path::new("tests/digests.json"), &digests)?;
    conformance::bless()
}
