//! `podlapse check`.

use crate::args::Check;
use crate::findings::of_file;
use crate::report::{BAD_INPUT, Failure, Report};
use crate::scenario::prepare;
use crate::source::{folder, text};

/// Looks for errors in every file, and goes on after one that cannot be read.
pub(crate) fn check(arguments: &Check) -> Result<Report, Failure> {
    let mut report = Report::default();
    for path in &arguments.files {
        let findings = if path.is_dir() {
            folder(path).map(|source| prepare(&source, None, None).findings)
        } else {
            text(path).map(|text| of_file(&text))
        };
        match findings {
            Ok(findings) => {
                report.stderr.push_str(&findings.lines);
                if findings.has_errors {
                    report.exit = BAD_INPUT;
                }
            }
            Err(Failure(message)) => {
                report.stderr.push_str(&message);
                report.exit = BAD_INPUT;
            }
        }
    }
    Ok(report)
}
