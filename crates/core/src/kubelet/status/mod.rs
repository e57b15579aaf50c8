//! A Pod's status, as the kubelet reports it.
//!
//! Models `pkg/kubelet` `generateAPIPodStatus` and `convertStatusToAPIStatus` (v1.36). Not modelled: devices'
//! health, and the values that cgroups report for `status.resources`; the resources of the spec stand there.

mod conditions;
mod containers;
mod manager;
mod phase;
mod ready;

use podlapse_model::SortedMap;
use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::{HostIP, Pod, PodCondition, PodIP, PodSpec, PodStatus, ResourceRequirements};
use podlapse_model::apimachinery::pkg::api::resource::Quantity;
use podlapse_model::{QosClass, ResourceList, ResourceOptions, SimTime, pod_limits, pod_requests};

use super::probe::results::{ProbeKind, ProbeResults};
use super::restart_policy::{RuleAction, matching_rule};
use super::runtime_status::{RuntimeContainer, RuntimeStatus};
use crate::kernel::WallClock;

pub use conditions::is_kubelet_condition;
pub(super) use conditions::{ALL_RESTARTING, needs_readiness};
pub use manager::{CachedStatus, merge_status, set_container_readiness, set_container_startup, set_status, terminate_pod};
pub use phase::{Phase, PhaseReason, phase};

/// Why a container could not be started last time; it stays until a start succeeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartError {
    /// The reason of the waiting state, as in `CrashLoopBackOff`.
    pub reason: Arc<str>,
    /// Its message.
    pub message: Arc<str>,
}

/// The start errors of one Pod by container name. Models `pkg/kubelet` `ReasonCache`.
pub type StartErrors = SortedMap<Arc<str>, StartError>;

/// That the kubelet itself ends the Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eviction {
    /// As in `DeadlineExceeded`.
    pub reason: Arc<str>,
    /// The sentence.
    pub message: Arc<str>,
    /// What the condition `DisruptionTarget` says of it, where it is for the sake of others.
    pub disruption: Option<Arc<str>>,
}

/// What a status is made from.
#[derive(Clone, Copy)]
pub struct StatusInputs<'a> {
    /// The Pod as the kubelet sees it, with the status the API server has.
    pub pod: &'a Pod,
    /// The status that the kubelet set last.
    pub old: Option<&'a PodStatus>,
    /// What the runtime knows of it.
    pub seen: &'a RuntimeStatus,
    /// Why its containers could not be started.
    pub start_errors: &'a StartErrors,
    /// The results of its probes.
    pub probes: &'a ProbeResults,
    /// Whether a container's probe has a worker.
    pub has_worker: &'a dyn Fn(&str, ProbeKind) -> bool,
    /// Whether no container of the Pod will be started again.
    pub pod_is_terminal: bool,
    /// That the kubelet ends the Pod.
    pub eviction: Option<&'a Eviction>,
    /// The node's addresses; none before they are known.
    pub host_ips: &'a [Arc<str>],
    /// For timestamps.
    pub clock: WallClock,
    /// Containers that started before then ran before this kubelet did.
    pub found_before: Option<SimTime>,
    /// Conditions of a change of resources.
    pub resize: &'a [PodCondition],
    /// What a running container runs with, where that is known.
    pub actual: &'a dyn Fn(&str) -> Option<ResourceRequirements>,
}

/// A status and what came of making it.
#[derive(Clone, Debug, PartialEq)]
pub struct GeneratedStatus {
    /// The status, without transition times and start time, which [`set_status`] adds.
    pub status: PodStatus,
    /// Why its phase is what it is.
    pub phase_reason: PhaseReason,
    /// Containers whose readiness probe runs now, out of turn: they have started and are not ready.
    pub trigger_readiness: Vec<String>,
}

/// The status of a Pod.
pub fn generate_status(inputs: &StatusInputs<'_>) -> GeneratedStatus {
    let empty_spec = PodSpec::default();
    let empty_status = PodStatus::default();
    let spec = inputs.pod.spec.as_ref().unwrap_or(&empty_spec);
    let api = inputs.pod.status.as_ref().unwrap_or(&empty_status);
    let old = inputs.old.unwrap_or(api);

    let mut status = from_runtime(inputs, spec, old);
    let computed = phase(
        inputs.pod,
        status.container_statuses.iter().flatten().chain(status.init_container_statuses.iter().flatten()),
        inputs.pod_is_terminal,
        phase::any_regular_container_started(spec, inputs.seen),
    );
    let phase_reason = settle_phase(&mut status, computed, old, api, inputs.eviction);
    let trigger_readiness = ready::update(inputs, spec, &mut status);
    status.conditions = Some(conditions::generate(inputs, spec, &status, api, old));
    set_addresses(inputs, spec, &mut status);
    GeneratedStatus { status, phase_reason, trigger_readiness }
}

fn from_runtime(inputs: &StatusInputs<'_>, spec: &PodSpec, old: &PodStatus) -> PodStatus {
    let ips: Vec<PodIP> = inputs.seen.ips.iter().map(|ip| PodIP { ip: ip.to_string() }).collect();
    let qos_class = inputs.pod.status.as_ref().and_then(|status| status.qos_class.clone());
    let some = |list: Vec<_>| (!list.is_empty()).then_some(list);
    let options = ResourceOptions::default();
    let requests = api_list(&pod_requests(inputs.pod, &options));
    PodStatus {
        pod_ip: ips.first().map(|ip| ip.ip.clone()),
        pod_ips: (!ips.is_empty()).then_some(ips),
        qos_class: Some(qos_class.unwrap_or_else(|| QosClass::of(spec).name().to_owned())),
        container_statuses: some(containers::regular(inputs, spec, old)),
        init_container_statuses: some(containers::init(inputs, spec, old)),
        ephemeral_container_statuses: some(containers::ephemeral(inputs, spec, old)),
        resources: Some(ResourceRequirements {
            claims: None,
            limits: api_list(&pod_limits(inputs.pod, &options)),
            requests: requests.clone(),
        }),
        allocated_resources: requests,
        ..PodStatus::default()
    }
}

fn api_list(list: &ResourceList) -> Option<BTreeMap<String, Quantity>> {
    (!list.is_empty()).then(|| list.iter().map(|(name, quantity)| (name.clone(), quantity.to_api())).collect())
}

/// Puts the phase into the status: what has ended stays ended, and the words that belong to a phase stay with it.
fn settle_phase(
    status: &mut PodStatus,
    (computed, mut why): (Phase, PhaseReason),
    old: &PodStatus,
    api: &PodStatus,
    eviction: Option<&Eviction>,
) -> PhaseReason {
    let terminal = |status: &PodStatus| status.phase.as_deref().and_then(Phase::parse).filter(|phase| phase.is_terminal());
    let mut phase = computed;
    if let Some(ended) = terminal(old).or(terminal(api)).filter(|_| !computed.is_terminal()) {
        phase = ended;
        why = PhaseReason::AlreadyEnded;
    }
    if old.phase.as_deref() == Some(phase.as_str()) {
        let kept = |old: &Option<String>, api: &Option<String>| {
            old.clone().filter(|text| !text.is_empty()).or_else(|| api.clone()).filter(|text| !text.is_empty())
        };
        status.reason = kept(&old.reason, &api.reason);
        status.message = kept(&old.message, &api.message);
    }
    if let Some(eviction) = eviction {
        phase = Phase::Failed;
        why = PhaseReason::Evicted;
        status.reason = Some(eviction.reason.to_string());
        status.message = Some(eviction.message.to_string());
    }
    if let Some(ended) = terminal(api).filter(|ended| *ended != phase) {
        phase = ended;
        why = PhaseReason::AlreadyEnded;
    }
    status.phase = Some(phase.as_str().to_owned());
    why
}

fn set_addresses(inputs: &StatusInputs<'_>, spec: &PodSpec, status: &mut PodStatus) {
    let Some(first) = inputs.host_ips.first() else { return };
    status.host_ip = Some(first.to_string());
    status.host_ips = Some(inputs.host_ips.iter().map(|ip| HostIP { ip: ip.to_string() }).collect());
    if spec.host_network == Some(true) && status.pod_ip.is_none() {
        status.pod_ip = Some(first.to_string());
        status.pod_ips = Some(inputs.host_ips.iter().map(|ip| PodIP { ip: ip.to_string() }).collect());
    }
}

/// Whether a container's newest run ended with an exit code for which a rule restarts the whole Pod.
pub fn restarts_all_containers(spec: &PodSpec, seen: &RuntimeStatus) -> bool {
    spec.containers.iter().chain(spec.init_containers.iter().flatten()).any(|container| {
        let exit = seen.newest(&container.name).and_then(RuntimeContainer::exit);
        exit.is_some_and(|exit| matching_rule(container, exit.code) == Some(RuleAction::RestartAllContainers))
    })
}

/// The condition of this type.
fn find_condition<'a>(conditions: &'a [PodCondition], condition_type: &str) -> Option<&'a PodCondition> {
    conditions.iter().find(|condition| condition.type_ == condition_type)
}
