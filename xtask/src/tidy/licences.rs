//! Every dependency may be used under a licence that deny.toml allows.

use std::path::Path;

use serde_json::Value;

use crate::process::Step;
use crate::workspace;

pub(super) fn findings() -> Result<Vec<String>, String> {
    let allowed = allowed(&workspace::read(Path::new("deny.toml"))?);
    let metadata = Step::cargo().args(["metadata", "--format-version", "1", "--locked"]).output()?;
    let metadata: Value = serde_json::from_str(&metadata).map_err(|error| error.to_string())?;
    let mut findings = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let licence = package["license"].as_str().unwrap_or("no licence");
        if !permits(licence, &allowed) {
            findings.push(format!(
                "{}: licence `{licence}` is not among those of deny.toml",
                package["name"].as_str().unwrap_or_default()
            ));
        }
    }
    Ok(findings)
}

/// The strings of the list `allow` in the section of licences.
fn allowed(text: &str) -> Vec<String> {
    let list =
        text.split("[licenses]").nth(1).and_then(|rest| rest.split("allow = [").nth(1)).and_then(|rest| rest.split(']').next());
    list.unwrap_or_default().split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Whether an SPDX expression can be satisfied by allowed licences alone.
fn permits(expression: &str, allowed: &[String]) -> bool {
    // Old packages write a slash for OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    any_of(&mut words, allowed)
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any_of(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut permitted = all_of(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        permitted |= all_of(words, allowed);
    }
    permitted
}

fn all_of(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut permitted = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        permitted &= one(words, allowed);
    }
    permitted
}

fn one(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let Some(word) = words.next() else { return false };
    if word == "(" {
        let permitted = any_of(words, allowed);
        return words.next_if_eq(&")").is_some() && permitted;
    }
    let mut name = word.to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        name = format!("{name} WITH {}", words.next().unwrap_or_default());
    }
    allowed.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_allowed_alternative_is_enough() {
        let allowed = allowed("[bans]\n[licenses]\nallow = [\n  \"MIT\",\n  \"Unicode-3.0\",\n]\n");
        assert_eq!(allowed, ["MIT", "Unicode-3.0"]);
        assert!(permits("MIT OR Apache-2.0", &allowed));
        assert!(permits("Unlicense/MIT", &allowed));
        assert!(permits("(MIT OR Apache-2.0) AND Unicode-3.0", &allowed));
        assert!(permits("Unicode-3.0 AND (GPL-3.0-only OR MIT)", &allowed));
        assert!(!permits("MIT AND GPL-3.0-only", &allowed));
        assert!(!permits("MIT WITH LLVM-exception", &allowed));
        assert!(!permits("GPL-3.0-only", &allowed));
    }
}
