//! Probes: what the kubelet asks of running containers, and when.

pub mod outcome;
pub mod results;
pub mod ticker;
pub mod worker;
