//! Holds a Pod back while it has scheduling gates.
//!
//! Models `plugins/schedulinggates` `PreEnqueue` (v1.36).

use podlapse_model::api::core::v1::Pod;

use crate::scheduler::status::{Plugin, Status};

/// Rejects a Pod with gates, naming them.
pub(crate) fn pre_enqueue(pod: &Pod) -> Option<Status> {
    let gates = pod.spec.as_ref()?.scheduling_gates.as_ref().filter(|gates| !gates.is_empty())?;
    let names: Vec<&str> = gates.iter().map(|gate| gate.name.as_str()).collect();
    let reason = format!("waiting for scheduling gates: [{}]", names.join(" "));
    Some(Status::unresolvable(Plugin::SchedulingGates, reason))
}
