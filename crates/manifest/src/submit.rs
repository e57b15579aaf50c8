//! From documents to the objects that kubectl sends, and what it says about the rest.
//!
//! Upstream: `k8s.io/cli-runtime/pkg/resource` `StreamVisitor`, `FlattenListVisitor` and `mapper.infoForData`, and the
//! check of `kind` and `apiVersion` that comes before them (`k8s.io/kubectl/pkg/validation`).

use podlapse_model::{Kind, Object};
use serde_json::Value;

use crate::check::{Diagnostic, Severity};
use crate::decode::{self, DecodeError, decode_leniently, decode_value};
use crate::fix::{Fix, Remedy};
use crate::read::{Document, Stream, read_stream};
use crate::rejection::{Rejection, Status};
use crate::served::{Served, is_custom, is_lower_case_kind, is_namespaced, moved_to, served};
use crate::similar::closest;
use podlapse_model::go_text::quote;

/// One object of a file, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Submitted {
    /// The document it stands in, counted from 0.
    pub document: usize,
    /// Its path in the document: empty, or `items[2]` within a List.
    pub path: String,
    /// The object as it was written.
    pub written: Value,
    /// The object as the API server decodes it (not yet defaulted), or the error up to that point.
    pub outcome: Result<Object, Rejection>,
}

/// What kubectl makes of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Submission {
    /// The objects in order.
    pub entries: Vec<Submitted>,
    /// What ended the reading early.
    pub end: Option<Rejection>,
    /// Everything to say about the text.
    pub diagnostics: Vec<Diagnostic>,
    /// What the API server warns of while it decodes the objects.
    pub warnings: Vec<String>,
}

impl Submission {
    /// The objects that were decoded.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.entries.iter().filter_map(|entry| entry.outcome.as_ref().ok())
    }
}

/// Reads and decodes a file as `kubectl create -f` or `apply -f` and the API server do.
///
/// ```
/// let submission = podlapse_manifest::submit("apiVersion: v1\nkind: Podd\nmetadata: {name: web}\n");
/// let error = submission.entries[0].outcome.as_ref().unwrap_err();
/// assert!(error.message("web.yaml").ends_with("no matches for kind \"Podd\" in version \"v1\"\nensure CRDs are installed first"));
/// ```
pub fn submit(text: &str) -> Submission {
    submit_stream(&read_stream(text))
}

/// What becomes of fields that the API does not know, as `kubectl --validate` says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldValidation {
    /// The object is refused.
    #[default]
    Strict,
    /// They are left out with a warning.
    Warn,
    /// They are left out.
    Ignore,
}

/// As [`submit`], with other rules for unknown fields.
///
/// ```
/// use podlapse_manifest::{FieldValidation, submit_with};
/// let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, image: nginx}], node: a}\n";
/// assert!(submit_with(text, FieldValidation::Strict).entries[0].outcome.is_err());
/// let submission = submit_with(text, FieldValidation::Warn);
/// assert!(submission.entries[0].outcome.is_ok());
/// assert_eq!(submission.warnings, ["unknown field \"spec.node\""]);
/// ```
pub fn submit_with(text: &str, validation: FieldValidation) -> Submission {
    stream(&read_stream(text), validation, false)
}

/// As [`submit`], of documents that were read before.
pub fn submit_stream(stream: &Stream) -> Submission {
    self::stream(stream, FieldValidation::Strict, false)
}

/// As [`submit_stream`], of what a cluster holds already: resources of groups that Kubernetes does not have are kept, as their
/// definitions will have been installed too.
pub(crate) fn submit_existing(stream: &Stream) -> Submission {
    self::stream(stream, FieldValidation::Strict, true)
}

fn stream(stream: &Stream, validation: FieldValidation, has_custom: bool) -> Submission {
    let mut submission = Submission::default();
    for document in stream.documents.iter().filter(|document| !document.is_empty() && !document.is_simulation()) {
        if let Err(message) = check_object(&document.json)
            && validation != FieldValidation::Ignore
        {
            let place = Some(document.places.value);
            submission.diagnostics.push(Diagnostic::new(Severity::Error, document.index, message.clone()).at(place));
            submission.end = Some(Rejection::Validate(message));
            return submission;
        }
        for (key, place) in &document.duplicates {
            let message = format!("key {key} already set in map");
            let diagnostic = Diagnostic::new(Severity::Warning, document.index, message).at(Some(*place));
            submission.diagnostics.push(diagnostic.hint("the last value counts"));
        }
        submit_document(document, validation, has_custom, &mut submission);
    }
    if let Some(error) = &stream.error {
        submission.diagnostics.push(Diagnostic::new(Severity::Error, error.document, error.message.clone()).at(error.place));
        submission.end = Some(Rejection::Parse(error.message.clone()));
    }
    submission
}

/// Whether the scheduler or a provisioner reads objects of a kind that is not modelled otherwise.
pub(crate) fn is_read(kind: &str) -> bool {
    matches!(kind, "CSIDriver" | "CSIStorageCapacity" | "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding")
}

/// kubectl's look at `apiVersion` and `kind` before it decodes anything.
fn check_object(value: &Value) -> Result<(), String> {
    let Some(fields) = value.as_object() else { return Err("invalid object to validate".to_owned()) };
    let mut errors = Vec::new();
    match fields.get("apiVersion") {
        None | Some(Value::Null) => errors.push("apiVersion not set".to_owned()),
        Some(Value::String(version)) if version.matches('/').count() > 1 => {
            errors.push(format!("unexpected GroupVersion string: {version}"));
        }
        Some(Value::String(_)) => {}
        Some(_) => errors.push("apiVersion isn't string type".to_owned()),
    }
    match fields.get("kind") {
        None | Some(Value::Null) => errors.push("kind not set".to_owned()),
        Some(Value::String(_)) => {}
        Some(_) => errors.push("kind isn't string type".to_owned()),
    }
    if !errors.is_empty() {
        return Err(aggregate(&errors));
    }
    if fields["apiVersion"] == "v1" && fields["kind"] == "List" {
        let Some(items) = fields.get("items").and_then(Value::as_array) else {
            return Err("invalid object to validate".to_owned());
        };
        let errors: Vec<String> = items.iter().filter_map(|item| check_object(item).err()).collect();
        if !errors.is_empty() {
            return Err(aggregate(&errors));
        }
    }
    Ok(())
}

/// Several errors as Go's aggregate prints them: each once, in brackets.
pub fn aggregate(errors: &[String]) -> String {
    let mut distinct: Vec<&str> = Vec::new();
    for error in errors {
        if !distinct.contains(&error.as_str()) {
            distinct.push(error);
        }
    }
    match distinct.as_slice() {
        [one] => (*one).to_owned(),
        several => format!("[{}]", several.join(", ")),
    }
}

fn submit_document(document: &Document, validation: FieldValidation, has_custom: bool, submission: &mut Submission) {
    let mut push = |path: String, json: &Value, raw: &str, list_kind: Option<(&str, &str)>| {
        let mut entry = Submitter { document, validation, path, has_custom, diagnostics: Vec::new(), warnings: Vec::new() };
        let outcome = entry.object(json, raw, list_kind);
        submission.diagnostics.append(&mut entry.diagnostics);
        submission.warnings.append(&mut entry.warnings);
        submission.entries.push(Submitted { document: document.index, path: entry.path, written: json.clone(), outcome });
    };
    let items = document.json.get("items").and_then(Value::as_array).filter(|_| document.kind().ends_with("List"));
    match items {
        None => push(String::new(), &document.json, &document.raw, None),
        Some(items) => {
            let item_kind = document.kind().strip_suffix("List").unwrap_or_default();
            for (at, item) in items.iter().enumerate() {
                let list = (document.api_version(), item_kind);
                push(format!("items[{at}]"), item, &crate::go_text::json(item), Some(list));
            }
        }
    }
}

struct Submitter<'a> {
    document: &'a Document,
    validation: FieldValidation,
    path: String,
    /// Whether the API has resources of other groups than its own.
    has_custom: bool,
    diagnostics: Vec<Diagnostic>,
    warnings: Vec<String>,
}

impl Submitter<'_> {
    fn full_path(&self, path: &str) -> String {
        match (self.path.as_str(), path) {
            ("", path) => path.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, path) => format!("{prefix}.{path}"),
        }
    }

    fn report(&mut self, severity: Severity, message: String, path: &str) -> &mut Diagnostic {
        let full = self.full_path(path);
        let (places, is_exact) = self.document.places.find_exact(&full);
        let place = if is_exact && !path.is_empty() { places.point() } else { places.value };
        let diagnostic = Diagnostic::new(severity, self.document.index, message).at(Some(place));
        self.diagnostics.push(if path.is_empty() { diagnostic } else { diagnostic.about(path) });
        self.diagnostics.last_mut().expect("one was pushed just now")
    }

    fn report_decode(&mut self, error: &DecodeError) {
        let value_place = self.document.places.find(&self.full_path(&error.path)).value;
        let diagnostic = self.report(Severity::Error, error.message.clone(), &error.path);
        diagnostic.hint.clone_from(&error.hint);
        if let (Some(remedy), Some(key_place)) = (error.remedy.as_deref().cloned(), diagnostic.place) {
            let place = if error.is_strict { key_place } else { value_place };
            diagnostic.fix = Some(Fix { path: error.path.clone(), place, remedy });
        }
    }

    /// An item of a typed list (`PodList`) takes the list's kind.
    fn object(&mut self, json: &Value, raw: &str, list: Option<(&str, &str)>) -> Result<Object, Rejection> {
        let mut value = json.clone();
        if let (Some((version, kind)), Some(fields)) = (list, value.as_object_mut())
            && !kind.is_empty()
        {
            for (field, text) in [("apiVersion", version), ("kind", kind)] {
                if fields.get(field).and_then(Value::as_str).is_none_or(str::is_empty) {
                    fields.insert(field.to_owned(), text.into());
                }
            }
        }
        let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        if kind.is_empty() {
            let message = format!("Object 'Kind' is missing in '{raw}'");
            self.report(Severity::Error, message.clone(), "kind");
            return Err(Rejection::Decode(message));
        }
        if kind == "List" && list.is_some() {
            let message = "*unstructured.Unstructured is not a list: no Items field in this object".to_owned();
            self.report(Severity::Error, message.clone(), "");
            return Err(Rejection::Client(message));
        }
        // The items of a list are not looked at.
        if let Some(error) = decode::wrong_metadata(&value).filter(|_| list.is_none()) {
            self.report_decode(&error);
            return Err(Rejection::Decode(error.message));
        }
        let is_custom = self.has_custom && is_custom(&api_version);
        let served = served(&api_version, &kind);
        let served = if served == Served::Unknown && is_custom { Served::Other } else { served };
        if served == Served::Unknown {
            return Err(self.unknown_kind(&value, api_version, kind));
        }
        let decoded = match self.validation {
            FieldValidation::Strict => decode_value(served, &value),
            FieldValidation::Warn | FieldValidation::Ignore => decode_leniently(served, &value).map(|(object, unknown)| {
                if self.validation == FieldValidation::Warn {
                    self.warnings.extend(unknown);
                }
                object
            }),
        };
        match decoded {
            Ok(mut object) => {
                if served == Served::Other && !is_read(&kind) {
                    let message = format!("{kind} is kept and shown, but not simulated");
                    self.report(Severity::Info, message, "kind");
                }
                let is_namespaced = if let Object::Unmodelled(other) = &object {
                    is_namespaced(&other.kind)
                } else {
                    object.kind().is_namespaced()
                };
                let namespace = &mut object.metadata_mut().namespace;
                if is_namespaced && namespace.as_deref().unwrap_or_default().is_empty() {
                    *namespace = Some("default".to_owned());
                } else if !is_namespaced && !is_custom {
                    // kubectl takes it away (`FilterNamespace`).
                    *namespace = None;
                }
                Ok(object)
            }
            Err(errors) => {
                errors.iter().for_each(|error| self.report_decode(error));
                Err(Rejection::Server(Status::bad_request(decode::bad_request(&api_version, &kind, &errors))))
            }
        }
    }

    fn unknown_kind(&mut self, value: &Value, api_version: String, kind: String) -> Rejection {
        if is_lower_case_kind(&api_version, &kind) {
            let version = api_version.rsplit('/').next().unwrap_or_default();
            let message = format!(
                "{kind} in version {} cannot be handled as a {}: no kind {} is registered for version {} in scheme \
                 \"pkg/runtime/scheme.go:111\"",
                quote(version),
                proper_case(&api_version, &kind),
                quote(&kind),
                quote(&api_version)
            );
            let place = self.document.places.find(&self.full_path("kind")).value;
            let fix = Fix { path: self.full_path("kind"), place, remedy: Remedy::Rename(proper_case(&api_version, &kind)) };
            self.report(Severity::Error, message.clone(), "kind").fix = Some(fix);
            return Rejection::Server(Status::bad_request(message));
        }
        let text = |field: &str| {
            value.get("metadata").and_then(|metadata| metadata.get(field)).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let message = format!("no matches for kind {} in version {}", quote(&kind), quote(&api_version));
        let moved = moved_to(&api_version, &kind);
        let (field, meant) = match (moved, known_version(&kind)) {
            (Some(to), _) => ("apiVersion", Some(to.to_owned())),
            (None, Some(version)) => ("apiVersion", Some(version.to_owned())),
            (None, None) => ("kind", closest(&kind, known_kinds(&api_version)).map(str::to_owned)),
        };
        let place = self.document.places.find(&self.full_path(field)).value;
        let path = self.full_path(field);
        let diagnostic = self.report(Severity::Error, message, field);
        diagnostic.hint = match (moved, &meant) {
            (Some(to), _) => Some(format!("{kind} has moved to {to}")),
            (None, Some(meant)) => Some(format!("did you mean {meant}?")),
            (None, None) => None,
        };
        diagnostic.fix = meant.map(|meant| Fix { path, place, remedy: Remedy::Rename(meant) });
        Rejection::Mapping { namespace: text("namespace"), name: text("name"), api_version, kind }
    }
}

/// The version that serves a modelled kind.
fn known_version(kind: &str) -> Option<&'static str> {
    Kind::MODELLED.iter().find(|known| known.name() == kind).map(|known| known.api_version())
}

/// The modelled kinds of a version.
fn known_kinds(api_version: &str) -> impl Iterator<Item = &'static str> {
    Kind::MODELLED.iter().filter(move |known| known.api_version() == api_version).map(|known| known.name())
}

fn proper_case(api_version: &str, lower: &str) -> String {
    let known = podlapse_model::Kind::MODELLED
        .iter()
        .find(|kind| kind.api_version() == api_version && kind.name().to_lowercase() == lower);
    known.map_or_else(|| lower.to_owned(), |kind| kind.name().to_owned())
}
