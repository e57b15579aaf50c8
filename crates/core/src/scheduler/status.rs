//! What a plugin answers: its name, a code and its reasons.
//!
//! Models `k8s.io/kube-scheduler/framework` `Status` and `Code` (v1.36) and the default profile's list of plugins.

use std::borrow::Cow;
use std::fmt;

/// The plugins of the default profile. The declared order is that of the real one's Filter and Score lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plugin {
    /// Holds a Pod back while it has scheduling gates.
    SchedulingGates,
    /// `spec.unschedulable` of a node.
    NodeUnschedulable,
    /// `spec.nodeName`.
    NodeName,
    /// Taints and tolerations.
    TaintToleration,
    /// `nodeSelector` and node affinity.
    NodeAffinity,
    /// Host ports.
    NodePorts,
    /// Free resources.
    NodeResourcesFit,
    /// Volumes that only one Pod may use.
    VolumeRestrictions,
    /// How many volumes of a driver a node takes.
    NodeVolumeLimits,
    /// Claims that are bound, or can be.
    VolumeBinding,
    /// Zone labels of persistent volumes.
    VolumeZone,
    /// Topology spread constraints.
    PodTopologySpread,
    /// Affinity and anti-affinity between Pods.
    InterPodAffinity,
    /// Resource claims; only present in the lists here.
    DynamicResources,
    /// Features that a node declares; only present in the lists here.
    NodeDeclaredFeatures,
    /// An even use of cpu and memory.
    NodeResourcesBalancedAllocation,
    /// Images that the node already holds.
    ImageLocality,
    /// Makes room by evicting Pods of lower priority.
    DefaultPreemption,
}

impl Plugin {
    /// The name in messages and profiles.
    pub const fn name(self) -> &'static str {
        match self {
            Plugin::SchedulingGates => "SchedulingGates",
            Plugin::NodeUnschedulable => "NodeUnschedulable",
            Plugin::NodeName => "NodeName",
            Plugin::TaintToleration => "TaintToleration",
            Plugin::NodeAffinity => "NodeAffinity",
            Plugin::NodePorts => "NodePorts",
            Plugin::NodeResourcesFit => "NodeResourcesFit",
            Plugin::VolumeRestrictions => "VolumeRestrictions",
            Plugin::NodeVolumeLimits => "NodeVolumeLimits",
            Plugin::VolumeBinding => "VolumeBinding",
            Plugin::VolumeZone => "VolumeZone",
            Plugin::PodTopologySpread => "PodTopologySpread",
            Plugin::InterPodAffinity => "InterPodAffinity",
            Plugin::DynamicResources => "DynamicResources",
            Plugin::NodeDeclaredFeatures => "NodeDeclaredFeatures",
            Plugin::NodeResourcesBalancedAllocation => "NodeResourcesBalancedAllocation",
            Plugin::ImageLocality => "ImageLocality",
            Plugin::DefaultPreemption => "DefaultPreemption",
        }
    }

    /// The weight of its score in the default profile; 0 if it does not score.
    pub const fn weight(self) -> i64 {
        match self {
            Plugin::TaintToleration => 3,
            Plugin::NodeAffinity | Plugin::PodTopologySpread | Plugin::InterPodAffinity | Plugin::DynamicResources => 2,
            Plugin::NodeResourcesFit
            | Plugin::VolumeBinding
            | Plugin::NodeResourcesBalancedAllocation
            | Plugin::ImageLocality => 1,
            Plugin::SchedulingGates
            | Plugin::NodeUnschedulable
            | Plugin::NodeName
            | Plugin::NodePorts
            | Plugin::VolumeRestrictions
            | Plugin::NodeVolumeLimits
            | Plugin::VolumeZone
            | Plugin::NodeDeclaredFeatures
            | Plugin::DefaultPreemption => 0,
        }
    }
}

impl fmt::Display for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a rejection means for later attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The plugin failed; the Pod is tried again after its back-off.
    Error,
    /// Evicting Pods could help.
    Unschedulable,
    /// Evicting Pods cannot help.
    UnschedulableAndUnresolvable,
}

impl Code {
    /// The code's name.
    pub const fn name(self) -> &'static str {
        match self {
            Code::Error => "Error",
            Code::Unschedulable => "Unschedulable",
            Code::UnschedulableAndUnresolvable => "UnschedulableAndUnresolvable",
        }
    }
}

/// One reason, as it is counted in the message.
pub type ReasonText = Cow<'static, str>;

/// A rejection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Who rejected; `None` for what the framework itself says of a node.
    pub plugin: Option<Plugin>,
    /// What it means.
    pub code: Code,
    /// Why, in the plugin's order.
    pub reasons: Vec<ReasonText>,
}

impl Status {
    /// Evicting Pods could help.
    pub(crate) fn unschedulable(plugin: Plugin, reason: impl Into<ReasonText>) -> Status {
        Status { plugin: Some(plugin), code: Code::Unschedulable, reasons: vec![reason.into()] }
    }

    /// Evicting Pods cannot help.
    pub(crate) fn unresolvable(plugin: Plugin, reason: impl Into<ReasonText>) -> Status {
        Status { plugin: Some(plugin), code: Code::UnschedulableAndUnresolvable, reasons: vec![reason.into()] }
    }

    /// All reasons in one line.
    pub fn message(&self) -> String {
        self.reasons.join(", ")
    }
}
