//! Measures Podlapse against recordings of Kubernetes.
//!
//! A *topic* is a folder of recordings; its *cases* each hold what the real thing did and a way to do it here. The runner compares
//! whole outputs, so a recording that is spoilt anywhere fails. `tests/README.md` says how to add a topic.

mod case;
pub mod compare;
mod lines;
mod report;
mod run;
mod scores;
pub mod topics;

pub use case::{Case, Topic, first_difference};
pub use lines::{Input, Join, Lines, LinesTopic, none_is_empty, whole};
pub use report::{Report, TopicReport};
pub use run::{Failure, run};
pub use scores::{falls, read, write};
