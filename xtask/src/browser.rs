//! Chromium and its driver, for the tests that need a real browser.

use std::path::PathBuf;

use crate::process::{Step, find};

/// Programs that are Chromium, under the names that distributions give it.
const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];

/// Finds Chromium and its driver; installs them from the distribution's packages if they are missing and that is allowed.
///
/// # Errors
/// Says exactly what to install.
pub(crate) fn ensure() -> Result<PathBuf, String> {
    if let Some(browser) = found() {
        return Ok(browser);
    }
    let advice = format!(
        "Chromium or its driver (chromedriver) is missing; install both, on Debian by\n    apt-get install {}\n\
         or set CHROMIUM to the browser's file and put chromedriver on the PATH",
        PACKAGES.join(" ")
    );
    if find("apt-get").is_none() {
        return Err(advice);
    }
    let prefix: &[&str] = if is_root() {
        &[]
    } else if Step::new("sudo").args(["-n", "true"]).succeeds() {
        &["sudo", "-n"]
    } else {
        return Err(advice);
    };
    println!("    Chromium or its driver is missing: installing the distribution's packages");
    let apt = |arguments: &[&str]| {
        let words = [prefix, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"], arguments].concat();
        Step::new(words[0]).args(&words[1..]).run()
    };
    apt(&["update", "-q"]).and_then(|()| apt(&[&["install", "-q", "-y", "--no-install-recommends"], &PACKAGES[..]].concat()))?;
    found().ok_or(advice)
}

fn found() -> Option<PathBuf> {
    find("chromedriver")?;
    match std::env::var_os("CHROMIUM") {
        Some(file) => Some(PathBuf::from(file)).filter(|file| file.is_file()),
        None => CHROMIUM.iter().find_map(|name| find(name)),
    }
}

fn is_root() -> bool {
    Step::new("id").args(["-u"]).output().is_ok_and(|id| id.trim() == "0")
}
