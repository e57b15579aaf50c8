//! `scheduling`: what kube-scheduler decided, with every table behind it.
//!
//! The small cases compare each attempt whole. The large ones compare the assignments and the messages of the failures; the hash of
//! their input and the generator's profile and seed describe the recording and are not outputs.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use podlapse_core::InstantCluster;
use podlapse_core::scheduler::Profile;
use podlapse_model::Object;
use podlapse_view::{instant_assignments, instant_decisions};
use serde_json::{Map, Value, json};

use crate::{Case, Topic, first_difference};

pub(super) struct Scheduling;

impl Topic for Scheduling {
    fn name(&self) -> &str {
        "scheduling"
    }

    fn cases(&self, root: &Path) -> Result<Vec<Box<dyn Case>>, String> {
        let folder = root.join(self.name());
        let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut recordings: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        recordings.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        recordings.sort();
        Ok(recordings.into_iter().map(|recording| Box::new(Decisions::new(recording)) as Box<dyn Case>).collect())
    }
}

/// One input with the decisions that were made on it.
struct Decisions {
    name: String,
    recording: PathBuf,
}

impl Decisions {
    fn new(recording: PathBuf) -> Self {
        let name = recording.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Decisions { name, recording }
    }

    fn is_large(&self) -> bool {
        self.name.starts_with("large-")
    }
}

/// The input of a recording, unpacked if need be.
///
/// # Errors
/// An input that cannot be read.
pub fn read_input(recording: &Path) -> Result<String, String> {
    let plain = recording.with_extension("yaml");
    let packed = recording.with_extension("yaml.gz");
    if plain.is_file() {
        return fs::read_to_string(&plain).map_err(|error| format!("{}: {error}", plain.display()));
    }
    let bytes = fs::read(&packed).map_err(|error| format!("{}: {error}", packed.display()))?;
    let mut text = String::new();
    GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).map_err(|error| format!("{}: {error}", packed.display()))?;
    Ok(text)
}

/// The cluster of an input, with every node looked at.
///
/// # Errors
/// An input that does not parse, or that admission refuses.
pub fn cluster(text: &str) -> Result<InstantCluster, String> {
    let mut objects: Vec<Object> = Vec::new();
    // A document at a time, because a whole large case is longer than what may be pasted.
    for document in text.split("\n---\n") {
        let submission = podlapse_manifest::submit(document);
        if let Some(end) = &submission.end {
            return Err(format!("the input does not parse: {end:?}"));
        }
        for entry in submission.entries {
            objects.push(entry.outcome.map_err(|error| format!("the input is refused: {error:?}"))?);
        }
    }
    podlapse_kubectl::instant_cluster(Profile { percentage_of_nodes_to_score: 100 }, objects).map_err(|(_, message)| message)
}

impl Case for Decisions {
    fn name(&self) -> &str {
        &self.name
    }

    fn expected(&self) -> Result<Value, String> {
        let text = fs::read_to_string(&self.recording).map_err(|error| format!("{}: {error}", self.recording.display()))?;
        let mut value: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", self.recording.display()))?;
        if let Some(fields) = value.as_object_mut().filter(|_| self.is_large()) {
            for description in ["profile", "seed", "inputSha256"] {
                fields.remove(description);
            }
        }
        Ok(value)
    }

    fn actual(&self) -> Result<Value, String> {
        let text = read_input(&self.recording)?;
        let about = text.lines().next().and_then(|line| line.strip_prefix("# about: ")).unwrap_or_default();
        let mut output = Map::from_iter([("case".to_owned(), json!(self.name)), ("about".to_owned(), json!(about))]);
        let mut cluster = cluster(&text)?;
        // The smallest name wins among equals.
        let decided = if self.is_large() { instant_assignments } else { instant_decisions };
        output.extend(decided(&mut cluster, &mut |_, _| 0));
        Ok(Value::Object(output))
    }

    fn differences(&self, expected: &Value, actual: &Value) -> Vec<String> {
        let (expected, actual) = (sorted_extended(expected), sorted_extended(actual));
        first_difference(&self.name, &expected, &actual).into_iter().collect()
    }
}

/// The order in which several extended resources are short is not defined, so their reasons are compared as a set.
fn sorted_extended(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let sorted = fields.iter().map(|(key, value)| {
                let value = if key == "reasons" { sort_reasons(value) } else { sorted_extended(value) };
                (key.clone(), value)
            });
            Value::Object(sorted.collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted_extended).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn sort_reasons(reasons: &Value) -> Value {
    let Some(items) = reasons.as_array() else { return reasons.clone() };
    let is_extended = |item: &&Value| item.as_str().is_some_and(|text| text.starts_with("Insufficient ") && text.contains('/'));
    let mut extended: Vec<Value> = items.iter().filter(is_extended).cloned().collect();
    extended.sort_by_key(Value::to_string);
    let first = items.iter().filter(|item| !is_extended(item)).cloned();
    Value::Array(first.chain(extended).collect())
}
