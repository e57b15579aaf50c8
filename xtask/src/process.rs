//! Running other programs: what is run is shown, and what failed is named.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::{setup, workspace};

/// A program to run in the workspace's root, with the project's own tools first on its PATH.
pub(crate) struct Step {
    command: Command,
}

impl Step {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(resolve(program.as_ref()));
        command.current_dir(workspace::root()).stdin(Stdio::null()).env("PATH", path());
        // What `cargo run` told this program about its own package is no business of other packages' builds.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text == "CARGO_BIN_NAME" {
                command.env_remove(&name);
            }
        }
        Step { command }
    }

    /// The cargo that runs this program.
    pub(crate) fn cargo() -> Self {
        Step::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
    }

    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs it with its output shown; an error names the command.
    pub(crate) fn run(mut self) -> Result<(), String> {
        println!("    $ {}", self.shown());
        let status = self.command.status().map_err(|error| format!("cannot start `{}`: {error}", self.shown()))?;
        if status.success() {
            return Ok(());
        }
        let folder = self.command.get_current_dir().map(Path::to_path_buf).unwrap_or_else(workspace::root);
        Err(format!("this command failed ({status}) in {}:\n    {}", folder.display(), self.shown()))
    }

    /// Runs it and returns what it wrote on standard output; an error carries what it wrote on standard error.
    pub(crate) fn output(mut self) -> Result<String, String> {
        let output = self.command.output().map_err(|error| format!("cannot start `{}`: {error}", self.shown()))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(format!("`{}` failed ({}): {text}", self.shown(), output.status));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Whether it can be run and succeeds; nothing is shown.
    pub(crate) fn succeeds(mut self) -> bool {
        self.command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    fn shown(&self) -> String {
        let program = Path::new(self.command.get_program());
        let mut words = vec![program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()];
        words.extend(self.command.get_args().map(|argument| {
            let text = argument.to_string_lossy();
            if text.is_empty() || text.contains(char::is_whitespace) { format!("'{text}'") } else { text.into_owned() }
        }));
        words.join(" ")
    }
}

/// The PATH of every child: the tools installed for this project, those of web/node_modules, then the user's.
fn path() -> OsString {
    let mut folders = vec![setup::tools_bin(), workspace::root().join("web/node_modules/.bin")];
    folders.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    std::env::join_paths(folders).expect("folders of PATH hold no separator")
}

/// A program's file on the children's PATH: the parent's PATH would be searched otherwise.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&path()).map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn resolve(program: &OsStr) -> OsString {
    match program.to_str() {
        Some(name) if !name.contains('/') => find(name).map_or_else(|| program.to_owned(), PathBuf::into_os_string),
        Some(_) | None => program.to_owned(),
    }
}

/// A duration as people read it: `8.3 s`, `4 min 12 s`.
pub(crate) fn shown_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 {
        return format!("{:.1} s", duration.as_secs_f64());
    }
    format!("{} min {:02} s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        assert_eq!(shown_duration(Duration::from_millis(8_340)), "8.3 s");
        assert_eq!(shown_duration(Duration::from_secs(252)), "4 min 12 s");
    }

    #[test]
    fn a_failing_command_is_named() {
        let error = Step::new("git").args(["no-such-subcommand", "two words"]).output().unwrap_err();
        assert!(error.starts_with("`git no-such-subcommand 'two words'` failed"), "{error}");
    }
}
