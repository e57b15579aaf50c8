//! The output formats of `kubectl get -o`.
//!
//! Models `k8s.io/cli-runtime/pkg/genericclioptions` (`PrintFlags`) and the printers below it.

mod complete;
mod custom_columns;
mod diff;
mod go_order;
mod go_value;
mod json;
mod jsonpath;
mod kyaml;
mod sort_by;
mod template;
mod yaml;

use podlapse_core::client::CommandLine;
use podlapse_model::{Metadata, Object};
use serde_json::{Value, json};

pub(crate) use diff::unified;
pub(crate) use jsonpath::{JsonPath, Missing, plain};
pub(crate) use sort_by::{nowhere, sort_by};
use template::Template;
pub use yaml::yaml;

/// What `-o` asks for, and the flags that change what is printed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Format {
    kind: FormatKind,
    /// `--show-managed-fields`.
    pub(crate) shows_managed_fields: bool,
    /// `--no-headers`, of custom columns.
    pub(crate) has_no_headers: bool,
    /// Whether fields stand in the order of the types of Go.
    pub(crate) is_typed: bool,
    /// `--allow-missing-template-keys`.
    pub(crate) missing: Missing,
}

#[derive(Clone, Debug, PartialEq)]
enum FormatKind {
    /// The table.
    Table,
    /// The table with more columns.
    Wide,
    Json,
    Yaml,
    /// YAML with braces and quotes.
    Kyaml,
    /// `kind/name` on each line.
    Name,
    JsonPath(JsonPath),
    /// What the path finds, as JSON.
    JsonPathAsJson(JsonPath),
    Template(Template),
    /// Headings with paths.
    CustomColumns(Vec<custom_columns::Column>),
}

/// What a format other than a table prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Printed {
    Text(String),
    Error(String),
    /// What ends early.
    Broken {
        text: String,
        message: String,
    },
}

impl Format {
    /// Reads the value of `-o`; some formats name a file.
    ///
    /// # Errors
    /// kubectl's words for a format that it does not know or a path that it cannot read.
    pub(crate) fn parse(text: &str, line: &CommandLine) -> Result<Format, String> {
        let kind = FormatKind::parse(text, line)?;
        Ok(Format { kind, shows_managed_fields: false, has_no_headers: false, is_typed: false, missing: Missing::Skip })
    }

    /// Reads the value of `-o` of a verb that changes something, which has no table.
    ///
    /// # Errors
    /// As [`Format::parse`].
    pub(crate) fn parse_of_change(text: &str, line: &CommandLine) -> Result<Format, String> {
        let name = text.split('=').next().unwrap_or_default();
        let is_known = !(text.contains('=') && WHOLE.contains(&name))
            && ["json", "yaml", "name", "jsonpath", "jsonpath-as-json", "jsonpath-file"].contains(&name);
        let is_template = ["go-template", "go-template-file", "template", "templatefile"].contains(&name);
        if is_known || is_template || text == "kyaml" {
            return Format::parse(text, line);
        }
        Err(format!(
            "unable to match a printer suitable for the output format {text:?}, allowed formats are: \
             go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,yaml"
        ))
    }

    /// Whether it is `kind/name`.
    pub(crate) fn is_name(&self) -> bool {
        self.kind == FormatKind::Name
    }

    /// A value that stands for an object.
    pub(crate) fn print_value(&self, object: &Object, value: &Value) -> Printed {
        match &self.kind {
            FormatKind::Json => Printed::Text(json::text(value, self.is_typed)),
            FormatKind::Yaml => Printed::Text(yaml(value)),
            FormatKind::Kyaml => Printed::Text(kyaml::text(value, self.is_typed)),
            FormatKind::JsonPath(path) => printed(path.print(value, self.missing)),
            FormatKind::Template(template) => templated(template.print(value)),
            FormatKind::Table
            | FormatKind::Wide
            | FormatKind::Name
            | FormatKind::JsonPathAsJson(_)
            | FormatKind::CustomColumns(_) => {
                self.print(std::slice::from_ref(object), true).unwrap_or(Printed::Text(String::new()))
            }
        }
    }

    /// A value that is no object of the API.
    ///
    /// # Errors
    /// What a path or a template fails at.
    pub(crate) fn print_json(&self, value: &Value) -> Result<String, String> {
        match &self.kind {
            FormatKind::Json => Ok(json::text(value, self.is_typed)),
            FormatKind::Kyaml => Ok(kyaml::text(value, self.is_typed)),
            FormatKind::JsonPath(path) => path.print(value, self.missing),
            FormatKind::JsonPathAsJson(path) => Ok(json::text(&path.find(value).into(), false)),
            FormatKind::Template(template) => template.print(value).map_err(|(_, message)| message),
            FormatKind::Table | FormatKind::Wide | FormatKind::Yaml | FormatKind::Name | FormatKind::CustomColumns(_) => {
                Ok(yaml(value))
            }
        }
    }

    /// Whether it is a table.
    pub(crate) fn is_table(&self) -> bool {
        matches!(self.kind, FormatKind::Table | FormatKind::Wide)
    }

    /// Whether it is the table with more columns.
    pub(crate) fn is_wide(&self) -> bool {
        self.kind == FormatKind::Wide
    }

    /// Whether a list is printed as one document.
    pub(crate) fn prints_lists(&self) -> bool {
        !matches!(self.kind, FormatKind::Table | FormatKind::Wide | FormatKind::Name | FormatKind::CustomColumns(_))
    }

    /// Whether documents follow each other with a line between.
    pub(crate) fn is_yaml(&self) -> bool {
        self.kind == FormatKind::Yaml
    }

    /// The objects in this format; `None` for a table. `is_single` where one object was asked for by name.
    pub(crate) fn print(&self, objects: &[Object], is_single: bool) -> Option<Printed> {
        let shown = |object: &Object| shown(object, self.shows_managed_fields);
        let whole = || match objects {
            [object] if is_single => shown(object),
            objects => list(objects.iter().map(shown).collect()),
        };
        Some(match &self.kind {
            FormatKind::Table | FormatKind::Wide => return None,
            FormatKind::Name => Printed::Text(objects.iter().map(|object| name(object) + "\n").collect()),
            _ if is_single && objects.is_empty() => Printed::Text(String::new()),
            FormatKind::Json => Printed::Text(json::text(&whole(), self.is_typed)),
            FormatKind::Yaml => Printed::Text(yaml(&whole())),
            FormatKind::Kyaml => Printed::Text(kyaml::text(&whole(), self.is_typed)),
            FormatKind::JsonPath(path) => printed(path.print(&whole(), self.missing)),
            FormatKind::Template(template) => templated(template.print(&whole())),
            FormatKind::JsonPathAsJson(path) => Printed::Text(json::text(&path.find(&whole()).into(), false)),
            FormatKind::CustomColumns(columns) => match custom_columns::text(columns, objects, self.has_no_headers) {
                Ok(text) => Printed::Text(text),
                Err((text, message)) => Printed::Broken { text, message },
            },
        })
    }
}

/// The formats that take nothing.
const WHOLE: &[&str] = &["json", "yaml", "name"];

impl FormatKind {
    fn parse(text: &str, line: &CommandLine) -> Result<FormatKind, String> {
        let (name, argument) = text.split_once('=').unwrap_or((text, ""));
        let file = || {
            let found = line.files.get(argument.trim_start_matches("./"));
            let text = found
                .ok_or_else(|| format!("error reading --template {argument}, open {argument}: no such file or directory\n"))?;
            Ok::<&str, String>(text)
        };
        let is_whole = argument.is_empty() && !text.ends_with('=');
        match name {
            "wide" | "json" | "yaml" | "name" | "kyaml" if !is_whole => Err(FormatKind::unknown(text)),
            "" => Ok(FormatKind::Table),
            "wide" => Ok(FormatKind::Wide),
            "json" => Ok(FormatKind::Json),
            "yaml" => Ok(FormatKind::Yaml),
            "name" => Ok(FormatKind::Name),
            "jsonpath" | "jsonpath-file" | "jsonpath-as-json" if argument.is_empty() => {
                Err("template format specified but no template given".to_owned())
            }
            "jsonpath" => json_path(argument).map(FormatKind::JsonPath),
            "jsonpath-file" => json_path(file()?).map(FormatKind::JsonPath),
            "jsonpath-as-json" => json_path(argument).map(FormatKind::JsonPathAsJson),
            "custom-columns" => custom_columns::parse(argument).map(FormatKind::CustomColumns),
            "custom-columns-file" => custom_columns::parse_file(file()?).map(FormatKind::CustomColumns),
            "kyaml" => Ok(FormatKind::Kyaml),
            "go-template" | "template" | "go-template-file" | "templatefile" if argument.is_empty() => {
                Err("template format specified but no template given".to_owned())
            }
            "go-template" | "template" => Template::parse(argument).map(FormatKind::Template),
            "go-template-file" | "templatefile" => Template::parse(file()?).map(FormatKind::Template),
            _ => Err(FormatKind::unknown(text)),
        }
    }

    fn unknown(text: &str) -> String {
        format!(
            "unable to match a printer suitable for the output format {text:?}, allowed formats are: \
             custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,\
             name,template,templatefile,wide,yaml"
        )
    }
}

fn json_path(text: &str) -> Result<JsonPath, String> {
    JsonPath::parse(text).map_err(|error| format!("error parsing jsonpath {text}, {error}"))
}

fn printed(text: Result<String, String>) -> Printed {
    match text {
        Ok(text) => Printed::Text(text),
        Err(message) => Printed::Error(message),
    }
}

fn templated(text: Result<String, template::Failed>) -> Printed {
    match text {
        Ok(text) => Printed::Text(text),
        Err((text, message)) => Printed::Broken { text, message },
    }
}

/// `pod/web`.
fn name(object: &Object) -> String {
    format!("{}/{}", crate::resources::kind_name(object), object.name())
}

/// The object as it is shown: as a rule without `managedFields`.
pub(crate) fn shown(object: &Object, with_managed_fields: bool) -> Value {
    let mut value = podlapse_manifest::written(object);
    complete::complete(&mut value);
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut).filter(|_| !with_managed_fields) {
        metadata.remove("managedFields");
    }
    value
}

fn list(items: Vec<Value>) -> Value {
    json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}})
}

/// A value as Go's `%v` has it.
pub(crate) fn go_text(value: &Value) -> String {
    go_value::text(value, go_value::Verb::Plain)
}

/// An object as `-o yaml` prints it.
pub fn yaml_of(object: &Object) -> String {
    yaml(&shown(object, false))
}
