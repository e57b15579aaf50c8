//! Building the playground's site, once for every step that looks at it.

use std::path::{Path, PathBuf};

use crate::process::Step;
use crate::{setup, workspace};

/// Where the built site lies.
pub(crate) fn folder() -> PathBuf {
    workspace::target().join("site")
}

/// The packages of the standard library, in the toolchain's folder.
const LIBRARY: &str = "lib/rustlib/src/rust/library/Cargo.toml";

/// The page's standard library is compiled with it, for size and without the texts of panics: see docs/adr/0008. The switches are not
/// stable, but the toolchain is pinned.
const LEAN: [(&str, &str); 5] = [
    ("RUSTC_BOOTSTRAP", "1"),
    ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
    ("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size"),
    ("CARGO_UNSTABLE_PANIC_IMMEDIATE_ABORT", "true"),
    ("CARGO_PROFILE_WEB_PANIC", "immediate-abort"),
];

/// Builds the site as it is published.
pub(crate) fn build() -> Result<(), String> {
    setup::for_the_site()?;
    // Trunk.toml says offline, because Trunk would fetch tools of its own; so the packages are fetched before.
    Step::cargo().args(["fetch", "--locked", "--target", "wasm32-unknown-unknown"]).run()?;
    let library = Path::new(Step::new("rustc").args(["--print", "sysroot"]).output()?.trim()).join(LIBRARY);
    Step::cargo().args(["fetch", "--locked", "--manifest-path"]).args([library]).env("RUSTC_BOOTSTRAP", "1").run()?;
    let mut trunk = Step::new("trunk").args(["build", "--release", "--locked", "--dist"]).args([folder()]);
    for (name, value) in LEAN {
        trunk = trunk.env(name, value);
    }
    // Trunk reads NO_COLOR as a boolean and refuses the customary value 1.
    if std::env::var_os("NO_COLOR").is_some() {
        trunk = trunk.env("NO_COLOR", "true");
    }
    trunk.run()
}
