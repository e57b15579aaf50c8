//! What is simulated.

use podlapse_model::SortedMap;
use std::sync::Arc;

use podlapse_model::simulation::{ActionKind, SimulationSpec};
use podlapse_model::{Object, SimTime};

/// A cluster, what is applied to it, and what happens to it later.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// A name for traces and titles.
    pub name: String,
    /// The text of `workload.yaml`, which `kubectl apply -f` reads at t = 0; if it is empty nothing is applied.
    pub workload: Arc<str>,
    /// What was in the cluster before, defaulted.
    pub cluster: Vec<Object>,
    /// Images, behaviours and actions.
    pub simulation: SimulationSpec,
    /// Files beside the workload that a command line may name.
    pub files: SortedMap<Arc<str>, Arc<str>>,
}

/// Something that a user does to a run, beside the scenario's own actions.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// When.
    pub at: SimTime,
    /// What.
    pub what: ActionKind,
    /// Files that a command line may name beside those of the scenario.
    pub files: SortedMap<Arc<str>, Arc<str>>,
}
