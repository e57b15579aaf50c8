//! Signs of life: leases that are renewed and statuses that are reported although nothing changed.
//!
//! Models `k8s.io/component-helpers/apimachinery/lease` and the regular reports of `pkg/kubelet/kubelet_node_status.go`
//! `tryUpdateNodeStatus` (v1.36). Nobody acts on a single sign, so none of them is an event or a write: when the last one was is worked
//! out whenever somebody looks.

use std::sync::Arc;

use podlapse_model::api::coordination::v1::{Lease, LeaseSpec};
use podlapse_model::api::core::v1::Node;
use podlapse_model::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use podlapse_model::{Kind, Object, ObjectKey, SimDuration, SimTime};

use super::world::World;
use crate::kernel::{Purpose, Random, WallClock};

/// How often a lease is renewed: a quarter of its duration, and up to four percent more.
const RENEW_INTERVAL: SimDuration = SimDuration::from_secs(10);
const RENEW_JITTER_PERCENT: u64 = 4;
const LEASE_SECONDS: i32 = 40;
const LEASES: &str = "kube-node-lease";
/// `nodeStatusReportFrequency`; after a change the next report comes up to half of it sooner or later.
const REPORT_FREQUENCY: SimDuration = SimDuration::from_secs(300);

/// The signs of life of one kubelet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heartbeats {
    pub(super) since: SimTime,
    renew_interval: SimDuration,
    /// When the status was reported last because it said something new, and how long after that it is reported again.
    reported_at: SimTime,
    report_delay: SimDuration,
    pub(super) until: Option<SimTime>,
}

impl Heartbeats {
    pub(super) fn new(node: &str, since: SimTime, random: &mut Random) -> Self {
        let of = format!("lease/{node}");
        let renew_interval = random.jitter(Purpose::PeriodPhase, &of, RENEW_INTERVAL, RENEW_JITTER_PERCENT).value;
        let of = format!("report/{node}");
        let (sooner, later) = (REPORT_FREQUENCY.ratio(1, 2), REPORT_FREQUENCY.ratio(3, 2));
        let report_delay = random.between(Purpose::PeriodPhase, &of, sooner, later).value;
        Heartbeats { since, renew_interval, reported_at: since, report_delay, until: None }
    }

    /// The status was reported because it said something new.
    pub(super) fn reported(&mut self, at: SimTime) {
        self.reported_at = at;
    }

    /// When the lease was renewed last.
    pub(super) fn renewed_at(&self, now: SimTime) -> SimTime {
        let elapsed = self.end(now).since(self.since).as_nanos();
        self.since + self.renew_interval.times(elapsed / self.renew_interval.as_nanos().max(1))
    }

    /// When the status was reported last; `None` if it was not since it changed.
    fn report_at(&self, now: SimTime) -> Option<SimTime> {
        let first = self.reported_at + self.report_delay;
        let end = self.end(now);
        (first <= end).then(|| {
            let rounds = end.since(first).as_nanos() / REPORT_FREQUENCY.as_nanos();
            first + REPORT_FREQUENCY.times(rounds)
        })
    }

    fn end(&self, now: SimTime) -> SimTime {
        self.until.map_or(now, |until| until.min(now))
    }
}

impl World {
    /// Brings what nobody writes up to date as of a moment: the renewal of leases and the heartbeats of nodes.
    pub(super) fn renew_signs(&mut self, now: SimTime) {
        let signs: Vec<(Arc<str>, Heartbeats)> = self.nodes.heartbeats().collect();
        for (name, heartbeats) in signs {
            let Some(node) = self.store.node(&name).cloned() else { continue };
            if let Some(at) = heartbeats.report_at(now) {
                self.store.renew(with_heartbeat(&node, at, self.wall).into());
            }
            let key = ObjectKey::new(Kind::Lease, LEASES, &name);
            let known = match self.store.get(&key) {
                Some(Object::Lease(lease)) => Some(Lease::clone(lease)),
                Some(_) | None => None,
            };
            let lease = known.or_else(|| heartbeats.until.is_none().then(|| lease_of(&node, &name, heartbeats.since, self.wall)));
            let Some(mut lease) = lease else { continue };
            lease.spec.get_or_insert_default().renew_time = Some(self.wall.micro_time(heartbeats.renewed_at(now)));
            self.store.renew(lease.into());
        }
    }
}

fn with_heartbeat(node: &Node, at: SimTime, wall: WallClock) -> Node {
    let mut node = node.clone();
    for condition in node.status.iter_mut().flat_map(|status| status.conditions.iter_mut().flatten()) {
        if condition.status != "Unknown" {
            condition.last_heartbeat_time = Some(wall.time(at));
        }
    }
    node
}

fn lease_of(node: &Node, name: &str, since: SimTime, wall: WallClock) -> Lease {
    let owner = OwnerReference {
        api_version: "v1".to_owned(),
        kind: "Node".to_owned(),
        name: name.to_owned(),
        uid: node.metadata.uid.clone().unwrap_or_default(),
        ..OwnerReference::default()
    };
    Lease {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some(LEASES.to_owned()),
            creation_timestamp: Some(wall.time(since)),
            owner_references: Some(vec![owner]),
            ..ObjectMeta::default()
        },
        spec: Some(LeaseSpec {
            holder_identity: Some(name.to_owned()),
            lease_duration_seconds: Some(LEASE_SECONDS),
            ..LeaseSpec::default()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use podlapse_model::simulation::Jitter;

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(seconds)
    }

    #[test]
    fn a_lease_is_renewed_every_ten_seconds_until_its_kubelet_stops() {
        let mut heartbeats = Heartbeats::new("a", at(0), &mut Random::new(1, Jitter::None));
        assert_eq!(heartbeats.renewed_at(at(25)), at(0) + SimDuration::from_millis(20_400));
        heartbeats.until = Some(at(25));
        assert_eq!(heartbeats.renewed_at(at(500)), at(0) + SimDuration::from_millis(20_400));
    }

    #[test]
    fn a_status_that_says_nothing_new_is_reported_every_five_minutes() {
        let mut heartbeats = Heartbeats::new("a", at(0), &mut Random::new(1, Jitter::None));
        assert_eq!(heartbeats.report_at(at(299)), None);
        assert_eq!(heartbeats.report_at(at(700)), Some(at(600)));
        heartbeats.reported(at(650));
        assert_eq!(heartbeats.report_at(at(700)), None);
    }
}
