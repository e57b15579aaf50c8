//! Which nodes a Pod may go to and which it prefers, by their labels and names.
//!
//! Models `k8s.io/component-helpers/scheduling/corev1/nodeaffinity` `GetRequiredNodeAffinity`, `NewNodeSelector` and
//! `NewPreferredSchedulingTerms` (v1.36). Terms are parsed once and matched often; a term that is wrong counts as not matching, and
//! its errors come out only when no other term matches.

use k8s_openapi::api::core::v1::PreferredSchedulingTerm;
use k8s_openapi::api::core::v1::{NodeSelector as ApiNodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodSpec};

use crate::field;
use crate::selector::{Labels, Operator, Requirement, Selector, SelectorError};

/// A term: labels and fields that a node must have together.
#[derive(Clone, Debug)]
struct Term {
    labels: Option<Selector>,
    /// Field, whether it must be equal, and the value.
    fields: Vec<(String, bool, String)>,
    errors: Vec<String>,
}

impl Term {
    /// The term; none for an empty one, which matches no node.
    fn new(term: &NodeSelectorTerm, path: &str) -> Option<Term> {
        let expressions = term.match_expressions.as_deref().unwrap_or_default();
        let match_fields = term.match_fields.as_deref().unwrap_or_default();
        if expressions.is_empty() && match_fields.is_empty() {
            return None;
        }
        let mut errors = Vec::new();
        let mut requirements = Vec::new();
        for (at, expression) in expressions.iter().enumerate() {
            match label_requirement(expression, &format!("{path}matchExpressions[{at}]")) {
                Ok(requirement) => requirements.push(requirement),
                Err(wrong) => errors.extend(wrong),
            }
        }
        let mut fields = Vec::new();
        for (at, expression) in match_fields.iter().enumerate() {
            match field_requirement(expression, &format!("{path}matchFields[{at}]")) {
                Ok(requirement) => fields.push(requirement),
                Err(wrong) => errors.push(wrong),
            }
        }
        let labels = (!expressions.is_empty()).then(|| Selector::all_of(requirements));
        Some(Term { labels, fields, errors })
    }

    /// Whether a node matches; a term with errors matches none.
    fn matches(&self, name: &str, labels: &Labels) -> bool {
        let value = |field: &str| if field == "metadata.name" { name } else { "" };
        self.errors.is_empty()
            && self.labels.as_ref().is_none_or(|selector| selector.matches(labels))
            && (name.is_empty() || self.fields.iter().all(|(field, equal, wanted)| (value(field) == wanted) == *equal))
    }
}

fn label_requirement(expression: &NodeSelectorRequirement, path: &str) -> Result<Requirement, Vec<String>> {
    let operator = match expression.operator.as_str() {
        "In" => Operator::In,
        "NotIn" => Operator::NotIn,
        "Exists" => Operator::Exists,
        "DoesNotExist" => Operator::DoesNotExist,
        "Gt" => Operator::GreaterThan,
        "Lt" => Operator::LessThan,
        other => {
            let supported = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"];
            return Err(vec![field::not_supported(&format!("{path}.operator"), other, &supported)]);
        }
    };
    Requirement::new(&expression.key, operator, expression.values.as_deref(), path)
}

fn field_requirement(expression: &NodeSelectorRequirement, path: &str) -> Result<(String, bool, String), String> {
    let equal = match expression.operator.as_str() {
        "In" => true,
        "NotIn" => false,
        other => return Err(field::not_supported(&format!("{path}.operator"), other, &["In", "NotIn"])),
    };
    match expression.values.as_deref() {
        Some([value]) => Ok((expression.key.clone(), equal, value.clone())),
        values => Err(field::invalid(&format!("{path}.values"), &field::list(values), "must have one element")),
    }
}

/// Terms of which a node must match one.
#[derive(Clone, Debug)]
pub struct NodeSelector(Vec<Term>);

impl NodeSelector {
    /// The selector of an API object, with its errors kept in the terms.
    pub fn new(selector: &ApiNodeSelector) -> Self {
        let terms = selector.node_selector_terms.iter().enumerate();
        NodeSelector(terms.filter_map(|(at, term)| Term::new(term, &format!("nodeSelectorTerms[{at}]."))).collect())
    }

    /// The errors of all terms, if there are any.
    pub fn error(&self) -> Option<SelectorError> {
        let errors: Vec<String> = self.0.iter().flat_map(|term| term.errors.iter().cloned()).collect();
        (!errors.is_empty()).then(|| SelectorError(field::aggregate(&errors)))
    }

    /// Whether a node with this name and these labels matches.
    ///
    /// # Errors
    /// Errors of the terms, where none matches and some are wrong.
    pub fn matches(&self, name: &str, labels: &Labels) -> Result<bool, SelectorError> {
        if self.0.iter().any(|term| term.matches(name, labels)) {
            return Ok(true);
        }
        self.error().map_or(Ok(false), Err)
    }
}

/// What a Pod requires of its node: `nodeSelector` and the required node affinity.
///
/// ```
/// use podlapse_model::{RequiredNodeAffinity, api::core::v1::PodSpec};
/// let zone: std::collections::BTreeMap<_, _> = [("zone".to_owned(), "a".to_owned())].into();
/// let required = RequiredNodeAffinity::of(&PodSpec { node_selector: Some(zone.clone()), ..PodSpec::default() });
/// assert_eq!(required.matches("node-1", &zone), Ok(true));
/// assert_eq!(required.matches("node-2", &Default::default()), Ok(false));
/// ```
#[derive(Clone, Debug)]
pub struct RequiredNodeAffinity {
    labels: Option<Selector>,
    selector: Option<NodeSelector>,
}

impl RequiredNodeAffinity {
    /// What the Pod requires.
    pub fn of(spec: &PodSpec) -> Self {
        let labels = spec.node_selector.as_ref().filter(|labels| !labels.is_empty()).map(Selector::of_set);
        let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
        let required = affinity.and_then(|affinity| affinity.required_during_scheduling_ignored_during_execution.as_ref());
        RequiredNodeAffinity { labels, selector: required.map(NodeSelector::new) }
    }

    /// Whether a node with this name and these labels will do.
    ///
    /// # Errors
    /// Errors of the terms, where none matches and some are wrong.
    pub fn matches(&self, name: &str, labels: &Labels) -> Result<bool, SelectorError> {
        if self.labels.as_ref().is_some_and(|selector| !selector.matches(labels)) {
            return Ok(false);
        }
        self.selector.as_ref().map_or(Ok(true), |selector| selector.matches(name, labels))
    }
}

/// What a Pod prefers of its node, with weights.
#[derive(Clone, Debug)]
pub struct PreferredNodeAffinity(Vec<(i64, Term)>);

impl PreferredNodeAffinity {
    /// The terms; those without a weight or without requirements count for nothing.
    ///
    /// # Errors
    /// What is wrong with the terms.
    pub fn new(terms: &[PreferredSchedulingTerm]) -> Result<Self, SelectorError> {
        let weighted = terms.iter().enumerate().filter(|(_, term)| term.weight != 0);
        let parsed: Vec<(i64, Term)> = weighted
            .filter_map(|(at, term)| Some((i64::from(term.weight), Term::new(&term.preference, &format!("[{at}]."))?)))
            .collect();
        let errors: Vec<String> = parsed.iter().flat_map(|(_, term)| term.errors.iter().cloned()).collect();
        if errors.is_empty() { Ok(PreferredNodeAffinity(parsed)) } else { Err(SelectorError(field::aggregate(&errors))) }
    }

    /// The sum of the weights of the terms that a node with this name and these labels matches.
    pub fn score(&self, name: &str, labels: &Labels) -> i64 {
        self.0.iter().filter(|(_, term)| term.matches(name, labels)).map(|(weight, _)| weight).sum()
    }
}
