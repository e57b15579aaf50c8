//! What a Job makes of the way in which a Pod failed.
//!
//! Models `pkg/controller/job/pod_failure_policy.go` `matchPodFailurePolicy` (v1.36).

use podlapse_model::Metadata;
use podlapse_model::api::batch::v1::{PodFailurePolicy, PodFailurePolicyOnExitCodesRequirement};
use podlapse_model::api::core::v1::Pod;

/// What follows from a failed Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It counts against the back-off limit.
    Count,
    /// It does not count.
    Ignore,
    /// It counts, and its index has failed.
    FailIndex,
    /// The Job fails, for the given reason.
    FailJob(String),
}

/// The verdict of the first rule that matches.
pub(crate) fn verdict(policy: Option<&PodFailurePolicy>, pod: &Pod) -> Verdict {
    let rules = policy.map(|policy| policy.rules.as_slice()).unwrap_or_default();
    let name = pod.name();
    let namespace = pod.namespace();
    for (index, rule) in rules.iter().enumerate() {
        let action = rule.action.as_str();
        let by_code = rule.on_exit_codes.as_ref().and_then(|codes| failed_container(codes, pod)).map(|(container, code)| {
            format!("Container {container} for pod {namespace}/{name} failed with exit code {code} matching {action} rule at index {index}")
        });
        let by_condition = || {
            let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
            let wanted = rule.on_pod_conditions.as_deref().unwrap_or_default();
            let found = conditions.into_iter().find(|condition| {
                wanted.iter().any(|pattern| {
                    pattern.type_ == condition.type_ && pattern.status.as_deref().unwrap_or("True") == condition.status
                })
            })?;
            let type_ = &found.type_;
            Some(format!("Pod {namespace}/{name} has condition {type_} matching {action} rule at index {index}"))
        };
        let Some(message) = by_code.or_else(by_condition) else { continue };
        return match action {
            "Ignore" => Verdict::Ignore,
            "FailIndex" => Verdict::FailIndex,
            "FailJob" => Verdict::FailJob(message),
            _ => Verdict::Count,
        };
    }
    Verdict::Count
}

fn failed_container(codes: &PodFailurePolicyOnExitCodesRequirement, pod: &Pod) -> Option<(String, i32)> {
    let status = pod.status.as_ref()?;
    let containers = status.container_statuses.iter().flatten().chain(status.init_container_statuses.iter().flatten());
    containers.into_iter().find_map(|container| {
        let code = container.state.as_ref()?.terminated.as_ref()?.exit_code;
        let is_named = codes.container_name.as_ref().is_none_or(|name| *name == container.name);
        let is_listed = codes.values.contains(&code);
        let matches = if codes.operator == "In" { is_listed } else { !is_listed };
        (code != 0 && is_named && matches).then(|| (container.name.clone(), code))
    })
}
