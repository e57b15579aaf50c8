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
