//! When a Job's Pods count as failed, and when a Job has succeeded before all of them end.
//!
//! Upstream: `validatePodFailurePolicy` and `validateSuccessPolicy` in `pkg/apis/batch/validation/validation.go`.

use podlapse_model::SortedSet;
use podlapse_model::api::batch::v1::{
    JobSpec, PodFailurePolicy, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyRule, SuccessPolicy,
};

use crate::validate::error::{Errors, Shown};
use crate::validate::internal::compact;
use crate::validate::names::qualified_name_errors;

/// The most rules of a failure or success policy, and patterns in a rule.
const MAX_RULES: usize = 20;
/// The most exit codes of a rule.
const MAX_EXIT_CODES: usize = 255;
/// The longest text of indexes.
const MAX_INDEXES_BYTES: usize = 64 * 1024;

pub(super) fn failure(policy: &PodFailurePolicy, spec: &JobSpec, path: &str, out: &mut Errors) {
    let path = format!("{path}.rules");
    if policy.rules.len() > MAX_RULES {
        out.too_many(&path, policy.rules.len(), MAX_RULES);
    }
    for (at, rule) in policy.rules.iter().enumerate() {
        failure_rule(rule, spec, &format!("{path}[{at}]"), out);
    }
}

fn failure_rule(rule: &PodFailurePolicyRule, spec: &JobSpec, path: &str, out: &mut Errors) {
    let action_path = format!("{path}.action");
    if rule.action == "FailIndex" && spec.backoff_limit_per_index.is_none() {
        out.invalid(&action_path, &rule.action, "requires the backoffLimitPerIndex to be set");
    }
    if rule.action.is_empty() {
        out.required(&action_path, "valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]");
    } else {
        out.one_of(&action_path, &rule.action, &["Count", "FailIndex", "FailJob", "Ignore"]);
    }
    if let Some(codes) = &rule.on_exit_codes {
        exit_codes(codes, spec, &format!("{path}.onExitCodes"), out);
    }
    let patterns = rule.on_pod_conditions.as_deref().unwrap_or_default();
    if patterns.len() > MAX_RULES {
        out.too_many(&format!("{path}.onPodConditions"), patterns.len(), MAX_RULES);
    }
    for (at, pattern) in patterns.iter().enumerate() {
        let path = format!("{path}.onPodConditions[{at}]");
        out.each(&format!("{path}.type"), &pattern.type_, qualified_name_errors(&pattern.type_));
        let status = pattern.status.as_deref().unwrap_or_default();
        out.one_of(&format!("{path}.status"), status, &["False", "True", "Unknown"]);
    }
    let nothing = || Shown(String::new());
    match (rule.on_exit_codes.is_some(), !patterns.is_empty()) {
        (true, true) => {
            out.invalid(path, nothing(), "specifying both OnExitCodes and OnPodConditions is not supported");
        }
        (false, false) => {
            out.invalid(path, nothing(), "specifying one of OnExitCodes and OnPodConditions is required");
        }
        (true, false) | (false, true) => {}
    }
}

fn exit_codes(codes: &PodFailurePolicyOnExitCodesRequirement, spec: &JobSpec, path: &str, out: &mut Errors) {
    let operator_path = format!("{path}.operator");
    if codes.operator.is_empty() {
        out.required(&operator_path, "valid values: [\"In\" \"NotIn\"]");
    } else {
        out.one_of(&operator_path, &codes.operator, &["In", "NotIn"]);
    }
    if let Some(name) = &codes.container_name {
        let pod = spec.template.spec.as_ref();
        let containers = pod.into_iter().flat_map(|pod| pod.containers.iter().chain(pod.init_containers.iter().flatten()));
        if !containers.into_iter().any(|container| container.name == *name) {
            let detail = "must be one of the container or initContainer names in the pod template";
            out.invalid(&format!("{path}.containerName"), name, detail);
        }
    }
    let values_path = format!("{path}.values");
    if codes.values.is_empty() {
        out.invalid(&values_path, &podlapse_model::to_json(&codes.values), "at least one value is required");
    } else if codes.values.len() > MAX_EXIT_CODES {
        out.too_many(&values_path, codes.values.len(), MAX_EXIT_CODES);
    }
    let mut seen = SortedSet::new();
    for (at, code) in codes.values.iter().enumerate() {
        if codes.operator == "In" && *code == 0 {
            out.invalid(&format!("{values_path}[{at}]"), *code, "must not be 0 for the In operator");
        }
        if !seen.insert(code) {
            out.duplicate(&format!("{values_path}[{at}]"), *code);
        }
    }
    if !codes.values.is_sorted() {
        out.invalid(&values_path, &podlapse_model::to_json(&codes.values), "must be ordered");
    }
}

pub(super) fn success(policy: &SuccessPolicy, spec: &JobSpec, path: &str, out: &mut Errors) {
    if spec.completion_mode.as_deref() != Some("Indexed") {
        return out.invalid(path, compact("SuccessPolicy", &podlapse_model::to_json(policy)), "requires indexed completion mode");
    }
    let rules_path = format!("{path}.rules");
    if policy.rules.is_empty() {
        out.required(&rules_path, "at least one rules must be specified when the successPolicy is specified");
    }
    if policy.rules.len() > MAX_RULES {
        out.too_many(&rules_path, policy.rules.len(), MAX_RULES);
    }
    let completions = spec.completions.unwrap_or_default();
    for (at, rule) in policy.rules.iter().enumerate() {
        let path = format!("{rules_path}[{at}]");
        if rule.succeeded_count.is_none() && rule.succeeded_indexes.is_none() {
            out.required(&path, "at least one of succeededCount or succeededIndexes must be specified");
        }
        let mut total = None;
        if let Some(indexes) = &rule.succeeded_indexes {
            let path = format!("{path}.succeededIndexes");
            if indexes.len() > MAX_INDEXES_BYTES {
                out.too_long(&path, MAX_INDEXES_BYTES);
            }
            // Indexes that cannot be read count as none.
            total = Some(count_indexes(indexes, completions).unwrap_or_else(|error| {
                out.invalid(&path, indexes, &format!("error parsing succeededIndexes: {error}"));
                0
            }));
        }
        let Some(count) = rule.succeeded_count else { continue };
        let path = format!("{path}.succeededCount");
        out.non_negative(&path, i64::from(count));
        if count > completions {
            let detail = format!("must be less than or equal to {completions} (the number of specified completions)");
            out.invalid(&path, count, &detail);
        }
        if let Some(total) = total.filter(|total| i64::from(count) > *total) {
            let detail =
                format!("must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)");
            out.invalid(&path, count, &detail);
        }
    }
}

/// How many indexes a text such as `1,3-5` names.
pub(in crate::validate) fn count_indexes(text: &str, completions: i32) -> Result<i64, String> {
    if text.is_empty() {
        return Ok(0);
    }
    let mut total = 0;
    let mut previous: Option<i64> = None;
    for part in text.split(',') {
        let (first, last) = interval(part, completions)?;
        if let Some(previous) = previous.filter(|previous| *previous >= first) {
            return Err(not_increasing(previous, first));
        }
        total += last - first + 1;
        previous = Some(last);
    }
    Ok(total)
}

fn not_increasing(previous: i64, current: i64) -> String {
    format!("non-increasing order, previous: {previous}, current: {current}")
}

/// The first and the last index of a text such as `3-5` or `1`.
pub(in crate::validate) fn interval(text: &str, completions: i32) -> Result<(i64, i64), String> {
    let quote = podlapse_model::go_text::quote;
    let index = |part: &str| -> Result<i64, String> {
        let value = part.parse::<i64>().map_err(|_| format!("cannot convert string to integer for index: {}", quote(part)))?;
        if value >= i64::from(completions) { Err(format!("too large index: {}", quote(part))) } else { Ok(value) }
    };
    let Some((first, last)) = text.split_once('-') else {
        let only = index(text)?;
        return Ok((only, only));
    };
    if last.contains('-') {
        let rule = "violates the requirement that an index interval can have at most two parts separated by '-'";
        return Err(format!("the fragment {} {rule}", quote(text)));
    }
    let (first, last) = (index(first)?, index(last)?);
    if first >= last { Err(not_increasing(first, last)) } else { Ok((first, last)) }
}
