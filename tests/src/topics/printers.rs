//! `functions/printers`: the rows and tables of `kubectl get`, and durations.

use podlapse_kubectl::{Cell, TableOptions, columns, go_duration, human_duration, object_table, row, short_human_duration};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Kind, Object};
use serde_json::{Value, json};

use crate::{Input, Lines, LinesTopic};

/// The clock of the recordings.
pub(super) const NOW: &str = "2026-06-15T12:00:00Z";

pub(super) fn topic() -> LinesTopic {
    let kinds = [
        Lines::new("nodes.jsonl", &["object"], |input| kind_row(Kind::Node, input)),
        Lines::new("events.jsonl", &["object"], |input| kind_row(Kind::Event, input)),
        Lines::new("deployments.jsonl", &["object"], |input| kind_row(Kind::Deployment, input)),
        Lines::new("replicasets.jsonl", &["object"], |input| kind_row(Kind::ReplicaSet, input)),
        Lines::new("statefulsets.jsonl", &["object"], |input| kind_row(Kind::StatefulSet, input)),
        Lines::new("daemonsets.jsonl", &["object"], |input| kind_row(Kind::DaemonSet, input)),
        Lines::new("jobs.jsonl", &["object"], |input| kind_row(Kind::Job, input)),
        Lines::new("cronjobs.jsonl", &["object"], |input| kind_row(Kind::CronJob, input)),
    ];
    let others = [
        Lines::new("pods.jsonl", &["note", "pod"], pod_row),
        Lines::new("pods_text.jsonl", &["pods"], pods_text),
        Lines::new("durations.jsonl", &["ns"], durations),
    ];
    LinesTopic::new("functions/printers", kinds.map(Lines::with_header).into_iter().chain(others).collect())
}

/// A time as the API writes it.
pub(super) fn time(text: &str) -> Result<Time, String> {
    serde_json::from_value(text.into()).map_err(|error| format!("{text}: {error}"))
}

fn object(kind: Kind, value: &Value) -> Result<Object, String> {
    Object::from_json(kind, value.clone()).map_err(|error| error.to_string())
}

fn cells(object: &Object) -> Result<Value, String> {
    let row = row(object, &time(NOW)?);
    Ok(row
        .into_iter()
        .map(|cell| match cell {
            Cell::Text(text) => Value::from(text),
            Cell::Joined(texts) => Value::from(texts.concat()),
            Cell::Number(number) => Value::from(number),
        })
        .collect())
}

/// The row of an object, after a look at whether the columns are those in the header.
fn kind_row(kind: Kind, input: &Input<'_>) -> Result<Value, String> {
    let names: Value = columns(kind).iter().map(|column| column.name).collect();
    let priority: Value = columns(kind).iter().map(|column| u32::from(column.wide)).collect();
    if names != input.header["columns"] || priority != input.header["priority"] {
        return Err(format!("the columns are {names} with priority {priority}"));
    }
    Ok(json!({"row": cells(&object(kind, input.get("object"))?)?}))
}

fn pod_row(input: &Input<'_>) -> Result<Value, String> {
    Ok(json!({"row": cells(&object(Kind::Pod, input.get("pod"))?)?}))
}

fn pods_text(input: &Input<'_>) -> Result<Value, String> {
    let pods = input.get("pods").as_array().into_iter().flatten();
    let pods = pods.map(|pod| object(Kind::Pod, pod)).collect::<Result<Vec<_>, _>>()?;
    let pods: Vec<&Object> = pods.iter().collect();
    let now = time(NOW)?;
    let print = |options: TableOptions| object_table(&pods, &options, &now);
    Ok(json!({
        "text": print(TableOptions::default()),
        "wide": print(TableOptions { wide: true, ..TableOptions::default() }),
        "noHeaders": print(TableOptions { no_headers: true, ..TableOptions::default() }),
        "allNamespaces": print(TableOptions { with_namespace: true, ..TableOptions::default() }),
    }))
}

fn durations(input: &Input<'_>) -> Result<Value, String> {
    let ns = input.get("ns").as_i64().ok_or("not a number of nanoseconds")?;
    Ok(json!({"human": human_duration(ns), "short": short_human_duration(ns), "go": go_duration(ns)}))
}
