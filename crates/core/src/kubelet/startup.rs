//! How a kubelet begins.
//!
//! Models `pkg/kubelet/kubelet.go` `Run` and `fastStatusUpdateOnce`, `pkg/kubelet/kubelet_node_status.go` `registerWithAPIServer`, and
//! `pkg/kubelet/config/apiserver.go` `NewSourceApiserver` (v1.36): containers that run are found again, what the process before it
//! kept in memory is lost, and a second passes until it asks for its Pods.

use std::sync::Arc;

use podlapse_model::api::core::v1::{Node, Pod};
use podlapse_model::{Metadata, SimDuration, is_mirror};

use super::machine::{Kubelet, KubeletContext, KubeletOutput, KubeletTimer};
use crate::events::{EventType, PodEvent};

/// From the start to the first report of a node that the API does not know to be ready.
const FAST_STATUS: SimDuration = SimDuration::from_millis(30);
/// The first step of the registration's back-off.
const REGISTRATION: SimDuration = SimDuration::from_millis(120);
/// `WaitForAPIServerSyncPeriod`.
const API_SOURCE: SimDuration = SimDuration::from_secs(1);
/// `housekeepingPeriod`.
pub(super) const HOUSEKEEPING_PERIOD: SimDuration = SimDuration::from_secs(2);

impl Kubelet {
    /// The process begins on a machine that was registered as `machine`.
    pub(super) fn begin(
        &mut self,
        cx: &mut KubeletContext<'_>,
        is_network_ready: bool,
        machine: Arc<Node>,
        out: &mut KubeletOutput,
    ) {
        self.set_network(is_network_ready);
        self.machine = machine;
        self.tell_of_node(cx, PodEvent::pod(EventType::Normal, "Starting", "Starting kubelet.".to_owned()), out);
        self.relist(cx, out);
        out.arm(KubeletTimer::FastNodeStatus, cx.now + FAST_STATUS);
        out.arm(KubeletTimer::Registration, cx.now + REGISTRATION);
        out.arm(KubeletTimer::ApiSource, cx.now + API_SOURCE);
    }

    /// The machine as it was registered when the process began.
    pub fn set_machine(&mut self, machine: Arc<Node>) {
        self.machine = machine;
    }

    /// Whether the node's network is ready when the process begins.
    pub fn set_network(&mut self, is_ready: bool) {
        self.network = is_ready;
        self.is_network_ready = is_ready;
    }

    /// Asks for the Pods of the node, the oldest first, and watches them from then on.
    pub(super) fn list_pods(&mut self, cx: &mut KubeletContext<'_>, out: &mut KubeletOutput) {
        self.watches_pods = true;
        let store = cx.store;
        let is_here = |pod: &&Arc<Pod>| pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) == Some(&*self.node);
        let mut pods: Vec<Arc<Pod>> = store.all().filter(is_here).cloned().collect();
        podlapse_model::sort_by_key(&mut pods, |pod| pod.metadata.creation_timestamp.as_ref().map(|time| time.0.as_second()));
        for pod in pods {
            if is_mirror(&pod) {
                self.mirror_arrived(cx, &pod, out);
                continue;
            }
            let uid = pod.uid();
            self.pod_arrived(cx, &uid, pod, out);
        }
        self.arm_clean_up(cx, out);
    }
}
