//! `jq` behind a pipe.

use podlapse_core::client::Outcome;

const NO_JQ: &str = "podlapse: there is no jq here: -o jsonpath, -o go-template and -o custom-columns choose fields\n";

/// Runs it with these arguments.
pub(super) fn run(_words: &[String], _stdin: &str, _read: &dyn Fn(&str) -> Option<String>) -> Outcome {
    Outcome { stderr: NO_JQ.to_owned(), exit: 127, ..Outcome::default() }
}
