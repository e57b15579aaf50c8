//! The editor of the user's terminal, for `kubectl edit`.
//!
//! Models `k8s.io/kubectl/pkg/cmd/util/editor` (v1.36): the editor is that of `KUBE_EDITOR` or `EDITOR`, else `vi`, run by the shell.

use std::io::{self, IsTerminal};
use std::process::Command;
use std::{env, fs};

use podlapse_core::Snapshot;
use podlapse_kubectl::Prompt;

/// Lets the user edit the object of a line of `kubectl edit`, before the line is carried out. Nothing happens for another line, or
/// where there is neither an editor in the environment nor a terminal.
pub(crate) fn open(prompt: &mut Prompt, snapshot: &Snapshot, line: &str) {
    let Some(editor) = editor() else { return };
    let Some(text) = prompt.to_edit(snapshot, line) else { return };
    if let Ok(left) = edit(&editor, &text) {
        prompt.edited(left);
    }
}

fn editor() -> Option<String> {
    let named = ["KUBE_EDITOR", "EDITOR"].iter().find_map(|name| env::var(name).ok()).filter(|editor| !editor.is_empty());
    named.or_else(|| io::stdin().is_terminal().then(|| "vi".to_owned()))
}

/// What the editor leaves of a text.
fn edit(editor: &str, text: &str) -> io::Result<String> {
    let path = env::temp_dir().join(format!("kubectl-edit-{}.yaml", std::process::id()));
    fs::write(&path, text)?;
    let status = Command::new("sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(&path).status();
    let left = fs::read_to_string(&path);
    // The file is in the way of nobody; that it stays is no failure.
    let _ = fs::remove_file(&path);
    if status?.success() { left } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::edit;

    #[test]
    fn an_editor_changes_the_text() {
        assert_eq!(edit("sed -i s/one/two/", "one\n").unwrap(), "two\n");
        assert_eq!(edit("false", "one\n").unwrap(), "one\n");
    }
}
