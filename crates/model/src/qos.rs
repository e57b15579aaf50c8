//! Quality of service of Pods, and how soon the kernel ends their containers when memory runs out.
//!
//! Models `pkg/apis/core/v1/helper/qos` `ComputePodQOS` and `pkg/kubelet/qos` `GetContainerOOMScoreAdjust` (v1.36).

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};

use crate::Quantity;
use crate::resources::resource_list;
use crate::resources::{ResourceList, ResourceOptions, add_resources, container_requests, has_pod_level_requests, is_sidecar};

/// `status.qosClass`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QosClass {
    /// All CPU and memory is requested and limited alike.
    Guaranteed,
    /// Something is requested or limited.
    Burstable,
    /// No CPU and no memory is requested or limited.
    BestEffort,
}

impl QosClass {
    /// The class as the API spells it.
    pub const fn name(self) -> &'static str {
        match self {
            QosClass::Guaranteed => "Guaranteed",
            QosClass::Burstable => "Burstable",
            QosClass::BestEffort => "BestEffort",
        }
    }

    /// The class of a Pod by its spec.
    ///
    /// ```
    /// use podlapse_model::{QosClass, api::core::v1::PodSpec};
    /// assert_eq!(QosClass::of(&PodSpec::default()), QosClass::BestEffort);
    /// ```
    pub fn of(spec: &PodSpec) -> QosClass {
        let (mut requests, mut limits, mut all_limited) = (ResourceList::new(), ResourceList::new(), true);
        if let Some(resources) = &spec.resources {
            add_resources(&mut requests, &counted(resource_list(resources.requests.as_ref())));
            let pod_limits = resource_list(resources.limits.as_ref());
            add_resources(&mut limits, &counted(pod_limits.clone()));
            all_limited = pod_limits.is_empty() || counted(pod_limits).len() == 2;
        } else {
            for container in spec.containers.iter().chain(spec.init_containers.iter().flatten()) {
                let resources = container.resources.as_ref();
                let own = counted(resource_list(resources.and_then(|resources| resources.limits.as_ref())));
                all_limited &= own.len() == 2;
                add_resources(&mut limits, &own);
                add_resources(
                    &mut requests,
                    &counted(resource_list(resources.and_then(|resources| resources.requests.as_ref()))),
                );
            }
        }
        if requests.is_empty() && limits.is_empty() {
            QosClass::BestEffort
        } else if all_limited && requests == limits {
            QosClass::Guaranteed
        } else {
            QosClass::Burstable
        }
    }
}

/// The amounts that decide the class: CPU and memory above zero.
fn counted(mut list: ResourceList) -> ResourceList {
    list.retain(|name, quantity| matches!(name.as_str(), "cpu" | "memory") && quantity.signum() > 0);
    list
}

const GUARANTEED_ADJUSTMENT: i64 = -997;
const BEST_EFFORT_ADJUSTMENT: i64 = 1000;
/// The least priority of a Pod that the system needs (`SystemCriticalPriority`).
pub const SYSTEM_CRITICAL_PRIORITY: i32 = 2_000_000_000;

/// The `oom_score_adj` of a container on a node with so many bytes of memory: higher dies sooner.
pub fn oom_score_adjustment(pod: &Pod, container: &Container, memory_capacity: i64) -> i64 {
    let Some(spec) = &pod.spec else { return BEST_EFFORT_ADJUSTMENT };
    let is_critical = spec.priority.is_some_and(|priority| priority >= SYSTEM_CRITICAL_PRIORITY);
    if is_critical && spec.priority_class_name.as_deref() == Some("system-node-critical") {
        return GUARANTEED_ADJUSTMENT;
    }
    match QosClass::of(spec) {
        QosClass::Guaranteed => return GUARANTEED_ADJUSTMENT,
        QosClass::BestEffort => return BEST_EFFORT_ADJUSTMENT,
        QosClass::Burstable => {}
    }
    let share = unassigned_memory_share(spec);
    let adjustment =
        |memory: i64| 1000_i64.wrapping_sub(1000_i64.wrapping_mul(memory.wrapping_add(share)) / memory_capacity.max(1));
    let mut score = adjustment(memory_request(container));
    let init_containers = spec.init_containers.as_deref().unwrap_or_default();
    if init_containers.iter().any(|init| is_sidecar(init) && init.name == container.name) {
        // A sidecar is never ended sooner than the containers that it serves.
        let least = spec.containers.iter().map(memory_request).min().unwrap_or(0);
        score = score.min(adjustment(least));
    }
    // Only the best-effort score itself is avoided: containers that request more than their Pod as a whole lie above it.
    if score == BEST_EFFORT_ADJUSTMENT { score - 1 } else { score.max(1000 + GUARANTEED_ADJUSTMENT) }
}

fn memory_request(container: &Container) -> i64 {
    let requests = container.resources.as_ref().and_then(|resources| resources.requests.as_ref());
    requests.and_then(|requests| requests.get("memory")).map_or(0, |memory| Quantity::of(memory).value())
}

/// Bytes for each container of the memory that the Pod as a whole requests beyond its containers; negative if they request more.
fn unassigned_memory_share(spec: &PodSpec) -> i64 {
    let whole = spec.resources.as_ref().and_then(|resources| resources.requests.as_ref()?.get("memory"));
    let (Some(whole), true) = (whole, has_pod_level_requests(spec)) else { return 0 };
    let mut rest = Quantity::of(whole);
    if rest.is_zero() {
        return 0;
    }
    if let Some(assigned) = container_requests(spec, None, &ResourceOptions::default()).get("memory") {
        rest -= assigned;
    }
    let containers = spec.containers.len() + spec.init_containers.as_ref().map_or(0, Vec::len);
    if containers == 0 { 0 } else { rest.value() / containers as i64 }
}
