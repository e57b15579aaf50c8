//! Building the playground's site, once for every step that looks at it.

use std::path::PathBuf;

use crate::process::Step;
use crate::{setup, workspace};

/// Where the built site lies.
pub(crate) fn folder() -> PathBuf {
    workspace::target().join("site")
}

/// Builds the site as it is published.
pub(crate) fn build() -> Result<(), String> {
    setup::for_the_site()?;
    // Trunk.toml says offline, because Trunk would fetch tools of its own; so the packages are fetched before.
    Step::cargo().args(["fetch", "--locked", "--target", "wasm32-unknown-unknown"]).run()?;
    let mut trunk = Step::new("trunk").args(["build", "--release", "--locked", "--dist"]).args([folder()]);
    // Trunk reads NO_COLOR as a boolean and refuses the customary value 1.
    if std::env::var_os("NO_COLOR").is_some() {
        trunk = trunk.env("NO_COLOR", "true");
    }
    trunk.run()
}
