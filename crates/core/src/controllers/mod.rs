//! The controllers of the control plane, as far as the engine runs them.

pub(crate) mod node_lifecycle;
