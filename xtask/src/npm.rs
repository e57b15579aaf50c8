//! The npm package `podlapse`, built by wasm-pack from crates/wasm.

use crate::process::Step;
use crate::{setup, workspace};

/// The targets that the package serves, as wasm-pack names them.
const TARGETS: [&str; 3] = ["web", "bundler", "nodejs"];

/// Builds the package as it is published, once for each target.
pub(crate) fn run() -> Result<(), String> {
    setup::for_the_site()?;
    for target in TARGETS {
        build(target, "--release", target)?;
    }
    println!("built in {}", workspace::target().join("npm").display());
    Ok(())
}

/// The package for Node, used from JavaScript and from strict TypeScript.
pub(crate) fn check() -> Result<(), String> {
    build("nodejs", "--dev", "check")?;
    let tests = workspace::root().join("crates/wasm/tests");
    let package = workspace::target().join("npm/check");
    Step::new("node")
        .args(["--test", "--test-reporter=spec"])
        .args([tests.join("node.test.cjs")])
        .env("PODLAPSE_PACKAGE", &package)
        .run()?;
    // The compiler finds the package by a path relative to the test's own project file.
    let project = package.join("tsconfig.json");
    let text = serde_json::json!({
        "compilerOptions": {
            "strict": true, "noEmit": true, "target": "es2022", "lib": ["es2022", "esnext.disposable", "dom"], "module": "nodenext", "types": [], "exactOptionalPropertyTypes": true,
            "noUncheckedIndexedAccess": true, "paths": { "podlapse": [package.join("podlapse.d.ts")] }
        },
        "files": [tests.join("types.ts")]
    });
    std::fs::write(&project, text.to_string()).map_err(|error| format!("cannot write {}: {error}", project.display()))?;
    Step::new("tsc").args(["--project"]).args([project]).run()
}

fn build(target: &str, profile: &str, folder: &str) -> Result<(), String> {
    let folder = workspace::target().join("npm").join(folder);
    Step::new("wasm-pack")
        .args(["build", "crates/wasm", profile, "--target", target, "--out-name", "podlapse", "--out-dir"])
        .args([&folder])
        .run()?;
    // wasm-pack names the package after the crate.
    let file = folder.join("package.json");
    let fault = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = std::fs::read_to_string(&file).map_err(|error| fault(&error))?;
    let mut package: serde_json::Value = serde_json::from_str(&text).map_err(|error| fault(&error))?;
    package["name"] = "podlapse".into();
    std::fs::write(&file, format!("{package:#}\n")).map_err(|error| fault(&error))
}
