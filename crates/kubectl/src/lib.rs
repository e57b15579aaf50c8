//! What kubectl 1.36.3 prints, and its command language.
//!
//! Everything here is a function from objects and an instant to text: nothing reads a clock or a network. `printers` makes
//! the rows that `kubectl get` shows, `table` lays them out.

mod duration;
mod printers;
mod table;

pub use duration::{go_duration, human_duration, short_human_duration};
pub use printers::pods::{ContainerCause, PodRow, StatusSource, pod_row};
pub use printers::{columns, row};
pub use table::{Cell, Column, TableOptions, TablePrinter, table};
