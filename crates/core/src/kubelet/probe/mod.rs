//! Probes: what the kubelet asks of running containers, and when.

pub mod results;
