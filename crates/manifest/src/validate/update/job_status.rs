//! What may become of the status of a Job.
//!
//! Upstream: `ValidateJobUpdateStatus` in `pkg/apis/batch/validation/validation.go`, and what `getStatusValidationOptions` of
//! `pkg/registry/batch/job/strategy.go` asks for: most rules hold only for what an update changes (v1.36, gate JobManagedBy).

use podlapse_model::SortedSet;
use podlapse_model::api::batch::v1::{Job, JobSpec, JobStatus};

use crate::validate::error::{Errors, Shown};
use crate::validate::internal::compact;
use crate::validate::job::policy::{count_indexes, interval};

const CONDITIONS: &str = "status.conditions";

/// A status, with what the rules ask of it.
struct Seen<'a> {
    status: &'a JobStatus,
    is_complete: bool,
    is_failed: bool,
    will_fail: bool,
    has_succeeded: bool,
    is_suspended: bool,
}

impl<'a> Seen<'a> {
    fn of(status: &'a JobStatus) -> Self {
        let is = |kind: &str| status.conditions.iter().flatten().any(|found| found.type_ == kind && found.status == "True");
        Seen {
            status,
            is_complete: is("Complete"),
            is_failed: is("Failed"),
            will_fail: is("FailureTarget"),
            has_succeeded: is("SuccessCriteriaMet"),
            is_suspended: is("Suspended"),
        }
    }

    fn is_finished(&self) -> bool {
        self.is_complete || self.is_failed
    }

    fn active(&self) -> i32 {
        self.status.active.unwrap_or_default()
    }

    fn completed_indexes(&self) -> &'a str {
        self.status.completed_indexes.as_deref().unwrap_or_default()
    }
}

/// Checks an update of a Job's status.
pub(super) fn job_status(new: &Job, old: &Job, out: &mut Errors) {
    let empty = (JobStatus::default(), JobSpec::default());
    let spec = old.spec.as_ref().unwrap_or(&empty.1);
    let new = Seen::of(new.status.as_ref().unwrap_or(&empty.0));
    let old = Seen::of(old.status.as_ref().unwrap_or(&empty.0));
    counts(new.status, out);
    times(&new, &old, out);
    endings(&new, &old, out);
    indexes(&new, &old, spec, out);
    pods(&new, &old, out);
    let rules = [
        (new.has_succeeded && new.is_failed, "cannot set SuccessCriteriaMet=True and Failed=true conditions"),
        (new.has_succeeded && new.will_fail, "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"),
        (
            spec.success_policy.is_some() && new.is_complete && !new.has_succeeded,
            "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True",
        ),
        (old.is_failed && !new.is_failed, "cannot disable the terminal Failed=True condition"),
        (old.is_complete && !new.is_complete, "cannot disable the terminal Complete=True condition"),
        (old.will_fail && !new.will_fail, "cannot disable the terminal FailureTarget=True condition"),
    ];
    conditions(&rules, out);
    fixed(&new, &old, spec, out);
    let rules = [
        (old.has_succeeded && !new.has_succeeded, "cannot disable the SuccessCriteriaMet=True condition"),
        (
            old.is_complete && !old.has_succeeded && new.has_succeeded,
            "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions",
        ),
    ];
    conditions(&rules, out);
}

fn conditions(rules: &[(bool, &str)], out: &mut Errors) {
    for (_, detail) in rules.iter().filter(|(is_broken, _)| *is_broken) {
        out.invalid(CONDITIONS, Shown(String::new()), detail);
    }
}

fn counts(status: &JobStatus, out: &mut Errors) {
    for (field, count) in [
        ("active", status.active),
        ("succeeded", status.succeeded),
        ("failed", status.failed),
        ("ready", status.ready),
        ("terminating", status.terminating),
    ] {
        out.non_negative(&format!("status.{field}"), i64::from(count.unwrap_or_default()));
    }
    let Some(uncounted) = &status.uncounted_terminated_pods else { return };
    let mut seen = SortedSet::new();
    for (field, uids) in [("succeeded", &uncounted.succeeded), ("failed", &uncounted.failed)] {
        for (at, uid) in uids.iter().flatten().enumerate() {
            let path = format!("status.uncountedTerminatedPods.{field}[{at}]");
            if uid.is_empty() {
                out.invalid(&path, uid, "must not be empty");
            } else if !seen.insert(uid) {
                out.duplicate(&path, uid);
            }
        }
    }
}

/// When a Job ended, as far as it did.
fn times(new: &Seen<'_>, old: &Seen<'_>, out: &mut Errors) {
    const COMPLETION: &str = "status.completionTime";
    let is_complete_new = new.is_complete != old.is_complete;
    let (status, before) = (new.status, old.status);
    conditions(
        &[
            (
                (is_complete_new || new.is_failed != old.is_failed) && new.is_complete && new.is_failed,
                "cannot set Complete=True and Failed=true conditions",
            ),
            (
                (is_complete_new || new.will_fail != old.will_fail) && new.is_complete && new.will_fail,
                "cannot set Complete=True and FailureTarget=true conditions",
            ),
        ],
        out,
    );
    let is_completion_new = status.completion_time != before.completion_time;
    if is_complete_new || is_completion_new {
        match &status.completion_time {
            Some(time) if !new.is_complete => {
                let detail = "cannot set completionTime when there is no Complete=True condition";
                out.invalid(COMPLETION, &podlapse_model::to_json(time), detail);
            }
            None if new.is_complete => out.required(COMPLETION, "completionTime is required for Complete jobs"),
            Some(_) | None => {}
        }
    }
    if let (Some(start), Some(end)) = (&status.start_time, &status.completion_time)
        && (is_completion_new || status.start_time != before.start_time)
        && end < start
    {
        out.invalid(COMPLETION, &podlapse_model::to_json(end), "must be equal to or after `startTime`");
    }
}

/// What an end asks for.
fn endings(new: &Seen<'_>, old: &Seen<'_>, out: &mut Errors) {
    let (status, before) = (new.status, old.status);
    let is_failure_new = new.is_failed != old.is_failed || status.failed_indexes != before.failed_indexes;
    let is_success_new = new.is_complete != old.is_complete || new.has_succeeded != old.has_succeeded;
    let rules = [
        (
            is_failure_new && new.is_failed && !new.will_fail,
            "cannot set Failed=True condition without the FailureTarget=true condition",
        ),
        (
            is_success_new && new.is_complete && !new.has_succeeded,
            "cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
        ),
    ];
    conditions(&rules, out);
    if !new.is_finished() {
        return;
    }
    let is_end_new = !old.is_finished();
    if new.active() > 0 && (is_end_new || new.active() != old.active()) {
        out.invalid("status.active", new.active(), "active>0 is invalid for finished job");
    }
    if status.start_time.is_none() && (is_end_new || before.start_time.is_some()) {
        out.required("status.startTime", "startTime is required for finished job");
    }
    if let Some(uncounted) = &status.uncounted_terminated_pods
        && (is_end_new || status.uncounted_terminated_pods != before.uncounted_terminated_pods)
        && [&uncounted.failed, &uncounted.succeeded].iter().any(|uids| uids.as_ref().is_some_and(|uids| !uids.is_empty()))
    {
        let shown = compact("UncountedTerminatedPods", &podlapse_model::to_json(uncounted));
        out.invalid("status.uncountedTerminatedPods", shown, "must be empty for finished job");
    }
}

/// Which indexes ended, and how.
fn indexes(new: &Seen<'_>, old: &Seen<'_>, spec: &JobSpec, out: &mut Errors) {
    const COMPLETED: &str = "status.completedIndexes";
    const FAILED: &str = "status.failedIndexes";
    let completed = new.completed_indexes();
    let failed = new.status.failed_indexes.as_ref();
    let is_completed_new = completed != old.completed_indexes();
    let is_failed_new = failed != old.status.failed_indexes.as_ref();
    if let (Some(completions), true) = (spec.completions, is_completed_new)
        && let Err(error) = count_indexes(completed, completions)
    {
        out.invalid(COMPLETED, completed, &format!("error parsing completedIndexes: {error}"));
    }
    if let (Some(completions), Some(_), Some(failed), true) =
        (spec.completions, spec.backoff_limit_per_index, failed, is_failed_new)
        && let Err(error) = count_indexes(failed, completions)
    {
        out.invalid(FAILED, failed, &format!("error parsing failedIndexes: {error}"));
    }
    if is_completed_new && !completed.is_empty() && spec.completion_mode.as_deref() != Some("Indexed") {
        out.invalid(COMPLETED, completed, "cannot set non-empty completedIndexes when non-indexed completion mode");
    }
    let Some(failed) = failed else { return };
    if is_failed_new && spec.backoff_limit_per_index.is_none() {
        out.invalid(FAILED, failed, "cannot set non-null failedIndexes when backoffLimitPerIndex is null");
    }
    if let Some(completions) = spec.completions.filter(|_| is_completed_new || is_failed_new)
        && let Some(index) = first_in_both(completed, failed, completions)
    {
        out.invalid(FAILED, failed, &format!("failedIndexes and completedIndexes overlap at index: {index}"));
    }
}

/// The first index of two ascending lists; what cannot be read is passed over.
fn first_in_both(one: &str, other: &str, completions: i32) -> Option<i64> {
    let read = |text: &str| -> Vec<(i64, i64)> { text.split(',').filter_map(|part| interval(part, completions).ok()).collect() };
    let others = read(other);
    read(one).iter().find_map(|(first, last)| {
        let met = others.iter().find(|(start, end)| first <= end && start <= last);
        met.map(|(start, _)| *first.max(start))
    })
}

/// Pods that stop, and that are ready.
fn pods(new: &Seen<'_>, old: &Seen<'_>, out: &mut Errors) {
    let (status, before) = (new.status, old.status);
    let is_end_new = new.is_finished() != old.is_finished();
    if let Some(count) = status.terminating.filter(|count| *count > 0 && new.is_finished())
        && (is_end_new || status.terminating != before.terminating)
    {
        out.invalid("status.terminating", count, "terminating>0 is invalid for finished job");
    }
    if let Some(ready) = status.ready.filter(|ready| *ready > new.active())
        && (status.ready != before.ready || new.active() != old.active())
    {
        out.invalid("status.ready", ready, "cannot set more ready pods than active");
    }
}

/// What only grows, and what stays.
fn fixed(new: &Seen<'_>, old: &Seen<'_>, spec: &JobSpec, out: &mut Errors) {
    let (status, before) = (new.status, old.status);
    // The successes of a Job that is made smaller go with their indexes.
    let may_shrink = spec.completion_mode.as_deref() == Some("Indexed") && spec.completions == spec.parallelism;
    for (field, count, least) in [("failed", status.failed, before.failed), ("succeeded", status.succeeded, before.succeeded)] {
        if count.unwrap_or_default() < least.unwrap_or_default() && !(field == "succeeded" && may_shrink) {
            out.invalid(&format!("status.{field}"), count.unwrap_or_default(), &format!("cannot decrease the {field} counter"));
        }
    }
    if let (Some(time), Some(first)) = (&status.completion_time, &before.completion_time)
        && time != first
    {
        out.invalid("status.completionTime", &podlapse_model::to_json(time), "field is immutable");
    }
    // Whoever resumes a Job counts its time anew.
    let is_resumed = old.is_suspended && !new.is_suspended;
    if before.start_time.is_some() && before.start_time != status.start_time && spec.suspend != Some(true) && !is_resumed {
        let shown = podlapse_model::to_json(&status.start_time);
        out.invalid("status.startTime", &shown, "field is immutable for unsuspended job once set");
    }
}
