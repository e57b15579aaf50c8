//! What makes the page heavy: code of libraries that is made anew for each type that it is used with.

use std::path::Path;

use super::text::{code_lines, is_test};
use crate::workspace;

/// The folders whose code the page loads.
const LOADED: [&str; 8] =
    ["crates/model", "crates/manifest", "crates/shell", "crates/core", "crates/kubectl", "crates/advice", "crates/view", "web"];

/// What stands in a line of code, and what to write instead.
const HEAVY: [(&str, &str); 8] = [
    (".sort()", "podlapse_model::sort"),
    (".sort_by(", "podlapse_model::sort_by"),
    (".sort_by_key(", "podlapse_model::sort_by_key"),
    (".sort_by_cached_key(", "podlapse_model::sort_by_key"),
    (".sort_unstable", "podlapse_model::sort"),
    ("BTreeSet", "podlapse_model::SortedSet"),
    ("serde_json::to_value(", "podlapse_model::to_json"),
    ("serde_json::from_value(", "podlapse_model::from_json"),
];

pub(super) fn findings() -> Result<Vec<String>, String> {
    let mut findings = Vec::new();
    for file in workspace::files()? {
        let is_loaded = LOADED.iter().any(|folder| file.starts_with(Path::new(folder).join("src")));
        let is_code = file.extension().is_some_and(|extension| extension == "rs");
        // These are what to write instead.
        let is_home = ["crates/model/src/sort.rs", "crates/model/src/json"].iter().any(|home| file.starts_with(home));
        if !is_loaded || !is_code || is_home || is_test(&file) {
            continue;
        }
        for (number, line) in code_lines(&workspace::read(&file)?) {
            let heavy = HEAVY.iter().find(|(text, _)| line.contains(text)).map(|(_, instead)| *instead);
            if let Some(instead) = heavy.or_else(|| converts_a_value(line).then_some("podlapse_model::to_json")) {
                findings.push(format!("{}:{number}: use {instead} (docs/adr/0007-shared-code.md)", file.display()));
            }
        }
    }
    Ok(findings)
}

/// Whether `json!` is given one value, which may be an object of the API, instead of JSON.
fn converts_a_value(line: &str) -> bool {
    line.match_indices("json!(").any(|(start, opening)| {
        let rest = &line[start + opening.len()..];
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && !matches!(c, '_' | '.' | '&')).unwrap_or(rest.len());
        0 < end && rest[end..].starts_with(')') && !matches!(&rest[..end], "null" | "true" | "false")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_values_are_found() {
        assert!(converts_a_value("out.invalid(path, &json!(spec.template), text)"));
        assert!(!converts_a_value("json!({\"a\": spec})"));
        assert!(!converts_a_value("json!(null)"));
    }
}
