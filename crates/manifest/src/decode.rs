//! From JSON to typed objects, as the API server decodes them strictly.

use podlapse_model::{Kind, Object};
use serde_json::Value;

use crate::go_text::quote;
use crate::served::Served;

/// One thing wrong with the types or fields of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DecodeError {
    /// The server's words.
    pub(crate) message: String,
    /// The field.
    pub(crate) path: String,
    /// Whether it is an unknown field; otherwise it is a value of the wrong type.
    pub(crate) is_strict: bool,
    pub(crate) hint: Option<String>,
    /// The name that was probably meant.
    pub(crate) correction: Option<String>,
}

/// Checks `metadata` as kubectl does before it sends an object.
pub(crate) fn metadata(_value: &Value) -> Result<(), DecodeError> {
    Ok(())
}

pub(crate) fn decode_value(served: Served, value: &Value) -> Result<Object, Vec<DecodeError>> {
    let kind = match served {
        Served::Modelled(kind) => kind,
        Served::Other | Served::Unknown => Kind::Unmodelled,
    };
    Object::from_json(kind, value.clone()).map_err(|error| {
        vec![DecodeError { message: error.to_string(), path: String::new(), is_strict: false, hint: None, correction: None }]
    })
}

/// The server's message for a body that it cannot decode.
pub(crate) fn bad_request(api_version: &str, kind: &str, errors: &[DecodeError]) -> String {
    let version = api_version.rsplit('/').next().unwrap_or_default();
    let what = match errors.iter().find(|error| !error.is_strict) {
        Some(error) => error.message.clone(),
        None => {
            let messages: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
            format!("strict decoding error: {}", messages.join(", "))
        }
    };
    format!("{kind} in version {} cannot be handled as a {kind}: {what}", quote(version))
}
