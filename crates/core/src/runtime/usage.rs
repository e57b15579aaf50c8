//! What containers and volumes use of a node.
//!
//! Models what `pkg/kubelet/stats` `cri_stats_provider.go` reads from the runtime and `pkg/volume` `metrics_du.go` from volumes (v1.36):
//! what behaviours say, and what processes have written.

use podlapse_model::simulation::DiskUse;
use podlapse_model::{SimDuration, SimTime, Uid};

use super::container::Container;
use super::machine::{Runtime, RuntimeOutput};
use crate::cri::{ContainerId, ContainerUsage, SandboxState, Usages, VolumeUsage};

/// Less than that on a disk is not worth a look, in bytes.
const NOTABLE: u64 = 64 << 10;

impl Runtime {
    /// What is used now.
    pub(super) fn usages(&self, now: SimTime) -> Usages {
        let running = || self.containers.values().filter(|container| container.is_running());
        // With its sandbox a Pod loses its volumes.
        let is_up =
            |pod: &Uid| self.sandboxes.values().any(|sandbox| sandbox.pod == *pod && sandbox.state == SandboxState::Ready);
        let own = self.mounted.iter().filter(|((pod, _), directory)| !directory.0.starts_with("host:") && is_up(pod));
        let written = own.map(|((pod, volume), directory)| VolumeUsage {
            pod: pod.clone(),
            volume: volume.as_str().into(),
            bytes: bytes(self.volumes.used(directory)),
        });
        let described = running().flat_map(|container| container.described_volumes(now));
        let notable = |usage: &VolumeUsage| NOTABLE <= usage.bytes.unsigned_abs();
        Usages {
            containers: running().filter_map(|container| container.usage(now)).collect(),
            volumes: written.chain(described).filter(notable).collect(),
        }
    }

    /// The kubelet learns of a container that begins to use much.
    pub(super) fn watch_usage(&mut self, id: &ContainerId, out: &mut RuntimeOutput) {
        let Some(container) = self.containers.get_mut(id) else { return };
        let described = container.run.as_ref().is_some_and(|run| !run.memory.is_empty() || !run.disk.is_empty());
        let mounted = self.mounted.iter().filter(|((pod, _), _)| *pod == container.status.pod);
        let written = mounted.map(|(_, directory)| self.volumes.used(directory)).chain([container.written()]);
        let uses_much = described || written.into_iter().any(|used| NOTABLE <= used);
        let was_watched = std::mem::replace(&mut container.is_watched, uses_much);
        out.uses_resources |= uses_much && !was_watched;
    }
}

impl Container {
    /// What it uses, if something is known of it.
    fn usage(&self, now: SimTime) -> Option<ContainerUsage> {
        let age = now.since(self.since());
        let memory = self.run.as_ref().map(|run| run.memory.as_slice()).unwrap_or_default();
        let current = memory.iter().filter(|memory| memory.after <= age).max_by_key(|memory| memory.after);
        let disk = self.described(age, None).saturating_add(self.written());
        let is_known = !memory.is_empty() || !self.disk().is_empty() || NOTABLE <= disk;
        is_known.then(|| ContainerUsage {
            pod: self.status.pod.clone(),
            container: self.status.name.clone(),
            memory: bytes(current.map_or(0, |memory| memory.usage)),
            disk: bytes(disk),
        })
    }

    /// What its processes have written to its own layer.
    fn written(&self) -> u64 {
        self.files.used().saturating_sub(self.given_bytes)
    }

    /// What its behaviour says of volumes.
    fn described_volumes(&self, now: SimTime) -> impl Iterator<Item = VolumeUsage> {
        let age = now.since(self.since());
        let mut volumes: Vec<&str> = self.disk().iter().filter_map(|usage| usage.volume.as_deref()).collect();
        podlapse_model::sort(&mut volumes);
        volumes.dedup();
        volumes.into_iter().map(move |volume| VolumeUsage {
            pod: self.status.pod.clone(),
            volume: volume.into(),
            bytes: bytes(self.described(age, Some(volume))),
        })
    }

    fn disk(&self) -> &[DiskUse] {
        self.run.as_ref().map(|run| run.disk.as_slice()).unwrap_or_default()
    }

    fn described(&self, age: SimDuration, volume: Option<&str>) -> u64 {
        let meant = self.disk().iter().filter(|usage| usage.volume.as_deref() == volume && usage.after <= age);
        meant.max_by_key(|usage| usage.after).map_or(0, |usage| usage.usage)
    }
}

fn bytes(used: u64) -> i64 {
    i64::try_from(used).unwrap_or(i64::MAX)
}
