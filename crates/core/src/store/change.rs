//! One write.

use podlapse_model::{Object, ObjectKey, SimTime};

/// The number of a write, as in `metadata.resourceVersion`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

/// What one write did to one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its number.
    pub revision: Revision,
    /// When.
    pub at: SimTime,
    /// To which object.
    pub key: ObjectKey,
    /// The object before; `None` if it was created.
    pub before: Option<Object>,
    /// The object after; `None` if it was removed.
    pub after: Option<Object>,
}

impl Change {
    /// The object as a watcher sees it: after the change, or as it was when it left.
    pub fn object(&self) -> &Object {
        self.after.as_ref().or(self.before.as_ref()).expect("a change has at least one side")
    }
}
