//! What the scheduler asks of the cluster after an attempt.

use std::sync::Arc;

use super::decision::Nomination;
use super::plugins::volume_binding::VolumePlan;
use super::pod_info::PodKey;

/// One request to the API server.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Bind the Pod's claims as planned and wait for them, then bind the Pod; if that works, record [`scheduled_note`].
    Bind {
        /// The Pod.
        pod: PodKey,
        /// Its uid.
        uid: String,
        /// The node.
        node: Arc<str>,
        /// What comes first.
        volumes: VolumePlan,
    },
    /// Set the condition `DisruptionTarget` of a victim and delete it; then record the event `Preempted`.
    Evict {
        /// The victim.
        pod: PodKey,
        /// Its uid.
        uid: String,
        /// The condition's message; its reason is [`PREEMPTION_REASON`].
        message: String,
        /// The event's note.
        note: String,
    },
    /// Record a warning `FailedScheduling` about a Pod that is not tried because it is being deleted.
    Skip {
        /// The Pod.
        pod: PodKey,
        /// The event's note.
        note: String,
    },
    /// Take away a Pod's `status.nominatedNodeName`.
    ClearNomination {
        /// The Pod.
        pod: PodKey,
    },
    /// Record a warning `FailedScheduling` and set the condition `PodScheduled` to False.
    Fail {
        /// The Pod.
        pod: PodKey,
        /// Its uid.
        uid: String,
        /// The condition's reason.
        reason: &'static str,
        /// The condition's message.
        message: String,
        /// The event's note: the message, cut if it is too long.
        note: String,
        /// What becomes of `status.nominatedNodeName` in the same patch.
        nomination: Nomination,
    },
}

/// The reason of a victim's condition.
pub const PREEMPTION_REASON: &str = "PreemptionByScheduler";
/// The message of a victim's condition.
pub(crate) const PREEMPTION_MESSAGE: &str = "default-scheduler: preempting to accommodate a higher priority pod";

/// The note of the event `Scheduled`.
///
/// ```
/// use podlapse_core::scheduler::{PodKey, scheduled_note};
/// let pod = PodKey { namespace: "default".into(), name: "web".into() };
/// assert_eq!(scheduled_note(&pod, "node-1"), "Successfully assigned default/web to node-1");
/// ```
pub fn scheduled_note(pod: &PodKey, node: &str) -> String {
    format!("Successfully assigned {pod} to {node}")
}
