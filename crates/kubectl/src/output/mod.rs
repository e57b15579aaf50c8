//! The output formats of `kubectl get -o`.
//!
//! Models `k8s.io/cli-runtime/pkg/genericclioptions` (`PrintFlags`) and the printers below it.

mod custom_columns;
mod json;
mod jsonpath;
mod yaml;

use podlapse_model::Object;
use serde_json::{Value, json};

use jsonpath::JsonPath;

/// What `-o` asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Format {
    /// The table.
    Table,
    /// The table with more columns.
    Wide,
    Json,
    Yaml,
    /// `kind/name` on each line.
    Name,
    JsonPath(JsonPath),
    /// Headings with paths.
    CustomColumns(Vec<(String, JsonPath)>),
}

/// What a format other than a table prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Printed {
    Text(String),
    Error(String),
}

impl Format {
    /// Reads the value of `-o`.
    ///
    /// # Errors
    /// kubectl's words for a format that it does not know or a path that it cannot read.
    pub(crate) fn parse(text: &str) -> Result<Format, String> {
        let (name, argument) = text.split_once('=').unwrap_or((text, ""));
        match name {
            "" => Ok(Format::Table),
            "wide" => Ok(Format::Wide),
            "json" => Ok(Format::Json),
            "yaml" => Ok(Format::Yaml),
            "name" => Ok(Format::Name),
            "jsonpath" if argument.is_empty() => Err("template format specified but no template given".to_owned()),
            "jsonpath" => JsonPath::parse(argument).map(Format::JsonPath),
            "custom-columns" => custom_columns::parse(argument).map(Format::CustomColumns),
            _ => Err(format!(
                "unable to match a printer suitable for the output format {text:?}, allowed formats are: \
                 custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,\
                 name,template,templatefile,wide,yaml"
            )),
        }
    }

    /// The objects in this format; `None` for a table. `is_single` where one object was asked for by name.
    pub(crate) fn print(&self, objects: &[Object], is_single: bool) -> Option<Printed> {
        let whole = || match objects {
            [object] if is_single => shown(object),
            objects => list(objects),
        };
        Some(match self {
            Format::Table | Format::Wide => return None,
            Format::Name => Printed::Text(objects.iter().map(|object| name(object) + "\n").collect()),
            Format::Json if is_single && objects.is_empty() => Printed::Text(String::new()),
            Format::Yaml if is_single && objects.is_empty() => Printed::Text(String::new()),
            Format::Json => Printed::Text(json::text(&whole())),
            Format::Yaml => Printed::Text(yaml::text(&whole())),
            Format::JsonPath(path) => match path.print(&whole()) {
                Ok(text) => Printed::Text(text),
                Err(message) => Printed::Error(format!("error executing jsonpath: {message}")),
            },
            Format::CustomColumns(columns) => {
                Printed::Text(custom_columns::text(columns, &objects.iter().map(shown).collect::<Vec<_>>()))
            }
        })
    }
}

/// `pod/web`.
fn name(object: &Object) -> String {
    format!("{}/{}", crate::resources::kind_name(object), object.metadata().name.as_deref().unwrap_or_default())
}

/// The object as it is shown: without `managedFields`.
fn shown(object: &Object) -> Value {
    let mut value = object.to_json();
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    value
}

fn list(objects: &[Object]) -> Value {
    let items: Vec<Value> = objects.iter().map(shown).collect();
    json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}})
}

/// `--sort-by`: by a field, numbers as numbers, objects without the field first.
///
/// # Errors
/// A path that cannot be read.
pub(crate) fn sort_by(objects: &mut [Object], path: &str) -> Result<(), String> {
    let path = JsonPath::parse_relaxed(path)?;
    podlapse_model::sort_by_key(objects, |object| match path.first(&object.to_json()) {
        None | Some(Value::Null) => (0, 0, String::new()),
        Some(Value::Number(number)) => (1, number.as_i64().unwrap_or_default(), String::new()),
        Some(Value::String(text)) => (2, 0, text),
        Some(other) => (3, 0, other.to_string()),
    });
    Ok(())
}
