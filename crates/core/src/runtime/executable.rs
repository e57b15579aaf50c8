//! What the first word of a command comes to where it is a file that is known here.
//!
//! Models what runc does with it: `os/exec` `LookPath`, whose refusals fail the start, then execve(2), by which a script runs in the
//! interpreter that its first line names. What an image holds is not known, so only files of volumes and those that were made in the
//! container are judged.

use podlapse_shell::{FileSystem, Volumes};

use super::text;

/// A command that was looked up.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// What runs, word by word.
    Words(Vec<String>),
    /// Nothing does, for this reason.
    Refused(String),
    /// A file that may be executed, and is not in a format that can be.
    NoProgram(String),
}

/// Looks a command up from the directory `cwd`.
pub(super) fn look_up(words: Vec<String>, cwd: &str, files: &FileSystem, volumes: &Volumes) -> Command {
    let Some(first) = words.first().filter(|word| word.contains('/')).cloned() else { return Command::Words(words) };
    let path = if first.starts_with('/') { first.clone() } else { format!("{cwd}/{first}") };
    let found = match files.metadata(volumes, &path) {
        Ok(found) => found,
        Err(_) if files.is_in_volume(&path) => {
            return Command::Refused(text::missing(&first));
        }
        Err(_) => return Command::Words(words),
    };
    if found.is_dir {
        return Command::Refused(format!("exec: \"{first}\": is a directory"));
    }
    if !found.is_executable {
        return Command::Refused(format!("exec: \"{first}\": permission denied"));
    }
    let text = files.read(volumes, &path).map(|data| String::from_utf8_lossy(&data).into_owned()).unwrap_or_default();
    let Some(line) = text.strip_prefix("#!").and_then(|rest| rest.lines().next()) else { return Command::NoProgram(first) };
    // What follows the interpreter is one word, spaces and all.
    let line = line.trim();
    let (interpreter, argument) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    let argument = Some(argument.trim_start().to_owned()).filter(|argument| !argument.is_empty());
    let before = [interpreter.to_owned()].into_iter().chain(argument).chain([path]);
    Command::Words(before.chain(words.into_iter().skip(1)).collect())
}

#[cfg(test)]
mod tests {
    use podlapse_model::SimTime;

    use super::*;

    #[test]
    fn files_of_volumes_run_as_the_kernel_runs_them() {
        let mut volumes = Volumes::new();
        let script = |text: &str| text.as_bytes().to_vec();
        let all = [
            ("run", script("#! /bin/sh -e\necho\n"), true),
            ("bare", script("echo\n"), true),
            ("plain", script("#!/bin/sh\n"), false),
        ];
        volumes.fill(&"v".into(), all, SimTime::ZERO);
        let mut files = FileSystem::new();
        files.mount("/v", "v".into(), "", true);
        let command = |first: &str, cwd: &str| look_up(vec![first.to_owned(), "x".to_owned()], cwd, &files, &volumes);
        let words = |words: &[&str]| Command::Words(words.iter().map(|word| (*word).to_owned()).collect());
        assert_eq!(command("/v/run", "/"), words(&["/bin/sh", "-e", "/v/run", "x"]));
        assert_eq!(command("./run", "/v"), words(&["/bin/sh", "-e", "/v/./run", "x"]));
        assert_eq!(command("/v/bare", "/"), Command::NoProgram("/v/bare".to_owned()));
        assert_eq!(command("/v/plain", "/"), Command::Refused("exec: \"/v/plain\": permission denied".to_owned()));
        assert_eq!(command("/v", "/"), Command::Refused("exec: \"/v\": is a directory".to_owned()));
        let missing = "exec: \"/v/none\": stat /v/none: no such file or directory";
        assert_eq!(command("/v/none", "/"), Command::Refused(missing.to_owned()));
        assert_eq!(command("/app/server", "/"), words(&["/app/server", "x"]));
        assert_eq!(command("sh", "/v"), words(&["sh", "x"]));
    }
}
