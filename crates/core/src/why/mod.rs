//! Why something happened: a closed set of rules and typed facts. No prose: sentences are made in `podlapse-view`.

mod fact;
mod rule;

pub use fact::Fact;
pub use rule::{Model, Rule};

/// One reason for a step: a rule and the values that went into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    /// The rule that was applied.
    pub rule: Rule,
    /// What it was applied to.
    pub facts: Vec<Fact>,
}

impl Why {
    /// What its rule models; of what a controller did, that controller's own loop.
    ///
    /// ```
    /// use podlapse_core::why::{Fact, Rule, Why};
    /// let why = Why { rule: Rule::Reconciled, facts: vec![Fact::Word("job-controller".into())] };
    /// assert_eq!(why.model().source, "pkg/controller/job/job_controller.go syncJob");
    /// ```
    pub fn model(&self) -> Model {
        let model = self.rule.model();
        match (self.rule == Rule::Reconciled, self.facts.first()) {
            (true, Some(Fact::Word(component))) => Model { source: rule::controller(component).unwrap_or(model.source), ..model },
            (_, _) => model,
        }
    }
}
