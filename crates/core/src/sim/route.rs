//! Who learns of a change, and how long that takes.

use std::sync::Arc;

use podlapse_model::{Object, SimDuration};

use super::StepId;
use super::client::WATCH_LATENCY;
use super::event::{Event, Timer};
use super::scheduling::{SchedulerEvent, is_watched};
use super::world::World;
use crate::kubelet::KubeletEvent;
use crate::store::Change;

/// From etcd through the API server's watch cache to an informer.
const INFORMER_LATENCY: SimDuration = SimDuration::from_millis(3);

impl World {
    /// Tells everyone who watches of a change.
    pub(super) fn watch(&mut self, change: &Change, cause: Option<StepId>) {
        let at = self.now + INFORMER_LATENCY;
        if is_watched(change.key.kind) {
            self.push(at, Event::Scheduler(SchedulerEvent::Changed(Box::new(change.clone()))), cause);
        }
        if let Some(node) = node_of(change).filter(|node| self.kubelets.contains_key(node)) {
            self.push(at, Event::Kubelet(node, KubeletEvent::Pod(change.clone())), cause);
        }
        self.watch_nodes(change, cause);
        self.wake_controllers(change, cause);
        self.wake_volumes(change, cause);
        for id in self.client.waiting() {
            self.arm(Timer::Command(id), self.now + WATCH_LATENCY, Event::Resume(id), cause);
        }
    }
}

/// The node whose kubelet watches the Pod that changed.
fn node_of(change: &Change) -> Option<Arc<str>> {
    let Object::Pod(pod) = change.object() else { return None };
    let name = pod.spec.as_ref()?.node_name.as_deref()?;
    (!name.is_empty()).then(|| Arc::from(name))
}
