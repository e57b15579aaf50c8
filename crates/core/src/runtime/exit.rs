//! How a process ended.

use std::sync::Arc;

/// An end, as containerd reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Exit {
    /// Exit code; 128 plus the signal's number when a signal ended it.
    pub(super) code: i32,
    /// `Completed`, `Error`, `OOMKilled`, ...
    pub(super) reason: Arc<str>,
}

impl Exit {
    /// An end by itself.
    pub(super) fn with_code(code: i32) -> Self {
        Exit { code, reason: if code == 0 { "Completed" } else { "Error" }.into() }
    }

    /// The end that a signal of a scenario's `kill` action brings.
    pub(super) fn by_signal(signal: &str) -> Self {
        match signal.trim_start_matches("SIG") {
            "OOM" => Exit { code: 137, reason: "OOMKilled".into() },
            "KILL" => Exit::with_code(137),
            "TERM" => Exit::with_code(143),
            "SEGV" => Exit::with_code(139),
            "ABRT" => Exit::with_code(134),
            _ => Exit::with_code(1),
        }
    }
}
