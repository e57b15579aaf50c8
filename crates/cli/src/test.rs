//! `podlapse test`: whether what scenarios expect comes true.

use std::time::Duration;

use podlapse_core::Simulation;
use podlapse_view::{History, Language, Messages, RunView, Verdict};
use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use crate::args::{ScenarioArguments, Test, TestOutput};
use crate::report::{Failure, NOT_REACHED, Report};
use crate::run::outgrown;
use crate::scenario::{another, prepare};
use crate::source::Source;
use crate::watch::instant;

/// A scenario and what came of what it expects, the worst over all seeds.
struct Tested {
    name: String,
    expectations: Vec<Expected>,
}

/// An expectation with the run that decided it.
struct Expected {
    verdict: Verdict,
    /// With which seed it did not hold, if there was more than one.
    seed: Option<u64>,
}

/// Runs scenarios and judges them.
pub(crate) fn test(arguments: &Test) -> Result<Report, Failure> {
    let mut stderr = String::new();
    let mut tested = Vec::new();
    for scenario in scenarios(arguments) {
        tested.push(run_all(&Source::read(&scenario)?, arguments.seeds, &mut stderr)?);
    }
    let stdout = match arguments.output {
        TestOutput::Text => text(&tested),
        TestOutput::Tap => tap(&tested),
        TestOutput::Junit => junit(&tested)?,
    };
    let holds = tested.iter().flat_map(|tested| &tested.expectations).all(|expected| expected.verdict.holds);
    Ok(Report { stdout, stderr, exit: if holds { 0 } else { NOT_REACHED }, ..Report::default() })
}

fn scenarios(arguments: &Test) -> Vec<ScenarioArguments> {
    let none = ScenarioArguments { scenario: None, example: None, cluster: None, seed: None };
    match &arguments.example {
        Some(name) => vec![ScenarioArguments { example: Some(name.clone()), ..none }],
        None => {
            let of = |path: &std::path::PathBuf| ScenarioArguments { scenario: Some(path.clone()), ..none.clone() };
            arguments.scenarios.iter().map(of).collect()
        }
    }
}

/// Runs a scenario with each seed. What does not hold with one does not hold.
fn run_all(source: &Source, seeds: u32, stderr: &mut String) -> Result<Tested, Failure> {
    let messages = Messages::new(Language::English);
    let (mut first, findings) = prepare(source, None, None).flawless()?;
    stderr.push_str(&findings);
    let simulation = first.scenario().simulation.clone();
    if simulation.expect.is_empty() {
        return Err(Failure(format!("podlapse: {} expects nothing: its Simulation has no `expect`\n", source.workload.name)));
    }
    let mut worst: Vec<Expected> = judge(&mut first, &messages, stderr, None);
    for seed in (1..u64::from(seeds)).map(|more| simulation.seed.wrapping_add(more)) {
        let mut run = another(&first, None, Some(seed));
        for (worst, found) in worst.iter_mut().zip(judge(&mut run, &messages, stderr, Some(seed))) {
            if worst.verdict.holds && !found.verdict.holds {
                *worst = found;
            }
        }
    }
    Ok(Tested { name: source.name.clone(), expectations: worst })
}

fn judge(run: &mut Simulation, messages: &Messages, stderr: &mut String, seed: Option<u64>) -> Vec<Expected> {
    run.run();
    if let Some(at) = run.outgrown() {
        stderr.push_str(&format!("podlapse: {}\n", outgrown(at)));
    }
    let verdicts = RunView::new(History::from(&*run)).verdicts(&run.scenario().simulation.expect, messages);
    verdicts.into_iter().map(|verdict| Expected { verdict, seed }).collect()
}

impl Expected {
    /// What was seen when it was decided.
    fn found(&self) -> String {
        let at = instant(self.verdict.at);
        let seen = match &self.verdict.status {
            Some(status) => format!("at {at} it was {status}"),
            None => format!("at {at} there was no such Pod"),
        };
        match self.seed {
            Some(seed) => format!("{seen}, with seed {seed}"),
            None => seen,
        }
    }
}

fn text(tested: &[Tested]) -> String {
    let mut text = String::new();
    for Tested { name, expectations } in tested {
        text.push_str(&format!("{name}\n"));
        for expected in expectations {
            let word = if expected.verdict.holds { "ok  " } else { "FAIL" };
            text.push_str(&format!("  {word} {}: {}\n", expected.verdict.sentence, expected.found()));
        }
    }
    let all = || tested.iter().flat_map(|tested| &tested.expectations);
    let held = all().filter(|expected| expected.verdict.holds).count();
    text.push_str(&format!("\n{held} of {} expectations hold\n", all().count()));
    text
}

/// Version 14 of the Test Anything Protocol.
fn tap(tested: &[Tested]) -> String {
    let count: usize = tested.iter().map(|tested| tested.expectations.len()).sum();
    let mut text = format!("TAP version 14\n1..{count}\n");
    let all = tested.iter().flat_map(|tested| tested.expectations.iter().map(move |expected| (&tested.name, expected)));
    for (index, (name, expected)) in all.enumerate() {
        let word = if expected.verdict.holds { "ok" } else { "not ok" };
        // A number sign would begin a directive.
        let about = format!("{name}: {}", expected.verdict.sentence).replace('#', "\\#");
        text.push_str(&format!("{word} {} - {about}\n", index + 1));
        if !expected.verdict.holds {
            text.push_str(&format!("  ---\n  message: {:?}\n  ...\n", expected.found()));
        }
    }
    text
}

/// A suite for each scenario; times are virtual.
fn junit(tested: &[Tested]) -> Result<String, Failure> {
    let mut report = Junit::new("podlapse");
    for Tested { name, expectations } in tested {
        let mut suite = TestSuite::new(name);
        for expected in expectations {
            let status = match expected.verdict.holds {
                true => TestCaseStatus::success(),
                false => {
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    status.set_message(expected.found());
                    status
                }
            };
            let mut case = TestCase::new(&expected.verdict.sentence, status);
            case.set_classname(name);
            case.set_time(Duration::from_nanos(expected.verdict.at.as_nanos().unsigned_abs()));
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    report.to_string().map(|xml| format!("{xml}\n")).map_err(|error| Failure(format!("podlapse: {error}\n")))
}
