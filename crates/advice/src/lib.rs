//! What would fix a stuck Pod: the smallest changes of the pasted texts with which it becomes ready, each tried by the engine.
//!
//! Candidates come from what the run knows of why the Pod is stuck (`causes`); nothing is guessed to help: a candidate is a change of
//! the texts, the changed texts are run like any others, and only what came further in that run is told. The work is bounded: so many
//! candidates, each for as long as the run itself lasts.

mod causes;
mod change;
mod lives;
mod search;
mod texts;

pub use change::{Change, Remedy};
pub use lives::{Health, Patient, Reached, patients};
pub use search::{Progress, Search, Tried};
pub use texts::{Diff, Edit, Texts, Which};
