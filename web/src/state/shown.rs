//! A run that is compared by identity.

use std::ops::Deref;
use std::rc::Rc;

use podlapse_core::Simulation;
use podlapse_view::{History, Messages, RunView, Verdict};

/// A run on the screen. Two are equal when they are the same one: comparing what is in them would cost more than drawing.
#[derive(Clone, Debug)]
pub struct Shown(Rc<(RunView, Option<Simulation>)>);

impl Shown {
    /// A run to be shown of which nothing can be asked but what is in it.
    pub fn new(run: RunView) -> Shown {
        Shown(Rc::new((run, None)))
    }

    /// A run to be shown, at whose instants lines can be typed.
    pub fn of(simulation: Simulation) -> Shown {
        Shown(Rc::new((RunView::new(History::from(&simulation)), Some(simulation))))
    }

    /// What came of what the scenario expects.
    pub fn expected(&self, messages: &Messages) -> Vec<Verdict> {
        let expected = self.simulation().map(|simulation| simulation.scenario().simulation.expect.as_slice());
        self.verdicts(expected.unwrap_or_default(), messages)
    }

    /// The engine's side of it.
    pub fn simulation(&self) -> Option<&Simulation> {
        self.0.1.as_ref()
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
        &self.0.0
    }
}
