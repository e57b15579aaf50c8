//! `traces`: whole scenarios, compared with a recorded cluster.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::compare::compare;
use crate::{Case, Topic};

/// Runs the scenario in a folder and returns its trace.
fn simulate(folder: &Path) -> Result<Value, String> {
    let read = |name: &str| fs::read_to_string(folder.join(name)).map_err(|error| format!("{name}: {error}"));
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let cluster = read("cluster.yaml").ok();
    let checked = podlapse_kubectl::simulate(&name, &read("workload.yaml")?, cluster.as_deref());
    let mut run = checked.value.ok_or_else(|| format!("{:?}", checked.diagnostics))?;
    run.run();
    Ok(podlapse_view::trace(&run))
}

pub(super) struct Traces;

impl Topic for Traces {
    fn name(&self) -> &str {
        "traces"
    }

    fn cases(&self, root: &Path) -> Result<Vec<Box<dyn Case>>, String> {
        let folder = root.join(self.name());
        let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut scenarios: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        scenarios.retain(|scenario| scenario.join("trace.json").is_file());
        scenarios.sort();
        Ok(scenarios.into_iter().map(|folder| Box::new(Scenario::new(folder)) as Box<dyn Case>).collect())
    }
}

struct Scenario {
    name: String,
    folder: PathBuf,
}

impl Scenario {
    fn new(folder: PathBuf) -> Self {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Scenario { name, folder }
    }
}

impl Case for Scenario {
    fn name(&self) -> &str {
        &self.name
    }

    fn expected(&self) -> Result<Value, String> {
        let path = self.folder.join("trace.json");
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn actual(&self) -> Result<Value, String> {
        simulate(&self.folder)
    }

    fn differences(&self, expected: &Value, actual: &Value) -> Vec<String> {
        compare(expected, actual).into_iter().map(|fault| format!("{}: {}", fault.kind, fault.text)).collect()
    }
}
