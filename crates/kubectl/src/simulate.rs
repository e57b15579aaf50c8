//! From what a user pasted to a run.
//!
//! The one place where manifest, engine and command language meet, so that every face begins a run alike.

use std::sync::Arc;

use podlapse_core::scheduler::Profile;
use podlapse_core::{InstantCluster, Simulation};
use podlapse_manifest::{Checked, Diagnostic, Severity};
use podlapse_model::{Kind, Metadata, Object};

use crate::Kubectl;

/// A run of a scenario, of which nothing is computed yet; without a value where the cluster could not be read.
///
/// ```
/// let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, image: nginx}]}\n";
/// let mut run = podlapse_kubectl::simulate("web", pod, None).value.unwrap();
/// run.run();
/// assert_eq!(run.timeline().commands()[0].outcome.stdout, "pod/web created\n");
/// ```
pub fn simulate(name: &str, workload: &str, cluster: Option<&str>) -> Checked<Simulation> {
    let Checked { value, mut diagnostics } = podlapse_manifest::scenario(workload, cluster);
    if let Some(scenario) = &value {
        diagnostics.extend(
            scenario.not_modelled.iter().map(|what| Diagnostic::new(Severity::Warning, 0, format!("not simulated: {what}"))),
        );
    }
    let value = value.map(|scenario| {
        let cluster = scenario.cluster.into_iter().map(existing).collect();
        let scenario = podlapse_core::Scenario {
            name: name.to_owned(),
            // Nothing is applied of a snapshot only; of an empty file kubectl says that it holds nothing.
            workload: match workload {
                _ if scenario.is_snapshot => "",
                "" => "\n",
                text => text,
            }
            .into(),
            cluster,
            simulation: scenario.simulation,
            ..podlapse_core::Scenario::default()
        };
        Simulation::new(scenario, Arc::new(Kubectl))
    });
    Checked { value, diagnostics }
}

/// A cluster in which Pods are scheduled at once, as decoded: metadata and status stay as given, for Pods that are not new.
///
/// # Errors
/// What the API server has against an object, with its index.
pub fn instant_cluster(profile: Profile, objects: Vec<Object>) -> Result<InstantCluster, (usize, String)> {
    let mut prepared: Vec<Object> = Vec::with_capacity(objects.len());
    for object in objects {
        let object = existing(object);
        if object.kind() != Kind::Pod {
            prepared.push(object);
            continue;
        }
        let mut created = object.clone();
        podlapse_manifest::prepare_for_create(&mut created, &object.uid(), jiff::Timestamp::UNIX_EPOCH);
        *created.metadata_mut() = object.metadata().clone();
        created.keep_status_of(&object);
        prepared.push(created);
    }
    InstantCluster::new(profile, prepared)
}

/// An object of the cluster as the API server would hold it.
fn existing(mut object: Object) -> Object {
    if object.kind().is_namespaced() && object.kind() != Kind::Unmodelled {
        object.metadata_mut().namespace.get_or_insert_with(|| "default".to_owned());
    }
    podlapse_manifest::default_object(&mut object);
    object
}

#[cfg(test)]
mod tests {
    use super::simulate;

    #[test]
    fn a_workload_that_cannot_be_read_is_told_of_when_it_is_applied() {
        let said = |workload: &str| {
            let mut run = simulate("test", workload, None).value.unwrap();
            run.run();
            let outcome = run.timeline().commands()[0].outcome.clone();
            (outcome.stdout, outcome.stderr, outcome.exit)
        };
        let error = |text: &str| (String::new(), format!("error: {text}\n"), 1);
        assert_eq!(said(""), error("no objects passed to apply"));
        assert_eq!(said("# nothing\n---\n"), error("no objects passed to apply"));
        let unread = "error parsing workload.yaml: error converting YAML to JSON: yaml: line 4: found character that cannot start any token";
        assert_eq!(said("apiVersion: v1\nkind: Pod\nmetadata:\n\tname: a\n"), error(unread));
        let invalid = |what: &str| {
            error(&format!(
                "error validating \"workload.yaml\": error validating data: {what}; if you choose to ignore these errors, turn validation off with --validate=false"
            ))
        };
        assert_eq!(said("apiVersion: v1\nmetadata: {name: a}\n"), invalid("kind not set"));
        assert_eq!(said("kind: Pod\nmetadata: {name: a}\n"), invalid("apiVersion not set"));
        assert_eq!(said("just a text\n"), invalid("invalid object to validate"));
    }
}
