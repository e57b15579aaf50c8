//! Volumes that only one Pod may use.
//!
//! Models `plugins/volumerestrictions` (v1.36): disks of old in-tree kinds on one node, and `ReadWriteOncePod` claims anywhere.

use podlapse_model::api::core::v1::{Pod, Volume};

use super::{Cx, PreFilter};
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::{PodInfo, volumes};
use crate::scheduler::status::{Plugin, Status};

const READ_WRITE_ONCE_POD: &str =
    "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod";

/// The state of the filter.
pub(crate) struct State {
    /// The Pod's claims with access mode `ReadWriteOncePod`.
    exclusive: Vec<String>,
    /// How many uses of them by other Pods there are.
    conflicts: i64,
}

impl State {
    /// Counts a Pod that is thought to be on the node (1), or no longer there (-1).
    pub(crate) fn update(&mut self, cx: Cx<'_>, pod: &PodInfo, sign: i64) {
        if pod.key.namespace != cx.pod.key.namespace {
            return;
        }
        let shared = pod.claims.iter().filter(|claim| !claim.is_ephemeral && self.exclusive.contains(&claim.name));
        self.conflicts += sign * shared.count() as i64;
    }
}

/// Skips Pods without such volumes; rejects a claim that does not exist.
pub(crate) fn pre_filter(cx: Cx<'_>) -> PreFilter<State> {
    let namespace = &cx.pod.key.namespace;
    let mut exclusive = Vec::new();
    for claim in cx.pod.claims.iter().filter(|claim| !claim.is_ephemeral) {
        let Some(object) = cx.listers.claim(namespace, &claim.name) else {
            let reason = format!("persistentvolumeclaim \"{}\" not found", claim.name);
            return PreFilter::Reject(Status::unresolvable(Plugin::VolumeRestrictions, reason));
        };
        let modes = object.spec.as_ref().and_then(|spec| spec.access_modes.as_deref()).unwrap_or_default();
        if modes.iter().any(|mode| mode == "ReadWriteOncePod") {
            exclusive.push(claim.name.clone());
        }
    }
    let conflicts = exclusive.iter().filter(|name| cx.cache.is_claim_used(namespace, name)).count() as i64;
    if conflicts == 0 && !volumes(&cx.pod.pod).iter().any(is_disk) {
        return PreFilter::Skip;
    }
    PreFilter::Run(State { exclusive, conflicts })
}

/// Rejects a node with a conflicting disk, or every node if another Pod uses the claim.
pub(crate) fn filter(state: &State, cx: Cx<'_>, node: &NodeInfo) -> Option<Status> {
    let own = volumes(&cx.pod.pod);
    let others = || node.pods.iter().flat_map(|pod| volumes(&pod.pod));
    if own.iter().filter(|volume| is_disk(volume)).any(|volume| others().any(|other| is_conflict(volume, other))) {
        return Some(Status::unschedulable(Plugin::VolumeRestrictions, "node(s) had no available disk"));
    }
    if state.conflicts > 0 {
        return Some(Status::unschedulable(Plugin::VolumeRestrictions, READ_WRITE_ONCE_POD));
    }
    None
}

/// Whether another Pod used a disk or a claim that the Pod wants for itself.
pub(crate) fn shares(cx: Cx<'_>, other: &Pod) -> bool {
    let is_same_namespace = other.metadata.namespace.as_deref() == Some(&cx.pod.key.namespace);
    let uses = |name: &str| {
        let sources = volumes(other).iter().filter_map(|volume| volume.persistent_volume_claim.as_ref());
        sources.into_iter().any(|source| source.claim_name == name)
    };
    let own = volumes(&cx.pod.pod);
    (is_same_namespace && cx.pod.claims.iter().any(|claim| uses(&claim.name)))
        || own.iter().any(|volume| volumes(other).iter().any(|other| is_conflict(volume, other)))
}

fn is_disk(volume: &Volume) -> bool {
    volume.gce_persistent_disk.is_some()
        || volume.aws_elastic_block_store.is_some()
        || volume.rbd.is_some()
        || volume.iscsi.is_some()
}

fn is_conflict(one: &Volume, other: &Volume) -> bool {
    let are_read_only = |one: Option<bool>, other: Option<bool>| one == Some(true) && other == Some(true);
    if let (Some(one), Some(other)) = (&one.gce_persistent_disk, &other.gce_persistent_disk)
        && one.pd_name == other.pd_name
        && !are_read_only(one.read_only, other.read_only)
    {
        return true;
    }
    if let (Some(one), Some(other)) = (&one.aws_elastic_block_store, &other.aws_elastic_block_store)
        && one.volume_id == other.volume_id
    {
        return true;
    }
    if let (Some(one), Some(other)) = (&one.iscsi, &other.iscsi)
        && one.iqn == other.iqn
        && !are_read_only(one.read_only, other.read_only)
    {
        return true;
    }
    if let (Some(one), Some(other)) = (&one.rbd, &other.rbd) {
        let share_monitor = one.monitors.iter().any(|monitor| other.monitors.contains(monitor));
        let is_same = one.pool == other.pool && one.image == other.image;
        return share_monitor && is_same && !are_read_only(one.read_only, other.read_only);
    }
    false
}
