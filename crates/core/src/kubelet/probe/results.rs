//! The last result of each probe.
//!
//! Models `pkg/kubelet/prober/results` `Manager` (v1.36). A result is kept until the container's worker goes away.

use podlapse_model::SortedMap;

use crate::cri::ContainerId;

/// Which probe of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProbeKind {
    /// Its failure kills the container.
    Liveness,
    /// Its failure takes the container out of service.
    Readiness,
    /// Holds the other two back until it succeeds.
    Startup,
}

impl ProbeKind {
    /// As events begin.
    pub const fn title(self) -> &'static str {
        match self {
            ProbeKind::Liveness => "Liveness",
            ProbeKind::Readiness => "Readiness",
            ProbeKind::Startup => "Startup",
        }
    }
}

/// What is known of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProbeResult {
    /// It has not run to a result.
    Unknown,
    /// It reached its success threshold last.
    Success,
    /// It reached its failure threshold last.
    Failure,
}

/// The results of all probes of a Pod, or of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProbeResults {
    results: SortedMap<(ProbeKind, ContainerId), ProbeResult>,
}

impl ProbeResults {
    /// The result of a container's probe, if its worker has set one.
    pub fn get(&self, kind: ProbeKind, container: &ContainerId) -> Option<ProbeResult> {
        self.results.get(&(kind, container.clone())).copied()
    }

    /// Records a result and says whether it is news.
    pub fn set(&mut self, kind: ProbeKind, container: &ContainerId, result: ProbeResult) -> bool {
        self.results.insert((kind, container.clone()), result) != Some(result)
    }

    /// Forgets the result of a container's probe.
    pub fn remove(&mut self, kind: ProbeKind, container: &ContainerId) {
        self.results.remove(&(kind, container.clone()));
    }
}
