//! The lifecycle engine: Kubernetes in miniature, driven by virtual time.
//!
//! Each part carries the name and the duty of the real one, is a pure state machine, and meets the others only in the store, as in
//! a real cluster. A run is a pure function of engine version, scenario, seed and inputs; time travel, sharing and explanations
//! follow from that.

pub mod why;

pub mod kernel;

pub mod store;

pub mod cri;

pub mod client;

pub mod events;

pub mod kubelet;

pub mod runtime;

pub mod scheduler;

mod controllers;

mod declared_features;

mod sim;

pub use sim::{
    Actor, Budget, CommandRecord, Decided, Digest, Input, InstantCluster, LogRecord, Progress, Scenario, Simulation, Snapshot,
    Step,
};
pub use sim::{StepId, Timeline};
