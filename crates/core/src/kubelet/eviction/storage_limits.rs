//! Pods that write more than they may.
//!
//! Models `pkg/kubelet/eviction/eviction_manager.go` `localStorageEviction` (v1.36): an emptyDir beyond its `sizeLimit`, a Pod beyond
//! the sum of its containers' limits of ephemeral-storage, a container beyond its own.

use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Quantity, ResourceOptions, Uid, pod_limits};

use super::is_critical;
use crate::cri::Usages;
use crate::kubelet::machine::Kubelet;
use crate::kubelet::pod_worker::Phase;

const RESOURCE: &str = "ephemeral-storage";

impl Kubelet {
    /// The Pods that are ended for it, each with the message.
    pub(super) fn over_their_limits(&self, usages: &Usages) -> Vec<(Uid, String)> {
        let active = self.workers.iter().filter(|(_, worker)| worker.phase == Phase::Syncing && !is_critical(&worker.pod));
        active.filter_map(|(uid, worker)| Some((uid.clone(), self.over_limit(uid, &worker.pod, usages)?))).collect()
    }

    fn over_limit(&self, uid: &Uid, pod: &Pod, usages: &Usages) -> Option<String> {
        let spec = pod.spec.as_ref()?;
        for volume in spec.volumes.iter().flatten() {
            let limit = volume.empty_dir.as_ref().and_then(|source| source.size_limit.as_ref()).map(Quantity::of);
            if let Some(limit) = limit.filter(|limit| 0 < limit.value() && limit.value() < self.measured(uid, &volume.name)) {
                return Some(format!("Usage of EmptyDir volume \"{}\" exceeds the limit \"{limit}\". ", volume.name));
            }
        }
        let layers = || usages.containers.iter().filter(|usage| usage.pod == *uid);
        let limits = pod_limits(pod, &ResourceOptions::default());
        let used = layers().map(|usage| usage.disk).sum::<i64>() + self.volume_bytes(uid);
        if let Some(limit) = limits.get(RESOURCE).filter(|limit| limit.value() < used) {
            return Some(format!("Pod ephemeral local storage usage exceeds the total limit of containers {limit}. "));
        }
        spec.containers.iter().find_map(|container| {
            let limit = Quantity::of(container.resources.as_ref()?.limits.as_ref()?.get(RESOURCE)?);
            let used = layers().find(|usage| *usage.container == *container.name)?.disk;
            (limit.value() != 0 && limit.value() < used)
                .then(|| format!("Container {} exceeded its local ephemeral storage limit \"{limit}\". ", container.name))
        })
    }
}
