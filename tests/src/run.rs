//! Running the cases of a topic on all processors.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

use crate::{Case, Report, Topic, TopicReport};

/// A case that fails, and how.
pub struct Failure {
    /// The case's name.
    pub name: String,
    /// What differs; the error if there was no output at all.
    pub differences: Vec<String>,
}

/// Cases recurse as deep as their input is nested.
const STACK_BYTES: usize = 64 << 20;

/// Runs every case of the topics; a case that panics fails. `seen` is told each output, as (topic, case, output).
///
/// # Errors
/// A folder that cannot be read.
pub fn run(root: &Path, topics: &[Box<dyn Topic>], seen: &(dyn Fn(&str, &str, &Value) + Sync)) -> Result<Report, String> {
    let mut report = Report::default();
    for topic in topics {
        let cases = topic.cases(root)?;
        let failures = run_cases(&cases, &|name, output| seen(topic.name(), name, output));
        report.topics.insert(topic.name().to_owned(), TopicReport { total: cases.len(), failures });
    }
    Ok(report)
}

fn run_cases(cases: &[Box<dyn Case>], seen: &(dyn Fn(&str, &Value) + Sync)) -> Vec<Failure> {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let work = || {
        while let Some((at, case)) = cases.get(next.fetch_add(1, Ordering::Relaxed)).map(|case| (case.name(), case)) {
            let differences = catch_unwind(AssertUnwindSafe(|| check(case.as_ref(), seen))).unwrap_or_else(|panic| {
                let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
                vec![format!("panicked: {}", text.unwrap_or("without a text"))]
            });
            if !differences.is_empty() {
                let failure = Failure { name: at.to_owned(), differences };
                failures.lock().expect("no holder of the lock panics").push(failure);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work).expect("the system gives threads");
        }
    });
    let mut failures = failures.into_inner().expect("no holder of the lock panics");
    failures.sort_by(|a, b| a.name.cmp(&b.name));
    failures
}

fn check(case: &dyn Case, seen: &dyn Fn(&str, &Value)) -> Vec<String> {
    let outcome = case.actual().and_then(|actual| {
        seen(case.name(), &actual);
        Ok(case.differences(&case.expected()?, &actual))
    });
    outcome.unwrap_or_else(|error| vec![error])
}
