//! What was typed at the prompt, and what came of it.

use std::rc::Rc;

use podlapse_model::SimTime;

/// A line that was typed, with what it printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The instant at which it was typed.
    pub at: SimTime,
    /// The line.
    pub line: Rc<str>,
    /// What it printed, each piece with whether it is standard error.
    pub pieces: Rc<[(bool, String)]>,
    /// Its exit code.
    pub exit: i32,
}

/// A line that changed the run, or would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// The instant at which it was typed.
    pub at: SimTime,
    /// When the prompt came back.
    pub end: SimTime,
    /// The line.
    pub line: Rc<str>,
}

/// Entries that are kept.
const MOST_ENTRIES: usize = 40;

/// The terminal below the watch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// What was typed, the oldest first.
    pub entries: Rc<Vec<Entry>>,
    /// A line that would change the run, and waits to be confirmed.
    pub pending: Option<Fork>,
    /// Counts how often the focus was sent to the prompt.
    pub focus: u32,
}

impl Terminal {
    pub(super) fn push(&mut self, entry: Entry) {
        let entries = Rc::make_mut(&mut self.entries);
        entries.push(entry);
        let surplus = entries.len().saturating_sub(MOST_ENTRIES);
        entries.drain(..surplus);
    }
}
