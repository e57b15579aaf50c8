//! The volumes of the node's Pods.
//!
//! Models `pkg/kubelet/volumemanager` (v1.36): the populator and the reconciler look every 100 ms, a mount that fails is tried again
//! after 500 ms, doubling to 2 min 2 s. Each sync has the volumes that show objects mounted anew, so that they follow them. Not
//! modelled: attaching, block devices, CSI drivers, unmount failures.

mod content;

use podlapse_model::SortedMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::{Pod, Volume};
use podlapse_model::{SimDuration, SimTime, Uid};

use self::content::{VolumeContent, claimed, set_up};
use crate::cri::Call;
use crate::events::{EventType, PodEvent};
use crate::kubelet::machine::{Kubelet, KubeletContext, KubeletOutput, KubeletTimer, Waiter};
use crate::store::Store;
use crate::why::{Fact, Rule};

/// From the Pod's arrival to the first mount: a round of the populator and one of the reconciler.
const FIRST_MOUNT: SimDuration = SimDuration::from_millis(150);
/// The same two rounds until volumes of a Pod that has stopped are gone.
const UNMOUNT: SimDuration = SimDuration::from_millis(150);
/// `exponentialBackOffOnErrorInitialDuration`.
const FIRST_RETRY: SimDuration = SimDuration::from_millis(500);
/// `maxDurationBeforeRetry`.
const LAST_RETRY: SimDuration = SimDuration::from_secs(122);

/// What is mounted for which Pod.
#[derive(Clone, Debug, Default)]
pub(super) struct VolumeManager {
    pods: SortedMap<Uid, PodVolumes>,
}

#[derive(Clone, Debug)]
struct PodVolumes {
    pod: Arc<Pod>,
    volumes: SortedMap<String, Mount>,
    /// What is in mounted volumes that show objects.
    shown: SortedMap<String, VolumeContent>,
    unmounting_since: Option<SimTime>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mount {
    Mounted,
    /// It is there, and is looked at once more.
    Refreshing {
        failures: u32,
        next: SimTime,
    },
    /// Its claim cannot be used yet.
    Unprocessed,
    Waiting {
        failures: u32,
        next: SimTime,
    },
}

impl Mount {
    /// Whether containers can use it.
    fn is_there(&self) -> bool {
        match self {
            Mount::Mounted | Mount::Refreshing { .. } => true,
            Mount::Unprocessed | Mount::Waiting { .. } => false,
        }
    }

    /// When it is to be tried next, and how often it failed before.
    fn due(self) -> Option<(u32, SimTime)> {
        match self {
            Mount::Waiting { failures, next } | Mount::Refreshing { failures, next } => Some((failures, next)),
            Mount::Mounted | Mount::Unprocessed => None,
        }
    }
}

/// Whether a Pod's volumes are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    /// All of them.
    Ready,
    /// Some are not.
    Waiting {
        /// What the sync says when it gives up.
        message: String,
    },
    /// Some cannot be.
    Failed {
        /// What the sync says.
        message: String,
    },
}

impl VolumeManager {
    /// A Pod arrived.
    pub(super) fn add_pod(&mut self, cx: &KubeletContext<'_>, uid: &Uid, pod: &Arc<Pod>, out: &mut KubeletOutput) {
        let next = cx.now + FIRST_MOUNT;
        let mount = |volume: &Volume| {
            if volume.persistent_volume_claim.is_some() { Mount::Unprocessed } else { Mount::Waiting { failures: 0, next } }
        };
        let volumes: SortedMap<String, Mount> = used_volumes(pod).map(|volume| (volume.name.clone(), mount(volume))).collect();
        if !volumes.is_empty() {
            out.arm(KubeletTimer::Mount(uid.clone()), next);
        }
        self.pods.insert(uid.clone(), PodVolumes { pod: pod.clone(), volumes, shown: SortedMap::new(), unmounting_since: None });
    }

    /// Whether all volumes are mounted.
    pub(super) fn is_ready(&self, uid: &Uid) -> bool {
        self.pods.get(uid).is_none_or(|pod| pod.volumes.values().all(Mount::is_there))
    }

    /// Whether all volumes are mounted, and what is to be said if not (`verifyVolumesMountedFunc`).
    pub(super) fn readiness(&self, store: &Store, uid: &Uid) -> Readiness {
        let Some(pod) = self.pods.get(uid) else { return Readiness::Ready };
        let names = |is_meant: &dyn Fn(&Mount) -> bool| {
            let meant: Vec<&str> =
                pod.volumes.iter().filter(|(_, mount)| is_meant(mount)).map(|(name, _)| name.as_str()).collect();
            meant.join(" ")
        };
        let missing = names(&|mount| !mount.is_there());
        if missing.is_empty() {
            return Readiness::Ready;
        }
        let unprocessed = names(&|mount| *mount == Mount::Unprocessed);
        let message = format!("unmounted volumes=[{missing}], unattached volumes=[], failed to process volumes=[{unprocessed}]");
        let errors: Vec<String> = pod.unusable_claims(store).collect();
        if errors.is_empty() {
            Readiness::Waiting { message }
        } else {
            Readiness::Failed { message: format!("{message}: {}", errors.join("; ")) }
        }
    }

    /// The Pod has stopped.
    pub(super) fn begin_unmount(&mut self, uid: &Uid, now: SimTime) {
        if let Some(pod) = self.pods.get_mut(uid) {
            pod.unmounting_since.get_or_insert(now);
        }
    }

    /// Whether nothing is mounted any more.
    pub(super) fn is_unmounted(&self, uid: &Uid, now: SimTime) -> bool {
        let Some(pod) = self.pods.get(uid) else { return true };
        pod.volumes.is_empty() || pod.unmounting_since.is_some_and(|since| since + UNMOUNT <= now)
    }

    /// Forgets a Pod.
    pub(super) fn forget(&mut self, uid: &Uid) {
        self.pods.remove(uid);
    }
}

impl PodVolumes {
    /// Volumes whose claims cannot be used, each with what is wrong.
    fn unusable_claims(&self, store: &Store) -> impl Iterator<Item = String> {
        let unprocessed = used_volumes(&self.pod).filter(|volume| self.volumes.get(&volume.name) == Some(&Mount::Unprocessed));
        let claims = unprocessed.filter_map(|volume| volume.persistent_volume_claim.as_ref());
        claims.filter_map(|source| claimed(store, &self.pod, &source.claim_name).err())
    }

    /// Volumes whose claims can be used by now are mounted from `next` on.
    fn process_claims(&mut self, store: &Store, next: SimTime) {
        let pod = self.pod.clone();
        for volume in used_volumes(&pod) {
            let Some(mount) = self.volumes.get_mut(&volume.name).filter(|mount| **mount == Mount::Unprocessed) else { continue };
            let claim = volume.persistent_volume_claim.as_ref().map_or("", |source| source.claim_name.as_str());
            if claimed(store, &pod, claim).is_ok() {
                *mount = Mount::Waiting { failures: 0, next };
            }
        }
    }
}

impl Kubelet {
    /// Volumes whose claims can be used by now are mounted (`desiredStateOfWorldPopulator`).
    pub(super) fn process_claims(&mut self, cx: &KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(entry) = self.volumes.pods.get_mut(uid) else { return };
        entry.process_claims(cx.store, cx.now);
        let waits = |mount: &Mount| matches!(mount, Mount::Waiting { failures: 0, .. });
        if entry.volumes.values().any(waits) {
            out.arm(KubeletTimer::Mount(uid.clone()), cx.now);
        }
    }

    /// A sync has mounted volumes that show objects looked at again (`ReprocessPod`, `MarkRemountRequired`).
    pub(super) fn refresh_volumes(&mut self, cx: &KubeletContext<'_>, uid: &Uid, pod: &Arc<Pod>, out: &mut KubeletOutput) {
        let Some(entry) = self.volumes.pods.get_mut(uid) else { return };
        let next = cx.now + FIRST_MOUNT;
        entry.pod = pod.clone();
        let mut is_armed = false;
        for volume in used_volumes(pod).filter(|volume| shows_objects(volume)) {
            // What would not change is not looked at.
            let is_stale = || set_up(cx.store, pod, volume).ok().as_ref() != entry.shown.get(&volume.name);
            match entry.volumes.get_mut(&volume.name) {
                Some(mount @ Mount::Mounted) if is_stale() => {
                    *mount = Mount::Refreshing { failures: 0, next };
                    is_armed = true;
                }
                Some(_) | None => {}
            }
        }
        if is_armed {
            out.arm(KubeletTimer::Mount(uid.clone()), next);
        }
    }

    /// Tries the mounts that are due.
    pub(super) fn mount_volumes(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(entry) = self.volumes.pods.get_mut(uid) else { return };
        entry.process_claims(cx.store, cx.now);
        let pod = entry.pod.clone();
        let (mut failed, mut filled) = (Vec::new(), Vec::new());
        for volume in used_volumes(&pod) {
            let Some(mount) = entry.volumes.get_mut(&volume.name) else { continue };
            let Some((failures, _)) = mount.due().filter(|(_, next)| *next <= cx.now) else { continue };
            let was_there = mount.is_there();
            *mount = match set_up(cx.store, &pod, volume) {
                Ok(content) => {
                    let is_news = entry.shown.get(&volume.name) != Some(&content);
                    if shows_objects(volume) {
                        entry.shown.insert(volume.name.clone(), content.clone());
                    }
                    if is_news {
                        filled.push((volume.name.clone(), content));
                    }
                    Mount::Mounted
                }
                Err(error) => {
                    failed.push(error);
                    let delay = FIRST_RETRY.times(1 << failures.min(20)).min(LAST_RETRY);
                    let (failures, next) = (failures + 1, cx.now + delay);
                    if was_there { Mount::Refreshing { failures, next } } else { Mount::Waiting { failures, next } }
                }
            };
        }
        let next = entry.volumes.values().filter_map(|mount| mount.due());
        if let Some((_, at)) = next.min_by_key(|(_, next)| *next) {
            out.arm(KubeletTimer::Mount(uid.clone()), at);
        }
        for (volume, VolumeContent { host_path, files }) in filled {
            self.call(Waiter::Nobody, Call::FillVolume { pod: uid.clone(), volume, host_path, files }, out);
        }
        for message in failed {
            out.because(Rule::VolumesNotReady, [Fact::Message(message.as_str().into())]);
            self.event(cx, &pod, PodEvent::pod(EventType::Warning, "FailedMount", message), out);
        }
    }
}

/// Whether a volume is made from objects, which can change.
pub(super) fn shows_objects(volume: &Volume) -> bool {
    volume.config_map.is_some() || volume.secret.is_some() || volume.projected.is_some() || volume.downward_api.is_some()
}

/// The volumes that containers mount.
pub(super) fn used_volumes(pod: &Pod) -> impl Iterator<Item = &Volume> {
    let spec = pod.spec.as_ref();
    let is_used = move |name: &str| {
        let containers = spec.into_iter().flat_map(|spec| spec.containers.iter().chain(spec.init_containers.iter().flatten()));
        let ephemeral = spec.into_iter().flat_map(|spec| spec.ephemeral_containers.iter().flatten());
        let mounts = containers.flat_map(|container| container.volume_mounts.iter().flatten());
        mounts.chain(ephemeral.flat_map(|container| container.volume_mounts.iter().flatten())).any(|mount| mount.name == name)
    };
    spec.into_iter().flat_map(|spec| spec.volumes.iter().flatten()).filter(move |volume| is_used(&volume.name))
}
