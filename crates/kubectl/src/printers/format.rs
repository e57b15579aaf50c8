//! Pieces that the cells of several kinds share: selectors, labels, the containers of a template.

use std::collections::BTreeMap;

use podlapse_model::api::core::v1::{Container, PodTemplateSpec};
use podlapse_model::apimachinery::pkg::apis::meta::v1::LabelSelector;
use podlapse_model::{Metadata, Selector};
use serde_json::Value;

use crate::table::Cell;

/// `labels.FormatLabels`: `a=b,c=d`, or `<none>`.
pub(crate) fn format_labels(labels: Option<&BTreeMap<String, String>>) -> String {
    let pairs: Vec<String> = labels.into_iter().flatten().map(|(key, value)| format!("{key}={value}")).collect();
    if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") }
}

/// `LabelSelectorAsSelector(...).String()`: empty for a selector that selects by nothing, `<invalid>` for one that is none.
pub(super) fn label_selector(selector: Option<&LabelSelector>) -> String {
    Selector::of_label_selector(selector).map_or_else(|_| "<invalid>".to_owned(), |selector| selector.to_string())
}

/// The same of a selector in JSON.
pub(crate) fn selector_text(selector: Value) -> String {
    let selector: Option<LabelSelector> = podlapse_model::from_json(selector).ok();
    label_selector(selector.as_ref())
}

/// `layoutContainerCells`: the names and the images of the containers.
pub(super) fn container_cells(containers: &[Container]) -> [Cell<'static>; 2] {
    let names: Vec<&str> = containers.iter().map(|container| container.name.as_str()).collect();
    let images: Vec<&str> = containers.iter().map(|container| container.image.as_deref().unwrap_or_default()).collect();
    [names.join(",").into(), images.join(",").into()]
}

/// The containers of a template.
pub(super) fn template_cells(template: &PodTemplateSpec) -> [Cell<'static>; 2] {
    container_cells(template.spec.as_ref().map_or(&[], |spec| &spec.containers))
}

/// The text, or `<none>` for none.
pub(super) fn or_none(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).unwrap_or("<none>").to_owned()
}

/// The name of an object as a cell.
pub(super) fn name(metadata: &podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta) -> Cell<'static> {
    metadata.name().into()
}
