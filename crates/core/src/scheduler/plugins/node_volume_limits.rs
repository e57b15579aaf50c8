//! A CSI driver attaches only so many volumes to a node.
//!
//! Models `plugins/nodevolumelimits` `csi.go` (v1.36). Not modelled: VolumeAttachments of volumes that no Pod uses, and in-tree volumes
//! that are migrated to CSI.

use podlapse_model::api::core::v1::PersistentVolumeClaim;
use podlapse_model::{Metadata, SortedMap, SortedSet, claim_class};

use super::{Cx, PreFilter};
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;
use crate::scheduler::status::{Plugin, Status};

/// A volume as `(driver, handle)`.
type VolumeId = (String, String);

/// Skips Pods without claims.
pub(crate) fn pre_filter(cx: Cx<'_>) -> PreFilter<()> {
    if cx.pod.claims.is_empty() { PreFilter::Skip } else { PreFilter::Run(()) }
}

/// Rejects a node that would have more volumes of a driver than its CSINode allows.
pub(crate) fn filter(cx: Cx<'_>, node: &NodeInfo) -> Option<Status> {
    if let Some(missing) = cx.pod.claims.iter().find(|claim| cx.listers.claim(&cx.pod.key.namespace, &claim.name).is_none()) {
        let reason = format!("persistentvolumeclaim \"{}\" not found", missing.name);
        return Some(Status::unresolvable(Plugin::NodeVolumeLimits, reason));
    }
    let csi_node = cx.listers.csi_node(&node.name)?;
    let limits: SortedMap<&str, i64> = csi_node
        .spec
        .drivers
        .iter()
        .filter_map(|driver| Some((driver.name.as_str(), i64::from(driver.allocatable.as_ref()?.count?))))
        .collect();
    if limits.is_empty() {
        return None;
    }
    let attached: SortedSet<VolumeId> = node.pods.iter().flat_map(|pod| volume_ids(cx, pod)).collect();
    let new: SortedSet<VolumeId> = volume_ids(cx, cx.pod).filter(|volume| !attached.contains(volume)).collect();
    let count = |volumes: &SortedSet<VolumeId>, driver: &str| volumes.iter().filter(|(of, _)| of == driver).count() as i64;
    let is_over = |driver: &str, limit: i64| count(&new, driver) > 0 && count(&attached, driver) + count(&new, driver) > limit;
    if limits.iter().any(|(driver, limit)| is_over(driver, *limit)) {
        return Some(Status::unschedulable(Plugin::NodeVolumeLimits, "node(s) exceed max volume count"));
    }
    None
}

fn volume_ids<'a>(cx: Cx<'a>, pod: &'a PodInfo) -> impl Iterator<Item = VolumeId> + 'a {
    pod.claims.iter().filter_map(move |claim| volume_id(cx, cx.listers.claim(&pod.key.namespace, &claim.name)?))
}

/// The volume of a claim; one that is still to be made has a name of its own.
fn volume_id(cx: Cx<'_>, claim: &PersistentVolumeClaim) -> Option<VolumeId> {
    let bound = claim.spec.as_ref().and_then(|spec| spec.volume_name.as_deref()).filter(|name| !name.is_empty());
    if let Some(volume) = bound.and_then(|name| cx.listers.volume(name)) {
        let csi = volume.spec.as_ref()?.csi.as_ref()?;
        return Some((csi.driver.clone(), csi.volume_handle.clone()));
    }
    let class = cx.listers.storage_class(claim_class(claim))?;
    let metadata = &claim.metadata;
    let handle = format!("{}/{}", metadata.namespace(), metadata.name());
    Some((class.provisioner.clone(), handle))
}
