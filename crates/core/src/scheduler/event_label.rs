//! What the scheduler calls the changes that move Pods between its queues, and which of them a plugin waits for.
//!
//! Models `pkg/scheduler/framework/events.go` and `ClusterEvent.Label`, and the plugins' `EventsToRegister` (v1.36).

use std::fmt;

use podlapse_model::Object;

use super::status::Plugin;

/// The name of a change: a resource and what happened to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventLabel {
    /// The resource; empty for what the queue does by itself.
    pub resource: &'static str,
    /// What happened to it.
    pub action: &'static str,
}

impl EventLabel {
    /// A Pod that waits for a node came.
    pub(crate) const POD_ADD: EventLabel = EventLabel { resource: "UnscheduledPod", action: "Add" };
    /// A Pod that waits for a node was changed.
    pub(crate) const POD_UPDATE: EventLabel = EventLabel { resource: "UnscheduledPod", action: "Update" };
    /// An attempt found no node.
    pub(crate) const ATTEMPT_FAILED: EventLabel = EventLabel { resource: "", action: "ScheduleAttemptFailure" };
    /// A back-off is over.
    pub(crate) const BACKOFF_COMPLETE: EventLabel = EventLabel { resource: "", action: "BackoffComplete" };
    /// The Pod was unschedulable for too long.
    pub(crate) const TIMEOUT: EventLabel = EventLabel { resource: "", action: "UnschedulableTimeout" };

    /// The name of a change of the cluster.
    pub(crate) fn of(before: Option<&Object>, after: Option<&Object>) -> EventLabel {
        let resource = match after.or(before) {
            Some(Object::Pod(_)) => "AssignedPod",
            Some(object) => object.kind().name(),
            None => "",
        };
        let action = match (before, after) {
            (None, _) => "Add",
            (Some(_), None) => "Delete",
            (Some(Object::Node(before)), Some(Object::Node(after))) => node_action(before, after),
            (Some(_), Some(_)) => "Update",
        };
        EventLabel { resource, action }
    }
}

fn node_action(before: &podlapse_model::api::core::v1::Node, after: &podlapse_model::api::core::v1::Node) -> &'static str {
    let allocatable = |node: &podlapse_model::api::core::v1::Node| node.status.as_ref().map(|status| status.allocatable.clone());
    let spec =
        |node: &podlapse_model::api::core::v1::Node| node.spec.as_ref().map(|spec| (spec.taints.clone(), spec.unschedulable));
    if allocatable(before) != allocatable(after) {
        "UpdateNodeAllocatable"
    } else if before.metadata.labels != after.metadata.labels {
        "UpdateNodeLabel"
    } else if spec(before) != spec(after) {
        "UpdateNodeTaint"
    } else {
        "Update"
    }
}

impl fmt::Display for EventLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.resource)?;
        f.write_str(self.action)
    }
}

impl Plugin {
    /// The changes after which a Pod that this plugin rejected is looked at again.
    ///
    /// ```
    /// use podlapse_core::scheduler::Plugin;
    /// assert!(Plugin::NodeResourcesFit.waits_for().contains(&"AssignedPodDelete"));
    /// ```
    pub const fn waits_for(self) -> &'static [&'static str] {
        match self {
            Plugin::SchedulingGates => &["UnscheduledPodUpdatePodSchedulingGatesEliminated"],
            Plugin::NodeUnschedulable | Plugin::TaintToleration => {
                &["NodeAdd", "NodeUpdateNodeTaint", "UnscheduledPodUpdatePodToleration"]
            }
            Plugin::NodeName => &["NodeAdd"],
            Plugin::NodeAffinity => &["NodeAdd", "NodeUpdateNodeLabel"],
            Plugin::NodePorts => &["AssignedPodDelete", "NodeAdd"],
            Plugin::NodeResourcesFit => &["AssignedPodDelete", "PodUpdatePodScaleDown", "NodeAdd", "NodeUpdateNodeAllocatable"],
            Plugin::VolumeRestrictions => &["AssignedPodDelete", "PersistentVolumeClaimAdd", "PersistentVolumeClaimUpdate"],
            Plugin::NodeVolumeLimits => {
                &["CSINodeAdd", "CSINodeUpdate", "AssignedPodDelete", "PersistentVolumeClaimAdd", "VolumeAttachmentDelete"]
            }
            Plugin::VolumeBinding => &[
                "StorageClassAdd",
                "StorageClassUpdate",
                "PersistentVolumeClaimAdd",
                "PersistentVolumeClaimUpdate",
                "PersistentVolumeAdd",
                "PersistentVolumeUpdate",
                "NodeAdd",
                "NodeUpdateNodeLabel",
                "CSINodeAdd",
                "CSINodeUpdate",
                "CSIDriverUpdate",
                "CSIStorageCapacityAdd",
                "CSIStorageCapacityUpdate",
            ],
            Plugin::VolumeZone => &[
                "StorageClassAdd",
                "NodeAdd",
                "NodeUpdateNodeLabel",
                "PersistentVolumeClaimAdd",
                "PersistentVolumeClaimUpdate",
                "PersistentVolumeAdd",
                "PersistentVolumeUpdate",
            ],
            Plugin::PodTopologySpread => {
                &["AssignedPodAdd", "AssignedPodDelete", "PodUpdatePodLabel", "NodeAdd", "NodeDelete", "NodeUpdateNodeLabel"]
            }
            Plugin::InterPodAffinity => {
                &["AssignedPodAdd", "AssignedPodDelete", "PodUpdatePodLabel", "NodeAdd", "NodeUpdateNodeLabel"]
            }
            Plugin::NodeDeclaredFeatures => &["NodeAdd", "NodeUpdateNodeDeclaredFeature", "PodUpdate"],
            Plugin::DynamicResources
            | Plugin::NodeResourcesBalancedAllocation
            | Plugin::ImageLocality
            | Plugin::DefaultPreemption => &[],
        }
    }
}
