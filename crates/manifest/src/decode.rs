//! From JSON to typed objects, as the API server decodes them strictly.
//!
//! Upstream: `sigs.k8s.io/json` `UnmarshalStrict`. Of all values with a wrong type the first counts and hides the unknown fields;
//! the decoder goes on after it, but gives up at a type that reads itself (times, quantities, numbers or texts), whose error then
//! counts. Fields are met in alphabetical order, because kubectl sends them sorted. Values are brought into the form in which the
//! server writes them back: canonical quantities, UTC times, zero values left out where Go omits them.

use podlapse_model::{Kind, Object, Quantity};
use serde_json::{Map, Value};

use crate::fix::Remedy;
use crate::go_time::{self, Layout};
use crate::schema::{Field, Presence, Type, fields};
use crate::served::Served;
use crate::similar::closest;
use podlapse_model::go_number;
use podlapse_model::go_text::quote;

/// One thing wrong with the types or fields of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DecodeError {
    /// The server's words.
    pub(crate) message: String,
    /// The field.
    pub(crate) path: String,
    /// Whether it is an unknown field; otherwise it is a value of the wrong type.
    pub(crate) is_strict: bool,
    /// Whether Go's decoder gives up at it; else it goes on and tells of the first such error in the end.
    is_last: bool,
    pub(crate) hint: Option<String>,
    /// What would mend it.
    pub(crate) remedy: Option<Box<Remedy>>,
}

/// What is wrong with the types in `metadata`, which kubectl reads before it sends an object.
pub(crate) fn wrong_metadata(value: &Value) -> Option<DecodeError> {
    const METADATA: Field = Field { name: "metadata", embed: "", kind: Type::Struct("ObjectMeta"), presence: Presence::Always };
    let mut decoder = Decoder { owner: "metadataOnlyObject", is_as_written: true, ..Decoder::default() };
    if let Some(metadata) = value.get("metadata") {
        decoder.field(&METADATA, metadata);
    }
    told(&decoder.errors).cloned()
}

/// The error that hides all others, unless there are only unknown fields.
fn told(errors: &[DecodeError]) -> Option<&DecodeError> {
    errors.iter().find(|error| error.is_last).or_else(|| errors.iter().find(|error| !error.is_strict))
}

/// Decodes an object of a served kind, passing over unknown fields, which are named beside it.
pub(crate) fn decode_leniently(served: Served, value: &Value) -> Result<(Object, Vec<String>), Vec<DecodeError>> {
    let Served::Modelled(kind) = served else { return decode_value(served, value).map(|object| (object, Vec::new())) };
    let mut decoder = Decoder::default();
    let decoded = decoder.object(kind.name(), value);
    if decoder.errors.iter().any(|error| !error.is_strict) {
        return Err(decoder.errors);
    }
    let unknown = decoder.errors.into_iter().map(|error| error.message).collect();
    decode_value(served, &decoded).map(|object| (object, unknown))
}

/// Decodes an object of a served kind; the errors are all of its unknown fields and wrong types.
pub(crate) fn decode_value(served: Served, value: &Value) -> Result<Object, Vec<DecodeError>> {
    let (kind, value) = match served {
        Served::Modelled(kind) => (kind, normalise(kind, value)?),
        Served::Other | Served::Unknown => (Kind::Unmodelled, value.clone()),
    };
    Object::from_json(kind, value).map_err(|error| {
        let message = error.to_string();
        vec![DecodeError { message, path: String::new(), is_strict: false, is_last: false, hint: None, remedy: None }]
    })
}

fn normalise(kind: Kind, value: &Value) -> Result<Value, Vec<DecodeError>> {
    let mut decoder = Decoder::default();
    let mut decoded = decoder.object(kind.name(), value);
    if !decoder.errors.is_empty() {
        return Err(decoder.errors);
    }
    if let Some(fields) = decoded.as_object_mut() {
        fields.insert("apiVersion".to_owned(), kind.api_version().into());
        fields.insert("kind".to_owned(), kind.name().into());
    }
    Ok(decoded)
}

/// The object as the API server writes it: as its JSON, without the empty values that Go leaves out.
///
/// ```
/// use podlapse_model::api::core::v1::{LocalObjectReference, Pod, PodSpec};
/// let secrets = Some(vec![LocalObjectReference::default()]);
/// let pod = Pod { spec: Some(PodSpec { image_pull_secrets: secrets, ..PodSpec::default() }), ..Pod::default() };
/// assert_eq!(podlapse_manifest::written(&pod.into())["spec"]["imagePullSecrets"], serde_json::json!([{}]));
/// ```
pub fn written(object: &Object) -> Value {
    let value = object.to_json();
    if object.kind() == Kind::Unmodelled {
        return value;
    }
    normalise(object.kind(), &value).unwrap_or(value)
}

/// The object as the API server keeps it, however it was written: with the usual form of quantities, and without what is empty.
///
/// ```
/// use podlapse_model::{Kind, Object};
/// let spec = serde_json::json!({"containers": [{"name": "app", "resources": {"limits": {"cpu": "1000m"}}}], "volumes": []});
/// let pod = Object::from_json(Kind::Pod, serde_json::json!({"metadata": {"name": "web"}, "spec": spec})).unwrap();
/// let kept = podlapse_manifest::kept(pod).to_json();
/// assert_eq!(kept["spec"]["containers"][0]["resources"]["limits"]["cpu"], "1");
/// assert!(kept["spec"].get("volumes").is_none());
/// ```
pub fn kept(object: Object) -> Object {
    Object::from_json(object.kind(), written(&object)).unwrap_or(object)
}

/// The object that a value of a kind stands for, as the API server keeps it, whatever else stands there.
///
/// # Errors
/// The first value of a wrong type.
///
/// ```
/// use podlapse_model::Kind;
/// let pod = |cpu: &str| serde_json::json!({"spec": {"overhead": {"cpu": cpu}, "node": 1}});
/// assert_eq!(podlapse_manifest::decoded(Kind::Pod, &pod("1000m")).unwrap().to_json()["spec"]["overhead"]["cpu"], "1");
/// assert!(podlapse_manifest::decoded(Kind::Pod, &pod("2x")).unwrap_err().starts_with("quantities must match"));
/// ```
pub fn decoded(kind: Kind, value: &Value) -> Result<Object, String> {
    let served = if kind == Kind::Unmodelled { Served::Other } else { Served::Modelled(kind) };
    let wrong = |errors: Vec<DecodeError>| errors.into_iter().find(|error| !error.is_strict).map(|error| error.message);
    decode_leniently(served, value).map(|(object, _)| object).map_err(|errors| wrong(errors).unwrap_or_default())
}

/// What the API server says of the fields that it does not know in an object of a modelled kind.
///
/// ```
/// let pod = serde_json::json!({"metadata": {"name": "web"}, "spec": {"containers": [], "node": "n"}});
/// assert_eq!(podlapse_manifest::unknown_fields(podlapse_model::Kind::Pod, &pod), ["unknown field \"spec.node\""]);
/// ```
pub fn unknown_fields(kind: Kind, value: &Value) -> Vec<String> {
    let mut decoder = Decoder::default();
    if kind != Kind::Unmodelled {
        decoder.object(kind.name(), value);
    }
    decoder.errors.into_iter().filter(|error| error.is_strict).map(|error| error.message).collect()
}

/// The server's message for a body that it cannot decode.
pub(crate) fn bad_request(api_version: &str, kind: &str, errors: &[DecodeError]) -> String {
    let version = api_version.rsplit('/').next().unwrap_or_default();
    let what = match told(errors) {
        Some(error) => error.message.clone(),
        None => {
            let messages: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
            format!("strict decoding error: {}", messages.join(", "))
        }
    };
    format!("{kind} in version {} cannot be handled as a {kind}: {what}", quote(version))
}

/// The same value as the type wants it: a number without quotes, a text with them.
fn rewritten(value: &Value, go_type: &str) -> Option<Remedy> {
    let plain = match (value, go_type) {
        (Value::String(text), "int32" | "int64") => text.parse::<i64>().ok()?.to_string(),
        (Value::String(text), "bool") if matches!(text.as_str(), "true" | "false") => text.clone(),
        (Value::Number(number), "string") => quote(&go_number::number(number)),
        (Value::Bool(flag), "string") => quote(&flag.to_string()),
        (_, _) => return None,
    };
    Some(Remedy::Rewrite(plain))
}

#[derive(Default)]
struct Decoder {
    /// The struct whose field is being decoded.
    owner: &'static str,
    /// The names down to here, as Go's messages show them: embedded structs too, indexes not.
    go_path: Vec<&'static str>,
    /// The path down to here, as unknown fields are reported.
    path: String,
    /// Whether numbers are those of the file; kubectl sends those that are too large as floats.
    is_as_written: bool,
    errors: Vec<DecodeError>,
}

impl Decoder {
    fn error(&mut self, message: String) -> Value {
        let path = self.path.clone();
        self.errors.push(DecodeError { message, path, is_strict: false, is_last: false, hint: None, remedy: None });
        Value::Null
    }

    /// Makes the error of a type that reads itself the last one.
    fn own_error(&mut self, none: Value) -> Value {
        if let Some(error) = self.errors.last_mut() {
            error.is_last = true;
        }
        none
    }

    /// A value of another JSON type than Go wants.
    fn mismatch(&mut self, value: &Value, go_type: &str) -> Value {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let none = self.cannot(found, go_type);
        if let Some(error) = self.errors.last_mut() {
            error.remedy = rewritten(value, go_type).map(Box::new);
        }
        none
    }

    fn cannot(&mut self, found: &str, go_type: &str) -> Value {
        let target = match self.go_path.as_slice() {
            [] => format!("value of type {go_type}"),
            path => format!("struct field {}.{} of type {go_type}", self.owner, path.join(".")),
        };
        self.error(format!("json: cannot unmarshal {found} into Go {target}"))
    }

    fn object(&mut self, name: &'static str, value: &Value) -> Value {
        let Some(given) = value.as_object() else { return self.mismatch(value, &Type::Struct(name).go_name()) };
        let known = fields(name);
        let is_root = self.go_path.is_empty();
        let outer = std::mem::replace(&mut self.owner, name);
        let mut out = Map::new();
        for (key, value) in given {
            if is_root && (key == "apiVersion" || key == "kind") {
                continue;
            }
            match known.iter().find(|field| field.name == key) {
                Some(field) => {
                    if let Some(value) = self.field(field, value) {
                        out.insert(key.clone(), value);
                    }
                }
                None => self.unknown(key, known),
            }
        }
        for field in known.iter().filter(|field| field.presence == Presence::Always) {
            if out.contains_key(field.name) {
                continue;
            }
            match field.kind {
                Type::Struct(inner) => {
                    let value = self.object(inner, &Value::Object(Map::new()));
                    out.insert(field.name.to_owned(), value);
                }
                Type::Text | Type::Named(_) => _ = out.insert(field.name.to_owned(), "".into()),
                Type::Int32 | Type::Int64 => _ = out.insert(field.name.to_owned(), 0.into()),
                // Of these no field of the API is written when it is empty.
                Type::Bool
                | Type::Float
                | Type::Quantity
                | Type::Time
                | Type::MicroTime
                | Type::IntOrString
                | Type::Bytes
                | Type::Any
                | Type::List(_)
                | Type::Map(_)
                | Type::ResourceList => {}
            }
        }
        self.owner = outer;
        Value::Object(out)
    }

    fn unknown(&mut self, key: &str, known: &'static [Field]) {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        let meant = closest(key, known.iter().map(|field| field.name));
        self.errors.push(DecodeError {
            message: format!("unknown field {}", quote(&path)),
            path,
            is_strict: true,
            is_last: false,
            hint: meant.map(|name| format!("did you mean {name}?")),
            remedy: meant.map(|name| Box::new(Remedy::Rename(name.to_owned()))),
        });
    }

    /// The value of a field in the form that is kept; `None` when it counts as absent.
    fn field(&mut self, field: &Field, value: &Value) -> Option<Value> {
        if value.is_null() {
            return None;
        }
        let length = self.path.len();
        let depth = self.go_path.len();
        if !field.embed.is_empty() {
            self.go_path.push(field.embed);
        }
        self.go_path.push(field.name);
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(field.name);
        let decoded = self.value(field.kind, value);
        self.path.truncate(length);
        self.go_path.truncate(depth);
        // An empty selector differs from none, and the object model has no other place to keep that.
        if field.kind == Type::Struct("LabelSelector") && decoded.as_object().is_some_and(Map::is_empty) {
            return Some(serde_json::json!({"matchLabels": {}}));
        }
        let is_empty = match &decoded {
            Value::Null => true,
            Value::Bool(value) => !value,
            Value::Number(number) => number.as_f64() == Some(0.0),
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty() && !matches!(field.kind, Type::Struct(_) | Type::Any),
        };
        (!is_empty || field.presence != Presence::OmitEmpty).then_some(decoded)
    }

    fn value(&mut self, kind: Type, value: &Value) -> Value {
        match (kind, value) {
            (Type::Struct(name), Value::Null) => self.object(name, &Value::Object(Map::new())),
            (Type::Text | Type::Named(_), Value::Null) => "".into(),
            (Type::Quantity, _) => self.quantity(value),
            (Type::Int32 | Type::Int64, Value::Null) => 0.into(),
            (Type::Bool, Value::Null) => false.into(),
            (_, Value::Null) => Value::Null,
            (Type::Any, _) => value.clone(),
            (Type::Text | Type::Named(_), Value::String(_)) | (Type::Bool, Value::Bool(_)) => value.clone(),
            (Type::Float, Value::Number(_)) => value.clone(),
            (Type::Int32, Value::Number(number)) => self.integer(number, i64::from(i32::MIN)..=i64::from(i32::MAX), "int32"),
            (Type::Int64, Value::Number(number)) => self.integer(number, i64::MIN..=i64::MAX, "int64"),
            (Type::IntOrString, Value::String(_)) => value.clone(),
            (Type::IntOrString, Value::Number(number)) => {
                let errors = self.errors.len();
                let value = self.integer(number, i64::from(i32::MIN)..=i64::from(i32::MAX), "int32");
                if self.errors.len() == errors { value } else { self.own_error(value) }
            }
            (Type::Time | Type::MicroTime, Value::String(text)) => {
                let layout = if kind == Type::Time { Layout::Seconds } else { Layout::Micros };
                match go_time::parse(text, layout) {
                    Ok(time) if time.is_zero() => Value::Null,
                    Ok(time) => time.text(layout).into(),
                    Err(message) => {
                        let none = self.error(message);
                        self.own_error(none)
                    }
                }
            }
            (Type::Bytes, Value::String(text)) => match corrupt_base64(text) {
                None => usual_base64(text).into(),
                Some(at) => self.error(format!("illegal base64 data at input byte {at}")),
            },
            (Type::Struct(name), Value::Object(_)) => self.object(name, value),
            (Type::List(item), Value::Array(items)) => {
                let length = self.path.len();
                let mut out = Vec::with_capacity(items.len());
                for (at, value) in items.iter().enumerate() {
                    self.path.push_str(&format!("[{at}]"));
                    out.push(self.value(*item, value));
                    self.path.truncate(length);
                }
                Value::Array(out)
            }
            (Type::Map(item), Value::Object(entries)) => self.map(*item, entries),
            (Type::ResourceList, Value::Object(entries)) => self.map(Type::Quantity, entries),
            (Type::Time | Type::MicroTime | Type::IntOrString, value) => {
                let none = self.mismatch(value, &kind.go_name());
                self.own_error(none)
            }
            (_, value) => self.mismatch(value, &kind.go_name()),
        }
    }

    fn map(&mut self, item: Type, entries: &Map<String, Value>) -> Value {
        let length = self.path.len();
        let mut out = Map::new();
        for (key, value) in entries {
            self.path.push_str(&format!("[{key}]"));
            out.insert(key.clone(), self.value(item, value));
            self.path.truncate(length);
        }
        Value::Object(out)
    }

    fn integer(&mut self, number: &serde_json::Number, range: std::ops::RangeInclusive<i64>, go_type: &str) -> Value {
        let text = self.number(number);
        match text.parse::<i64>() {
            Ok(value) if range.contains(&value) => value.into(),
            Ok(_) | Err(_) => self.cannot(&format!("number {text}"), go_type),
        }
    }

    fn number(&self, number: &serde_json::Number) -> String {
        match (number.as_i64(), number.as_f64()) {
            (None, Some(float)) if !self.is_as_written => go_number::float(float),
            (_, _) => go_number::number(number),
        }
    }

    fn quantity(&mut self, value: &Value) -> Value {
        let text = match value {
            Value::Number(number) => self.number(number),
            Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => crate::go_text::json(value),
        };
        match Quantity::from_json(&text) {
            Ok(quantity) => quantity.to_string().into(),
            Err(error) => {
                let none = self.error(error.to_string());
                self.own_error(none)
            }
        }
    }
}

/// Standard base64 as it is written: without line breaks, and without bits behind the last byte.
fn usual_base64(text: &str) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let padding = digits.iter().filter(|byte| **byte == b'=').count();
    let last = digits.len().checked_sub(padding + 1).and_then(|at| digits.get_mut(at));
    if let Some(last) = last.filter(|_| 0 < padding)
        && let Some(value) = DIGITS.iter().position(|digit| digit == last)
    {
        *last = DIGITS[value >> (2 * padding) << (2 * padding)];
    }
    String::from_utf8(digits).unwrap_or_default()
}

/// Where standard base64 goes wrong, as Go counts; line breaks are passed over.
fn corrupt_base64(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_break = |b: u8| b == b'\n' || b == b'\r';
    let mut in_group = 0;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if is_break(byte) {
            at += 1;
            continue;
        }
        if byte == b'=' {
            let rest: Vec<u8> = bytes[at..].iter().copied().filter(|b| !is_break(*b)).collect();
            return match (in_group, rest.as_slice()) {
                (2, [b'=', b'=']) | (3, [b'=']) => None,
                (2, [b'=', b'=', ..]) => Some(at + 2),
                (3, [b'=', ..]) => Some(at + 1),
                (2, [b'=']) => Some(bytes.len()),
                _ => Some(at),
            };
        }
        if !byte.is_ascii_alphanumeric() && byte != b'+' && byte != b'/' {
            return Some(at);
        }
        in_group = (in_group + 1) % 4;
        at += 1;
    }
    (in_group != 0).then(|| bytes.len() - in_group)
}
