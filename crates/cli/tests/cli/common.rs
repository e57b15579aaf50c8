//! Running the program.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the program left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Ran {
    /// The lines of the table that follows a heading, each without the padding of its columns.
    pub(crate) fn rows(&self, heading: &str) -> Vec<String> {
        let lines = self.stdout.lines().skip_while(|line| *line != heading).skip(2).take_while(|line| !line.is_empty());
        lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    /// The paragraphs after the tables.
    pub(crate) fn ending(&self) -> &str {
        self.stdout.split_once("\n\npod/").map_or("", |(_, after)| after)
    }
}

/// Runs the program with this standard input.
pub(crate) fn podlapse_with(arguments: &[&str], stdin: &str) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podlapse"));
    command.args(arguments).env_remove("NO_COLOR").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Ran {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
}

/// Runs the program.
pub(crate) fn podlapse(arguments: &[&str]) -> Ran {
    podlapse_with(arguments, "")
}

/// A file for one test.
pub(crate) fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}
