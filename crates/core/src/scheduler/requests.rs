//! What a Pod counts on its node.
//!
//! Models `pkg/scheduler/framework` `PodInfo.CalculateResource` and `plugins/noderesources` `calculatePodResourceRequest` (v1.36).

use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Quantity, ResourceList, ResourceOptions, has_pod_level_requests, non_missing_requests, pod_requests};

use super::resource::Resource;

/// Cpu and memory for scoring, with an amount for containers that request none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Milli-cpu.
    pub(crate) milli_cpu: i64,
    /// Bytes.
    pub(crate) memory: i64,
}

impl Counted {
    fn of(list: &ResourceList) -> Counted {
        let milli_cpu = list.get("cpu").map_or(0, Quantity::milli_value);
        Counted { milli_cpu, memory: list.get("memory").map_or(0, Quantity::value) }
    }
}

/// What a Pod asks for, in the ways in which it is counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requests {
    /// As it is.
    pub(crate) real: Resource,
    /// As an existing Pod counts in its node's sum.
    pub(crate) existing: Counted,
    /// As the incoming Pod counts.
    pub(crate) incoming: Counted,
}

impl Requests {
    /// Adds up a Pod's containers.
    pub(crate) fn of(pod: &Pod) -> Requests {
        let Some(spec) = &pod.spec else { return Requests::default() };
        let with = |non_missing: ResourceList| ResourceOptions { use_status: true, non_missing, ..ResourceOptions::default() };
        let real = pod_requests(pod, &with(ResourceList::new()));
        let defaults = non_missing_requests(&ResourceList::new(), spec);
        // The scorer of NodeResourcesFit is made without the gate for requests of the Pod as a whole, and does not see them.
        let incoming = Counted::of(&pod_requests(pod, &ResourceOptions { skip_pod_level: true, ..with(defaults) }));
        let existing = match has_pod_level_requests(spec) {
            true => Counted::of(&pod_requests(pod, &with(non_missing_requests(&real, spec)))),
            false => incoming,
        };
        Requests { real: Resource::of(&real), existing, incoming }
    }
}
