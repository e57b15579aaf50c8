//! Cleaning up what no Pod accounts for.
//!
//! Models `pkg/kubelet/kubelet_pods.go` `HandlePodCleanups` (v1.36), as far as something is to be seen of it: containers that run
//! without a Pod that this kubelet knows are stopped with a second of grace, and mirrors of static Pods that are gone are deleted. A
//! round that would find nothing is not simulated.

use podlapse_model::SortedSet;

use podlapse_model::{SimDuration, Uid};

use super::machine::{Kubelet, KubeletContext, KubeletOutput, Waiter};
use crate::cri::{Call, ContainerState, RuntimePods, SandboxState};

/// The grace of a Pod that is not known (`killPodOptions`), never less than the least that a container gets.
const ORPHAN_GRACE: SimDuration = SimDuration::from_secs(2);

impl Kubelet {
    /// Asks what runs.
    pub(super) fn begin_clean_up(&mut self, out: &mut KubeletOutput) {
        self.call(Waiter::Housekeeping, Call::ListPods, out);
    }

    /// Stops what belongs to no Pod, and deletes mirrors that show none.
    pub(super) fn clean_up(&mut self, cx: &KubeletContext<'_>, pods: &RuntimePods, out: &mut KubeletOutput) {
        let orphans: SortedSet<Uid> = pods
            .sandboxes
            .iter()
            .filter(|sandbox| !self.workers.contains_key(&sandbox.pod))
            .map(|sandbox| sandbox.pod.clone())
            .collect();
        for container in &pods.containers {
            if orphans.contains(&container.pod) && container.state == ContainerState::Running {
                self.call(Waiter::Nobody, Call::StopContainer { id: container.id.clone(), timeout: ORPHAN_GRACE }, out);
                self.arm_clean_up(cx, out);
            }
        }
        for sandbox in &pods.sandboxes {
            let has_ended = !pods
                .containers
                .iter()
                .any(|container| container.pod == sandbox.pod && container.state == ContainerState::Running);
            if orphans.contains(&sandbox.pod) && sandbox.state == SandboxState::Ready && has_ended {
                self.call(Waiter::Nobody, Call::StopPodSandbox(sandbox.id.clone()), out);
            }
        }
        self.delete_orphaned_mirrors(cx, out);
    }
}
