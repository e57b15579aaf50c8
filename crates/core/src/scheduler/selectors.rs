//! Label selectors as the scheduler reads them.

use podlapse_model::apimachinery::pkg::apis::meta::v1::LabelSelector;
use podlapse_model::{Labels, Selector};

/// The labels of an object that has none.
pub(crate) const NO_LABELS: &Labels = &Labels::new();

/// The selector of an API object; one that is absent or wrong selects nothing.
pub(crate) fn label_selector(selector: Option<&LabelSelector>) -> Selector {
    Selector::of_label_selector(selector).unwrap_or(Selector::nothing())
}

/// What both select.
pub(crate) fn both(one: &Selector, other: &Selector) -> Selector {
    match (one.requirements(), other.requirements()) {
        (Some(one), Some(other)) => Selector::all_of(one.iter().chain(other).cloned().collect()),
        (None, _) | (_, None) => Selector::nothing(),
    }
}
