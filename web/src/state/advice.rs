//! What would fix something that is stuck, as far as it was looked for.

use std::rc::Rc;

use podlapse_advice::Tried;
use podlapse_model::ObjectKey;

/// What was found. Two are equal when they are the same one: comparing the texts in them would cost more than drawing.
#[derive(Clone, Debug)]
pub struct Found(pub Rc<[Tried]>);

impl PartialEq for Found {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// How far a search is.
#[derive(Clone, Debug, PartialEq)]
pub enum Seeking {
    /// So many changes are tried, of so many that are known by now.
    Running {
        /// Tried.
        done: usize,
        /// Known.
        of: usize,
    },
    /// Everything is tried.
    Done(Found),
}

/// A search for what would fix something.
#[derive(Clone, Debug, PartialEq)]
pub struct Sought {
    /// The edition of the texts that it belongs to.
    pub edition: u32,
    /// What is stuck.
    pub root: ObjectKey,
    /// How far it is.
    pub seeking: Seeking,
}
