//! The sentence that tells why a Pod stays pending.
//!
//! Models `pkg/scheduler/framework` `FitError.Error` (v1.36) and the truncation of event notes.

use podlapse_model::SortedMap;

use super::status::Status;

/// How often each reason was given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reasons(SortedMap<String, usize>);

impl Reasons {
    /// Counts the reasons of a status for so many nodes.
    pub(crate) fn add(&mut self, status: &Status, nodes: usize) {
        for reason in &status.reasons {
            self.count(reason, nodes);
        }
    }

    /// Counts one reason for so many nodes.
    pub(crate) fn count(&mut self, reason: &str, nodes: usize) {
        if nodes == 0 {
            return;
        }
        match self.0.get_mut(reason) {
            Some(count) => *count += nodes,
            None => {
                self.0.insert(reason.to_owned(), nodes);
            }
        }
    }

    /// `COUNT REASON` items, sorted as text, so that 10 comes before 2.
    fn items(&self) -> String {
        let mut items: Vec<String> = self.0.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        podlapse_model::sort(&mut items);
        items.join(", ")
    }
}

/// Why no node was found.
pub(crate) enum Why<'a> {
    /// A plugin rejected the Pod before nodes were looked at.
    PreFilter(&'a Status),
    /// The nodes were rejected.
    Nodes(Reasons),
}

/// `0/3 nodes are available: 3 Insufficient cpu.`, and what PostFilter plugins say after it.
pub(crate) fn fit_error(node_count: usize, why: &Why<'_>, post_filter: &str) -> String {
    let mut text = format!("0/{node_count} nodes are available:");
    let reasons = match why {
        Why::PreFilter(status) => status.message(),
        Why::Nodes(reasons) => reasons.items(),
    };
    if !reasons.is_empty() {
        text.push_str(&format!(" {reasons}."));
    }
    if !post_filter.is_empty() {
        text.push_str(&format!(" {post_filter}"));
    }
    text
}

/// What is said when the cluster has no node.
pub(crate) const NO_NODES: &str = "no nodes available to schedule pods";

/// The longest note that an event may have, in bytes.
const NOTE_LIMIT: usize = 1024;

/// The note of an event with this message: cut to 1024 bytes, the last four ` ...`.
///
/// Models `pkg/scheduler` `truncateMessage`.
pub fn event_note(message: &str) -> String {
    if message.len() <= NOTE_LIMIT {
        return message.to_owned();
    }
    let suffix = " ...";
    let end = (0..=NOTE_LIMIT - suffix.len()).rev().find(|end| message.is_char_boundary(*end)).unwrap_or_default();
    format!("{}{suffix}", &message[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheduler::status::Plugin;

    #[test]
    fn items_are_sorted_as_text() {
        let mut reasons = Reasons::default();
        reasons.add(&Status::unschedulable(Plugin::NodeResourcesFit, "b"), 2);
        reasons.add(&Status::unschedulable(Plugin::NodeResourcesFit, "a"), 10);
        assert_eq!(fit_error(12, &Why::Nodes(reasons), "more"), "0/12 nodes are available: 10 a, 2 b. more");
    }

    #[test]
    fn a_note_is_cut_at_1024_bytes() {
        let note = event_note(&"x".repeat(2000));
        assert_eq!(note.len(), 1024);
        assert!(note.ends_with("x ..."));
        assert_eq!(event_note("short"), "short");
    }
}
