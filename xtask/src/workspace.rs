//! Where things lie in the workspace, and which files are committed.

use std::path::{Path, PathBuf};

use crate::process::Step;

/// The folder of the workspace's Cargo.toml.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in a folder of the workspace").to_path_buf()
}

/// The folder of build output, shared by every step.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// The files of the project, relative to its root: those committed, and new ones that are not ignored.
pub(crate) fn files() -> Result<Vec<PathBuf>, String> {
    let listing = Step::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]).output()?;
    let mut files: Vec<PathBuf> = listing.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect();
    // A file deleted but not yet staged is still listed.
    files.retain(|file| root().join(file).is_file());
    files.sort();
    files.dedup();
    Ok(files)
}

/// The text of a file, by its path relative to the root.
pub(crate) fn read(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(root().join(file)).map_err(|error| format!("cannot read {}: {error}", file.display()))
}

/// Writes a file, by its path relative to the root.
pub(crate) fn write(file: &Path, text: &str) -> Result<(), String> {
    std::fs::write(root().join(file), text).map_err(|error| format!("cannot write {}: {error}", file.display()))
}
