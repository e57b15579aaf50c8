//! From what a user pasted to a run.
//!
//! The one place where manifest, engine and command language meet, so that every face begins a run alike.

use std::sync::Arc;

use podlapse_core::scheduler::Profile;
use podlapse_core::{InstantCluster, Simulation};
use podlapse_manifest::{Checked, Diagnostic, Severity};
use podlapse_model::{Kind, Object};

use crate::Kubectl;

/// A run of a scenario, of which nothing is computed yet; without a value where a text could not be read.
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
            workload: if scenario.is_snapshot { "" } else { workload }.into(),
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
