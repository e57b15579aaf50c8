//! A run that is compared by identity.

use std::ops::Deref;
use std::rc::Rc;

use podlapse_view::RunView;

/// A run on the screen. Two are equal when they are the same one: comparing what is in them would cost more than drawing.
#[derive(Clone, Debug)]
pub struct Shown(Rc<RunView>);

impl Shown {
    /// A run to be shown.
    pub fn new(run: RunView) -> Shown {
        Shown(Rc::new(run))
    }
}

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for Shown {
    type Target = RunView;
    fn deref(&self) -> &RunView {
        &self.0
    }
}
