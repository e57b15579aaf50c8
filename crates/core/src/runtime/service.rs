//! The runtime's service stops and comes back, and the machine with it.
//!
//! Models containerd's restart: its shims keep containers running without it; after a boot of the machine it finds containers whose
//! processes are gone, and reports them as ended at that moment with exit code 255 and reason `Unknown`.

use podlapse_model::SimTime;

use super::Runtime;
use super::exit::Exit;
use crate::cri::SandboxState;

impl Runtime {
    /// The service stops: nobody waits for its answers any more. With the machine, every process ends unseen.
    pub fn stop_service(&mut self, with_machine: bool) {
        self.pulls.clear();
        for container in self.containers.values_mut() {
            container.stopping.clear();
            container.execs.clear();
            container.kill_at = None;
            if with_machine {
                container.program = None;
            }
        }
    }

    /// The machine came up again, and the service with it.
    pub fn boot(&mut self, now: SimTime) {
        for container in self.containers.values_mut().filter(|container| container.is_running()) {
            container.end(now, Exit { code: 255, reason: "Unknown".into() }, String::new());
        }
        for sandbox in self.sandboxes.values_mut() {
            sandbox.state = SandboxState::NotReady;
            sandbox.ip = "".into();
        }
    }
}
