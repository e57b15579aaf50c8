//! The indexes of a Job whose Pods each have one.
//!
//! Models `pkg/controller/job/indexed_job_utils.go` and `success_policy.go` (v1.36).

use podlapse_model::{Metadata, SortedSet};
use std::sync::Arc;

use podlapse_model::api::batch::v1::{JobSpec, SuccessPolicyRule};
use podlapse_model::api::core::v1::{Container, EnvVar, EnvVarSource, ObjectFieldSelector, Pod};

use super::policy::{Verdict, verdict};

/// The annotation and the label of a Pod that hold its index.
pub(crate) const INDEX: &str = "batch.kubernetes.io/job-completion-index";
const FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";
const IGNORED_FAILURES: &str = "batch.kubernetes.io/job-index-ignored-failure-count";
const VARIABLE: &str = "JOB_COMPLETION_INDEX";

/// A set of indexes.
pub(crate) type Indexes = SortedSet<i32>;

/// Whether each Pod of a Job has an index.
pub(crate) fn is_indexed(spec: &JobSpec) -> bool {
    spec.completion_mode.as_deref() == Some("Indexed")
}

/// The index of a Pod, if it has one that the Job asks for.
pub(crate) fn index_of(pod: &Pod, spec: &JobSpec) -> Option<i32> {
    let index: i32 = number(pod, INDEX)?;
    (0..spec.completions.unwrap_or(0)).contains(&index).then_some(index)
}

fn number(pod: &Pod, key: &str) -> Option<i32> {
    pod.annotation(key)?.parse().ok()
}

/// The indexes of a text such as `0-2,5`, below `completions`.
pub(crate) fn parse(text: &str, completions: i32) -> Indexes {
    let mut indexes = Indexes::new();
    for interval in text.split(',').filter(|interval| !interval.is_empty()) {
        let (first, last) = interval.split_once('-').unwrap_or((interval, interval));
        if let (Ok(first), Ok(last)) = (first.parse::<i32>(), last.parse::<i32>()) {
            indexes.extend(first..last.saturating_add(1).min(completions));
        }
    }
    indexes
}

/// Indexes as a text in which runs of three and more are drawn together.
pub(crate) fn format(indexes: &Indexes) -> String {
    let mut runs: Vec<(i32, i32)> = Vec::new();
    for index in indexes {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *index => *last = *index,
            Some(_) | None => runs.push((*index, *index)),
        }
    }
    let text = |(first, last): &(i32, i32)| match last - first {
        0 => first.to_string(),
        1 => format!("{first},{last}"),
        _ => format!("{first}-{last}"),
    };
    runs.iter().map(text).collect::<Vec<String>>().join(",")
}

/// The success policy's rule that the indexes fulfil, as a condition tells of it.
pub(crate) fn success_policy(spec: &JobSpec, succeeded: &Indexes) -> Option<String> {
    let rules = spec.success_policy.as_ref().filter(|_| !succeeded.is_empty())?.rules.iter();
    let at = rules.into_iter().position(|rule| matches(rule, succeeded, spec.completions.unwrap_or(0)))?;
    Some(format!("Matched rules at index {at}"))
}

fn matches(rule: &SuccessPolicyRule, succeeded: &Indexes, completions: i32) -> bool {
    let is_enough =
        |count: usize| rule.succeeded_count.is_some_and(|wanted| usize::try_from(wanted).is_ok_and(|wanted| wanted <= count));
    match &rule.succeeded_indexes {
        Some(text) => {
            let required = parse(text, completions);
            let done = required.intersection(succeeded).count();
            done == required.len() || is_enough(done)
        }
        None => is_enough(succeeded.len()),
    }
}

/// How often Pods of this one's index have failed before it, those whose failure was ignored left out or counted.
fn failures(pod: &Pod) -> (i32, i32) {
    (number(pod, FAILURES).unwrap_or(0), number(pod, IGNORED_FAILURES).unwrap_or(0))
}

/// How often Pods of an index have failed once this one has, whatever the policy says of it.
pub(crate) fn failures_with(pod: &Pod) -> i32 {
    let (counted, ignored) = failures(pod);
    counted.saturating_add(ignored).saturating_add(1)
}

/// Whether the index of a Pod that failed has failed with it.
pub(crate) fn fails_index(pod: &Pod, spec: &JobSpec) -> bool {
    let Some(limit) = spec.backoff_limit_per_index else { return false };
    match verdict(spec.pod_failure_policy.as_ref(), pod) {
        Verdict::FailIndex => true,
        Verdict::Ignore => false,
        Verdict::Count | Verdict::FailJob(_) => limit <= failures(pod).0,
    }
}

/// Gives a Pod its index, and where failures are counted for each index those of the Pod that it replaces.
pub(crate) fn with_index(pod: &Pod, job: &str, index: i32, spec: &JobSpec, replaced: Option<&Arc<Pod>>) -> Pod {
    let mut pod = pod.clone();
    let text = index.to_string();
    pod.metadata.generate_name = Some(format!("{job}-{index}-"));
    pod.metadata.labels.get_or_insert_default().insert(INDEX.to_owned(), text.clone());
    let annotations = pod.metadata.annotations.get_or_insert_default();
    annotations.insert(INDEX.to_owned(), text);
    if spec.backoff_limit_per_index.is_some() {
        let (mut counted, mut ignored) = replaced.map_or((0, 0), |pod| failures(pod));
        match replaced.map(|pod| verdict(spec.pod_failure_policy.as_ref(), pod)) {
            None => {}
            Some(Verdict::Ignore) => ignored += 1,
            Some(Verdict::Count | Verdict::FailIndex | Verdict::FailJob(_)) => counted += 1,
        }
        annotations.insert(FAILURES.to_owned(), counted.to_string());
        if ignored > 0 {
            annotations.insert(IGNORED_FAILURES.to_owned(), ignored.to_string());
        }
    }
    let spec = pod.spec.get_or_insert_default();
    spec.hostname = Some(format!("{job}-{index}"));
    for container in spec.init_containers.iter_mut().flatten().chain(&mut spec.containers) {
        add_variable(container);
    }
    pod
}

fn add_variable(container: &mut Container) {
    let variables = container.env.get_or_insert_default();
    if variables.iter().any(|variable| variable.name == VARIABLE) {
        return;
    }
    let field = ObjectFieldSelector { api_version: Some("v1".to_owned()), field_path: format!("metadata.labels['{INDEX}']") };
    let source = EnvVarSource { field_ref: Some(field), ..EnvVarSource::default() };
    variables.push(EnvVar { name: VARIABLE.to_owned(), value: None, value_from: Some(source) });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_three_are_drawn_together() {
        let indexes = parse("0-2,5,7-8,40", 10);
        assert_eq!(format(&indexes), "0-2,5,7,8");
    }

    #[test]
    fn a_success_policy_is_met_by_all_of_its_indexes_or_enough_of_them() {
        let spec = |rule: serde_json::Value| {
            let job = serde_json::json!({"completions": 5, "template": {}, "successPolicy": {"rules": [rule]}});
            podlapse_model::from_json::<JobSpec>(job).unwrap()
        };
        let done = parse("1,3", 5);
        assert!(success_policy(&spec(serde_json::json!({"succeededIndexes": "1"})), &done).is_some());
        assert!(success_policy(&spec(serde_json::json!({"succeededIndexes": "1-3"})), &done).is_none());
        assert!(success_policy(&spec(serde_json::json!({"succeededIndexes": "1-3", "succeededCount": 2})), &done).is_some());
        assert!(success_policy(&spec(serde_json::json!({"succeededCount": 3})), &done).is_none());
    }
}
