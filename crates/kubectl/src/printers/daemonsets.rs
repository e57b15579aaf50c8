//! The row of a DaemonSet. Models `printDaemonSet`.

use podlapse_model::Selector;
use podlapse_model::api::apps::v1::DaemonSet;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;

use super::format::{format_labels, name, template_cells};
use super::{cells, shown, wide};
use crate::duration::age;
use crate::table::{Cell, Column};

pub(super) const COLUMNS: &[Column] = &[
    shown("Name"),
    shown("Desired"),
    shown("Current"),
    shown("Ready"),
    shown("Up-to-date"),
    shown("Available"),
    shown("Node Selector"),
    shown("Age"),
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];

pub(super) fn row(set: &DaemonSet, now: &Time) -> Vec<Cell<'static>> {
    let status = set.status.clone().unwrap_or_default();
    let spec = set.spec.clone().unwrap_or_default();
    let [names, images] = template_cells(&spec.template);
    cells![
        name(&set.metadata),
        status.desired_number_scheduled,
        status.current_number_scheduled,
        status.number_ready,
        status.updated_number_scheduled.unwrap_or_default(),
        status.number_available.unwrap_or_default(),
        format_labels(spec.template.spec.as_ref().and_then(|spec| spec.node_selector.as_ref())),
        age(set.metadata.creation_timestamp.as_ref(), now),
        names,
        images,
        Selector::format_label_selector(Some(&spec.selector)),
    ]
}
