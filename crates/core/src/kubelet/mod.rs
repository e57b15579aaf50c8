//! The kubelet: what runs on a node, and how it is reported.
