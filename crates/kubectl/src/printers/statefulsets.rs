//! The row of a StatefulSet. Models `printStatefulSet`.

use podlapse_model::api::apps::v1::StatefulSet;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;

use super::format::{name, template_cells};
use super::{cells, shown, wide};
use crate::duration::age;
use crate::table::{Cell, Column};

pub(super) const COLUMNS: &[Column] = &[shown("Name"), shown("Ready"), shown("Age"), wide("Containers"), wide("Images")];

pub(super) fn row(set: &StatefulSet, now: &Time) -> Vec<Cell<'static>> {
    let ready = set.status.as_ref().and_then(|status| status.ready_replicas).unwrap_or_default();
    let spec = set.spec.clone().unwrap_or_default();
    let [names, images] = template_cells(&spec.template);
    cells![
        name(&set.metadata),
        format!("{ready}/{}", spec.replicas.unwrap_or_default()),
        age(set.metadata.creation_timestamp.as_ref(), now),
        names,
        images,
    ]
}
