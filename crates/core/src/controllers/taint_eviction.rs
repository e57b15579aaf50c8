//! Pods that leave a node because of its NoExecute taints.
//!
//! Models `pkg/controller/tainteviction/taint_eviction.go` `processPodOnNode` and `timed_workers.go` (v1.36): a Pod that does not
//! tolerate all taints goes at once, one that tolerates them for a while when the shortest time is over. A deletion that is planned
//! is cancelled when the taints go, or the Pod does.

use podlapse_model::api::core::v1::{Taint, Toleration};
use podlapse_model::{ComparisonOperators, ObjectKey, SimDuration, SimTime, SortedMap, tolerates};

/// Deletions that are planned, by Pod; `None` for a Pod that was deleted, so that it is not deleted again.
#[derive(Clone, Debug, Default)]
pub(crate) struct TaintEviction {
    work: SortedMap<ObjectKey, Option<SimTime>>,
}

/// What follows for a Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing new.
    Unchanged,
    /// The planned deletion is off.
    Cancelled,
    /// It is deleted then.
    Planned {
        /// When.
        at: SimTime,
        /// Whether another deletion was planned, and is off.
        cancels: bool,
    },
}

impl TaintEviction {
    /// A Pod and the NoExecute taints of its node, one of which may be new.
    pub(crate) fn process_pod(
        &mut self,
        pod: &ObjectKey,
        tolerations: &[Toleration],
        taints: &[&Taint],
        now: SimTime,
    ) -> Outcome {
        let patience = if taints.is_empty() { Patience::Endless } else { patience(tolerations, taints) };
        match patience {
            Patience::Endless if self.cancel(pod) => Outcome::Cancelled,
            Patience::Endless => Outcome::Unchanged,
            Patience::None => {
                let cancels = self.cancel(pod);
                self.plan(pod, now, cancels)
            }
            // A deletion that is planned began to count when the first taint came.
            Patience::For(_) if self.work.get(pod).is_some_and(Option::is_some) => Outcome::Unchanged,
            Patience::For(span) => self.plan(pod, now + span, false),
        }
    }

    fn plan(&mut self, pod: &ObjectKey, at: SimTime, cancels: bool) -> Outcome {
        if self.work.contains_key(pod) {
            return Outcome::Unchanged;
        }
        self.work.insert(pod.clone(), Some(at));
        Outcome::Planned { at, cancels }
    }

    /// Takes a planned deletion back; `false` if none was planned.
    pub(crate) fn cancel(&mut self, pod: &ObjectKey) -> bool {
        self.work.remove(pod).is_some_and(|planned| planned.is_some())
    }

    /// Whether anything is known of a Pod.
    pub(crate) fn knows(&self, pod: &ObjectKey) -> bool {
        self.work.contains_key(pod)
    }

    /// The time of a Pod is over; `false` if its deletion was cancelled.
    pub(crate) fn begin(&mut self, pod: &ObjectKey) -> bool {
        self.work.get_mut(pod).is_some_and(|planned| planned.take().is_some())
    }
}

/// How long a Pod stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patience {
    /// A taint is not tolerated.
    None,
    /// All are, for so long.
    For(SimDuration),
    /// All are, for ever.
    Endless,
}

/// The shortest time of the tolerations that are used (`GetMatchingTolerations`, `getMinTolerationTime`).
fn patience(tolerations: &[Toleration], taints: &[&Taint]) -> Patience {
    let mut shortest: Option<i64> = None;
    for taint in taints {
        let used = tolerations.iter().find(|toleration| tolerates(toleration, taint, ComparisonOperators::Off));
        let Some(used) = used else { return Patience::None };
        if let Some(seconds) = used.toleration_seconds {
            shortest = Some(shortest.map_or(seconds, |other| other.min(seconds)));
        }
    }
    match shortest {
        None => Patience::Endless,
        Some(seconds) => Patience::For(SimDuration::from_secs(seconds.max(0).unsigned_abs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use podlapse_model::Kind;

    fn taint(key: &str) -> Taint {
        Taint { key: key.to_owned(), effect: "NoExecute".to_owned(), ..Taint::default() }
    }

    fn toleration(key: &str, seconds: Option<i64>) -> Toleration {
        Toleration {
            key: Some(key.to_owned()),
            operator: Some("Exists".to_owned()),
            toleration_seconds: seconds,
            ..Toleration::default()
        }
    }

    fn pod() -> ObjectKey {
        ObjectKey::new(Kind::Pod, "default", "web")
    }

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(seconds)
    }

    #[test]
    fn the_shortest_toleration_counts_from_the_first_taint() {
        let mut eviction = TaintEviction::default();
        let (a, b) = (taint("a"), taint("b"));
        let tolerations = [toleration("a", Some(300)), toleration("b", Some(10))];
        assert_eq!(eviction.process_pod(&pod(), &tolerations, &[&a], at(5)), Outcome::Planned { at: at(305), cancels: false });
        assert_eq!(eviction.process_pod(&pod(), &tolerations, &[&a, &b], at(9)), Outcome::Unchanged);
        assert_eq!(eviction.process_pod(&pod(), &tolerations, &[], at(20)), Outcome::Cancelled);
        assert!(!eviction.begin(&pod()));
    }

    #[test]
    fn a_taint_that_is_not_tolerated_deletes_at_once_and_once() {
        let mut eviction = TaintEviction::default();
        let a = taint("a");
        assert_eq!(eviction.process_pod(&pod(), &[], &[&a], at(5)), Outcome::Planned { at: at(5), cancels: false });
        assert!(eviction.begin(&pod()));
        // A Pod that was deleted is known by an entry without a time, which a further taint takes away and plans anew.
        assert_eq!(eviction.process_pod(&pod(), &[], &[&a], at(6)), Outcome::Planned { at: at(6), cancels: false });
    }

    #[test]
    fn no_seconds_are_no_patience_and_none_given_are_endless() {
        let a = taint("a");
        let mut eviction = TaintEviction::default();
        let now = eviction.process_pod(&pod(), &[toleration("a", Some(0))], &[&a], at(1));
        assert_eq!(now, Outcome::Planned { at: at(1), cancels: false });
        assert_eq!(TaintEviction::default().process_pod(&pod(), &[toleration("a", None)], &[&a], at(1)), Outcome::Unchanged);
    }
}
