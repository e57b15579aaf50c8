//! Which Pod makes room first.
//!
//! Models `pkg/kubelet/eviction/helpers.go` `rankMemoryPressure` and `rankDiskPressureFunc` (v1.36).

use std::cmp::Reverse;

use podlapse_model::Uid;

use super::message::request;
use super::{Starved, is_critical};
use crate::cri::Usages;
use crate::kubelet::machine::Kubelet;
use crate::kubelet::pod_worker::{Phase, Worker};

impl Kubelet {
    /// Pods that use more than they request go first, then those of lower priority, then those that use most beyond their request.
    pub(super) fn first_to_go(&self, starved: Starved, usages: &Usages) -> Option<Uid> {
        let active = self.workers.iter().filter(|(_, worker)| worker.phase == Phase::Syncing && !is_critical(&worker.pod));
        let rank = |(uid, worker): &(&Uid, &Worker)| {
            let containers = usages.containers.iter().filter(|usage| usage.pod == **uid);
            let used: i64 = match starved {
                Starved::Memory => containers.map(|usage| usage.memory).sum(),
                Starved::Disk => containers.map(|usage| usage.disk).sum::<i64>() + self.volume_bytes(uid),
            };
            let spec = worker.pod.spec.as_ref();
            let containers = spec.into_iter().flat_map(|spec| &spec.containers);
            let requested: i64 = containers.map(|container| request(container, starved.resource()).value()).sum();
            let priority = spec.and_then(|spec| spec.priority).unwrap_or_default();
            (Reverse(requested < used), priority, Reverse(used.saturating_sub(requested)))
        };
        active.min_by_key(rank).map(|(uid, _)| uid.clone())
    }
}
