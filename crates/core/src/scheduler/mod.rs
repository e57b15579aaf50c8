//! kube-scheduler: which node a Pod goes to, and why none will do.

mod cache;
mod class;
mod cycle;
mod decision;
mod filters;
mod listers;
mod message;
mod node_info;
mod nominator;
mod plugins;
mod pod_info;
mod preemption;
mod profile;
mod requests;
mod resource;
mod scores;
mod selectors;
mod status;
mod topology;

pub use cache::Cache;
pub use cycle::{Attempt, Choose, Tie};
pub use decision::*;
pub use listers::Listers;
pub use message::event_note;
pub use node_info::NodeInfo;
pub use nominator::Nominator;
pub use plugins::volume_binding::{BIND_COMPLETED, SELECTED_NODE, VolumePlan};
pub use pod_info::{PodInfo, PodKey};
pub use profile::*;
pub use resource::Resource;
pub use status::{Code, Plugin, ReasonText, Status};
