//! A new node takes no Pods before it is known to be ready.
//!
//! Models `plugin/pkg/admission/nodetaint` `Admit` (v1.36): the node controller removes the taint again.

use podlapse_model::api::core::v1::{Node, Taint};

/// The taint of a node that is not ready.
pub(super) fn node_taint(node: &mut Node) {
    const KEY: &str = "node.kubernetes.io/not-ready";
    const EFFECT: &str = "NoSchedule";
    let taints = node.spec.get_or_insert_default().taints.get_or_insert_default();
    if !taints.iter().any(|taint| taint.key == KEY && taint.effect == EFFECT) {
        taints.push(Taint { key: KEY.to_owned(), effect: EFFECT.to_owned(), ..Taint::default() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_node_is_tainted_once() {
        let mut node = Node::default();
        node_taint(&mut node);
        node_taint(&mut node);
        assert_eq!(node.spec.unwrap().taints.unwrap().len(), 1);
    }
}
