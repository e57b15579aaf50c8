//! Which module of the core may name which.

use std::path::Path;

use super::text::{code_lines, is_test};
use crate::workspace;

/// The core's modules from the bottom to the top. Each may name those of lower layers and itself; siblings never name each other:
/// they meet in the store, or in `sim`.
const LAYERS: [&[&str]; 7] = [
    &["why"],
    &["kernel", "declared_features"],
    &["store"],
    &["cri", "events"],
    &["client"],
    &["scheduler", "kubelet", "runtime", "controllers"],
    &["sim"],
];

pub(super) fn findings() -> Result<Vec<String>, String> {
    let mut findings = Vec::new();
    for file in workspace::files()? {
        let Ok(inner) = file.strip_prefix("crates/core/src") else { continue };
        if is_test(&file) {
            continue;
        }
        let path = module_path(inner);
        let Some(own) = path.first().cloned() else { continue };
        if layer(&own).is_none() {
            findings.push(format!("{}: give the module `{own}` a layer in xtask/src/tidy/layers.rs", file.display()));
            continue;
        }
        for (number, line) in code_lines(&workspace::read(&file)?) {
            for named in named_modules(line, &path) {
                if named != own && layer(&named).is_some_and(|named| Some(named) >= layer(&own)) {
                    findings.push(format!("{}:{number}: `{own}` must not name `{named}`", file.display()));
                }
            }
        }
    }
    Ok(findings)
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&name))
}

/// `kubelet/backoff.rs` is `[kubelet, backoff]`; the crate's root is `[]`.
fn module_path(file: &Path) -> Vec<String> {
    let mut path: Vec<String> = file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if path.last().is_some_and(|last| last == "mod" || last == "lib") {
        path.pop();
    }
    path
}

/// The top-level modules that a line of code names by `crate::` or by enough `super::`.
fn named_modules(line: &str, path: &[String]) -> Vec<String> {
    let mut named = Vec::new();
    for (start, _) in line.match_indices("crate::") {
        named.extend(heads(&line[start + "crate::".len()..]));
    }
    let mut rest = line;
    while let Some(start) = rest.find("super::") {
        rest = &rest[start..];
        let mut climbed = 0;
        while let Some(after) = rest.strip_prefix("super::") {
            rest = after;
            climbed += 1;
        }
        if climbed >= path.len() {
            named.extend(heads(rest));
        }
    }
    named
}

/// The first names of what follows `::`: one, or those of a group in braces.
fn heads(text: &str) -> Vec<String> {
    let word = |text: &str| -> String { text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let Some(group) = text.strip_prefix('{') else { return vec![word(text)] };
    let mut heads = vec![word(group)];
    let mut depth = 0;
    for (index, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(word(&group[index + 1..])),
            _ => {}
        }
    }
    heads
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(line: &str, file: &str) -> Vec<String> {
        named_modules(line, &module_path(Path::new(file)))
    }

    #[test]
    fn names_are_found_through_groups_and_parents() {
        assert_eq!(named("use crate::store::Store;", "kubelet/mod.rs"), ["store"]);
        assert_eq!(named("use crate::{kernel::{Queue, Rng}, why};", "sim/step.rs"), ["kernel", "why"]);
        assert_eq!(named("let plan = super::super::runtime::plan();", "kubelet/images.rs"), ["runtime"]);
        assert!(named("use super::backoff::Backoff;", "kubelet/images.rs").is_empty());
        assert!(named("pub(crate) fn crate_name() {}", "kubelet/images.rs").is_empty());
    }
}
