//! The kubelet: what runs on a node, and how it is reported.

pub mod backoff;
pub mod container_key;
pub mod crash_loop;
pub mod images;
pub mod pod_actions;
pub mod probe;
pub mod restart_policy;
pub mod runtime_status;
pub mod status;
