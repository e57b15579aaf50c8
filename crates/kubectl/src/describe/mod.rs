//! The text of `kubectl describe`.
//!
//! Models `k8s.io/kubectl/pkg/describe/describe.go` (v1.36), which works out everything on the client from the objects.

mod containers;
mod events;
mod metadata;
mod nodes;
mod pods;
mod probes;
mod volumes;
mod writer;

pub(crate) use events::event_row;
pub use nodes::describe_node;
pub use pods::describe_pod;

#[cfg(test)]
mod tests;
