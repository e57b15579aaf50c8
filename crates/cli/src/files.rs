//! The user's own files, for the lines that name them, as in `kubectl apply -f pod.yaml`.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Component, Path};

use podlapse_kubectl::Prompt;

use crate::report::Failure;
use crate::source::text;

/// Where the text that came in on standard input lies for the line.
const STDIN: &str = "/dev/stdin";

/// Puts the files that a line names into the prompt's folder, unless they are the scenario's own, which `own` tells. Those of a folder
/// are its manifests.
///
/// # Errors
/// A manifest that cannot be read, is no text or is too long.
pub(crate) fn offer(prompt: &mut Prompt, line: &str, own: impl Fn(&str) -> bool) -> Result<(), Failure> {
    let words = line.split(|c: char| c.is_whitespace() || ['\'', '"', ',', '='].contains(&c));
    for word in words.filter(|word| !word.is_empty()) {
        let path = Path::new(word);
        // The prompt knows no folder above its own.
        let leads_up = path.components().any(|part| part == Component::ParentDir);
        if leads_up || own(word.trim_start_matches("./")) {
            continue;
        }
        if path.is_file() {
            match text(path) {
                Ok(text) => prompt.write_file(word, &text.content),
                Err(failure) if is_manifest(word) => return Err(failure),
                // A program, which a container is to run.
                Err(_) => {}
            }
        } else if path.is_dir() {
            for name in manifests(path) {
                prompt.write_file(&format!("{}/{name}", word.trim_end_matches('/')), &text(&path.join(&name))?.content);
            }
        }
    }
    Ok(())
}

fn is_manifest(name: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending))
}

/// The names of the manifests in a folder. One that cannot be listed has none.
fn manifests(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.path().is_file()).filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = files.filter(|name| is_manifest(name)).collect();
    names.sort();
    names
}

/// A line that reads what comes in on standard input, as in `kubectl apply -f -`, with that as its input.
///
/// # Errors
/// Input that is no text or is too long.
pub(crate) fn with_stdin(prompt: &mut Prompt, line: String) -> Result<String, Failure> {
    let reads = line.split_whitespace().any(|word| ["-", "--filename=-", "-f-"].contains(&word));
    if !reads || line.contains(['|', '<']) || io::stdin().is_terminal() {
        return Ok(line);
    }
    prompt.write_file(STDIN, &text(Path::new("-"))?.content);
    Ok(format!("{line} < {STDIN}"))
}
