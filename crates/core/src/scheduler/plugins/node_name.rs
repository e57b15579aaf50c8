//! A Pod that names its node goes there or nowhere.
//!
//! Models `plugins/nodename` (v1.36).

use super::Cx;
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::node_name;
use crate::scheduler::status::{Plugin, Status};

/// Rejects every other node.
pub(crate) fn filter(cx: Cx<'_>, node: &NodeInfo) -> Option<Status> {
    let wanted = node_name(&cx.pod.pod);
    if wanted.is_empty() || wanted == &*node.name {
        return None;
    }
    Some(Status::unresolvable(Plugin::NodeName, "node(s) didn't match the requested node name"))
}
