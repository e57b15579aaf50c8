//! Which containers a scenario's rule is for.

use podlapse_model::glob;
use podlapse_model::simulation::ContainerMatch;

/// Whom a rule is asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub(super) namespace: &'a str,
    pub(super) pod: &'a str,
    pub(super) container: &'a str,
    pub(super) image: &'a str,
    pub(super) node: &'a str,
}

/// Whether all globs that are given match.
pub(super) fn matches(rule: &ContainerMatch, subject: Subject<'_>) -> bool {
    let given = [
        (&rule.pod, subject.pod),
        (&rule.container, subject.container),
        (&rule.image, subject.image),
        (&rule.namespace, subject.namespace),
        (&rule.node, subject.node),
    ];
    given.iter().all(|(pattern, text)| pattern.as_deref().is_none_or(|pattern| glob(pattern, text)))
}
