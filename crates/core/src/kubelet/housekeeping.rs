//! Cleaning up what no Pod accounts for.
//!
//! Models `pkg/kubelet/kubelet_pods.go` `HandlePodCleanups` (v1.36), as far as something is to be seen of it: containers that run
//! without a Pod that this kubelet knows are stopped with a second of grace, and mirrors of static Pods that are gone are deleted. A
//! round that would find nothing is not simulated.

use std::sync::Arc;

use podlapse_model::api::core::v1::{Container, Pod, PodSpec};
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::{SimDuration, SortedSet, Uid};

use super::machine::{Kubelet, KubeletContext, KubeletOutput, Waiter};
use crate::cri::{Call, ContainerState, ContainerStatus, RuntimePods, SandboxState, SandboxStatus};
use crate::events::{EventType, PodEvent};

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
        let runs = |container: &&ContainerStatus| container.state == ContainerState::Running && orphans.contains(&container.pod);
        for container in pods.containers.iter().filter(runs) {
            if !self.killed_orphans.contains(&container.pod) {
                let sandbox = pods.sandboxes.iter().find(|sandbox| sandbox.pod == container.pod);
                if let Some(pod) = sandbox.map(|sandbox| runtime_pod(sandbox, &container.name)) {
                    let message = format!("Stopping container {}", container.name);
                    let event = PodEvent::container(&pod, &container.name, EventType::Normal, "Killing", message);
                    self.event(cx, &pod, event, out);
                }
                self.call(Waiter::Nobody, Call::StopContainer { id: container.id.clone(), timeout: ORPHAN_GRACE }, out);
            }
            self.arm_clean_up(cx, out);
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
        self.killed_orphans = orphans;
        self.delete_orphaned_mirrors(cx, out);
    }
}

/// A Pod as far as the runtime knows it, with one of its containers (`Pod.ToAPIPod`).
fn runtime_pod(sandbox: &SandboxStatus, container: &str) -> Arc<Pod> {
    let (namespace, name) = &sandbox.pod_name;
    let metadata = ObjectMeta {
        name: Some(name.to_string()),
        namespace: Some(namespace.to_string()),
        uid: Some(sandbox.pod.to_string()),
        ..ObjectMeta::default()
    };
    let containers = vec![Container { name: container.to_owned(), ..Container::default() }];
    Arc::new(Pod { metadata, spec: Some(PodSpec { containers, ..PodSpec::default() }), ..Pod::default() })
}
