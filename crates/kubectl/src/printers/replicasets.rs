//! The rows of a ReplicaSet and of a ReplicationController. Models `printReplicaSet` and `printReplicationController`.

use podlapse_model::Selector;
use podlapse_model::api::apps::v1::ReplicaSet;
use podlapse_model::api::core::v1::ReplicationController;
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
    shown("Age"),
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];

pub(super) fn row(set: &ReplicaSet, now: &Time) -> Vec<Cell<'static>> {
    let status = set.status.clone().unwrap_or_default();
    let spec = set.spec.clone().unwrap_or_default();
    let [names, images] = template_cells(&spec.template.unwrap_or_default());
    cells![
        name(&set.metadata),
        spec.replicas.unwrap_or_default(),
        status.replicas,
        status.ready_replicas.unwrap_or_default(),
        age(set.metadata.creation_timestamp.as_ref(), now),
        names,
        images,
        Selector::format_label_selector(Some(&spec.selector)),
    ]
}

pub(super) fn controller_row(controller: &ReplicationController, now: &Time) -> Vec<Cell<'static>> {
    let status = controller.status.clone().unwrap_or_default();
    let spec = controller.spec.clone().unwrap_or_default();
    let [names, images] = template_cells(&spec.template.unwrap_or_default());
    cells![
        name(&controller.metadata),
        spec.replicas.unwrap_or_default(),
        status.replicas,
        status.ready_replicas.unwrap_or_default(),
        age(controller.metadata.creation_timestamp.as_ref(), now),
        names,
        images,
        format_labels(spec.selector.as_ref()),
    ]
}
