//! The text of `kubectl describe`.
//!
//! Models `k8s.io/kubectl/pkg/describe/describe.go` (v1.36), which works out everything on the client from the objects.

mod autoscaler;
mod config;
mod containers;
mod events;
mod generic;
mod legacy;
mod metadata;
mod network;
mod network_policy;
mod nodes;
mod object;
mod others;
mod pods;
mod probes;
mod rbac;
mod storage;
mod template;
mod volumes;
mod workloads;
mod writer;

pub(crate) use events::event_row;
pub use nodes::describe_node;
pub(crate) use object::describe_object;
pub use pods::describe_pod;
pub(crate) use template::pod_template;

#[cfg(test)]
mod described;
#[cfg(test)]
mod tests;
