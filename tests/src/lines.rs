//! Topics of `functions/`: files with one case on each line.
//!
//! Every field of a line that is not named as an input is an output, and all outputs are compared. The function under test is
//! handed the inputs alone. Lines of a file that no [`Lines`] names count as failed, so a file cannot be forgotten.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::{Case, Topic, first_difference};

/// What a function under test is handed.
pub struct Input<'a> {
    /// The first line of the file that holds what all cases share, where [`Lines::with_header`] says so; else null.
    pub header: &'a Value,
    /// The input fields of the line.
    pub line: &'a Map<String, Value>,
}

impl Input<'_> {
    /// An input field; null where the line has none.
    pub fn get(&self, field: &str) -> &Value {
        self.line.get(field).unwrap_or(&Value::Null)
    }

    /// An input field that holds a text; empty where the line has none.
    pub fn text(&self, field: &str) -> &str {
        self.get(field).as_str().unwrap_or_default()
    }
}

type Run = fn(&Input<'_>) -> Result<Value, String>;
type Compare = fn(&Value, &Value) -> Vec<String>;

/// Fields of another file's line with the same key.
pub struct Join {
    /// The other file, in the same folder.
    pub file: &'static str,
    /// The field that both have.
    pub key: &'static str,
    /// The fields that become inputs here.
    pub fields: &'static [&'static str],
}

/// An input inside the outputs.
struct Embedded {
    name: &'static str,
    take: fn(&Map<String, Value>) -> Value,
}

/// How the lines of one file are run.
pub struct Lines {
    file: &'static str,
    inputs: &'static [&'static str],
    header: Option<&'static str>,
    embedded: Option<Embedded>,
    join: Option<Join>,
    alternatives: Option<&'static str>,
    run: Run,
    compare: Compare,
}

impl Lines {
    /// Runs each line of `file`: `run` gets the fields `inputs` and returns an object of all the others.
    pub const fn new(file: &'static str, inputs: &'static [&'static str], run: Run) -> Self {
        Lines { file, inputs, header: None, embedded: None, join: None, alternatives: None, run, compare: whole }
    }

    /// The first line is no case but holds what all cases share.
    #[must_use]
    pub fn with_header(self) -> Self {
        Lines { header: Some(self.file), ..self }
    }

    /// The first line of another file holds what all cases share.
    #[must_use]
    pub fn with_header_of(self, file: &'static str) -> Self {
        Lines { header: Some(file), ..self }
    }

    /// An input that stands inside the outputs, as the keys of an answer do that name what was asked. `take` gets the whole
    /// line and returns the input as the field `name`; it must return nothing that was computed.
    #[must_use]
    pub fn with_embedded(self, name: &'static str, take: fn(&Map<String, Value>) -> Value) -> Self {
        Lines { embedded: Some(Embedded { name, take }), ..self }
    }

    /// Inputs stand in another file.
    #[must_use]
    pub fn joined_with(self, join: Join) -> Self {
        Lines { join: Some(join), ..self }
    }

    /// The output `field` is a list of which any element is right. The function returns a list of all that can come about.
    #[must_use]
    pub fn with_alternatives(self, field: &'static str) -> Self {
        Lines { alternatives: Some(field), ..self }
    }

    /// The outputs are compared by another rule than [`whole`].
    #[must_use]
    pub fn compared_by(self, compare: Compare) -> Self {
        Lines { compare, ..self }
    }
}

/// Outputs are equal in every field.
pub fn whole(expected: &Value, actual: &Value) -> Vec<String> {
    first_difference("", expected, actual).into_iter().collect()
}

/// Outputs are equal in every field, where null, an empty list and an absent field all mean none.
pub fn none_is_empty(expected: &Value, actual: &Value) -> Vec<String> {
    whole(&without_empty(expected), &without_empty(actual))
}

/// A value without what is null or an empty list in it.
pub(crate) fn without_empty(value: &Value) -> Value {
    let is_none = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(_, value)| !is_none(value));
            Value::Object(kept.map(|(key, value)| (key.clone(), without_empty(value))).collect())
        }
        Value::Array(elements) => Value::Array(elements.iter().map(without_empty).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// A folder below `functions/`.
pub struct LinesTopic {
    name: String,
    files: Vec<Lines>,
}

impl LinesTopic {
    /// The topic in the folder `name`, as in `functions/qos`. A topic without files is one that is not built yet.
    pub fn new(name: &str, files: Vec<Lines>) -> Self {
        LinesTopic { name: name.to_owned(), files }
    }
}

impl Topic for LinesTopic {
    fn name(&self) -> &str {
        &self.name
    }

    fn cases(&self, root: &Path) -> Result<Vec<Box<dyn Case>>, String> {
        let folder = root.join(&self.name);
        let mut cases: Vec<Box<dyn Case>> = Vec::new();
        for file in files_of(&folder)? {
            let lines = read_lines(&folder.join(&file))?;
            let how = self.files.iter().find(|how| how.file == file);
            let joined = match how.and_then(|how| how.join.as_ref()) {
                Some(join) => join_index(&folder, join)?,
                None => BTreeMap::new(),
            };
            let header = match how.and_then(|how| how.header) {
                Some(other) => read_lines(&folder.join(other))?.into_iter().next().unwrap_or(Ok(Value::Null))?,
                None => Value::Null,
            };
            let (header, skipped) = (Arc::new(header), usize::from(how.is_some_and(|how| how.header == Some(how.file))));
            for (at, line) in lines.into_iter().enumerate().skip(skipped) {
                cases.push(Box::new(line_case(&file, at + 1, line, &header, how, &joined)));
            }
        }
        Ok(cases)
    }
}

fn line_case(
    file: &str,
    number: usize,
    line: Result<Value, String>,
    header: &Arc<Value>,
    how: Option<&Lines>,
    joined: &BTreeMap<String, Map<String, Value>>,
) -> LineCase {
    let (fields, fault) = match line {
        Ok(Value::Object(fields)) => (fields, None),
        Ok(other) => (Map::new(), Some(format!("no object: {other}"))),
        Err(error) => (Map::new(), Some(error)),
    };
    let name = name_of(file.trim_end_matches(".jsonl"), number, &fields);
    let embedded = how.and_then(|how| how.embedded.as_ref()).map(|embedded| (embedded.name.to_owned(), (embedded.take)(&fields)));
    let is_input = |key: &str| how.is_some_and(|how| how.inputs.contains(&key));
    let (mut inputs, outputs): (Map<_, _>, Map<_, _>) = fields.into_iter().partition(|(key, _)| is_input(key));
    if let Some(join) = how.and_then(|how| how.join.as_ref()) {
        let key = inputs.get(join.key).and_then(Value::as_str).unwrap_or_default();
        inputs.extend(joined.get(key).cloned().unwrap_or_default());
    }
    inputs.extend(embedded);
    let (run, compare) = (how.map(|how| how.run), how.map_or(whole as Compare, |how| how.compare));
    let alternatives = how.and_then(|how| how.alternatives);
    let outputs = fault.map_or(Ok(Value::Object(outputs)), Err);
    LineCase { name, header: Arc::clone(header), inputs, outputs, alternatives, run, compare }
}

/// The key of a line and its inputs that are joined to others.
fn join_index(folder: &Path, join: &Join) -> Result<BTreeMap<String, Map<String, Value>>, String> {
    let lines = read_lines(&folder.join(join.file))?;
    let entry = |line: Result<Value, String>| {
        let Ok(Value::Object(mut fields)) = line else { return None };
        let key = fields.get(join.key)?.as_str()?.to_owned();
        fields.retain(|name, _| join.fields.contains(&name.as_str()));
        Some((key, fields))
    };
    Ok(lines.into_iter().filter_map(entry).collect())
}

fn files_of(folder: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.retain(|name| name.ends_with(".jsonl"));
    names.sort();
    Ok(names)
}

/// The lines of a file; one that is no JSON is an error of its own.
fn read_lines(path: &Path) -> Result<Vec<Result<Value, String>>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.lines().map(|line| serde_json::from_str(line).map_err(|error| error.to_string())).collect())
}

/// The file's stem with the line's id, or else with its number and its note.
fn name_of(stem: &str, number: usize, fields: &Map<String, Value>) -> String {
    if let Some(id) = fields.get("id").and_then(Value::as_str) {
        return format!("{stem}:{id}");
    }
    match fields.get("note").or_else(|| fields.get("case")).and_then(Value::as_str) {
        Some(note) if !note.is_empty() => format!("{stem}:{number} {note}"),
        Some(_) | None => format!("{stem}:{number}"),
    }
}

struct LineCase {
    name: String,
    header: Arc<Value>,
    inputs: Map<String, Value>,
    /// An error where the line could not be read.
    outputs: Result<Value, String>,
    alternatives: Option<&'static str>,
    run: Option<Run>,
    compare: Compare,
}

impl Case for LineCase {
    fn name(&self) -> &str {
        &self.name
    }

    fn expected(&self) -> Result<Value, String> {
        self.outputs.clone()
    }

    fn actual(&self) -> Result<Value, String> {
        let run = self.run.ok_or("not built yet")?;
        self.outputs.as_ref().map_err(Clone::clone)?;
        run(&Input { header: &self.header, line: &self.inputs })
    }

    fn differences(&self, expected: &Value, actual: &Value) -> Vec<String> {
        let Some(field) = self.alternatives else { return (self.compare)(expected, actual) };
        let alternatives = expected[field].as_array().map_or(&[][..], Vec::as_slice);
        let possible = actual[field].as_array().map_or(&[][..], Vec::as_slice);
        let with = |whole: &Value, alternative: &Value| {
            let mut chosen = whole.clone();
            chosen[field] = alternative.clone();
            chosen
        };
        let pairs = alternatives.iter().flat_map(|recorded| possible.iter().map(move |made| (recorded, made)));
        let verdicts = pairs.map(|(recorded, made)| (self.compare)(&with(expected, recorded), &with(actual, made)));
        let closest = verdicts.min_by_key(Vec::len);
        closest.unwrap_or_else(|| vec![format!("no {field} was recorded")])
    }

    fn has_alternatives(&self) -> bool {
        self.alternatives.is_some()
    }
}
