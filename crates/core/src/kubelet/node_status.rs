//! What the kubelet tells of its node.
//!
//! Models `pkg/kubelet/nodestatus/setters.go` `ReadyCondition` (v1.36) as far as the network decides it. Not modelled: heartbeats,
//! leases, pressure conditions.

use podlapse_model::api::core::v1::{Node, NodeCondition};

use super::machine::{Kubelet, KubeletContext, KubeletOutput};
use crate::store::Request;
use crate::why::{Fact, Rule};

const NETWORK_NOT_READY: &str = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady \
                                 message:Network plugin returns error: cni plugin not initialized";

impl Kubelet {
    /// Reports whether the node is ready, if that changed.
    pub(super) fn report_node(&mut self, cx: &mut KubeletContext<'_>, out: &mut KubeletOutput) {
        let Some(node) = cx.store.node(&self.node) else { return };
        let (status, reason, message) = if self.is_network_ready {
            ("True", "KubeletReady", "kubelet is posting ready status")
        } else {
            ("False", "KubeletNotReady", NETWORK_NOT_READY)
        };
        let mut node = Node::clone(node);
        let conditions = node.status.get_or_insert_default().conditions.get_or_insert_default();
        let now = cx.wall.time(cx.now);
        let old = conditions.iter().position(|condition| condition.type_ == "Ready");
        if old.is_some_and(|index| conditions[index].status == status) {
            return;
        }
        let ready = NodeCondition {
            type_: "Ready".to_owned(),
            status: status.to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            last_heartbeat_time: Some(now.clone()),
            last_transition_time: Some(now),
        };
        match old {
            Some(index) => conditions[index] = ready,
            None => conditions.push(ready),
        }
        out.because(Rule::NodeStatusReported, [Fact::Node(self.node.clone()), Fact::Word(reason.into())]);
        out.requests.push(Request::UpdateStatus(node.into()));
    }
}
