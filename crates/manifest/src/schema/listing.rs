//! The schema for those who show it, as `kubectl explain` does.

use podlapse_model::Kind;

use super::{Presence, Type, fields};

/// A field as a reader of the API sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaField {
    /// Its name.
    pub name: &'static str,
    /// Its type as `kubectl explain` writes it, as in `[]Container` or `map[string]string`.
    pub kind: String,
    /// Whether it must be given.
    pub is_required: bool,
    /// The struct that it holds, or a list or map of which it holds; empty for a plain value.
    pub inner: &'static str,
    /// The name of its text type, as in `PullPolicy`; empty for others.
    pub text_type: &'static str,
}

/// Lists that must not be missing; for the others `structs.txt` says it.
const REQUIRED_LISTS: &[(&str, &str)] = &[
    ("CSINodeSpec", "drivers"),
    ("EndpointSlice", "endpoints"),
    ("LimitRangeSpec", "limits"),
    ("NodeSelector", "nodeSelectorTerms"),
    ("PodSpec", "containers"),
];

/// The fields of a struct in alphabetical order; none for a name that the schema does not know.
///
/// ```
/// let probe = podlapse_manifest::schema_fields("HTTPGetAction");
/// let port = probe.iter().find(|field| field.name == "port").unwrap();
/// assert_eq!((port.kind.as_str(), port.is_required), ("IntOrString", true));
/// ```
pub fn schema_fields(owner: &str) -> Vec<SchemaField> {
    let of_kind = Kind::MODELLED.iter().any(|kind| kind.name() == owner);
    let plain = ["apiVersion", "kind"].into_iter().filter(|_| of_kind).map(|name| SchemaField {
        name,
        kind: "string".to_owned(),
        is_required: false,
        inner: "",
        text_type: "",
    });
    let declared = fields(owner).iter().map(|field| SchemaField {
        name: field.name,
        kind: shown(field.kind),
        is_required: REQUIRED_LISTS.contains(&(owner, field.name))
            || (field.presence == Presence::Always && !matches!(field.kind, Type::Struct(_))),
        inner: inner(field.kind),
        text_type: if let Type::Named(name) = field.kind { name } else { "" },
    });
    let mut all: Vec<SchemaField> = plain.chain(declared).collect();
    podlapse_model::sort_by_key(&mut all, |field| field.name);
    all
}

fn shown(kind: Type) -> String {
    match kind {
        Type::Text | Type::Named(_) | Type::Bytes => "string".to_owned(),
        Type::Bool => "boolean".to_owned(),
        Type::Int32 | Type::Int64 => "integer".to_owned(),
        Type::Float => "number".to_owned(),
        Type::Quantity => "Quantity".to_owned(),
        Type::Time => "Time".to_owned(),
        Type::MicroTime => "MicroTime".to_owned(),
        Type::IntOrString => "IntOrString".to_owned(),
        Type::Any => "Object".to_owned(),
        Type::ResourceList => "map[string]Quantity".to_owned(),
        Type::Struct(name) => name.to_owned(),
        Type::List(item) => format!("[]{}", shown(*item)),
        Type::Map(item) => format!("map[string]{}", shown(*item)),
    }
}

fn inner(kind: Type) -> &'static str {
    match kind {
        Type::Struct(name) => name,
        Type::List(item) | Type::Map(item) => inner(*item),
        Type::Text
        | Type::Named(_)
        | Type::Bytes
        | Type::Bool
        | Type::Int32
        | Type::Int64
        | Type::Float
        | Type::Quantity
        | Type::Time
        | Type::MicroTime
        | Type::IntOrString
        | Type::Any
        | Type::ResourceList => "",
    }
}
