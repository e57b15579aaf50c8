//! Words that must not stand in committed files.

use std::path::{Path, PathBuf};

use crate::workspace;

/// What the engine and its readers must not use: a run depends on its arguments alone.
const WORLD: [&str; 14] = [
    "std::fs",
    "std::env",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "HashMap",
    "HashSet",
    "println!",
    "eprintln!",
    "thread_local!",
];

/// Crates that are pure, by folder.
const PURE: [&str; 8] = [
    "crates/model",
    "crates/manifest",
    "crates/shell",
    "crates/core",
    "crates/kubectl",
    "crates/advice",
    "crates/view",
    "crates/wasm",
];

/// Hosts of package registries: a clone must install from whatever its machine is set up for. (Cargo names its index in Cargo.lock.)
const REGISTRIES: [&str; 9] = [
    concat!("registry.npm", "js.org"),
    concat!("npm", "js.com"),
    concat!("static.crates", ".io"),
    concat!("index.crates", ".io"),
    concat!("//crates", ".io"),
    concat!("py", "pi.org"),
    concat!("deb.deb", "ian.org"),
    concat!("proxy.gol", "ang.org"),
    concat!("repo.ma", "ven"),
];

/// Folders of one machine.
const MACHINE: [&str; 2] = [concat!("/wo", "rk/"), concat!("/ho", "me/")];

/// Promises that belong into an issue.
const PROMISES: [&str; 4] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX"), concat!("HA", "CK")];

pub(super) fn findings() -> Result<Vec<String>, String> {
    let mut findings = Vec::new();
    for file in workspace::files()? {
        // Recordings hold what the recorded cluster said.
        if file.starts_with("tests/data") || file == Path::new("Cargo.lock") {
            continue;
        }
        let Ok(text) = workspace::read(&file) else { continue };
        let source = file.extension().is_some_and(|extension| extension == "rs");
        for (number, line) in (1..).zip(text.lines()) {
            let found = REGISTRIES.iter().chain(&MACHINE).find(|word| line.contains(**word));
            let found = found.or_else(|| PROMISES.iter().find(|word| source && has_word(line, word)));
            if let Some(word) = found {
                findings.push(format!("{}:{number}: `{word}` must not stand in a committed file", file.display()));
            }
        }
        if source && !is_test(&file) && PURE.iter().any(|folder| file.starts_with(Path::new(folder).join("src"))) {
            for (number, line) in code_lines(&text) {
                for word in WORLD.iter().filter(|word| has_word(line, word)) {
                    findings.push(format!("{}:{number}: `{word}`: time, chance and the world are arguments", file.display()));
                }
            }
        }
    }
    Ok(findings)
}

/// Whether a whole file is compiled only for tests: it, or a module around it, is declared so.
pub(super) fn is_test(file: &Path) -> bool {
    let Some((folder, name)) = file.parent().zip(file.file_stem()) else { return false };
    if name == "lib" || name == "main" {
        return false;
    }
    if name == "mod" {
        return is_test(&folder.with_extension("rs"));
    }
    let declaration = format!("#[cfg(test)]\nmod {};", name.display());
    let parents =
        ["mod.rs", "lib.rs", "main.rs"].map(|parent| folder.join(parent)).into_iter().chain([folder.with_extension("rs")]);
    let parents: Vec<PathBuf> = parents.filter(|parent| parent != file && workspace::root().join(parent).is_file()).collect();
    parents.iter().any(|parent| workspace::read(parent).is_ok_and(|text| text.contains(&declaration)) || is_test(parent))
}

/// The numbered lines of code, without comments and without the unit tests at the end of a file.
pub(super) fn code_lines(text: &str) -> Vec<(usize, &str)> {
    let lines: Vec<&str> = text.lines().map(|line| line.find("//").map_or(line, |start| &line[..start])).collect();
    let opens_tests = |pair: &[&str]| pair[0].trim() == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].contains('{');
    let end = lines.windows(2).position(opens_tests).unwrap_or(lines.len());
    (1..).zip(lines).take(end).collect()
}

/// Whether a word stands in a line by itself, not as a part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, _)| {
        !line[..start].chars().next_back().is_some_and(joins) && !line[start + word.len()..].chars().next().is_some_and(joins)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole() {
        assert!(has_word("use std::env;", "std::env"));
        assert!(!has_word("use std::environment;", "std::env"));
        assert!(has_word("println!(\"x\")", "println!"));
        assert!(!has_word("eprintln!(\"x\")", "println!"));
    }

    #[test]
    fn comments_and_tests_are_no_code() {
        let text =
            "use a;\n#[cfg(test)]\nmod checks;\n// std::fs\nlet b = 1; // std::fs\n#[cfg(test)]\nmod tests { use std::fs; }\n";
        let lines: Vec<&str> = code_lines(text).into_iter().map(|(_, line)| line).collect();
        assert_eq!(lines, ["use a;", "#[cfg(test)]", "mod checks;", "", "let b = 1; "]);
    }
}
