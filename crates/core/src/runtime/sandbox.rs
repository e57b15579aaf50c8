//! Sandboxes: whether they can be created, and which address they get.

use podlapse_model::SortedMap;
use std::sync::Arc;

use podlapse_model::Uid;
use podlapse_model::simulation::SandboxRule;

use super::matching::{Subject, matches};

/// The addresses of a node's Pods: `10.244.N.x`, N the node's place in the cluster, x from 2 up.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    node_index: u32,
    next: u32,
}

impl Addresses {
    /// How many there are.
    pub(super) const COUNT: u32 = 253;

    pub(super) fn new(node_index: u32) -> Self {
        Addresses { node_index, next: 2 }
    }

    pub(super) fn allocate(&mut self) -> Arc<str> {
        let address = format!("10.244.{}.{}", self.node_index % 256, self.next);
        self.next = if self.next < 254 { self.next + 1 } else { 2 };
        address.into()
    }
}

/// Counts the failures of each Pod's sandbox against the scenario's rules.
#[derive(Clone, Debug, Default)]
pub(super) struct Failures {
    counted: SortedMap<Uid, u32>,
}

impl Failures {
    /// The text with which this call fails, if it does.
    pub(super) fn next<'a>(&mut self, rules: &'a [SandboxRule], uid: &Uid, subject: Subject<'_>) -> Option<&'a str> {
        let rule = rules.iter().find(|rule| matches(&rule.matches, subject))?;
        let failed = self.counted.entry(uid.clone()).or_default();
        if rule.failures.is_some_and(|limit| *failed >= limit) {
            return None;
        }
        *failed += 1;
        Some(&rule.error)
    }
}
