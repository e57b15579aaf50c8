//! What the kubelet has granted to containers, and changes of it while they run.
//!
//! Models `pkg/kubelet/allocation` `handlePodResourcesResize` and `retryPendingResizes`, and of `pkg/kubelet/kuberuntime`
//! `computePodResizeAction` what it decides (v1.36): a change that the node has room for is granted and then carried out, by a restart
//! where the container's policy asks for one; one that it has no room for now is looked at again when Pods leave, and every three
//! minutes; one that is more than the node has stays undone. Not modelled: static managers.

use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::{Container, Node, Pod, PodCondition, ResourceRequirements};
use podlapse_model::{ResourceOptions, SimDuration, SortedMap, Uid, is_sidecar, pod_requests, resource_list};

use super::admission::{shortages, units};
use super::container_spec::is_static;
use super::machine::{Kubelet, KubeletContext, KubeletOutput, KubeletTimer, Waiter};
use super::pod_actions::{ContainerToKill, KillReason, PodActions};
use super::pod_worker::Phase;
use super::runtime_status::RuntimeStatus;
use crate::cri::{Call, ContainerId};
use crate::events::{EventType, PodEvent};
use crate::why::{Fact, Rule};

/// `retryDelay`.
const RETRY_DELAY: SimDuration = SimDuration::from_secs(180);

/// By container.
type Resources = BTreeMap<String, ResourceRequirements>;

/// What stands for the Pod as a whole among them; no container has such a name. Its cgroup changes at once.
const WHOLE_POD: &str = "";

/// What one Pod was granted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Allocation {
    /// By container.
    granted: Resources,
    /// What containers run with, where that is something else.
    actual: Resources,
    /// The generation whose change is being carried out.
    in_progress: Option<i64>,
    /// A change that is not granted.
    pending: Option<Pending>,
}

#[derive(Clone, Debug, PartialEq)]
struct Pending {
    reason: &'static str,
    message: String,
    generation: i64,
}

/// The grants of a node, by Pod.
pub(super) type Allocations = SortedMap<Uid, Allocation>;

/// What becomes of a container whose resources changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resize {
    /// Nothing changed.
    None,
    /// It goes on with other resources.
    InPlace,
    /// It is started anew.
    Restart,
}

impl Allocation {
    /// The Pod with what it was granted, rather than what it asks for (`UpdatePodFromAllocation`).
    fn apply(&self, pod: &Arc<Pod>) -> Arc<Pod> {
        if resources_of(pod) == self.granted {
            return pod.clone();
        }
        let mut pod = Pod::clone(pod);
        for container in containers_mut(&mut pod) {
            container.resources = self.granted.get(&container.name).cloned().or(container.resources.take());
        }
        if let Some(spec) = &mut pod.spec {
            spec.resources = self.granted.get(WHOLE_POD).cloned();
        }
        Arc::new(pod)
    }

    /// What a container runs with.
    pub(super) fn actual(&self, container: &str) -> Option<&ResourceRequirements> {
        self.actual.get(container)
    }

    /// What is to be done with a container that runs.
    pub(super) fn resize(&self, container: &Container) -> Resize {
        let Some(actual) = self.actual.get(&container.name) else { return Resize::None };
        let wanted = container.resources.clone().unwrap_or_default();
        let differs = |resource: &str| {
            let of = |resources: &ResourceRequirements| {
                let amount = |list: &Option<BTreeMap<String, _>>| resource_list(list.as_ref()).get(resource).cloned();
                (amount(&resources.limits), amount(&resources.requests))
            };
            of(actual) != of(&wanted)
        };
        let changed: Vec<&str> = ["cpu", "memory"].into_iter().filter(|resource| differs(resource)).collect();
        let restarts = |resource: &&str| {
            let mut policies = container.resize_policy.iter().flatten();
            policies.any(|policy| policy.resource_name == **resource && policy.restart_policy == "RestartContainer")
        };
        match changed.as_slice() {
            [] => Resize::None,
            changed if changed.iter().any(restarts) => Resize::Restart,
            _ => Resize::InPlace,
        }
    }

    /// The conditions that tell of a change (`GetPodResizeConditions`).
    pub(super) fn conditions(&self) -> Vec<PodCondition> {
        let condition = |type_: &str, generation: i64| PodCondition {
            type_: type_.to_owned(),
            status: "True".to_owned(),
            observed_generation: Some(generation),
            ..PodCondition::default()
        };
        let pending = self.pending.as_ref().map(|pending| PodCondition {
            reason: Some(pending.reason.to_owned()),
            message: Some(pending.message.clone()),
            ..condition("PodResizePending", pending.generation)
        });
        let in_progress = self.in_progress.map(|generation| condition("PodResizeInProgress", generation));
        pending.into_iter().chain(in_progress).collect()
    }
}

fn containers(pod: &Pod) -> impl Iterator<Item = &Container> {
    pod.spec.iter().flat_map(|spec| spec.init_containers.iter().flatten().chain(&spec.containers))
}

fn containers_mut(pod: &mut Pod) -> impl Iterator<Item = &mut Container> {
    pod.spec.iter_mut().flat_map(|spec| spec.init_containers.iter_mut().flatten().chain(&mut spec.containers))
}

fn resources_of(pod: &Pod) -> Resources {
    let whole = pod.spec.as_ref().and_then(|spec| spec.resources.clone()).map(|resources| (WHOLE_POD.to_owned(), resources));
    let parts = containers(pod).map(|container| (container.name.clone(), container.resources.clone().unwrap_or_default()));
    parts.chain(whole).collect()
}

/// The event's text: what went before, and the Pod's resources as JSON (`podResizeMessage`).
fn message(what: &str, pod: &Pod, generation: i64, error: &str) -> String {
    let list = |containers: &[Container]| -> Vec<serde_json::Value> {
        let one = |container: &Container| {
            let resources = podlapse_model::to_json(&container.resources.clone().unwrap_or_default());
            serde_json::json!({"name": container.name, "resources": resources})
        };
        containers.iter().map(one).collect()
    };
    let spec = pod.spec.as_ref();
    let mut parts = Vec::new();
    let init = spec.and_then(|spec| spec.init_containers.as_deref()).unwrap_or_default();
    if !init.is_empty() {
        parts.push(format!("\"initContainers\":{}", serde_json::Value::from(list(init))));
    }
    let regular = spec.map(|spec| spec.containers.as_slice()).unwrap_or_default();
    parts.push(format!("\"containers\":{}", serde_json::Value::from(list(regular))));
    parts.push(format!("\"generation\":{generation}"));
    if !error.is_empty() {
        parts.push(format!("\"error\":{}", serde_json::Value::from(error)));
    }
    format!("Pod resize {what}: {{{}}}", parts.join(","))
}

/// Whether a node can grant what a Pod asks for; if not, the reason and the sentence.
fn decide<'a>(node: &Node, pod: &Pod, others: impl Iterator<Item = &'a Pod> + Clone) -> Result<(), (&'static str, String)> {
    let allocatable = resource_list(node.status.as_ref().and_then(|status| status.allocatable.as_ref()));
    let requests = pod_requests(pod, &ResourceOptions::default());
    for resource in ["memory", "cpu"] {
        let amount = |list: &podlapse_model::ResourceList| list.get(resource).map_or(0, |quantity| units(resource, quantity));
        let (requested, capacity) = (amount(&requests), amount(&allocatable));
        if capacity < requested {
            let amounts = format!("{resource}, requested: {requested}, capacity: {capacity}");
            return Err(("Infeasible", format!("Node didn't have enough capacity: {amounts}")));
        }
    }
    match shortages(node, pod, others).first() {
        Some(shortage) => Err(("Deferred", shortage.refusal().message)),
        None => Ok(()),
    }
}

impl Kubelet {
    /// The Pod as it was granted.
    pub(super) fn granted(&self, uid: &Uid, pod: &Arc<Pod>) -> Arc<Pod> {
        self.allocations.get(uid).map_or_else(|| pod.clone(), |allocation| allocation.apply(pod))
    }

    /// A new Pod is granted what it asks for.
    pub(super) fn grant(&mut self, uid: &Uid, pod: &Pod) {
        self.allocations.entry(uid.clone()).or_insert_with(|| Allocation { granted: resources_of(pod), ..Allocation::default() });
    }

    /// A container started, or goes on, with what it was granted.
    pub(super) fn runs_with(&mut self, uid: &Uid, container: &Container) {
        if let Some(allocation) = self.allocations.get_mut(uid) {
            allocation.actual.insert(container.name.clone(), container.resources.clone().unwrap_or_default());
        }
    }

    /// The Pod asks for other resources than it was granted, or no longer does.
    pub(super) fn resize(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(pod) = self.workers.get(uid).map(|worker| worker.pod.clone()).filter(|pod| !is_static(pod)) else { return };
        let Some(allocation) = self.allocations.get(uid) else { return };
        let wanted = resources_of(&pod);
        if allocation.granted == wanted {
            if allocation.pending.is_some() {
                self.set_pending(uid, None);
                self.wake_worker(cx, uid, out);
            }
            return;
        }
        let Some(node) = cx.store.node(&self.node) else { return };
        let runs = |phase: &Phase| matches!(phase, Phase::Syncing | Phase::Terminating { .. });
        let others = self.workers.iter().filter(|(other, worker)| *other != uid && runs(&worker.phase));
        let others: Vec<Arc<Pod>> = others.map(|(other, worker)| self.granted(other, &worker.pod)).collect();
        let generation = pod.metadata.generation.unwrap_or_default();
        match decide(node, &pod, others.iter().map(AsRef::as_ref)) {
            Ok(()) => {
                if let Some(allocation) = self.allocations.get_mut(uid) {
                    allocation.granted = wanted;
                    allocation.pending = None;
                    allocation.in_progress = Some(generation);
                }
                self.tell_of_resize(cx, &pod, EventType::Normal, "ResizeStarted", message("started", &pod, generation, ""), out);
            }
            Err((reason, text)) => {
                let pending = Some(Pending { reason, message: text.clone(), generation });
                if allocation.pending == pending {
                    return;
                }
                self.set_pending(uid, pending);
                let event = if reason == "Infeasible" { "ResizeInfeasible" } else { "ResizeDeferred" };
                self.tell_of_resize(cx, &pod, EventType::Warning, event, message(reason, &pod, generation, &text), out);
                out.arm(KubeletTimer::Resizes, cx.now + RETRY_DELAY);
            }
        }
        self.wake_worker(cx, uid, out);
    }

    fn set_pending(&mut self, uid: &Uid, pending: Option<Pending>) {
        if let Some(allocation) = self.allocations.get_mut(uid) {
            allocation.pending = pending;
        }
    }

    fn tell_of_resize(
        &mut self,
        cx: &KubeletContext<'_>,
        pod: &Arc<Pod>,
        event_type: EventType,
        reason: &'static str,
        message: String,
        out: &mut KubeletOutput,
    ) {
        out.because(Rule::PodResized, [Fact::Message(message.as_str().into())]);
        self.event(cx, pod, PodEvent::pod(event_type, reason, message), out);
    }

    /// Pods left, or time has passed: changes that were put off are looked at again.
    pub(super) fn retry_resizes(&mut self, cx: &mut KubeletContext<'_>, out: &mut KubeletOutput) {
        let deferred = self
            .allocations
            .iter()
            .filter(|(_, allocation)| allocation.pending.as_ref().is_some_and(|pending| pending.reason == "Deferred"));
        let waiting: Vec<Uid> = deferred.map(|(uid, _)| uid.clone()).collect();
        for uid in &waiting {
            self.turn_to(uid, out);
            self.resize(cx, uid, out);
        }
        if !waiting.is_empty() {
            out.arm(KubeletTimer::Resizes, cx.now + RETRY_DELAY);
        }
    }

    /// Adds to a plan the restarts that changed resources ask for; returns the containers that go on with others.
    pub(super) fn plan_resizes(&self, uid: &Uid, pod: &Pod, seen: &RuntimeStatus, actions: &mut PodActions) -> Vec<String> {
        let mut in_place = Vec::new();
        let Some(allocation) = self.allocations.get(uid).filter(|_| !actions.kill_pod && !actions.create_sandbox) else {
            return in_place;
        };
        let regular = pod.spec.iter().flat_map(|spec| spec.containers.iter().enumerate());
        let init = pod.spec.iter().flat_map(|spec| spec.init_containers.iter().flatten().enumerate());
        let sidecars = init.filter(|(_, container)| is_sidecar(container));
        for (is_regular, (index, container)) in regular.map(|one| (true, one)).chain(sidecars.map(|one| (false, one))) {
            let running = seen.newest(&container.name).filter(|run| run.is_running());
            let Some(run) = running.filter(|run| actions.containers_to_kill.iter().all(|kill| kill.id != run.id)) else {
                continue;
            };
            match allocation.resize(container) {
                Resize::None => {}
                Resize::InPlace => in_place.push(container.name.clone()),
                Resize::Restart => {
                    actions.containers_to_kill.push(ContainerToKill {
                        id: run.id.clone(),
                        name: container.name.clone(),
                        reason: KillReason::DefinitionChanged,
                        message: format!("Container {} resize requires restart", container.name),
                    });
                    let starts =
                        if is_regular { &mut actions.containers_to_start } else { &mut actions.init_containers_to_start };
                    starts.push(index);
                    podlapse_model::sort(starts);
                }
            }
        }
        in_place
    }

    /// Containers go on with other resources (`doPodResizeAction`); the Pod is looked at again when the runtime has been.
    pub(super) fn update_resources(&mut self, uid: &Uid, pod: &Pod, names: &[String], out: &mut KubeletOutput) {
        let seen = self.seen(uid);
        for container in containers(pod).filter(|container| names.contains(&container.name)) {
            self.runs_with(uid, container);
            if let Some(id) = seen.newest(&container.name).map(|run| ContainerId(run.id.0.clone())) {
                let limit = container.resources.as_ref().and_then(|resources| resources.limits.as_ref()?.get("memory"));
                let memory_limit = limit.and_then(|limit| u64::try_from(podlapse_model::Quantity::of(limit).value()).ok());
                self.call(Waiter::Nobody, Call::UpdateContainerResources { id, memory_limit }, out);
            }
        }
        if let Some(worker) = self.workers.get_mut(uid) {
            worker.note_update();
        }
    }

    /// Every container runs with what it was granted: the change is told to be done.
    pub(super) fn finish_resize(&mut self, cx: &KubeletContext<'_>, uid: &Uid, pod: &Arc<Pod>, out: &mut KubeletOutput) {
        let Some(allocation) = self.allocations.get_mut(uid) else { return };
        let Some(generation) = allocation.in_progress else { return };
        let is_done = allocation.actual.iter().all(|(name, actual)| allocation.granted.get(name) == Some(actual));
        if is_done {
            allocation.in_progress = None;
            self.tell_of_resize(cx, pod, EventType::Normal, "ResizeCompleted", message("completed", pod, generation, ""), out);
        }
    }
}
