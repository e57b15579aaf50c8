//! Jobs and CronJobs.
//!
//! Upstream: `pkg/apis/batch/validation/validation.go`.

pub(super) mod policy;

use podlapse_model::api::batch::v1::{CronJob, Job, JobSpec};
use podlapse_model::api::core::v1::PodTemplateSpec;
use podlapse_model::{Metadata, Selector, TimeZone};

use crate::cron::Schedule;
use crate::validate::error::Errors;
use crate::validate::metadata::{label_selector, object_meta};
use crate::validate::names::{label_errors, subdomain_errors, too_long};
use crate::validate::pod;
use crate::validate::workload::{labels_of, shown_selector};

/// The most Pods at once, and the most indexes, of an Indexed Job.
const MAX_PARALLELISM: i32 = 100_000;
/// The most Pods at once, and the most indexes that may fail, of an Indexed Job of more indexes than that.
const MAX_OF_MANY: i32 = 10_000;
/// The longest name of a CronJob: its Jobs' names are longer by 11.
const MAX_CRON_JOB_NAME: usize = 52;

pub(super) fn job(job: &Job, out: &mut Errors) {
    object_meta(&job.metadata, true, subdomain_errors, "metadata", out);
    job_spec_of(job, out);
}

pub(super) fn job_spec_of(job: &Job, out: &mut Errors) {
    let Some(spec) = &job.spec else { return };
    generated_selector(job, spec, out);
    job_spec(spec, "spec", out);
    match &spec.selector {
        None => out.required("spec.selector", ""),
        Some(selector) => label_selector(Some(selector), "spec.selector", out),
    }
    if let Ok(selector) = Selector::of_label_selector(spec.selector.as_ref()) {
        let labels = spec.template.metadata.as_ref().and_then(|metadata| metadata.labels.clone()).unwrap_or_default();
        if !selector.matches(&labels) {
            let detail = "`selector` does not match template `labels`";
            out.invalid("spec.template.metadata.labels", &labels_of(&spec.template), detail);
        }
    }
    let completions = spec.completions.unwrap_or_default();
    if spec.completion_mode.as_deref() == Some("Indexed") && completions > 0 {
        let name = job.name();
        let hostname = format!("{name}-{}", completions - 1);
        if !label_errors(&hostname).is_empty() {
            let detail = format!("will not able to create pod with invalid DNS label: {hostname}");
            out.invalid("metadata.name", name, &detail);
        }
    }
}

/// The selector and labels that the server adds must be its own.
fn generated_selector(job: &Job, spec: &JobSpec, out: &mut Errors) {
    if spec.manual_selector == Some(true) || spec.selector.is_none() {
        return;
    }
    let uid = job.metadata.uid.as_deref().unwrap_or_default();
    let name = job.name();
    let labels = spec.template.metadata.as_ref().and_then(|metadata| metadata.labels.clone()).unwrap_or_default();
    let mut expected = podlapse_model::Labels::new();
    for (key, value) in [
        ("controller-uid", uid),
        ("job-name", name),
        ("batch.kubernetes.io/controller-uid", uid),
        ("batch.kubernetes.io/job-name", name),
    ] {
        expected.insert(key.to_owned(), value.to_owned());
        let path = format!("spec.template.metadata.labels[{key}]");
        match labels.get(key) {
            None => out.required(&path, &format!("must be '{value}'")),
            Some(found) if found != value => out.invalid(&path, &podlapse_model::to_json(&labels), &format!("must be '{value}'")),
            Some(_) => {}
        }
    }
    if let (Ok(selector), Some(written)) = (Selector::of_label_selector(spec.selector.as_ref()), &spec.selector)
        && !selector.matches(&expected)
    {
        out.invalid("spec.selector", shown_selector(written), "`selector` not auto-generated");
    }
}

fn job_spec(spec: &JobSpec, path: &str, out: &mut Errors) {
    let child = |field: &str| format!("{path}.{field}");
    for (field, value) in [
        ("parallelism", spec.parallelism.map(i64::from)),
        ("completions", spec.completions.map(i64::from)),
        ("activeDeadlineSeconds", spec.active_deadline_seconds),
        ("backoffLimit", spec.backoff_limit.map(i64::from)),
        ("ttlSecondsAfterFinished", spec.ttl_seconds_after_finished.map(i64::from)),
        ("backoffLimitPerIndex", spec.backoff_limit_per_index.map(i64::from)),
        ("maxFailedIndexes", spec.max_failed_indexes.map(i64::from)),
    ] {
        out.non_negative(&child(field), value.unwrap_or_default());
    }
    if spec.max_failed_indexes.is_some() && spec.backoff_limit_per_index.is_none() {
        out.required(&child("backoffLimitPerIndex"), "when maxFailedIndexes is specified");
    }
    if let Some(manager) = &spec.managed_by {
        managed_by(manager, &child("managedBy"), out);
    }
    completion_mode(spec, path, out);
    if let Some(policy) = &spec.pod_failure_policy {
        policy::failure(policy, spec, &child("podFailurePolicy"), out);
    }
    if let Some(policy) = &spec.success_policy {
        policy::success(policy, spec, &child("successPolicy"), out);
    }
    if let Some(policy) = &spec.pod_replacement_policy {
        let allowed: &[&str] = if spec.pod_failure_policy.is_some() { &["Failed"] } else { &["Failed", "TerminatingOrFailed"] };
        out.one_of(&child("podReplacementPolicy"), policy, allowed);
    }
    pod::template(&spec.template, &child("template"), out);
    restart_policy(&spec.template, spec.pod_failure_policy.is_some(), &child("template.spec.restartPolicy"), out);
}

fn restart_policy(template: &PodTemplateSpec, has_failure_policy: bool, path: &str, out: &mut Errors) {
    let policy = template.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref()).unwrap_or_default();
    match policy {
        // The default is Always, so this is what an open policy looks like.
        "Always" => out.required(path, "valid values: \"OnFailure\", \"Never\""),
        "OnFailure" if has_failure_policy => {
            out.invalid(path, policy, "only \"Never\" is supported when podFailurePolicy is specified");
        }
        "OnFailure" | "Never" => {}
        other => out.not_supported(path, other, &["OnFailure", "Never"]),
    }
}

/// `IsDomainPrefixedPath` and the length.
fn managed_by(manager: &str, path: &str, out: &mut Errors) {
    const RULE: &str = "must be a domain-prefixed path (such as \"acme.io/foo\")";
    const REST: &str = "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";
    if manager.is_empty() {
        return out.required(path, "");
    }
    match manager.split_once('/').filter(|(domain, rest)| !domain.is_empty() && !rest.is_empty()) {
        Some((domain, rest)) => {
            out.each(path, domain, subdomain_errors(domain));
            if !rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&byte)) {
                out.invalid(path, rest, REST);
            }
        }
        None => out.invalid(path, manager, RULE),
    }
    if manager.len() > 63 {
        out.too_long(path, 63);
    }
}

fn completion_mode(spec: &JobSpec, path: &str, out: &mut Errors) {
    let child = |field: &str| format!("{path}.{field}");
    let Some(mode) = &spec.completion_mode else { return };
    if mode != "NonIndexed" && mode != "Indexed" {
        return out.not_supported(&child("completionMode"), mode, &["NonIndexed", "Indexed"]);
    }
    if mode == "Indexed" {
        if spec.completions.is_none() {
            out.required(&child("completions"), "when completion mode is Indexed");
        }
        if let Some(parallelism) = spec.parallelism.filter(|parallelism| *parallelism > MAX_PARALLELISM) {
            let detail = format!("must be less than or equal to {MAX_PARALLELISM} when completion mode is Indexed");
            out.invalid(&child("parallelism"), parallelism, &detail);
        }
        if let (Some(completions), Some(most)) = (spec.completions, spec.max_failed_indexes)
            && most > completions
        {
            out.invalid(&child("maxFailedIndexes"), most, "must be less than or equal to completions");
        }
        many_indexes(spec, path, out);
    } else {
        let fields = [("backoffLimitPerIndex", spec.backoff_limit_per_index), ("maxFailedIndexes", spec.max_failed_indexes)];
        for (field, value) in fields {
            if let Some(value) = value {
                out.invalid(&child(field), value, "requires indexed completion mode");
            }
        }
    }
}

/// A Job of many indexes that each have a limit of failures of their own.
fn many_indexes(spec: &JobSpec, path: &str, out: &mut Errors) {
    let failed = format!("{path}.maxFailedIndexes");
    if let Some(most) = spec.max_failed_indexes.filter(|most| *most > MAX_PARALLELISM) {
        out.invalid(&failed, most, &format!("must be less than or equal to {MAX_PARALLELISM}"));
    }
    if spec.completions.is_none_or(|completions| completions <= MAX_PARALLELISM) || spec.backoff_limit_per_index.is_none() {
        return;
    }
    if spec.max_failed_indexes.is_none() {
        out.required(&failed, &format!("must be specified when completions is above {MAX_PARALLELISM}"));
    }
    let detail = format!(
        "must be less than or equal to {MAX_OF_MANY} when completions are above {MAX_PARALLELISM} and used with backoff limit per index"
    );
    for (field, value) in [(format!("{path}.parallelism"), spec.parallelism), (failed, spec.max_failed_indexes)] {
        if let Some(value) = value.filter(|value| *value > MAX_OF_MANY) {
            out.invalid(&field, value, &detail);
        }
    }
}

pub(super) fn cron_job(cron_job: &CronJob, out: &mut Errors) {
    object_meta(&cron_job.metadata, true, subdomain_errors, "metadata", out);
    cron_job_spec(cron_job, out);
    let name = cron_job.name();
    if name.len() > MAX_CRON_JOB_NAME {
        out.invalid("metadata.name", name, &too_long(MAX_CRON_JOB_NAME));
    }
}

pub(super) fn cron_job_spec(cron_job: &CronJob, out: &mut Errors) {
    let spec = &cron_job.spec;
    if spec.schedule.is_empty() {
        out.required("spec.schedule", "");
    } else {
        if let Err(error) = Schedule::parse(&spec.schedule) {
            out.invalid("spec.schedule", &spec.schedule, &error);
        }
        if spec.schedule.contains("TZ") {
            let detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
            out.invalid("spec.schedule", &spec.schedule, detail);
        }
    }
    out.non_negative("spec.startingDeadlineSeconds", spec.starting_deadline_seconds.unwrap_or_default());
    if let Some(zone) = &spec.time_zone {
        if zone.is_empty() {
            out.invalid("spec.timeZone", zone, "timeZone must be nil or non-empty string");
        } else if zone.eq_ignore_ascii_case("local") {
            let detail = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
            out.invalid("spec.timeZone", zone, detail);
            if zone != "Local" {
                out.invalid("spec.timeZone", zone, &format!("unknown time zone {zone}"));
            }
        } else if TimeZone::named(zone).is_none() {
            out.invalid("spec.timeZone", zone, &format!("unknown time zone {zone}"));
        }
    }
    let policy = spec.concurrency_policy.as_deref().unwrap_or_default();
    out.required_one_of("spec.concurrencyPolicy", policy, &["Allow", "Forbid", "Replace"]);
    let template = spec.job_template.spec.clone().unwrap_or_default();
    job_spec(&template, "spec.jobTemplate.spec", out);
    if let Some(selector) = &template.selector {
        out.invalid("spec.jobTemplate.spec.selector", shown_selector(selector), "`selector` will be auto-generated");
    }
    if template.manual_selector == Some(true) {
        out.not_supported("spec.jobTemplate.spec.manualSelector", true, &["nil", "false"]);
    }
    let limits = [
        ("successfulJobsHistoryLimit", spec.successful_jobs_history_limit),
        ("failedJobsHistoryLimit", spec.failed_jobs_history_limit),
    ];
    for (field, limit) in limits {
        out.non_negative(&format!("spec.{field}"), i64::from(limit.unwrap_or_default()));
    }
}
