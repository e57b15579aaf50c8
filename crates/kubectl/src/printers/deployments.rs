//! The row of a Deployment. Models `printDeployment`.

use podlapse_model::api::apps::v1::Deployment;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;

use super::format::{label_selector, name, template_cells};
use super::{cells, shown, wide};
use crate::duration::age;
use crate::table::{Cell, Column};

pub(super) const COLUMNS: &[Column] = &[
    shown("Name"),
    shown("Ready"),
    shown("Up-to-date"),
    shown("Available"),
    shown("Age"),
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];

pub(super) fn row(deployment: &Deployment, now: &Time) -> Vec<Cell<'static>> {
    let status = deployment.status.clone().unwrap_or_default();
    let spec = deployment.spec.clone().unwrap_or_default();
    let [names, images] = template_cells(&spec.template);
    cells![
        name(&deployment.metadata),
        format!("{}/{}", status.ready_replicas.unwrap_or_default(), spec.replicas.unwrap_or_default()),
        status.updated_replicas.unwrap_or_default(),
        status.available_replicas.unwrap_or_default(),
        age(deployment.metadata.creation_timestamp.as_ref(), now),
        names,
        images,
        label_selector(Some(&spec.selector)),
    ]
}
