//! Pieces that the cells of several kinds share: selectors, labels, the containers of a template.

use std::collections::BTreeMap;

use podlapse_model::api::core::v1::{Container, PodTemplateSpec};
use podlapse_model::apimachinery::pkg::apis::meta::v1::LabelSelector;

use crate::table::Cell;

/// `labels.FormatLabels`: `a=b,c=d`, or `<none>`.
pub(crate) fn format_labels(labels: Option<&BTreeMap<String, String>>) -> String {
    let pairs: Vec<String> = labels.into_iter().flatten().map(|(key, value)| format!("{key}={value}")).collect();
    if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") }
}

/// `LabelSelectorAsSelector(...).String()`: the requirements by key, empty for a selector that has none.
pub(crate) fn label_selector(selector: Option<&LabelSelector>) -> String {
    let Some(selector) = selector else { return String::new() };
    let labels = selector.match_labels.iter().flatten().map(|(key, value)| (key.as_str(), format!("{key}={value}")));
    let expressions = selector.match_expressions.iter().flatten().map(|expression| {
        let key = &expression.key;
        let mut values = expression.values.clone().unwrap_or_default();
        values.sort();
        let text = match expression.operator.as_str() {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "DoesNotExist" => format!("!{key}"),
            _ => key.clone(),
        };
        (key.as_str(), text)
    });
    let mut requirements: Vec<(&str, String)> = labels.chain(expressions).collect();
    requirements.sort_by_key(|(key, _)| *key);
    requirements.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(",")
}

/// `metav1.FormatLabelSelector`: as [`label_selector`], `<none>` where that is empty.
pub(crate) fn format_label_selector(selector: Option<&LabelSelector>) -> String {
    let text = label_selector(selector);
    if text.is_empty() { "<none>".to_owned() } else { text }
}

/// `layoutContainerCells`: the names and the images of the containers.
pub(super) fn container_cells(containers: &[Container]) -> [Cell; 2] {
    let names: Vec<&str> = containers.iter().map(|container| container.name.as_str()).collect();
    let images: Vec<&str> = containers.iter().map(|container| container.image.as_deref().unwrap_or_default()).collect();
    [names.join(",").into(), images.join(",").into()]
}

/// The containers of a template.
pub(super) fn template_cells(template: &PodTemplateSpec) -> [Cell; 2] {
    container_cells(template.spec.as_ref().map_or(&[], |spec| &spec.containers))
}

/// The text, or `<none>` for none.
pub(super) fn or_none(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).unwrap_or("<none>").to_owned()
}

/// The name of an object as a cell.
pub(super) fn name(metadata: &podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta) -> Cell {
    metadata.name.as_deref().unwrap_or_default().into()
}
