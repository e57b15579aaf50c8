//! How much volumes hold, as the kubelet last measured it.
//!
//! Models `pkg/kubelet/server/stats` `fsResourceAnalyzer` and `volumeStatCalculator` (v1.36): a Pod's volumes are measured from the first full
//! minute of the kubelet after the Pod's arrival, and then again after one to two minutes.

use podlapse_model::api::core::v1::Pod;
use podlapse_model::{SimDuration, SimTime, SortedMap, Uid};
use std::sync::Arc;

use crate::cri::Usages;
use crate::kernel::{Purpose, next_tick};
use crate::kubelet::machine::{Kubelet, KubeletContext};

/// `volumeStatsAggPeriod`, and by how much a measurement may be later, in percent.
const PERIOD: SimDuration = SimDuration::from_secs(60);
const JITTER_PERCENT: u64 = 100;

/// The last measurement of each Pod.
#[derive(Clone, Debug, Default)]
pub(super) struct VolumeStats {
    pods: SortedMap<Uid, Measured>,
}

#[derive(Clone, Debug)]
struct Measured {
    next: SimTime,
    volumes: Vec<(Arc<str>, i64)>,
}

impl VolumeStats {
    /// When the next Pod is due.
    pub(super) fn next_measure(&self) -> Option<SimTime> {
        self.pods.values().map(|measured| measured.next).min()
    }
}

impl Kubelet {
    /// Measures the volumes of the Pods that are due.
    pub(super) fn measure_volumes(&mut self, cx: &mut KubeletContext<'_>, usages: &Usages) {
        let workers = &self.workers;
        self.eviction.volumes.pods.retain(|uid, _| workers.contains_key(uid));
        for usage in &usages.volumes {
            if self.eviction.volumes.pods.contains_key(&usage.pod) {
                continue;
            }
            let Some(status) = self.statuses.current(&usage.pod) else { continue };
            let arrived = status.start_time.as_ref().map_or(cx.now, |time| cx.wall.sim_time(time));
            let mut next = next_tick(arrived, self.started_at, PERIOD);
            // Measurements before anything was there found nothing.
            while next <= cx.now {
                next += cx.random.jitter(Purpose::VolumeStats, usage.pod.as_str(), PERIOD, JITTER_PERCENT).value;
            }
            self.eviction.volumes.pods.insert(usage.pod.clone(), Measured { next, volumes: Vec::new() });
        }
        for (uid, measured) in self.eviction.volumes.pods.iter_mut().filter(|(_, measured)| measured.next <= cx.now) {
            let found = usages.volumes.iter().filter(|usage| usage.pod == *uid);
            measured.volumes = found.map(|usage| (usage.volume.clone(), usage.bytes)).collect();
            measured.next = cx.now + cx.random.jitter(Purpose::VolumeStats, uid.as_str(), PERIOD, JITTER_PERCENT).value;
        }
    }

    /// What a volume held when it was measured; what several containers say of it adds up.
    pub(super) fn measured(&self, uid: &Uid, volume: &str) -> i64 {
        let volumes = self.eviction.volumes.pods.get(uid).map(|measured| measured.volumes.as_slice()).unwrap_or_default();
        volumes.iter().filter(|(name, _)| **name == *volume).map(|(_, bytes)| *bytes).sum()
    }

    /// What the Pod's emptyDirs on disk held when they were measured.
    pub(super) fn volume_bytes(&self, uid: &Uid) -> i64 {
        let Some(worker) = self.workers.get(uid) else { return 0 };
        empty_dirs_on_disk(&worker.pod).map(|volume| self.measured(uid, volume)).sum()
    }
}

fn empty_dirs_on_disk(pod: &Pod) -> impl Iterator<Item = &str> {
    let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    volumes
        .filter(|volume| volume.empty_dir.as_ref().is_some_and(|source| source.medium.as_deref() != Some("Memory")))
        .map(|volume| volume.name.as_str())
}
