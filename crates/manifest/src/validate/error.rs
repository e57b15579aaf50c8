//! Errors about single fields.
//!
//! Upstream: `k8s.io/apimachinery/pkg/util/validation/field` `Error`.

use std::fmt;

use podlapse_model::go_text::quote;
use serde_json::Value;

use crate::go_text;
use crate::rejection::{Cause, Status};

/// What kind of error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldErrorKind {
    /// A value is missing.
    Required,
    /// A value is malformed.
    Invalid,
    /// A value is none of the allowed ones.
    NotSupported,
    /// A value that must be unique is not.
    Duplicate,
    /// The field may not be set.
    Forbidden,
    /// What the value names does not exist.
    NotFound,
    /// A text is too long.
    TooLong,
    /// A list is too long.
    TooMany,
    /// The server cannot tell.
    Internal,
}

/// An error about one field.
///
/// ```
/// use podlapse_manifest::{FieldError, FieldErrorKind};
/// let error = FieldError {
///     kind: FieldErrorKind::Required,
///     field: "spec.containers".to_owned(),
///     value: String::new(),
///     detail: String::new(),
/// };
/// assert_eq!(error.to_string(), "spec.containers: Required value");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The kind of error.
    pub kind: FieldErrorKind,
    /// The field's path.
    pub field: String,
    /// The bad value as Go prints it.
    pub value: String,
    /// What is wrong with it.
    pub detail: String,
}

impl FieldError {
    /// The error without the field.
    pub fn body(&self) -> String {
        let (head, shows_value) = match self.kind {
            FieldErrorKind::Required => ("Required value", false),
            FieldErrorKind::Invalid => ("Invalid value", true),
            FieldErrorKind::NotSupported => ("Unsupported value", true),
            FieldErrorKind::Duplicate => ("Duplicate value", true),
            FieldErrorKind::Forbidden => ("Forbidden", false),
            FieldErrorKind::NotFound => ("Not found", true),
            FieldErrorKind::TooLong => ("Too long", false),
            FieldErrorKind::TooMany => ("Too many", true),
            FieldErrorKind::Internal => ("Internal error", false),
        };
        let mut text = head.to_owned();
        for part in [self.value.as_str(), self.detail.as_str()].iter().skip(usize::from(!shows_value)) {
            if !part.is_empty() {
                text.push_str(": ");
                text.push_str(part);
            }
        }
        text
    }

    /// The reason that a status names for it.
    pub fn reason(&self) -> &'static str {
        match self.kind {
            FieldErrorKind::Required => "FieldValueRequired",
            FieldErrorKind::Invalid => "FieldValueInvalid",
            FieldErrorKind::NotSupported => "FieldValueNotSupported",
            FieldErrorKind::Duplicate => "FieldValueDuplicate",
            FieldErrorKind::Forbidden => "FieldValueForbidden",
            FieldErrorKind::NotFound => "FieldValueNotFound",
            FieldErrorKind::TooLong => "FieldValueTooLong",
            FieldErrorKind::TooMany => "FieldValueTooMany",
            FieldErrorKind::Internal => "InternalError",
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.body())
    }
}

/// A value as Go's errors print it.
pub(crate) struct Shown(pub(crate) String);

impl From<&str> for Shown {
    fn from(text: &str) -> Self {
        Shown(quote(text))
    }
}

impl From<&String> for Shown {
    fn from(text: &String) -> Self {
        Shown(quote(text))
    }
}

impl From<i64> for Shown {
    fn from(number: i64) -> Self {
        Shown(number.to_string())
    }
}

impl From<i32> for Shown {
    fn from(number: i32) -> Self {
        Shown(number.to_string())
    }
}

impl From<bool> for Shown {
    fn from(flag: bool) -> Self {
        Shown(flag.to_string())
    }
}

impl From<&Value> for Shown {
    fn from(value: &Value) -> Self {
        Shown(go_text::json(value))
    }
}

/// Errors in the order in which they are found.
#[derive(Default)]
pub(crate) struct Errors {
    pub(crate) list: Vec<FieldError>,
}

impl Errors {
    fn push(&mut self, kind: FieldErrorKind, field: &str, value: String, detail: &str) {
        self.list.push(FieldError { kind, field: field.to_owned(), value, detail: detail.to_owned() });
    }

    pub(crate) fn required(&mut self, field: &str, detail: &str) {
        self.push(FieldErrorKind::Required, field, String::new(), detail);
    }

    pub(crate) fn invalid(&mut self, field: &str, value: impl Into<Shown>, detail: &str) {
        self.push(FieldErrorKind::Invalid, field, value.into().0, detail);
    }

    pub(crate) fn forbidden(&mut self, field: &str, detail: &str) {
        self.push(FieldErrorKind::Forbidden, field, String::new(), detail);
    }

    pub(crate) fn internal(&mut self, field: &str, detail: &str) {
        self.push(FieldErrorKind::Internal, field, String::new(), detail);
    }

    pub(crate) fn duplicate(&mut self, field: &str, value: impl Into<Shown>) {
        self.push(FieldErrorKind::Duplicate, field, value.into().0, "");
    }

    pub(crate) fn duplicate_because(&mut self, field: &str, value: impl Into<Shown>, detail: &str) {
        self.push(FieldErrorKind::Duplicate, field, value.into().0, detail);
    }

    pub(crate) fn not_found(&mut self, field: &str, value: &str, detail: &str) {
        self.push(FieldErrorKind::NotFound, field, quote(value), detail);
    }

    pub(crate) fn too_many(&mut self, field: &str, count: usize, limit: usize) {
        let detail = format!("must have at most {limit} items");
        self.push(FieldErrorKind::TooMany, field, count.to_string(), &detail);
    }

    pub(crate) fn too_long(&mut self, field: &str, limit: usize) {
        self.push(FieldErrorKind::TooLong, field, String::new(), &format!("may not be more than {limit} bytes"));
    }

    pub(crate) fn not_supported(&mut self, field: &str, value: impl Into<Shown>, supported: &[&str]) {
        let supported: Vec<String> = supported.iter().map(|value| quote(value)).collect();
        let detail = format!("supported values: {}", supported.join(", "));
        self.push(FieldErrorKind::NotSupported, field, value.into().0, &detail);
    }

    /// One error for each message about a value.
    pub(crate) fn each(&mut self, field: &str, value: &str, messages: Vec<String>) {
        for message in messages {
            self.invalid(field, value, &message);
        }
    }

    /// A text that must be one of a few.
    pub(crate) fn one_of(&mut self, field: &str, value: &str, supported: &[&str]) {
        if !supported.contains(&value) {
            self.not_supported(field, value, supported);
        }
    }

    /// As `one_of`; an empty text is missing.
    pub(crate) fn required_one_of(&mut self, field: &str, value: &str, supported: &[&str]) {
        if value.is_empty() { self.required(field, "") } else { self.one_of(field, value, supported) }
    }

    pub(crate) fn non_negative(&mut self, field: &str, value: i64) {
        if value < 0 {
            self.invalid(field, value, "must be greater than or equal to 0");
        }
    }
}

/// The server's answer to an invalid object; `kind` as in `Deployment`, with the group that its message appends.
pub(crate) fn invalid_status(kind: &str, group: &str, name: &str, errors: &[FieldError]) -> Status {
    let texts: Vec<String> = errors.iter().map(FieldError::to_string).collect();
    let qualified = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
    let message = format!("{qualified} {} is invalid: {}", quote(name), podlapse_model::field::aggregate(&texts));
    let causes =
        errors.iter().map(|error| Cause { reason: error.reason(), message: error.body(), field: error.field.clone() }).collect();
    Status { reason: "Invalid", code: 422, message, kind: kind.to_owned(), name: name.to_owned(), causes }
}
