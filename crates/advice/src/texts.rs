//! The texts that a run was made of, and changes of them.

use podlapse_core::Simulation;
use podlapse_kubectl::simulate;
use podlapse_manifest::{Amend, amend};

/// Which of the two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// `workload.yaml`
    Workload,
    /// `cluster.yaml`
    Cluster,
}

/// The texts of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// What is applied at t = 0.
    pub workload: String,
    /// What was there before; blank where nothing was given.
    pub cluster: String,
}

/// An amendment of one of the texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// Which text.
    pub which: Which,
    /// Which of its documents.
    pub document: usize,
    /// The way to the part, step by step.
    pub path: Vec<String>,
    /// What to do there.
    pub amend: Amend,
}

/// The lines of a text that an edit takes away and adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// Which text.
    pub which: Which,
    /// The first of the lines, counted from 1.
    pub line: usize,
    /// Lines that go.
    pub removed: Vec<String>,
    /// Lines that come.
    pub added: Vec<String>,
}

impl Texts {
    /// One of them.
    pub fn get(&self, which: Which) -> &str {
        match which {
            Which::Workload => &self.workload,
            Which::Cluster => &self.cluster,
        }
    }

    /// The texts with the edits, one after the other, and the lines that each changed. `None` if one has no place.
    pub fn edited(&self, edits: &[Edit]) -> Option<(Texts, Vec<Diff>)> {
        let (mut texts, mut diffs) = (self.clone(), Vec::new());
        for edit in edits {
            let before = match edit.which {
                Which::Workload => &mut texts.workload,
                Which::Cluster => &mut texts.cluster,
            };
            let after = amend(before, edit.document, &edit.path, &edit.amend)?.apply(before);
            diffs.push(diff(edit.which, before, &after));
            *before = after;
        }
        Some((texts, diffs))
    }

    /// Their run, as long and with the chance of another one; `None` if they are not in order.
    pub(crate) fn run(&self, like: &Simulation) -> Option<Simulation> {
        let cluster = Some(self.cluster.as_str()).filter(|text| !text.trim().is_empty());
        let checked = simulate(&like.scenario().name, &self.workload, cluster);
        let has_errors = checked.has_errors();
        checked.value.filter(|_| !has_errors).map(|run| like_another(run, like))
    }
}

fn like_another(run: Simulation, like: &Simulation) -> Simulation {
    let (own, other) = (&run.scenario().simulation, &like.scenario().simulation);
    if (own.seed, own.duration) == (other.seed, other.duration) {
        return run;
    }
    let mut scenario = run.scenario().clone();
    scenario.simulation.seed = other.seed;
    scenario.simulation.duration = other.duration;
    Simulation::new(scenario, std::sync::Arc::new(podlapse_kubectl::Kubectl))
}

/// The lines between what is the same at the beginning and at the end.
fn diff(which: Which, before: &str, after: &str) -> Diff {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let (old, new) = (&old[same..], &new[same..]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| one == other).count();
    let lines = |lines: &[&str]| lines[..lines.len() - tail].iter().map(|line| (*line).to_owned()).collect();
    Diff { which, line: same + 1, removed: lines(old), added: lines(new) }
}
