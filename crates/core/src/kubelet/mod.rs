//! The kubelet: what runs on a node, and how it is reported.

mod admission;
mod allocation;
mod container_spec;
mod deadline;
mod eviction;
mod housekeeping;
mod machine;
mod node_status;
mod pleg;
mod pod_worker;
mod preemption;
mod probing;
mod recorder;
mod shutdown;
mod startup;
mod static_pods;
mod status_sync;
mod volumes;

pub mod backoff;
pub mod container;
pub mod crash_loop;
pub mod images;
pub mod pod_actions;
pub mod probe;
pub mod restart_policy;
pub mod runtime_status;
pub mod status;

pub(crate) use container::config_as_made;
pub use machine::{Checkpoint, Kubelet, KubeletContext, KubeletEvent, KubeletOutput, KubeletTimer};
pub use probing::ProbeKey;
pub use static_pods::static_pod;
