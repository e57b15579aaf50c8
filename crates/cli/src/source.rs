//! The texts that the arguments name.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use podlapse_manifest::MAX_BYTES;
use podlapse_view::example;

use crate::args::ScenarioArguments;
use crate::report::Failure;

/// A text and what messages call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) name: String,
    pub(crate) content: String,
}

/// The texts of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// The scenario's own name.
    pub(crate) name: String,
    pub(crate) workload: Text,
    pub(crate) cluster: Option<Text>,
}

impl Source {
    /// Reads what the arguments name.
    pub(crate) fn read(arguments: &ScenarioArguments) -> Result<Source, Failure> {
        let mut source = match (&arguments.example, &arguments.scenario) {
            (Some(_), Some(path)) => {
                return Err(Failure(format!(
                    "podlapse: give either --example or a scenario, not {} beside it\n",
                    path.display()
                )));
            }
            (Some(name), None) => built_in(name)?,
            (None, Some(path)) if path.is_dir() => folder(path)?,
            (None, Some(path)) => Source { name: stem(path), workload: text(path)?, cluster: None },
            (None, None) => return Err(Failure("podlapse: no scenario was given\n".to_owned())),
        };
        if let Some(path) = &arguments.cluster {
            source.cluster = Some(text(path)?);
        }
        Ok(source)
    }
}

fn built_in(name: &str) -> Result<Source, Failure> {
    let example = example(name).ok_or_else(|| unknown_example(name))?;
    let text = |file: &str, content: &str| Text { name: format!("{name}/{file}"), content: content.to_owned() };
    Ok(Source {
        name: name.to_owned(),
        workload: text("workload.yaml", example.workload),
        cluster: Some(text("cluster.yaml", example.cluster)),
    })
}

/// There is no example of that name.
pub(crate) fn unknown_example(name: &str) -> Failure {
    Failure(format!("podlapse: there is no example {name:?}; `podlapse examples` lists them\n"))
}

/// Reads a scenario folder.
pub(crate) fn folder(path: &Path) -> Result<Source, Failure> {
    let cluster = path.join("cluster.yaml");
    let cluster = if cluster.is_file() { Some(text(&cluster)?) } else { None };
    let name = path.canonicalize().map_or_else(|_| stem(path), |whole| stem(&whole));
    Ok(Source { name, workload: text(&path.join("workload.yaml"))?, cluster })
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "scenario".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// Reads a file, or standard input for `-`.
pub(crate) fn text(path: &Path) -> Result<Text, Failure> {
    let is_stdin = path.as_os_str() == "-";
    let name = if is_stdin { "stdin".to_owned() } else { path.display().to_string() };
    let failed = |error: io::Error| Failure(format!("{name}: {error}\n"));
    let bytes = if is_stdin { bounded(io::stdin().lock()) } else { File::open(path).and_then(bounded) }.map_err(failed)?;
    let content =
        String::from_utf8(bytes).map_err(|error| not_text(&name, error.as_bytes(), error.utf8_error().valid_up_to()))?;
    Ok(Text { name, content })
}

/// The longest file of Pods that are scheduled at once.
const MAX_LONG_BYTES: usize = 64 << 20;

/// As [`text`], of a file that may hold a large cluster.
pub(crate) fn long_text(path: &Path) -> Result<Text, Failure> {
    let is_stdin = path.as_os_str() == "-";
    let name = if is_stdin { "stdin".to_owned() } else { path.display().to_string() };
    let failed = |error: io::Error| Failure(format!("{name}: {error}\n"));
    let mut bytes = Vec::new();
    let limit = MAX_LONG_BYTES as u64 + 1;
    match is_stdin {
        true => io::stdin().lock().take(limit).read_to_end(&mut bytes),
        false => File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)),
    }
    .map_err(failed)?;
    if MAX_LONG_BYTES < bytes.len() {
        return Err(Failure(format!("{name}: longer than {MAX_LONG_BYTES} bytes\n")));
    }
    let content =
        String::from_utf8(bytes).map_err(|error| not_text(&name, error.as_bytes(), error.utf8_error().valid_up_to()))?;
    Ok(Text { name, content })
}

/// One byte more than a manifest may have, so that a longer one is told apart without reading an endless file.
fn bounded(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn not_text(name: &str, bytes: &[u8], valid: usize) -> Failure {
    if MAX_BYTES < bytes.len() && MAX_BYTES - 4 < valid {
        return Failure(format!("{name}: longer than {MAX_BYTES} bytes\n"));
    }
    let before = String::from_utf8_lossy(&bytes[..valid]);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Failure(format!("{name}:{line}:{column}: error: not UTF-8 text\n"))
}
