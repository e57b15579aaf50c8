//! The served page in a real browser: `tests/e2e`, run by Node's test runner.

use crate::process::Step;
use crate::{browser, server, setup, site, workspace};

/// Serves the built site on a free port and runs every browser test against it.
pub(crate) fn run() -> Result<(), String> {
    setup::node_packages()?;
    let chromium = browser::ensure()?;
    let (listener, address) = server::bind(0)?;
    // The thread ends with this program.
    std::thread::spawn(move || server::serve(&listener, &site::folder()));
    let mut tests: Vec<String> = workspace::files()?
        .iter()
        .map(|file| file.display().to_string())
        .filter(|file| file.starts_with("tests/e2e/") && file.ends_with(".test.mjs"))
        .collect();
    tests.sort();
    Step::new("node")
        .args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
        .args(tests)
        .env("PODLAPSE_URL", format!("http://{address}/"))
        .env("CHROMIUM", chromium)
        .run()
}
