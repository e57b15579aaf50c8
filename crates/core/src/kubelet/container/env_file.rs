//! Variables that come from a file of a volume, which another container has written.
//!
//! Models `pkg/kubelet/kubelet_pods.go` `makeEnvironmentVariables` as far as `fileKeyRef` goes, and `pkg/kubelet/util/env` `ParseEnv`
//! (v1.36): assignments as a shell takes them, of values in single quotes, which may span lines; nothing in them is expanded.

use podlapse_model::Uid;
use podlapse_model::api::core::v1::{Container, FileKeySelector};

use crate::cri::VolumeFiles;

/// The files that a container's variables come from, by volume and path.
pub(in crate::kubelet) fn env_files(container: &Container) -> Vec<(String, String)> {
    let sources = container.env.iter().flatten().filter_map(|variable| variable.value_from.as_ref()?.file_key_ref.as_ref());
    sources.map(place).collect()
}

fn place(file: &FileKeySelector) -> (String, String) {
    (file.volume_name.clone(), file.path.clone())
}

/// The value of a variable; `None` for an optional one that is missing.
///
/// # Errors
/// What the kubelet says of a file that it cannot read, or that has no value.
pub(super) fn from_file(files: &VolumeFiles, uid: &Uid, file: &FileKeySelector) -> Result<Option<String>, String> {
    let found =
        files.get(&place(file)).and_then(Option::as_ref).and_then(|bytes| value(&String::from_utf8_lossy(bytes), &file.key).ok());
    let Some(value) = found else { return Err("couldn't parse env file".to_owned()) };
    if !value.is_empty() {
        return Ok(Some(value));
    }
    if file.optional == Some(true) {
        return Ok(None);
    }
    let directory = format!("/var/lib/kubelet/pods/{uid}/volumes/kubernetes.io~empty-dir/{}", file.volume_name);
    Err(format!("environment variable key \"{}\" not found in file \"{directory}/{}\"", file.key, file.path))
}

/// A file that is not made of assignments only.
#[derive(Debug, PartialEq, Eq)]
struct Malformed;

/// What a key is set to first; the rest of the file is not looked at. Empty if it is not set.
fn value(text: &str, key: &str) -> Result<String, Malformed> {
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (line, _) = rest.split_once('\n').unwrap_or((rest, ""));
        if line.starts_with('#') {
            rest = rest[line.len()..].trim_start();
            continue;
        }
        let (name, _) = line.split_once('=').ok_or(Malformed)?;
        if name.is_empty() || name.ends_with([' ', '\t']) {
            return Err(Malformed);
        }
        let quoted = rest[name.len() + 1..].strip_prefix('\'').ok_or(Malformed)?;
        let (value, after) = quoted.split_once('\'').ok_or(Malformed)?;
        let (tail, next) = after.split_once('\n').unwrap_or((after, ""));
        let comment = tail.trim_start();
        if !(comment.is_empty() || comment.starts_with('#') && comment.len() < tail.len()) {
            return Err(Malformed);
        }
        if name == key {
            return Ok(value.to_owned());
        }
        rest = next.trim_start();
    }
    Ok(String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_read_as_a_shell_reads_them() {
        let text = "# made by init\n\n  A='1'\nB='two\n lines' # note\nC='$A#x'\nD=''\n";
        let all = ["A", "B", "C", "D", "E"].map(|key| value(text, key).unwrap_or_default());
        assert_eq!(all, ["1", "two\n lines", "$A#x", "", ""]);
    }

    #[test]
    fn what_a_shell_would_read_otherwise_is_refused_unless_it_comes_after_the_key() {
        for wrong in ["B=1", "B=\"1\"", "B = '1'", "B= '1'", "='1'", "B", "B='1", "B='1'2", "B='1''2'", "B='1'#2"] {
            assert_eq!(value(&format!("{wrong}\nA='1'\n"), "A"), Err(Malformed), "{wrong}");
            assert_eq!(value(&format!("A='1'\n{wrong}\n"), "A"), Ok("1".to_owned()), "{wrong}");
        }
    }
}
