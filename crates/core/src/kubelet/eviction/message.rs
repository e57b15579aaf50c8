//! What is said of a Pod that has to make room.
//!
//! Models `pkg/kubelet/eviction/helpers.go` `evictionMessage` (v1.36).

use podlapse_model::api::core::v1::{Container, Pod};
use podlapse_model::{Format, Quantity, Uid};

use super::{Observation, Starved};
use crate::cri::Usages;

/// The message of a Pod's end: how little was left, and which containers used more than they request.
pub(super) fn eviction_message(pod: &Pod, uid: &Uid, usages: &Usages, starved: Starved, observed: Observation) -> String {
    let resource = starved.resource();
    let mut message = format!(
        "The node was low on resource: {resource}. Threshold quantity: {}, available: {}. ",
        bytes(observed.threshold),
        bytes(observed.available)
    );
    let containers = pod.spec.as_ref().map(|spec| spec.containers.as_slice()).unwrap_or_default();
    for usage in usages.containers.iter().filter(|usage| usage.pod == *uid) {
        let Some(container) = containers.iter().find(|container| container.name == *usage.container) else { continue };
        let request = request(container, resource);
        let used = match starved {
            Starved::Memory => usage.memory,
            Starved::Disk => usage.disk,
        };
        if request.value() < used {
            message.push_str(&format!(
                "Container {} was using {}, request is {request}, has larger consumption of {resource}. ",
                container.name,
                bytes(used)
            ));
        }
    }
    message
}

/// What a container requests of a resource.
pub(super) fn request(container: &Container, resource: &str) -> Quantity {
    let requests = container.resources.as_ref().and_then(|resources| resources.requests.as_ref());
    requests.and_then(|requests| requests.get(resource)).map_or(Quantity::ZERO, Quantity::of)
}

fn bytes(bytes: i64) -> Quantity {
    Quantity::new(bytes, Format::BinarySI)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cri::ContainerUsage;

    #[test]
    fn the_message_names_the_containers_that_use_more_than_they_request() {
        let pod = podlapse_model::from_json(serde_json::json!({"spec": {"containers": [
            {"name": "a", "resources": {"requests": {"memory": "100Mi"}}}, {"name": "b"}
        ]}}))
        .unwrap();
        let usage =
            |container: &str, memory| ContainerUsage { pod: "u".into(), container: container.into(), memory, disk: 5 << 30 };
        let usages = Usages { containers: vec![usage("a", 300 << 20), usage("b", 0)], volumes: Vec::new() };
        let observed = Observation { threshold: 100 << 20, available: 50 << 20 };
        assert_eq!(
            eviction_message(&pod, &"u".into(), &usages, Starved::Memory, observed),
            "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. Container a was using 300Mi, \
             request is 100Mi, has larger consumption of memory. "
        );
        let observed = Observation { threshold: 15 << 30, available: 0 };
        assert_eq!(
            eviction_message(&pod, &"u".into(), &usages, Starved::Disk, observed),
            "The node was low on resource: ephemeral-storage. Threshold quantity: 15Gi, available: 0. Container a was using 5Gi, \
             request is 0, has larger consumption of ephemeral-storage. Container b was using 5Gi, request is 0, has larger \
             consumption of ephemeral-storage. "
        );
    }
}
