//! Modules are small and say what they are.

use std::path::PathBuf;

use crate::workspace;

/// Longer than this a module has more than one idea.
const LONGEST: usize = 800;

/// Longer than this it is worth asking.
const LONG: usize = 400;

pub(super) fn findings() -> Result<Vec<String>, String> {
    let mut findings = Vec::new();
    for (file, text) in sources()? {
        let lines = text.lines().count();
        if lines > LONGEST {
            findings.push(format!("{}: {lines} lines; at most {LONGEST}", file.display()));
        }
        if !has_docs(&text) {
            findings
                .push(format!("{}: begin with `//!`: what it models, its upstream source, what it leaves out", file.display()));
        }
    }
    Ok(findings)
}

/// Modules that are long but allowed.
pub(super) fn notices() -> Result<Vec<String>, String> {
    let long = sources()?.into_iter().map(|(file, text)| (file, text.lines().count()));
    let long = long.filter(|(_, lines)| (LONG + 1..=LONGEST).contains(lines));
    Ok(long.map(|(file, lines)| format!("long: {} has {lines} lines", file.display())).collect())
}

fn sources() -> Result<Vec<(PathBuf, String)>, String> {
    let files = workspace::files()?.into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files.map(|file| workspace::read(&file).map(|text| (file, text))).collect()
}

fn has_docs(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("#!["));
    first.is_some_and(|line| line.starts_with("//! "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docs_come_first_but_for_attributes() {
        assert!(has_docs("#![allow(missing_docs)]\n\n//! Text.\n"));
        assert!(!has_docs("use std::fmt;\n//! Text.\n"));
        assert!(!has_docs(""));
    }
}
