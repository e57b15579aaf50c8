//! CronJobs: a Job whenever the schedule says so.
//!
//! Models `pkg/controller/cronjob/cronjob_controllerv2.go` `syncCronJob`, `cleanupFinishedJobs` and `utils.go`
//! `mostRecentScheduleTime`, `nextScheduleTimeDuration`, `getJobFromTemplate2` (v1.36).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use podlapse_manifest::Schedule;
use podlapse_model::api::batch::v1::{CronJob, CronJobStatus, Job};
use podlapse_model::api::core::v1::ObjectReference;
use podlapse_model::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use podlapse_model::{Kind, Metadata, Object, SimTime, TimeZone};

use super::owned::{controller_of, controller_reference};
use super::{Act, Plan, Told, View};
use crate::events::EventType;
use crate::store::Request;

/// By so much later than its time a Job is looked for, as clocks differ (`nextScheduleDelta`).
const DELTA: SignedDuration = SignedDuration::from_millis(100);
/// More missed times than these are told of.
const MANY_MISSED: i64 = 100;
/// More times than these are not looked at, which no schedule has whose first two tell how often it comes.
const MOST_LOOKED_AT: usize = 1_000;
const SCHEDULED_AT: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// What a CronJob needs.
pub(crate) fn sync(cron_job: &Arc<CronJob>, view: View<'_>) -> Plan {
    let mut plan = Plan::default();
    let jobs = jobs_of(cron_job, view);
    let mut status = cron_job.status.clone().unwrap_or_default();
    clean_up(cron_job, &jobs, &mut status, &mut plan);
    count_jobs(&jobs, &mut status, view, &mut plan);
    let start = if cron_job.metadata.deletion_timestamp.is_some() { None } else { start(cron_job, &mut status, view, &mut plan) };
    let status = CronJobStatus { active: status.active.filter(|active| !active.is_empty()), ..status };
    let updated = CronJob { status: Some(status), ..CronJob::clone(cron_job) };
    match start {
        Some(job) => plan.acts.push(Act::StartJob(Box::new(job), Box::new(updated))),
        None if updated.status != cron_job.status => plan.send(Request::UpdateStatus(updated.into())),
        None => {}
    }
    plan
}

fn jobs_of(cron_job: &CronJob, view: View<'_>) -> Vec<Arc<Job>> {
    let is_own = |job: &&Arc<Job>| {
        let owner = controller_of(&job.metadata).map(|owner| owner.name.as_str());
        owner == cron_job.metadata.name.as_deref()
    };
    view.store.all_in(Some(cron_job.namespace())).filter(is_own).cloned().collect()
}

/// How a Job has ended.
fn end_of(job: &Job) -> Option<&str> {
    let conditions = job.status.as_ref()?.conditions.as_ref()?;
    let is_end = |type_: &str| matches!(type_, "Complete" | "Failed");
    conditions.iter().find(|condition| is_end(&condition.type_) && condition.status == "True").map(|end| end.type_.as_str())
}

fn is_active(status: &CronJobStatus, job: &Job) -> bool {
    status.active.iter().flatten().any(|active| active.uid == job.metadata.uid)
}

fn forget(status: &mut CronJobStatus, uid: Option<&String>) {
    status.active.get_or_insert_default().retain(|active| active.uid.as_ref() != uid);
}

fn delete(job: &Arc<Job>, status: &mut CronJobStatus, plan: &mut Plan) {
    let object = Object::Job(job.clone());
    let request = Request::delete(object.key(), object.uid());
    let done = Told::normal("SuccessfulDelete", format!("Deleted job {}", job.name()));
    let refused = Told::warning("FailedDelete", "Deleted job: ".to_owned());
    plan.acts.push(Act::SendAndTell(Box::new(request), done, Some(refused)));
    forget(status, job.metadata.uid.as_ref());
}

/// Deletes the oldest Jobs that have ended, beyond the limits.
fn clean_up(cron_job: &CronJob, jobs: &[Arc<Job>], status: &mut CronJobStatus, plan: &mut Plan) {
    let limits = [("Complete", cron_job.spec.successful_jobs_history_limit), ("Failed", cron_job.spec.failed_jobs_history_limit)];
    for (end, limit) in limits {
        let Some(limit) = limit else { continue };
        let mut ended: Vec<&Arc<Job>> = jobs.iter().filter(|job| end_of(job) == Some(end)).collect();
        let excess = ended.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
        let started = |job: &Job| job.status.as_ref().and_then(|status| status.start_time.as_ref()).map(|time| time.0);
        podlapse_model::sort_by_key(&mut ended, |job| (started(job).is_none(), started(job), job.metadata.name.clone()));
        for job in ended.into_iter().take(excess) {
            delete(job, status, plan);
        }
    }
}

/// Keeps the list of Jobs that run, and when one last succeeded.
fn count_jobs(jobs: &[Arc<Job>], status: &mut CronJobStatus, view: View<'_>, plan: &mut Plan) {
    for job in jobs {
        match (end_of(job), is_active(status, job)) {
            (None, true) => {}
            (None, false) => {
                let message = format!("Saw a job that the controller did not create or forgot: {}", job.name());
                plan.tell(EventType::Warning, "UnexpectedJob", message);
            }
            (Some(end), is_active) => {
                if is_active {
                    forget(status, job.metadata.uid.as_ref());
                    let message = format!("Saw completed job: {}, condition: {end}", job.name());
                    plan.tell(EventType::Normal, "SawCompletedJob", message);
                }
                let completed = job.status.as_ref().and_then(|status| status.completion_time.clone());
                if end == "Complete" && completed.as_ref().map(|at| at.0) > status.last_successful_time.as_ref().map(|at| at.0) {
                    status.last_successful_time = completed;
                }
            }
        }
    }
    let is_there = |active: &ObjectReference| {
        jobs.iter().any(|job| job.metadata.uid == active.uid)
            || view.store.list(Kind::Job).any(|job| job.metadata().uid == active.uid)
    };
    let missing: Vec<ObjectReference> = status.active.iter().flatten().filter(|active| !is_there(active)).cloned().collect();
    for active in missing {
        let message = format!("Active job went missing: {}", active.name.as_deref().unwrap_or_default());
        plan.tell(EventType::Normal, "MissingJob", message);
        forget(status, active.uid.as_ref());
    }
}

/// The Job that is due, if one is and may start.
fn start(cron_job: &CronJob, status: &mut CronJobStatus, view: View<'_>, plan: &mut Plan) -> Option<Job> {
    let spec = &cron_job.spec;
    if spec.suspend == Some(true) {
        return None;
    }
    if spec.schedule.contains("TZ") {
        let message = format!(
            "CRON_TZ or TZ used in schedule {:?} is not officially supported, see \
             https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details",
            spec.schedule
        );
        plan.tell(EventType::Warning, "UnsupportedSchedule", message);
    }
    let schedule = match Schedule::parse(&spec.schedule) {
        Ok(schedule) => schedule,
        Err(error) => {
            let message = format!("unparseable schedule: {:?} : {error}", spec.schedule);
            plan.tell(EventType::Warning, "UnparseableSchedule", message);
            return None;
        }
    };
    let now = Timestamp::from_nanosecond(view.wall.unix_ns(view.now)).unwrap_or(Timestamp::MAX);
    let zone = TimeZone::named(spec.time_zone.as_deref().unwrap_or_default()).unwrap_or(TimeZone::UTC);
    let times = Times { cron_job, schedule: &schedule, zone: &zone, now };
    plan.requeue(times.requeue_at().map(|at| sim_time(at, view)));
    let due = times.recent(spec.starting_deadline_seconds);
    let at = due.at?;
    if due.missed > MANY_MISSED {
        let message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
        plan.tell(EventType::Warning, "TooManyMissedTimes", message.to_owned());
    }
    if spec
        .starting_deadline_seconds
        .is_some_and(|seconds| at.saturating_add(SignedDuration::from_secs(seconds)).is_ok_and(|end| end < now))
    {
        let at = podlapse_model::rfc1123(at);
        plan.tell(EventType::Warning, "MissSchedule", format!("Missed scheduled time to start a job: {at}"));
        return None;
    }
    let name = format!("{}-{}", cron_job.name(), at.as_second().div_euclid(60));
    let is_known = status.active.iter().flatten().any(|active| active.name.as_deref() == Some(name.as_str()));
    if is_known || status.last_schedule_time.as_ref().is_some_and(|last| last.0 == at) {
        return None;
    }
    match spec.concurrency_policy.as_deref() {
        Some("Forbid") if status.active.as_ref().is_some_and(|active| !active.is_empty()) => {
            let message = "Not starting job because prior execution is running and concurrency policy is Forbid".to_owned();
            plan.tell(EventType::Normal, "JobAlreadyActive", message);
            return None;
        }
        Some("Replace") => {
            let is_active = |job: &&Arc<Job>| is_active(status, job);
            let running: Vec<Arc<Job>> = jobs_of(cron_job, view).iter().filter(is_active).cloned().collect();
            for job in running {
                delete(&job, status, plan);
            }
        }
        Some(_) | None => {}
    }
    status.last_schedule_time = Some(Time(at));
    Some(job_at(cron_job, name, zone.rfc3339(at)))
}

fn sim_time(at: Timestamp, view: View<'_>) -> SimTime {
    view.wall.sim_time(&Time(at))
}

fn job_at(cron_job: &CronJob, name: String, scheduled_at: String) -> Job {
    let template = &cron_job.spec.job_template;
    let given = template.metadata.clone().unwrap_or_default();
    let mut annotations = given.annotations.unwrap_or_default();
    annotations.insert(SCHEDULED_AT.to_owned(), scheduled_at);
    let metadata = ObjectMeta {
        name: Some(name),
        namespace: cron_job.metadata.namespace.clone(),
        labels: given.labels,
        annotations: Some(annotations),
        owner_references: Some(vec![controller_reference(Kind::CronJob, &cron_job.metadata)]),
        ..ObjectMeta::default()
    };
    Job { metadata, spec: template.spec.clone(), status: None }
}

/// A CronJob's times.
struct Times<'a> {
    cron_job: &'a CronJob,
    schedule: &'a Schedule,
    zone: &'a TimeZone,
    now: Timestamp,
}

/// What lies between the last start and now.
struct Recent {
    /// From when on times count.
    earliest: Timestamp,
    /// The last time that has come.
    at: Option<Timestamp>,
    /// How many came before it, roughly.
    missed: i64,
}

impl Times<'_> {
    /// The first time after another one, by the clocks of the zone.
    fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let by = |offset: SignedDuration| self.schedule.next(after.checked_add(offset).ok()?)?.checked_sub(offset).ok();
        let next = by(self.zone.offset(after))?;
        match self.zone.offset(next) {
            same if same == self.zone.offset(after) => Some(next),
            // The clocks change in between.
            changed => by(changed).filter(|next| after < *next).or(Some(next)),
        }
    }

    /// The last time that has come and at which nothing was started (`mostRecentScheduleTime`).
    fn recent(&self, deadline_seconds: Option<i64>) -> Recent {
        let created = self.cron_job.metadata.creation_timestamp.as_ref().map_or(self.now, |time| time.0);
        let last = self.cron_job.status.as_ref().and_then(|status| status.last_schedule_time.as_ref());
        let mut earliest = last.map_or(created, |time| time.0);
        if let Some(seconds) = deadline_seconds
            && let Ok(bound) = self.now.saturating_sub(SignedDuration::from_secs(seconds))
        {
            earliest = earliest.max(bound);
        }
        let none = Recent { earliest, at: None, missed: 0 };
        let Some(first) = self.next(earliest).filter(|first| *first <= self.now) else { return none };
        let Some(second) = self.next(first).filter(|second| *second <= self.now) else {
            return Recent { at: Some(first), ..none };
        };
        let between = (second.as_second() - first.as_second()).max(1);
        let missed = (self.now.as_second() - first.as_second()).div_euclid(between) + 1;
        let mut at = second;
        // Near the end the times are looked at one by one; before it only their number counts.
        let skipped = self.now.as_second() - between.saturating_mul(MANY_MISSED);
        if let Ok(start) = Timestamp::from_second(skipped)
            && second < start
            && let Some(later) = self.next(start).filter(|later| *later <= self.now)
        {
            at = later;
        }
        for _ in 0..MOST_LOOKED_AT {
            match self.next(at).filter(|next| *next <= self.now) {
                Some(next) => at = next,
                None => break,
            }
        }
        Recent { earliest, at: Some(at), missed }
    }

    /// When the next time comes (`nextScheduleTimeDuration`).
    fn requeue_at(&self) -> Option<Timestamp> {
        let recent = self.recent(None);
        let from = recent.at.unwrap_or(recent.earliest);
        self.next(from)?.checked_add(DELTA).ok()
    }
}
