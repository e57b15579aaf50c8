//! A Pod on a node is changed only as far as its node can take it.
//!
//! Models `plugin/pkg/admission/nodedeclaredfeatures` `validatePodUpdate` and `plugin/pkg/admission/podresize` `validatePodResize`
//! (v1.36): the kubelet must declare that it can carry the change out, its node must be able to give what the Pod is to have, and run
//! Linux.

use podlapse_manifest::Subresource;
use podlapse_model::api::core::v1::{Node, Pod};
use podlapse_model::{Metadata, Object, Quantity, ResourceOptions, pod_requests, resource_list};

use super::Attributes;
use crate::declared_features::{missing, needed_to_change};
use crate::store::{ApiError, Store};

const OS_LABEL: &str = "kubernetes.io/os";

/// Refuses what the node of a changed Pod cannot do.
pub(super) fn check(store: &Store, attributes: Attributes<'_>) -> Result<(), ApiError> {
    let (Object::Pod(pod), Some(Object::Pod(old))) = (attributes.object, attributes.old) else { return Ok(()) };
    let (Some(spec), Some(before)) = (&pod.spec, &old.spec) else { return Ok(()) };
    let Some(name) = spec.node_name.as_deref().filter(|name| !name.is_empty()) else { return Ok(()) };
    let is_resize = attributes.through == Subresource::Resize;
    if !(is_resize || attributes.through == Subresource::None) || spec == before {
        return Ok(());
    }
    let needed = needed_to_change(before, spec);
    if !is_resize && needed.is_empty() {
        return Ok(());
    }
    let forbidden = |why: String| Err(ApiError::forbidden(attributes.key, why));
    let Some(node) = store.node(name) else { return forbidden(format!("node \"{name}\" not found")) };
    let missing = missing(&needed, node);
    if !missing.is_empty() {
        let features = missing.join(", ");
        return forbidden(format!("pod update requires features {features} which are not available on node \"{name}\""));
    }
    if !is_resize {
        return Ok(());
    }
    if let Some(why) = shortage(pod, node) {
        return forbidden(why);
    }
    match node.label(OS_LABEL).unwrap_or_default() {
        "linux" => Ok(()),
        os => forbidden(format!("pod resize is only supported on linux nodes, node \"{name}\" is \"{os}\"")),
    }
}

/// What a node can never give.
fn shortage(pod: &Pod, node: &Node) -> Option<String> {
    let allocatable = resource_list(node.status.as_ref().and_then(|status| status.allocatable.as_ref()));
    let requests = pod_requests(pod, &ResourceOptions::default());
    let beyond = |resource: &str, amount: fn(&Quantity) -> i64| {
        let [requested, allocatable] = [&requests, &allocatable].map(|list| list.get(resource).map_or(0, amount));
        (allocatable < requested).then(|| format!("{resource}, requested: {requested}, allocatable: {allocatable}"))
    };
    let short: Vec<String> =
        [beyond("cpu", Quantity::milli_value), beyond("memory", Quantity::value)].into_iter().flatten().collect();
    (!short.is_empty()).then(|| format!("Node didn't have enough allocatable resources: {}", short.join("; ")))
}
