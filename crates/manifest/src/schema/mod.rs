//! The shape of the API's structs as Go declares them.
//!
//! The generated object model knows fields and JSON types, but not what Go's decoder shows in messages (names of structs, text
//! types and embedded structs) nor which zero values are written back. `structs.txt` holds that, one struct a line.

mod listing;

use podlapse_model::SortedMap;
use std::sync::OnceLock;

pub use listing::{SchemaField, schema_fields};

/// How a field is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Bool,
    Int32,
    Int64,
    Float,
    Quantity,
    Time,
    MicroTime,
    IntOrString,
    Bytes,
    Any,
    /// A text type with a name, as in `v1.RestartPolicy`.
    Named(&'static str),
    Struct(&'static str),
    List(&'static Type),
    Map(&'static Type),
    ResourceList,
}

/// What an absent or zero value means for a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Zero is as good as absent.
    OmitEmpty,
    /// Zero differs from absent.
    Pointer,
    /// It is always there.
    Always,
}

/// A field of a struct.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    /// The embedded struct that declares it; empty when it is the struct itself.
    pub(crate) embed: &'static str,
    pub(crate) kind: Type,
    pub(crate) presence: Presence,
}

type Structs = SortedMap<&'static str, Vec<Field>>;

fn structs() -> &'static Structs {
    static STRUCTS: OnceLock<Structs> = OnceLock::new();
    STRUCTS.get_or_init(|| {
        include_str!("structs.txt").lines().filter(|line| !line.starts_with('#')).filter_map(parse_line).collect()
    })
}

/// The fields of a struct; none for a name that is not in the table.
pub(crate) fn fields(name: &str) -> &'static [Field] {
    structs().get(name).map_or(&[], Vec::as_slice)
}

fn parse_line(line: &'static str) -> Option<(&'static str, Vec<Field>)> {
    let mut words = line.split(' ');
    let name = words.next()?;
    Some((name, words.filter_map(parse_field).collect()))
}

fn parse_field(word: &'static str) -> Option<Field> {
    let (name, kind) = word.split_once(':')?;
    let (name, embed) = name.split_once('^').unwrap_or((name, ""));
    let (presence, kind) = match kind.as_bytes().first()? {
        b'*' => (Presence::Pointer, &kind[1..]),
        b'!' | b'=' => (Presence::Always, &kind[1..]),
        _ => (Presence::OmitEmpty, kind),
    };
    let kind = parse_type(kind);
    let is_pointer = presence == Presence::OmitEmpty && matches!(kind, Type::Struct(_) | Type::Quantity | Type::IntOrString);
    Some(Field { name, embed, kind, presence: if is_pointer { Presence::Pointer } else { presence } })
}

fn parse_type(text: &'static str) -> Type {
    // Types of items are few, and live as long as the table.
    let inner = |text: &'static str| -> &'static Type { Box::leak(Box::new(parse_type(text))) };
    match text {
        "s" => Type::Text,
        "b" => Type::Bool,
        "i" => Type::Int32,
        "l" => Type::Int64,
        "f" => Type::Float,
        "q" => Type::Quantity,
        "t" => Type::Time,
        "m" => Type::MicroTime,
        "o" => Type::IntOrString,
        "y" => Type::Bytes,
        "r" => Type::Any,
        "%q" => Type::ResourceList,
        _ => {
            if let Some(rest) = text.strip_prefix("s'") {
                Type::Named(rest)
            } else if let Some(rest) = text.strip_prefix("[]") {
                Type::List(inner(rest))
            } else if let Some(rest) = text.strip_prefix("{}") {
                Type::Map(inner(rest))
            } else {
                Type::Struct(text)
            }
        }
    }
}

impl Type {
    /// The type as Go writes it.
    pub(crate) fn go_name(self) -> String {
        match self {
            Type::Text | Type::Time | Type::MicroTime => "string".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Int32 | Type::IntOrString => "int32".to_owned(),
            Type::Int64 => "int64".to_owned(),
            Type::Float => "float64".to_owned(),
            Type::Quantity => "resource.Quantity".to_owned(),
            Type::Bytes => "[]uint8".to_owned(),
            Type::Any => "interface {}".to_owned(),
            Type::ResourceList => "v1.ResourceList".to_owned(),
            Type::Named(name) | Type::Struct(name) if name.contains('.') => name.to_owned(),
            Type::Named(name) | Type::Struct(name) => format!("v1.{name}"),
            Type::List(item) => format!("[]{}", item.go_name()),
            Type::Map(item) => format!("map[string]{}", item.go_name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_struct_that_a_field_names_is_in_the_table() {
        fn check(owner: &str, kind: Type) {
            if let Type::Struct(name) = kind {
                assert!(structs().contains_key(name), "{owner} names {name}");
            } else if let Type::List(item) | Type::Map(item) = kind {
                check(owner, *item);
            }
        }
        for (name, fields) in structs() {
            fields.iter().for_each(|field| check(name, field.kind));
        }
        assert!(podlapse_model::Kind::MODELLED.iter().all(|kind| !fields(kind.name()).is_empty()));
    }
}
