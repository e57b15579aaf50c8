//! Which crate may depend on which.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::process::Step;

/// The project's crates from the bottom to the top: each may depend on those of lower layers only.
const LAYERS: [&[&str]; 8] = [
    &["podlapse-model"],
    &["podlapse-manifest", "podlapse-shell"],
    &["podlapse-core"],
    &["podlapse-kubectl"],
    &["podlapse-advice"],
    &["podlapse-view"],
    &["podlapse-wasm", "podlapse-cli", "podlapse-web", "podlapse-tests", "podlapse-fuzz"],
    &["xtask"],
];

/// Crates that are leaves: nothing depends on them. `xtask` builds before everything else and so depends on nothing of ours.
const LEAVES: usize = 6;

/// What must not be among the dependencies of the engine, however deep: clocks, chance, threads, files, logs, JavaScript.
const NOT_IN_THE_ENGINE: [&str; 14] = [
    "chrono",
    "crossbeam",
    "env_logger",
    "getrandom",
    "js-sys",
    "log",
    "mio",
    "rand",
    "rayon",
    "time",
    "tokio",
    "tracing",
    "wasm-bindgen",
    "web-time",
];

pub(super) fn findings() -> Result<Vec<String>, String> {
    let metadata = Step::cargo().args(["metadata", "--format-version", "1", "--no-deps", "--locked"]).output()?;
    let metadata: Value = serde_json::from_str(&metadata).map_err(|error| error.to_string())?;
    let mut findings = direction(&dependencies(&metadata));
    let shown = ["--edges", "normal", "--prefix", "none"];
    let tree =
        Step::cargo().args(["tree", "--locked", "--package", "podlapse-core", "--target", "wasm32-unknown-unknown"]).args(shown);
    let tree = tree.output()?;
    for name in NOT_IN_THE_ENGINE {
        if tree.lines().any(|line| line.split(' ').next() == Some(name)) {
            findings.push(format!("podlapse-core: depends on {name} (cargo tree -p podlapse-core -i {name})"));
        }
    }
    Ok(findings)
}

/// Every member of the workspace with the members it depends on, for its tests too.
fn dependencies(metadata: &Value) -> BTreeMap<String, Vec<String>> {
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages
        .map(|package| (name(package), package["dependencies"].as_array().into_iter().flatten().map(name).collect()))
        .collect()
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&name))
}

fn direction(packages: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, dependencies) in packages {
        let Some(own) = layer(name) else {
            findings.push(format!("{name}: give this crate a layer in xtask/src/tidy/crates.rs and a part in ARCHITECTURE.md"));
            continue;
        };
        for dependency in dependencies {
            let Some(below) = layer(dependency) else { continue };
            if below >= own || below >= LEAVES || name == "xtask" {
                findings.push(format!("{name}: must not depend on {dependency}"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, dependency: &str) -> usize {
        direction(&BTreeMap::from([(name.to_owned(), vec![dependency.to_owned()])])).len()
    }

    #[test]
    fn crates_look_down_only() {
        assert_eq!(check("podlapse-core", "podlapse-model"), 0);
        assert_eq!(check("podlapse-core", "podlapse-view"), 1);
        assert_eq!(check("podlapse-manifest", "podlapse-shell"), 1);
        assert_eq!(check("podlapse-web", "podlapse-wasm"), 1);
        assert_eq!(check("xtask", "podlapse-model"), 1);
        assert_eq!(check("podlapse-unheard-of", "serde"), 1);
    }
}
