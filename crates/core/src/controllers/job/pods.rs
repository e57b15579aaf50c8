//! The Pods that a Job creates and deletes.
//!
//! Models `pkg/controller/job/job_controller.go` `manageJob`, `activePodsForRemoval`, `deleteJobPods` and of `indexed_job_utils.go`
//! `firstPendingIndexes`, `appendDuplicatedIndexPodsForRemoval`, `getPodCreationInfoForIndependentIndexes` (v1.36).

use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Kind, Metadata, SimTime, SortedMap};

use super::backoff;
use super::count::delayed_pods;
use super::index::{Indexes, failures_with, index_of, is_indexed, with_index};
use super::{Sync, TRACKING_FINALIZER, is_suspended, number, waits_for_end};
use crate::controllers::Act;
use crate::controllers::owned::{is_over, pod_from_template, pod_identity, ready_since};
use crate::controllers::pod_ranks::sort_active;
use crate::store::Request;

/// At most so many Pods are created or deleted at a time.
const MAX_CREATE: usize = 500;

/// What was done.
#[derive(Debug)]
pub(crate) struct Managed {
    /// How many Pods are active then.
    pub(crate) active: i32,
    /// How many of those that were deleted had been ready.
    pub(crate) removed_ready: i32,
}

impl Sync<'_> {
    /// Creates or deletes Pods.
    pub(crate) fn manage(&mut self) -> Managed {
        let active = self.active.len();
        if is_suspended(self.spec) {
            let all = self.for_removal(active);
            return self.remove(all);
        }
        let wanted = self.wanted();
        let mut excess = self.for_removal(active.saturating_sub(wanted));
        excess.truncate(MAX_CREATE);
        if !excess.is_empty() {
            return self.remove(excess);
        }
        let held = if waits_for_end(self.spec) { self.terminating } else { 0 };
        let missing = wanted.saturating_sub(held).saturating_sub(active).min(MAX_CREATE);
        if missing == 0 {
            return Managed { active: number(active), removed_ready: 0 };
        }
        if self.spec.backoff_limit_per_index.is_none()
            && let Some(at) = self.backoff.until().filter(|at| self.view.now < *at)
        {
            self.plan.requeue(Some(at));
            return Managed { active: number(active), removed_ready: 0 };
        }
        let created = self.create(missing);
        Managed { active: number(active + created), removed_ready: 0 }
    }

    /// How many Pods are to be active.
    fn wanted(&self) -> usize {
        let parallelism = usize::try_from(self.spec.parallelism.unwrap_or(1)).unwrap_or(0);
        match self.spec.completions {
            Some(completions) => usize::try_from(completions.saturating_sub(self.succeeded)).unwrap_or(0).min(parallelism),
            None if self.succeeded > 0 => self.active.len(),
            None => parallelism,
        }
    }

    /// The active Pods that go first: those of an index that another one has or nobody asks for, then others up to `at_least`.
    fn for_removal(&self, at_least: usize) -> Vec<Arc<Pod>> {
        let mut left = self.active.clone();
        sort_active(&mut left, self.view.wall);
        let mut removed = Vec::new();
        if is_indexed(self.spec) {
            let mut kept = Indexes::new();
            let mut rest = Vec::new();
            // Of several the one that is worth most stays, which comes last.
            for pod in left.into_iter().rev() {
                let is_first = index_of(&pod, self.spec).is_some_and(|index| kept.insert(index));
                if is_first { rest.push(pod) } else { removed.push(pod) }
            }
            rest.reverse();
            left = rest;
        }
        let more = at_least.saturating_sub(removed.len());
        removed.extend(left.into_iter().take(more));
        removed
    }

    /// Deletes Pods, which do not count then.
    fn remove(&mut self, pods: Vec<Arc<Pod>>) -> Managed {
        for pod in &pods {
            let mut released = Pod::clone(pod);
            released.metadata.finalizers.get_or_insert_default().retain(|finalizer| finalizer != TRACKING_FINALIZER);
            self.plan.send(Request::Update(released.into()));
            let (key, uid) = pod_identity(pod);
            self.plan.acts.push(Act::DeletePod(key, uid));
        }
        let gone: Vec<&Option<String>> = pods.iter().map(|pod| &pod.metadata.uid).collect();
        // What is released is no longer looked at when Pods are counted.
        self.pods.retain(|pod| !gone.contains(&&pod.metadata.uid));
        self.terminating += pods.len();
        let removed_ready = number(pods.iter().filter(|pod| ready_since(pod).is_some()).count());
        Managed { active: number(self.active.len() - pods.len()), removed_ready }
    }

    fn create(&mut self, missing: usize) -> usize {
        let mut pod = pod_from_template(Kind::Job, &self.job.metadata, &self.spec.template);
        let finalizers = pod.metadata.finalizers.get_or_insert_default();
        if !finalizers.iter().any(|finalizer| finalizer == TRACKING_FINALIZER) {
            finalizers.push(TRACKING_FINALIZER.to_owned());
        }
        if !is_indexed(self.spec) {
            self.plan.acts.push(Act::CreatePods(vec![pod; missing]));
            return missing;
        }
        let name = self.job.name();
        let delayed: SortedMap<i32, Arc<Pod>> = delayed_pods(self).into_iter().map(|(index, pod)| (index, pod.clone())).collect();
        let now = self.view.now;
        let mut pods = Vec::new();
        let mut waits: Vec<SimTime> = Vec::new();
        for index in self.pending_indexes(missing) {
            let replaced = delayed.get(&index);
            let until = replaced.map(|pod| backoff::until(pod, failures_with(pod), self.view));
            match until.filter(|until| now < *until) {
                Some(until) => waits.push(until),
                None => pods.push(with_index(&pod, name, index, self.spec, replaced)),
            }
        }
        let created = pods.len();
        if created > 0 {
            self.plan.acts.push(Act::CreatePods(pods));
        } else {
            self.plan.requeue(waits.into_iter().min());
        }
        created
    }

    /// The first indexes without a Pod that are not done.
    fn pending_indexes(&self, count: usize) -> Vec<i32> {
        let is_busy = |pod: &Pod| {
            let is_terminating = pod.metadata.deletion_timestamp.is_some();
            !is_over(pod) && (!is_terminating || waits_for_end(self.spec))
        };
        let busy: Indexes = self.pods.iter().filter(|pod| is_busy(pod)).filter_map(|pod| index_of(pod, self.spec)).collect();
        let is_open =
            |index: &i32| ![&busy, &self.succeeded_indexes, &self.failed_indexes].iter().any(|done| done.contains(index));
        (0..self.spec.completions.unwrap_or(0)).filter(is_open).take(count).collect()
    }
}
