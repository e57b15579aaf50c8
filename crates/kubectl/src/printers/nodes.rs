//! The row of a Node. Models `printNode`.

use podlapse_model::SortedSet;

use podlapse_model::api::core::v1::{Node, NodeStatus};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;

use super::format::{name, or_none};
use super::{cells, shown, wide};
use crate::duration::age;
use crate::table::{Cell, Column};

pub(super) const COLUMNS: &[Column] = &[
    shown("Name"),
    shown("Status"),
    shown("Roles"),
    shown("Age"),
    shown("Version"),
    wide("Internal-IP"),
    wide("External-IP"),
    wide("OS-Image"),
    wide("Kernel-Version"),
    wide("Container-Runtime"),
];

pub(super) fn row(node: &Node, now: &Time) -> Vec<Cell<'static>> {
    let empty = NodeStatus::default();
    let status = node.status.as_ref().unwrap_or(&empty);
    let info = status.node_info.as_ref();
    let known = |text: Option<&String>| text.filter(|text| !text.is_empty()).map_or("<unknown>", String::as_str).to_owned();
    let kernel = known(info.map(|info| &info.kernel_version));
    let architecture = known(info.map(|info| &info.architecture));
    cells![
        name(&node.metadata),
        node_status(node, status),
        or_none(Some(&node_roles(node).join(","))),
        age(node.metadata.creation_timestamp.as_ref(), now),
        info.map_or("", |info| &info.kubelet_version),
        or_none(address(status, "InternalIP")),
        or_none(address(status, "ExternalIP")),
        known(info.map(|info| &info.os_image)),
        format!("{kernel} ({architecture})"),
        known(info.map(|info| &info.container_runtime_version)),
    ]
}

fn node_status(node: &Node, status: &NodeStatus) -> String {
    let ready = status.conditions.iter().flatten().rfind(|condition| condition.type_ == "Ready");
    let mut text = match ready {
        None => "Unknown",
        Some(condition) if condition.status == "True" => "Ready",
        Some(_) => "NotReady",
    }
    .to_owned();
    if node.spec.as_ref().and_then(|spec| spec.unschedulable) == Some(true) {
        text.push_str(",SchedulingDisabled");
    }
    text
}

/// `findNodeRoles`: the roles that the labels give the node, sorted.
pub(crate) fn node_roles(node: &Node) -> Vec<String> {
    let labels = node.metadata.labels.iter().flatten();
    let roles = labels.filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
        Some(role) => Some(role),
        None => (key == "kubernetes.io/role").then_some(value.as_str()),
    });
    roles.filter(|role| !role.is_empty()).map(str::to_owned).collect::<SortedSet<_>>().into_iter().collect()
}

fn address<'a>(status: &'a NodeStatus, kind: &str) -> Option<&'a str> {
    status.addresses.iter().flatten().find(|address| address.type_ == kind).map(|address| address.address.as_str())
}
