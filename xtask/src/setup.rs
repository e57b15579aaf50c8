//! The tools that the project needs, at versions that work together; what is missing is installed.
//!
//! The wasm tools are compiled from their packages, because the prebuilt ones cannot be fetched everywhere. They go to a cache
//! folder of the user's, not to cargo's own: other projects may need other versions.

use std::path::PathBuf;

use crate::process::{Step, find};
use crate::{browser, workspace};

/// A program that `cargo install` provides.
struct Tool {
    package: &'static str,
    program: &'static str,
    version: &'static str,
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
}

const TOOLS: [Tool; 3] = [
    // The same version as the crate in Cargo.lock, or it refuses the module. Its own lock file names a version that is gone.
    Tool { package: "wasm-bindgen-cli", program: "wasm-bindgen", version: "0.2.130", arguments: &[], environment: QUICK_BUILD },
    Tool { package: "wasm-pack", program: "wasm-pack", version: "0.15.1", arguments: &["--locked"], environment: QUICK_BUILD },
    // The newest that the pinned Rust compiles.
    Tool {
        package: "trunk",
        program: "trunk",
        version: "0.21.14",
        arguments: &["--locked", "--no-default-features"],
        environment: QUICK_BUILD,
    },
];

/// Building a tool takes longer than it will ever run.
const QUICK_BUILD: &[(&str, &str)] = &[
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
];

/// The oldest Node whose test runner and module loader the tests need.
const NODE_MAJOR: u32 = 20;

/// Everything that `serve` and `test` need.
pub(crate) fn everything() -> Result<(), String> {
    rust()?;
    node_packages()?;
    wasm_tools()?;
    browser::ensure().map(|_| ())
}

/// Everything that building the site needs.
pub(crate) fn for_the_site() -> Result<(), String> {
    rust()?;
    node_packages()?;
    wasm_tools()
}

/// Where this project's tools are installed.
pub(crate) fn tools_bin() -> PathBuf {
    tools_root().join("bin")
}

fn tools_root() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = std::env::home_dir().map(|home| home.join(".cache"));
    cache.or(home).unwrap_or_else(workspace::target).join("podlapse-tools")
}

fn rust() -> Result<(), String> {
    if find("rustup").is_none() {
        return Err("rustup is missing: install Rust by rustup, which can add the target for WebAssembly".to_owned());
    }
    if find("cc").is_none() {
        return Err("a C linker is missing: install one, on Debian by `apt-get install gcc libc6-dev`".to_owned());
    }
    // Rustup's own commands act on the toolchain that rust-toolchain.toml names.
    let targets = Step::new("rustup").args(["target", "list", "--installed"]).output()?;
    if !targets.lines().any(|line| line == "wasm32-unknown-unknown") {
        Step::new("rustup").args(["target", "add", "wasm32-unknown-unknown"]).run()?;
    }
    let components = Step::new("rustup").args(["component", "list", "--installed"]).output()?;
    // The sources of the standard library are for the page, which compiles its own.
    for component in ["clippy", "rustfmt", "rust-src"] {
        if !components.lines().any(|line| line.starts_with(component)) {
            Step::new("rustup").args(["component", "add", component]).run()?;
        }
    }
    Ok(())
}

fn wasm_tools() -> Result<(), String> {
    for tool in &TOOLS {
        if Step::new(tool.program).args(["--version"]).output().is_ok_and(|text| names_version(&text, tool.version)) {
            continue;
        }
        println!("    {} {} is missing: compiling it, once for this machine (two to six minutes)", tool.package, tool.version);
        let mut install = Step::cargo().args(["install", tool.package, "--version", tool.version, "--force", "--root"]);
        install = install.args([tools_root()]).args(tool.arguments);
        // The tools share their dependencies' build output. The folder is not this workspace's, whose profiles differ.
        install = install.env("CARGO_TARGET_DIR", workspace::target().join("tools")).folder(&std::env::temp_dir());
        for (name, value) in tool.environment {
            install = install.env(name, value);
        }
        install.run()?;
    }
    Ok(())
}

fn names_version(text: &str, version: &str) -> bool {
    text.split_whitespace().any(|word| word == version)
}

/// The packages of web/package-lock.json, installed when the lock has changed since the last time.
pub(crate) fn node_packages() -> Result<(), String> {
    let node = Step::new("node").args(["--version"]).output().map_err(|_| format!("Node {NODE_MAJOR} or newer is missing"))?;
    let major = node.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE_MAJOR) {
        return Err(format!("Node {} is too old: version {NODE_MAJOR} or newer is needed", node.trim()));
    }
    let web = workspace::root().join("web");
    let lock =
        std::fs::read(web.join("package-lock.json")).map_err(|error| format!("cannot read web/package-lock.json: {error}"))?;
    let stamp = web.join("node_modules/.installed-lock.json");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    Step::new("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).folder(&web).run()?;
    std::fs::write(&stamp, lock).map_err(|error| format!("cannot write {}: {error}", stamp.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_version_is_a_whole_word() {
        assert!(names_version("wasm-bindgen 0.2.130\n", "0.2.130"));
        assert!(!names_version("wasm-bindgen 0.2.1301\n", "0.2.130"));
    }

    #[test]
    fn the_tool_and_the_crate_of_wasm_bindgen_have_the_same_version() {
        let lock = workspace::read(Path::new("Cargo.lock")).unwrap();
        let version = lock.split("name = \"wasm-bindgen\"\nversion = \"").nth(1).and_then(|rest| rest.split('"').next());
        assert_eq!(version, Some(TOOLS[0].version));
    }
}
