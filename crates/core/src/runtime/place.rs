//! Networks: which containers share one, and who has a port there.
//!
//! The containers of a Pod share its network, those of all Pods on the host's network that of the node, so that a port is for one of
//! them only.

use podlapse_model::{SimDuration, SimTime};
use podlapse_shell::{Pid, Reply};

use super::container::Container;
use super::dial::{self, has_port};
use super::machine::{Runtime, RuntimeContext};
use super::program::{Program, Script};
use super::web_server;
use crate::cri::{ContainerId, Dial, DialResult, SandboxState};

/// A network of a node.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// The one that a container is in.
    Of(&'a ContainerId),
    /// The one of the Pod with an address.
    Address(&'a str),
    /// The node's own.
    Host,
}

impl Runtime {
    /// The answer to a connection, and how long it takes; `None` where there is no such place on the node.
    pub fn dial(
        &self,
        place: Place<'_>,
        request: &Dial,
        timeout: SimDuration,
        now: SimTime,
    ) -> Option<(DialResult, SimDuration)> {
        let inside = self.inside(place)?;
        Some(dial::dial(inside.iter().copied(), &self.volumes, request, timeout, now))
    }

    /// The running containers of a network.
    fn inside(&self, place: Place<'_>) -> Option<Vec<&Container>> {
        let sandbox = match place {
            Place::Host => None,
            Place::Of(id) => {
                let container = self.containers.get(id)?;
                (!container.is_on_host_network()).then_some(&container.status.sandbox)
            }
            Place::Address(address) => {
                let mut ready = self.sandboxes.values().filter(|sandbox| sandbox.state == SandboxState::Ready);
                Some(&ready.find(|sandbox| !address.is_empty() && *sandbox.ip == *address)?.id)
            }
        };
        let is_inside = |container: &&Container| {
            container.is_running()
                && sandbox.map_or_else(|| container.is_on_host_network(), |sandbox| container.status.sandbox == *sandbox)
        };
        Some(self.containers.values().filter(is_inside).collect())
    }

    /// A process asks for a port.
    pub(super) fn bind(&mut self, id: &ContainerId, pid: Pid, port: u16, now: SimTime) {
        let is_taken = self.inside(Place::Of(id)).iter().flatten().any(|container| has_port(container, port, now));
        if let Some(container) = self.containers.get_mut(id) {
            container.answer(pid, if is_taken { Reply::Refused } else { Reply::Done });
        }
    }

    /// The server of an image asks for its ports when it starts, and fails if somebody has one of them.
    pub(super) fn open_ports(&mut self, cx: &RuntimeContext<'_>, id: &ContainerId) {
        let Some(wanted) = self.containers.get(id).and_then(|container| container.run.clone()) else { return };
        let others: Vec<&Container> =
            self.inside(Place::Of(id)).into_iter().flatten().filter(|container| container.status.id != *id).collect();
        let mut ports = wanted.listen.iter().map(|listener| listener.port);
        let taken = ports.find(|port| others.iter().any(|container| has_port(container, *port, cx.now)));
        if let (Some(port), Some(container)) = (taken, self.containers.get_mut(id)) {
            let run = web_server::cannot_listen(&container.config.image, port, cx.wall.time(cx.now));
            let script = Script::start(std::sync::Arc::new(run), cx.now, container.config.memory_limit);
            container.run = None;
            container.program = Some(Program::Scripted(script));
        }
    }
}
