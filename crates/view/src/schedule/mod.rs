//! The scheduler as a face shows it: the attempts of a Pod with the table behind each, and the queue.
//!
//! Names of plugins, codes, reasons and messages are kube-scheduler's own. [`recorded`] writes an attempt in the fields in which real
//! decisions were recorded.

mod attempt;
mod instant;
mod preemption;
mod queue;
mod recorded;

pub use attempt::{
    Attempt, AttemptResult, AttemptTable, NodeRow, NodeVerdict, NominatedRow, PluginColumn, PreFilterRow, Rejection, Score,
    TieDraw,
};
pub use instant::{instant_assignments, instant_decisions};
pub use preemption::{CandidateRow, PreemptionView, RejectedRow};
pub use queue::{QueuePlace, QueueRow};
pub use recorded::{gated, recorded};
