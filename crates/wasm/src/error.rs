//! Errors as JavaScript expects them: an `Error` with a `code`.

use podlapse_manifest::{Diagnostic, Severity};
use serde::Serialize;
use wasm_bindgen::JsValue;

/// The codes of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// The texts are no scenario; `diagnostics` says why, place by place.
    InvalidScenario,
    /// An argument is not what the method takes.
    InvalidArgument,
}

impl Code {
    fn text(self) -> &'static str {
        match self {
            Code::InvalidScenario => "invalid-scenario",
            Code::InvalidArgument => "invalid-argument",
        }
    }
}

/// A finding, as JavaScript reads it.
#[derive(Serialize)]
pub(crate) struct Finding<'a> {
    severity: &'static str,
    message: &'a str,
    path: Option<&'a str>,
    /// `workload` or `cluster`.
    text: &'static str,
    line: Option<u32>,
    column: Option<u32>,
    hint: Option<&'a str>,
}

impl<'a> Finding<'a> {
    /// `workload_documents` of the documents belong to the workload, the rest to the cluster.
    pub(crate) fn new(diagnostic: &'a Diagnostic, workload_documents: usize) -> Self {
        Finding {
            severity: match diagnostic.severity {
                Severity::Info => "info",
                Severity::Warning => "warning",
                Severity::Error => "error",
            },
            message: &diagnostic.message,
            path: diagnostic.path.as_deref(),
            text: if diagnostic.document < workload_documents.max(1) { "workload" } else { "cluster" },
            line: diagnostic.place.map(|place| place.line),
            column: diagnostic.place.map(|place| place.column),
            hint: diagnostic.hint.as_deref(),
        }
    }

    pub(crate) fn is_error(&self) -> bool {
        self.severity == "error"
    }

    pub(crate) fn message(&self) -> &str {
        self.message
    }
}

/// An `Error` with a code, and with what else there is to say.
pub(crate) fn error(code: Code, message: &str, diagnostics: Option<JsValue>) -> JsValue {
    let error = js_sys::Error::new(message);
    error.set_name("PodlapseError");
    let set = |name: &str, value: &JsValue| {
        js_sys::Reflect::set(&error, &JsValue::from_str(name), value).expect("a new Error takes properties");
    };
    set("code", &JsValue::from_str(code.text()));
    if let Some(diagnostics) = diagnostics {
        set("diagnostics", &diagnostics);
    }
    error.into()
}
