//! The simulated container runtime of one node.
//!
//! Stands for containerd behind the CRI: sandboxes, containers, images, and the processes inside, which follow a scenario's
//! behaviours, the shell interpreter or an image's own habit. Calls come from the kubelet, answers go back to it after their latency.

mod adopt;
mod container;
mod create;
mod dial;
mod end;
mod exec;
mod executable;
mod exit;
mod image_store;
mod machine;
mod matching;
mod place;
mod program;
mod pull;
mod record;
mod sandbox;
mod service;
mod text;
mod usage;
mod web_server;

pub use image_store::Registries;
pub use machine::{Runtime, RuntimeContext, RuntimeEvent, RuntimeOutput, RuntimeTimer, World};
pub use place::Place;
pub use record::CallRecord;
