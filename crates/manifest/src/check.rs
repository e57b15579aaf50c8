//! What there is to say about a text: every finding at once, each with its place.

use crate::fix::Fix;
use crate::place::Place;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Kubernetes warns of it and takes the object all the same.
    Warning,
    /// Kubernetes rejects the document.
    Error,
}

/// One finding about the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What it is, in Kubernetes' own words where it has words for it.
    pub message: String,
    /// The field, as in `spec.containers[0].image`.
    pub path: Option<String>,
    /// Where to point at.
    pub place: Option<Place>,
    /// A short explanation.
    pub hint: Option<String>,
    /// An unambiguous remedy.
    pub fix: Option<Fix>,
    /// The document it belongs to, counted from 0.
    pub document: usize,
}

impl Diagnostic {
    /// A finding without path, hint or fix.
    pub fn new(severity: Severity, document: usize, message: impl Into<String>) -> Self {
        Diagnostic { severity, message: message.into(), path: None, place: None, hint: None, fix: None, document }
    }

    pub(crate) fn at(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }

    pub(crate) fn about(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A value, as far as there is one, and everything found on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked<T> {
    /// Absent when nothing could be made of the text.
    pub value: Option<T>,
    /// In the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl<T> Checked<T> {
    /// Whether anything found is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}
