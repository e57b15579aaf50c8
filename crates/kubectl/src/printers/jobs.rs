//! The row of a Job. Models `printJob`.

use podlapse_model::Selector;
use podlapse_model::api::batch::v1::{Job, JobSpec, JobStatus};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;

use super::format::{name, template_cells};
use super::{cells, shown, wide};
use crate::duration::{age, human_duration, since};
use crate::table::{Cell, Column};

pub(super) const COLUMNS: &[Column] = &[
    shown("Name"),
    shown("Status"),
    shown("Completions"),
    shown("Duration"),
    shown("Age"),
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];

pub(super) fn row(job: &Job, now: &Time) -> Vec<Cell<'static>> {
    let status = job.status.clone().unwrap_or_default();
    let spec = job.spec.clone().unwrap_or_default();
    let duration = match (&status.start_time, &status.completion_time) {
        (None, _) => String::new(),
        (Some(start), None) => human_duration(since(start, now)),
        (Some(start), Some(end)) => human_duration(since(start, end)),
    };
    let [names, images] = template_cells(&spec.template);
    cells![
        name(&job.metadata),
        job_status(job, &status),
        completions(&spec, &status),
        duration,
        age(job.metadata.creation_timestamp.as_ref(), now),
        names,
        images,
        Selector::format_label_selector(spec.selector.as_ref()),
    ]
}

fn job_status(job: &Job, status: &JobStatus) -> &'static str {
    // Of several conditions of one type the first counts.
    let has = |kind: &str| status.conditions.iter().flatten().find(|c| c.type_ == kind).is_some_and(|c| c.status == "True");
    if has("Complete") {
        "Complete"
    } else if has("Failed") {
        "Failed"
    } else if job.metadata.deletion_timestamp.is_some() {
        "Terminating"
    } else if has("Suspended") {
        "Suspended"
    } else if has("FailureTarget") {
        "FailureTarget"
    } else if has("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    }
}

fn completions(spec: &JobSpec, status: &JobStatus) -> String {
    let succeeded = status.succeeded.unwrap_or_default();
    match (spec.completions, spec.parallelism.unwrap_or_default()) {
        (Some(completions), _) => format!("{succeeded}/{completions}"),
        (None, parallelism) if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        (None, _) => format!("{succeeded}/1"),
    }
}
