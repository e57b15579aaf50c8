//! A task is not done as it is given, and done once its manifest is mended.

use podlapse_view::{Example, History, Language, Messages, RunView, Topic, Verdict, example, examples};

/// What mends each task: a text of its manifest, and what is to stand there.
const MENDED: &[(&str, &str, &str)] = &[
    ("task-image", "ngnix", "nginx"),
    ("task-probe", "port: 8080", "port: 80"),
    ("task-room", "cpu: \"6\"", "cpu: \"2\""),
    (
        "task-slow-start",
        "    readinessProbe:",
        "    startupProbe:\n      httpGet: {path: /healthz, port: 8080}\n      periodSeconds: 5\n      failureThreshold: 20\n    readinessProbe:",
    ),
];

fn verdicts(example: &Example, workload: &str) -> Vec<Verdict> {
    let checked = podlapse_kubectl::simulate(example.slug, workload, Some(example.cluster));
    assert!(checked.diagnostics.is_empty(), "{}: {:?}", example.slug, checked.diagnostics);
    let mut run = checked.value.expect("a text without findings is a scenario");
    run.run();
    RunView::new(History::from(&run)).verdicts(&run.scenario().simulation.expect, &Messages::new(Language::English))
}

#[test]
fn a_task_is_not_done_as_it_is_given() {
    for example in examples().iter().filter(|example| example.topic == Topic::Tasks) {
        let verdicts = verdicts(example, example.workload);
        assert!(verdicts.iter().any(|verdict| !verdict.holds), "{}: {verdicts:?}", example.slug);
        assert!(MENDED.iter().any(|(slug, _, _)| *slug == example.slug), "{} has no solution here", example.slug);
    }
}

#[test]
fn a_task_is_done_once_it_is_mended() {
    for (slug, wrong, right) in MENDED {
        let example = example(slug).expect("the task is built in");
        assert!(example.workload.contains(wrong), "{slug}");
        let verdicts = verdicts(example, &example.workload.replace(wrong, right));
        assert!(verdicts.iter().all(|verdict| verdict.holds), "{slug}: {verdicts:?}");
    }
}
