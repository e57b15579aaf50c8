//! The committed scores hold.

// A test says by panicking what is wrong.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use podlapse_tests::{falls, read, run, topics};

#[test]
fn no_score_falls() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = tests.join("data/conformance");
    let report = run(&data, &topics::all(&data).unwrap(), &|_, _, _| {}).unwrap();
    let falls = falls(&read(&tests.join("scores.json")).unwrap(), &report);
    assert!(falls.is_empty(), "{}\n(`conformance DIR --verbose` shows what differs)", falls.join("\n"));
}
