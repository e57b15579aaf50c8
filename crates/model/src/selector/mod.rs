//! Selectors of labels.
//!
//! Models `k8s.io/apimachinery/pkg/labels` `Selector`, `Requirement`, `Parse` and `pkg/apis/meta/v1` `LabelSelectorAsSelector`,
//! `FormatLabelSelector` (v1.36), with the texts of their errors.

mod parse;

use crate::SortedSet;
use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use crate::{field, go_text};

/// Labels of an object, or anything that is selected like labels.
pub type Labels = BTreeMap<String, String>;

/// Why something is no selector, in Kubernetes' words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorError(pub(crate) String);

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SelectorError {}

/// What a requirement asks of the value of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `key=value`.
    Equals,
    /// `key==value`.
    DoubleEquals,
    /// `key!=value`; true without the label.
    NotEquals,
    /// `key in (a,b)`.
    In,
    /// `key notin (a,b)`; true without the label.
    NotIn,
    /// `key`.
    Exists,
    /// `!key`.
    DoesNotExist,
    /// `key>5`; the label must be an integer.
    GreaterThan,
    /// `key<5`; the label must be an integer.
    LessThan,
}

/// One requirement of a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    key: String,
    operator: Operator,
    values: SortedSet<String>,
}

impl Requirement {
    /// A requirement whose parts are checked. `path` is the field in which it stands, empty if in none; `values` is `None` where
    /// the field is absent.
    ///
    /// # Errors
    /// Each thing that is wrong, as an error of its field.
    pub fn new(key: &str, operator: Operator, values: Option<&[String]>, path: &str) -> Result<Requirement, Vec<String>> {
        let mut errors = Vec::new();
        let child = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        errors.extend(key_error(key, &child("key")));
        let values_path = child("values");
        let all = values.unwrap_or_default();
        let wrong_count = |detail: &str| Some(field::invalid(&values_path, &field::list(values), detail));
        errors.extend(match operator {
            Operator::In | Operator::NotIn if all.is_empty() => {
                wrong_count("for 'in', 'notin' operators, values set can't be empty")
            }
            Operator::Equals | Operator::DoubleEquals | Operator::NotEquals if all.len() != 1 => {
                wrong_count("exact-match compatibility requires one single value")
            }
            Operator::Exists | Operator::DoesNotExist if !all.is_empty() => {
                wrong_count("values set must be empty for exists and does not exist")
            }
            Operator::GreaterThan | Operator::LessThan if all.len() != 1 => {
                wrong_count("for 'Gt', 'Lt' operators, exactly one value is required")
            }
            Operator::In | Operator::NotIn | Operator::Equals | Operator::DoubleEquals | Operator::NotEquals => None,
            Operator::Exists | Operator::DoesNotExist | Operator::GreaterThan | Operator::LessThan => None,
        });
        if matches!(operator, Operator::GreaterThan | Operator::LessThan) {
            let detail = "for 'Gt', 'Lt' operators, the value must be an integer";
            let wrong = all.iter().enumerate().filter(|(_, value)| value.parse::<i64>().is_err());
            errors
                .extend(wrong.map(|(at, value)| field::invalid(&format!("{values_path}[{at}]"), &go_text::quote(value), detail)));
        }
        for (at, value) in all.iter().enumerate() {
            let details = field::label_value_errors(value);
            if !details.is_empty() {
                errors.push(field::invalid(&format!("{values_path}[{at}][{key}]"), &go_text::quote(value), &details.join("; ")));
            }
        }
        if errors.is_empty() {
            Ok(Requirement { key: key.to_owned(), operator, values: all.iter().cloned().collect() })
        } else {
            Err(errors)
        }
    }

    /// The key of the label.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is asked of its value.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The values to compare with.
    pub fn values(&self) -> &SortedSet<String> {
        &self.values
    }

    /// Whether the labels fulfil it.
    pub fn matches(&self, labels: &Labels) -> bool {
        let label = labels.get(&self.key);
        match self.operator {
            Operator::In | Operator::Equals | Operator::DoubleEquals => label.is_some_and(|value| self.values.contains(value)),
            Operator::NotIn | Operator::NotEquals => label.is_none_or(|value| !self.values.contains(value)),
            Operator::Exists => label.is_some(),
            Operator::DoesNotExist => label.is_none(),
            Operator::GreaterThan => self.compare(label).is_some_and(|(label, value)| label > value),
            Operator::LessThan => self.compare(label).is_some_and(|(label, value)| label < value),
        }
    }

    fn compare(&self, label: Option<&String>) -> Option<(i64, i64)> {
        Some((label?.parse().ok()?, self.values.first()?.parse().ok()?))
    }
}

/// The error of a key that is none, at a field.
fn key_error(key: &str, path: &str) -> Option<String> {
    let details = field::qualified_name_errors(key);
    (!details.is_empty()).then(|| field::invalid(path, &go_text::quote(key), &details.join("; ")))
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = || self.values.iter().map(String::as_str).collect::<Vec<_>>().join(",");
        let key = &self.key;
        match self.operator {
            Operator::Equals => write!(f, "{key}={}", values()),
            Operator::DoubleEquals => write!(f, "{key}=={}", values()),
            Operator::NotEquals => write!(f, "{key}!={}", values()),
            Operator::In => write!(f, "{key} in ({})", values()),
            Operator::NotIn => write!(f, "{key} notin ({})", values()),
            Operator::Exists => write!(f, "{key}"),
            Operator::DoesNotExist => write!(f, "!{key}"),
            Operator::GreaterThan => write!(f, "{key}>{}", values()),
            Operator::LessThan => write!(f, "{key}<{}", values()),
        }
    }
}

/// Requirements that labels must fulfil together.
///
/// ```
/// use podlapse_model::Selector;
/// let selector = Selector::parse("app in (web,db),!canary")?;
/// assert!(selector.matches(&[("app".to_owned(), "web".to_owned())].into()));
/// assert_eq!(selector.to_string(), "app in (db,web),!canary");
/// # Ok::<(), podlapse_model::SelectorError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// Sorted by key; none where nothing is selected.
    requirements: Option<Vec<Requirement>>,
}

impl Selector {
    /// Selects everything.
    pub const fn everything() -> Self {
        Selector { requirements: Some(Vec::new()) }
    }

    /// Selects nothing.
    pub const fn nothing() -> Self {
        Selector { requirements: None }
    }

    /// Selects what fulfils all requirements.
    pub fn all_of(mut requirements: Vec<Requirement>) -> Self {
        crate::sort_by(&mut requirements, |a, b| a.key.cmp(&b.key));
        Selector { requirements: Some(requirements) }
    }

    /// Selects what has all these labels. They are not checked.
    pub fn of_set(labels: &Labels) -> Self {
        let equals = |(key, value): (&String, &String)| Requirement {
            key: key.clone(),
            operator: Operator::Equals,
            values: [value.clone()].into(),
        };
        Selector::all_of(labels.iter().map(equals).collect())
    }

    /// Reads a selector as `kubectl -l` takes it.
    ///
    /// # Errors
    /// What is wrong with the text, in Kubernetes' words.
    pub fn parse(text: &str) -> Result<Selector, SelectorError> {
        parse::parse(text).map(Selector::all_of).map_err(SelectorError)
    }

    /// The selector of an API object; an absent one selects nothing, an empty one everything.
    ///
    /// # Errors
    /// What is wrong with it, in Kubernetes' words.
    pub fn of_label_selector(selector: Option<&LabelSelector>) -> Result<Selector, SelectorError> {
        let Some(selector) = selector else { return Ok(Selector::nothing()) };
        let wrong = |errors: Vec<String>| SelectorError(field::aggregate(&errors));
        let mut requirements = Vec::new();
        for (key, value) in selector.match_labels.iter().flatten() {
            requirements.push(Requirement::new(key, Operator::Equals, Some(std::slice::from_ref(value)), "").map_err(wrong)?);
        }
        for expression in selector.match_expressions.iter().flatten() {
            let operator = match expression.operator.as_str() {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                other => return Err(SelectorError(format!("{} is not a valid label selector operator", go_text::quote(other)))),
            };
            let values = expression.values.as_deref().filter(|values| !values.is_empty());
            requirements.push(Requirement::new(&expression.key, operator, values, "").map_err(wrong)?);
        }
        Ok(Selector::all_of(requirements))
    }

    /// A selector of an API object as kubectl prints it: `<none>` where it is empty, `<error>` where it is wrong.
    pub fn format_label_selector(selector: Option<&LabelSelector>) -> String {
        match Selector::of_label_selector(selector).map(|selector| selector.to_string()) {
            Err(_) => "<error>".to_owned(),
            Ok(text) if text.is_empty() => "<none>".to_owned(),
            Ok(text) => text,
        }
    }

    /// Whether the labels are selected.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.requirements.as_ref().is_some_and(|all| all.iter().all(|requirement| requirement.matches(labels)))
    }

    /// Whether everything is selected.
    pub fn is_empty(&self) -> bool {
        self.requirements.as_ref().is_some_and(Vec::is_empty)
    }

    /// Its requirements, sorted by key; none where nothing is selected.
    pub fn requirements(&self) -> Option<&[Requirement]> {
        self.requirements.as_deref()
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, requirement) in self.requirements.iter().flatten().enumerate() {
            write!(f, "{}{requirement}", if at == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> String {
        Selector::parse(text).map_or_else(|error| error.to_string(), |selector| selector.to_string())
    }

    #[test]
    fn keywords_are_words_where_a_value_stands() {
        assert_eq!(parse("in in (in,notin)"), "in in (in,notin)");
        assert_eq!(parse("app=in"), "app=in");
        assert_eq!(parse("notin"), "notin");
    }

    #[test]
    fn errors_name_what_was_found() {
        assert_eq!(parse("!app=web"), "found '=', expected: ',' or 'end of string'");
        assert_eq!(parse("app,"), "found '', expected: identifier after ','");
        assert_eq!(parse("app in (a b)"), "unable to parse requirement: found 'b', expected: ',' or ')'");
        assert_eq!(parse("app=("), "unable to parse requirement: found '(', expected: identifier");
        assert_eq!(parse("!"), "unable to parse requirement: found '', expected: identifier");
    }

    #[test]
    fn an_absent_label_is_not_in_anything() {
        let selector = Selector::parse("app!=web,tier notin (front),!canary").unwrap();
        assert!(selector.matches(&Labels::new()));
        assert!(!selector.matches(&[("canary".to_owned(), String::new())].into()));
    }
}
