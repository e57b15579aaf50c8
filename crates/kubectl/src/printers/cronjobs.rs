//! The row of a CronJob. Models `printCronJob`.

use podlapse_model::Selector;
use podlapse_model::api::batch::v1::CronJob;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;

use super::format::{name, template_cells};
use super::{cells, shown, wide};
use crate::duration::age;
use crate::table::{Cell, Column};

pub(super) const COLUMNS: &[Column] = &[
    shown("Name"),
    shown("Schedule"),
    shown("Timezone"),
    shown("Suspend"),
    shown("Active"),
    shown("Last Schedule"),
    shown("Age"),
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];

pub(super) fn row(job: &CronJob, now: &Time) -> Vec<Cell<'static>> {
    let status = job.status.clone().unwrap_or_default();
    let spec = job.spec.clone();
    let template = spec.job_template.spec.unwrap_or_default();
    let [names, images] = template_cells(&template.template);
    cells![
        name(&job.metadata),
        spec.schedule,
        spec.time_zone.unwrap_or_else(|| "<none>".to_owned()),
        match spec.suspend {
            None => "<unset>",
            Some(true) => "True",
            Some(false) => "False",
        },
        status.active.map_or(0, |active| active.len()),
        status.last_schedule_time.map_or_else(|| "<none>".to_owned(), |at| age(Some(&at), now)),
        age(job.metadata.creation_timestamp.as_ref(), now),
        names,
        images,
        Selector::format_label_selector(template.selector.as_ref()),
    ]
}
