//! Why an object was not taken, and how kubectl says so.
//!
//! Upstream: `k8s.io/cli-runtime/pkg/resource` (what the builder finds wrong) and `k8s.io/kubectl/pkg/cmd/util` `CheckErr`,
//! `StandardErrorMessage` and `MultipleErrors` (how it is printed). A lone Invalid error lists its causes; among others it is
//! one line.

use podlapse_model::SortedSet;

use podlapse_model::go_text::quote;

/// One cause of an Invalid error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// As in `FieldValueInvalid`.
    pub reason: &'static str,
    /// The error without the field.
    pub message: String,
    /// The field.
    pub field: String,
}

/// An error of the API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// As in `Invalid`, `BadRequest`, `Forbidden`, `NotFound`.
    pub reason: &'static str,
    /// HTTP status code.
    pub code: u16,
    /// The server's words.
    pub message: String,
    /// The kind it is about, for Invalid errors; else empty.
    pub kind: String,
    /// The object's name, for Invalid errors; else empty.
    pub name: String,
    /// What an Invalid error lists.
    pub causes: Vec<Cause>,
}

impl Status {
    /// The request's body could not be understood.
    pub fn bad_request(message: impl Into<String>) -> Status {
        Status::plain("BadRequest", 400, message)
    }

    /// An admission plugin said no.
    pub fn forbidden(message: impl Into<String>) -> Status {
        Status::plain("Forbidden", 403, message)
    }

    /// Something that the request needs is not there.
    pub fn not_found(message: impl Into<String>) -> Status {
        Status::plain("NotFound", 404, message)
    }

    /// A status without details.
    pub fn plain(reason: &'static str, code: u16, message: impl Into<String>) -> Status {
        Status { reason, code, message: message.into(), kind: String::new(), name: String::new(), causes: Vec::new() }
    }

    /// What kubectl prints on standard error when this is all that went wrong; `doing` as in `creating`.
    pub fn stderr(&self, doing: &str, file: &str) -> String {
        if self.reason != "Invalid" {
            return self.line(doing, file) + "\n";
        }
        let mut seen = SortedSet::new();
        let lines = self.causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message));
        let lines: Vec<String> = lines.filter(|line| seen.insert(line.clone())).collect();
        let head = match (self.kind.as_str(), self.name.as_str()) {
            ("", "") => "The request is invalid: ".to_owned(),
            (kind, name) => format!("The {kind} {} is invalid: ", quote(name)),
        };
        match lines.as_slice() {
            [] => format!("{head}{}\n", self.message),
            [line] => format!("{head}{line}\n"),
            lines => lines.iter().fold(head + "\n", |text, line| text + "* " + line + "\n"),
        }
    }

    /// The error as one of several.
    pub fn line(&self, doing: &str, file: &str) -> String {
        let source = if file.is_empty() { String::new() } else { format!("error when {doing} {}: ", quote(file)) };
        let reason = if self.reason.is_empty() { String::new() } else { format!(" ({})", self.reason) };
        format!("Error from server{reason}: {source}{}", self.message)
    }
}

/// Why kubectl or the API server did not take a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The text is neither YAML nor JSON; nothing after it is read.
    Parse(String),
    /// The document is no object; nothing after it is read.
    Validate(String),
    /// The object has no kind, or metadata of the wrong types.
    Decode(String),
    /// No such kind.
    Mapping {
        /// `apiVersion`.
        api_version: String,
        /// `kind`.
        kind: String,
        /// `metadata.namespace`.
        namespace: String,
        /// `metadata.name`.
        name: String,
    },
    /// Something else that kubectl says by itself.
    Client(String),
    /// The API server's answer.
    Server(Status),
}

impl Rejection {
    /// Whether kubectl reads no further.
    pub fn ends_reading(&self) -> bool {
        matches!(self, Rejection::Parse(_) | Rejection::Validate(_))
    }

    /// The step that failed: `read`, `decode`, `mapping` or `server`.
    pub fn stage(&self) -> &'static str {
        match self {
            Rejection::Parse(_) | Rejection::Validate(_) | Rejection::Client(_) => "read",
            Rejection::Decode(_) => "decode",
            Rejection::Mapping { .. } => "mapping",
            Rejection::Server(_) => "server",
        }
    }

    /// The error's own text, as Go code sees it; without the file for the server's.
    pub fn message(&self, file: &str) -> String {
        match self {
            Rejection::Parse(message) => format!("error parsing {file}: {message}"),
            Rejection::Validate(message) => format!(
                "error validating {}: error validating data: {message}; if you choose to ignore these errors, turn validation off with \
                 --validate=false",
                quote(file)
            ),
            Rejection::Decode(message) => format!("unable to decode {}: {message}", quote(file)),
            Rejection::Mapping { api_version, kind, namespace, name } => format!(
                "resource mapping not found for name: {} namespace: {} from {}: no matches for kind {} in version {}\n\
                 ensure CRDs are installed first",
                quote(name),
                quote(namespace),
                quote(file),
                quote(kind),
                quote(api_version)
            ),
            Rejection::Client(message) => message.clone(),
            Rejection::Server(status) => status.message.clone(),
        }
    }

    /// The error as one of several.
    pub fn line(&self, doing: &str, file: &str) -> String {
        match self {
            Rejection::Server(status) => status.line(doing, file),
            Rejection::Parse(_)
            | Rejection::Validate(_)
            | Rejection::Decode(_)
            | Rejection::Mapping { .. }
            | Rejection::Client(_) => self.message(file),
        }
    }
}

/// What `kubectl` prints on standard error for what went wrong with a file; empty when nothing did. kubectl then exits with 1.
///
/// `doing` is `creating` or `applying`; `kubectl apply` says `creating` too for an object that does not exist yet.
///
/// ```
/// use podlapse_manifest::{Rejection, Status, kubectl_stderr};
/// let missing = Rejection::Server(Status::not_found("namespaces \"nowhere\" not found"));
/// assert_eq!(
///     kubectl_stderr(&[missing], "creating", "workload.yaml"),
///     "Error from server (NotFound): error when creating \"workload.yaml\": namespaces \"nowhere\" not found\n",
/// );
/// ```
pub fn kubectl_stderr(rejections: &[Rejection], doing: &str, file: &str) -> String {
    match rejections {
        [] => String::new(),
        [Rejection::Server(status)] => status.stderr(doing, file),
        [rejection] => format!("error: {}\n", rejection.message(file)),
        several => several.iter().map(|rejection| rejection.line(doing, file) + "\n").collect(),
    }
}
