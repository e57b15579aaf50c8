//! What kubectl 1.36.3 prints, and its command language.
//!
//! Everything here is a function from objects and an instant to text: nothing reads a clock or a network. `printers` makes
//! the rows that `kubectl get` shows, `table` lays them out, `describe` makes the text of `kubectl describe`.

mod command;
mod describe;
mod duration;
mod merge;
mod others;
mod output;
mod printers;
mod prompt;
mod resources;
mod simulate;
mod sort;
mod strategic;
mod table;

pub use command::Kubectl;
pub use describe::{describe_node, describe_pod};
pub use duration::{go_duration, human_duration, short_human_duration};
pub use output::{yaml, yaml_of};
pub use printers::pods::{ContainerCause, PodRow, StatusSource, pod_row};
pub use printers::{columns, object_headers, object_line, object_table, row};
pub use prompt::{Answer, Asked, Candidate, Completion, Forked, Piece, Prompt};
pub use simulate::{instant_cluster, simulate};
pub use table::{Cell, Column, TableOptions, TablePrinter, table};
