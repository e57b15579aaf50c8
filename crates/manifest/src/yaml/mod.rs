//! YAML as kubectl reads it: the dialect of YAML 1.1 that its YAML library accepts, error for error.
//!
//! kubectl's library reads in four stages, and each has a module here because each has errors of its own: characters become
//! tokens (`scan`, `scalar`), tokens become nodes (`compose`), plain scalars become values (`resolve`), and nodes become
//! JSON (`convert`). A general YAML 1.2 library would read `on`, `0644` or `<<` differently and word every error differently.
//!
//! Upstream: `sigs.k8s.io/yaml` (`YAMLToJSON`) over its copy of go-yaml v2. Left out: nothing that a manifest can show; a
//! document ends where the first one ends, because kubectl splits the stream before.

mod compose;
mod convert;
mod go;
mod resolve;
mod scalar;
mod scan;

pub(crate) use convert::{Converted, to_json};
pub use scan::NOT_UTF8;

use crate::place::Place;

/// Where a token or node begins, counted from 0 within the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Characters before it.
    pub(crate) index: usize,
    /// Lines before it.
    pub(crate) line: usize,
    /// Characters before it on its line.
    pub(crate) column: usize,
}

impl Mark {
    /// Where it is in a file in which the document begins at `origin`.
    pub(crate) fn place(self, origin: Place) -> Place {
        let before = if self.line == 0 { origin.column } else { Place::START.column };
        Place { line: origin.line + self.line as u32, column: before + self.column as u32 }
    }
}

/// Why a document could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct YamlError {
    /// The library's words, `yaml: ` included.
    pub(crate) message: String,
    /// Where the reader stood, if that is known.
    pub(crate) mark: Option<Mark>,
}

impl YamlError {
    /// An error of the scanner: it stops on the line it names, so the line is counted from 1.
    fn scanner(context: Option<Mark>, problem: &str, mark: Mark) -> Self {
        YamlError::located(context, problem, mark, 1)
    }

    /// An error of the parser, which names the line before the one where the offending token stands.
    fn parser(context: Option<Mark>, problem: &str, mark: Mark) -> Self {
        YamlError::located(context, problem, mark, 0)
    }

    /// The library leaves the line out when it is 0, and then falls back on the line where the construct began.
    fn located(context: Option<Mark>, problem: &str, mark: Mark, offset: usize) -> Self {
        let line = match (mark.line, context) {
            (0, Some(context)) if context.line != 0 => context.line + offset,
            (0, _) => 0,
            (line, _) => line + offset,
        };
        let message = if line == 0 { format!("yaml: {problem}") } else { format!("yaml: line {line}: {problem}") };
        YamlError { message, mark: Some(mark) }
    }

    /// An error without a line of its own.
    fn plain(message: String, mark: Option<Mark>) -> Self {
        YamlError { message, mark }
    }
}
