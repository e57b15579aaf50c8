//! The priority classes that every cluster has.
//!
//! Models `pkg/apis/scheduling/v1/helpers.go` `SystemPriorityClasses` (v1.36).

/// A priority class of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemPriorityClass {
    /// Its name.
    pub name: &'static str,
    /// The priority of its Pods.
    pub value: i32,
    /// Whom it is for.
    pub description: &'static str,
}

/// All of them.
///
/// ```
/// let [cluster, node] = podlapse_model::SYSTEM_PRIORITY_CLASSES;
/// assert!(cluster.value < node.value);
/// ```
pub const SYSTEM_PRIORITY_CLASSES: [SystemPriorityClass; 2] = [
    SystemPriorityClass {
        name: "system-cluster-critical",
        value: 2_000_000_000,
        description: "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    },
    SystemPriorityClass {
        name: "system-node-critical",
        value: 2_000_001_000,
        description: "Used for system critical pods that must not be moved from their current node.",
    },
];
