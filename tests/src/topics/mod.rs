//! The topics that are built, one module each, and those that are not.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{LinesTopic, Topic};

mod backoff;
mod describe;
mod events;
mod images;
mod kubelet_status;
mod manifests;
mod manifests_kubectl;
mod pod_actions;
mod printers;
mod probe_workers;
mod probes;
mod qos;
mod quantities;
mod runtime;
mod scheduling;
mod selectors;
mod traces;

pub use scheduling::{cluster, read_input};

/// Every topic with a runner.
fn built() -> Vec<Box<dyn Topic>> {
    vec![
        Box::new(describe::topic()),
        Box::new(printers::topic()),
        Box::new(images::topic()),
        Box::new(backoff::topic()),
        Box::new(events::topic()),
        Box::new(probes::topic()),
        Box::new(kubelet_status::topic()),
        Box::new(manifests::manifests()),
        Box::new(manifests::validation()),
        Box::new(pod_actions::topic()),
        Box::new(qos::topic()),
        Box::new(quantities::topic()),
        Box::new(scheduling::Scheduling),
        Box::new(selectors::topic()),
        Box::new(traces::Traces),
    ]
}

/// An input as a type of the API.
fn typed<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    T::deserialize(value).map_err(|error| format!("{error} in {value}"))
}

/// The topics of a folder laid out like `tests/data/conformance`: those that are built where the folder has them, and every other
/// folder of functions as a topic that fails.
///
/// # Errors
/// A folder that cannot be read.
pub fn all(root: &Path) -> Result<Vec<Box<dyn Topic>>, String> {
    let mut topics: Vec<Box<dyn Topic>> = built().into_iter().filter(|topic| root.join(topic.name()).is_dir()).collect();
    let known: BTreeSet<String> = topics.iter().map(|topic| topic.name().to_owned()).collect();
    let functions = root.join("functions");
    if functions.is_dir() {
        let entries = fs::read_dir(&functions).map_err(|error| format!("{}: {error}", functions.display()))?;
        for entry in entries.filter_map(Result::ok).filter(|entry| entry.path().is_dir()) {
            let name = format!("functions/{}", entry.file_name().to_string_lossy());
            if !known.contains(&name) {
                topics.push(Box::new(LinesTopic::new(&name, Vec::new())));
            }
        }
    }
    topics.sort_by(|a, b| a.name().cmp(b.name()));
    Ok(topics)
}
