//! What has become of a Job's Pods.
//!
//! Models `pkg/controller/job/job_controller.go` `getNewFinishedPods`, `isPodFailed`, `canRemoveFinalizer`,
//! `trackJobStatusAndRemoveFinalizers`, `pastActiveDeadline` and of `indexed_job_utils.go` `calculateSucceededIndexes`,
//! `calculateFailedIndexes`, `getPodsWithDelayedDeletionPerIndex` (v1.36).

use podlapse_model::SortedMap;
use std::sync::Arc;

use podlapse_model::SimDuration;
use podlapse_model::api::batch::v1::JobSpec;
use podlapse_model::api::core::v1::Pod;

use super::index::{Indexes, fails_index, format, index_of, is_indexed, parse};
use super::policy::{Verdict, verdict};
use super::{Sync, TRACKING_FINALIZER, is_suspended, number, waits_for_end};
use crate::controllers::count;
use crate::controllers::owned::phase;
use crate::store::Request;

/// The Pods that have ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Succeeded and not counted yet.
    pub(crate) succeeded: Vec<Arc<Pod>>,
    /// Failed and not counted yet.
    pub(crate) failed: Vec<Arc<Pod>>,
    /// Failed, counted or not.
    pub(crate) all_failed: Vec<Arc<Pod>>,
}

fn is_tracked(pod: &Pod) -> bool {
    pod.metadata.finalizers.iter().flatten().any(|finalizer| finalizer == TRACKING_FINALIZER)
}

/// Whether a Pod counts as failed; one that is on its way out does, unless the Job waits for its end.
pub(crate) fn has_failed(pod: &Pod, spec: &JobSpec) -> bool {
    match phase(pod) {
        "Failed" => true,
        "Succeeded" => false,
        _ => pod.metadata.deletion_timestamp.is_some() && !waits_for_end(spec),
    }
}

pub(crate) fn ended(sync: &Sync<'_>) -> Ended {
    let some = |is_wanted: &dyn Fn(&Pod) -> bool| sync.pods.iter().filter(|pod| is_wanted(pod)).cloned().collect();
    let counts = |pod: &Pod| is_tracked(pod) && (!is_indexed(sync.spec) || index_of(pod, sync.spec).is_some());
    Ended {
        succeeded: some(&|pod| counts(pod) && phase(pod) == "Succeeded"),
        failed: some(&|pod| counts(pod) && has_failed(pod, sync.spec)),
        all_failed: some(&|pod| has_failed(pod, sync.spec)),
    }
}

/// The indexes that have succeeded and failed.
pub(crate) fn count_indexes(sync: &mut Sync<'_>) {
    let spec = sync.spec;
    if !is_indexed(spec) {
        return;
    }
    let completions = spec.completions.unwrap_or(0);
    let of = |text: &Option<String>| parse(text.as_deref().unwrap_or_default(), completions);
    sync.succeeded_indexes = of(&sync.status.completed_indexes);
    let tracked = sync.pods.iter().filter(|pod| is_tracked(pod));
    let succeeded = tracked.filter(|pod| phase(pod) == "Succeeded").filter_map(|pod| index_of(pod, spec));
    sync.succeeded_indexes.extend(succeeded);
    sync.succeeded = number(sync.succeeded_indexes.len());
    if spec.backoff_limit_per_index.is_some() {
        let mut failed = of(&sync.status.failed_indexes);
        let ending = sync.pods.iter().filter(|pod| is_tracked(pod) && has_failed(pod, spec) && fails_index(pod, spec));
        failed.extend(ending.filter_map(|pod| index_of(pod, spec)));
        sync.failed_indexes = failed;
    }
}

/// The last Pods of indexes that have to be tried again, which stay until they are replaced.
pub(crate) fn delayed_pods<'a>(sync: &'a Sync<'_>) -> SortedMap<i32, &'a Arc<Pod>> {
    let mut delayed: SortedMap<i32, &Arc<Pod>> = SortedMap::new();
    if sync.spec.backoff_limit_per_index.is_none() {
        return delayed;
    }
    let running: Indexes = sync.active.iter().filter_map(|pod| index_of(pod, sync.spec)).collect();
    for pod in sync.pods.iter().filter(|pod| is_tracked(pod) && has_failed(pod, sync.spec)) {
        let Some(index) = index_of(pod, sync.spec) else { continue };
        let is_done = [&sync.succeeded_indexes, &sync.failed_indexes, &running].iter().any(|done| done.contains(&index));
        let age = |pod: &Pod| pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
        if !is_done && delayed.get(&index).is_none_or(|other| age(other) <= age(pod)) {
            delayed.insert(index, pod);
        }
    }
    delayed
}

/// Counts the Pods that have ended and releases them. `ends_well` tells how the Job is to end, if it is.
pub(crate) fn track(sync: &mut Sync<'_>, ended: &Ended, ends_well: Option<bool>) {
    let spec = sync.spec;
    let delayed: Vec<Option<String>> = match ends_well {
        None => delayed_pods(sync).values().map(|pod| pod.metadata.uid.clone()).collect(),
        Some(_) => Vec::new(),
    };
    let is_deleted = sync.job.metadata.deletion_timestamp.is_some();
    let mut failed = 0;
    let mut requests = Vec::new();
    for pod in sync.pods.iter().filter(|pod| is_tracked(pod)) {
        let has_failed = has_failed(pod, spec);
        let has_ended = has_failed || phase(pod) == "Succeeded";
        if !(is_deleted || ends_well.is_some() || has_ended) || delayed.contains(&pod.metadata.uid) {
            continue;
        }
        // Once a Job has failed, so have the Pods that still run.
        let counts = phase(pod) != "Succeeded" && (has_failed || ends_well == Some(false));
        let is_asked_for = !is_indexed(spec) || index_of(pod, spec).is_some();
        if counts && is_asked_for && verdict(spec.pod_failure_policy.as_ref(), pod) != Verdict::Ignore {
            failed += 1;
        }
        let mut released = Pod::clone(pod);
        released.metadata.finalizers.get_or_insert_default().retain(|finalizer| finalizer != TRACKING_FINALIZER);
        requests.push(Request::Update(released.into()));
    }
    sync.status.failed = count(sync.status.failed.unwrap_or(0).saturating_add(failed));
    if is_indexed(spec) {
        sync.status.succeeded = count(sync.succeeded);
        let text = format(&sync.succeeded_indexes);
        sync.status.completed_indexes = Some(text).filter(|text| !text.is_empty());
        if spec.backoff_limit_per_index.is_some() {
            sync.status.failed_indexes = Some(format(&sync.failed_indexes));
        }
    } else {
        let more = number(ended.succeeded.len());
        sync.status.succeeded = count(sync.status.succeeded.unwrap_or(0).saturating_add(more));
    }
    for request in requests {
        sync.plan.send(request);
    }
}

/// Whether the Job has been active for longer than it may; if not yet, it is looked at again then.
pub(crate) fn getting_late(sync: &mut Sync<'_>) -> bool {
    let (Some(seconds), Some(started)) = (sync.spec.active_deadline_seconds, &sync.status.start_time) else { return false };
    if is_suspended(sync.spec) {
        return false;
    }
    let at = sync.view.wall.sim_time(started) + SimDuration::from_secs(u64::try_from(seconds).unwrap_or(0));
    if at <= sync.view.now {
        return true;
    }
    sync.plan.requeue(Some(at));
    false
}
