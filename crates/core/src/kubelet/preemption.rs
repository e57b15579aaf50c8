//! Making room for a critical Pod that the node cannot take otherwise.
//!
//! Models `pkg/kubelet/preemption/preemption.go` `HandleAdmissionFailure`, `getPodsToPreempt` and `getPodsToPreemptByDistance` (v1.36):
//! the fewest and smallest Pods of the lowest class go, and the critical Pod waits until they have stopped. While the kubelet waits for
//! them it takes no other Pod; that is not modelled.

use std::cmp::Ordering;
use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;
use podlapse_model::{QosClass, ResourceOptions, SortedSet, Uid, pod_requests};

use super::admission::{Shortage, units};
use super::eviction::is_critical;
use super::machine::{Kubelet, KubeletContext, KubeletOutput};
use super::pod_worker::Phase;
use super::status::Eviction;
use crate::events::{EventType, PodEvent};
use crate::why::{Fact, Rule};

const REASON: &str = "Preempting";
const MESSAGE: &str = "Preempted in order to admit critical pod";
const CONDITION: &str = "Pod was preempted by Kubelet to accommodate a critical pod.";

/// What has to be freed: a resource and how much of it.
type Wanted = Vec<(String, i64)>;

/// The Pods that have to go so that `pod` fits.
///
/// # Errors
/// That all of them together would not do.
pub(super) fn victims(pod: &Pod, others: &[(Uid, Arc<Pod>)], shortages: &[Shortage]) -> Result<Vec<Uid>, String> {
    let wanted: Wanted = shortages.iter().map(|shortage| (shortage.resource.clone(), shortage.amount())).collect();
    let of_class = |class: QosClass| -> Vec<&(Uid, Arc<Pod>)> {
        let is_meant = |other: &&(Uid, Arc<Pod>)| {
            is_preemptable(pod, &other.1) && other.1.spec.as_ref().map_or(QosClass::BestEffort, QosClass::of) == class
        };
        others.iter().filter(is_meant).collect()
    };
    let (best_effort, burstable, guaranteed) =
        (of_class(QosClass::BestEffort), of_class(QosClass::Burstable), of_class(QosClass::Guaranteed));
    let all: Vec<&(Uid, Arc<Pod>)> = best_effort.iter().chain(&burstable).chain(&guaranteed).copied().collect();
    let rest = without(&wanted, &all);
    if !rest.is_empty() {
        return Err(format!(
            "preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: {}",
            shown(&rest)
        ));
    }
    let lower: Vec<&(Uid, Arc<Pod>)> = best_effort.iter().chain(&burstable).copied().collect();
    let from_guaranteed = nearest(&guaranteed, without(&wanted, &lower));
    let with_guaranteed: Vec<&(Uid, Arc<Pod>)> = best_effort.iter().chain(&from_guaranteed).copied().collect();
    let from_burstable = nearest(&burstable, without(&wanted, &with_guaranteed));
    let higher: Vec<&(Uid, Arc<Pod>)> = from_burstable.iter().chain(&from_guaranteed).copied().collect();
    let from_best_effort = nearest(&best_effort, without(&wanted, &higher));
    Ok(from_best_effort.into_iter().chain(higher).map(|(uid, _)| uid.clone()).collect())
}

/// Takes the Pod that comes nearest to what is wanted, until nothing is.
fn nearest<'a>(pods: &[&'a (Uid, Arc<Pod>)], mut wanted: Wanted) -> Vec<&'a (Uid, Arc<Pod>)> {
    let (mut left, mut taken) = (pods.to_vec(), Vec::new());
    while !wanted.is_empty() && !left.is_empty() {
        let mut best = 0;
        for index in 1..left.len() {
            let (one, two) = (distance(&left[index].1, &wanted), distance(&left[best].1, &wanted));
            if one < two || one == two && requests_less(&left[index].1, &left[best].1) {
                best = index;
            }
        }
        let pod = left.swap_remove(best);
        wanted = without(&wanted, &[pod]);
        taken.push(pod);
    }
    taken
}

/// What is still wanted once `pods` are gone.
fn without(wanted: &Wanted, pods: &[&(Uid, Arc<Pod>)]) -> Wanted {
    let left = wanted.iter().map(|(resource, amount)| {
        let freed: i64 = pods.iter().map(|(_, pod)| request(pod, resource)).sum();
        (resource.clone(), amount.saturating_sub(freed))
    });
    left.filter(|(_, amount)| 0 < *amount).collect()
}

/// The squares of the shares that would still be missing, together; Kubernetes computes them in float64 too.
fn distance(pod: &Pod, wanted: &Wanted) -> f64 {
    let missing = wanted.iter().map(|(resource, amount)| {
        let share = amount.saturating_sub(request(pod, resource)).max(0) as f64 / *amount as f64;
        share * share
    });
    missing.sum()
}

fn requests_less(one: &Pod, two: &Pod) -> bool {
    for resource in ["memory", "cpu"] {
        match request(one, resource).cmp(&request(two, resource)) {
            Ordering::Less => return true,
            Ordering::Greater => return false,
            Ordering::Equal => {}
        }
    }
    true
}

fn request(pod: &Pod, resource: &str) -> i64 {
    if resource == "pods" {
        return 1;
    }
    pod_requests(pod, &ResourceOptions::default()).get(resource).map_or(0, |quantity| units(resource, quantity))
}

fn is_preemptable(preemptor: &Pod, pod: &Pod) -> bool {
    let priority = |pod: &Pod| pod.spec.as_ref().and_then(|spec| spec.priority);
    let is_higher = priority(preemptor).zip(priority(pod)).is_some_and(|(one, two)| two < one);
    is_critical(preemptor) && !is_critical(pod) || is_higher
}

fn shown(wanted: &Wanted) -> String {
    let parts: Vec<String> = wanted.iter().map(|(resource, amount)| format!("(res: {resource}, q: {amount}), ")).collect();
    format!("[{}]", parts.concat())
}

impl Kubelet {
    /// Ends Pods so that a critical one fits, which waits for their end.
    pub(super) fn preempt(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, victims: Vec<Uid>, out: &mut KubeletOutput) {
        if victims.is_empty() {
            return;
        }
        for victim in &victims {
            let Some(worker) = self.workers.get_mut(victim) else { continue };
            let pod = worker.pod.clone();
            worker.eviction =
                Some(Eviction { reason: REASON.into(), message: MESSAGE.into(), disruption: Some(CONDITION.into()) });
            self.turn_to(victim, out);
            out.because(Rule::PodPreemptedByKubelet, [Fact::Message(MESSAGE.into())]);
            self.event(cx, &pod, PodEvent::pod(EventType::Warning, REASON, MESSAGE.to_owned()), out);
            let grace = pod.spec.as_ref().and_then(|spec| spec.termination_grace_period_seconds);
            self.terminate(cx, victim, Some(grace.unwrap_or_default().max(1)), out);
            self.wake_worker(cx, victim, out);
        }
        self.turn_to(uid, out);
        self.preempting.insert(uid.clone(), victims.into_iter().collect());
    }

    /// A Pod has stopped: critical Pods that waited for it, and for no other, begin.
    pub(super) fn has_stopped(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let runs = |workers: &super::machine::Workers, victim: &Uid| {
            workers.get(victim).is_some_and(|worker| match worker.phase {
                Phase::Syncing | Phase::Terminating { .. } => victim != uid,
                Phase::Terminated | Phase::Finished => false,
            })
        };
        let free = |victims: &SortedSet<Uid>| !victims.iter().any(|victim| runs(&self.workers, victim));
        let ready: Vec<Uid> = self.preempting.iter().filter(|(_, victims)| free(victims)).map(|(uid, _)| uid.clone()).collect();
        self.retry_resizes(cx, out);
        for uid in ready {
            self.preempting.remove(&uid);
            if let Some(pod) = self.workers.get(&uid).map(|worker| worker.pod.clone()) {
                self.turn_to(&uid, out);
                self.admitted(cx, &uid, &pod, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(uid: &str, cpu: &str, priority: i32) -> (Uid, Arc<Pod>) {
        let pod = podlapse_model::from_json(
            serde_json::json!({"metadata": {"uid": uid}, "spec": {"priority": priority, "containers": [
                {"name": "a", "resources": {"requests": {"cpu": cpu}}}
            ]}}),
        );
        (uid.into(), Arc::new(pod.unwrap()))
    }

    fn short(amount: i64) -> Vec<Shortage> {
        vec![Shortage { resource: "cpu".to_owned(), requested: amount, used: 0, capacity: 0 }]
    }

    #[test]
    fn the_pod_that_comes_nearest_goes() {
        let critical = pod("critical", "2", 2_000_000_000).1;
        let others = [pod("small", "500m", 0), pod("large", "3", 0), pod("fits", "1", 0)];
        assert_eq!(victims(&critical, &others, &short(1_000)).unwrap(), ["fits".into()]);
        assert_eq!(victims(&critical, &others, &short(1_500)).unwrap(), ["large".into()]);
        let error = victims(&critical, &others, &short(9_000)).unwrap_err();
        assert!(error.ends_with("no set of running pods found to reclaim resources: [(res: cpu, q: 4500), ]"), "{error}");
    }
}
