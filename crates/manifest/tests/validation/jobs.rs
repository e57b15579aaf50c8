//! Jobs, their statuses, and disruption budgets, judged as the API server judges them.

use podlapse_manifest::{default_object, invalid, submit, validate, validate_status_update};
use podlapse_model::Object;

fn object(text: &str) -> Object {
    let mut object = submit(text).entries.remove(0).outcome.expect(text);
    default_object(&mut object);
    object
}

fn job(spec: &str, status: &str) -> Object {
    object(&format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: j, namespace: default, uid: u}}\nspec:\n  {}\n  template: {{spec: \
         {{restartPolicy: Never, containers: [{{name: c, image: i}}]}}}}\nstatus: {{{status}}}\n",
        spec.replace('\n', "\n  ")
    ))
}

fn errors(object: &Object) -> Vec<String> {
    let own = |error: &String| !error.contains("metadata.labels") && !error.contains("spec.selector");
    validate(object).iter().map(ToString::to_string).filter(own).collect()
}

#[test]
fn policies_of_a_job_are_looked_at_in_order() {
    const CASES: &[(&str, &[&str])] = &[
        (
            "completionMode: Indexed\ncompletions: 3\nsuccessPolicy: {rules: [{succeededIndexes: 0-9, succeededCount: 1}]}",
            &[
                "spec.successPolicy.rules[0].succeededIndexes: Invalid value: \"0-9\": error parsing succeededIndexes: too large index: \
                 \"9\"",
                "spec.successPolicy.rules[0].succeededCount: Invalid value: 1: must be less than or equal to 0 (the number of indexes \
                 in the specified succeededIndexes field)",
            ],
        ),
        (
            "completionMode: Indexed\ncompletions: 3\nsuccessPolicy: {rules: [{succeededIndexes: '3000000000'}]}",
            &[
                "spec.successPolicy.rules[0].succeededIndexes: Invalid value: \"3000000000\": error parsing succeededIndexes: too large \
               index: \"3000000000\"",
            ],
        ),
        (
            "completionMode: Indexed\ncompletions: 3\nsuccessPolicy: {rules: [{succeededIndexes: 1-2-3}]}",
            &[
                "spec.successPolicy.rules[0].succeededIndexes: Invalid value: \"1-2-3\": error parsing succeededIndexes: the fragment \
               \"1-2-3\" violates the requirement that an index interval can have at most two parts separated by '-'",
            ],
        ),
    ];
    for (spec, expected) in CASES {
        assert_eq!(errors(&job(spec, "")), *expected, "{spec}");
    }
}

#[test]
fn a_policy_of_restarts_is_wrong_once() {
    let text = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, namespace: default, uid: u}\nspec:\n  podFailurePolicy: {rules: \
                [{action: FailJob, onExitCodes: {operator: In, values: [1]}}]}\n  template: {spec: {restartPolicy: POLICY, containers: \
                [{name: c, image: i}]}}\n";
    let of = |policy: &str| errors(&object(&text.replace("POLICY", policy)));
    let path = "spec.template.spec.restartPolicy";
    assert_eq!(of("Always"), [format!("{path}: Required value: valid values: \"OnFailure\", \"Never\"")]);
    let detail = "only \"Never\" is supported when podFailurePolicy is specified";
    assert_eq!(of("OnFailure"), [format!("{path}: Invalid value: \"OnFailure\": {detail}")]);
}

#[test]
fn a_budget_may_have_any_name_of_a_path() {
    let budget = |name: &str, spec: &str| {
        object(&format!(
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: '{name}', namespace: default}}\nspec: {{{spec}}}\n"
        ))
    };
    assert!(errors(&budget("My_Budget", "minAvailable: 1")).is_empty());
    let split = "metadata.name: Invalid value: \"a/b\": may not contain '/'";
    assert_eq!(errors(&budget("a/b", "minAvailable: 1")), [split]);
    // The name is looked at only where nothing else is wrong.
    let negative = "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0";
    assert_eq!(errors(&budget("a/b", "minAvailable: -1")), [negative]);
}

/// Before, after, and what is wrong with it.
const STATUSES: &[(&str, &str, &str, &[&str])] = &[
    ("", "active: 1", "active: 1, ready: 1", &[]),
    (
        "",
        "active: 1, failed: 2",
        "active: 1, ready: 2, failed: 1",
        &[
            "status.ready: Invalid value: 2: cannot set more ready pods than active",
            "status.failed: Invalid value: 1: cannot decrease the failed counter",
        ],
    ),
    (
        "",
        "active: 1",
        "active: 1, conditions: [{type: Complete, status: 'True'}]",
        &[
            "status.completionTime: Required value: completionTime is required for Complete jobs",
            "status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
            "status.active: Invalid value: 1: active>0 is invalid for finished job",
            "status.startTime: Required value: startTime is required for finished job",
        ],
    ),
    (
        "",
        "startTime: '2026-01-01T00:00:10Z'",
        "startTime: '2026-01-01T00:00:20Z', completionTime: '2026-01-01T00:00:00Z'",
        &[
            "status.completionTime: Invalid value: \"2026-01-01T00:00:00Z\": cannot set completionTime when there is no Complete=True \
             condition",
            "status.completionTime: Invalid value: \"2026-01-01T00:00:00Z\": must be equal to or after `startTime`",
            "status.startTime: Invalid value: \"2026-01-01T00:00:20Z\": field is immutable for unsuspended job once set",
        ],
    ),
    (
        "",
        "startTime: '2026-01-01T00:00:10Z', conditions: [{type: Suspended, status: 'True'}]",
        "startTime: '2026-01-01T00:00:20Z', conditions: [{type: Suspended, status: 'False'}]",
        &[],
    ),
    (
        "",
        "startTime: '2026-01-01T00:00:10Z', conditions: [{type: FailureTarget, status: 'True'}, {type: Failed, status: 'True'}]",
        "startTime: '2026-01-01T00:00:10Z', uncountedTerminatedPods: {failed: [a, '', a]}",
        &[
            "status.uncountedTerminatedPods.failed[1]: Invalid value: \"\": must not be empty",
            "status.uncountedTerminatedPods.failed[2]: Duplicate value: \"a\"",
            "status.conditions: Invalid value: cannot disable the terminal Failed=True condition",
            "status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition",
        ],
    ),
    (
        "",
        "startTime: '2026-01-01T00:00:10Z'",
        "startTime: '2026-01-01T00:00:10Z', terminating: 1, uncountedTerminatedPods: {failed: [a]}, conditions: [{type: Failed, status: \
         'True'}, {type: SuccessCriteriaMet, status: 'True'}]",
        &[
            "status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition",
            "status.uncountedTerminatedPods: Invalid value: {\"Succeeded\":null,\"Failed\":[\"a\"]}: must be empty for finished job",
            "status.terminating: Invalid value: 1: terminating>0 is invalid for finished job",
            "status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and Failed=true conditions",
        ],
    ),
    (
        "completions: 5",
        "",
        "completedIndexes: 0-1, failedIndexes: '2'",
        &[
            "status.completedIndexes: Invalid value: \"0-1\": cannot set non-empty completedIndexes when non-indexed completion mode",
            "status.failedIndexes: Invalid value: \"2\": cannot set non-null failedIndexes when backoffLimitPerIndex is null",
        ],
    ),
    (
        "completions: 5\ncompletionMode: Indexed\nbackoffLimitPerIndex: 1",
        "succeeded: 3",
        "completedIndexes: '0-1,4', failedIndexes: '1,9'",
        &[
            "status.failedIndexes: Invalid value: \"1,9\": error parsing failedIndexes: too large index: \"9\"",
            "status.failedIndexes: Invalid value: \"1,9\": failedIndexes and completedIndexes overlap at index: 1",
            "status.succeeded: Invalid value: 0: cannot decrease the succeeded counter",
        ],
    ),
    ("completions: 5\nparallelism: 5\ncompletionMode: Indexed", "succeeded: 3", "succeeded: 2", &[]),
    (
        "",
        "conditions: [{type: SuccessCriteriaMet, status: 'True'}]",
        "",
        &["status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition"],
    ),
];

#[test]
fn the_status_of_a_job_only_goes_on() {
    for (spec, before, after, expected) in STATUSES {
        let (old, new) = (job(spec, before), job(spec, after));
        let errors = validate_status_update(&new, &old);
        let found: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(found, *expected, "{spec} {before} {after}");
        assert_eq!(invalid(&new, &errors).is_none(), expected.is_empty());
    }
}
