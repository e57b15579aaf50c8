//! Maps and sets in the order of their keys, as sorted vectors.
//!
//! They are used like the B-trees of the standard library, whose code for splitting and merging nodes is made anew for each pair of
//! types, eight kilobytes at a time. Finding takes as long as there; inserting and removing move what comes after, so collections that
//! may hold many thousands of entries and change in the middle stay trees.

mod map;
mod set;

pub use map::{Entry, IntoIter, Iter, IterMut, SortedMap};
pub use set::SortedSet;
