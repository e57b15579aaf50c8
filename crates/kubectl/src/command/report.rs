//! What a command has to say in the end.
//!
//! Models `CheckErr` of `k8s.io/kubectl/pkg/cmd/util` and the prefixes of usage errors.

use podlapse_core::client::Outcome;
use podlapse_core::store::ApiError;
use podlapse_manifest::{Rejection, Status, kubectl_stderr};

/// What has been printed, and what went wrong.
#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    /// Standard output.
    pub(super) stdout: String,
    /// Standard error, without the errors below.
    pub(super) stderr: String,
    /// What went wrong; printed last.
    pub(super) errors: Vec<Rejection>,
    /// The exit code where nothing went wrong.
    pub(super) exit: i32,
    /// The exit code where something did, if it is not 1.
    pub(super) error_exit: i32,
}

impl Report {
    /// Prints a line.
    pub(super) fn say(&mut self, line: impl AsRef<str>) {
        self.stdout.push_str(line.as_ref());
        self.stdout.push('\n');
    }

    /// Prints what the API server warns of.
    pub(super) fn warn(&mut self, warnings: &[String]) {
        for warning in warnings {
            self.stderr.push_str(&format!("Warning: {warning}\n"));
        }
    }

    /// Keeps an error of the API server.
    pub(super) fn refused(&mut self, error: &ApiError) {
        self.errors.push(refusal(error));
    }

    /// The end of the command; `doing` and `file` say what the API server was asked for, where kubectl says so.
    pub(super) fn end(self, doing: &str, file: &str) -> Outcome {
        let exit = if self.errors.is_empty() { self.exit } else { self.error_exit.max(1) };
        let errors = match self.errors.as_slice() {
            // Some errors begin with the word that kubectl would put before them.
            [Rejection::Client(message)] if message.starts_with("error: ") => format!("{message}\n"),
            [Rejection::Client(message)] if message.ends_with('\n') => format!("error: {message}"),
            errors => kubectl_stderr(errors, doing, file),
        };
        Outcome { stdout: self.stdout, stderr: self.stderr + &errors, exit }
    }
}

/// An error of the API server.
pub(super) fn refusal(error: &ApiError) -> Rejection {
    let plain = || Status::plain(error.reason.word(), 0, error.message.clone());
    Rejection::Server(error.invalid.as_ref().map_or_else(plain, |status| Status::clone(status)))
}

/// `error: ...` and exit code 1.
pub(super) fn failed(message: impl AsRef<str>) -> Outcome {
    Outcome { stdout: String::new(), stderr: format!("error: {}\n", message.as_ref()), exit: 1 }
}

/// A wrong way to call a verb.
pub(super) fn usage(verb: &str, message: impl AsRef<str>) -> Outcome {
    failed(format!("{}\nSee 'kubectl {verb} -h' for help and examples", message.as_ref()))
}
